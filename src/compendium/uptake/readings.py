"""SUVmax that persons read, beside what was measured in images; the two are never mixed unsaid.

A scan without images has the mean of its readers. A scan with images keeps what was measured
there; a reading of it is compared, and a lesion where both differ is refused with both values.
"""

import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from compendium.comparing import above
from compendium.counting import counted
from compendium.estimates import Estimate
from compendium.rules import Rules
from compendium.study.located import records, true_where

if TYPE_CHECKING:
    from compendium.study import Study

MEASURED = "measured in the images"


def readings_by_lesion(readings: pd.DataFrame) -> pd.DataFrame:
    """The readings of each lesion on each scan as one value.

    Args:
        readings: the table lesion_reading.

    Returns:
        Index scan_id and lesion_id; suv_max (mean of the readers), origin in words.
    """
    rows = readings.assign(origin=[_origin(row) for row in records(readings)])
    groups = rows.groupby(["scan_id", "lesion_id"])
    return pd.DataFrame(
        {
            "suv_max": groups["suv_max"].mean(),
            "origin": groups["origin"].agg(origin_together),
        }
    )


def _origin(row: dict[str, Any]) -> str:
    version = f" {row['software_version']}" if row["software_version"] else ""
    return f"read by {row['reader_id']} in {row['software']}{version}"


def with_readings(
    study: "Study", lesion_suv: pd.DataFrame, series_audit: pd.DataFrame, rules: Rules
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The lesion and audit tables with what was read beside what was measured, and `origin`."""
    lesion_suv = lesion_suv.assign(origin=MEASURED)
    series_audit = series_audit.assign(origin=MEASURED)
    read = readings_by_lesion(study.tables["lesion_reading"])
    if read.empty:
        return lesion_suv, series_audit
    lesion_suv = _compared(lesion_suv, read, rules.reading_suv_share)
    scans = study.tables["pet_scan"]
    without = records(scans[scans["series_dir"].isna()])
    by_patient: dict[str, list[dict[str, Any]]] = {}
    for lesion in records(study.tables["lesion"]):
        by_patient.setdefault(lesion["patient_id"], []).append(lesion)
    rows: list[dict[str, Any]] = []
    audit = []
    for scan in without:
        own = [_row(scan, lesion, read) for lesion in by_patient.get(scan["patient_id"], [])]
        audit.append(_audit(scan, own))
        rows += own
    return _beside(lesion_suv, rows), _beside(series_audit, audit)


def _compared(lesion_suv: pd.DataFrame, read: pd.DataFrame, share: float) -> pd.DataFrame:
    """Measured lesions, those refused of which a reader says something else."""
    keys = pd.MultiIndex.from_frame(lesion_suv[["scan_id", "lesion_id"]])
    beside = read.reindex(keys).set_index(lesion_suv.index)
    ratio = lesion_suv["suv_max"] / beside["suv_max"]
    apart = true_where(above(ratio, 1 + share) | above(1 / ratio, 1 + share))
    reasons = [
        f"SUVmax is {value:.3g} in the images, and {told:.3g} {origin}: they differ by more than "
        f"{100 * share:g} %"
        for value, told, origin in zip(
            lesion_suv["suv_max"], beside["suv_max"], beside["origin"], strict=True
        )
    ]
    return lesion_suv.assign(
        status=lesion_suv["status"].mask(apart, "refused"),
        reason=lesion_suv["reason"].mask(apart, pd.Series(reasons, index=lesion_suv.index)),
        suv_max=lesion_suv["suv_max"].mask(apart),
    )


def _row(scan: dict[str, Any], lesion: dict[str, Any], read: pd.DataFrame) -> dict[str, Any]:
    key = (scan["scan_id"], lesion["lesion_id"])
    known = key in read.index
    return {
        **{name: scan.get(name) for name in scan},
        "lesion_id": lesion["lesion_id"],
        "site": lesion["site"],
        "diameter_mm": lesion["diameter_mm"],
        "status": "ok" if known else "refused",
        "reason": "" if known else "not read, and there are no images",
        "flags": "",
        "suv_max": read.at[key, "suv_max"] if known else math.nan,
        "origin": read.at[key, "origin"] if known else "",
    }


def _audit(scan: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    told = sorted({row["origin"] for row in rows if row["origin"]})
    return {
        **scan,
        "status": "ok",
        "reason": "",
        "flags": "",
        "units": "SUV as read",
        "identity": "not compared: there are no images",
        "n_lesions": len(rows),
        "n_measured": sum(row["status"] == "ok" for row in rows),
        "origin": "; ".join(told),
    }


def _beside(table: pd.DataFrame, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """A table with further rows, its columns and types as they are."""
    if not rows:
        return table
    more = pd.DataFrame(rows).reindex(columns=table.columns).astype(table.dtypes.to_dict())
    whole = more if table.empty else pd.concat([table, more], ignore_index=True)
    return whole.sort_values("scan_id", kind="stable", ignore_index=True)


def origins(rows: pd.DataFrame, what: str = "lesions") -> str:
    """Where SUVmax of these rows comes from, for a method or a caption; empty if measured.

    Args:
        rows: with `origin`, and where some have no value with `status`.
        what: one row is, in the plural.
    """
    if "origin" not in rows:
        return ""
    known = rows[rows["status"] == "ok"] if "status" in rows else rows
    counts = Counter(known["origin"].replace("", None).dropna())
    if set(counts) <= {MEASURED}:
        return ""
    if len(counts) == 1:
        return f"SUVmax {next(iter(counts))}"
    told = (f"{counted(n, what)} {origin}" for origin, n in sorted(counts.items()))
    return "SUVmax of several origins: " + ", ".join(told)


def with_origin(found: Estimate, rows: pd.DataFrame, what: str = "lesions") -> Estimate:
    """An estimate of SUVmax whose method says where it comes from, where persons read it."""
    origin = origins(rows, what)
    return replace(found, method=f"{found.method}; {origin}") if origin else found


def origin_together(origin: pd.Series) -> str:
    """The origin of a value that several rows make, such as a mean of lesions."""
    return " and ".join(sorted(set(origin.dropna()) - {""}))
