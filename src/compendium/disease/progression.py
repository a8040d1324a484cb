"""Rapid, intermediate or stable disease in non-responders, under TSH suppression.

Glossary: *rapid*: progression within the window, or a volume that doubles within a year; *stable*:
no progression at any time seen, imaged through the window; *intermediate*: progression later than
the window, or death of the cancer after it. All three under suppressed TSH, and before any other
treatment.
"""

from collections.abc import Mapping

import pandas as pd

from compendium.calendar import days_for, days_within
from compendium.comparing import at_least, surely_below
from compendium.disease.course import Courses
from compendium.disease.recist import IMAGING
from compendium.rules import Rules
from compendium.studies.moments import first_of
from compendium.studies.trop2 import RESISTANCE

Tables = Mapping[str, pd.DataFrame]
SHOWN = ["anchor_day", "progression_day", "tsh_median_miu_per_l", "tsh_median_low",
         "tsh_median_high", "volume_doublings_per_year", "tg_doublings_per_year",
         "tg_left_out", "progression", "progression_rule"]  # fmt: skip
CLASSES = ("rapid", "intermediate", "stable", "not_assessed")
REASONS = {
    "not_suppressed": "TSH was not known to be suppressed up to progression or in the window",
    "other_therapy": "another treatment began before the end of the window",
    "short_follow_up": "not imaged through the window",
}


def resistance_days(tables: Tables) -> pd.DataFrame:
    """Day from which a non-responder's course is judged: patient_id, anchor_day.

    It is the day on which resistance was diagnosed; where that is missing, the last course of 131I.
    """
    days = {patient: one.day for patient, one in first_of(tables, RESISTANCE).items()}
    anchors = pd.Series(days, dtype="Int64").rename_axis("patient_id").rename("anchor_day")
    followed = tables["follow_up"]["patient_id"]
    return anchors.reindex(followed).dropna().reset_index()


def is_suppressed(courses: pd.DataFrame, rules: Rules) -> pd.Series:
    """Whether each patient's median TSH is known to be below the limit of suppression.

    Args:
        courses: with tsh_median_low and tsh_median_high (mIU/L).
    """
    median = courses[["tsh_median_low", "tsh_median_high"]].set_axis(["low", "high"], axis=1)
    return surely_below(median, rules.suppressed_tsh).fillna(False)


class Progressions:
    """The course of a study's patients as a class under rules, each part done once.

    Args:
        tables: of the study.
    """

    def __init__(self, tables: Tables) -> None:
        self._courses = Courses(tables, resistance_days(tables))

    def under(self, rules: Rules) -> pd.DataFrame:
        """Every patient's class under rules, as of `classify_progression`."""
        frame = self._courses.under(rules)
        frame["progression"], frame["progression_rule"] = _decide(frame, rules)
        return frame[SHOWN].reset_index()


def classify_progression(tables: Tables, rules: Rules) -> pd.DataFrame:
    """The derived course of every patient who has a day of resistance or a course of 131I.

    Returns:
        One row a patient: patient_id, anchor_day, progression_day, tsh_median_miu_per_l and
        between what it lies, tsh_median_low, tsh_median_high (equal but for values beyond a limit
        of detection), volume_doublings_per_year, tg_doublings_per_year, tg_left_out (values under
        suppression that tell no rate), progression (one of CLASSES),
        progression_rule: pd, tvdt, pd+tvdt, later, stable, or for a patient who is not assessed
        the reason, a key of REASONS.
    """
    return Progressions(tables).under(rules)


def _flag(found: pd.Series) -> pd.Series:
    return found.fillna(False).astype(bool)


