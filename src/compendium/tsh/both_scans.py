"""The ratio by a model of both scans: each patient's own effect of TSH, each lesion's own level.

Where every lesion is measured twice, the levels of the lesions cancel in their log ratios and the
model is the random-intercept model of these; with lesions of one level only it uses them too.
"""

import math
import warnings

import numpy as np
import pandas as pd
from scipy import special
from statsmodels.regression.mixed_linear_model import MixedLM

from compendium.errors import NotEstimable
from compendium.estimates import Estimate, labelled, ratio_of, require_at_least
from compendium.studies.tsh124i import LEVELS

MOST_COEFFICIENT = 20.0  # of log SUV; beyond, the fit ran off


@labelled
def both_scans_ratio(
    pairs: pd.DataFrame, *, metric: str = "suv_max", level: float = 0.95
) -> Estimate:
    """Geometric mean ratio, patients with their own level and effect, lesions with their own level.

    Args:
        pairs: as `uptake.lesion_pairs` returns; a lesion measured at one level counts with it.

    Raises:
        NotEstimable: fewer than three patients with a lesion at both levels, no lesion beside
            another in any patient, or no convergence.

    Source:
        Laird & Ware, Biometrics 1982, doi:10.2307/2529876; t with patients - 1 degrees of freedom,
        since statsmodels' normal interval is too short for few patients.
    """
    long = _long(pairs, metric)
    twice = long.groupby(["patient_id", "lesion"]).filter(lambda rows: len(rows) == len(LEVELS))
    patients = int(twice["patient_id"].nunique())
    require_at_least(patients, 3, "patients with a lesion at both TSH levels")
    most = int(twice.groupby("patient_id")["lesion"].nunique().max())
    require_at_least(most, 2, "lesions at both TSH levels in any patient")
    coef, se = _fitted(long)
    half = float(special.stdtrit(patients - 1, 0.5 + level / 2)) * se
    return Estimate(
        estimate=ratio_of(coef),
        low=ratio_of(coef - half),
        high=ratio_of(coef + half),
        n=patients,
        p=float(2 * special.stdtr(patients - 1, -abs(coef) / se)),
        method=(
            f"mixed model of both scans, random effect of TSH by patient, lesion intercepts, "
            f"{len(long)} measurements, t with {patients - 1} df"
        ),
        level=level,
    )


def _long(pairs: pd.DataFrame, metric: str) -> pd.DataFrame:
    """A row a lesion and scan: patient_id, lesion, high (0 or 1), log_suv."""
    parts = [
        pd.DataFrame(
            {
                "patient_id": pairs["patient_id"].to_numpy(),
                "lesion": np.arange(len(pairs)),
                "high": float(level == "high"),
                "suv": pairs[f"{metric}_{level}"].astype(float).to_numpy(),
            }
        )
        for level in LEVELS
    ]
    long = pd.concat(parts, ignore_index=True)
    long = long[long["suv"] > 0]
    return long.assign(log_suv=np.log(long["suv"])).reset_index(drop=True)


def _fitted(long: pd.DataFrame) -> tuple[float, float]:
    """Log ratio and its standard error.

    Raises:
        NotEstimable: the model did not converge.
    """
    model = MixedLM.from_formula(
        "log_suv ~ high",
        long,
        groups="patient_id",
        re_formula="~high",
        vc_formula={"lesion": "0 + C(lesion)"},
    )
    failed = "the mixed model of both scans did not converge"
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # of a variance of 0, the end of its range
            found = model.fit(reml=True, method=["lbfgs", "powell"])
    except (np.linalg.LinAlgError, ValueError):
        raise NotEstimable(failed) from None
    coef, se = float(found.params["high"]), float(found.bse["high"])
    reached = bool(found.converged) and math.isfinite(se) and se > 0
    if not (reached and abs(coef) < MOST_COEFFICIENT):
        raise NotEstimable(failed)
    return coef, se
