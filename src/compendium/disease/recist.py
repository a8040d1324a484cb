"""Tumour assessments by RECIST 1.1, and when disease first progressed after a given day."""

from collections.abc import Mapping

import pandas as pd

from compendium.comparing import at_least
from compendium.rules import Rules

KEYS = ["patient_id", "anchor_day"]
CANCER_DEATH = "cancer_death"
IMAGING = "imaging"


def assess_from(
    assessments: pd.DataFrame, anchors: pd.DataFrame, rules: Rules, *, grace_days: int = 0
) -> pd.DataFrame:
    """The assessments that follow each anchor day, with their RECIST category.

    The baseline is the last assessment on or before the anchor day, unless it is too old; else the
    first one after it. The nadir is the smallest sum from the baseline on, so that an earlier
    course's shrinkage does not count. Nothing has grown at the baseline itself; but a new lesion or
    unequivocal progression that its reader saw after the anchor day is progression there, too.
    Where all had disappeared, what comes back is progression at any size, or of none that is
    measured.

    Args:
        assessments: the response_assessment table.
        anchors: patient_id and anchor_day (d), several a patient allowed.
        grace_days: a new lesion within so many days of the anchor was there at the anchor.

    Returns:
        One row an anchor and assessment from its baseline on: patient_id, anchor_day,
        assessment_day, baseline_day, sum_mm, baseline_mm, nadir_mm (before the assessment), recist
        (baseline, CR, PR, SD, PD, NN: neither complete response nor progression of non-target
        disease alone, or NE where no criterion can be read).

    Source:
        Eisenhauer et al., Eur J Cancer 2009, doi:10.1016/j.ejca.2008.10.026, sections 4.3.1 to
        4.3.5 (reappearance: 4.4.2).
    """
    pairs = anchors[KEYS].drop_duplicates().merge(assessments, on="patient_id")
    pairs = pairs.sort_values([*KEYS, "assessment_day"], ignore_index=True)
    pairs = pairs.rename(columns={"sum_target_diameters_mm": "sum_mm"})
    pairs["baseline_day"] = _baseline_days(pairs, rules)
    kept = (pairs["assessment_day"] >= pairs["baseline_day"]).fillna(False).astype(bool)
    pairs = pairs[kept].reset_index(drop=True)
    groups = [pairs[key] for key in KEYS]
    sums = pairs.groupby(KEYS)["sum_mm"]
    pairs["baseline_mm"] = sums.transform("first")
    pairs["nadir_mm"] = sums.cummin().groupby(groups).ffill().groupby(groups).shift()
    gone = pairs["lesions_disappeared"].fillna(False).astype(bool)
    pairs["all_gone_before"] = _ever_before(gone, groups)
    pairs["gone_before"] = _ever_before(gone | (pairs["sum_mm"] == 0), groups)
    pairs["recist"] = _categories(pairs, rules, grace_days)
    columns = ["assessment_day", "baseline_day", "sum_mm", "baseline_mm", "nadir_mm", "recist"]
    return pairs[[*KEYS, *columns]]


def _ever_before(flags: pd.Series, groups: list[pd.Series]) -> pd.Series:
    """Whether a flag was set at an earlier assessment of the same anchor."""
    ever = flags.groupby(groups).cummax()
    return ever.groupby(groups).shift(fill_value=False)


def _baseline_days(pairs: pd.DataFrame, rules: Rules) -> pd.Series:
    age = pairs["anchor_day"] - pairs["assessment_day"]
    before = pairs["assessment_day"].where((age >= 0) & (age <= rules.baseline_days))
    after = pairs["assessment_day"].where(age < 0)
    groups = [pairs[key] for key in KEYS]
    last_before = before.groupby(groups).transform("max")
    return last_before.fillna(after.groupby(groups).transform("min"))