def _decide(frame: pd.DataFrame, rules: Rules) -> tuple[pd.Series, pd.Series]:
    suppressed = is_suppressed(frame, rules).astype(bool)
    since = frame["progression_day"] - frame["anchor_day"]
    by_pd = suppressed & _flag(since <= days_within(rules.rapid_months))
    fast = suppressed & _flag(at_least(frame["volume_doublings_per_year"], 1 / rules.tvdt_years))
    rapid = by_pd | fast
    # Where no image was near the anchor, what is seen begins with the first one after it.
    begun = frame[["anchor_day", "baseline_day"]].max(axis=1)
    seen_to = frame["last_assessment_day"] - begun
    imaged = _flag(seen_to >= days_for(rules.stable_months))
    progressed = frame["progression_day"].notna()
    if rules.stable_landmark_months > 0:
        landmark = days_for(rules.stable_landmark_months)
        progressed &= _flag(since <= landmark)
        imaged &= _flag(seen_to >= landmark)
    # A death does not tell when progression began, but for images without it up to the window.
    by_image = frame["progression_by"] == IMAGING
    later = suppressed & progressed & ~rapid & (by_image | imaged)
    stable = suppressed & ~progressed & ~rapid & imaged
    changed = _flag(frame["changed_day"] - frame["anchor_day"] < days_for(rules.stable_months))
    classes = pd.Series("not_assessed", index=frame.index, dtype=object)
    classes = classes.mask(stable, "stable").mask(later, "intermediate").mask(rapid, "rapid")
    words = pd.Series("short_follow_up", index=frame.index, dtype=object)
    words = words.mask(changed & ~progressed, "other_therapy").mask(~suppressed, "not_suppressed")
    words = words.mask(stable, "stable").mask(later, "later")
    words = words.mask(fast, "tvdt").mask(by_pd, "pd").mask(by_pd & fast, "pd+tvdt")
    return classes, words


def classify_around(tables: Tables, days: pd.Series, rules: Rules) -> pd.DataFrame:
    """The pace of the disease in the year around a day, such as that of the PET.

    Args:
        days: the day (d) by patient_id.

    Returns:
        patient_id, progression: rapid (progression, or a doubling of volume within the limit, in
        the half years before and after the day, under suppressed TSH), stable (neither, imaged
        over half a year or more of it), not_assessed.
    """
    half = days_within(6)
    dated = {"response_assessment": "assessment_day", "lab": "lab_day"}
    near = {name: _near(tables[name], column, days, half) for name, column in dated.items()}
    anchors = (days - half).rename("anchor_day").rename_axis("patient_id").reset_index()
    frame = Courses({**tables, **near}, anchors).under(rules)
    suppressed = is_suppressed(frame, rules).astype(bool)
    fast = _flag(at_least(frame["volume_doublings_per_year"], 1 / rules.tvdt_years))
    progressed = _flag(frame["progression_day"] - frame["anchor_day"] <= 2 * half)
    seen = near["response_assessment"].groupby("patient_id")["assessment_day"]
    imaged = _flag((seen.max() - seen.min() >= half).reindex(frame.index))
    classes = pd.Series("not_assessed", index=frame.index, dtype=object)
    classes = classes.mask(suppressed & imaged & ~progressed & ~fast, "stable")
    classes = classes.mask(suppressed & (progressed | fast), "rapid")
    return classes.rename("progression").rename_axis("patient_id").reset_index()


def _near(events: pd.DataFrame, column: str, days: pd.Series, half: int) -> pd.DataFrame:
    distance = (events[column] - events["patient_id"].map(days)).abs()
    return events[_flag(distance <= half)]


def rapid_by_criterion(progressions: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """How many patients each criterion alone calls rapid, the Tg doubling time as sensitivity.

    Every criterion is asked under suppressed TSH, as the class is.

    Args:
        progressions: rows of `classify_progression`.

    Returns:
        criterion, assessable, rapid, agreeing (rapid or not as by the class).
    """
    suppressed = is_suppressed(progressions, rules)
    since = progressions["progression_day"] - progressions["anchor_day"]
    seen = progressions["progression"] != "not_assessed"
    window = (since <= days_within(rules.rapid_months)).fillna(False).astype("boolean")
    criteria = {
        "progression within the window": window.where(suppressed & (seen | window)),
        "volume doubling time": _fast(progressions["volume_doublings_per_year"], rules),
        "Tg doubling time": _fast(progressions["tg_doublings_per_year"], rules),
    }
    rapid = progressions["progression"] == "rapid"
    return pd.DataFrame(
        [
            {
                "criterion": name,
                "assessable": int((found.notna() & suppressed).sum()),
                "rapid": int((found.fillna(False) & suppressed).sum()),
                "agreeing": int(((found == rapid) & suppressed).fillna(False).sum()),
            }
            for name, found in criteria.items()
        ]
    )


def _fast(rates: pd.Series, rules: Rules) -> pd.Series:
    return at_least(rates, 1 / rules.tvdt_years)
