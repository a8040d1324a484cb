"""Resampling by patients: permutation and sign-flip tests with their own intervals, bootstrap."""

import math
from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from compendium.errors import NotEstimable
from compendium.estimates import Estimate, labelled, require_at_least
from compendium.statistics.ranks import FloatArray, finite, settled, two_groups

IntArray = NDArray[np.intp]

ROUNDING = 1e-12  # of a statistic, by which resamples that agree may differ
ENUMERATE_UP_TO = 200_000  # rearrangements; beyond, as many are drawn at random


@labelled
def permutation(
    reference: ArrayLike,
    compared: ArrayLike,
    rng: np.random.Generator,
    *,
    unit: str = "",
    level: float = 0.95,
) -> Estimate:
    """Difference of means of two groups of patients, with permutation p and interval.

    Exact where there are at most 200,000 divisions of the patients into the two groups; else as
    many are drawn at random. The interval is that of the same test (Hartigan's typical values).

    Args:
        reference, compared: one value a patient, shapes (m,) and (n,), in `unit`.

    Source:
        Hartigan, J Am Stat Assoc 1969, doi:10.1080/01621459.1969.10501057.
    """
    m, n, pooled = two_groups(reference, compared)
    members, exact = _divisions(m, n, rng)
    sums = pooled[members].sum(axis=1)
    differences = sums / n - (pooled.sum() - sums) / m
    observed = float(pooled[m:].mean() - pooled[:m].mean())
    # Patients who change places: the shift at which a division counts as the observed one does.
    moved = n - (members >= m).sum(axis=1)
    kept = moved > 0
    typical = (observed - differences[kept]) / (moved[kept] * (1 / m + 1 / n))
    low, high = _typical_limits(typical, len(members), exact, level)
    return Estimate(
        estimate=observed,
        low=low,
        high=high,
        unit=unit,
        n=m + n,
        p=_two_sided(differences, observed, exact),
        method=f"difference of means, permutation test, {_drawn(exact, len(members))}",
        level=level,
    )


@labelled
def sign_flip(
    values: ArrayLike,
    rng: np.random.Generator,
    *,
    unit: str = "",
    level: float = 0.95,
) -> Estimate:
    """Mean of one value a patient against 0, with sign-flip p and interval.

    Exact up to 17 patients; beyond, 200,000 flips are drawn at random. The interval is that of the
    same test; it is infinite below six patients, where the smallest p exceeds 0.05.

    Args:
        values: one a patient, shape (n,), in `unit`; symmetric about 0 if there is no effect.

    Source:
        Hartigan, J Am Stat Assoc 1969, doi:10.1080/01621459.1969.10501057.
    """
    array = _checked_values(values)
    n = len(array)
    flipped, exact = _flips(n, rng)
    count, sums, observed = flipped.sum(axis=1), flipped @ array, float(array.mean())
    typical = sums[count > 0] / count[count > 0]
    low, high = _typical_limits(typical, len(flipped), exact, level)
    return Estimate(
        estimate=observed,
        low=low,
        high=high,
        unit=unit,
        n=n,
        p=_two_sided(observed - 2 * sums / n, observed, exact),
        method=f"mean, sign-flip test, {_drawn(exact, len(flipped))}",
        level=level,
    )


def sign_flip_tails(
    values: ArrayLike, rng: np.random.Generator, *, bound: float
) -> tuple[float, float]:
    """One-sided sign-flip p of a mean above a bound, and of one below it.

    They agree with the limits of `sign_flip`: at 1 - 2α its interval lies above (below) the bound
    where p of above (below) is at most α.

    Args:
        values: as of `sign_flip`.
        bound: of the mean.

    Raises:
        NotEstimable: as `sign_flip`.
    """
    array = _checked_values(values)
    flipped, exact = _flips(len(array), rng)
    residual = array - bound
    flips = flipped @ residual  # the sum of those turned round, twice what the total loses
    slack = 1e-9 * float(np.abs(residual).sum())
    tails = ((flips <= slack).sum(), (flips >= -slack).sum())
    drawn = len(flipped)
    above, below = (float(t / drawn if exact else (t + 1) / (drawn + 1)) for t in tails)
    return above, below


def _checked_values(values: ArrayLike) -> FloatArray:
    array = settled(finite(values, "values"))
    require_at_least(len(array), 1, "patients")
    if not array.any():
        raise NotEstimable(f"all {len(array)} values are 0")
    return array


def _flips(n: int, rng: np.random.Generator) -> tuple[NDArray[np.int_], bool]:
    """Whose sign is turned, in every way or in many drawn ones, and whether in every."""
    if 2**n <= ENUMERATE_UP_TO:
        return (np.arange(2**n)[:, None] >> np.arange(n)) & 1, True
    return rng.integers(0, 2, (ENUMERATE_UP_TO, n)), False


