"""Rapid, intermediate or stable disease in non-responders, under TSH suppression.

Glossary: *rapid*: progression within the window, or a volume that doubles within a year; *stable*:
no progression at any time seen, imaged through the window; *intermediate*: progression later than
the window, or death of the cancer after it. All three under suppressed TSH, and before any other
treatment.
"""

from collections.abc import Mapping

import pandas as pd

from compendium.calendar import days_for, days_within
from compendium.comparing import at_least, below, bounds, surely_below
from compendium.disease.growth import DIMENSIONS, TG, doublings_per_year, suppressed_tg
from compendium.disease.recist import (
    IMAGING,
    cancer_death_days,
    first_progression,
    with_cancer_deaths,
)
from compendium.disease.therapy import other_treatment_days
from compendium.rules import Rules
from compendium.studies.moments import first_of
from compendium.studies.trop2 import RESISTANCE
from compendium.tables.columns import DAY_MAX, DAY_MIN

Tables = Mapping[str, pd.DataFrame]
EVER = DAY_MAX - DAY_MIN
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


def observed_course(tables: Tables, anchors: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Progression and growth of each patient from the anchor day until another treatment.

    Args:
        anchors: patient_id and anchor_day (d), one a patient.

    Returns:
        By patient_id: anchor_day, changed_day (start of another treatment), baseline_day,
        progression_day, progression_by (a death counts whenever it came), last_assessment_day,
        tsh_median_miu_per_l (of samples from the anchor to progression or the end of the window,
        never later), volume_doublings_per_year (where the growth is enough to rest a doubling time
        on), tg_doublings_per_year.
    """
    anchor = anchors.set_index("patient_id")["anchor_day"]
    changed = other_treatment_days(tables, anchor, at_any_time=True).rename("changed_day")
    own = tables["response_assessment"]
    untreated = _until(own, "assessment_day", changed)
    seen = first_progression(untreated, anchors, rules)
    deaths = cancer_death_days(tables)
    before = (deaths <= changed.reindex(deaths.index)).fillna(True).astype(bool)
    counted = deaths[before] if rules.cancer_death_is_progression else deaths.iloc[:0]
    window = days_within(rules.rapid_months)
    frame = with_cancer_deaths(seen, anchors, counted, EVER).set_index("patient_id")
    frame = frame.join(changed)
    end = frame["progression_day"].fillna(frame["anchor_day"] + window)
    end = pd.concat([end, frame["anchor_day"] + window], axis=1).min(axis=1)
    frame = frame.join(_median_tsh(tables["lab"], frame["anchor_day"], end))
    frame["volume_doublings_per_year"] = _volume_growth(untreated, frame["anchor_day"], rules)
    labs = _until(tables["lab"], "lab_day", changed)
    return frame.join(_tg_growth(labs, frame["anchor_day"], rules))


def _until(events: pd.DataFrame, day: str, changed: pd.Series) -> pd.DataFrame:
    """Events up to the day on which another treatment began, that day included."""
    end = events["patient_id"].map(changed).astype("Int64")
    return events[(events[day] <= end).fillna(True).astype(bool)]


def _median_tsh(labs: pd.DataFrame, anchor: pd.Series, end: pd.Series) -> pd.DataFrame:
    """The median of each patient's TSH, and between what it lies where some values are censored."""
    first, last = labs["patient_id"].map(anchor), labs["patient_id"].map(end)
    inside = (labs["lab_day"] >= first) & (labs["lab_day"] <= last)
    kept = labs[inside.fillna(False).astype(bool)]
    known = bounds(kept, "tsh_miu_per_l").rename(columns="tsh_median_{}".format)
    named = known.assign(tsh_median_miu_per_l=kept["tsh_miu_per_l"])
    return named.groupby(kept["patient_id"]).median()


def is_suppressed(courses: pd.DataFrame, rules: Rules) -> pd.Series:
    """Whether each patient's median TSH is known to be below the limit of suppression.

    Args:
        courses: with tsh_median_low and tsh_median_high (mIU/L).
    """
    median = courses[["tsh_median_low", "tsh_median_high"]].set_axis(["low", "high"], axis=1)
    return surely_below(median, rules.suppressed_tsh).fillna(False)


def _volume_growth(sums: pd.DataFrame, anchor: pd.Series, rules: Rules) -> pd.Series:
    """Doublings a year of tumour volume, where diameters carry a doubling time.

    From the last assessment on or before the anchor day (the first one, where none is) on. A
    doubling time rests on enough assessments or a long enough span, and on growth that is more than
    the reading of a diameter.
    """
    own = sums[sums["sum_target_diameters_mm"].gt(0).fillna(False)]
    day, first = own["assessment_day"], own["patient_id"].map(anchor)
    baseline = day.where(day <= first).groupby(own["patient_id"]).transform("max").fillna(first)
    own = own[(day >= baseline).fillna(False).astype(bool)].sort_values("assessment_day")
    grouped = own.groupby("patient_id")
    days, total = grouped["assessment_day"], grouped["sum_target_diameters_mm"]
    enough = (days.size() >= rules.tvdt_assessments) | (
        days.max() - days.min() >= days_for(rules.tvdt_span_months)
    )
    change = total.last() - total.first()
    grown = at_least(change, rules.tvdt_growth_mm)
    rate = doublings_per_year(
        own, "assessment_day", "sum_target_diameters_mm", dimensions=DIMENSIONS
    )
    # Without such growth a tumour is not fast, and its rate stands as it is read.
    carried = enough & (grown | (change <= 0) | below(rate, 1 / rules.tvdt_years))
    return rate.where(carried.reindex(rate.index).fillna(False).astype(bool))


def _tg_growth(labs: pd.DataFrame, anchor: pd.Series, rules: Rules) -> pd.DataFrame:
    """Doublings a year of Tg from the anchor on, and the values that tell none of it."""
    since = _flag(labs["lab_day"] >= labs["patient_id"].map(anchor))
    given, usable = suppressed_tg(labs[since], rules)
    rate = doublings_per_year(usable, "lab_day", TG, least_values=rules.tg_values)
    left_out = (
        given.groupby("patient_id").size().sub(usable.groupby("patient_id").size(), fill_value=0)
    )
    return pd.DataFrame(
        {"tg_doublings_per_year": rate, "tg_left_out": left_out.reindex(anchor.index, fill_value=0)}
    ).reindex(anchor.index)


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
    frame = observed_course(tables, resistance_days(tables), rules)
    frame["progression"], frame["progression_rule"] = _decide(frame, rules)
    columns = ["anchor_day", "progression_day", "tsh_median_miu_per_l", "tsh_median_low",
               "tsh_median_high", "volume_doublings_per_year", "tg_doublings_per_year",
               "tg_left_out", "progression", "progression_rule"]  # fmt: skip
    return frame[columns].reset_index()


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
    frame = observed_course({**tables, **near}, anchors, rules)
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
