"""A table of scans proposed from the images of a tree, for a person to confirm in Excel."""

import io
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd

from compendium.files import write_whole
from compendium.studies import TRACERS
from compendium.tables import COLUMNS
from petsuv.index import Index, IndexedSeries

SERIES_COLUMNS = (
    "patient_id", "date", "modality", "description", "tracer", "series_uid", "number", "n_files",
    "n_copies", "place", "suv", "reason", "flags", "region_files",
)  # fmt: skip
# Beside the columns of pet_scan, for whoever confirms them; deleted before the table is used.
EVIDENCE = ("header_patient_id", "days_after_first", "description", "suv", "check")


def series_table(index: Index, root: Path) -> pd.DataFrame:
    """One row a series of an index.

    Args:
        root: what places are told from.
    """
    rows = [
        {
            "patient_id": one.patient_id,
            "date": one.date,
            "modality": one.modality,
            "description": one.description,
            "tracer": one.tracer,
            "series_uid": one.series_uid,
            "number": one.number,
            "n_files": len(one.files),
            "n_copies": one.n_copies,
            "place": _within(root, one.folder),
            "suv": {True: "yes", False: "no", None: ""}[one.suv],
            "reason": one.reason,
            "flags": "; ".join(one.flags),
            "region_files": "; ".join(_within(root, path) for path in one.regions),
        }
        for one in index.series
    ]
    return pd.DataFrame(rows, columns=list(SERIES_COLUMNS))


def proposed_scans(index: Index, root: Path) -> pd.DataFrame:
    """Rows of pet_scan for every PET series, with what is to be checked of each beside them.

    What an image cannot tell, as the day and the TSH level, is left empty.

    Args:
        root: the study's folder of images.
    """
    pet = [one for one in index.series if one.is_pet]
    counts: Counter[str] = Counter()
    rows = []
    for one in pet:
        patient = one.patient_id or "unknown"
        counts[patient] += 1
        rows.append(_proposed(one, pet, f"{patient}_{counts[patient]}", root))
    columns = [name for name, column in COLUMNS["pet_scan"].items() if column.kept]
    return pd.DataFrame(rows, columns=[*columns, *EVIDENCE])


def _proposed(
    one: IndexedSeries, pet: list[IndexedSeries], scan_id: str, root: Path
) -> dict[str, Any]:
    nuclide, _, agent = one.tracer.partition(" ")
    tracers = [tracer.code for tracer in TRACERS.values() if tracer.nuclide == nuclide]
    dates = [other.date for other in pet if other.patient_id == one.patient_id and other.date]
    days = None
    if one.date and dates:
        first, own = (pd.to_datetime(text, errors="coerce") for text in (min(dates), one.date))
        days = None if pd.isna(own) or pd.isna(first) else (own - first).days
    near = not one.regions and len(one.near) == 1
    checks = ["patient_id, scan_day"]
    checks += ["tracer"] if len(tracers) != 1 else []
    checks += [f"tracer: the header names {agent}"] if agent and agent not in tracers else []
    regions = one.regions or one.near
    checks += ["several region files"] if len(regions) > 1 else []
    checks += ["no region file names it"] if not one.regions else []
    checks += ["that of its frame of reference was drawn on another series"] if near else []
    return {
        "scan_id": scan_id,
        "patient_id": one.patient_id,
        "tracer": tracers[0] if len(tracers) == 1 else "",
        "series_dir": _within(root, one.folder),
        "series": "" if one.alone else one.series_uid,
        "region_file": _within(root, regions[0]) if len(regions) == 1 else "",
        "header_patient_id": one.patient_id,
        "days_after_first": days,
        "description": one.description,
        "suv": "yes" if one.suv else f"no: {one.reason}",
        "check": ", ".join(checks),
    }


def _within(root: Path, place: Any) -> str:
    text = str(place)
    return Path(text).relative_to(root).as_posix() if text.startswith(f"{root}/") else text


def write_index(path: Path, index: Index, root: Path) -> None:
    """A workbook of both tables and of what was left out; text is never a formula."""
    left_out = pd.DataFrame(
        sorted(index.left_out.items()), columns=["files without a series", "number"]
    )
    sheets = {
        "series": series_table(index, root),
        "pet_scan": proposed_scans(index, root),
        "left_out": left_out,
    }
    options = {"options": {"strings_to_formulas": False, "strings_to_urls": False}}
    held = io.BytesIO()
    with pd.ExcelWriter(held, engine="xlsxwriter", engine_kwargs=options) as writer:
        for name, table in sheets.items():
            table.to_excel(writer, sheet_name=name, index=False, freeze_panes=(1, 0))
            writer.sheets[name].autofit(300)
    write_whole(path, held.getvalue())
