"""Evidence against evidence: a patient's sums, thyroglobulin and TSH over time."""

from collections.abc import Iterator

import pandas as pd

from compendium.comparing import sign_column
from compendium.study.evidence_values import whole_column
from compendium.study.located import Tables, true_where
from compendium.study.places import at_heading
from compendium.study.problems import Problem

JUMP = 7.0
SUM_TO_ALL, LARGEST_TO_SUM = 5.0, 3.0
SUM_OFF, SUM_FITS = 0.25, 0.05
TG_RISE, TG_FALL = 30.0, 1 / 500
TG_MEDIAN_RISE = 3.0
TG_JUMP, TSH_JUMP = 50.0, 200.0
NEAR_COURSE_DAYS = 60
SAME_SAMPLE_DAYS, SAME_TSH = 3, 5.0
UNSTIMULATED_MIU_PER_L = 20
EXCHANGED_COURSES = 3


def courses_against_themselves(tables: Tables) -> Iterator[Problem]:
    """All that the values of one patient say against each other."""
    yield from _sums(tables)
    yield from _sums_and_diameters(tables)
    yield from _lesion_in_cm(tables)
    yield from _tg_of_courses(tables)
    yield from _tg_of_samples(tables)
    yield from _tsh(tables)
    yield from _tsh_of_course_and_sample(tables)
    yield from _tsh_of_levels(tables)


def neighbours(rows: pd.DataFrame, column: str, day: str) -> pd.DataFrame:
    """Rows by patient and day, with the value before and after; that of the other side at an end.

    Returns:
        The rows with `before` and `after`, positive values only, and none beyond a limit of
        detection; missing where there is neither.
    """
    rows = rows.dropna(subset=["patient_id", day]).sort_values(["patient_id", day])
    known = rows[true_where(rows[column] > 0) & quantified(rows, column)]
    groups = known.groupby("patient_id")[column]
    before, after = groups.shift(), groups.shift(-1)
    return known.assign(before=before.fillna(after), after=after.fillna(before))


def quantified(rows: pd.DataFrame, column: str) -> pd.Series:
    """Rows whose value has no sign of a limit of detection."""
    beside = sign_column(column)
    return rows[beside].isna() if beside in rows else pd.Series(True, index=rows.index)


def alone_by(rows: pd.DataFrame, column: str, factor: float) -> pd.Series:
    """Rows whose value is so many times that of both neighbours, or so small a part of it."""
    value = rows[column]
    above = (value > factor * rows["before"]) & (value > factor * rows["after"])
    below = (value * factor < rows["before"]) & (value * factor < rows["after"])
    return true_where(above | below)


def _sums(tables: Tables) -> Iterator[Problem]:
    """A sum of diameters is near the one before and after, and 0 when all have disappeared."""
    column = "sum_target_diameters_mm"
    rows = neighbours(tables["response_assessment"], column, "assessment_day")
    yield from tables.problems(
        "response_assessment",
        rows[alone_by(rows, column, JUMP)],
        column,
        "the sum is {sum_target_diameters_mm:g} mm, that of the assessment beside it {before:g} mm",
        f"sums that do not differ {JUMP:g} times; one of the two may be in cm",
        "Correct the sum and its unit.",
    )
    rows = tables["response_assessment"]
    yield from tables.problems(
        "response_assessment",
        rows[true_where((rows[column] == 0) & ~rows["lesions_disappeared"])],
        column,
        "the sum is 0, but lesions_disappeared is no",
        "a sum above 0, an empty cell where nothing is measurable, or yes",
        "Correct the sum or lesions_disappeared.",
    )


def first_sums(tables: Tables) -> pd.DataFrame:
    """The first assessment of each patient with a sum above 0."""
    rows = tables["response_assessment"].dropna(subset=["patient_id", "assessment_day"])
    rows = rows[true_where(rows["sum_target_diameters_mm"] > 0)].sort_values("assessment_day")
    return rows.drop_duplicates("patient_id")