@labelled
def bootstrap(
    statistic: Callable[[IntArray], float],
    rows: int | Sequence[int],
    rng: np.random.Generator,
    *,
    resamples: int = 2000,
    unit: str = "",
    level: float = 0.95,
) -> Estimate:
    """Any statistic of rows with its BCa bootstrap interval.

    Args:
        statistic: takes row numbers (with repeats), shape (n,), and returns the statistic; nan
            where that sample does not carry it.
        rows: number of rows; or one stratum code a row, to resample within strata.
        resamples: bootstrap samples.

    Raises:
        NotEstimable: the statistic is undefined in the sample itself or in over 5 % of resamples,
            or the same in all.

    Source:
        Efron, J Am Stat Assoc 1987, doi:10.1080/01621459.1987.10478410.
    """
    strata = np.zeros(rows, dtype=int) if isinstance(rows, int) else np.asarray(rows)
    everyone = np.arange(len(strata))
    require_at_least(len(everyone), 3, "rows to resample")
    observed = float(statistic(everyone))
    if math.isnan(observed):
        raise NotEstimable("the statistic is undefined in the sample")
    drawn = np.array([statistic(rows) for rows in resampled(strata, rng, resamples)])
    defined = drawn[~np.isnan(drawn)]
    if len(defined) < 0.95 * resamples:
        raise NotEstimable(f"undefined in {resamples - len(defined)} of {resamples} resamples")
    left_out = np.array([statistic(np.delete(everyone, row)) for row in everyone])
    low, high = bca_limits(observed, defined, left_out[~np.isnan(left_out)], level)
    return Estimate(
        estimate=observed,
        low=low,
        high=high,
        unit=unit,
        n=len(everyone),
        method=f"BCa bootstrap, {resamples} resamples",
        level=level,
    )


def resampled(strata: NDArray[np.int_], rng: np.random.Generator, resamples: int) -> IntArray:
    """Row numbers of bootstrap samples, drawn within strata, shape (resamples, n)."""
    ordered = np.argsort(strata, kind="stable")  # the members of each stratum side by side
    _, first, sizes = np.unique(strata[ordered], return_index=True, return_counts=True)
    drawn = rng.integers(0, np.repeat(sizes, sizes), size=(resamples, len(strata)))
    rows = np.empty_like(drawn)
    rows[:, ordered] = ordered[np.repeat(first, sizes) + drawn]
    return rows


def bca_limits(
    observed: float, drawn: FloatArray, left_out: FloatArray, level: float
) -> tuple[float, float]:
    """Bias-corrected and accelerated limits from bootstrap and jackknife values.

    Raises:
        NotEstimable: all resamples give the same.
    """
    if np.ptp(drawn) <= ROUNDING * abs(drawn[0]):
        raise NotEstimable(f"every resample gives {drawn[0]:.4g}, which leaves no interval")
    below = ((drawn < observed).mean() + (drawn <= observed).mean()) / 2
    bias = ndtri(np.clip(below, 1 / (2 * len(drawn)), 1 - 1 / (2 * len(drawn))))
    spread = left_out.mean() - left_out
    scale = (spread**2).sum() ** 1.5
    acceleration = (spread**3).sum() / (6 * scale) if scale > 0 else 0.0
    z = bias + ndtri(np.array([(1 - level) / 2, (1 + level) / 2]))
    low, high = np.quantile(drawn, ndtr(bias + z / (1 - acceleration * z)))
    return float(low), float(high)


def _drawn(exact: bool, count: int) -> str:
    return "exact" if exact else f"{count:,} random rearrangements"


def _divisions(m: int, n: int, rng: np.random.Generator) -> tuple[IntArray, bool]:
    """Members of the compared group in every division of m + n patients, or in a draw of them."""
    total = math.comb(m + n, n)
    if total <= ENUMERATE_UP_TO:
        return np.array(list(combinations(range(m + n), n)), dtype=np.intp), True
    order = rng.permuted(np.tile(np.arange(m + n), (ENUMERATE_UP_TO, 1)), axis=1)
    return order[:, :n], False


def _two_sided(statistics: FloatArray, observed: float, exact: bool) -> float:
    """Twice the smaller tail, at most 1; a random draw counts the observed arrangement too."""
    slack = 1e-9 * abs(observed)
    tail = min((statistics >= observed - slack).sum(), (statistics <= observed + slack).sum())
    share = tail / len(statistics) if exact else (tail + 1) / (len(statistics) + 1)
    return min(1.0, 2 * float(share))


def _typical_limits(
    typical: FloatArray, rearrangements: int, exact: bool, level: float
) -> tuple[float, float]:
    """Limits of the shifts that a rearrangement test accepts, infinite where it rejects none."""
    total = rearrangements if exact else rearrangements + 1
    rank = math.floor(total * (1 - level) / 2 + 1e-9)
    ordered = np.sort(typical)
    if rank < 1:
        return -math.inf, math.inf
    return float(ordered[rank - 1]), float(ordered[-rank])
