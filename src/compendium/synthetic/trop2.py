"""TROP2 patients and lesions drawn from a truth, without tables or images: a study in 2 ms."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from compendium.calendar import DAYS_PER_MONTH, MONTHS_PER_YEAR
from compendium.errors import InputError
from compendium.rules import Rules
from compendium.synthetic.staining import h_score, read_percentages, stain_shares
from compendium.synthetic.truth import Trop2Truth, Truth

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Columns = dict[str, NDArray[Any]]

READERS = 2
TARGET_LESIONS = 5
THYROID_BED = "thyroid_bed"
SITES = ("lung", "lymph_node", THYROID_BED, "bone")
SITE_SHARES = {False: (0.62, 0.28, 0.10, 0.0), True: (0.40, 0.18, 0.07, 0.35)}
MAX_ROUNDS = 200


def draw_trop2_patients(
    truth: Truth, n_responders: int, n_non_responders: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Patients of both response groups, with the scores and times a study would see.

    Times are days from resistance to 131I and exist for non-responders only. They are found in the
    archive: who died before the PET is among them, and has no entry_days.

    Args:
        truth: the named truth; only its `trop2` part is used.
        n_responders, n_non_responders: patients wanted of each.

    Returns:
        One row a patient, responders first: patient_id, rai_response, u, trop2_latent, braf, tert,
        macronodular, bone, age_years, sex, n_lesions, h_score_true, h_score (mean of two readers),
        suv_max (hottest lesion), suv_patient (geometric mean of the lesions), target_sum_mm;
        growth_per_year (volume doublings), visit_days (between visits), entry_days (PET, of those
        who lived to it),
        exit_days (last contact), death_days and progression_days (true), enlarged_days and
        new_lesion_days (the parts of the latter), os_days, os_event, pfs_days (as seen at a visit,
        or the end of follow-up), pfs_event, progression (rapid, intermediate or stable).
    """
    return draw_trop2_study(truth, n_responders, n_non_responders, rng)[0]


def draw_trop2_study(
    truth: Truth, n_responders: int, n_non_responders: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Patients, as `draw_trop2_patients`, and their lesions.

    Returns:
        Lesions have patient_id, lesion_id, site, diameter_mm, suv_true; one row a lesion.
    """
    p = truth.trop2
    drawn = _until_enough(p, n_responders, n_non_responders, rng)
    n = n_responders + n_non_responders
    resistant = drawn.pop("resistant")
    patient_id = np.array([f"P{i + 1:03d}" for i in range(n)], dtype=object)
    t = drawn["trop2_latent"]
    lesions = _lesions(p, drawn, rng)
    columns: Columns = {
        "patient_id": patient_id,
        "rai_response": np.array(["responder", "non_responder"], dtype=object)[resistant * 1],
        **drawn,
        "h_score_true": h_score(stain_shares(p, t)),
        "h_score": np.mean([h_score(read_percentages(p, t, rng)) for _ in range(READERS)], axis=0),
        **_summaries(lesions, drawn["n_lesions"]),
    }
    times = _times(p, columns, rng)
    columns |= {name: np.where(resistant, values, np.nan) for name, values in times.items()}
    window_days = Rules.rapid_months.default * DAYS_PER_MONTH
    rapid = (columns["pfs_event"] == 1) & (columns["pfs_days"] <= window_days)
    rapid |= columns["growth_per_year"] >= 1 / Rules.tvdt_years.default
    later = (columns["pfs_event"] == 1) & ~rapid
    names = np.array(["stable", "intermediate", "rapid", None], dtype=object)
    columns["progression"] = names[np.where(resistant, np.where(rapid, 2, later * 1), 3)]
    of = lesions.pop("of")
    return pd.DataFrame(columns), pd.DataFrame({"patient_id": patient_id[of], **lesions})


def number_lesions(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """For lesions in the order of their patients: the patient's index, and L1, L2, … in it."""
    of = np.repeat(np.arange(len(counts)), counts)
    position = np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)
    names = np.array([f"L{k + 1}" for k in range(counts.max(initial=0))], dtype=object)
    return of, names[position]


def draw_sites(bone: BoolArray, first: BoolArray, rng: np.random.Generator) -> NDArray[Any]:
    """Sites of lesions: bone only in patients with bone metastases, whose first lesion is one.

    A patient's first lesion is a metastasis: what is in the thyroid bed comes beside it.
    """
    draw = rng.random(len(bone))
    edges = {held: np.cumsum(shares)[:-1] for held, shares in SITE_SHARES.items()}
    index = np.where(
        bone, np.searchsorted(edges[True], draw), np.searchsorted(edges[False][:-1], draw)
    )
    index[first & (index == SITES.index(THYROID_BED))] = SITES.index("lung")
    index[bone & first] = SITES.index("bone")
    return np.array(SITES, dtype=object)[index]


def _until_enough(
    p: Trop2Truth, n_responders: int, n_non_responders: int, rng: np.random.Generator
) -> Columns:
    """Draw candidates in blocks and keep the first of each group."""
    missing = {False: n_responders, True: n_non_responders}
    kept: dict[bool, list[Columns]] = {False: [], True: []}
    for _ in range(MAX_ROUNDS):
        block = _candidates(p, 3 * max(missing.values()) + 20, rng)
        for group in (False, True):
            chosen = np.flatnonzero(block["resistant"] == group)[: missing[group]]
            kept[group].append({name: values[chosen] for name, values in block.items()})
            missing[group] -= len(chosen)
        if not any(missing.values()):
            blocks = kept[False] + kept[True]
            return {name: np.concatenate([b[name] for b in blocks]) for name in blocks[0]}
    raise InputError(
        f"{missing[False]} responders and {missing[True]} non-responders are missing after "
        f"{MAX_ROUNDS} rounds; expected a truth in which both groups occur. "
        "Change the truth's parameters."
    )


def _candidates(p: Trop2Truth, n: int, rng: np.random.Generator) -> Columns:
    """Candidates as they come, of both groups, with latents, risk factors and survival."""
    u = rng.normal(size=n)
    braf = rng.random(n) < expit(p.braf_intercept + p.braf_by_u * u)
    tert = rng.random(n) < expit(p.tert_intercept + p.tert_by_u * u + p.tert_by_braf * braf)
    age = rng.normal(p.age_mean + p.age_by_u * u + p.age_by_tert * tert, p.age_sd)
    age = np.clip(age, *p.age_limits)
    t = p.trop2_by_u * u + p.trop2_by_braf * (braf - p.braf_centre) + rng.normal(0, p.trop2_sd, n)
    log_odds = (
        p.rair_intercept
        + p.rair_by_u * u
        + p.rair_by_braf * braf
        + p.rair_by_tert * tert
        + p.rair_by_trop2 * t
        + p.rair_by_age_decade * (age - p.age_mean) / 10
    )
    size_effect = rng.normal(0, p.diameter_patient_sd, n)
    macronodular, bone = size_effect > 0, rng.random(n) < p.bone_share
    log_hazard = (
        p.os_by_trop2 * t
        + p.os_by_age_55 * (age >= 55)
        + p.os_by_macronodular * macronodular
        + p.os_by_bone * bone
        + p.os_by_tert * tert
    )
    death = p.os_scale_months * (rng.exponential(size=n) * np.exp(-log_hazard)) ** (1 / p.os_shape)
    return {
        "resistant": rng.random(n) < expit(log_odds),
        "u": u,
        "trop2_latent": t,
        "braf": braf,
        "tert": tert,
        "macronodular": macronodular,
        "bone": bone,
        "age_years": age,
        "sex": np.where(rng.random(n) < p.female_share, "female", "male").astype(object),
        "size_effect": size_effect,
        "n_lesions": 1 + rng.poisson(p.lesions_mean, n),
        "entry_days": np.round(rng.uniform(*p.pet_months, n) * DAYS_PER_MONTH),
        "death_days": np.maximum(np.round(death * DAYS_PER_MONTH), 1),
    }


def _lesions(p: Trop2Truth, patients: Columns, rng: np.random.Generator) -> Columns:
    """Lesions as columns, `of` being the index of the patient."""
    of, lesion_id = number_lesions(patients["n_lesions"])
    n = len(of)
    ln_diameter = patients["size_effect"][of] + rng.normal(0, p.diameter_lesion_sd, n)
    ln_suv = (
        p.suv_by_trop2 * (patients["trop2_latent"][of] - p.trop2_centre)
        + rng.normal(0, p.suv_patient_sd, len(patients["bone"]))[of]
        + rng.normal(0, p.suv_lesion_sd, n)
    )
    return {
        "of": of,
        "lesion_id": lesion_id,
        "site": draw_sites(patients["bone"][of], lesion_id == "L1", rng),
        "diameter_mm": np.clip(p.diameter_median_mm * np.exp(ln_diameter), *p.diameter_limits_mm),
        "suv_true": p.suv_median * np.exp(ln_suv),
    }


def _summaries(lesions: Columns, counts: NDArray[np.int64]) -> Columns:
    """Per patient: hottest lesion, geometric mean SUV, sum of the five largest diameters (mm)."""
    starts = np.cumsum(counts) - counts
    largest = np.zeros((len(counts), counts.max()))
    largest[lesions["of"], np.arange(len(lesions["of"])) - starts[lesions["of"]]] = lesions[
        "diameter_mm"
    ]
    largest.sort(axis=1)
    ln_suv = np.log(lesions["suv_true"])
    return {
        "suv_max": np.maximum.reduceat(lesions["suv_true"], starts),
        "suv_patient": np.exp(np.add.reduceat(ln_suv, starts) / counts),
        "target_sum_mm": largest[:, -TARGET_LESIONS:].sum(axis=1),
    }


def _times(p: Trop2Truth, patients: Columns, rng: np.random.Generator) -> Columns:
    """Growth, progression and follow-up, as if all patients were non-responders."""
    n = len(patients["bone"])
    growth = _growth_per_year(p, patients, rng)
    rise = 1 + Rules.pd_mm.default / patients["target_sum_mm"]
    rise = np.maximum(1 + Rules.pd_share.default, rise)
    with np.errstate(divide="ignore"):
        years = np.where(growth > 0, 3 * np.log2(rise) / growth, np.inf)
    enlarged = years * MONTHS_PER_YEAR * DAYS_PER_MONTH
    log_hazard = (
        p.new_lesion_by_trop2 * patients["trop2_latent"]
        + p.new_lesion_by_macronodular * patients["macronodular"]
        + p.new_lesion_by_bone * patients["bone"]
    )
    mean_days = p.new_lesion_median_months * DAYS_PER_MONTH / np.log(2)
    new_lesion = rng.exponential(mean_days, n) * np.exp(-log_hazard)
    progression = np.minimum(enlarged, new_lesion)
    visit = np.round(rng.uniform(*p.visit_months, n) * DAYS_PER_MONTH)
    death = patients["death_days"]
    end = patients["entry_days"] + np.round(rng.uniform(*p.follow_up_months, n) * DAYS_PER_MONTH)
    seen = np.minimum(np.ceil(progression / visit) * visit, death)
    return {
        "growth_per_year": growth,
        "visit_days": visit,
        "entry_days": np.where(death > patients["entry_days"], patients["entry_days"], np.nan),
        "exit_days": np.minimum(end, death),
        "death_days": death,
        "progression_days": progression,
        "enlarged_days": enlarged,
        "new_lesion_days": new_lesion,
        "os_days": np.minimum(end, death),
        "os_event": (death <= end).astype(float),
        "pfs_days": np.minimum(seen, end),
        "pfs_event": (seen <= end).astype(float),
    }


def _growth_per_year(p: Trop2Truth, patients: Columns, rng: np.random.Generator) -> FloatArray:
    """Volume doublings per year; near zero in the tumours that hardly change."""
    n = len(patients["bone"])
    ln_factor = (
        p.growth_by_trop2 * (patients["trop2_latent"] - p.trop2_centre)
        + p.growth_by_tert * patients["tert"]
        + p.growth_by_macronodular * patients["macronodular"]
        + rng.normal(0, p.growth_sd, n)
    )
    near_stable = rng.random(n) < p.near_stable
    return np.where(
        near_stable, rng.normal(0, p.near_stable_sd, n), p.growth_per_year * np.exp(ln_factor)
    )
