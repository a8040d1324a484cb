"""The questions of TROP2 with every decision on which their answers rest.

Score by response, score by course, and SUVmax by course. Each setting classes all patients anew.
"""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from compendium.cohort.findings import FINDINGS
from compendium.comparing import at_least
from compendium.estimates import Estimate, labelled, require_at_least
from compendium.multiverse.curve import Groups, Question, by_rule, yes_or_no
from compendium.rules import Rules
from compendium.statistics.auc import auc
from compendium.statistics.fisher import fisher_odds_ratio
from compendium.statistics.penalised_logistic import FloatArray
from compendium.trop2 import by_definition
from compendium.trop2.adjusted import adjusted_odds_ratio
from compendium.trop2.by_definition import COURSE, RESPONSE, Classed
from compendium.trop2.definitions import Definition, becomes
from compendium.trop2.gaps import imputed_odds_ratio
from compendium.trop2.ihc import one_score_each, reader_rules
from compendium.trop2.suv_groups import metastases, ratio_of_groups

Values = Mapping[str, Any]
SCORES = {"H-score": "h_score", "share of stained cells": "pct_positive"}
BLOCKS = {"highest block": "highest", "mean of blocks": "mean", "median of blocks": "median"}
READERS = "{} of readers"
GENES = {
    "braf_v600e": ("braf", "Odds ratio of BRAF V600E, non-responders over responders"),
    "tert_promoter": (
        "tert",
        "Odds ratio of a TERT promoter mutation, non-responders over responders",
    ),
}
METRICS = {"SUVmax": "suv_max", "SUVpeak": "suv_peak", "SUVmean": "suv_mean"}


class Patients:
    """The eligible patients, classed and scored under settings.

    Attributes:
        staining: what decides a patient's score, with its choices.

    Args:
        tables: the study's.
        rules: its own.
        eligible: patient_id.
        reads: the ihc_read table, of one antibody clone.
    """

    def __init__(
        self,
        tables: Mapping[str, pd.DataFrame],
        rules: Rules,
        eligible: pd.Series,
        reads: pd.DataFrame,
    ) -> None:
        self.rules = rules
        self._ids = list(eligible)
        self._classed = Classed.of(tables)
        readers = {READERS.format(rule): rule for rule in reader_rules(reads)}
        self.staining = {"Score": SCORES, "Blocks": BLOCKS, "Readers": readers}
        self._kept: dict[Hashable, pd.DataFrame] = {}
        self._scores = {
            (reader, block): self._primary(reads, reader, block)
            for reader in readers.values()
            for block in BLOCKS.values()
        }

    @property
    def there(self) -> bool:
        """Whether there is any of them."""
        return len(self._ids) > 0

    def _primary(self, reads: pd.DataFrame, reader: str, block: str) -> pd.DataFrame:
        scores = one_score_each(reads, reader_rule=reader, block_rule=block)
        primary = scores[scores["tissue"] == "primary"].set_index("patient_id")
        return primary.reindex(self._ids)

    def classes(self, values: Values) -> pd.DataFrame:
        """Their classes under a setting, in their order: patient_id, rai_response, progression."""
        rules = (value for value in values.values() if isinstance(value, dict))
        changes = {name: value for one in rules for name, value in one.items()}
        relabel = values.get("Indeterminate") or values.get("Intermediate")
        key = (tuple(sorted(changes.items())), relabel)
        if key not in self._kept:  # the settings of a score share the classes
            self._kept[key] = self._under(Definition("", "", changes, relabel))
        return self._kept[key]

    def _under(self, definition: Definition) -> pd.DataFrame:
        found = self._classed.under(definition, self.rules)
        own = found.set_index("patient_id").reindex(self._ids).reset_index()
        resistant = own["rai_response"] == "non_responder"
        return own.assign(progression=own["progression"].where(resistant))

    def scores(self, values: Values) -> FloatArray:
        """Their scores of the primary tumour under a setting, in their order; nan without."""
        table = self._scores[values["Readers"], values["Blocks"]]
        scores: FloatArray = table[values["Score"]].to_numpy(float)
        return scores


def _of_classes(rules: Rules) -> dict[str, Mapping[str, Any]]:
    """What decides who is a responder."""
    return {
        "Tg limit": by_rule(rules, "tg_ratio", 0.6, 0.8),
        "R3 window": by_rule(rules, "r3_months", 6.0, said="{:g} months"),
        "Nodes of the neck": yes_or_no(rules, "trop2_nodes_count", "metastases", "none"),
        "Death of the cancer": yes_or_no(
            rules, "cancer_death_is_progression", "is progression", "is none"
        ),
        "Indeterminate": _indeterminate(),
    }


def by_response(patients: Patients) -> Question:
    """C1: do non-responders stain more than responders?"""
    rules = patients.rules
    decisions = {**_of_classes(rules), **patients.staining}
    label = "AUC of Trop2, non-responders over responders"
    return _compared("response", label, patients, decisions, "rai_response", RESPONSE)


