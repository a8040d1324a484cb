"""Tumour cells of each strength by region or by cell: which rows of a QuPath export count."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from compendium.errors import InputError
from compendium.trop2.qupath_numbers import STRENGTHS, Counting, counts_of

CLASS_COLUMNS = ("Classification", "Class")  # as QuPath 0.4 and later names it, and as before
ROOTS = ("", "Image", "Root object", "Root object (Image)")
WHOLE_IMAGE = ("image", "root object", "root object (image)", "pathrootobject")
REGIONS = ("", "annotation", "pathannotationobject", "tma core", "tmacoreobject")
_CLASS_OF = re.compile(r"\(([^()]+)\)$")
_COUNT = re.compile(r"Num (?!Detections$)(?!.* per )(?!.*\(base\)$)(.+)")


@dataclass
class Chosen:
    """Rows that count.

    Attributes:
        counts: columns Negative, 1+, 2+, 3+; the index is the row in the file.
        left_out: how many regions or cells of what were left out, and why.
    """

    counts: pd.DataFrame
    left_out: Counter[str] = field(default_factory=Counter)


def classes_of(objects: pd.DataFrame) -> pd.Series | None:
    """Each object's class as text, or None where the export has none."""
    column = next((name for name in CLASS_COLUMNS if name in objects), None)
    return None if column is None else objects[column].str.strip()


def count_columns(objects: pd.DataFrame, tumour: Sequence[str]) -> Counting | None:
    """The columns that count tumour cells: by tumour class where cells have one, or plain.

    Raises:
        InputError: some of the four strengths were not exported.
    """
    classes = {found[1]: name for name in map(str, objects) if (found := _COUNT.fullmatch(name))}
    bases = [base for base in tumour if any(f"{base}: {s}" in classes for s in STRENGTHS)]
    prefixes = [f"{base}: " for base in bases] or [""]
    wanted = {s: [prefix + s for prefix in prefixes] for s in STRENGTHS}
    absent = [f"Num {name}" for names in wanted.values() for name in names if name not in classes]
    if len(absent) == len(prefixes) * len(STRENGTHS):
        return None
    if absent:
        raise InputError(
            f"{', '.join(absent)} was not exported, and a column that is absent is no count of 0. "
            "Export it again with Num Negative, Num 1+, Num 2+ and Num 3+."
        )
    mine = {name for names in wanted.values() for name in names}
    totals = [f"Num {base} (base)" for base in bases if f"Num {base} (base)" in objects]
    lead = prefixes[0] if len(prefixes) == 1 else None

    def own(name: str) -> str:
        return f"{lead}{name}" if lead is not None and f"{lead}{name}" in objects else ""

    return Counting(
        strengths={s: [classes[name] for name in names] for s, names in wanted.items()},
        others=[c for name, c in classes.items() if name not in mine and name != "Positive"],
        totals=totals if len(totals) == len(bases) == 1 else [],
        h_score=own("H-score"),
        positive=own("Positive %"),
        detections="Num Detections" if "Num Detections" in objects else "",
    )


def from_regions(
    shown: str, objects: pd.DataFrame, counting: Counting, tumour: Sequence[str]
) -> Chosen:
    """Counts of the tumour's annotations, or of a tissue microarray's cores.

    Raises:
        InputError: no region is of the tumour's class, one lies in another, or totals contradict.
    """
    kinds = _kinds(objects)
    regions = objects[kinds.isin(REGIONS)]
    if regions.empty and counting.totals:
        regions = objects[kinds.isin(WHOLE_IMAGE)]
    if regions.empty:
        raise InputError(
            f"{shown}: no row is an annotation; the object types are {_some(kinds)}. Export "
            "annotations, so that stroma can be told from tumour."
        )
    classes = classes_of(regions)
    kept = _counted_regions(shown, classes, tumour, by_cell=not _plain(counting))
    if kept is None:
        kept = pd.Series(True, index=regions.index)
    _not_nested(shown, regions, kept, _holding(regions, counting), tumour)
    counts = counts_of(shown, regions[kept], counting)
    others: list[str] = [] if classes is None else list(classes[~kept])
    left_out = Counter(f"annotations of class {name or '(none)'}" for name in others)
    return Chosen(counts, left_out)


def _holding(regions: pd.DataFrame, counting: Counting) -> pd.Series:
    """Regions in which some tumour cell is counted, however numbers are written."""
    columns = [column for columns in counting.strengths.values() for column in columns]
    return regions[columns].agg("".join, axis=1).str.contains("[1-9]")


def _plain(counting: Counting) -> bool:
    return "Num Negative" in counting.strengths["Negative"]


def _counted_regions(
    shown: str, classes: pd.Series | None, tumour: Sequence[str], *, by_cell: bool
) -> pd.Series | None:
    if classes is None or not classes.any():
        return None
    kept = classes.isin(tumour)
    if by_cell:
        kept |= classes.map(_neutral)
    kept &= ~classes.map(_ignored)
    if not kept.any():
        raise InputError(
            f"{shown}: no annotation is of class {' or '.join(tumour)}; the classes are "
            f"{_some(classes)}. Name the tumour's class with --tumour-class."
        )
    return kept


def _neutral(name: str) -> bool:
    """True for no class and for QuPath's Region*: a region that says nothing of its cells."""
    return not name or (name.endswith("*") and not _ignored(name))


def _ignored(name: str) -> bool:
    return name.lower().startswith("ignore")


