"""The candidates of TROP2: who is drawn, whom each eligibility rule removes, and their tables."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import InputError
from compendium.synthetic.case import Case, Rows
from compendium.synthetic.history import record_non_responder, record_responder, shows_uptake
from compendium.synthetic.records import (
    record_investigator,
    record_lesions,
    record_pathology,
    record_person,
    record_reads,
)
from compendium.synthetic.trop2 import THYROID_BED, draw_trop2_study
from compendium.synthetic.truth import Truth

FAST_GROWTH_PER_YEAR = 0.95
LEAST_FOR_DEATHS = 20
MOST_DRAWS = 200

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
    "indeterminate": ("responder", 9),
}
# Exceptions to be met with in each group: the kinds of records they fit, and who gets which.
TRAITS: dict[str, tuple[tuple[str, ...], tuple[frozenset[str], ...]]] = {
    "responder": (
        ("stable",),
        (
            frozenset({"loss_of_uptake"}),
            frozenset({"late_progression"}),
            frozenset({"late_uptake"}),
            frozenset({"faint_focus"}),
            frozenset({"other_death"}),
        ),
    ),
    "non_responder": (
        ("R2", "R3"),
        (
            frozenset({"tgab_positive"}),
            frozenset({"poorly_suppressed"}),
            frozenset({"non_target"}),
            frozenset({"poorly_suppressed"}),
            frozenset({"tki_early"}),
            frozenset({"tki_early"}),
        ),
    ),
    "without uptake": (
        ("R1",),
        (frozenset({"course_at_limit"}),),
    ),
    "indeterminate": (
        ("indeterminate",),
        (
            frozenset({"no_uptake", "tgab_positive"}),
            frozenset({"loss_of_uptake"}),
            frozenset({"no_uptake", "no_tg"}),
            frozenset({"remnant_only"}),
            frozenset({"no_uptake", "tg_at_limit"}),
            frozenset({"tki_early"}),
            frozenset({"radiation_early"}),
            frozenset({"remnant_only"}),
        ),
    ),
}


def draw_candidates(
    truth: Truth, n_responders: int, n_non_responders: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All candidates and their lesions, with `role`: analysed, or why not.

    Returns:
        Rows of `draw_trop2_study` with `role`, `kind` and `traits`, in random order under
        shuffled pseudonyms; and its lesions with `structural`.
    """
    more = {
        group: sum(n for of, n in NOT_ANALYSED.values() if of == group)
        for group in ("responder", "non_responder")
    }
    roles = _roles(n_responders, n_non_responders)
    numbers = n_responders + more["responder"], n_non_responders + more["non_responder"]
    patients, lesions = _with_deaths_as_designed(truth, numbers, roles, rng)
    patients = patients.iloc[rng.permutation(len(patients))].reset_index(drop=True)
    pseudonyms = {drawn: f"P{i + 1:03d}" for i, drawn in enumerate(patients["patient_id"])}
    for table in (patients, lesions):
        table["patient_id"] = table["patient_id"].map(pseudonyms)
    patients["age_years"] = _ages(patients, rng)
    mixed = _can_be_mixed(lesions)
    patients["kind"] = [
        _kind(draw, draw["patient_id"] in mixed, rng) for _, draw in patients.iterrows()
    ]
    patients["traits"] = pd.Series(_traits(patients), dtype=object)
    lesions["diameter_mm"] = lesions["diameter_mm"].round(1)
    faint, remnant = (_with_trait(patients, trait) for trait in ("faint_focus", "remnant_only"))
    lesions = lesions[~lesions["patient_id"].isin(remnant) | (lesions["lesion_id"] == "L1")]
    alone = lesions["patient_id"].isin(remnant)
    second = lesions["patient_id"].isin(faint) & (lesions["lesion_id"] == "L2")
    site = lesions["site"].mask(alone, THYROID_BED)
    lesions = lesions.assign(site=site, structural=~(second | alone))
    return patients, lesions.reset_index(drop=True)