def _sums_and_diameters(tables: Tables) -> Iterator[Problem]:
    """The first sum is one of diameters that the table lesion has."""
    first = first_sums(tables)
    lesions = tables["lesion"].dropna(subset=["patient_id", "diameter_mm"])
    all_mm = first["patient_id"].map(lesions.groupby("patient_id")["diameter_mm"].sum())
    largest = lesions.sort_values("diameter_mm", ascending=False).groupby("patient_id").head(2)
    largest_mm = first["patient_id"].map(largest.groupby("patient_id")["diameter_mm"].sum())
    first = first.assign(all_mm=all_mm, largest_mm=largest_mm)
    value = first["sum_target_diameters_mm"]
    beyond = (value > SUM_TO_ALL * all_mm) | (largest_mm > LARGEST_TO_SUM * value)
    yield from tables.problems(
        "response_assessment",
        first[true_where(beyond)],
        "sum_target_diameters_mm",
        "the first sum is {sum_target_diameters_mm:g} mm, all diameters in lesion {all_mm:g} mm, "
        "the two largest {largest_mm:g} mm",
        "a sum of diameters that the table lesion has; one of the two may be in cm",
        "Correct the sum, or the diameters and their unit.",
    )


def _lesion_in_cm(tables: Tables) -> Iterator[Problem]:
    """A lesion with which, ten times as large, the diameters are the first sum, and without not."""
    first = first_sums(tables).set_index("patient_id")["sum_target_diameters_mm"]
    lesions = tables["lesion"].dropna(subset=["patient_id", "diameter_mm"])
    lesions = lesions.assign(
        all_mm=lesions.groupby("patient_id")["diameter_mm"].transform("sum"),
        sum_mm=lesions["patient_id"].map(first),
        in_cm=10 * lesions["diameter_mm"],
    )
    off = (lesions["all_mm"] - lesions["sum_mm"]).abs()
    corrected = (lesions["all_mm"] + 9 * lesions["diameter_mm"] - lesions["sum_mm"]).abs()
    fits = (off > SUM_OFF * lesions["sum_mm"]) & (corrected < SUM_FITS * lesions["sum_mm"])
    yield from tables.problems(
        "lesion",
        lesions[true_where(fits)],
        "diameter_mm",
        "diameter_mm is {diameter_mm:g}; all diameters sum to {all_mm:g} mm, and with this lesion "
        "as {in_cm:g} mm they would be near the first sum of {sum_mm:g} mm",
        "diameters in mm, whose sum is that of the first assessment",
        "Correct the diameter and its unit.",
    )


def _tg_of_courses(tables: Tables) -> Iterator[Problem]:
    rows = tables["rai_course"]
    before = rows["tg_pre_ng_per_ml"].where(rows["tg_pre_ng_per_ml"] > 0)
    change = rows["tg_post_ng_per_ml"] / before
    why = "times the Tg before 131I; one of the two columns may be in another unit"
    yield from whole_column(
        tables, "rai_course", "tg_post_ng_per_ml", change, 0, TG_MEDIAN_RISE, why
    )
    beyond = (change > TG_RISE) | ((change < TG_FALL) & (rows["tg_post_ng_per_ml"] > 1))
    yield from tables.problems(
        "rai_course",
        rows[true_where(beyond)],
        "tg_post_ng_per_ml",
        "Tg is {tg_pre_ng_per_ml:g} before and {tg_post_ng_per_ml:g} after the course",
        f"at most {TG_RISE:g} times as much, and no fall 500-fold; one may be in another unit",
        "Correct one of the two.",
    )
    ordered = rows.sort_values(["patient_id", "course"])
    groups = ordered.groupby("patient_id")
    straight = (ordered["tg_post_ng_per_ml"] == groups["tg_pre_ng_per_ml"].shift(-1)).sum()
    swapped = (ordered["tg_pre_ng_per_ml"] == groups["tg_post_ng_per_ml"].shift(-1)).sum()
    if swapped >= EXCHANGED_COURSES and swapped > straight:
        yield at_heading(
            tables.raw["rai_course"],
            "tg_pre_ng_per_ml",
            found=f"{swapped} times the Tg before a course is that after the next, and {straight} "
            "times the reverse",
            expected="the Tg after a course to be that before the next, where they are the same",
            remedy="The columns of Tg before and after may be exchanged: name each as it is.",
        )