def _not_nested(
    shown: str,
    regions: pd.DataFrame,
    kept: pd.Series,
    holding: pd.Series,
    tumour: Sequence[str],
) -> None:
    """No cell is counted in two regions, nor in the tumour and in what is left out."""
    if "Parent" not in regions:
        return
    parents = regions["Parent"].str.strip()
    nested = ~parents.isin(ROOTS) & holding
    names = regions["Name"].str.strip() if "Name" in regions else pd.Series("", regions.index)
    for row in regions.index[nested]:
        same = kept & (regions["Image"] == regions.at[row, "Image"])
        same[row] = False
        found = _CLASS_OF.search(parents[row])
        outer = (found is not None and found[1] in tumour) or parents[row] in set(names[same])
        unnamed = found is None and parents[row] in ("Annotation", "PathAnnotationObject")
        if same.any() and (outer or (unnamed and kept[row])):
            raise InputError(
                f"{shown}, row {row}: an annotation inside {parents[row]!r}, whose cells are "
                "counted there too. Export the outer or the inner annotations only, or detections."
            )


def from_cells(shown: str, objects: pd.DataFrame, tumour: Sequence[str]) -> Chosen:
    """Cells by their class and that of the annotation they lie in.

    Raises:
        InputError: no cell has a strength, or nobody can tell in which region cells lie.
    """
    classes = classes_of(objects)
    if classes is None:
        raise InputError(_no_counts(shown, objects))
    cells = ~_kinds(objects).isin([*REGIONS[1:], *WHOLE_IMAGE])
    if not cells.any():
        raise InputError(_no_counts(shown, objects))
    regions = _regions_of(objects)[cells]
    classes = classes[cells]
    parts = classes.str.split(r":\s*", regex=True)
    base = parts.map(lambda names: names[0] if len(names) > 1 else "")
    strength = parts.str[-1]
    kept = _in_tumour(shown, base, regions, tumour) & ~classes.map(_ignored)
    if (strength[kept] == "Positive").any():
        raise InputError(
            f"{shown}: cells are 'Positive' without a strength. Detect cells anew with three "
            f"intensity thresholds, so that they are 1+, 2+ or 3+."
        )
    kept &= strength.isin(STRENGTHS)
    if not kept.any():
        raise InputError(
            f"{shown}: no cell is classed Negative, 1+, 2+ or 3+ (of {' or '.join(tumour)!r}); the "
            f"classes are {_some(classes)}, in {_some(regions)}. Name the tumour's class with "
            "--tumour-class."
        )
    counts = pd.DataFrame({s: (strength[kept] == s).astype(float) for s in STRENGTHS})
    out = zip(classes[~kept], regions[~kept], strict=True)
    left_out = Counter(f"cells {name or '(no class)'} in {region or 'no annotation'}"
                       for name, region in out)  # fmt: skip
    return Chosen(counts, left_out)


def _no_counts(shown: str, objects: pd.DataFrame) -> str:
    own = [name for name in map(str, objects) if name.endswith(("H-score", "Positive %"))]
    have = f"; {' and '.join(own)} alone give no percentages" if own else ""
    return (
        f"{shown}: neither counts ('Num 1+') nor classifications of cells{have}. Run positive cell "
        "detection with three intensity thresholds, then export detections, or annotations with "
        "Num Negative, Num 1+, Num 2+ and Num 3+."
    )


def _in_tumour(shown: str, base: pd.Series, regions: pd.Series, tumour: Sequence[str]) -> pd.Series:
    """Cells of the tumour: by their own class where they have one, else by their region."""
    if base.isin(tumour).any():
        return base.isin(tumour) & (regions.isin(tumour) | regions.map(_neutral))
    unsaid = sorted(set(regions[regions.str.startswith("named ")]))
    named = regions.str.removeprefix("named ").isin(tumour) | regions.isin(tumour)
    if unsaid and not named.any():
        raise InputError(
            f"{shown}: cells lie in the annotation {unsaid[0].removeprefix('named ')!r}, whose "
            "class is not in the file. Export annotations and cells together, or name the "
            "tumour's annotation with --tumour-class."
        )
    if not named.any() and (regions == "").all():
        return base == ""
    return (base == "") & named


def _regions_of(objects: pd.DataFrame) -> pd.Series:
    """Class of the annotation each cell lies in; `named …` where only its name is known."""
    if "Parent" not in objects:
        return pd.Series("", index=objects.index)
    classes = classes_of(objects)
    regions = _kinds(objects).isin(REGIONS[1:3])
    known = {}
    if "Name" in objects and classes is not None:
        known = {
            (image, name): cls
            for image, name, cls in zip(
                objects["Image"][regions], objects["Name"][regions], classes[regions], strict=True
            )
            if name
        }
    pairs = zip(objects["Image"], objects["Parent"].str.strip(), strict=True)
    return pd.Series([_region(image, parent, known) for image, parent in pairs], objects.index)


def _region(image: str, parent: str, known: dict[tuple[str, str], str]) -> str:
    if (image, parent) in known:
        return known[image, parent]
    if parent in (*ROOTS, "Annotation", "PathAnnotationObject"):
        return ""
    found = _CLASS_OF.search(parent)
    return found[1] if found else f"named {parent}"


def _kinds(objects: pd.DataFrame) -> pd.Series:
    if "Object type" not in objects:
        return pd.Series("", index=objects.index)
    return objects["Object type"].str.strip().str.lower()


def _some(names: pd.Series) -> str:
    return ", ".join(sorted({name or "(none)" for name in names})[:6]) or "none"
