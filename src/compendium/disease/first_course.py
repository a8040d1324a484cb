"""R1 patient by patient: what the first course showed, the verdict, and why it is open.

R1 of the record: no uptake in metastatic tissue at the first course of 131I, and thyroglobulin that
rises or does not fall significantly. It is met, not met, or undetermined.
"""

from collections.abc import Mapping

import pandas as pd

from compendium.comparing import at_least, bounds, surely_at_least, written
from compendium.disease.metastases import course_uptake
from compendium.disease.thyroglobulin import POST, PRE, does_not_fall, tg_change
from compendium.rules import Rules

TSH = "tsh_miu_per_l"
VERDICTS = ("met", "not met", "undetermined")


def first_course(courses: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """The course that R1 asks about, by patient_id.

    Args:
        courses: from `course_uptake`.
    """
    asked = courses
    if rules.r1_first_course == "metastatic":
        asked = courses[courses["avid"] + courses["non_avid"] + courses["unread"] > 0]
    return asked.drop_duplicates("patient_id").set_index("patient_id")


def no_uptake(first: pd.DataFrame, rules: Rules) -> pd.Series:
    """Whether no metastasis took iodine up at the first course.

    Missing where its metastases are all unread, or where it was not known to be a course under
    stimulation with a therapeutic activity, which alone shows that nothing is taken up.
    """
    without = ((first["avid"] == 0) & (first["non_avid"] > 0)).astype("boolean")
    return without.mask(_unread(first) | (without & ~_is_treatment(first, rules)))


def _unread(first: pd.DataFrame) -> pd.Series:
    return (first["avid"] == 0) & (first["non_avid"] == 0) & (first["unread"] > 0)


def _is_treatment(first: pd.DataFrame, rules: Rules) -> pd.Series:
    stimulated = surely_at_least(bounds(first, TSH), rules.r1_tsh_miu_per_l).fillna(False)
    return stimulated & at_least(first["activity_gbq"], rules.r1_activity_gbq).fillna(False)


def r1_met(without: pd.Series, change: pd.DataFrame, rules: Rules) -> pd.Series:
    """R1 by patient: no uptake of metastases at the first course, and no significant fall of Tg.

    Args:
        without: from `no_uptake`, of the first courses.
        change: from `tg_change`, of the same.

    Returns:
        True, False, or missing where it is undetermined.
    """
    return without & does_not_fall(change, rules.tg_ratio)


def r1_ledger(tables: Mapping[str, pd.DataFrame], rules: Rules) -> pd.DataFrame:
    """R1 of each treated patient, with all that it rests on.

    Returns:
        patient_id, course; avid, non_avid, unread (metastases); tsh (mIU/L), tg_pre, tg_post
        (ng/mL), as the laboratory wrote them; tg_ratio, a number or between what it lies; verdict
        (met, not met, undetermined); reason, where it is undetermined.
    """
    first = first_course(course_uptake(tables, rules), rules)
    change = tg_change(first, rules)
    met = r1_met(no_uptake(first, rules), change, rules)
    words = met.map({True: VERDICTS[0], False: VERDICTS[1]}).astype(object)
    shown = {"tsh": TSH, "tg_pre": PRE, "tg_post": POST}
    ledger = first[["course", "avid", "non_avid", "unread"]].assign(
        **{name: written(first, column) for name, column in shown.items()},
        tg_ratio=_ratios(change),
        verdict=words.where(met.notna(), VERDICTS[2]),
        reason=_reasons(first, change, rules).where(met.isna(), ""),
    )
    return ledger.reset_index()


def _ratios(change: pd.DataFrame) -> pd.Series:
    """The ratio in words: 0.90, 0.00 to 0.80, or over 1.25."""
    said = []
    for low, high in zip(change["low"], change["high"], strict=True):
        if pd.isna(low):
            said.append("")
        elif low == high:
            said.append(f"{low:.4g}")
        else:
            said.append(f"over {low:.4g}" if high == float("inf") else f"{low:.4g} to {high:.4g}")
    return pd.Series(said, index=change.index, dtype=object)


def _reasons(first: pd.DataFrame, change: pd.DataFrame, rules: Rules) -> pd.Series:
    """What leaves R1 open, all that apply."""
    without = (first["avid"] == 0) & (first["non_avid"] > 0)
    ratio, limit = _ratios(change), rules.tg_ratio
    straddles = (ratio != "") & does_not_fall(change, limit).isna()
    course = f"not known to be under TSH of {rules.r1_tsh_miu_per_l:g} mIU/L or more with "
    course += f"{rules.r1_activity_gbq:g} GBq or more"
    causes = [
        (_unread(first), "metastases unread"),
        (without & ~_is_treatment(first, rules), course),
        (change["tg_reason"] != "", change["tg_reason"]),
        (straddles, "Tg ratio of " + ratio + f", on both sides of {limit:g}"),
    ]
    said = [
        pd.Series(words, index=first.index, dtype=object).where(applies.astype(bool), "")
        for applies, words in causes
    ]
    joined = ["; ".join(filter(None, row)) for row in zip(*said, strict=True)]
    return pd.Series(joined, index=first.index, dtype=object)