def _with_deaths_as_designed(
    truth: Truth, numbers: tuple[int, int], roles: list[str], rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The first draw with as many deaths among the analysed non-responders as are wanted."""
    for _ in range(MOST_DRAWS):
        patients, lesions = draw_trop2_study(truth, *numbers, rng)
        patients["role"] = roles
        if _deaths_as_designed(truth, patients[patients["role"] == "analysed"]):
            return patients, lesions
    least, most = truth.trop2.deaths_share
    raise InputError(
        f"truth {truth.name}: in {MOST_DRAWS} draws of {numbers[1]} non-responders the share who "
        f"die was never {least:g} to {most:g}; expected a truth in which it is now and then. "
        "Change its survival or its deaths_share."
    )


def _deaths_as_designed(truth: Truth, analysed: pd.DataFrame) -> bool:
    """Whether so many non-responders die as are wanted; of a few patients none are asked for."""
    resistant = analysed[analysed["rai_response"] == "non_responder"]
    least, most = truth.trop2.deaths_share
    return len(resistant) < LEAST_FOR_DEATHS or least <= resistant["os_event"].mean() <= most


def _with_trait(patients: pd.DataFrame, trait: str) -> pd.Series:
    return patients.loc[[trait in held for held in patients["traits"]], "patient_id"]


def record_candidates(
    patients: pd.DataFrame, lesions: pd.DataFrame, truth: Truth, rng: np.random.Generator
) -> Rows:
    """The rows of all tables of the TROP2 candidates, but for pet_scan."""
    rows = Rows()
    for _, draw in patients.iterrows():
        own = lesions[lesions["patient_id"] == draw["patient_id"]]
        record_person(rows, draw, own, rng)
        record_pathology(rows, draw, rng)
        record_reads(rows, draw, truth.trop2, rng)
        record_lesions(rows, own)
        case = Case(draw, own, draw["kind"], draw["traits"], rows, rng)
        if draw["role"] == "no_rai_course":
            last_contact = int(rng.integers(400, 2000))
            case.add(
                "follow_up",
                ascertainment="archive",
                last_contact_day=last_contact,
                vital_status="alive",
            )
        elif draw["rai_response"] == "non_responder":
            record_non_responder(case)
        else:
            record_responder(case)
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


def _traits(patients: pd.DataFrame) -> list[frozenset[str]]:
    """The exceptions of `case.Case`, each given to the first analysed patient whom it fits."""
    traits = []
    waiting = {group: list(held) for group, (_, held) in TRAITS.items()}
    for draw in patients.itertuples():
        groups = [
            group
            for group, (kinds, _) in TRAITS.items()
            if draw.role in ("analysed", "indeterminate")
            and draw.kind in kinds
            and int(str(draw.n_lesions)) > 1
            and waiting[group]
        ]
        traits.append(waiting[groups[0]].pop(0) if groups else frozenset())
    return traits


def _can_be_mixed(lesions: pd.DataFrame) -> set[str]:
    """Patients with two metastases, one large enough for the absence of uptake to show."""
    metastases = lesions[lesions["site"] != THYROID_BED]
    sized = shows_uptake(metastases["site"], metastases["diameter_mm"])
    by_patient = sized.groupby(metastases["patient_id"]).agg(["size", "any"])
    return set(by_patient.index[(by_patient["size"] > 1) & by_patient["any"]])


def _kind(draw: pd.Series, can_be_mixed: bool, rng: np.random.Generator) -> str:
    if draw["role"] == "indeterminate":
        return "indeterminate"
    if draw["rai_response"] == "responder":
        return str(rng.choice(["stable", "disappeared"], p=[0.5, 0.5]))
    fast = draw["growth_per_year"] > FAST_GROWTH_PER_YEAR
    if fast and rng.random() < 0.6:
        return "R3"
    if can_be_mixed and rng.random() < 0.45:
        return "R2"
    return "R3" if rng.random() < 0.1 else "R1"
