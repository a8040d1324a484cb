"""The administrations of 124I to each patient: time points, both side by side, the protocol.

Scans of a patient at one TSH level are time points of one administration. The one nearest to the
usual hours after it is paired with that of the other level; doses may rest on all.
"""

import numpy as np
import pandas as pd

from compendium.calendar import HOURS_PER_DAY
from compendium.comparing import (
    above,
    at_least,
    at_most,
    below,
    bounds,
    signs,
    surely_above,
    written,
)
from compendium.rules import Rules
from compendium.studies.tsh124i import LEVELS, PET


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


def time_points(scans: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """The 124I scan of each patient and TSH level that is paired with the other level's.

    Of several time points of an administration it is the one nearest to the usual hours after it,
    by the header; the earliest where no header says.

    Args:
        scans: the study's pet_scan table, or what `with_header` makes of it.
    """
    iodine = scans[scans["tracer"] == PET.code]
    hours = iodine.get("uptake_time_h", pd.Series(np.nan, index=iodine.index)).astype(float)
    away = (hours - rules.i124_scan_hours).abs()
    ordered = iodine.assign(away=away).sort_values(["away", "scan_day"], kind="stable")
    kept = ordered.drop_duplicates(["patient_id", "tsh_level"]).drop(columns="away")
    return kept.sort_index()


def scan_pairs(scans: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Each patient's two 124I scans side by side, with what deviates from the protocol.

    Args:
        scans: the study's pet_scan table, or what `with_header` makes of it.

    Returns:
        One row a patient: patient_id; scan_id, day, TSH (mIU/L, and its sign), activity (MBq) and
        hours of uptake, each with `_low`, `_high`; interval_days between the administrations;
        deviation, empty or in words.
    """
    kept = time_points(scans, rules)
    sides = [_scan_side(kept[kept["tsh_level"] == level], level) for level in LEVELS]
    both = sides[0].join(sides[1], how="outer")
    given = [
        both[f"day_{level}"]
        - (both[f"uptake_hours_{level}"].fillna(rules.i124_scan_hours) / HOURS_PER_DAY).round()
        for level in LEVELS
    ]
    both["interval_days"] = given[1] - given[0]
    both["deviation"] = _deviations(both, rules)
    return both.reset_index()


def _scan_side(scans: pd.DataFrame, level: str) -> pd.DataFrame:
    nothing = pd.Series(np.nan, index=scans.index)
    side = pd.DataFrame(
        {
            "patient_id": scans["patient_id"],
            "scan_id": scans.get("scan_id", nothing.astype(object)),
            "day": scans["scan_day"].astype(float),
            "tsh": scans["tsh_miu_per_l"].astype(float),
            "tsh_sign": signs(scans, "tsh_miu_per_l"),
            "activity_mbq": scans["injected_activity_mbq"].astype(float),
            "uptake_hours": scans.get("uptake_time_h", nothing).astype(float),
        }
    )
    side = side.rename(columns={"tsh_sign": f"tsh_{level}_sign"}).set_index("patient_id")
    return side.rename(columns=lambda name: name if "sign" in name else f"{name}_{level}")


def _deviations(both: pd.DataFrame, rules: Rules) -> pd.Series:
    """What in each patient's two scans departs from the protocol, in words; empty if nothing."""
    least, most = rules.tsh_low
    floor, longest = rules.tsh_high_above, rules.administrations_days
    tsh = {level: written(both, f"tsh_{level}") for level in LEVELS}
    known = bounds(both, "tsh_low")
    inside = at_least(known["low"], least) & at_most(known["high"], most)
    outside = below(known["high"], least) | above(known["low"], most)
    enough = surely_above(bounds(both, "tsh_high"), floor).fillna(False)
    scanned = {level: both[f"day_{level}"].notna() for level in LEVELS}
    each = scanned["low"] & scanned["high"]
    unknown = {level: each & both[f"tsh_{level}"].isna() for level in LEVELS}
    days = both["interval_days"]
    found = [
        (~scanned["low"], "no scan at TSH level low"),
        (~scanned["high"], "no scan at TSH level high"),
        (unknown["low"], "TSH not measured at the low level"),
        (unknown["high"], "TSH not measured at the high level"),
        (outside.fillna(False),
         "first scan at TSH " + tsh["low"] + f", outside {least:g} to {most:g} mIU/L"),
        (~(inside | outside).fillna(True),
         "first scan at TSH " + tsh["low"] + f", not known to be {least:g} to {most:g} mIU/L"),
        (both["tsh_high"].notna() & ~enough,
         "second scan at TSH " + tsh["high"] + f", not above {floor:g} mIU/L"),
        (days <= 0, "the high level was scanned first"),
        (above(days, longest).fillna(False), days.map("{:g}".format).astype(object)
         + f" days between the administrations, more than {longest:g}"),
    ]  # fmt: skip
    said = [
        pd.Series(words, index=both.index).where(applies.astype(bool), "")
        for applies, words in found
    ]
    return pd.Series(
        ["; ".join(filter(None, row)) for row in zip(*said, strict=True)],
        index=both.index,
        dtype=object,
    )
