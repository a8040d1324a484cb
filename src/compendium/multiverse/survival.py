"""The question of survival with every decision on which its answer rests."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from compendium.estimates import Estimate, labelled
from compendium.limits import ByLimits
from compendium.multiverse.curve import Question, by_rule
from compendium.rules import STRATEGIES, Rules
from compendium.studies.endpoints import Endpoint
from compendium.survival.hazard_ratios import Factor, survival_factors
from compendium.survival.observed import Observed, observe, possible
from compendium.survival.risk import tissue_factors

Tables = Mapping[str, pd.DataFrame]
MODELS = {"Trop2 alone": 1, "with age": 2, "with age and genes": 4}
LABELS = {
    "survival": "Hazard ratio of Trop2 for progression or death",
    "death": "Hazard ratio of Trop2 for death",
}


def by_staining(
    name: str,
    tables: Tables,
    patients: Sequence[str],
    endpoints: Mapping[str, Endpoint],
    h_score: pd.Series,
    rules: Rules,
) -> Question:
    """Do patients whose primary tumour stains more progress, or die, earlier?

    Args:
        name: a key of LABELS.
        tables: of a study.
        patients: pseudonyms of those analysed.
        endpoints: by time origin, the analysed one first; those that nobody can have are left out.
        h_score: of the primary tumour, by patient_id.
        rules: the study's own.
    """
    there = possible(list(endpoints.values()), tables)
    endpoints = {since: one for since, one in endpoints.items() if one in there}
    ascertained = [value for value in ("archive", "alive") if value != rules.ascertainment]
    treated = any(one.intercurrent for one in endpoints.values())
    inhibitor = by_rule(rules, "tki", *STRATEGIES, said="{}") if treated else {"as it was": {}}
    decisions: dict[str, Mapping[str, Any]] = {
        "Time from": endpoints,
        "Kinase inhibitor": inhibitor,
        "Found in": by_rule(rules, "ascertainment", *ascertained, said="{}"),
        "Staining": {"H-score": False, "above the median": True},
        "Model": MODELS,
    }
    every = list(endpoints.values())
    observed = ByLimits[Rules, Observed](lambda limits: observe(tables, patients, every, limits))

    @labelled
    def estimate(values: Mapping[str, Any]) -> Estimate:
        limits = rules.replace(**values["Kinase inhibitor"], **values["Found in"])
        rows = observed(limits).of(values["Time from"])
        staining, *more = tissue_factors(tables, h_score, limits)
        if values["Staining"]:
            high = (h_score > h_score.median()).where(h_score.notna()).astype(float)
            staining = Factor(staining.name, high)
        terms = [staining, *more][: values["Model"]]
        found = survival_factors(rows, terms, limits, adjusted=len(terms) > 1)
        return found[staining.name]

    asked = bool(endpoints) and len(patients) > 0
    return Question(name, LABELS[name], 1.0, True, decisions, estimate, asked=asked)
