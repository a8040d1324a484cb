"""One scan of a study: its lesions' uptake and the audit of its series, as plain rows.

This is what a worker process runs, so it imports no table library.
"""

import math
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from compendium.errors import InputError, Refused, UserError
from petsuv.metrics import (
    Background,
    contrast_figures,
    local_background,
    region_background,
    resolution_flag,
    uptake_figures,
)
from petsuv.notes import SEPARATOR, Overrides
from petsuv.pet import PetSeries, load
from petsuv.recovery import Curve, recovered
from petsuv.region import Region, refused_region
from petsuv.rules import Rules
from petsuv.shapes import how_made, is_proposed
from petsuv.suv import Conversion

REFERENCES = ("background", "blood_pool", "liver")
TABLE = "study table pet_scan"
SCAN_COLUMNS = ("scan_id", "patient_id", "tracer", "tsh_level", "scan_day")
MOMENTS = ("administered_at", "reference_time")  # dates tell who somebody is: only their source
DATE = re.compile(r"\b(?:19|20)\d{2}[01]\d[0-3]\d(?=\d*\b)")


@dataclass(frozen=True)
class Scan:
    """One row of pet_scan with what it needs of other tables; plain, to go to another process.

    Attributes:
        identity: which facts of table and headers agree, and which are not provable.
        contradictions: which do not; such a scan is not measured.
        activity_flag_share: a difference of the injected activities beyond it is flagged.
        recovery: measured curves, by which figures are corrected beside those that are not.
    """

    row: dict[str, Any]
    lesions: list[dict[str, Any]]
    dicom_dir: Path
    rules: Rules
    export_dir: Path | None = None
    identity: str = ""
    contradictions: tuple[str, ...] = ()
    activity_flag_share: float = math.inf
    recovery: tuple[Curve, ...] = ()


@dataclass
class Extracted:
    """What came of one scan."""

    lesions: list[dict[str, Any]] = field(default_factory=list)
    audit: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Loaded:
    """A scan's volume and the usable and unusable regions in its file, by name."""

    volume: PetSeries
    regions: dict[str, Region]


def extract_scan(scan: Scan) -> Extracted:
    """The lesions of one scan; whatever goes wrong is the reason in its rows."""
    try:
        return measured(scan, load_scan(scan))
    except UserError as reason:
        return refused(scan, published(str(reason), scan))
    except Exception as fault:  # the others must go on; the fault stands in the table
        text = f"{scan.row['series_dir']}: unforeseen {type(fault).__name__}: {fault}"
        return refused(scan, published(text, scan))


def measured(scan: Scan, loaded: Loaded) -> Extracted:
    """The lesions of a scan whose volume and regions are there, in the file or made anew."""
    extracted = Extracted(_lesion_rows(scan, loaded), _audit_start(scan))
    _audit_conversion(extracted.audit, loaded.volume.conversion, scan)
    done = sum(row["status"] == "ok" for row in extracted.lesions)
    extracted.audit |= {"n_lesions": len(extracted.lesions), "n_measured": done}
    if scan.export_dir is not None:
        _export(scan, loaded, extracted)
    return extracted


def _lesion_rows(scan: Scan, loaded: Loaded) -> list[dict[str, Any]]:
    """The lesions of the table, in its order, then regions that it does not know."""
    known = {lesion["lesion_id"]: lesion for lesion in scan.lesions}
    more = [name for name in loaded.regions if name not in known and name not in REFERENCES]
    return [_lesion_row(scan, name, known.get(name), loaded) for name in (*known, *more)]


def _export(scan: Scan, loaded: Loaded, extracted: Extracted) -> None:
    """Write the files for other software; what fails there does not take the values away."""
    from petsuv.export import write_exports

    lesions = [region for name, region in loaded.regions.items() if name not in REFERENCES]
    name = str(scan.row["scan_id"])
    try:
        write_exports(scan.export_dir or Path(), name, loaded.volume, lesions, extracted.lesions)
    except Exception as fault:  # of the writing library, on headers that it does not like
        text = f"export_failed({type(fault).__name__}: {fault})"
        extracted.audit["flags"] = SEPARATOR.join(filter(None, (extracted.audit["flags"], text)))


def load_scan(scan: Scan) -> Loaded:
    """A scan's volume in SUV and its regions.

    Raises:
        InputError: series or regions are missing.
        Refused: they cannot be converted, or are not those of the scan.
    """
    if scan.contradictions:
        raise Refused(f"{scan.row['series_dir']}: {' '.join(scan.contradictions)}")
    chosen = scan.row.get("series") or None
    volume = load(scan.dicom_dir / str(scan.row["series_dir"]), _overrides(scan), chosen)
    if not _given(scan.row["region_file"]):
        return Loaded(volume, {})
    path = scan.dicom_dir / str(scan.row["region_file"])
    rules = scan.rules
    registration = scan.row.get("registration_file")
    found = volume.regions(
        path,
        registration=scan.dicom_dir / str(registration) if _given(registration) else None,
        fill=rules.fill_skipped,
        mask_on_ct=rules.mask_on_ct,
        other_study=rules.other_study,
    )
    return Loaded(volume, by_key(found, path))


