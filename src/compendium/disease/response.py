"""Response to 131I by the registered rules R1 to R3; every threshold is a rule of the study.

Glossary: a patient is a *non-responder* by any of R1, R2, R3; a *responder* when none applies and a
metastasis took iodine up, and the lesions disappeared or did not progress for long after the last
course, with no other treatment to thank; *indeterminate* otherwise, with the reason. Loss of
uptake, which the registry omits, and a rising Tg are shown beside the class and never change it.
"""

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd

from compendium.calendar import days_for, days_within
from compendium.disease.first_course import first_course, no_uptake, r1_met
from compendium.disease.metastases import course_uptake, loss_of_uptake
from compendium.disease.recist import cancer_death_days, first_progression, with_cancer_deaths
from compendium.disease.therapy import other_treatment_days
from compendium.disease.thyroglobulin import rises, tg_change
from compendium.limits import ByLimits
from compendium.rules import Rules

Tables = Mapping[str, pd.DataFrame]
NON_RESPONSE_RULES = ("R1", "R2", "R3")
SHOWN = [*NON_RESPONSE_RULES, "loss_of_uptake", "loss_everywhere", "biochemical", "nodes_only",
         "disappeared", "long_term", "rai_response", "response_rule"]  # fmt: skip
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


def progression_despite_uptake(
    courses: pd.DataFrame, seen: pd.DataFrame, tables: Tables, rules: Rules
) -> pd.Series:
    """R3 by patient: progression within the window after a course with uptake of a metastasis.

    Args:
        courses: from `course_uptake`; seen, what images showed after each of them.
    """
    window = days_within(rules.r3_months)
    progressed = _progression_after(courses[courses["avid"] > 0], seen, tables, rules, window)
    days = progressed["progression_day"] - progressed["anchor_day"]
    within = (days <= window).fillna(False)
    patients = pd.Index(courses["patient_id"].unique(), name="patient_id")
    met = within.astype(bool).groupby(progressed["patient_id"]).any()
    return met.reindex(patients, fill_value=False).astype("boolean")


def _seen_after(courses: pd.DataFrame, tables: Tables, rules: Rules) -> pd.DataFrame:
    """What images showed after each course, as of `first_progression`."""
    anchors, grace = _anchors(courses), rules.staging_days
    return first_progression(tables["response_assessment"], anchors, rules, grace_days=grace)


def _anchors(courses: pd.DataFrame) -> pd.DataFrame:
    return courses[["patient_id", "course_day"]].rename(columns={"course_day": "anchor_day"})


def _progression_after(
    courses: pd.DataFrame, seen: pd.DataFrame, tables: Tables, rules: Rules, window_days: int
) -> pd.DataFrame:
    deaths = cancer_death_days(tables)
    counted = deaths if rules.cancer_death_is_progression else deaths.iloc[:0]
    return with_cancer_deaths(seen, _anchors(courses), counted, window_days)


def control_after_last_course(
    courses: pd.DataFrame, seen: pd.DataFrame, tables: Tables, rules: Rules
) -> pd.DataFrame:
    """What became of each treated patient after the last course, by patient_id.

    Args:
        courses, seen: as of `progression_despite_uptake`.

    Returns:
        disappeared (no lesion left at the last assessment, none progressed before), long_term (no
        progression for as long as is asked), both before any other treatment; other_therapy (it
        came first); progressed (before long-term control).
    """
    asked = days_for(rules.long_term_months)
    last = courses.drop_duplicates("patient_id", keep="last")
    after = _progression_after(last, seen, tables, rules, asked).set_index("patient_id")
    anchor = after["anchor_day"]
    ended = pd.Series(pd.NA, index=after.index, dtype="Int64")
    if rules.other_treatment_ends_credit:
        ended = other_treatment_days(tables, anchor, at_any_time=True)
    imaged = after["progression_by"] == "imaging"
    until = after["progression_day"].where(imaged).fillna(after["last_assessment_day"])
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


