"""Response to 131I by the registered rules R1 to R3; every threshold is a rule of the study.

Glossary: a patient is a *non-responder* by any of R1, R2, R3; a *responder* when none applies and a
metastasis took iodine up, and the lesions disappeared or did not progress for long after the last
course, with no other treatment to thank; *indeterminate* otherwise, with the reason. Loss of
uptake, which the registry omits, and a rising Tg are shown beside the class and never change it.
"""

from collections.abc import Mapping

import pandas as pd

from compendium.calendar import days_for, days_within
from compendium.disease.first_course import r1_met
from compendium.disease.metastases import course_uptake, loss_of_uptake
from compendium.disease.recist import cancer_death_days, first_progression, with_cancer_deaths
from compendium.disease.therapy import other_treatment_days
from compendium.disease.thyroglobulin import rises, tg_change
from compendium.rules import Rules

Tables = Mapping[str, pd.DataFrame]
NON_RESPONSE_RULES = ("R1", "R2", "R3")
REASONS = {
    "not_treated": "no course of 131I recorded",
    "remnant_only": "no metastasis was scanned: ablation of a remnant is no response",
    "no_uptake_recorded": "no uptake of a metastasis on any post-therapy scan, or none recorded",
    "r1_not_assessable": "R1 cannot be assessed: uptake unread, Tg missing or not comparable, or "
    "the course was not one under stimulation with a therapeutic activity",
    "other_therapy": "a kinase inhibitor or local therapy came before long-term control",
    "late_progression": "progressed after the window of R3, before long-term control was reached",
    "short_follow_up": "followed for too short a time after the last course",
}


def partial_uptake(courses: pd.DataFrame) -> pd.Series:
    """R2 by patient: after one course, some metastases took up iodine and others did not."""
    partial = (courses["avid"] > 0) & (courses["non_avid_sized"] > 0)
    return partial.groupby(courses["patient_id"]).any().astype("boolean")


def progression_despite_uptake(courses: pd.DataFrame, tables: Tables, rules: Rules) -> pd.Series:
    """R3 by patient: progression within the window after a course with uptake of a metastasis."""
    window = days_within(rules.r3_months)
    progressed = _progression_after(courses[courses["avid"] > 0], tables, rules, window)
    days = progressed["progression_day"] - progressed["anchor_day"]
    within = (days <= window).fillna(False)
    patients = pd.Index(courses["patient_id"].unique(), name="patient_id")
    met = within.astype(bool).groupby(progressed["patient_id"]).any()
    return met.reindex(patients, fill_value=False).astype("boolean")


def _progression_after(
    courses: pd.DataFrame, tables: Tables, rules: Rules, window_days: int
) -> pd.DataFrame:
    anchors = courses[["patient_id", "course_day"]].rename(columns={"course_day": "anchor_day"})
    seen = first_progression(
        tables["response_assessment"], anchors, rules, grace_days=rules.staging_days
    )
    deaths = cancer_death_days(tables)
    counted = deaths if rules.cancer_death_is_progression else deaths.iloc[:0]
    return with_cancer_deaths(seen, anchors, counted, window_days)


def control_after_last_course(courses: pd.DataFrame, tables: Tables, rules: Rules) -> pd.DataFrame:
    """What became of each treated patient after the last course, by patient_id.

    Returns:
        disappeared (no lesion left at the last assessment, none progressed before), long_term (no
        progression for as long as is asked), both before any other treatment; other_therapy (it
        came first); progressed (before long-term control).
    """
    asked = days_for(rules.long_term_months)
    last = courses.drop_duplicates("patient_id", keep="last")
    after = _progression_after(last, tables, rules, asked).set_index("patient_id")
    anchor = after["anchor_day"]
    ended = pd.Series(pd.NA, index=after.index, dtype="Int64")
    if rules.other_treatment_ends_credit:
        ended = other_treatment_days(tables, anchor, at_any_time=True)
    seen = after["progression_by"] == "imaging"
    until = after["progression_day"].where(seen).fillna(after["last_assessment_day"])
    credited = pd.concat([until, ended], axis=1).min(axis=1).astype("Int64")
    long_term = (credited - anchor >= asked).fillna(False).astype(bool)
    gone_day = _gone_since(tables["response_assessment"], anchor)
    gone = gone_day.notna() & after["progression_day"].isna()
    disappeared = gone & (ended.isna() | (gone_day <= ended).fillna(False).astype(bool))
    progressed = after["progression_day"].notna() & ~long_term
    first = (ended < after["progression_day"]).fillna(ended.notna()).astype(bool)
    other = first & ~long_term & ~disappeared
    return pd.DataFrame(
        {
            "disappeared": disappeared,
            "long_term": long_term,
            "other_therapy": other,
            "progressed": progressed & ~other,
        }
    ).astype("boolean")


