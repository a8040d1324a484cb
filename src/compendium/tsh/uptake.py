"""Uptake of 124I at two TSH levels: lesion pairs, what deviates from the protocol, visibility.

One lesion is one row, with both scans side by side. Nothing is dropped here: what could not be
measured, what is not visible and who left the protocol is said in the row, and each analysis names
the set of lesions that it takes. `metastases` takes those that the study asks for.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import petsuv
from compendium.comparing import at_least
from compendium.disease.metastases import THYROID_BED, is_metastasis
from compendium.errors import InputError
from compendium.rules import Rules
from compendium.studies.tsh124i import LEVELS, PET
from compendium.tsh.administrations import scan_pairs, time_points
from petsuv.metrics import visible

Flags = NDArray[np.bool_]
NOT_MEASURED = "not_measured"
SEEN = ("both", "only_low", "only_high")
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
        unknown, without a background | not_measured); origin of SUVmax, empty where it is not
        told; and the patient's columns of `scan_pairs`.

    Raises:
        InputError: a lesion is measured twice at one level, or a column is absent.
    """
    lesion_suv = _of_scans(lesion_suv, time_points(scans, rules))
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
        [unmeasured, unlimited, *_seen_at(seen_low.to_numpy(), seen_high.to_numpy())],
        [NOT_MEASURED, "unknown", *SEEN],
        default="none",
    )
    low, high = (pairs.pop(f"origin_{level}").fillna("") for level in LEVELS)
    one = (low == high) | (low == "") | (high == "")
    both = low + " at low TSH and " + high + " at high"
    pairs["origin"] = low.where(low != "", high).where(one, both)
    return pairs.reset_index().merge(scan_pairs(scans, rules), on="patient_id", how="left")


def seen_by(pairs: pd.DataFrame, lesion_suv: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """The pairs with their visibility by other limits over the background of each lesion.

    Args:
        pairs: as `lesion_pairs` returns; what is not measured, or has no background, stays so.
        lesion_suv: one row a lesion and scan, with background_mean and background_sd (SUV).
        rules: SDs above the background and times its mean.
    """
    limits = petsuv.Rules(avid_sds=rules.avid_sds, avid_ratio=rules.avid_ratio)
    grounds = lesion_suv.set_index(["scan_id", "lesion_id"])[["background_mean", "background_sd"]]
    seen = []
    for level in LEVELS:
        keys = pd.MultiIndex.from_arrays([pairs[f"scan_id_{level}"], pairs["lesion_id"]])
        mean, sd = grounds.reindex(keys).to_numpy(float).T
        values = pairs[f"suv_max_{level}"].to_numpy(float)
        seen.append(visible(values, mean, sd, limits))
    known = ~pairs["visibility"].isin([NOT_MEASURED, "unknown"])
    own = np.select(list(_seen_at(*seen)), list(SEEN), default="none")
    return pairs.assign(visibility=np.where(known, own, pairs["visibility"]))


def _seen_at(low: Flags, high: Flags) -> tuple[Flags, Flags, Flags]:
    """At which levels a lesion is visible, in the order of SEEN; none of them is neither."""
    return low & high, low, high


def _of_scans(lesion_suv: pd.DataFrame, kept: pd.DataFrame) -> pd.DataFrame:
    """The rows of lesions on the scans that are kept."""
    if "scan_id" not in lesion_suv or "scan_id" not in kept:
        return lesion_suv
    return lesion_suv[lesion_suv["scan_id"].isin(kept["scan_id"])]


def metastases(pairs: pd.DataFrame, nodes_count: bool) -> pd.DataFrame:
    """The lesions that the study asks for: not the thyroid bed, nodes of the neck where they count.

    Args:
        pairs: as `lesion_pairs` returns.
    """
    return pairs[is_metastasis(pairs["site"], nodes_count)]


def left_out(pairs: pd.DataFrame, nodes_count: bool) -> pd.DataFrame:
    """Lesions that are no metastases to the study, by the reason: reason, lesions, patients."""
    others = pairs.drop(metastases(pairs, nodes_count).index)
    reason = others["site"].map({THYROID_BED: "thyroid bed"}).where(others["site"].notna(), "")
    reason = reason.fillna("node of the neck").replace("", "no site in the lesion table")
    grouped = others.groupby(reason.rename("reason"))["patient_id"]
    return grouped.agg(lesions="size", patients="nunique").reset_index()


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
        visible = at_least(rows["suv_max"], rules.detection_limit_suv).fillna(False)
    side = rows.set_index(KEY)[["site", "diameter_mm", *metrics]]
    origin = rows["origin"].to_numpy() if "origin" in rows else ""
    return side.assign(limit=limit.to_numpy(), visible=visible.to_numpy(), origin=origin)