def _categories(pairs: pd.DataFrame, rules: Rules, grace_days: int) -> pd.Series:
    total, nadir = pairs["sum_mm"], pairs["nadir_mm"]
    growth = total - nadir
    grown = at_least(growth, rules.pd_mm) & at_least(growth, rules.pd_share * nadir)
    fallen = pairs["baseline_mm"] - total
    partial = at_least(fallen, rules.pr_share * pairs["baseline_mm"]) & (pairs["baseline_mm"] > 0)
    since = pairs["assessment_day"] - pairs["anchor_day"]
    staging = (since >= 0) & (since <= grace_days)
    new = pairs["new_lesion"].fillna(False).astype(bool) & ~(staging if grace_days else False)
    seen = new | pairs["non_target_progression"].fillna(False).astype(bool)
    left = ~pairs["lesions_disappeared"].fillna(True).astype(bool)
    back = (pairs["gone_before"] & (total > 0)) | (pairs["all_gone_before"] & total.isna() & left)
    progressed = grown.fillna(False).astype(bool) | seen | back
    category = pd.Series("SD", index=pairs.index, dtype=object)
    category = category.mask(total.isna(), "NE")
    category = category.mask(total.isna() & pairs["baseline_mm"].isna(), "NN")
    category = category.mask(partial.fillna(False).astype(bool), "PR")
    category = category.mask(pairs["lesions_disappeared"].fillna(False).astype(bool), "CR")
    category = category.mask(progressed, "PD")
    at_baseline = (pairs["assessment_day"] == pairs["baseline_day"]) & ~(seen & (since > 0))
    return category.mask(at_baseline, "baseline")


def first_progression(
    assessments: pd.DataFrame, anchors: pd.DataFrame, rules: Rules, *, grace_days: int = 0
) -> pd.DataFrame:
    """When disease was first seen to progress after each anchor day, and between which assessments.

    Returns:
        One row an anchor with an assessment after it: patient_id, anchor_day, baseline_day,
        progression_day (missing: none seen), last_free_day (last assessment after the baseline and
        before progression, else the baseline; missing where there is none), last_assessment_day (of
        those that can be evaluated; missing where none can). All in days since day 0.
    """
    rows = assess_from(assessments, anchors, rules, grace_days=grace_days)
    after = rows[(rows["assessment_day"] > rows["anchor_day"]) & (rows["recist"] != "baseline")]
    progressed = after[after["recist"] == "PD"].groupby(KEYS)["assessment_day"].min()
    # One that cannot be evaluated shows neither progression nor its absence.
    seen = after.assign(last_assessment_day=after["assessment_day"].mask(after["recist"] == "NE"))
    result = seen.groupby(KEYS)[["last_assessment_day"]].max()
    result["progression_day"] = progressed.astype("Int64")
    known = rows[rows["recist"] != "NE"].merge(result.reset_index(), on=KEYS)
    free = known[
        known["progression_day"].isna() | (known["assessment_day"] < known["progression_day"])
    ]
    result["last_free_day"] = free.groupby(KEYS)["assessment_day"].max()
    result = result.join(rows.groupby(KEYS)["baseline_day"].first())
    columns = ["baseline_day", "progression_day", "last_free_day", "last_assessment_day"]
    return result.reset_index()[[*KEYS, *columns]]


def cancer_death_days(tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    """Day of death from thyroid cancer, by patient_id, of those who died of it."""
    follow_up = tables["follow_up"]
    died = follow_up[follow_up["death_cause"] == "thyroid_cancer"].dropna(subset="death_day")
    return died.set_index("patient_id")["death_day"]


def with_cancer_deaths(
    progressions: pd.DataFrame, anchors: pd.DataFrame, deaths: pd.Series, window_days: int
) -> pd.DataFrame:
    """Progression by death of the cancer, where no image showed it, within the window.

    Args:
        progressions: from `first_progression`.
        anchors: patient_id and anchor_day (d); those without an assessment are added.
        deaths: from `cancer_death_days`, or empty where death is not to count.
        window_days: days from the anchor within which such a death counts.

    Returns:
        The progressions of all anchors, with progression_by: imaging, cancer_death, or missing.
    """
    frame = anchors[KEYS].drop_duplicates().merge(progressions, on=KEYS, how="left")
    death = frame["patient_id"].map(deaths).astype("Int64")
    since = death - frame["anchor_day"]
    unseen = frame["progression_day"].isna() & since.between(0, window_days).fillna(False)
    by = pd.Series(IMAGING, index=frame.index, dtype=object).where(frame["progression_day"].notna())
    frame["progression_by"] = by.mask(unseen.astype(bool), CANCER_DEATH)
    frame["progression_day"] = frame["progression_day"].mask(unseen.astype(bool), death)
    return frame
