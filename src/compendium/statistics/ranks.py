"""Wilcoxon's two tests with their exact null distributions, ties included, and their inversion.

Textbook tables and most software take the null distribution of untied ranks; with ties it is wrong.
Here the distribution is that of the midranks at hand, over all permutations, so that a p-value is
exact with and without ties, and an interval holds just the shifts that the same test accepts. Where
there are too many values to count the permutations, many are drawn, always the same ones.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from compendium.errors import InputError, NotEstimable
from compendium.estimates import require_at_least

FloatArray = NDArray[np.float64]

EXACT_UP_TO = 200  # values in two groups
EXACT_PAIRS = 500
DRAWS = 100_000
DRAWN_AT_ONCE = 20_000_000  # places of ranks; of more, fewer permutations are drawn
KEPT = 400  # null distributions; settings of a sweep ask for the same ones again
ROWS = 16  # of the count of ways that are taken together
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


@dataclass(frozen=True)
class RankTest:
    """A rank test.

    Attributes:
        p: two-sided.
        name: of the test, and how p was found; the same wherever the test is reported.
    """

    p: float
    name: str


def rank_sum_test(reference: FloatArray, compared: FloatArray) -> RankTest:
    """Wilcoxon's rank-sum test of two groups, exact with and without ties up to 200 values.

    Args:
        reference, compared: the two groups, shapes (m,) and (n,), settled.
    """
    size = len(reference) + len(compared)
    p = rank_sum_p(reference, compared)
    draws = 0 if size <= EXACT_UP_TO else _draws(min(len(reference), len(compared)))
    return RankTest(p, f"Wilcoxon rank-sum test, {_how(p, draws)}")


def signed_rank_test(differences: FloatArray) -> RankTest:
    """Wilcoxon's signed-rank test, exact with and without ties up to 500 pairs that differ.

    Args:
        differences: within pairs, shape (n,), settled; zeros are left out.
    """
    size, p = int((differences != 0).sum()), signed_rank_p(differences)
    draws = 0 if size <= EXACT_PAIRS else _draws(size)
    return RankTest(p, f"Wilcoxon signed-rank test, {_how(p, draws)}")


def rank_sum_p(reference: FloatArray, compared: FloatArray) -> float:
    """Two-sided p of Wilcoxon's rank-sum test.

    Args:
        reference, compared: the two groups, shapes (m,) and (n,), settled.

    Source:
        Streitberg & Röhmel, Statistical Software Newsletter 1986 (shift algorithm).
    """
    doubled = np.rint(2 * rankdata(np.concatenate([reference, compared]))).astype(int)
    size, n = len(doubled), len(compared)
    observed = int(doubled[-n:].sum())
    # Either group carries the test; the smaller is cheaper.
    chosen = min(n, size - n)
    statistic = observed if chosen == n else size * (size + 1) - observed
    if size <= EXACT_UP_TO:
        return _p_of_sum(_subset_sums(tuple(np.sort(doubled).tolist()), chosen), statistic)
    sums = np.sort(doubled)[_drawn_places(size, chosen)].sum(axis=1)
    return _p_of_draws(np.abs(sums - chosen * (size + 1)), abs(statistic - chosen * (size + 1)))


def signed_rank_p(differences: FloatArray) -> float:
    """Two-sided p of Wilcoxon's signed-rank test; zeros are left out.

    Args:
        differences: within pairs, shape (n,), settled.
    """
    nonzero = differences[differences != 0]
    if len(nonzero) == 0:
        return 1.0
    doubled = np.rint(2 * rankdata(np.abs(nonzero))).astype(int)
    observed = int(doubled[nonzero > 0].sum())
    if len(nonzero) <= EXACT_PAIRS:
        return _p_of_sum(_sign_sums(tuple(np.sort(doubled).tolist())), observed)
    excess = np.sort(doubled) @ _drawn_signs(len(nonzero))
    return _p_of_draws(np.abs(excess), abs(2 * observed - int(doubled.sum())))


def accepted_shifts(
    candidates: FloatArray, p_of_shift: Callable[[float], float], level: float, spread: float
) -> tuple[float, float]:
    """Lowest and highest shift that a rank test at 1 - level accepts; infinite where all are.

    The test changes only where a shift makes two values meet, so it is tried once between any two
    neighbouring candidates, beginning where the normal approximation has its limits.

    Args:
        candidates: every shift at which two values meet (pairwise differences, Walsh averages).
        p_of_shift: two-sided p of the test once the shift is taken away.
        level: confidence level.
        spread: SD of the test's statistic, which counts the candidates above the shift.
    """
    ordered = np.sort(settled(candidates))
    points = np.unique(ordered)
    between = np.concatenate([[points[0] - 1], (points[1:] + points[:-1]) / 2, [points[-1] + 1]])
    middle = int(np.searchsorted(points, np.median(candidates)))
    outside = math.floor(len(ordered) / 2 - float(ndtri((1 + level) / 2)) * spread)
    ends = ordered[max(outside, 0)], ordered[min(len(ordered) - 1 - outside, len(ordered) - 1)]
    near = [int(place) for place in np.searchsorted(points, ends)]

    def accepted(gap: int) -> bool:
        return p_of_shift(float(between[gap])) > 1 - level

    # With heavy ties the shift in the middle may be the only one that is accepted below its gap.
    first = _first(accepted, middle + 1, near[0] + 1)
    above = len(points) - middle
    last = len(points) - _first(
        lambda gap: accepted(len(points) - gap), above, len(points) - near[1]
    )
    low = -math.inf if first == 0 else float(points[first - 1])
    high = math.inf if last == len(points) else float(points[last])
    # With heavy ties no shift may be accepted where the gaps beside it are not.
    return (min(low, 0.0), max(high, 0.0)) if p_of_shift(0.0) > 1 - level else (low, high)


def _first(holds: Callable[[int], bool], high: int, near: int) -> int:
    """Smallest whole number from 0 for which `holds`, taken to hold at `high`, sought from `near`.

    Strides double until they enclose it; then it is halved upon.
    """
    near, stride, low = min(max(near, 0), high), 1, 0
    if near < high and not holds(near):
        low = near + 1
        while low < high and not holds(min(low + stride - 1, high - 1)):
            low, stride = min(low + stride, high), 2 * stride
        high = min(low + stride - 1, high)
    else:
        high = near
        while high > 0 and holds(max(high - stride, 0)):
            high, stride = max(high - stride, 0), 2 * stride
        low = max(high - stride + 1, 0) if high > 0 else 0
    while low < high:
        half = (low + high) // 2
        low, high = (low, half) if holds(half) else (half + 1, high)
    return low


@lru_cache(maxsize=KEPT)
def _subset_sums(doubled_ranks: tuple[int, ...], chosen: int) -> FloatArray:
    """Probability of each sum of `chosen` of the doubled ranks, shape (largest sum + 1,).

    Row k counts the ways to have chosen k so far. Rows and sums that cannot be reached yet, or can
    no longer lead to `chosen`, are left alone: a few rows together, between the sums that the
    smallest and the largest ranks so far can have.
    """
    size, smallest = len(doubled_ranks), np.cumsum([0, *doubled_ranks])  # sums of the k smallest
    ways = np.zeros((chosen + 1, int(smallest[size] - smallest[size - chosen]) + 1))
    ways[0, 0] = 1
    for place, rank in enumerate(doubled_ranks):
        first, last = max(1, chosen - (size - place - 1)), min(place + 1, chosen)
        for end in range(last, first - 1, -ROWS):
            begin = max(first, end - ROWS + 1)
            low, high = smallest[begin - 1], smallest[place] - smallest[place - end + 1] + 1
            high = min(high, ways.shape[1] - rank)
            ways[begin : end + 1, low + rank : high + rank] += ways[begin - 1 : end, low:high]
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


def _draws(places: int) -> int:
    return min(DRAWS, DRAWN_AT_ONCE // places)


@lru_cache(maxsize=2)
def _drawn_places(size: int, chosen: int) -> NDArray[np.int32]:
    """Places of the chosen group among all ranks in many permutations, shape (draws, chosen)."""
    rng, places = np.random.default_rng(size), np.arange(size, dtype=np.int32)
    return np.array([rng.permutation(places)[:chosen] for _ in range(_draws(chosen))])


@lru_cache(maxsize=2)
def _drawn_signs(size: int) -> NDArray[np.int8]:
    """Signs of all ranks in many permutations, shape (size, draws)."""
    drawn = np.random.default_rng(size).integers(0, 2, (size, _draws(size)), dtype=np.int8)
    return np.asarray(2 * drawn - 1, dtype=np.int8)


def _p_of_draws(drawn: NDArray[np.int_], observed: int) -> float:
    """Share of sums as far from their mean as the one observed, which counts as one of them."""
    return float(((drawn >= observed).sum() + 1) / (len(drawn) + 1))


def _how(p: float, draws: int) -> str:
    if draws == 0:
        return "exact"
    error = math.sqrt(p * (1 - p) / draws)
    return f"Monte Carlo of {draws:,} permutations (standard error of p {error:.1g})"
