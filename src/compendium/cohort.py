"""Who belongs to each registered study: named rules in order, and a ledger of every candidate.

Glossary: a *candidate* is any row of the patient table. A *rule* holds, does not hold, or is not
recorded for a candidate. An inclusion rule removes a candidate for whom it does not hold or is not
recorded; an exclusion rule removes one for whom it holds, and keeps, marked, one for whom it is
not recorded.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from compendium.errors import InputError

Kind = Literal["inclusion", "exclusion"]
Finding = tuple[pd.Series, pd.Series]
"""Whether a rule holds for each candidate (boolean, missing where not recorded), and the value."""

PAPILLARY = (
    "ptc_classic",
    "ptc_follicular",
    "ptc_tall_cell",
    "ptc_microcarcinoma",
    "ptc_other",
    "ptc_unspecified",
)
DIFFERENTIATED = (*PAPILLARY, "ftc", "oncocytic")
LEDGER_COLUMNS = ("patient_id", "study", "order", "rule", "verdict", "value")


@dataclass(frozen=True)
class AgeLimits:
    """Ages admitted to a study, in years on day 0, both ends included."""

    low: float
    high: float = float("inf")


DEFAULT_AGES: Mapping[str, AgeLimits] = {
    "TROP2": AgeLimits(18, 75),
    "TSH124I": AgeLimits(18),
}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One eligibility criterion of one registered study.

    Attributes:
        id: as in the registry traceability, unique within the study.
        text: the criterion in a few words, for the flow diagram.
        source: the record and the line that it comes from.
        finding: from the candidates (one row each), whether it holds and the value that decides.
    """

    id: str
    study: str
    kind: Kind
    text: str
    source: str
    finding: Callable[[pd.DataFrame], Finding]


