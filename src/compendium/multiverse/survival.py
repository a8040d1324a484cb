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
from compendium.survival.observed import Observed, observe
from compendium.survival.risk import tissue_factors

Tables = Mapping[str, pd.DataFrame]
MODELS = {"Trop2 alone": 1, "with age": 2, "with age and genes": 4}


def by_staining(
    tables: Tables,
    patients: Sequence[str],
    endpoints: Mapping[str, Endpoint],
    h_score: pd.Series,
    rules: Rules,
) -> Question:
    """Do patients whose primary tumour stains more progress earlier?

    Args:
        tables: of a study.
        patients: pseudonyms of those analysed.
        endpoints: by time origin, the analysed one first.
        h_score: of the primary tumour, by patient_id.
        rules: the study's own.
    """
    ascertained = [value for value in ("archive", "alive") if value != rules.ascertainment]
    decisions: dict[str, Mapping[str, Any]] = {
        "Time from": endpoints,
        "Kinase inhibitor": by_rule(rules, "tki", *STRATEGIES, said="{}"),
        "Found in": by_rule(rules, "ascertainment", *ascertained, said="{}"),
        "Staining": {"H-score": False, "above the median": True},
        "Model": MODELS,
    }
    asked = list(endpoints.values())
    observed = ByLimits[Rules, Observed](lambda limits: observe(tables, patients, asked, limits))

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

    return Question("survival", "Hazard ratio of Trop2", 1.0, True, decisions, estimate)
