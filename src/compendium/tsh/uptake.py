"""Uptake of 124I at two TSH levels: lesion pairs, what deviates from the protocol, visibility.

One lesion is one row, with both scans side by side. Nothing is dropped here: what could not be
measured, what is not visible and who left the protocol is said in the row, and each analysis names
the set of lesions that it takes.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from compendium.errors import InputError
from compendium.rules import Rules
from compendium.studies.tsh124i import LEVELS, PET

NOT_MEASURED = "not_measured"
KEY = ["patient_id", "lesion_id"]
LESION_SETS = {
    "all": "all lesions measured at both levels",
    "visible_on_either": "lesions visible at either level",
    "visible_on_both": "lesions visible at both levels",
    "on_protocol": "patients without a protocol deviation",
}


def lesion_pairs(
    lesion_suv: pd.DataFrame,
    scans: pd.DataFrame,
    rules: Rules,
    metrics: Sequence[str] = ("suv_max",),
) -> pd.DataFrame:
    """Both 124I scans of each lesion side by side, matched by the name of its region.

    A lesion that is not visible keeps the value of its region, which is drawn on both scans from
    CT or from the other scan.

    Args:
        lesion_suv: one row a lesion and scan: patient_id, lesion_id, tracer, tsh_level, site,
            diameter_mm, avid and visibility_limit_suv (by the lesion's background, missing where
            there is none), and the metrics, nan where not measured.
        scans: the study's pet_scan table.
        rules: a fixed limit of visibility, if any; registered TSH.
        metrics: columns to be paired, SUVmax among them.

    Returns:
        One row a lesion: patient_id, lesion_id, site, diameter_mm; every metric with `_low` and
        `_high`; limit_low, limit_high (SUV); visibility (both | only_low | only_high | none |
        unknown, without a background | not_measured); and the patient's columns of `scan_pairs`.

    Raises:
        InputError: a lesion is measured twice at one level, or a column is absent.
    """
    sides = {level: _side(lesion_suv, level, metrics, rules) for level in LEVELS}
    pairs = sides["low"].join(sides["high"], how="outer", lsuffix="_low", rsuffix="_high")
    for position, name in enumerate(("site", "diameter_mm")):
        either = pairs.pop(f"{name}_low").combine_first(pairs.pop(f"{name}_high"))
        pairs.insert(position, name, either)
    main = metrics[0]
    unmeasured = pairs[[f"{main}_low", f"{main}_high"]].isna().any(axis=1)
    unlimited = pairs[["limit_low", "limit_high"]].isna().any(axis=1)
    seen_low, seen_high = (pairs.pop(f"visible_{level}").eq(True) for level in LEVELS)
    pairs["visibility"] = np.select(
        [unmeasured, unlimited, seen_low & seen_high, seen_low, seen_high],
        [NOT_MEASURED, "unknown", "both", "only_low", "only_high"],
        default="none",
    )
    return pairs.reset_index().merge(scan_pairs(scans, rules), on="patient_id", how="left")


def with_header(scans: pd.DataFrame, series_audit: pd.DataFrame) -> pd.DataFrame:
    """The scans with what their DICOM header says of activity and time; the record fills the gaps.

    Args:
        scans: the study's pet_scan table.
        series_audit: one row a series: scan_id, dose_bq, uptake_time_h.

    Returns:
        The scans with injected_activity_mbq by the header where it is readable, and uptake_time_h.
    """
    header = series_audit.set_index("scan_id")[["dose_bq", "uptake_time_h"]].astype(float)
    own = header.reindex(scans["scan_id"]).set_index(scans.index)
    recorded = scans["injected_activity_mbq"].astype(float)
    return scans.assign(
        injected_activity_mbq=(own["dose_bq"] / 1e6).combine_first(recorded),
        uptake_time_h=own["uptake_time_h"],
    )


def scan_pairs(scans: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Each patient's two 124I scans side by side, with what deviates from the protocol.

    Args:
        scans: the study's pet_scan table, or what `with_header` makes of it.

    Returns:
        One row a patient: patient_id; day, TSH (mIU/L), activity (MBq) and, with the header, hours
        of uptake with `_low`, `_high`; interval_days; deviation, empty or in words.
    """
    columns = {
        "scan_day": "day",
        "tsh_miu_per_l": "tsh",
        "injected_activity_mbq": "activity_mbq",
        "uptake_time_h": "uptake_hours",
    }
    columns = {old: new for old, new in columns.items() if old in scans}
    iodine = scans[scans["tracer"] == PET.code]
    twice = iodine[iodine.duplicated(["patient_id", "tsh_level"])]
    if len(twice):
        row = twice.iloc[0]
        raise InputError(
            f"pet_scan: {row['patient_id']} has two 124I scans at TSH level {row['tsh_level']!r}; "
            f"expected one at each. Correct tsh_level."
        )
    sides = [
        iodine[iodine["tsh_level"] == level]
        .set_index("patient_id")[list(columns)]
        .astype(float)
        .rename(columns={old: f"{new}_{level}" for old, new in columns.items()})
        for level in LEVELS
    ]
    both = sides[0].join(sides[1], how="outer")
    both["interval_days"] = both["day_high"] - both["day_low"]
    both["deviation"] = [
        _deviation(dict(zip(both.columns, row, strict=True)), rules)
        for row in both.itertuples(index=False, name=None)
    ]
    return both.reset_index()


