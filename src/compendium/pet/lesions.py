"""Every lesion of a study: one row a lesion and scan, and an audit row a series.

A series or region that cannot be converted has its rows too, with the reason; one never stops the
others.
"""

import math
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from compendium.errors import CompendiumError, InputError
from compendium.pet.metrics import (
    Background,
    Rules,
    Volume,
    contrast_figures,
    local_background,
    region_background,
    resolution_flag,
    uptake_figures,
)
from compendium.pet.notes import Overrides
from compendium.pet.regions import Region, read_regions
from compendium.pet.series import load_series
from compendium.pet.suv import Conversion, convert
from compendium.study import Study

REFERENCES = ("background", "blood_pool", "liver")
ACTIVITY_AGREEMENT = 0.01
SEPARATOR = "; "
SCAN_COLUMNS = ("scan_id", "patient_id", "tracer", "tsh_level", "scan_day")
AUDITED = (
    "units", "suv_type", "decay_correction", "manufacturer", "weight_kg", "height_m", "sex",
    "dose_bq", "nuclide", "half_life_s", "administered_at", "reference_time", "uptake_time_h",
    "philips_suv_factor", "philips_activity_factor", "doubt",
)  # fmt: skip
MOMENTS = ("administered_at", "reference_time")  # dates tell who somebody is: only their source
DATE = re.compile(r"\b(?:19|20)\d{2}[01]\d[0-3]\d(?=\d*\b)")


@dataclass(frozen=True)
class Scan:
    """One row of pet_scan with what it needs of other tables; plain, to go to another process."""

    row: dict[str, Any]
    lesions: list[dict[str, Any]]
    dicom_dir: Path
    rules: Rules


@dataclass
class Extracted:
    """What came of one scan."""

    lesions: list[dict[str, Any]] = field(default_factory=list)
    audit: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Loaded:
    """A scan's volume and the usable and unusable regions in its file, by name."""

    volume: Volume
    regions: dict[str, Region]


