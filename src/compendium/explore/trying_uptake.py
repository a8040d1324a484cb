"""What if a rule of visibility or of TSH were another: uptake at both levels, without the images.

What was measured is taken as published: a rule that decides what is measured needs a sweep.
"""

from collections.abc import Callable
from typing import Any

import pandas as pd

from compendium.cohort.populations import rows_of
from compendium.estimates import Estimate
from compendium.explore.opened import Opened
from compendium.pipeline.seeds import generator
from compendium.published import Number
from compendium.rules import Rules
from compendium.studies.tsh124i import ELIGIBLE
from compendium.study.located import records
from compendium.tsh import avidity, effect, outputs, uptake
from compendium.tsh.administrations import with_header
from petsuv.metrics import Background, contrast_figures
from petsuv.rules import Rules as Engine

CHAPTER = "04_tsh_iodine_uptake"
Numbers = Callable[[pd.DataFrame], list[Number]]


def tsh_numbers(opened: Opened, rules: Rules) -> Numbers:
    """The primary estimates of TSH124I, and where its lesions are visible, for any cohort.

    Args:
        rules: of visibility, of nodes, and of the administrations.

    Returns:
        A function of the cohort; none without a published table of lesions.
    """
    lesion_suv = opened.published_table("lesion_suv")
    audit = opened.published_table("series_audit")
    if lesion_suv.empty or audit.empty:
        return lambda cohort: []
    scans = with_header(opened.tables["pet_scan"], audit)
    every = uptake.lesion_pairs(visible_by(lesion_suv, rules), scans, rules)
    pairs = uptake.metastases(every, rules.tsh124i_nodes_count)
    seed = int(opened.settings(CHAPTER)["seed"])
    return lambda cohort: _numbers(pairs, cohort, seed)


def visible_by(lesion_suv: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """The measured lesions with visibility by these rules, by the engine, from their backgrounds.

    Args:
        lesion_suv: with suv_max, background_mean and background_sd as measured.
    """
    if rules.detection_limit_suv > 0:  # in place of the background's
        return lesion_suv
    limits = Engine(avid_sds=rules.avid_sds, avid_ratio=rules.avid_ratio)  # no other is read
    found = []
    for row in records(lesion_suv[["suv_max", "background_mean", "background_sd"]]):
        suv_max, mean, sd = row.values()
        known = None not in (suv_max, mean, sd)
        local = Background(mean, sd, 0, "as measured") if known else None
        contrast = contrast_figures(suv_max or 0.0, {"background": local}, limits)
        found.append((contrast["avid"], contrast.get("visibility_limit_suv")))
    told = pd.DataFrame(found, columns=["avid", "limit"], index=lesion_suv.index)
    return lesion_suv.assign(
        avid=told["avid"].astype("boolean"), visibility_limit_suv=told["limit"].astype(float)
    )


def _numbers(pairs: pd.DataFrame, cohort: pd.DataFrame, seed: int) -> list[Number]:
    eligible = rows_of({"cohort": cohort}, ELIGIBLE)["patient_id"]
    own = pairs[pairs["patient_id"].isin(eligible)]
    if own.empty:
        return []
    measured = uptake.lesion_set(own, "all")
    flips = generator(CHAPTER, "flips", seed)
    ratio: Estimate = effect.patient_mean_ratio(measured, flips)
    change: Any = avidity.avidity_change(own, flips)
    parts = (
        *outputs.primary(ratio, patients=measured["patient_id"].nunique()),
        *outputs.visibility(avidity.visibility_counts(own), change),
    )
    return [part for part in parts if isinstance(part, Number)]
