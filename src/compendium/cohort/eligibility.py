"""The eligibility criteria of both registered studies as named rules, in the registry's order.

Glossary: a *candidate* is any row of the patient table. A *rule* holds, does not hold, or is not
recorded for a candidate; an inclusion rule is to hold, an exclusion rule is not to.

Source: ClinicalTrials.gov records NCT07314255 (TROP2) and NCT04880798 (TSH124I), eligibility
criteria. The records do not say on which day age counts: day 0 is taken.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from compendium.tables import COLUMNS

Kind = Literal["inclusion", "exclusion"]
Finding = tuple[pd.Series, pd.Series]
"""Whether a rule holds for each candidate (boolean, missing where not recorded), and the value."""

PAPILLARY = tuple(
    code for code in COLUMNS["pathology"]["histology"].codes or () if code.startswith("ptc_")
)
DIFFERENTIATED = (*PAPILLARY, "ftc", "oncocytic")
RECORDS = {"TROP2": "NCT07314255", "TSH124I": "NCT04880798"}


@dataclass(frozen=True)
class AgeLimits:
    """Ages admitted to a study, in years on day 0, both ends included."""

    low: float
    high: float = float("inf")

    def __str__(self) -> str:
        if self.high == float("inf"):
            return f"Age {self.low:g} years or more"
        return f"Age {self.low:g}–{self.high:g} years"


DEFAULT_AGES: Mapping[str, AgeLimits] = {"TROP2": AgeLimits(18, 75), "TSH124I": AgeLimits(18)}


@dataclass(frozen=True)
class Rule:
    """One eligibility criterion of one registered study.

    Attributes:
        study: TROP2 or TSH124I.
        id: as in the registry traceability, unique within the study.
        text: the criterion in a few words, for the flow diagram.
        line: the line of the registry record that it comes from.
        finding: from the candidates (one row each), whether it holds and the value that decides.
    """

    study: str
    id: str
    text: str
    line: str
    finding: Callable[[pd.DataFrame], Finding]

    @property
    def kind(self) -> Kind:
        """Whether the rule is to hold (inclusion) or not to (exclusion)."""
        return "exclusion" if self.id.startswith("E") else "inclusion"

    @property
    def source(self) -> str:
        """The registry record and its line."""
        return f"{RECORDS[self.study]}, {self.line}"


def candidates_of(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row a candidate, with all that the rules look at."""
    candidates = tables["patient"].merge(
        tables["pathology"][["patient_id", "histology"]], on="patient_id", how="left"
    )
    courses = tables["rai_course"].groupby("patient_id")["course"].nunique()
    candidates["rai_courses"] = candidates["patient_id"].map(courses).fillna(0).astype("Int64")
    followed = candidates["patient_id"].isin(tables["follow_up"]["patient_id"])
    candidates["followed"] = followed.astype("boolean")
    return candidates


def _words(flags: pd.Series, label: str) -> pd.Series:
    words = flags.map({True: "yes", False: "no"}).astype(object)
    return label + ": " + words.where(flags.notna(), "not recorded")


def age_within(limits: AgeLimits) -> Callable[[pd.DataFrame], Finding]:
    """A finding: the age on day 0 is within the limits, both ends included."""

    def finding(candidates: pd.DataFrame) -> Finding:
        age = candidates["age_years"]
        holds = age.between(limits.low, limits.high).astype("boolean").mask(age.isna())
        return holds, age.map(lambda years: f"age {years:g}")

    return finding


def histology_in(allowed: tuple[str, ...]) -> Callable[[pd.DataFrame], Finding]:
    """A finding: the postoperative histology is one of those."""

    def finding(candidates: pd.DataFrame) -> Finding:
        histology = candidates["histology"]
        holds = histology.isin(allowed).astype("boolean").mask(histology.isna())
        return holds, "histology: " + histology.fillna("not recorded")

    return finding


def is_yes(column: str) -> Callable[[pd.DataFrame], Finding]:
    """A finding: a yes/no column of the patient table says yes."""

    def finding(candidates: pd.DataFrame) -> Finding:
        return candidates[column], _words(candidates[column], column.replace("_", " "))

    return finding


def papillary_after_total_thyroidectomy(candidates: pd.DataFrame) -> Finding:
    """Total thyroidectomy, and papillary carcinoma in the postoperative pathology."""
    operated = candidates["total_thyroidectomy"]
    papillary, histology = histology_in(PAPILLARY)(candidates)
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


def does_not_tolerate_pet(candidates: pd.DataFrame) -> Finding:
    """Unable to lie flat and still, or to tolerate PET."""
    tolerates = candidates["tolerates_pet"]
    return ~tolerates, _words(tolerates, "tolerates PET")


AGE_LINE = "ages eligible for study"


def eligibility_rules(ages: Mapping[str, AgeLimits] = DEFAULT_AGES) -> list[Rule]:
    """The rules of both studies, in the order in which they are applied."""
    included, excluded = "inclusion criterion", "exclusion criterion"
    a, b = "TROP2", "TSH124I"
    return [
        Rule(a, "AGE", str(ages[a]), AGE_LINE, age_within(ages[a])),
        Rule(a, "I1", "Total thyroidectomy, papillary carcinoma by pathology", f"{included} 1",
             papillary_after_total_thyroidectomy),
        Rule(a, "I2", "At least one course of 131I", f"{included} 2", at_least_one_course),
        Rule(a, "E1", "Other severe comorbidity", f"{excluded} 1", is_yes("severe_comorbidity")),
        Rule(a, "E2", "Incomplete clinical or follow-up data", f"{excluded} 2", incomplete_data),
        Rule(b, "AGE", str(ages[b]), AGE_LINE, age_within(ages[b])),
        Rule(b, "I1", "Total thyroidectomy", f"{included} 1", is_yes("total_thyroidectomy")),
        Rule(b, "I2", "Differentiated thyroid cancer by pathology", f"{included} 2",
             histology_in(DIFFERENTIATED)),
        Rule(b, "I3", "Distant metastases confirmed by imaging", f"{included} 3",
             is_yes("distant_metastasis")),
        Rule(b, "E1", "Pregnancy or lactation", f"{excluded} 1", is_yes("pregnant_or_lactating")),
        Rule(b, "E2", "Significant hepatic or renal dysfunction", f"{excluded} 2",
             is_yes("hepatic_or_renal_dysfunction")),
        Rule(b, "E3", "Unable to lie flat and still or to tolerate PET", f"{excluded} 3",
             does_not_tolerate_pet),
    ]  # fmt: skip