def by_key(regions: list[Region], path: Path) -> dict[str, Region]:
    """Regions by their name; by name_number where a file names several alike.

    A region whose place a program proposed is none before a person has made it again.

    Raises:
        Refused: such a key is the name of another region.
    """
    regions = [_confirmed(region, path) for region in regions]
    times = Counter(region.name for region in regions)
    found: dict[str, Region] = {}
    for region in regions:
        repeated = times[region.name] > 1
        key = f"{region.name}_{region.number}" if repeated else region.name
        if key in found or (repeated and key in times):
            raise Refused(
                f"{path}: two regions are called {key}; expected one. Rename one of them."
            )
        flag = f"name_repeated({times[region.name]} regions are named {region.name})"
        flags = (*region.flags, flag) if repeated else region.flags
        found[key] = replace(region, name=key, flags=flags)
    return found


def _confirmed(region: Region, path: Path) -> Region:
    if region.reason or not is_proposed(region):
        return region
    return refused_region(
        region.name,
        f"{path}, region {region.name}: a program proposed its place ({how_made(region)}); "
        "expected one that a person has looked at. Draw it, or make it with the command suv: "
        "`--sphere x,y,z,mm --name … --seg …`, with the centre that you confirm.",
        region.number,
    )


def _overrides(scan: Scan) -> Overrides:
    """The administration by the study's own table, where it is given."""
    text = scan.row.get("administered_at")
    if not _given(text):
        return Overrides(table=TABLE)
    try:
        return Overrides(table_administered_at=datetime.fromisoformat(str(text)), table=TABLE)
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
        alike = [key for key in loaded.regions if re.fullmatch(rf"{re.escape(name)}_\d+", key)]
        reason = (
            f"{file}: no region named {name}; expected one, from CT or the other scan where the "
            "lesion is not visible. Draw it."
        )
        if alike:
            reason = (
                f"{file}: several regions are named {name}; expected one. Rename them, or call "
                f"the lesions {', '.join(alike)}."
            )
        return row | {"status": "refused", "reason": reason}
    if region.reason:
        return row | {"status": "refused", "reason": published(region.reason, scan)}
    volume, rules = loaded.volume, scan.rules
    figures: dict[str, Any] = {**uptake_figures(volume, region, rules)}
    figures |= _administration(volume.conversion)
    figures |= contrast_figures(figures["suv_max"], _backgrounds(name, loaded, rules), rules)
    if scan.recovery:
        figures |= _recovered(scan, figures, row["diameter_mm"], volume)
    flags = [*volume.conversion.flags, *region.flags]
    small = resolution_flag(
        _number(row["diameter_mm"]), figures["volume_ml"], _number(scan.row["fwhm_mm"]), rules
    )
    flags += [small] if small else []
    flags += [] if lesion else ["not_in_lesion_table"]
    flags += ["not_visible(value of the drawn region)"] if figures["avid"] is False else []
    return row | figures | {"status": "ok", "flags": SEPARATOR.join(flags)}


def _recovered(
    scan: Scan, figures: dict[str, Any], diameter_mm: float, volume: PetSeries
) -> dict[str, Any]:
    """Corrected figures beside the others; a scanner without a curve is no reason to refuse."""
    try:
        return recovered(figures, scan.recovery, volume.series.header["model"].text, diameter_mm)
    except InputError as reason:
        return {"recovery_note": str(reason)}


def _administration(conversion: Conversion) -> dict[str, float]:
    """Uptake time and activity, which a dose needs beside the concentration; nan where unknown."""
    return {
        "uptake_time_h": math.nan if conversion.uptake_s is None else conversion.uptake_s / 3600,
        "injected_activity_mbq": math.nan if not conversion.dose_bq else conversion.dose_bq / 1e6,
    }


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


def refused(scan: Scan, reason: str) -> Extracted:
    """The rows of a scan that is not measured, each with the reason."""
    audit = _audit_start(scan) | {"status": "refused", "reason": reason, "n_measured": 0}
    audit["n_lesions"] = len(scan.lesions)
    rows = [
        _row_start(scan, lesion["lesion_id"], lesion) | {"status": "refused", "reason": reason}
        for lesion in scan.lesions
    ]
    return Extracted(rows, audit)


def _audit_start(scan: Scan) -> dict[str, Any]:
    row = {column: scan.row.get(column) for column in SCAN_COLUMNS}
    row |= {"series_dir": scan.row["series_dir"], "status": "ok", "reason": "", "flags": ""}
    return row | {"identity": scan.identity}


def _audit_conversion(audit: dict[str, Any], conversion: Conversion, scan: Scan) -> None:
    flags = list(conversion.flags)
    recorded = _number(scan.row.get("injected_activity_mbq"))
    dose = conversion.dose_bq
    if dose and recorded and abs(recorded * 1e6 / dose - 1) > scan.activity_flag_share:
        flags.append(f"activity_differs_from_table({dose / 1e6:.1f} MBq, table {recorded:g} MBq)")
    for name, quantity in conversion.quantities.items():
        if name not in MOMENTS:
            text = isinstance(quantity.value, str)
            audit[name] = published(str(quantity.value), scan) if text else quantity.value
        audit[f"{name}_from"] = quantity.source
    audit["flags"] = SEPARATOR.join(flags)


def published(text: str, scan: Scan) -> str:
    """A message without dates, and without the place of the study on this machine."""
    return DATE.sub("YYYYMMDD", text.replace(f"{scan.dicom_dir}/", ""))


def _given(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan
