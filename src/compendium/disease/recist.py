"""Tumour assessments by RECIST 1.1, and when disease first progressed after a given day.

Source: Eisenhauer et al., Eur J Cancer 2009, doi:10.1016/j.ejca.2008.10.026, section 4.3.1.
"""

import pandas as pd

from compendium.rules import Rules

_TOLERANCE = 1e-9


def assess_from(assessments: pd.DataFrame, anchors: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """The assessments that follow each anchor day, with their RECIST category.

    The baseline is the last assessment on or before the anchor day, or the first one after it; the
    nadir is the smallest sum from the baseline on, so that an earlier course's shrinkage does not
    count. The baseline itself cannot be progression.

    Args:
        assessments: the response_assessment table.
        anchors: patient_id and anchor_day (d), several a patient allowed.
        rules: limits of progression and of response.

    Returns:
        One row an anchor and assessment from its baseline on: patient_id, anchor_day,
        assessment_day, baseline_day, sum_mm, baseline_mm, nadir_mm (before the assessment), recist
        (baseline, CR, PR, SD, PD, or NE where no criterion can be read).
    """
    keys = ["patient_id", "anchor_day"]
    pairs = anchors[keys].drop_duplicates().merge(assessments, on="patient_id")
    pairs = pairs.sort_values([*keys, "assessment_day"], ignore_index=True)
    pairs = pairs.rename(columns={"sum_target_diameters_mm": "sum_mm"})
    earlier = pairs["assessment_day"].where(pairs["assessment_day"] <= pairs["anchor_day"])
    groups = [pairs["patient_id"], pairs["anchor_day"]]
    last_before = earlier.groupby(groups).transform("max")
    first_of_all = pairs["assessment_day"].groupby(groups).transform("min")
    pairs["baseline_day"] = last_before.fillna(first_of_all)
    pairs = pairs[pairs["assessment_day"] >= pairs["baseline_day"]].reset_index(drop=True)
    sums = pairs.groupby(keys)["sum_mm"]
    pairs["baseline_mm"] = sums.transform("first")
    lowest = sums.cummin().groupby([pairs["patient_id"], pairs["anchor_day"]]).ffill()
    pairs["nadir_mm"] = lowest.groupby([pairs["patient_id"], pairs["anchor_day"]]).shift()
    pairs["recist"] = _categories(pairs, rules)
    columns = ["assessment_day", "baseline_day", "sum_mm", "baseline_mm", "nadir_mm", "recist"]
    return pairs[[*keys, *columns]]


def _categories(pairs: pd.DataFrame, rules: Rules) -> pd.Series:
    growth = pairs["sum_mm"] - pairs["nadir_mm"]
    grown = (growth >= rules.pd_mm - _TOLERANCE) & (
        growth >= rules.pd_share * pairs["nadir_mm"] - _TOLERANCE
    )
    fallen = pairs["baseline_mm"] - pairs["sum_mm"]
    partial = fallen >= rules.pr_share * pairs["baseline_mm"] - _TOLERANCE
    category = pd.Series("SD", index=pairs.index, dtype=object)
    category = category.mask(pairs["sum_mm"].isna(), "NE").mask(partial, "PR")
    category = category.mask(pairs["lesions_disappeared"].fillna(False), "CR")
    progressed = grown | pairs["new_lesion"].fillna(False)
    progressed |= pairs["non_target_progression"].fillna(False)
    category = category.mask(progressed.astype(bool), "PD")
    return category.mask(pairs["assessment_day"] == pairs["baseline_day"], "baseline")


def first_progression(
    assessments: pd.DataFrame, anchors: pd.DataFrame, rules: Rules
) -> pd.DataFrame:
    """When disease first progressed after each anchor day, and between which assessments.

    Returns:
        One row an anchor with an assessment after it: patient_id, anchor_day, progression_day
        (missing: none seen), last_free_day (last assessment after the baseline and before
        progression, else the baseline), last_assessment_day. All in days since day 0.
    """
    keys = ["patient_id", "anchor_day"]
    rows = assess_from(assessments, anchors, rules)
    after = rows[(rows["assessment_day"] > rows["anchor_day"]) & (rows["recist"] != "baseline")]
    progressed = after[after["recist"] == "PD"].groupby(keys)["assessment_day"].min()
    result = after.groupby(keys)["assessment_day"].max().rename("last_assessment_day").to_frame()
    result["progression_day"] = progressed.astype("Int64")
    known = rows.merge(result.reset_index(), on=keys)
    free = known[
        known["progression_day"].isna() | (known["assessment_day"] < known["progression_day"])
    ]
    result["last_free_day"] = free.groupby(keys)["assessment_day"].max()
    columns = ["progression_day", "last_free_day", "last_assessment_day"]
    return result.reset_index()[[*keys, *columns]]
