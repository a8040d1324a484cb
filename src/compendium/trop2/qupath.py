"""Cells counted by QuPath as Trop2 reads: its measurement export in the form of ihc_read.

QuPath writes one row an object, parted by tabs, commas or semicolons. Three exports carry
intensity classes: detections, one row a cell with its classification ("Tumor: 2+"); annotations,
one row a region with counts ("Num 2+", or "Num Tumor: 2+" where cells were classified first); and
the cores of a tissue microarray, one row a core.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from compendium.errors import InputError
from compendium.study.spreadsheets import read_lines
from compendium.tables import MODELS
from compendium.trop2.qupath_counts import Chosen, count_columns, from_cells, from_regions

COLUMNS = {"Negative": "pct_0", "1+": "pct_1", "2+": "pct_2", "3+": "pct_3"}
KEYS = ["patient_id", "block_id", "tissue"]
CASE_COLUMNS = ("Case ID", "Unique ID")  # as QuPath 0.4 and later names it, and as before
CORE_COLUMNS = ("TMA core", "TMA Core")
_GRID_LABEL = re.compile(r"[A-Za-z]{1,2}-?\d{1,2}")


@dataclass(frozen=True)
class QuPathReads:
    """What an export holds.

    Attributes:
        reads: rows of ihc_read, one a block or core.
        left_out: regions or cells that were left out, by class, with their number.
        missing_cores: cores without tissue, or with too few tumour cells.
    """

    reads: pd.DataFrame
    left_out: Mapping[str, int]
    missing_cores: int


def reads_from_qupath(
    path: Path,
    *,
    antibody_clone: str,
    image_pattern: str = "",
    patients: Mapping[str, str] | None = None,
    antibody_catalogue: str = "",
    reader_id: str = "qupath",
    tissue: str = "primary",
    tumour_class: str | Sequence[str] = "Tumor",
    least_cells: int = 100,
) -> QuPathReads:
    """QuPath's export as rows of ihc_read, one a block or core.

    Args:
        path: the exported file (.tsv, .txt or .csv).
        antibody_clone, antibody_catalogue, reader_id, tissue: what the export does not say.
        image_pattern: regular expression that an image's name begins with; its named groups give
            patient_id and block_id, and tissue where it is in the name. Not needed for cores.
        patients: patient of each core of a tissue microarray, by the core's name.
        tumour_class: class, or classes, of the tumour's annotations and cells; all others are left
            out and listed, Ignore* always.
        least_cells: fewer tumour cells than this are no read.

    Raises:
        InputError: the file has no intensity classes, contradicts its own totals, counts cells
            twice, or does not say whose a block is.

    Source:
        QuPath, Bankhead et al., Sci Rep 2017, doi:10.1038/s41598-017-17204-5.
    """
    tumour = [tumour_class] if isinstance(tumour_class, str) else list(tumour_class)
    objects = _exported(path)
    _each_once(path, objects)
    cores = _cores(objects)
    present = objects if cores is None else objects[~_missing(objects)]
    chosen = _counted(path, present, tumour)
    if cores is not None:
        blocks = _blocks_of_cores(path, objects, cores, patients or {}, image_pattern, tissue)
    else:
        blocks = _blocks_of_images(path, objects, image_pattern, tissue)
    cells = chosen.counts.groupby([blocks.loc[chosen.counts.index, key] for key in KEYS]).sum()
    total = cells.sum(axis=1)
    few = total[total < least_cells].reset_index(name="cells")
    if len(few) and cores is None:
        raise InputError(
            f"{path}, patient {few['patient_id'][0]}, block {few['block_id'][0]}: "
            f"{few['cells'][0]:.0f} tumour cells; expected at least {least_cells}. Annotate more "
            f"of the tumour, or leave the block out."
        )
    enough = total >= least_cells
    shares = (100 * cells.div(total, axis=0))[enough].round(9).rename(columns=COLUMNS)
    reads = _as_reads(shares.reset_index(), reader_id, antibody_clone, antibody_catalogue)
    missing = 0 if cores is None else len(objects.groupby(["Image", cores])) - len(reads)
    return QuPathReads(reads, dict(chosen.left_out), missing)


def _counted(path: Path, objects: pd.DataFrame, tumour: Sequence[str]) -> Chosen:
    try:
        counting = count_columns(objects, tumour)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    if counting is not None:
        return from_regions(str(path), objects, counting, tumour)
    return from_cells(str(path), objects, tumour)


def _exported(path: Path) -> pd.DataFrame:
    """The file as text columns; the index is the row in the file."""
    try:
        header, *lines = read_lines(path.read_bytes())
    except OSError as problem:
        raise InputError(f"{path}: cannot be read ({problem.strerror}).") from problem
    except ValueError as problem:
        raise InputError(f"{path}: cannot be read ({problem}); expected QuPath's export.") from None
    header = [name.strip() for name in header]
    if "Image" not in header:
        raise InputError(
            f"{path}: no column 'Image'; the columns are {', '.join(header[:6])} …. "
            f"Export by Measure > Export measurements, with the image name not masked."
        )
    twice = [name for name, n in Counter(header).items() if n > 1]
    if twice:
        raise InputError(f"{path}: the column {twice[0]!r} is there twice. Export it again.")
    numbered = [(row, line) for row, line in enumerate(lines, start=2) if any(line)]
    for row, line in numbered:
        if len(line) != len(header):
            raise InputError(
                f"{path}, row {row}: {len(line)} cells; expected {len(header)}, one a column. A "
                "comma inside a number? Export it with tabs or semicolons."
            )
        if line == header:
            raise InputError(
                f"{path}, row {row}: the header again; expected one export a file. Import each "
                "export by itself."
            )
    index = pd.Index([row for row, _ in numbered])
    return pd.DataFrame([line for _, line in numbered], index, header, dtype=object).astype(str)


def _each_once(path: Path, objects: pd.DataFrame) -> None:
    """No object is there twice: by its id, by its place, or by all that is told of it."""
    names = [str(name) for name in objects]
    places = [name for name in names if name.startswith(("Centroid ", "Area "))]
    checks = []
    if places or any(name.startswith("Num ") for name in names):
        checks.append([name for name in names if name != "Object ID"])
    if "Object ID" in names:
        checks.append(["Object ID"])
    elif len(places) >= 3:
        checks.append(["Image", *places])
    for columns in checks:
        known = objects[[bool(told) for told in objects[columns[-1]]]]
        twice = known[known.duplicated(columns)]
        if len(twice):
            same = known[columns].eq(twice[columns].iloc[0]).all(axis="columns")
            raise InputError(
                f"{path}, row {twice.index[0]}: the image {twice['Image'].iloc[0]!r} is in the "
                f"file twice: the same object is in row {known.index[same][0]}. Export each "
                "image once."
            )


def _cores(objects: pd.DataFrame) -> pd.Series | None:
    """The core that each row belongs to, or None where the slide is no microarray."""
    if "Missing" in objects and "Name" in objects:
        return objects["Name"].str.strip()
    column = next((name for name in CORE_COLUMNS if name in objects), None)
    cores = None if column is None else objects[column].str.strip()
    return cores if cores is not None and cores.any() else None


def _missing(objects: pd.DataFrame) -> pd.Series:
    if "Missing" not in objects:
        return pd.Series(False, index=objects.index)
    return objects["Missing"].str.strip().str.lower().isin(["true", "1", "yes"])


def _blocks_of_cores(
    path: Path,
    objects: pd.DataFrame,
    cores: pd.Series,
    patients: Mapping[str, str],
    pattern: str,
    tissue: str,
) -> pd.DataFrame:
    """Each row's patient and block, the core."""
    column = next((name for name in CASE_COLUMNS if name in objects), None)
    cases = objects[column].str.strip() if column else pd.Series("", index=objects.index)
    absent = _missing(objects)
    several = objects["Image"].nunique() > 1
    rows = []
    told = zip(objects.index, objects["Image"], cores, cases, absent, strict=True)
    for row, image, core, case, gone in told:
        where = f"{path}, row {row}"
        patient, named = _patient_of(where, core, case, patients, pattern, gone)
        block = f"{Path(image).stem}_{core}" if several else core
        rows.append((patient, re.sub(r"[^A-Za-z0-9_-]+", "_", block), named or tissue))
    blocks = pd.DataFrame(rows, objects.index, KEYS)
    if patients and several and set(cores) & set(patients):
        by_core = objects["Image"].groupby(cores).nunique()
        unclear = [core for core in by_core.index[by_core > 1] if core in patients]
        if unclear:
            raise InputError(
                f"{path}: the core {unclear[0]!r} is in several images, and the map does not say "
                "which is meant. Import each image by itself."
            )
    return blocks


