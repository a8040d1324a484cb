"""What two values of serum thyroglobulin say of a course: an interval of their ratio.

A value below the functional sensitivity is known only to lie below it. So the ratio after / before
is an interval, and a rule on it is met, not met, or undecided.
"""

import math

import pandas as pd

from compendium.comparing import above, at_most, below
from compendium.rules import Rules


def tg_change(courses: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """The least and greatest ratio of Tg after / before each course.

    Args:
        courses: rows of the rai_course table.

    Returns:
        By the index of the courses: low, high (missing where the two values cannot be compared:
        another TSH state or assay, antibodies, a value missing, both below the functional
        sensitivity, or the second sampled outside its window) and why not, `tg_reason`.
    """
    least = rules.tg_functional_sensitivity_ng_per_ml
    before, after = courses["tg_pre_ng_per_ml"], courses["tg_post_ng_per_ml"]
    low_before, low_after = below(before, least), below(after, least)
    reasons = _reasons(courses, rules, (low_before & low_after).fillna(False))
    known = reasons == ""
    quotient = after / before.where(before > 0)
    low = quotient.mask(low_before.fillna(False), after / least).mask(low_after.fillna(False), 0.0)
    high = quotient.mask(low_before.fillna(False), math.inf)
    high = high.mask(low_after.fillna(False), least / before.where(before > 0))
    return pd.DataFrame(
        {"low": low.where(known), "high": high.where(known), "tg_reason": reasons},
        index=courses.index,
    )


def _reasons(courses: pd.DataFrame, rules: Rules, both_low: pd.Series) -> pd.Series:
    """Why the two values of a course cannot be compared; empty where they can."""
    day = courses.get("tg_post_day")
    since = (day if day is not None else pd.Series(pd.NA, courses.index, "Int64")) - courses[
        "course_day"
    ]
    first, last = rules.tg_post_days
    causes = {
        "a Tg is missing": courses[["tg_pre_ng_per_ml", "tg_post_ng_per_ml"]].isna().any(axis=1),
        "antibodies positive or not recorded": ~courses["tgab_negative"].fillna(False).astype(bool),
        "TSH state or assay differ or are not recorded": ~courses["tg_comparable"]
        .fillna(False)
        .astype(bool),
        "both Tg below the functional sensitivity": both_low,
        "the second Tg was sampled outside its window": ~since.between(first, last).fillna(True),
    }
    reasons = pd.Series("", index=courses.index, dtype=object)
    for words, applies in causes.items():
        reasons = reasons.mask((reasons == "") & applies.astype(bool), words)
    return reasons


def does_not_fall(change: pd.DataFrame, ratio: float) -> pd.Series:
    """Whether Tg did not fall significantly: its ratio is above the limit; missing if undecided.

    Args:
        change: from `tg_change`.
        ratio: the limit of after / before.
    """
    stays, falls = above(change["low"], ratio), at_most(change["high"], ratio)
    return stays.mask(~stays.fillna(False) & ~falls.fillna(False))


def rises(change: pd.DataFrame) -> pd.Series:
    """Whether Tg rose; missing where the two values cannot be compared or leave it open."""
    return does_not_fall(change, 1.0)
