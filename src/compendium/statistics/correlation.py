"""Rank correlation of two measures of patients, with bootstrap interval and permutation p."""

import math
from itertools import permutations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from compendium.errors import InputError, NotEstimable
from compendium.estimates import Estimate, labelled, require_at_least
from compendium.statistics.ranks import FloatArray, finite, settled
from compendium.statistics.resampling import bca_limits, resampled

EXACT_UP_TO = 8  # patients: 8! = 40,320 orders
ORDERS = 20_000  # drawn beyond
LEAST = 4


@labelled
def spearman(
    x: ArrayLike,
    y: ArrayLike,
    rng: np.random.Generator,
    *,
    resamples: int = 2000,
    level: float = 0.95,
) -> Estimate:
    """Spearman's rank correlation with BCa bootstrap interval of patients and permutation p.

    Args:
        x, y: one value each a patient, shape (n,); ties have their mean rank.
        resamples: bootstrap samples of patients; those in which a measure is constant are left out.

    Raises:
        NotEstimable: fewer than four patients, a measure that is constant, or ranks that agree
            wholly, of which every resample says the same.

    Source:
        Spearman, Am J Psychol 1904, doi:10.2307/1412159; interval: Efron, J Am Stat Assoc 1987,
        doi:10.1080/01621459.1987.10478410.
    """
    first, second = settled(finite(x, "x")), settled(finite(y, "y"))
    if len(first) != len(second):
        raise InputError(f"{len(first)} and {len(second)} values; expected a pair each a patient.")
    n = len(first)
    require_at_least(n, LEAST, "patients with both measures")
    for name, values in (("first", first), ("second", second)):
        if np.ptp(values) == 0:
            raise NotEstimable(f"the {name} measure is the same in all {n} patients")
    everyone = np.zeros(n, dtype=int)
    observed = float(_rhos(first[None], second[None])[0])
    rows = resampled(everyone, rng, resamples)
    drawn = _rhos(first[rows], second[rows])
    others = np.array([np.delete(np.arange(n), row) for row in range(n)])
    left_out = _rhos(first[others], second[others])
    known, jackknife = drawn[~np.isnan(drawn)], left_out[~np.isnan(left_out)]
    if len(known) < 0.95 * resamples:
        raise NotEstimable(f"undefined in {resamples - len(known)} of {resamples} resamples")
    low, high = bca_limits(observed, known, jackknife, level)
    p, how = _permutation_p(first, second, observed, rng)
    return Estimate(
        estimate=observed,
        low=low,
        high=high,
        n=n,
        p=p,
        method=f"Spearman's rank correlation, BCa bootstrap of patients, permutation p ({how})",
        level=level,
        within=(-1.0, 1.0),
    )


def _rhos(x: FloatArray, y: FloatArray) -> FloatArray:
    """Correlation of ranks in each row, shape (m, n) to (m,); nan where one measure is constant.

    Ranks less their mean are halves of whole numbers: sums of their products are exact.
    """
    first, second = (rankdata(values, axis=1) for values in (x, y))
    first, second = (ranks - ranks.mean(axis=1, keepdims=True) for ranks in (first, second))
    scale = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
    rhos = np.full(len(x), math.nan)
    np.divide((first * second).sum(axis=1), scale, out=rhos, where=scale > 0)
    return rhos


def _permutation_p(
    x: FloatArray, y: FloatArray, observed: float, rng: np.random.Generator
) -> tuple[float, str]:
    """Two-sided p over all orders of the patients' second measure, or many drawn ones."""
    first, second = rankdata(x), rankdata(y)
    first, second = first - first.mean(), second - second.mean()
    scale = math.sqrt(float(first @ first) * float(second @ second))
    exact = len(x) <= EXACT_UP_TO
    orders: NDArray[np.float64] = (
        np.array(list(permutations(second)))
        if exact
        else rng.permuted(np.tile(second, (ORDERS, 1)), axis=1)
    )
    far = int((np.abs(orders @ first) / scale >= abs(observed) - 1e-9).sum())
    if exact:
        return far / len(orders), "exact"
    return (far + 1) / (ORDERS + 1), f"{ORDERS:,} orders drawn"