def _patient_of(
    where: str, core: str, case: str, patients: Mapping[str, str], pattern: str, absent: bool
) -> tuple[str, str]:
    """The patient of a core, and its tissue where the name says it."""
    mapped = patients.get(core, "")
    if mapped and case and mapped != case:
        raise InputError(
            f"{where}: the core {core!r} is of {case} by its Case ID and of {mapped} by the map; "
            "expected one patient. Correct one of the two."
        )
    if mapped or case or absent:
        return mapped or case, ""
    found = re.match(pattern, core) if pattern and not patients else None
    named = found.groupdict() if found else {}
    if named.get("patient_id"):
        return named["patient_id"], named.get("tissue") or ""
    if core and not patients and not _GRID_LABEL.fullmatch(core):
        return core, ""
    raise InputError(
        f"{where}: nothing says whose the core {core!r} is; expected a Case ID, a core named "
        "after its patient, or a line in the map. Give the map with --map: two columns, core and "
        "patient_id."
    )


def _blocks_of_images(path: Path, objects: pd.DataFrame, pattern: str, tissue: str) -> pd.DataFrame:
    named = {image: _named(path, image, pattern, tissue) for image in objects["Image"].unique()}
    return pd.DataFrame([named[image] for image in objects["Image"]], objects.index)[KEYS]


def _named(path: Path, image: str, pattern: str, tissue: str) -> dict[str, str]:
    found = re.match(pattern, image) if pattern else None
    named = {k: v for k, v in found.groupdict().items() if v} if found else {}
    if not {"patient_id", "block_id"} <= set(named):
        raise InputError(
            f"{path}: the image {image!r} does not begin with {pattern!r}, which must name "
            f"(?P<patient_id>…) and (?P<block_id>…). Correct the pattern (--image-pattern), or "
            "rename the image."
        )
    return {"tissue": tissue} | {k: named[k] for k in KEYS if k in named}


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
