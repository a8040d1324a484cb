"""The eligibility criteria of the registered studies, judged on a study's candidates.

Glossary: a *candidate* is any row of the patient table. A *rule* is a criterion of a registry
record under the limits in force; it holds, does not hold, or is not recorded for a candidate. An
inclusion rule is to hold, an exclusion rule is not to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from compendium.calendar import DAYS_PER_YEAR
from compendium.comparing import SAME
from compendium.rules import Rules
from compendium.studies import STUDIES
from compendium.studies.moments import first_of
from compendium.studies.registration import Criterion, CriterionKind
from compendium.tables import MODELS, key_of

KEY = "patient_id"


@dataclass(frozen=True)
class Rule:
    """One eligibility criterion of one registered study, under the limits in force.

    Attributes:
        study: code of the study.
        criterion: as declared in `studies`.
        rules: the limits in force.
    """

    study: str
    criterion: Criterion
    rules: Rules

    @property
    def id(self) -> str:
        """As in the registry traceability, unique within the study."""
        return self.criterion.id

    @property
    def kind(self) -> CriterionKind:
        """Whether the rule is to hold (inclusion) or not to (exclusion)."""
        return self.criterion.kind

    @property
    def text(self) -> str:
        """The criterion in a few words, for the flow diagram."""
        return self.criterion.named(self.rules)

    @property
    def source(self) -> str:
        """The registry record and its line."""
        return STUDIES[self.study].source_of(self.criterion)

    def finding(self, candidates: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
        """Whether the rule holds for each candidate (missing: not recorded), and the value."""
        holds = self.criterion.fulfilled.holds(candidates, self.rules)
        words = [
            self.criterion.says.format(**{str(name): _word(cell) for name, cell in row.items()})
            for row in candidates.to_dict("records")
        ]
        return holds, pd.Series(words, index=candidates.index, dtype=object)


def _word(cell: Any) -> str:
    """A cell as it is read."""
    if pd.isna(cell):
        return "not recorded"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return f"{cell:g}" if isinstance(cell, float) else str(cell)


def eligibility_rules(rules: Rules) -> list[Rule]:
    """The rules of all registered studies, in the order in which they are applied."""
    return [
        Rule(study.code, criterion, rules)
        for study in STUDIES.values()
        for criterion in study.criteria
    ]


def candidates_of(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row a candidate, with all that a rule can look at.

    Returns:
        Every column of the tables with one row a patient; `n_<table>`, the number of rows that
        the patient has in each table; age_at_enrolment, in completed years.
    """
    candidates = tables["patient"]
    for name, model in MODELS.items():
        rows = tables[name]
        if name != "patient":
            counted = candidates[KEY].map(rows[KEY].value_counts()).fillna(0)
            candidates = candidates.assign(**{f"n_{name}": counted.astype("Int64")})
        if name != "patient" and key_of(model) == (KEY,):
            candidates = candidates.merge(rows, on=KEY, how="left")
    return candidates.assign(age_at_enrolment=_age_at_enrolment(tables))


def _age_at_enrolment(tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    """Completed years on the day on which the candidate's study enrols; of day 0 without one."""
    patients = tables["patient"]
    days = pd.Series(0, index=patients.index, dtype="Int64")
    for study in STUDIES.values():
        enrolled = {patient: one.day for patient, one in first_of(tables, study.enrolled).items()}
        own = patients["study"] == study.code
        days = days.mask(own, patients[KEY].map(enrolled).astype("Int64").fillna(0))
    years = patients["age_years"] + days.astype(float) / DAYS_PER_YEAR
    completed: pd.Series = np.floor(years + SAME)
    return completed
