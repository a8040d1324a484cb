"""The candidates of TROP2: who is drawn, whom each eligibility rule removes, and their tables."""

from collections import defaultdict

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.synthetic.history import Case, Rows, record_non_responder, record_responder
from compendium.synthetic.records import (
    record_investigator,
    record_lesions,
    record_pathology,
    record_person,
    record_reads,
)
from compendium.synthetic.trop2 import draw_trop2_lesions, draw_trop2_patients
from compendium.synthetic.truth import Truth

FAST_GROWTH_PER_YEAR = 0.95

# Candidates beyond those analysed: why they are not, and which group they are drawn from.
NOT_ANALYSED = {
    "not_papillary": ("responder", 2),
    "no_total_thyroidectomy": ("responder", 2),
    "no_rai_course": ("responder", 2),
    "severe_comorbidity": ("responder", 3),
    "follow_up_incomplete": ("non_responder", 3),
    "under_18": ("responder", 1),
    "over_75": ("non_responder", 2),
    "over_75_and_incomplete": ("responder", 1),
    "short_follow_up": ("responder", 5),
}
RESPONDER_TRAITS: tuple[str, ...] = (
    "loss_of_uptake", "late_progression", "late_uptake", "faint_focus", "other_death",
)  # fmt: skip
NON_RESPONDER_TRAITS = ("tgab_positive", "poorly_suppressed", "non_target", "poorly_suppressed")
INDETERMINATE_TRAITS: tuple[frozenset[str], ...] = (
    frozenset({"no_uptake", "tgab_positive"}),
    frozenset({"loss_of_uptake"}),
    frozenset({"no_uptake", "no_tg"}),
)


def draw_candidates(
    truth: Truth, n_responders: int, n_non_responders: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All candidates and their lesions, with `role`: analysed, or why not.

    Returns:
        Rows of `draw_trop2_patients` with `role`, `kind` and `traits`, in random order under
        shuffled pseudonyms; and rows of `draw_trop2_lesions` with `structural`.
    """
    more = {group: sum(n for g, n in NOT_ANALYSED.values() if g == group)
            for group in ("responder", "non_responder")}  # fmt: skip
    patients = draw_trop2_patients(
        truth, n_responders + more["responder"], n_non_responders + more["non_responder"], rng
    )
    patients["role"] = _roles(n_responders, n_non_responders)
    patients = patients.iloc[rng.permutation(len(patients))].reset_index(drop=True)
    patients["patient_id"] = [f"P{i + 1:03d}" for i in range(len(patients))]
    patients["age_years"] = _ages(patients, rng)
    kinds, traits = _kinds_and_traits(patients, rng)
    patients = patients.assign(kind=kinds, traits=pd.Series(traits, dtype=object))
    none = (patients["kind"] == "none").to_numpy()
    several = np.array(["faint_focus" in held for held in traits])
    counts = patients["n_lesions"].fillna(2).mask(none, 0)
    counted = patients.assign(n_lesions=np.where(several, np.maximum(counts, 2), counts))
    lesions = draw_trop2_lesions(truth, counted, rng)
    lesions["diameter_mm"] = lesions["diameter_mm"].clip(3, 60).round(1)
    faint = lesions["patient_id"].isin(patients.loc[several, "patient_id"])
    lesions["structural"] = ~(faint & (lesions["lesion_id"] == "L2"))
    return patients, lesions


def record_candidates(
    patients: pd.DataFrame, lesions: pd.DataFrame, truth: Truth, rng: np.random.Generator
) -> Rows:
    """The rows of all tables of the TROP2 candidates, but for pet_scan."""
    rows: Rows = defaultdict(list)
    for _, draw in patients.iterrows():
        own = lesions[lesions["patient_id"] == draw["patient_id"]]
        record_person(rows, draw, own, rng)
        record_pathology(rows, draw, rng)
        record_reads(rows, draw, truth.trop2, rng)
        record_lesions(rows, own)
        kind = "disappeared" if draw["kind"] == "none" else draw["kind"]
        case = Case(draw=draw, lesions=own, kind=kind, traits=draw["traits"])
        if draw["role"] == "no_rai_course":
            rows["follow_up"].append(
                {
                    "patient_id": case.patient_id,
                    "last_contact_day": int(rng.integers(400, 2000)),
                    "vital_status": "alive",
                }
            )
        elif draw["rai_response"] == "non_responder":
            record_non_responder(rows, case, rng)
        else:
            record_responder(rows, case, rng)
    record_investigator(rows, patients)
    return rows


def _roles(n_responders: int, n_non_responders: int) -> list[str]:
    roles: dict[str, list[str]] = {
        "responder": ["analysed"] * n_responders,
        "non_responder": ["analysed"] * n_non_responders,
    }
    for role, (group, count) in NOT_ANALYSED.items():
        roles[group] += [role] * count
    return roles["responder"] + roles["non_responder"]


def _ages(patients: pd.DataFrame, rng: np.random.Generator) -> NDArray[np.float64]:
    """Ages on day 0 in years, outside the limits for those whom the limits remove."""
    too_old = patients["role"].isin(["over_75", "over_75_and_incomplete"]).to_numpy()
    ages = patients["age_years"].to_numpy(dtype=float)
    ages = np.where(too_old, rng.uniform(76.2, 82, len(ages)), ages)
    ages[(patients["role"] == "under_18").to_numpy()] = 16.4
    return np.round(ages, 1)


def _kinds_and_traits(
    patients: pd.DataFrame, rng: np.random.Generator
) -> tuple[list[str], list[frozenset[str]]]:
    """How each patient's record tells the class: see `history.Case`."""
    kinds = [_kind(draw, rng) for _, draw in patients.iterrows()]
    traits: list[frozenset[str]] = [frozenset()] * len(patients)
    waiting = {
        "responder": [frozenset({t}) for t in RESPONDER_TRAITS],
        "non_responder": [frozenset({t}) for t in NON_RESPONDER_TRAITS],
        "indeterminate": list(INDETERMINATE_TRAITS),
    }
    fits = {"responder": ("stable",), "non_responder": ("R2", "R3"), "indeterminate":
            ("indeterminate",)}  # fmt: skip
    for i, (kind, role) in enumerate(zip(kinds, patients["role"], strict=True)):
        for group, usable in fits.items():
            analysed = role in ("analysed", "short_follow_up")
            if analysed and kind in usable and waiting[group]:
                traits[i] = waiting[group].pop(0)
    return kinds, traits


def _kind(draw: pd.Series, rng: np.random.Generator) -> str:
    if draw["role"] == "short_follow_up":
        return "indeterminate"
    if draw["rai_response"] == "responder":
        return str(rng.choice(["stable", "disappeared", "none"], p=[0.45, 0.40, 0.15]))
    fast = draw["growth_per_year"] > FAST_GROWTH_PER_YEAR
    if fast and rng.random() < 0.6:
        return "R3"
    if draw["n_lesions"] >= 2 and rng.random() < 0.45:
        return "R2"
    return "R3" if rng.random() < 0.1 else "R1"
