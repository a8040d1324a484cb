"""TSH124I lesion pairs drawn from a truth, without tables or images: thousands of studies a second.

What is left of the first administration is C1·exp(-λ_eff·Δ), with λ_eff the sum of the physical and
biological decay constants; as a second-scan SUV that is SUV1·(A1/A2)·exp(-λ_eff·Δ).
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.studies import tsh124i
from compendium.synthetic.trop2 import Columns, draw_sites, number_lesions
from compendium.synthetic.truth import Truth
from petsuv.nuclides import half_life_days

FloatArray = NDArray[np.float64]

HALF_LIFE_I124_DAYS = half_life_days(tsh124i.PET.nuclide)
PATIENTS_PER_DEVIATION = 10
BONE_SHARE = 0.3


def draw_lesion_pairs(truth: Truth, n_patients: int, rng: np.random.Generator) -> pd.DataFrame:
    """Each lesion's uptake at both TSH levels, as measured and as it truly is.

    One patient in ten (the last) never reaches a TSH of 100 mIU/L; the effect on the uptake is
    drawn for that patient as for the others.

    Args:
        truth: the named truth; only its `tsh` part is used.
        n_patients: patients wanted.

    Returns:
        One row a lesion: patient_id, lesion_id, site, diameter_mm, avid_patient, tsh_low, tsh_high
        (mIU/L), interval_days, activity_low_mbq, activity_high_mbq, biological_half_life_days,
        effective_half_life_days, ratio_true (without carry-over), suv_low_true, suv_high_true
        (carry-over included), residual_suv (of it, what the first administration left), suv_low,
        suv_high (with measurement noise).
    """
    p = truth.tsh
    counts = 1 + rng.poisson(p.lesions_mean, n_patients)
    of, lesion_id = number_lesions(counts)
    n = len(of)
    per_patient = _draw_patients(truth, n_patients, rng)
    avid = per_patient["avid_patient"][of]
    ln_low = np.where(
        avid,
        np.log(p.suv_median)
        + rng.normal(0, p.suv_patient_sd, n_patients)[of]
        + rng.normal(0, p.suv_lesion_sd, n),
        np.log(p.non_avid_suv_median)
        + rng.normal(0, p.non_avid_sd, n_patients)[of]
        + rng.normal(0, p.non_avid_sd, n),
    )
    ln_ratio = (
        np.log(p.ratio)
        + rng.normal(0, p.ratio_patient_sd, n_patients)[of]
        + rng.normal(0, p.ratio_lesion_sd, n)
    )
    ln_diameter = (
        np.log(p.diameter_median_mm)
        + rng.normal(0, p.diameter_patient_sd, n_patients)[of]
        + rng.normal(0, p.diameter_lesion_sd, n)
    )
    bone = rng.random(n_patients) < BONE_SHARE
    lesions = {
        "patient_id": per_patient.pop("patient_id")[of],
        "lesion_id": lesion_id,
        "site": draw_sites(bone[of], lesion_id == "L1", rng),
        "diameter_mm": np.clip(np.exp(ln_diameter), *p.diameter_limits_mm),
        **{name: values[of] for name, values in per_patient.items()},
    }
    return _with_uptake(truth, lesions, np.exp(ln_low), np.exp(ln_ratio), rng)


def _draw_patients(truth: Truth, n: int, rng: np.random.Generator) -> Columns:
    """What belongs to a patient: avidity, TSH at both scans, interval, injected activities."""
    p = truth.tsh
    deviating = np.arange(n) >= n - n // PATIENTS_PER_DEVIATION
    return {
        "patient_id": np.array([f"T{i + 1:03d}" for i in range(n)], dtype=object),
        "avid_patient": rng.random(n) >= p.non_avid_share,
        "tsh_low": rng.uniform(*p.tsh_low, n),
        "tsh_high": np.where(
            deviating, rng.uniform(*p.tsh_deviating, n), rng.uniform(*p.tsh_high, n)
        ),
        "interval_days": rng.integers(p.interval_days[0], p.interval_days[1] + 1, n),
        "activity_low_mbq": rng.uniform(*p.activity_mbq, n),
        "activity_high_mbq": rng.uniform(*p.activity_mbq, n),
    }


def _with_uptake(
    truth: Truth,
    lesions: Columns,
    suv_low: FloatArray,
    ratio: FloatArray,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Add half-lives, true uptake with carry-over where the truth has it, and measured uptake."""
    p = truth.tsh
    n = len(suv_low)
    biological = p.biological_half_life_days * np.exp(rng.normal(0, p.biological_half_life_sd, n))
    effective = 1 / (1 / biological + 1 / HALF_LIFE_I124_DAYS)
    left = 2 ** (-lesions["interval_days"] / effective)
    activity_ratio = lesions["activity_low_mbq"] / lesions["activity_high_mbq"]
    residual = suv_low * activity_ratio * left if p.carry_over else np.zeros(n)
    suv_high = suv_low * ratio + residual
    return pd.DataFrame(
        {
            **lesions,
            "biological_half_life_days": biological,
            "effective_half_life_days": effective,
            "ratio_true": ratio,
            "suv_low_true": suv_low,
            "suv_high_true": suv_high,
            "residual_suv": residual,
            "suv_low": suv_low * np.exp(rng.normal(0, p.noise_sd, n)),
            "suv_high": suv_high * np.exp(rng.normal(0, p.noise_sd, n)),
        }
    )