def lesion_set(pairs: pd.DataFrame, which: str) -> pd.DataFrame:
    """The lesions that an analysis takes.

    Args:
        pairs: as `lesion_pairs` returns.
        which: a key of LESION_SETS.
    """
    measured = pairs[pairs["visibility"] != NOT_MEASURED]
    if which == "all":
        return measured
    if which == "visible_on_either":
        return measured[measured["visibility"].isin(["both", "only_low", "only_high"])]
    if which == "visible_on_both":
        return measured[measured["visibility"] == "both"]
    if which == "on_protocol":
        return measured[measured["deviation"] == ""]
    raise InputError(f"lesion set {which!r} is unknown; expected one of {', '.join(LESION_SETS)}")


def _side(
    lesion_suv: pd.DataFrame, level: str, metrics: Sequence[str], rules: Rules
) -> pd.DataFrame:
    """The lesions of one TSH level, indexed by patient and lesion."""
    needed = [*KEY, "tracer", "tsh_level", "site", "diameter_mm"]
    needed += [*metrics, "avid", "visibility_limit_suv"]
    if "status" in lesion_suv and not lesion_suv["status"].eq("ok").any():
        lesion_suv = lesion_suv.reindex(columns=needed)  # nothing measured: no figure's column
    absent = [column for column in needed if column not in lesion_suv]
    if absent:
        raise InputError(f"lesion table: no column {', '.join(absent)}")
    rows = lesion_suv[(lesion_suv["tracer"] == PET.code) & (lesion_suv["tsh_level"] == level)]
    twice = rows[rows.duplicated(KEY)]
    if len(twice):
        row = twice.iloc[0]
        raise InputError(
            f"lesion table: lesion {row['lesion_id']} of {row['patient_id']} is measured twice at "
            f"TSH level {level!r}; expected once. Give each region of a scan its own name."
        )
    limit, visible = rows["visibility_limit_suv"].astype(float), rows["avid"].eq(True)
    if rules.detection_limit_suv > 0:
        limit = pd.Series(rules.detection_limit_suv, index=rows.index)
        visible = rows["suv_max"].astype(float) >= rules.detection_limit_suv
    side = rows.set_index(KEY)[["site", "diameter_mm", *metrics]]
    return side.assign(limit=limit.to_numpy(), visible=visible.to_numpy())


def _deviation(patient: dict[str, float], rules: Rules) -> str:
    """What in a patient's two scans departs from the protocol, in words; empty if nothing."""
    low, high = patient["tsh_low"], patient["tsh_high"]
    least, most = rules.tsh_low
    found = [
        f"no scan at TSH level {level}" for level in LEVELS if np.isnan(patient[f"day_{level}"])
    ]
    if not found:
        found += [
            f"TSH not measured at the {level} level"
            for level in LEVELS
            if np.isnan(patient[f"tsh_{level}"])
        ]
    if not np.isnan(low) and not least <= low <= most:
        found.append(f"first scan at TSH {low:.0f}, outside {least:.0f} to {most:.0f} mIU/L")
    if not np.isnan(high) and not high > rules.tsh_high_above:
        limit = rules.tsh_high_above
        found.append(f"second scan at TSH {high:.0f}, not above {limit:.0f} mIU/L")
    if patient["interval_days"] <= 0:
        found.append("the high level was scanned first")
    return "; ".join(found)