def _gone_since(assessments: pd.DataFrame, anchor: pd.Series) -> pd.Series:
    """First assessment after the anchor without a lesion, of those without one at the last."""
    final = assessments.sort_values("assessment_day").drop_duplicates("patient_id", keep="last")
    gone = final[final["lesions_disappeared"].fillna(False).astype(bool)]["patient_id"]
    rows = assessments[assessments["lesions_disappeared"].fillna(False).astype(bool)]
    after = rows["assessment_day"] > rows["patient_id"].map(anchor)
    rows = rows[rows["patient_id"].isin(gone) & after.fillna(False).astype(bool)]
    first = rows.groupby("patient_id")["assessment_day"].min()
    return first.reindex(anchor.index).astype("Int64")


def classify_response(tables: Tables, rules: Rules) -> pd.DataFrame:
    """The derived class of every patient with the rules behind it.

    Returns:
        One row a patient of the patient table: patient_id; R1, R2, R3, loss_of_uptake,
        loss_everywhere, biochemical (Tg rose after the last course), nodes_only (of all metastases
        none but nodes of the neck ever took iodine up), disappeared, long_term
        (boolean, missing where not assessable); rai_response (responder, non_responder,
        indeterminate); response_rule: the rules that decided, joined by +, or for an indeterminate
        patient the reason, a key of REASONS.
    """
    courses = course_uptake(tables, rules)
    frame = pd.DataFrame(index=pd.Index(tables["patient"]["patient_id"], name="patient_id"))
    frame["R1"] = r1_met(courses, rules)
    frame["R2"] = partial_uptake(courses)
    frame["R3"] = progression_despite_uptake(courses, tables, rules)
    frame = frame.join(loss_of_uptake(tables, rules))
    last = courses.drop_duplicates("patient_id", keep="last").set_index("patient_id")
    frame["biochemical"] = rises(tg_change(last, rules))
    frame = frame.join(control_after_last_course(courses, tables, rules))
    metastatic = courses["avid"] + courses["non_avid"] + courses["unread"]
    counts = (
        courses.assign(metastatic=metastatic)
        .groupby("patient_id")[["avid", "avid_distant", "metastatic", "bed_avid"]]
        .sum()
    )
    frame["avid"] = counts["avid"] > 0
    frame["nodes_only"] = (counts["avid"] > 0) & (counts["avid_distant"] == 0)
    frame["remnant_only"] = (counts["metastatic"] == 0) & (counts["bed_avid"] > 0)
    frame["treated"] = frame.index.isin(courses["patient_id"])
    frame = frame.astype("boolean")
    unknown_r1 = frame["R1"].isna() & frame["treated"]
    shown = ["R1", "R2", "R3", "loss_of_uptake", "loss_everywhere", "biochemical", "nodes_only"]
    for flag in frame.columns.difference(["R1", "biochemical"]):
        frame[flag] = frame[flag].fillna(False)
    frame["rai_response"], frame["response_rule"] = _decide(frame, unknown_r1)
    shown += ["disappeared", "long_term", "rai_response", "response_rule"]
    return frame[shown].reset_index()


def _decide(frame: pd.DataFrame, unknown_r1: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The class and what decided it; a later assignment overrules an earlier one."""
    classes = pd.Series("indeterminate", index=frame.index, dtype=object)
    rules = pd.Series("short_follow_up", index=frame.index, dtype=object)
    known = frame["avid"] & ~unknown_r1
    in_order: list[tuple[pd.Series, str, str]] = [
        (frame["progressed"], "indeterminate", "late_progression"),
        (frame["other_therapy"], "indeterminate", "other_therapy"),
        (~frame["avid"], "indeterminate", "no_uptake_recorded"),
        (unknown_r1, "indeterminate", "r1_not_assessable"),
        (frame["remnant_only"], "indeterminate", "remnant_only"),
        (~frame["treated"], "indeterminate", "not_treated"),
        (frame["long_term"] & known, "responder", "long_term"),
        (frame["disappeared"] & known, "responder", "disappeared"),
    ]
    for applies, label, rule in in_order:
        mask = applies.fillna(False).astype(bool)
        classes, rules = classes.mask(mask, label), rules.mask(mask, rule)
    met = frame[list(NON_RESPONSE_RULES)].fillna(False).astype(bool)
    joined = pd.Series(
        ["+".join(met.columns[row]) for row in met.to_numpy()], index=frame.index, dtype=object
    )
    return classes.mask(met.any(axis=1), "non_responder"), rules.mask(met.any(axis=1), joined)
