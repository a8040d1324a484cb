"""The question of TSH124I with every decision on which its answer rests."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from compendium.comparing import at_least
from compendium.estimates import Estimate, labelled, require_at_least
from compendium.multiverse.curve import Question
from compendium.rules import Rules
from compendium.tsh.carry_over import corrected, effective_half_life_days
from compendium.tsh.choices import METRICS
from compendium.tsh.effect import mixed_ratio, patient_mean_ratio
from compendium.tsh.uptake import lesion_set, metastases

LESIONS = {"all": "all", "visible on both": "visible_on_both", "on protocol": "on_protocol"}
WASHOUT = {"none taken off": None, "half-life 2.5 d": 2.5, "half-life 20 d": 20.0}


def of_patients(pairs: pd.DataFrame, patients: pd.Series) -> pd.DataFrame:
    """The lesion pairs of some patients, as a table of chapter 04 has them; none where it is empty.

    Args:
        pairs: as read, where an empty cell of text is no number.
        patients: patient_id.
    """
    if not len(pairs):
        return pairs
    own = pairs[pairs["patient_id"].isin(patients)].reset_index(drop=True)
    return own.assign(deviation=own["deviation"].fillna(""))


def by_level(pairs: pd.DataFrame, rules: Rules, rng: np.random.Generator) -> Question:
    """C3: is uptake of iodine higher at the higher TSH?

    Args:
        pairs: as `of_patients` returns; what is left of the first administration is predicted.
        rules: the study's own.
        rng: of the sign-flip test, where flips are drawn.
    """
    own = rules.tsh124i_nodes_count
    nodes = {"metastases": True, "none": False}
    decisions: dict[str, Mapping[str, Any]] = {
        "Measure": {label: name for name, label in METRICS.items()},
        "Lesions taken": LESIONS,
        "Nodes of the neck": dict(sorted(nodes.items(), key=lambda one: one[1] != own)),
        "Size": {"any": 0.0, f"from {rules.small_mm:g} mm": rules.small_mm},
        "Carry-over": WASHOUT,
        "Method": {"mean over patients": patient_mean_ratio, "mixed model": mixed_ratio},
    }

    @labelled
    def estimate(values: Mapping[str, Any]) -> Estimate:
        require_at_least(len(pairs), 1, "lesions measured at both levels")
        metric = values["Measure"]
        taken = lesion_set(metastases(pairs, values["Nodes of the neck"]), values["Lesions taken"])
        if values["Size"]:
            taken = taken[at_least(taken["diameter_mm"], values["Size"])]
        if values["Carry-over"] is not None:
            half_life = effective_half_life_days(values["Carry-over"])
            taken = corrected(taken, half_life, rules, metric=metric)
        method = values["Method"]
        more = (rng,) if method is patient_mean_ratio else ()
        found: Estimate = method(taken, *more, metric=metric)
        return found

    label, asked = "Ratio of uptake, high over low TSH", len(pairs) > 0
    return Question("tsh", label, 1.0, True, decisions, estimate, asked=asked)