class Responses:
    """The response of a study's patients under rules, each part anew only where its rules differ.

    Args:
        tables: of the study.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._courses = ByLimits[Rules, pd.DataFrame](partial(course_uptake, tables))
        # Of all courses: when a course was does not rest on rules.
        seen = partial(_seen_after, tables["rai_course"], tables)
        self._seen = ByLimits[Rules, pd.DataFrame](seen)
        self._first = ByLimits[Rules, pd.DataFrame](self._first_course)
        self._without = ByLimits[Rules, pd.Series](lambda own: no_uptake(self._first(own), own))
        self._tg = ByLimits[Rules, pd.DataFrame](lambda own: tg_change(self._first(own), own))
        self._flags = [
            ByLimits[Rules, pd.Series | pd.DataFrame](part)
            for part in (self._r1, self._r2, self._r3, self._loss, self._biochemical, self._after)
        ]
        self._counts = ByLimits[Rules, pd.DataFrame](self._counted)

    def _first_course(self, rules: Rules) -> pd.DataFrame:
        return first_course(self._courses(rules), rules)

    def _r1(self, rules: Rules) -> pd.Series:
        return r1_met(self._without(rules), self._tg(rules), rules).rename("R1")

    def _r2(self, rules: Rules) -> pd.Series:
        return partial_uptake(self._courses(rules)).rename("R2")

    def _r3(self, rules: Rules) -> pd.Series:
        courses, seen = self._courses(rules), self._seen(rules)
        return progression_despite_uptake(courses, seen, self._tables, rules).rename("R3")

    def _loss(self, rules: Rules) -> pd.DataFrame:
        return loss_of_uptake(self._tables, self._courses(rules), rules)

    def _biochemical(self, rules: Rules) -> pd.Series:
        last = self._courses(rules).drop_duplicates("patient_id", keep="last")
        return rises(tg_change(last.set_index("patient_id"), rules)).rename("biochemical")

    def _after(self, rules: Rules) -> pd.DataFrame:
        courses, seen = self._courses(rules), self._seen(rules)
        return control_after_last_course(courses, seen, self._tables, rules)

    def _counted(self, rules: Rules) -> pd.DataFrame:
        """What of a patient was ever scanned, from the numbers of lesions."""
        courses = self._courses(rules)
        metastatic = courses["avid"] + courses["non_avid"] + courses["unread"]
        counts = (
            courses.assign(metastatic=metastatic)
            .groupby("patient_id")[["avid", "avid_distant", "metastatic", "bed_avid"]]
            .sum()
        )
        return pd.DataFrame(
            {
                "avid": counts["avid"] > 0,
                "nodes_only": (counts["avid"] > 0) & (counts["avid_distant"] == 0),
                "remnant_only": (counts["metastatic"] == 0) & (counts["bed_avid"] > 0),
            }
        )

    def under(self, rules: Rules) -> pd.DataFrame:
        """Every patient's class under rules, as of `classify_response`."""
        patients = pd.Index(self._tables["patient"]["patient_id"], name="patient_id")
        parts = [*(part(rules) for part in self._flags), self._counts(rules)]
        frame = pd.concat([part.reindex(patients) for part in parts], axis="columns")
        frame["treated"] = frame.index.isin(self._courses(rules)["patient_id"])
        frame = frame.astype("boolean")
        unknown_r1 = frame["R1"].isna() & frame["treated"]
        others = frame.columns.difference(["R1", "biochemical"])
        frame[others] = frame[others].fillna(False)
        frame["rai_response"], frame["response_rule"] = _decide(frame, unknown_r1)
        return frame[SHOWN].reset_index()


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
    return Responses(tables).under(rules)


def _decide(frame: pd.DataFrame, unknown_r1: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The class and what decided it; a later assignment overrules an earlier one."""
    classes = np.full(len(frame), "indeterminate", dtype=object)
    rules = np.full(len(frame), "short_follow_up", dtype=object)
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
        mask = applies.to_numpy(bool, na_value=False)
        classes[mask], rules[mask] = label, rule
    met = frame[list(NON_RESPONSE_RULES)].to_numpy(bool, na_value=False)
    for row in np.flatnonzero(met.any(axis=1)):
        classes[row] = "non_responder"
        rules[row] = "+".join(np.array(NON_RESPONSE_RULES)[met[row]])
    of_patients = frame.index
    return pd.Series(classes, of_patients), pd.Series(rules, of_patients)
