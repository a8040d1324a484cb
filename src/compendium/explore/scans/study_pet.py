"""The scans of a study to choose from, and both 124I scans of a patient beside each other."""

from functools import lru_cache

import numpy as np
import pandas as pd

from compendium.errors import InputError
from compendium.explore.opened import Opened
from compendium.explore.scans.seen import Seen, see
from compendium.studies.tsh124i import LEVELS
from compendium.tsh.administrations import scan_pairs, with_header
from compendium.tsh.uptake import lesion_pairs
from compendium.uptake.lesions import audit_table

NO_IMAGES, UNKNOWN = "no images", "not published yet"
LISTED = ["scan_id", "patient_id", "tracer", "tsh_level", "scan_day", "state", "reason"]


def scan_list(opened: Opened, **wanted: str) -> pd.DataFrame:
    """The scans of a study: columns of LISTED, one row a scan.

    Args:
        wanted: values of patient_id (a part of it will do), tracer, tsh_level, state; empty for
            all. The state of a scan is ok, refused, no images, or not published yet.
    """
    scans = opened.tables["pet_scan"]
    audit = opened.published_table("series_audit")
    known = audit.set_index("scan_id")[["status", "reason"]] if len(audit) else None
    told = pd.DataFrame(index=scans.index, columns=["status", "reason"], dtype=object)
    if known is not None:
        told = known.reindex(scans["scan_id"]).set_index(scans.index)
    without = scans["series_dir"].fillna("").eq("")
    state = told["status"].fillna(UNKNOWN).mask(without, NO_IMAGES)
    found = scans.assign(state=state, reason=told["reason"].fillna(""))[LISTED]
    found["tsh_level"] = found["tsh_level"].fillna("")
    for column, value in wanted.items():
        text = found[column].astype(str)
        part = text.str.casefold().str.contains(value.casefold(), regex=False)
        kept = part if column == "patient_id" else text == value
        found = found[kept | (value == "")]
    return found.reset_index(drop=True)


def both_scans(opened: Opened, patient_id: str) -> tuple[str, str]:
    """The scans of a patient at low and at high TSH, as the chapter on TSH pairs them.

    Raises:
        InputError: there are not two.
    """
    opened.require_patient(patient_id)
    pairs = scan_pairs(_with_header(opened), opened.rules)
    row = pairs[pairs["patient_id"] == patient_id]
    named = [row[f"scan_id_{level}"].iloc[0] if len(row) else None for level in LEVELS]
    if not all(isinstance(name, str) for name in named):
        raise InputError(
            f"{opened.study.name}: patient {patient_id} has no 124I scans at both TSH levels; "
            f"found {', '.join(str(n) for n in named if isinstance(n, str)) or 'none'}."
        )
    low, high = named
    return str(low), str(high)


def _with_header(opened: Opened) -> pd.DataFrame:
    audit = opened.published_table("series_audit")
    scans = opened.tables["pet_scan"]
    return with_header(scans, audit if len(audit) else audit_table([]))


def log_ratios(opened: Opened, low: Seen, high: Seen) -> pd.DataFrame:
    """Each lesion on both scans: SUVmax, ln(high/low) here and as published, visibility.

    Args:
        low, high: both scans as they are drawn now.

    Returns:
        lesion_id, site, suv_max_low, suv_max_high, log_ratio, published, visibility; nan where a
        scan has no value.
    """
    here = pd.concat([low.lesions, high.lesions], ignore_index=True)
    pairs = lesion_pairs(here, _with_header(opened), opened.rules)
    before = opened.published_table("lesion_suv")
    sides = [_suv_max_of(before, seen.scan_id) for seen in (low, high)]
    published = _log_ratio(*(pairs["lesion_id"].map(side).astype(float) for side in sides))
    ratio = _log_ratio(pairs["suv_max_low"], pairs["suv_max_high"])
    columns = ["lesion_id", "site", "suv_max_low", "suv_max_high"]
    return pairs[columns].assign(
        log_ratio=ratio.to_numpy(),
        published=published.to_numpy(),
        visibility=pairs["visibility"].to_numpy(),
    )


def _log_ratio(low: pd.Series, high: pd.Series) -> pd.Series:
    return pd.Series(np.log((high / low).to_numpy(dtype=float)), index=low.index)


def _suv_max_of(lesion_suv: pd.DataFrame, scan_id: str) -> pd.Series:
    """SUVmax of a scan's measured lesions by name."""
    if lesion_suv.empty:
        return pd.Series(dtype=float)
    own = lesion_suv[(lesion_suv["scan_id"] == scan_id) & (lesion_suv["status"] == "ok")]
    return own.set_index("lesion_id")["suv_max"]


class Scans:
    """The scans of a study, the last few of which stay loaded.

    Args:
        opened: the study.
    """

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        self.see = lru_cache(maxsize=4)(self._see)

    def _see(self, scan_id: str) -> Seen:
        return see(self.opened, scan_id)
