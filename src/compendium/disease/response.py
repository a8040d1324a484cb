"""Response to 131I by the registered rules R1 to R3; every threshold is one of `Rules`.

Glossary: a patient is a *non-responder* by any of R1, R2, R3; a *responder* when none applies and
the lesions disappeared, or did not progress for long after the last course, having taken up iodine;
*indeterminate* otherwise, with the reason. Loss of uptake, which the registry omits, is shown
beside the class and never changes it.
"""

from collections.abc import Mapping

import pandas as pd

from compendium.calendar import whole_days
from compendium.disease.recist import first_progression
from compendium.rules import Rules

NON_RESPONSE_RULES = ("R1", "R2", "R3")
REASONS = {
    "r1_not_assessable": "R1 cannot be assessed: uptake unread, Tg missing or not comparable",
    "no_uptake_recorded": "no uptake on any post-therapy scan, or none recorded",
    "late_progression": "progressed after the window of R3, before long-term control was reached",
    "short_follow_up": "followed for too short a time after the last course",
    "not_treated": "no course of 131I recorded",
}


def course_uptake(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """What the scan after each course showed: patient_id, course, course_day, avid, non_avid.

    `avid` and `non_avid` count lesions; a lesion without uptake counts only where it is structural,
    because nothing else shows that it is there.
    """
    uptake = tables["lesion_uptake"].merge(
        tables["lesion"][["patient_id", "lesion_id", "structural"]],
        on=["patient_id", "lesion_id"],
        how="left",
    )
    uptake["avid"] = uptake["uptake"] == "avid"
    uptake["non_avid"] = (uptake["uptake"] == "non_avid") & uptake["structural"].fillna(False)
    uptake["unread"] = uptake["uptake"] == "not_assessed"
    counts = uptake.groupby(["patient_id", "course"])[["avid", "non_avid", "unread"]].sum()
    courses = tables["rai_course"].merge(
        counts.reset_index(), on=["patient_id", "course"], how="left"
    )
    counted = ["avid", "non_avid", "unread"]
    courses[counted] = courses[counted].fillna(0).astype("Int64")
    return courses.sort_values(["patient_id", "course"], ignore_index=True)


def tg_ratios(courses: pd.DataFrame) -> pd.Series:
    """Tg after / before each course; missing where the two cannot be compared."""
    comparable = courses["tg_comparable"].fillna(False) & courses["tgab_negative"].fillna(False)
    before = courses["tg_pre_ng_per_ml"].where(courses["tg_pre_ng_per_ml"] > 0)
    return (courses["tg_post_ng_per_ml"] / before).where(comparable.astype(bool))


def no_uptake_and_tg_not_falling(courses: pd.DataFrame, rules: Rules) -> pd.Series:
    """R1 by patient: no uptake at the first course, and no significant fall of Tg.

    Args:
        courses: from `course_uptake`.

    Returns:
        True, False, or missing where Tg cannot be compared after a course without uptake, or
        does not fall after one whose lesions were all left unread.
    """
    first = courses.drop_duplicates("patient_id").set_index("patient_id")
    ratio = tg_ratios(first)
    without_uptake = ((first["avid"] == 0) & (first["non_avid"] > 0)).astype("boolean")
    unread = (first["avid"] == 0) & (first["non_avid"] == 0) & (first["unread"] > 0)
    without_uptake = without_uptake.mask(unread)
    tg_stays = (ratio > rules.tg_ratio).astype("boolean").mask(ratio.isna())
    return without_uptake & tg_stays


def partial_uptake(courses: pd.DataFrame) -> pd.Series:
    """R2 by patient: after one course, some lesions took up iodine and others did not."""
    partial = (courses["avid"] > 0) & (courses["non_avid"] > 0)
    return partial.groupby(courses["patient_id"]).any().astype("boolean")


def progression_despite_uptake(
    courses: pd.DataFrame, assessments: pd.DataFrame, rules: Rules
) -> pd.Series:
    """R3 by patient: progression within the window after a course with evident uptake."""
    progressed = _progression_after(courses[courses["avid"] > 0], assessments, rules)
    days = progressed["progression_day"] - progressed["anchor_day"]
    within = (days <= whole_days(rules.r3_months)).fillna(False)
    patients = pd.Index(courses["patient_id"].unique(), name="patient_id")
    met = within.astype(bool).groupby(progressed["patient_id"]).any()
    return met.reindex(patients, fill_value=False).astype("boolean")


def loss_of_uptake(tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    """By patient: a structural lesion that took up iodine no longer does at a later course.

    Source:
        Haugen et al., Thyroid 2016, doi:10.1089/thy.2015.0020, recommendation 91, point 2.
    """
    uptake = tables["lesion_uptake"].merge(
        tables["lesion"][["patient_id", "lesion_id", "structural"]], on=["patient_id", "lesion_id"]
    )
    uptake = uptake[uptake["structural"].fillna(False).astype(bool)]
    lesions = ["patient_id", "lesion_id"]
    first_avid = uptake[uptake["uptake"] == "avid"].groupby(lesions)["course"].min()
    last_without = uptake[uptake["uptake"] == "non_avid"].groupby(lesions)["course"].max()
    lost = (last_without.reindex(first_avid.index) > first_avid).fillna(False).astype(bool)
    return lost.groupby("patient_id").any().astype("boolean")


def _progression_after(
    courses: pd.DataFrame, assessments: pd.DataFrame, rules: Rules
) -> pd.DataFrame:
    anchors = courses[["patient_id", "course_day"]].rename(columns={"course_day": "anchor_day"})
    return first_progression(assessments, anchors, rules)


def control_after_last_course(
    courses: pd.DataFrame, assessments: pd.DataFrame, rules: Rules
) -> pd.DataFrame:
    """What became of each patient after the last course, by patient_id.

    Returns:
        disappeared (no lesion left at the last assessment, and no progression before it),
        long_term (no progression for as long as is asked), progressed (within that time).
    """
    last = courses.drop_duplicates("patient_id", keep="last")
    after = _progression_after(last, assessments, rules).set_index("patient_id")
    asked = whole_days(rules.long_term_months)
    free = after["progression_day"].isna()
    until = after["progression_day"].fillna(after["last_assessment_day"])
    long_term = until - after["anchor_day"] >= asked
    final = assessments.sort_values("assessment_day").drop_duplicates("patient_id", keep="last")
    gone = final.set_index("patient_id")["lesions_disappeared"].reindex(after.index)
    return pd.DataFrame(
        {
            "disappeared": gone.fillna(False).astype(bool) & free,
            "long_term": long_term,
            "progressed": ~free & ~long_term,
        }
    ).astype("boolean")


def classify_response(tables: Mapping[str, pd.DataFrame], rules: Rules) -> pd.DataFrame:
    """The derived class of every patient with the rules behind it.

    Returns:
        One row a patient of the patient table: patient_id; R1, R2, R3, loss_of_uptake,
        disappeared, long_term (boolean, missing where not assessable); rai_response (responder,
        non_responder, indeterminate); response_rule: the rules that decided, joined by +, or for
        an indeterminate patient the reason, a key of REASONS.
    """
    courses = course_uptake(tables)
    assessments = tables["response_assessment"]
    frame = pd.DataFrame(index=pd.Index(tables["patient"]["patient_id"], name="patient_id"))
    frame["R1"] = no_uptake_and_tg_not_falling(courses, rules)
    frame["R2"] = partial_uptake(courses)
    frame["R3"] = progression_despite_uptake(courses, assessments, rules)
    frame["loss_of_uptake"] = loss_of_uptake(tables)
    control = control_after_last_course(courses, assessments, rules)
    frame = frame.join(control).join(courses.groupby("patient_id")["avid"].sum().gt(0))
    frame["treated"] = frame.index.isin(courses["patient_id"])
    frame = frame.astype("boolean")
    unknown_r1 = frame["R1"].isna() & frame["treated"]
    for flags in ("R2", "R3", "loss_of_uptake", "disappeared", "long_term", "progressed", "avid"):
        frame[flags] = frame[flags].fillna(False)
    frame["rai_response"], frame["response_rule"] = _decide(frame, unknown_r1)
    shown = ["R1", "R2", "R3", "loss_of_uptake", "disappeared", "long_term"]
    return frame[[*shown, "rai_response", "response_rule"]].reset_index()


def _decide(frame: pd.DataFrame, unknown_r1: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The class and what decided it; a later assignment overrules an earlier one."""
    classes = pd.Series("indeterminate", index=frame.index, dtype=object)
    decided = pd.Series("short_follow_up", index=frame.index, dtype=object)
    controlled = frame["long_term"] & frame["avid"] & ~unknown_r1
    in_order: list[tuple[pd.Series, str, str]] = [
        (frame["progressed"], "indeterminate", "late_progression"),
        (
            (frame["long_term"] | frame["progressed"]) & ~frame["avid"],
            "indeterminate",
            "no_uptake_recorded",
        ),
        (unknown_r1, "indeterminate", "r1_not_assessable"),
        (~frame["treated"], "indeterminate", "not_treated"),
        (controlled, "responder", "long_term"),
        (frame["disappeared"], "responder", "disappeared"),
    ]
    for applies, label, rule in in_order:
        mask = applies.fillna(False).astype(bool)
        classes, decided = classes.mask(mask, label), decided.mask(mask, rule)
    met = frame[list(NON_RESPONSE_RULES)].fillna(False).astype(bool)
    joined = pd.Series(
        ["+".join(met.columns[row]) for row in met.to_numpy()], index=frame.index, dtype=object
    )
    return classes.mask(met.any(axis=1), "non_responder"), decided.mask(met.any(axis=1), joined)


def response_by_limits(
    tables: Mapping[str, pd.DataFrame],
    patients: list[str],
    settings: Mapping[str, Rules],
) -> pd.DataFrame:
    """How many fall into each class under other rules, and whom they move.

    Args:
        patients: those to count.
        settings: rules by a name for them; the first are those the others are compared with.

    Returns:
        setting, responder, non_responder, indeterminate, moved (patients in another class than
        under the first setting). The last row counts loss of uptake as a fourth criterion.
    """
    found = {name: classify_response(tables, rules) for name, rules in settings.items()}
    usual = next(iter(found.values())).set_index("patient_id").loc[patients]
    classes = {
        name: rows.set_index("patient_id").loc[patients, "rai_response"]
        for name, rows in found.items()
    }
    lost = usual["loss_of_uptake"].astype(bool)
    classes["loss of uptake counts as well"] = usual["rai_response"].mask(lost, "non_responder")
    labels = ("responder", "non_responder", "indeterminate")
    return pd.DataFrame(
        [
            {
                "setting": name,
                **{label: int((own == label).sum()) for label in labels},
                "moved": int((own != usual["rai_response"]).sum()),
            }
            for name, own in classes.items()
        ]
    )
