"""Wilcoxon's two tests with their exact null distributions, ties included, and their inversion.

Textbook tables and most software take the null distribution of untied ranks; with ties it is wrong.
Here the distribution is that of the midranks at hand, over all permutations, so that a p-value is
exact with and without ties, and an interval holds just the shifts that the same test accepts.
"""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr
from scipy.stats import rankdata

from compendium.errors import InputError, NotEstimable
from compendium.estimates import require_at_least

FloatArray = NDArray[np.float64]

EXACT_UP_TO = 100  # values in all; beyond, the normal approximation is good to three decimals
SIGNIFICANT_DIGITS = 12  # values that differ by less are one value: 0.1 + 0.2 ties with 0.3


def settled(values: ArrayLike) -> FloatArray:
    """The values without the noise of floating-point arithmetic, so that ties are ties."""
    array = np.asarray(values, dtype=float)
    largest = float(np.max(np.abs(array), initial=0.0))
    if largest == 0:
        return array
    return np.round(array, SIGNIFICANT_DIGITS - 1 - math.floor(math.log10(largest)))


def finite(values: ArrayLike, name: str) -> FloatArray:
    """The values as an array, which they must be without gaps."""
    array = np.asarray(values, dtype=float)
    if array.ndim != 1:
        raise InputError(f"{name}: an array of shape {array.shape}; expected one row of numbers.")
    if not np.isfinite(array).all():
        raise InputError(
            f"{name}: {int((~np.isfinite(array)).sum())} of {len(array)} values are missing or "
            f"infinite; expected finite numbers. Drop the missing values first."
        )
    return array


def two_groups(
    reference: ArrayLike, compared: ArrayLike, least: int = 1
) -> tuple[int, int, FloatArray]:
    """Sizes of the two groups and their values in one row, reference first."""
    first, second = finite(reference, "reference"), finite(compared, "compared")
    require_at_least(len(first), least, "in the reference group")
    require_at_least(len(second), least, "in the compared group")
    pooled = settled(np.concatenate([first, second]))
    if pooled.min() == pooled.max():
        raise NotEstimable(f"all {len(pooled)} values are equal")
    return len(first), len(second), pooled


def rank_sum_p(reference: FloatArray, compared: FloatArray) -> float:
    """Two-sided p of Wilcoxon's rank-sum test, exact up to 100 values with or without ties.

    Args:
        reference, compared: the two groups, shapes (m,) and (n,), settled.

    Source:
        Streitberg & Röhmel, Statistical Software Newsletter 1986 (shift algorithm); beyond 100
        values the normal approximation with the correction for ties and for continuity.
    """
    doubled = np.rint(2 * rankdata(np.concatenate([reference, compared]))).astype(int)
    size, n = len(doubled), len(compared)
    observed = int(doubled[-n:].sum())
    if size <= EXACT_UP_TO:
        # Either group carries the test; the smaller is cheaper.
        chosen = min(n, size - n)
        statistic = observed if chosen == n else size * (size + 1) - observed
        return _p_of_sum(_subset_sums(tuple(np.sort(doubled).tolist()), chosen), statistic)
    ties = np.unique(doubled, return_counts=True)[1].astype(float)
    variance = n * (size - n) / 12 * (size + 1 - (ties**3 - ties).sum() / (size * (size - 1)))
    return _p_of_normal(observed / 2 - n * (size + 1) / 2, variance)


def signed_rank_p(differences: FloatArray) -> float:
    """Two-sided p of Wilcoxon's signed-rank test, exact up to 100 differences; zeros are left out.

    Args:
        differences: within pairs, shape (n,), settled.
    """
    nonzero = differences[differences != 0]
    if len(nonzero) == 0:
        return 1.0
    ranks = rankdata(np.abs(nonzero))
    observed = float(ranks[nonzero > 0].sum())
    if len(nonzero) <= EXACT_UP_TO:
        doubled = np.rint(2 * ranks).astype(int)
        return _p_of_sum(_sign_sums(tuple(np.sort(doubled).tolist())), round(2 * observed))
    return _p_of_normal(observed - ranks.sum() / 2, float((ranks**2).sum()) / 4)


def accepted_shifts(
    candidates: FloatArray, p_of_shift: Callable[[float], float], level: float
) -> tuple[float, float]:
    """Lowest and highest shift that a rank test at 1 - level accepts; infinite where all are.

    The test changes only where a shift makes two values meet, so it is tried once between any two
    neighbouring candidates.

    Args:
        candidates: every shift at which two values meet (pairwise differences, Walsh averages).
        p_of_shift: two-sided p of the test once the shift is taken away.
        level: confidence level.
    """
    points = np.unique(settled(candidates))
    between = np.concatenate([[points[0] - 1], (points[1:] + points[:-1]) / 2, [points[-1] + 1]])
    middle = int(np.searchsorted(points, np.median(candidates)))

    def accepted(gap: int) -> bool:
        return p_of_shift(float(between[gap])) > 1 - level

    # With heavy ties the shift in the middle may be the only one that is accepted below its gap.
    first = _bisect(accepted, 0, middle + 1)
    last = len(points) - _bisect(lambda gap: accepted(len(points) - gap), 0, len(points) - middle)
    low = -math.inf if first == 0 else float(points[first - 1])
    high = math.inf if last == len(points) else float(points[last])
    return low, high


def _bisect(holds: Callable[[int], bool], low: int, high: int) -> int:
    """Smallest whole number for which `holds`, which is taken to hold at `high`."""
    while low < high:
        half = (low + high) // 2
        low, high = (low, half) if holds(half) else (half + 1, high)
    return low


@lru_cache(maxsize=64)
def _subset_sums(doubled_ranks: tuple[int, ...], chosen: int) -> FloatArray:
    """Probability of each sum of `chosen` of the doubled ranks, shape (largest sum + 1,).

    Row k counts the ways to have chosen k so far; rows and sums that cannot be reached yet, or can
    no longer lead to `chosen`, are left alone.
    """
    size, reached = len(doubled_ranks), 0
    ways = np.zeros((chosen + 1, sum(doubled_ranks[-chosen:]) + 1))
    ways[0, 0] = 1
    for place, rank in enumerate(doubled_ranks):
        reached = min(reached + rank, ways.shape[1] - 1)
        first, last = max(1, chosen - (size - place - 1)), min(place + 1, chosen)
        ways[first : last + 1, rank : reached + 1] += ways[first - 1 : last, : reached + 1 - rank]
    probability: FloatArray = ways[chosen] / math.comb(size, chosen)
    return probability


@lru_cache(maxsize=64)
def _sign_sums(doubled_ranks: tuple[int, ...]) -> FloatArray:
    """Probability of each sum of the doubled ranks that carry a plus, shape (sum of all + 1,)."""
    probability = np.zeros(sum(doubled_ranks) + 1)
    probability[0] = 1
    for rank in doubled_ranks:
        probability[rank:] += probability[:-rank]
        probability /= 2
    return probability


def _p_of_sum(probability: FloatArray, observed: int) -> float:
    """P of a sum at least as far from its mean as the one observed."""
    sums = np.arange(len(probability))
    mean = float(probability @ sums)
    far = np.abs(sums - mean) >= abs(observed - mean) - 1e-6
    return min(1.0, float(probability[far].sum()))


def _p_of_normal(excess: float, variance: float) -> float:
    """Two-sided p of a rank statistic that exceeds its mean, continuity-corrected."""
    if variance <= 0:
        return 1.0
    return min(1.0, float(2 * ndtr(-max(abs(excess) - 0.5, 0.0) / math.sqrt(variance))))
