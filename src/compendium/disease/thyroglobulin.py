"""What two values of serum thyroglobulin say of a course: an interval of their ratio.

A value beyond a limit of detection, or below the functional sensitivity, is known only to lie
there. So the ratio after / before is an interval, and a rule on it is met, not met, or undecided.
"""

import numpy as np
import pandas as pd

from compendium.comparing import bounds, quantified, surely_above, surely_below
from compendium.rules import Rules

PRE, POST = "tg_pre_ng_per_ml", "tg_post_ng_per_ml"


def tg_change(courses: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """The least and greatest ratio of Tg after / before each course.

    Args:
        courses: rows of the rai_course table.

    Returns:
        By the index of the courses: low, high (missing where the two values cannot be compared:
        another TSH state or assay, antibodies, a value missing, both below what the assay tells, or
        the second sampled outside its window) and why not, `tg_reason`.
    """
    before, after = known_tg(courses, PRE, rules), known_tg(courses, POST, rules)
    reasons = _reasons(courses, rules, (before["low"] == 0) & (after["low"] == 0))
    known = reasons == ""
    low = (after["low"] / before["high"]).where(np.isfinite(before["high"]), 0.0)
    high = after["high"] / before["low"].where(before["low"] > 0)
    high = high.where(before["low"] > 0, np.inf)
    return pd.DataFrame(
        {"low": low.where(known), "high": high.where(known), "tg_reason": reasons},
        index=courses.index,
    )


def known_tg(samples: pd.DataFrame, column: str, rules: Rules) -> pd.DataFrame:
    """What is known of each Tg, low and high (ng/mL): a small one that it is small.

    A value that was quantified below the functional sensitivity lies somewhere below that; one that
    the laboratory reported as below its own limit lies below that limit.
    """
    least = rules.tg_functional_sensitivity_ng_per_ml
    known = bounds(samples, column)
    small = surely_below(known, least).fillna(False) & quantified(samples, column)
    below_it = bounds(pd.DataFrame({"tg": [least], "tg_sign": ["<"]}), "tg").loc[0]
    ends = {end: known[end].mask(small.astype(bool), below_it[end]) for end in ("low", "high")}
    return pd.DataFrame(ends)


def _reasons(courses: pd.DataFrame, rules: Rules, both_low: pd.Series) -> pd.Series:
    """Why the two values of a course cannot be compared; empty where they can."""
    day = courses.get("tg_post_day")
    since = (day if day is not None else pd.Series(pd.NA, courses.index, "Int64")) - courses[
        "course_day"
    ]
    first, last = rules.tg_post_days
    causes = {
        "a Tg is missing": courses[[PRE, POST]].isna().any(axis=1),
        "antibodies positive or not recorded": ~courses["tgab_negative"].fillna(False).astype(bool),
        "TSH state or assay differ or are not recorded": ~courses["tg_comparable"]
        .fillna(False)
        .astype(bool),
        "both Tg below the functional sensitivity or the limit of detection": both_low,
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
    return surely_above(change, ratio)


def rises(change: pd.DataFrame) -> pd.Series:
    """Whether Tg rose; missing where the two values cannot be compared or leave it open."""
    return does_not_fall(change, 1.0)