def extract_study(
    study: Study,
    workers: int = 2,
    progress: bool = True,
    rules: Rules | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Uptake of every lesion on every scan, and what each series was converted by.

    Args:
        workers: processes; the tables are the same for any number.
        progress: show a progress bar.
        rules: thresholds; the defaults where not given.

    Returns:
        lesion_suv, a row a lesion and scan; series_audit, a row a series. Both have status (ok or
        refused), reason and flags.
    """
    from joblib import Parallel, delayed
    from tqdm import tqdm

    scans = scans_of(study, rules or Rules())
    jobs = (delayed(extract_scan)(scan) for scan in scans)
    done = Parallel(n_jobs=min(workers, max(len(scans), 1)), return_as="generator")(jobs)
    bar = tqdm(done, total=len(scans), desc="PET series", unit="series", disable=not progress)
    extracted = list(bar)
    lesion_rows = [row for one in extracted for row in one.lesions]
    return lesion_table(lesion_rows), audit_table([one.audit for one in extracted])


def scans_of(study: Study, rules: Rules) -> list[Scan]:
    """The scans of a study, each with the lesions of its patient."""
    by_patient: dict[str, list[dict[str, Any]]] = {}
    for lesion in _records(study.tables["lesion"]):
        by_patient.setdefault(lesion["patient_id"], []).append(lesion)
    return [
        Scan(row, by_patient.get(row["patient_id"], []), study.dicom_dir, rules)
        for row in _records(study.tables["pet_scan"])
    ]


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def extract_scan(scan: Scan) -> Extracted:
    """The lesions of one scan; whatever goes wrong is the reason in its rows."""
    extracted = Extracted(audit=_audit_start(scan))
    try:
        loaded = load_scan(scan)
    except CompendiumError as reason:
        return _refused(scan, extracted, published(str(reason), scan))
    except Exception as fault:  # the others must go on; the fault stands in the table
        text = f"{scan.row['series_dir']}: unforeseen {type(fault).__name__}: {fault}"
        return _refused(scan, extracted, text)
    _audit_conversion(extracted.audit, loaded.volume.conversion, scan)
    names = [lesion["lesion_id"] for lesion in scan.lesions]
    known = {lesion["lesion_id"]: lesion for lesion in scan.lesions}
    more = [name for name in loaded.regions if name not in (*names, *REFERENCES)]
    for name in (*names, *more):
        extracted.lesions.append(_lesion_row(scan, name, known.get(name), loaded))
    measured = sum(row["status"] == "ok" for row in extracted.lesions)
    extracted.audit |= {"n_lesions": len(extracted.lesions), "n_measured": measured}
    return extracted


def load_scan(scan: Scan) -> Loaded:
    """A scan's volume in SUV and its regions.

    Raises:
        InputError: series or regions are missing.
        Refused: they cannot be converted.
    """
    series = load_series(scan.dicom_dir / str(scan.row["series_dir"]))
    conversion = convert(series, _overrides(scan))
    regions: dict[str, Region] = {}
    if _given(scan.row["region_file"]):
        path = scan.dicom_dir / str(scan.row["region_file"])
        regions = {region.name: region for region in read_regions(path, series)}
    return Loaded(Volume(series, conversion), regions)


def _overrides(scan: Scan) -> Overrides:
    """The administration by the study's own table, where it is given."""
    text = scan.row.get("administered_at")
    if not _given(text):
        return Overrides()
    try:
        return Overrides(table_administered_at=datetime.fromisoformat(str(text)))
    except ValueError as error:
        raise InputError(
            f"pet_scan, {scan.row['scan_id']}: administered_at is {text}; expected "
            "YYYY-MM-DDTHH:MM:SS. Correct it."
        ) from error


def _lesion_row(
    scan: Scan, name: str, lesion: dict[str, Any] | None, loaded: Loaded
) -> dict[str, Any]:
    row = _row_start(scan, name, lesion)
    region = loaded.regions.get(name)
    if region is None:
        file = scan.row["region_file"] if _given(scan.row["region_file"]) else "no region file"
        return row | {"status": "refused", "reason": f"{file}: no region named {name}"}
    if region.reason:
        return row | {"status": "refused", "reason": published(region.reason, scan)}
    volume, rules = loaded.volume, scan.rules
    figures: dict[str, Any] = {**uptake_figures(volume, region, rules)}
    figures |= contrast_figures(figures["suv_max"], _backgrounds(name, loaded, rules), rules)
    flags = [*volume.conversion.flags, *region.flags]
    small = resolution_flag(
        _number(row["diameter_mm"]), figures["volume_ml"], _number(scan.row["fwhm_mm"]), rules
    )
    flags += [small] if small else []
    flags += [] if lesion else ["not_in_lesion_table"]
    flags += ["not_visible(value of the drawn region)"] if figures["avid"] is False else []
    return row | figures | {"status": "ok", "flags": SEPARATOR.join(flags)}


def _backgrounds(name: str, loaded: Loaded, rules: Rules) -> dict[str, Background | None]:
    """Reference volumes by name; the background is the lesion's own shell, or the named region."""
    found = {key: region_background(loaded.volume, loaded.regions.get(key)) for key in REFERENCES}
    if rules.background == "local":
        others = [
            region
            for key, region in loaded.regions.items()
            if key not in (name, *REFERENCES) and not region.reason
        ]
        shell = local_background(loaded.volume, loaded.regions[name], others, rules)
        found["background"] = shell or found["background"]
    return found


def _row_start(scan: Scan, name: str, lesion: dict[str, Any] | None) -> dict[str, Any]:
    row = {column: scan.row.get(column) for column in SCAN_COLUMNS}
    known = lesion or {}
    return row | {
        "lesion_id": name,
        "site": known.get("site"),
        "diameter_mm": _number(known.get("diameter_mm")),
        "status": "",
        "reason": "",
        "flags": "",
    }


def _refused(scan: Scan, extracted: Extracted, reason: str) -> Extracted:
    extracted.audit |= {"status": "refused", "reason": reason, "n_measured": 0}
    extracted.audit["n_lesions"] = len(scan.lesions)
    extracted.lesions = [
        _row_start(scan, lesion["lesion_id"], lesion) | {"status": "refused", "reason": reason}
        for lesion in scan.lesions
    ]
    return extracted


def _audit_start(scan: Scan) -> dict[str, Any]:
    row = {column: scan.row.get(column) for column in SCAN_COLUMNS}
    return row | {"series_dir": scan.row["series_dir"], "status": "ok", "reason": "", "flags": ""}


def _audit_conversion(audit: dict[str, Any], conversion: Conversion, scan: Scan) -> None:
    flags = list(conversion.flags)
    recorded = _number(scan.row.get("injected_activity_mbq"))
    dose = conversion.dose_bq
    if dose and recorded and abs(recorded * 1e6 / dose - 1) > ACTIVITY_AGREEMENT:
        flags.append(f"activity_differs_from_table({dose / 1e6:.1f}; table {recorded:g} MBq)")
    for name, quantity in conversion.quantities.items():
        if name not in MOMENTS:
            text = isinstance(quantity.value, str)
            audit[name] = published(str(quantity.value), scan) if text else quantity.value
        audit[f"{name}_from"] = quantity.source
    audit["flags"] = SEPARATOR.join(flags)


def lesion_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Lesion rows as a table; with its first columns also where there is no row."""
    start = [*SCAN_COLUMNS, "lesion_id", "site", "diameter_mm", "status", "reason", "flags"]
    figures = [column for row in rows for column in row if column not in start]
    return pd.DataFrame(rows, columns=[*start, *dict.fromkeys(figures)])


def audit_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Audit rows as a table: each quantity is followed by where it came from."""
    start = [*SCAN_COLUMNS, "series_dir", "status", "reason", "flags", "n_lesions", "n_measured"]
    pairs = [(name, f"{name}_from") for name in AUDITED]
    quantities = [column for pair in pairs for column in pair if column not in MOMENTS]
    return pd.DataFrame(rows, columns=[*start, *quantities])


def flag_counts(series_audit: pd.DataFrame) -> pd.DataFrame:
    """How many series carry each kind of flag, with the scans; the flag's detail is left out."""
    flags = series_audit["flags"].fillna("").str.split(SEPARATOR, regex=False).explode()
    kinds = flags[flags != ""].str.replace(r"\(.*", "", regex=True).rename("flag")
    named = series_audit[["scan_id"]].join(kinds, how="inner").drop_duplicates()
    counted = named.groupby("flag")["scan_id"].agg(["size", ", ".join]).reset_index()
    return counted.set_axis(["flag", "series", "scans"], axis=1)


def published(text: str, scan: Scan) -> str:
    """A message without dates, and without the place of the study on this machine."""
    return DATE.sub("YYYYMMDD", text.replace(f"{scan.dicom_dir}/", ""))


def _given(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan
