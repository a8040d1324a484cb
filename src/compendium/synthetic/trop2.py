"""TROP2 patients and lesions drawn from a truth, without tables or images: thousands a second."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, ndtr

from compendium.errors import InputError
from compendium.synthetic.truth import Trop2Truth, Truth

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

DAYS_PER_MONTH = 30.4375
MONTHS_PER_YEAR = 12.0
H_POINTS_PER_LATENT_UNIT = 75.0
PERCENT_STEP = 5.0
TARGET_LESIONS = 5
RECIST_RELATIVE_RISE = 1.2
RECIST_ABSOLUTE_RISE_MM = 5.0
RAPID_PD_MONTHS = 12.0
MAX_ROUNDS = 200


def draw_trop2_patients(
    truth: Truth, n_responders: int, n_non_responders: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Patients of both response groups, with the scores and times a study would see.

    Times are days from resistance to 131I and exist for non-responders only. A patient who would
    have died before PET is not in the study: another is drawn instead.

    Args:
        truth: the named truth; only its `trop2` part is used.
        n_responders, n_non_responders: patients wanted of each.

    Returns:
        One row a patient, responders first: patient_id, rai_response, u, trop2_latent,
        h_score_true, h_score (mean of two readers), braf, tert, macronodular, bone, age_years,
        sex, growth_per_year (volume doublings), near_stable, n_lesions, suv_max (hottest lesion),
        suv_patient (geometric mean of the lesions), entry_days (PET), exit_days (last contact),
        death_days (true), os_days, os_event, progression_days (true), pfs_days (as seen at a
        visit, or the end of follow-up), pfs_event, visit_days (between visits), progression.
    """
    kept = _until_enough(truth.trop2, n_responders, n_non_responders, rng)
    n = n_responders + n_non_responders
    kept.insert(0, "patient_id", [f"P{i + 1:03d}" for i in range(n)])
    kept.insert(1, "rai_response", np.where(kept.pop("resistant"), "non_responder", "responder"))
    kept["h_score_true"] = h_score(stain_shares(truth.trop2, kept["trop2_latent"].to_numpy()))
    kept["h_score"] = np.mean(
        [h_score(read_percentages(truth.trop2, kept["trop2_latent"].to_numpy(), rng))
         for _ in range(2)], axis=0,
    )  # fmt: skip
    resistant = (kept["rai_response"] == "non_responder").to_numpy()
    lesions = draw_trop2_lesions(truth, kept[resistant], rng)
    return _with_progression(truth.trop2, kept, lesions, rng)


def draw_trop2_lesions(
    truth: Truth, patients: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Lesions of the given patients: patient_id, lesion_id, site, diameter_mm, suv_true.

    Args:
        patients: rows of `draw_trop2_patients` (patient_id, trop2_latent, bone, size_effect,
            n_lesions).
    """
    p = truth.trop2
    counts = patients["n_lesions"].to_numpy(dtype=int)
    of = np.repeat(np.arange(len(patients)), counts)
    n = len(of)
    number = np.arange(n) - np.repeat(np.cumsum(counts) - counts, counts)
    ln_diameter = np.log(p.diameter_median_mm) + patients["size_effect"].to_numpy()[of]
    ln_suv = (
        np.log(p.suv_median)
        + p.suv_by_trop2 * (patients["trop2_latent"].to_numpy()[of] - p.trop2_centre)
        + rng.normal(0, p.suv_patient_sd, len(patients))[of]
        + rng.normal(0, p.suv_lesion_sd, n)
    )
    return pd.DataFrame(
        {
            "patient_id": patients["patient_id"].to_numpy()[of],
            "lesion_id": np.array([f"L{k + 1}" for k in range(counts.max(initial=0))])[number]
            if n
            else np.array([], dtype=object),
            "site": draw_sites(patients["bone"].to_numpy(dtype=bool)[of], number == 0, rng),
            "diameter_mm": np.exp(ln_diameter + rng.normal(0, p.diameter_lesion_sd, n)),
            "suv_true": np.exp(ln_suv),
        }
    )


def draw_sites(bone: BoolArray, first: BoolArray, rng: np.random.Generator) -> NDArray[np.str_]:
    """Sites of lesions: bone only in patients with bone metastases, whose first lesion is one."""
    sites = np.array(["lung", "lymph_node", "thyroid_bed", "bone"])
    without_bone, with_bone = np.cumsum([0.62, 0.28, 0.10]), np.cumsum([0.40, 0.18, 0.07])
    draw = rng.random(len(bone))
    index = np.where(
        bone, np.searchsorted(with_bone, draw), np.minimum(np.searchsorted(without_bone, draw), 2)
    )
    chosen: NDArray[np.str_] = sites[np.where(bone & first, 3, index)]
    return chosen


def stain_shares(p: Trop2Truth, trop2_latent: FloatArray) -> FloatArray:
    """Shares of cells staining 0, 1+, 2+ and 3+, shape (n, 4); nothing stains in a negative one."""
    below = ndtr((np.array(p.stain_cuts) - trop2_latent[:, None]) / p.stain_sd)
    below[trop2_latent < p.negative_below] = 1.0
    edges = np.column_stack([np.zeros(len(below)), below, np.ones(len(below))])
    shares: FloatArray = np.diff(edges, axis=1)
    return shares


def read_percentages(
    p: Trop2Truth, trop2_latent: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """One reader's percentages of 0, 1+, 2+ and 3+ cells, in steps of 5 that sum to 100.

    The reader's error shifts the stain as a whole; a negative tumour is negative to every reader.
    """
    seen = trop2_latent + rng.normal(0, p.reader_sd / H_POINTS_PER_LATENT_UNIT, len(trop2_latent))
    shares = stain_shares(p, np.where(trop2_latent < p.negative_below, -np.inf, np.maximum(
        seen, p.negative_below)))  # fmt: skip
    edges = np.round(np.cumsum(shares, axis=1) * 100 / PERCENT_STEP) * PERCENT_STEP
    percentages: FloatArray = np.diff(np.column_stack([np.zeros(len(edges)), edges]), axis=1)
    return percentages


def h_score(shares_or_percentages: FloatArray) -> FloatArray:
    """H-score, 0 to 300, of shares (0 to 1) or percentages of 0, 1+, 2+ and 3+, shape (n, 4)."""
    total = shares_or_percentages.sum(axis=1)
    points: FloatArray = shares_or_percentages @ np.array([0.0, 100.0, 200.0, 300.0]) / total
    return points


def _until_enough(
    p: Trop2Truth, n_responders: int, n_non_responders: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw candidates in blocks and keep the first of each group."""
    responders: list[pd.DataFrame] = []
    resistant: list[pd.DataFrame] = []
    missing = [n_responders, n_non_responders]
    for _ in range(MAX_ROUNDS):
        block = _candidates(p, 3 * max(missing) + 20, rng)
        in_study = ~block["resistant"] | (block["death_days"] > block["entry_days"])
        is_resistant = block["resistant"].to_numpy()
        responders.append(block[~is_resistant][: missing[0]])
        resistant.append(block[is_resistant & in_study.to_numpy()][: missing[1]])
        missing[0] -= len(responders[-1])
        missing[1] -= len(resistant[-1])
        if missing == [0, 0]:
            return pd.concat([*responders, *resistant], ignore_index=True)
    raise InputError(f"{MAX_ROUNDS} rounds did not give the patients wanted; {missing} are missing")


def _candidates(p: Trop2Truth, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Candidates as they come, of both groups, with latents, risk factors and survival."""
    u = rng.normal(size=n)
    braf = rng.random(n) < expit(p.braf_intercept + p.braf_by_u * u)
    tert = rng.random(n) < expit(p.tert_intercept + p.tert_by_u * u + p.tert_by_braf * braf)
    age = np.clip(
        rng.normal(p.age_mean + p.age_by_u * u + p.age_by_tert * tert, p.age_sd), *p.age_limits
    )
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
    entry = rng.uniform(*p.pet_months, n)
    return pd.DataFrame(
        {
            "resistant": rng.random(n) < expit(log_odds),
            "u": u,
            "trop2_latent": t,
            "braf": braf,
            "tert": tert,
            "macronodular": macronodular,
            "bone": bone,
            "age_years": age,
            "sex": np.where(rng.random(n) < p.female_share, "female", "male"),
            "size_effect": size_effect,
            "n_lesions": 1 + rng.poisson(p.lesions_mean, n),
            "entry_days": np.round(entry * DAYS_PER_MONTH),
            "death_days": np.round(death * DAYS_PER_MONTH),
        }
    )


def _growth_per_year(
    p: Trop2Truth, patients: pd.DataFrame, rng: np.random.Generator
) -> tuple[FloatArray, BoolArray]:
    """Volume doublings per year, and whether the tumour is one of those that hardly change."""
    n = len(patients)
    ln_factor = (
        p.growth_by_trop2 * (patients["trop2_latent"].to_numpy() - p.trop2_centre)
        + p.growth_by_tert * patients["tert"].to_numpy()
        + p.growth_by_macronodular * patients["macronodular"].to_numpy()
        + rng.normal(0, p.growth_sd, n)
    )
    near_stable = rng.random(n) < p.near_stable
    growth = np.where(
        near_stable,
        rng.normal(0, p.near_stable_sd, n),
        p.growth_per_year * np.exp(ln_factor),
    )
    return growth, near_stable


def _with_progression(
    p: Trop2Truth, patients: pd.DataFrame, lesions: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Add growth, progression, follow-up and lesion summaries; missing for responders."""
    n = len(patients)
    resistant = (patients["rai_response"] == "non_responder").to_numpy()
    growth, near_stable = _growth_per_year(p, patients, rng)
    by_patient = _lesion_summaries(lesions).reindex(patients["patient_id"])
    rise = _rise_for_progression(by_patient["target_sum_mm"].to_numpy(dtype=float))
    with np.errstate(divide="ignore"):
        enlarged = np.where(growth > 0, 3 * np.log2(rise) / growth * MONTHS_PER_YEAR, np.inf)
    log_hazard = (
        p.new_lesion_by_trop2 * patients["trop2_latent"]
        + p.new_lesion_by_macronodular * patients["macronodular"]
        + p.new_lesion_by_bone * patients["bone"]
    ).to_numpy(dtype=float)
    scale = p.new_lesion_median_months / np.log(2)
    new_lesion = rng.exponential(scale, n) * np.exp(-log_hazard)
    visit = np.round(rng.uniform(*p.visit_months, n) * DAYS_PER_MONTH)
    progression = np.minimum(enlarged, new_lesion) * DAYS_PER_MONTH
    death = patients["death_days"].to_numpy(dtype=float)
    entry = patients["entry_days"].to_numpy(dtype=float)
    end = entry + np.round(rng.uniform(*p.follow_up_months, n) * DAYS_PER_MONTH)
    seen = np.minimum(np.ceil(progression / visit) * visit, death)
    exit_days = np.minimum(end, death)
    columns = {
        "growth_per_year": growth,
        "suv_max": by_patient["suv_max"].to_numpy(dtype=float),
        "suv_patient": by_patient["suv_patient"].to_numpy(dtype=float),
        "exit_days": exit_days,
        "os_days": exit_days,
        "os_event": (death <= end).astype(float),
        "enlarged_days": enlarged * DAYS_PER_MONTH,
        "new_lesion_days": new_lesion * DAYS_PER_MONTH,
        "progression_days": progression,
        "pfs_days": np.minimum(seen, end),
        "pfs_event": (seen <= end).astype(float),
        "visit_days": visit,
        "entry_days": entry,
        "death_days": death,
    }
    out = patients.assign(
        near_stable=near_stable,
        **{name: np.where(resistant, values, np.nan) for name, values in columns.items()},
    )
    rapid = (out["pfs_event"] == 1) & (out["pfs_days"] <= RAPID_PD_MONTHS * DAYS_PER_MONTH)
    rapid |= out["growth_per_year"] >= 1
    out["progression"] = pd.Series(
        [
            ("rapid" if fast else "stable") if r else None
            for fast, r in zip(rapid, resistant, strict=True)
        ],
        dtype=object,
    )
    return out


def _lesion_summaries(lesions: pd.DataFrame) -> pd.DataFrame:
    """Per patient: sum of the five largest diameters (mm), hottest and mean ln SUV."""
    by_size = lesions.sort_values("diameter_mm", ascending=False)
    targets = by_size[by_size.groupby("patient_id").cumcount() < TARGET_LESIONS]
    suv = lesions.assign(ln_suv=np.log(lesions["suv_true"])).groupby("patient_id")
    return pd.DataFrame(
        {
            "target_sum_mm": targets.groupby("patient_id")["diameter_mm"].sum(),
            "suv_max": suv["suv_true"].max(),
            "suv_patient": np.exp(suv["ln_suv"].mean()),
        }
    )


def _rise_for_progression(target_sum_mm: FloatArray) -> FloatArray:
    """Factor by which the sum must grow to be RECIST progression: 20 % and at least 5 mm."""
    rise: FloatArray = np.maximum(RECIST_RELATIVE_RISE, 1 + RECIST_ABSOLUTE_RISE_MM / target_sum_mm)
    return rise
