"""Cells counted by QuPath as Trop2 reads: its measurement export in the form of ihc_read.

QuPath writes one row an object, parted by tabs or commas. Two exports carry intensity classes:
detections, one row a cell with its classification ("Tumor: 2+"), and annotations, one row a region
with counts ("Num 2+", or "Num Tumor: 2+" where cells were classified first).
"""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from compendium.errors import InputError
from compendium.tables import MODELS

STRENGTHS = {"Negative": "pct_0", "1+": "pct_1", "2+": "pct_2", "3+": "pct_3"}
CLASS_COLUMNS = ("Classification", "Class")  # as QuPath 0.4 and later names it, and as before
ROOTS = ("", "Image", "Root object", "Root object (Image)")


def reads_from_qupath(
    path: Path,
    *,
    image_pattern: str,
    antibody_clone: str,
    antibody_catalogue: str = "",
    reader_id: str = "qupath",
    tissue: str = "primary",
    base_class: str = "Tumor",
    least_cells: int = 100,
) -> pd.DataFrame:
    """QuPath's export as rows of ihc_read, one a block.

    Args:
        path: the exported file (.tsv, .txt or .csv).
        image_pattern: regular expression that an image's name begins with; its named groups give
            patient_id and block_id, and tissue where it is in the name.
        antibody_clone, antibody_catalogue, reader_id, tissue: what the export does not say.
        base_class: class of the tumour cells where cells were classified; others are left out.
        least_cells: fewer tumour cells than this are no read.

    Raises:
        InputError: the file has no intensity classes, cells would be counted twice, an image's name
            does not fit the pattern, or a block has too few cells.

    Source:
        QuPath, Bankhead et al., Sci Rep 2017, doi:10.1038/s41598-017-17204-5.
    """
    objects = _exported(path)
    counts = _counted(path, objects, base_class)
    named = [_named(path, str(image), image_pattern, tissue) for image in counts.index]
    blocks = pd.DataFrame(named, index=counts.index)
    keys = ["patient_id", "block_id", "tissue"]
    cells = counts.groupby([blocks[key] for key in keys]).sum()
    total = cells.sum(axis=1)
    if len(few := total[total < least_cells].reset_index(name="cells")):
        raise InputError(
            f"{path}, patient {few['patient_id'][0]}, block {few['block_id'][0]}: "
            f"{few['cells'][0]:.0f} tumour cells; expected at least {least_cells}. Annotate more "
            f"of the tumour, or leave the block out."
        )
    shares = (100 * cells.div(total, axis=0)).round(9).rename(columns=STRENGTHS).reset_index()
    return _as_reads(shares, reader_id, antibody_clone, antibody_catalogue)


def _exported(path: Path) -> pd.DataFrame:
    """The file as text columns."""
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as problem:
        raise InputError(f"{path}: cannot be read ({problem.strerror}).") from problem
    header = text.split("\n", 1)[0]
    separator = "\t" if "\t" in header else ","
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        objects = pd.read_csv(file, sep=separator, dtype=str, keep_default_na=False)
    if "Image" not in objects:
        raise InputError(
            f"{path}: no column 'Image'; the columns are {', '.join(objects.columns[:6])} …. "
            f"Export by Measure > Export measurements, with the image name not masked."
        )
    return objects


def _counted(path: Path, objects: pd.DataFrame, base_class: str) -> pd.DataFrame:
    """Tumour cells of each strength by image."""
    for prefix in (f"Num {base_class}: ", "Num "):
        present = {f"{prefix}{s}": s for s in STRENGTHS if f"{prefix}{s}" in objects}
        if len(set(present.values()) - {"Negative"}) > 0:
            return _from_annotations(path, objects, present)
    column = next((name for name in CLASS_COLUMNS if name in objects), None)
    if column is None:
        raise InputError(
            f"{path}: neither counts ('Num 1+') nor classifications. Run positive cell detection "
            f"with three intensity thresholds, then export detections or annotations."
        )
    return _from_detections(path, objects, objects[column], base_class)


def _from_annotations(
    path: Path, objects: pd.DataFrame, present: Mapping[str, str]
) -> pd.DataFrame:
    numbers = objects[list(present)].apply(pd.to_numeric, errors="coerce").fillna(0)
    counted = numbers.rename(columns=present).reindex(columns=list(STRENGTHS), fill_value=0)
    holding = counted.sum(axis=1) > 0
    if "Parent" in objects:
        nested = objects.loc[holding & ~objects["Parent"].isin(ROOTS)]
        outer = objects.loc[holding & objects["Parent"].isin(ROOTS), "Image"]
        twice = nested[nested["Image"].isin(outer)]
        if len(twice):
            raise InputError(
                f"{path}, row {int(twice.index[0]) + 2}: an annotation inside "
                f"{twice.iloc[0]['Parent']!r}, whose cells are counted there too. Export the outer "
                f"or the inner annotations only."
            )
    by_image: pd.DataFrame = counted[holding].groupby(objects.loc[holding, "Image"]).sum()
    return by_image


def _from_detections(
    path: Path, objects: pd.DataFrame, classes: pd.Series, base_class: str
) -> pd.DataFrame:
    parts = [name.split(": ") for name in classes]
    base = pd.Series([names[0] if len(names) > 1 else "" for names in parts], index=classes.index)
    strength = pd.Series([names[-1] for names in parts], index=classes.index)
    kept = base == (base_class if (base == base_class).any() else "")
    if (strength[kept] == "Positive").any():
        raise InputError(
            f"{path}: cells are 'Positive' without a strength. Detect cells anew with three "
            f"intensity thresholds, so that they are 1+, 2+ or 3+."
        )
    kept &= strength.isin(STRENGTHS)
    if not kept.any():
        seen = ", ".join(sorted(set(classes))[:6]) or "none"
        raise InputError(
            f"{path}: no cell is classed Negative, 1+, 2+ or 3+ (of {base_class!r}); the classes "
            f"are {seen}."
        )
    table: pd.DataFrame = pd.crosstab(objects.loc[kept, "Image"], strength[kept])
    return table.reindex(columns=list(STRENGTHS), fill_value=0)


def _named(path: Path, image: str, pattern: str, tissue: str) -> dict[str, str]:
    found = re.match(pattern, image)
    named = {k: v for k, v in found.groupdict().items() if v} if found else {}
    if not {"patient_id", "block_id"} <= set(named):
        raise InputError(
            f"{path}: the image {image!r} does not begin with {pattern!r}, which must name "
            f"(?P<patient_id>…) and (?P<block_id>…). Correct the pattern, or rename the image."
        )
    return (
        {"tissue": tissue}
        | {k: named[k] for k in ("patient_id", "block_id")}
        | {k: v for k, v in named.items() if k == "tissue"}
    )


def _as_reads(shares: pd.DataFrame, reader_id: str, clone: str, catalogue: str) -> pd.DataFrame:
    """Complete and check the rows against the model of ihc_read."""
    model = MODELS["ihc_read"].to_schema()
    reads = shares.assign(
        reader_id=reader_id,
        antibody_clone=clone,
        antibody_catalogue=catalogue or None,
        blinded=pd.array([True] * len(shares), dtype="boolean"),
        pct_membranous=np.nan,
    )[list(model.columns)]
    checked: pd.DataFrame = model.validate(reads)
    return checked
