"""The question of TSH124I with every decision on which its answer rests."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from compendium.comparing import at_least
from compendium.estimates import Estimate, labelled, require_at_least
from compendium.multiverse.curve import Question
from compendium.rules import Rules
from compendium.tsh.avidity import avidity_change
from compendium.tsh.carry_over import corrected, effective_half_life_days
from compendium.tsh.choices import METRICS
from compendium.tsh.effect import mixed_ratio, patient_mean_ratio
from compendium.tsh.uptake import lesion_set, metastases, seen_by

LESIONS = {"all": "all", "visible on both": "visible_on_both", "on protocol": "on_protocol"}
PATIENTS = {"all": "all", "on protocol": "on_protocol"}
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


def _visible(rules: Rules) -> dict[str, Mapping[str, float]]:
    """From what on a lesion is visible: the study's own rule first, then others that differ."""

    def said(changed: Mapping[str, float]) -> str:
        limits = rules.replace(**changed)
        if limits.detection_limit_suv > 0:
            return f"from SUV {limits.detection_limit_suv:g}"
        return f"{limits.avid_sds:g} SD and {limits.avid_ratio:g} times the background"

    other: list[Mapping[str, float]] = [
        {"detection_limit_suv": 0.0},
        *({"detection_limit_suv": 0.0, "avid_sds": sds} for sds in (2.0, 5.0)),
        *({"detection_limit_suv": 0.0, "avid_ratio": ratio} for ratio in (1.0, 2.0)),
    ]
    found: dict[str, Mapping[str, float]] = {said({}): {}}
    for changed in other:
        found.setdefault(said(changed), changed)
    return found


def _lesions(rules: Rules) -> dict[str, Mapping[str, Any]]:
    nodes = {"metastases": True, "none": False}
    own = rules.tsh124i_nodes_count
    return {
        "Nodes of the neck": dict(sorted(nodes.items(), key=lambda one: one[1] != own)),
        "Size": {"any": 0.0, f"from {rules.small_mm:g} mm": rules.small_mm},
    }


def _taken(pairs: pd.DataFrame, values: Mapping[str, Any], which: str) -> pd.DataFrame:
    """The lesions of a setting."""
    require_at_least(len(pairs), 1, "lesions measured at both levels")
    taken = lesion_set(metastases(pairs, values["Nodes of the neck"]), which)
    return taken[at_least(taken["diameter_mm"], values["Size"])] if values["Size"] else taken


def avidity(
    pairs: pd.DataFrame, lesion_suv: pd.DataFrame, rules: Rules, rng: np.random.Generator
) -> Question:
    """C3: are more lesions visible at the higher TSH?

    Args:
        pairs: as `of_patients` returns.
        lesion_suv: a row a lesion and scan, with the mean and SD of each lesion's background.
        rules: the study's own.
        rng: of the permutation test, where flips are drawn.
    """
    decisions: dict[str, Mapping[str, Any]] = {
        "Visible": _visible(rules), "Patients": PATIENTS, **_lesions(rules)
    }  # fmt: skip
    seen: dict[str, pd.DataFrame] = {}

    @labelled
    def estimate(values: Mapping[str, Any]) -> Estimate:
        rule = repr(values["Visible"])
        if rule not in seen:
            changed = rules.replace(**values["Visible"])
            seen[rule] = seen_by(pairs, lesion_suv, changed) if values["Visible"] else pairs
        return avidity_change(_taken(seen[rule], values, values["Patients"]), rng)

    label, asked = "Change of the share of visible lesions, high less low TSH", len(pairs) > 0
    return Question("avidity", label, 0.0, False, decisions, estimate, asked=asked, spec=".1%")


def by_level(
    pairs: pd.DataFrame, lesion_suv: pd.DataFrame, rules: Rules, rng: np.random.Generator
) -> Question:
    """C3: is uptake of iodine higher at the higher TSH?

    Args:
        pairs: as `of_patients` returns; what is left of the first administration is predicted.
        lesion_suv, rules: as of `avidity`.
        rng: of the sign-flip test, where flips are drawn.
    """
    decisions: dict[str, Mapping[str, Any]] = {
        "Measure": {label: name for name, label in METRICS.items()},
        "Lesions taken": _of_lesions(pairs, lesion_suv, rules),
        **_lesions(rules),
        "Carry-over": WASHOUT,
        "Method": {"mean over patients": patient_mean_ratio, "mixed model": mixed_ratio},
    }

    @labelled
    def estimate(values: Mapping[str, Any]) -> Estimate:
        metric, (own, which) = values["Measure"], values["Lesions taken"]
        taken = _taken(own, values, which)
        if values["Carry-over"] is not None:
            half_life = effective_half_life_days(values["Carry-over"])
            taken = corrected(taken, half_life, rules, metric=metric)
        method = values["Method"]
        more = (rng,) if method is patient_mean_ratio else ()
        found: Estimate = method(taken, *more, metric=metric)
        return found

    label, asked = "Ratio of uptake, high over low TSH", len(pairs) > 0
    return Question("tsh", label, 1.0, True, decisions, estimate, asked=asked)


def _of_lesions(
    pairs: pd.DataFrame, lesion_suv: pd.DataFrame, rules: Rules
) -> dict[str, tuple[pd.DataFrame, str]]:
    """The sets of lesions; those that are visible on both scans by each rule of visibility."""
    found = {label: (pairs, which) for label, which in LESIONS.items()}
    if not len(pairs):
        return found
    for said, changed in _visible(rules).items():
        if changed:
            own = seen_by(pairs, lesion_suv, rules.replace(**changed))
            found[f"visible on both by {said}"] = (own, "visible_on_both")
    return found
