"""Rapidly progressing or stable disease in non-responders, under TSH suppression."""

from collections.abc import Mapping

import pandas as pd

from compendium.calendar import whole_days
from compendium.disease.growth import DIMENSIONS, doublings_per_year
from compendium.disease.moments import first_of
from compendium.disease.recist import first_progression
from compendium.rules import Rules
from compendium.studies.trop2 import RESISTANCE

REASONS = {
    "not_suppressed": "TSH was not suppressed, or not measured, in the window",
    "short_follow_up": "not assessed to the end of the window",
}


def resistance_days(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Day from which a non-responder's course is judged: patient_id, anchor_day, tki_start_day.

    It is the day on which resistance was diagnosed; where that is missing, the last course of 131I.
    """
    moments = first_of(tables, RESISTANCE)
    days = tables["follow_up"][["patient_id", "tki_start_day"]]
    anchors = days["patient_id"].map({patient: one.day for patient, one in moments.items()})
    days = days.assign(anchor_day=anchors.astype("Int64"))
    return days.loc[days["anchor_day"].notna(), ["patient_id", "anchor_day", "tki_start_day"]]


def _before_tki(events: pd.DataFrame, day: str, anchors: pd.DataFrame) -> pd.DataFrame:
    """Events of the patients of `anchors` before a tyrosine-kinase inhibitor changes the course."""
    merged = events.merge(anchors, on="patient_id")
    untreated = merged["tki_start_day"].isna() | (merged[day] <= merged["tki_start_day"])
    return merged[untreated.astype(bool)]


def growth_after(
    tables: Mapping[str, pd.DataFrame], anchors: pd.DataFrame, rules: Rules
) -> pd.DataFrame:
    """Doublings a year of tumour volume and of Tg after each anchor day, by patient_id.

    Volume: from the last assessment on or before the anchor day (the first one, where none is) to
    the last; Tg: samples from the anchor day on with suppressed TSH and negative TgAb. Both end
    where a tyrosine-kinase inhibitor starts.
    """
    sums = _before_tki(tables["response_assessment"], "assessment_day", anchors)
    sums = sums[sums["sum_target_diameters_mm"].gt(0)]
    earlier = sums["assessment_day"].where(sums["assessment_day"] <= sums["anchor_day"])
    baseline = earlier.groupby(sums["patient_id"]).transform("max").fillna(sums["anchor_day"])
    sums = sums[sums["assessment_day"] >= baseline]
    days = sums.groupby("patient_id")["assessment_day"]
    span = days.max() - days.min()
    volume = doublings_per_year(
        sums, "assessment_day", "sum_target_diameters_mm", dimensions=DIMENSIONS
    )
    labs = _before_tki(tables["lab"], "lab_day", anchors)
    suppressed = labs["tsh_miu_per_l"].lt(rules.suppressed_tsh)
    labs = labs[
        (labs["lab_day"] >= labs["anchor_day"])
        & suppressed
        & labs["tgab_negative"].fillna(False).astype(bool)
    ]
    tg = doublings_per_year(labs, "lab_day", "tg_ng_per_ml", least_values=rules.tg_values)
    return pd.DataFrame(
        {
            "volume_doublings_per_year": volume.where(span >= rules.tvdt_days),
            "tg_doublings_per_year": tg,
        }
    )


def median_tsh(
    tables: Mapping[str, pd.DataFrame], anchors: pd.DataFrame, window_days: int
) -> pd.Series:
    """Median TSH in mIU/L from each anchor day to the end of the window, by patient_id."""
    labs = tables["lab"].merge(anchors, on="patient_id")
    since = labs["lab_day"] - labs["anchor_day"]
    return labs[since.between(0, window_days)].groupby("patient_id")["tsh_miu_per_l"].median()


def classify_progression(tables: Mapping[str, pd.DataFrame], rules: Rules) -> pd.DataFrame:
    """The derived course of every patient who has a day of resistance or a course of 131I.

    Rapid: progression within the window on suppressed TSH (`pd`), or a volume doubling time within
    its limit (`tvdt`). Stable: neither, assessed to the end of the window on suppressed TSH.

    Returns:
        One row a patient: patient_id, anchor_day, progression_day, tsh_median_miu_per_l,
        volume_doublings_per_year, tg_doublings_per_year, progression (rapid, stable,
        not_assessed), progression_rule: pd, tvdt, pd+tvdt, or for a patient who is not assessed
        the reason, a key of REASONS.
    """
    anchors = resistance_days(tables)
    window = whole_days(rules.rapid_months)
    assessments = _before_tki(tables["response_assessment"], "assessment_day", anchors)
    assessments = assessments.drop(columns=["anchor_day", "tki_start_day"])
    seen = first_progression(assessments, anchors, rules)
    frame = anchors[["patient_id", "anchor_day"]].merge(
        seen.drop(columns="anchor_day"), on="patient_id", how="left"
    )
    frame = frame.set_index("patient_id").join(growth_after(tables, anchors, rules))
    frame["tsh_median_miu_per_l"] = median_tsh(tables, anchors, window)
    frame["progression"], frame["progression_rule"] = _decide(frame, window, rules)
    columns = [
        "anchor_day",
        "progression_day",
        "tsh_median_miu_per_l",
        "volume_doublings_per_year",
        "tg_doublings_per_year",
        "progression",
        "progression_rule",
    ]
    return frame[columns].reset_index()


def _decide(frame: pd.DataFrame, window: int, rules: Rules) -> tuple[pd.Series, pd.Series]:
    suppressed = frame["tsh_median_miu_per_l"] < rules.suppressed_tsh
    to_progression = frame["progression_day"] - frame["anchor_day"]
    within = (to_progression <= window).fillna(False).astype(bool)
    until = frame["progression_day"].fillna(frame["last_assessment_day"])
    to_the_end = (until - frame["anchor_day"] >= window).fillna(False).astype(bool)
    fast = frame["volume_doublings_per_year"] >= 1 / rules.tvdt_years
    by_pd = within & suppressed
    stable = ~within & to_the_end & suppressed & ~fast
    classes = pd.Series("not_assessed", index=frame.index, dtype=object)
    classes = classes.mask(stable, "stable").mask(by_pd | fast, "rapid")
    why = pd.Series("short_follow_up", index=frame.index, dtype=object)
    why = why.mask(~suppressed, "not_suppressed").mask(stable, "stable")
    why = why.mask(fast, "tvdt").mask(by_pd, "pd").mask(by_pd & fast, "pd+tvdt")
    return classes, why


def rapid_by_criterion(progressions: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """How many patients each criterion alone calls rapid, the Tg doubling time as sensitivity.

    Args:
        progressions: rows of `classify_progression`.

    Returns:
        criterion, assessable, rapid, agreeing (rapid or not as by the two criteria together).
    """
    to_progression = progressions["progression_day"] - progressions["anchor_day"]
    rate = 1 / rules.tvdt_years
    window = to_progression <= whole_days(rules.rapid_months)
    criteria = {
        "progression within the window": window.fillna(False).astype("boolean"),
        "volume doubling time": _at_least(progressions["volume_doublings_per_year"], rate),
        "Tg doubling time": _at_least(progressions["tg_doublings_per_year"], rate),
    }
    rapid = progressions["progression"] == "rapid"
    return pd.DataFrame(
        [
            {
                "criterion": name,
                "assessable": int(found.notna().sum()),
                "rapid": int(found.sum()),
                "agreeing": int((found == rapid).sum()),
            }
            for name, found in criteria.items()
        ]
    )


def _at_least(rates: pd.Series, limit: float) -> pd.Series:
    return (rates >= limit).astype("boolean").mask(rates.isna())