def adjusted_odds(
    patients: Patients, people: pd.DataFrame, rng: np.random.Generator, *, sets: int, donors: int
) -> Question:
    """C1, adjusted: are the odds of non-response higher with a higher score?

    Args:
        patients: as of the other questions.
        people: patient_id and the covariates.
        rng: of the imputations.
        sets, donors: as of `imputed_odds_ratio`.
    """
    own = "age_years", "braf_v600e", "tert_promoter"
    decisions: dict[str, Mapping[str, Any]] = {
        "Tg limit": by_rule(patients.rules, "tg_ratio", 0.6, 0.8),
        "Indeterminate": _indeterminate(),
        "Covariates": {"age and genes": own, "age": own[:1]},
        "Gaps": {"left out": False, "imputed": True},
    }
    first = {name: next(iter(choices.values())) for name, choices in patients.staining.items()}

    @labelled
    def estimate(values: Values) -> Estimate:
        classes = patients.classes(values).assign(h_score=patients.scores(first))
        frame = classes.merge(people, on="patient_id", how="left")
        model = frame, "rai_response", RESPONSE, ["h_score", *values["Covariates"]], patients.rules
        if values["Gaps"]:
            return imputed_odds_ratio(*model, rng, sets=sets, donors=donors)
        return adjusted_odds_ratio(*model)

    label = "Adjusted odds ratio of Trop2, per 50 points"
    return Question("odds", label, 1.0, True, decisions, estimate, asked=patients.there)


def gene_by_response(patients: Patients, pathology: pd.DataFrame, gene: str) -> Question:
    """C1: is a mutation commoner in non-responders than in responders?

    Args:
        patients: as of the other questions.
        pathology: the study's table.
        gene: a column of it, a key of GENES.
    """
    found = pathology.set_index("patient_id")[gene]
    grades = FINDINGS[gene].grades
    kept: dict[bytes, Estimate] = {}

    @labelled
    def estimate(values: Values) -> Estimate:
        classes = patients.classes(values)
        own, response = classes["patient_id"].map(found), classes["rai_response"]
        sides = [own[response == side] for side in RESPONSE]
        counts = np.array([[int((s == grade).sum()) for s in sides] for grade in grades])
        key = counts.tobytes()
        if key not in kept:  # many settings count the same patients
            kept[key] = fisher_odds_ratio(counts)
        return kept[key]

    name, label = GENES[gene]
    return Question(name, label, 1.0, True, _of_classes(patients.rules), estimate,
                    asked=patients.there)  # fmt: skip


def _indeterminate() -> dict[str, Any]:
    return {
        "left out": None,
        "responders": becomes("rai_response", "indeterminate", "responder"),
        "non-responders": becomes("rai_response", "indeterminate", "non_responder"),
    }


def by_course(patients: Patients) -> Question:
    """C2: do patients with rapid disease stain more than those with stable disease?"""
    decisions = {**_course(patients.rules), **patients.staining}
    label = "AUC of Trop2, rapid over stable disease"
    return _compared("course", label, patients, decisions, "progression", COURSE)


def _course(rules: Rules) -> dict[str, Mapping[str, Any]]:
    return {
        "Rapid within": by_rule(rules, "rapid_months", 6.0, 18.0, said="{:g} months"),
        "Growth of the sum": by_rule(rules, "pd_share", 0.3, said="{:.0%}"),
        "Volume doubles in": by_rule(rules, "tvdt_years", 0.5, 2.0, said="{:g} y"),
        "Intermediate": {
            "left out": None,
            "with the stable": becomes("progression", "intermediate", "stable"),
            "with the rapid": becomes("progression", "intermediate", "rapid"),
        },
    }


def _compared(
    name: str,
    label: str,
    patients: Patients,
    decisions: Mapping[str, Mapping[str, Any]],
    by: str,
    groups: tuple[str, str],
) -> Question:
    """A comparison of the score between two groups of patients."""

    def sides(values: Values) -> tuple[FloatArray, Groups]:
        classes = patients.classes(values)[by]
        places = {group: place for place, group in enumerate(groups)}
        group: Any = classes.map(places).fillna(-1).to_numpy(dtype=int)
        return patients.scores(values), group

    def estimate(values: Values) -> Estimate:
        scores, group = sides(values)
        known = ~np.isnan(scores)
        return auc(*(scores[known & (group == place)] for place in (0, 1)))

    return Question(name, label, 0.5, False, decisions, estimate, sides, asked=patients.there)


def suv_by_course(patients: Patients, lesion_suv: pd.DataFrame) -> Question:
    """C2: is uptake of Trop2 PET higher in rapid than in stable disease?

    Args:
        lesion_suv: a row a lesion and scan, as the extraction returns.
    """
    rules = patients.rules
    decisions: dict[str, Mapping[str, Any]] = {
        "Measure": METRICS,
        "Nodes of the neck": yes_or_no(rules, "trop2_nodes_count", "metastases", "none"),
        "Lesions": {"of any size": 0.0, f"from {rules.small_mm:g} mm": rules.small_mm},
        **_course(rules),
    }

    @labelled
    def estimate(values: Values) -> Estimate:
        require_at_least(len(lesion_suv), 1, "lesions on PET")
        taken = metastases(lesion_suv, rules.replace(**values["Nodes of the neck"]))
        lesions = by_definition.by_course(taken, patients.classes(values))
        if values["Lesions"]:
            lesions = lesions[at_least(lesions["diameter_mm"], values["Lesions"])]
        return ratio_of_groups(lesions, metric=values["Measure"])

    label, asked = "Ratio of uptake, rapid over stable", patients.there and len(lesion_suv) > 0
    return Question("suv", label, 1.0, True, decisions, estimate, asked=asked)
