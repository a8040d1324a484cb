"""Cohen's kappa by statsmodels, with limits where both sides agree on everything too."""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri
from statsmodels.stats.inter_rater import cohens_kappa

from compendium.estimates import Estimate

WEIGHTS = {"quadratic": "quadratic", "linear": "linear", "unweighted": None}


def cohen_kappa(
    counts: ArrayLike, weights: str = "unweighted", *, level: float = 0.95
) -> Estimate:  # fmt: skip
    """Agreement beyond chance of two classifications, and p of none beyond it.

    Args:
        counts: cases by class of the first (rows) and the second, shape (q, q), of at least two
            classes on one side.
        weights: quadratic, linear or unweighted.

    Source:
        Cohen, Psychol Bull 1968, doi:10.1037/h0026256; standard error by Fleiss, Cohen & Everitt,
        Psychol Bull 1969, doi:10.1037/h0028106.
    """
    table = np.asarray(counts, dtype=float)
    with np.errstate(invalid="ignore"):  # the root of a variance that rounds below 0
        found = cohens_kappa(table, wt=WEIGHTS[weights])
    kappa, variance = float(found.kappa), max(float(found.var_kappa), 0.0)
    half = float(ndtri((1 + level) / 2)) * math.sqrt(variance)
    return Estimate(
        estimate=kappa,
        low=kappa - half,
        high=min(1.0, kappa + half),
        n=int(table.sum()),
        p=float(found.pvalue_two_sided),
        method=f"Cohen's kappa, {weights}, Fleiss–Cohen–Everitt standard error",
        level=level,
    )