def _tg_of_samples(tables: Tables) -> Iterator[Problem]:
    course = tables["rai_course"].groupby("patient_id")["tg_pre_ng_per_ml"].median()
    samples = tables["lab"].groupby("patient_id")["tg_ng_per_ml"].median()
    share = (samples / course.where(course > 0)).dropna()
    why = "times the patients' Tg before 131I; one of the two may be in another unit"
    yield from whole_column(tables, "lab", "tg_ng_per_ml", share, 1 / 500, 20, why)
    rows = neighbours(tables["lab"], "tg_ng_per_ml", "lab_day")
    yield from tables.problems(
        "lab",
        rows[alone_by(rows, "tg_ng_per_ml", TG_JUMP)],
        "tg_ng_per_ml",
        "Tg is {tg_ng_per_ml:g}, {before:g} and {after:g} in the samples beside it",
        f"values that do not differ {TG_JUMP:g} times; one may be in another unit",
        "Correct Tg and its unit.",
    )


def _tsh(tables: Tables) -> Iterator[Problem]:
    """A stimulated TSH has its reason: a course of 131I or a scan near it."""
    rows = neighbours(tables["lab"], "tsh_miu_per_l", "lab_day")
    high = rows["tsh_miu_per_l"] > UNSTIMULATED_MIU_PER_L
    rows = rows[true_where(high) | alone_by(rows, "tsh_miu_per_l", TSH_JUMP)]
    reasons = pd.concat(
        [
            tables[name][["patient_id", column]].set_axis(["patient_id", "day"], axis=1)
            for name, column in (("rai_course", "course_day"), ("pet_scan", "scan_day"))
        ]
    ).dropna()
    pairs = rows.reset_index(names="row")[["row", "patient_id", "lab_day"]].merge(reasons)
    near = pairs[(pairs["lab_day"] - pairs["day"]).abs() <= NEAR_COURSE_DAYS]
    yield from tables.problems(
        "lab",
        rows[~rows.index.isin(near["row"])],
        "tsh_miu_per_l",
        "TSH is {tsh_miu_per_l:g} on day {lab_day}, with no course or scan near it, and {before:g} "
        "in the sample beside it",
        f"at most {UNSTIMULATED_MIU_PER_L} mIU/L under hormone; in µIU/L a value is a thousand "
        "times as large",
        "Correct TSH and its unit.",
    )


def _tsh_of_course_and_sample(tables: Tables) -> Iterator[Problem]:
    """TSH at a course of 131I is that of a sample taken within days of it."""
    rows = tables["lab"].dropna(subset=["patient_id", "lab_day", "tsh_miu_per_l"])
    courses = tables["rai_course"][["patient_id", "course_day", "tsh_miu_per_l"]].dropna()
    courses = courses.rename(columns={"tsh_miu_per_l": "at_course"})
    pairs = rows.reset_index(names="row").merge(courses, on="patient_id").set_index("row")
    near = (pairs["lab_day"] - pairs["course_day"]).abs() <= SAME_SAMPLE_DAYS
    ratio = pairs["tsh_miu_per_l"] / pairs["at_course"]
    apart = (ratio > SAME_TSH) | (ratio < 1 / SAME_TSH)
    yield from tables.problems(
        "lab",
        pairs[true_where(near & apart)],
        "tsh_miu_per_l",
        "TSH is {tsh_miu_per_l:g} on day {lab_day}, and {at_course:g} at the course of 131I on day "
        "{course_day}",
        "one TSH within days of a course",
        "Correct one of the two and its unit.",
    )


def _tsh_of_levels(tables: Tables) -> Iterator[Problem]:
    """TSH at the high level is above that at the low one; else the levels were exchanged."""
    scans = tables["pet_scan"].dropna(subset=["patient_id", "tsh_level", "tsh_miu_per_l"])
    scans = scans[quantified(scans, "tsh_miu_per_l")]
    low = scans[scans["tsh_level"] == "low"].drop_duplicates("patient_id")
    at_low = scans["patient_id"].map(low.set_index("patient_id")["tsh_miu_per_l"])
    rows = scans.assign(low=at_low)
    exchanged = (rows["tsh_level"] == "high") & (rows["tsh_miu_per_l"] <= rows["low"])
    yield from tables.problems(
        "pet_scan",
        rows[true_where(exchanged)],
        "tsh_level",
        "TSH is {tsh_miu_per_l:g} at the high level and {low:g} at the low one",
        "more TSH at the high level",
        "Correct tsh_level or tsh_miu_per_l: the two levels may be exchanged.",
    )
