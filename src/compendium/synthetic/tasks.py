"""Which lesions each scan of a study shows, and how much uptake they have on it."""

from datetime import timedelta

import pandas as pd

from compendium.rules import Rules
from compendium.studies import trop2, tsh124i
from compendium.synthetic.images import Task
from compendium.synthetic.phantom import BODY, ORGANS
from compendium.synthetic.scans import FWHM_MM, Scan
from compendium.synthetic.study import SyntheticStudy
from compendium.synthetic.tsh_records import SCAN_DELAY_DAYS
from petsuv.testing.phantom import recovery_at_centre

I124_AROUND = {organ.name: organ.suv_i124 for organ in ORGANS if organ.name == "lung"}


def tasks_of(study: SyntheticStudy) -> list[Task]:
    """The study's scans with their lesions."""
    tasks = []
    for scan in study.scans:
        drawn = study.lesions if scan.tracer == trop2.PET.code else study.pairs
        own = drawn[drawn["patient_id"] == scan.patient_id]
        own = own.assign(suv=uptake_on(scan, own))
        forced = own.loc[~visible(own), "lesion_id"] if scan.tracer == tsh124i.PET.code else ()
        tasks.append(
            Task(
                scan=scan,
                lesions=own[["lesion_id", "site", "diameter_mm", "suv"]],
                seed=study.seed,
                forced=frozenset(forced),
            )
        )
    return tasks


def uptake_on(scan: Scan, own: pd.DataFrame) -> pd.Series:
    """True SUV of a patient's lesions on a scan; on a later one, what was not washed out."""
    if scan.tracer == trop2.PET.code:
        return own["suv_true"]
    uptake: pd.Series = own[f"suv_{scan.tsh_level}_true"]
    if scan.residual_of_first or scan.further_time_point:
        days = (scan.started_at - scan.administered_at) / timedelta(days=1)
        uptake = uptake * 2 ** (-(days - SCAN_DELAY_DAYS) / own["biological_half_life_days"])
    return uptake


def visible(own: pd.DataFrame) -> pd.Series:
    """Whether a 124I lesion stands out of what is round it, after the scanner's blur."""
    around = own["site"].map(I124_AROUND).fillna(BODY.suv_i124)
    kept = recovery_at_centre(own["diameter_mm"].to_numpy(dtype=float), FWHM_MM)
    shown: pd.Series = (own["suv"] - around) * kept + around > Rules.avid_ratio.default * around
    return shown