def candidates_of(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row a candidate, with all that the rules look at."""
    candidates = tables["patient"].merge(
        tables["pathology"][["patient_id", "histology"]], on="patient_id", how="left"
    )
    courses = tables["rai_course"].groupby("patient_id")["course"].nunique()
    candidates["rai_courses"] = candidates["patient_id"].map(courses).fillna(0).astype("Int64")
    candidates["followed"] = (
        candidates["patient_id"].isin(tables["follow_up"]["patient_id"]).astype("boolean")
    )
    return candidates


def _words(flags: pd.Series, label: str) -> pd.Series:
    words = flags.map({True: "yes", False: "no"}).astype(object)
    return label + ": " + words.where(flags.notna(), "not recorded")


def _age_within(limits: AgeLimits) -> Callable[[pd.DataFrame], Finding]:
    def finding(candidates: pd.DataFrame) -> Finding:
        age = candidates["age_years"]
        holds = age.between(limits.low, limits.high).astype("boolean").mask(age.isna())
        return holds, age.map(lambda years: f"age {years:g}")

    return finding


def _histology_in(allowed: tuple[str, ...]) -> Callable[[pd.DataFrame], Finding]:
    def finding(candidates: pd.DataFrame) -> Finding:
        histology = candidates["histology"]
        holds = histology.isin(allowed).astype("boolean").mask(histology.isna())
        return holds, "histology: " + histology.fillna("not recorded")

    return finding


def papillary_after_total_thyroidectomy(candidates: pd.DataFrame) -> Finding:
    """Total thyroidectomy, and papillary carcinoma in the postoperative pathology."""
    operated = candidates["total_thyroidectomy"]
    papillary, histology = _histology_in(PAPILLARY)(candidates)
    return operated & papillary, _words(operated, "total thyroidectomy") + "; " + histology


def at_least_one_course(candidates: pd.DataFrame) -> Finding:
    """At least one course of 131I."""
    courses = candidates["rai_courses"]
    return (courses >= 1).astype("boolean"), "courses of 131I: " + courses.astype(str)


def incomplete_data(candidates: pd.DataFrame) -> Finding:
    """Clinical or follow-up data incomplete: said so in the patient table, or no follow-up row."""
    complete = candidates["follow_up_complete"] & candidates["followed"]
    value = _words(candidates["follow_up_complete"], "data complete")
    return ~complete, value.mask(~candidates["followed"], "no row in follow_up")


def _flag(column: str, label: str, *, holds_when: bool) -> Callable[[pd.DataFrame], Finding]:
    def finding(candidates: pd.DataFrame) -> Finding:
        flags = candidates[column]
        return (flags if holds_when else ~flags), _words(flags, label)

    return finding


def eligibility_rules(ages: Mapping[str, AgeLimits] = DEFAULT_AGES) -> list[Rule]:
    """The rules of both studies, in the order in which they are applied.

    Source:
        ClinicalTrials.gov records NCT07314255 and NCT04880798, eligibility criteria. The records
        do not say on which day age counts: day 0 is taken.
    """
    trop2, tsh = "TROP2", "TSH124I"
    span = ages[trop2]
    return [
        Rule(
            id="AGE",
            study=trop2,
            kind="inclusion",
            text=f"Age {span.low:g}–{span.high:g} years",
            source="NCT07314255, ages eligible for study",
            finding=_age_within(span),
        ),
        Rule(
            id="I1",
            study=trop2,
            kind="inclusion",
            text="Total thyroidectomy, papillary carcinoma by pathology",
            source="NCT07314255, inclusion criterion 1",
            finding=papillary_after_total_thyroidectomy,
        ),
        Rule(
            id="I2",
            study=trop2,
            kind="inclusion",
            text="At least one course of 131I",
            source="NCT07314255, inclusion criterion 2",
            finding=at_least_one_course,
        ),
        Rule(
            id="E1",
            study=trop2,
            kind="exclusion",
            text="Other severe comorbidity",
            source="NCT07314255, exclusion criterion 1",
            finding=_flag("severe_comorbidity", "severe comorbidity", holds_when=True),
        ),
        Rule(
            id="E2",
            study=trop2,
            kind="exclusion",
            text="Incomplete clinical or follow-up data",
            source="NCT07314255, exclusion criterion 2",
            finding=incomplete_data,
        ),
        Rule(
            id="AGE",
            study=tsh,
            kind="inclusion",
            text=f"Age {ages[tsh].low:g} years or more",
            source="NCT04880798, ages eligible for study",
            finding=_age_within(ages[tsh]),
        ),
        Rule(
            id="I1",
            study=tsh,
            kind="inclusion",
            text="Total thyroidectomy",
            source="NCT04880798, inclusion criterion 1",
            finding=_flag("total_thyroidectomy", "total thyroidectomy", holds_when=True),
        ),
        Rule(
            id="I2",
            study=tsh,
            kind="inclusion",
            text="Differentiated thyroid cancer by pathology",
            source="NCT04880798, inclusion criterion 2",
            finding=_histology_in(DIFFERENTIATED),
        ),
        Rule(
            id="I3",
            study=tsh,
            kind="inclusion",
            text="Distant metastases confirmed by imaging",
            source="NCT04880798, inclusion criterion 3",
            finding=_flag("distant_metastasis", "distant metastasis", holds_when=True),
        ),
        Rule(
            id="E1",
            study=tsh,
            kind="exclusion",
            text="Pregnancy or lactation",
            source="NCT04880798, exclusion criterion 1",
            finding=_flag("pregnant_or_lactating", "pregnant or lactating", holds_when=True),
        ),
        Rule(
            id="E2",
            study=tsh,
            kind="exclusion",
            text="Significant hepatic or renal dysfunction",
            source="NCT04880798, exclusion criterion 2",
            finding=_flag(
                "hepatic_or_renal_dysfunction", "hepatic or renal dysfunction", holds_when=True
            ),
        ),
        Rule(
            id="E3",
            study=tsh,
            kind="exclusion",
            text="Unable to lie flat and still or to tolerate PET",
            source="NCT04880798, exclusion criterion 3",
            finding=_flag("tolerates_pet", "tolerates PET", holds_when=False),
        ),
    ]


def judge(tables: Mapping[str, pd.DataFrame], rules: list[Rule] | None = None) -> pd.DataFrame:
    """The ledger: one row a candidate and rule, in the order of the rules.

    Returns:
        patient_id, study, order (from 1 within the study), rule, verdict (kept, removed, or
        unknown: an exclusion that was not recorded, by which nobody is removed), value.
    """
    candidates = candidates_of(tables)
    orders: dict[str, int] = {}
    pages = []
    for rule in rules if rules is not None else eligibility_rules():
        orders[rule.study] = orders.get(rule.study, 0) + 1
        concerned = candidates[candidates["study"] == rule.study]
        holds, value = rule.finding(concerned)
        pages.append(
            pd.DataFrame(
                {
                    "patient_id": concerned["patient_id"],
                    "study": rule.study,
                    "order": orders[rule.study],
                    "rule": rule.id,
                    "verdict": _verdicts(holds, rule.kind),
                    "value": value,
                }
            )
        )
    ledger = pd.concat(pages).astype({"order": "Int64"})
    return ledger.sort_values(["study", "patient_id", "order"], ignore_index=True)


def _verdicts(holds: pd.Series, kind: Kind) -> pd.Series:
    fitting = holds if kind == "inclusion" else ~holds
    verdicts = fitting.map({True: "kept", False: "removed"}).astype(object)
    return verdicts.where(holds.notna(), "removed" if kind == "inclusion" else "unknown")


def cohort_of(ledger: pd.DataFrame) -> pd.DataFrame:
    """One row a candidate: patient_id, study, eligible, and the first rule that removed it."""
    removals = ledger[ledger["verdict"] == "removed"].drop_duplicates("patient_id")
    cohort = ledger[["patient_id", "study"]].drop_duplicates(ignore_index=True)
    cohort["excluded_by"] = cohort["patient_id"].map(removals.set_index("patient_id")["rule"])
    cohort.insert(2, "eligible", cohort["excluded_by"].isna())
    return cohort


LABELS = {
    "responder": "Responders",
    "non_responder": "Non-responders",
    "indeterminate": "Indeterminate",
    "rapid": "Rapidly progressing",
    "stable": "Stable",
    "not_assessed": "Not assessed",
    "low+high": "Scanned at both TSH levels",
    "low": "Scanned at the low TSH only",
    "high": "Scanned at the high TSH only",
    "none": "No 124I scan",
}


def with_classes(
    cohort: pd.DataFrame, responses: pd.DataFrame, progressions: pd.DataFrame
) -> pd.DataFrame:
    """The cohort with its classes: response for eligible TROP2 patients, progression within it.

    Args:
        cohort: from `cohort_of`.
        responses: from `response.classify_response`; progressions, from
            `progression.classify_progression`.

    Returns:
        The cohort with rai_response, response_rule (both empty outside the eligible of TROP2) and
        progression (empty but for non-responders).
    """
    classes = responses[["patient_id", "rai_response", "response_rule"]]
    joined = cohort.merge(classes, on="patient_id", how="left").merge(
        progressions[["patient_id", "progression"]], on="patient_id", how="left"
    )
    concerned = joined["eligible"] & (joined["study"] == "TROP2")
    for column in ("rai_response", "response_rule"):
        joined[column] = joined[column].where(concerned)
    resistant = joined["rai_response"] == "non_responder"
    course = joined["progression"].fillna("not_assessed")
    joined["progression"] = course.where(resistant)
    return joined


def groups_of(cohort: pd.DataFrame, pet_scans: pd.DataFrame) -> pd.DataFrame:
    """The groups into which the eligible patients fall, as the flow diagram shows them.

    Args:
        cohort: from `with_classes`.
        pet_scans: the pet_scan table.

    Returns:
        study, group, parent (a group, or empty), label, patients; groups without a patient are
        kept where the registered comparison names them.
    """
    eligible = cohort[cohort["eligible"]]
    trop2 = eligible[eligible["study"] == "TROP2"]
    tsh = eligible[eligible["study"] == "TSH124I"]
    response = trop2["rai_response"].value_counts()
    course = trop2["progression"].value_counts()
    levels = pet_scans.dropna(subset="tsh_level").groupby("patient_id")["tsh_level"]
    scanned = levels.agg(lambda found: "+".join(sorted(set(found), reverse=True)))
    at = tsh["patient_id"].map(scanned).fillna("none").value_counts()
    rows = [
        ("TROP2", group, "", int(response.get(group, 0)))
        for group in ("responder", "indeterminate", "non_responder")
    ]
    rows += [
        ("TROP2", group, "non_responder", int(course.get(group, 0)))
        for group in ("rapid", "stable", "not_assessed")
    ]
    rows += [
        ("TSH124I", group, "", int(at.get(group, 0)))
        for group in ("low+high", "low", "high", "none")
        if group == "low+high" or group in at
    ]
    groups = pd.DataFrame(rows, columns=["study", "group", "parent", "patients"])
    groups.insert(3, "label", groups["group"].map(LABELS))
    return groups


def flow_of(ledger: pd.DataFrame, rules: list[Rule] | None = None) -> pd.DataFrame:
    """The steps of the flow diagram: study, order, rule, text, before, removed, after (patients).

    A study without a candidate has its steps, too, all of them zero.

    Raises:
        InputError: the ledger was written by other rules.
    """
    rules = rules if rules is not None else eligibility_rules()
    known = {(rule.study, rule.id) for rule in rules}
    strange = set(zip(ledger["study"], ledger["rule"], strict=True)) - known
    if strange:
        raise InputError(f"ledger: {sorted(strange)[0]} is not among the rules given; judge again.")
    cohort = cohort_of(ledger)
    remaining = cohort["study"].value_counts().to_dict()
    removals = cohort.groupby(["study", "excluded_by"]).size().to_dict()
    orders: dict[str, int] = {}
    steps = []
    for rule in rules:
        before = int(remaining.get(rule.study, 0))
        removed = int(removals.get((rule.study, rule.id), 0))
        orders[rule.study] = orders.get(rule.study, 0) + 1
        remaining[rule.study] = before - removed
        steps.append(
            {
                "study": rule.study,
                "order": orders[rule.study],
                "rule": rule.id,
                "text": f"{rule.kind.capitalize()}: {rule.text}",
                "before": before,
                "removed": removed,
                "after": before - removed,
            }
        )
    return pd.DataFrame(steps)
