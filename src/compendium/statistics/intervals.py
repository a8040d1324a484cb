"""Shifts of small groups with their intervals, and families of tests.

Every analysis takes plain arrays without missing values and returns one Estimate; where the data do
not carry it, the Estimate is labelled with the reason.

    hodges_lehmann(reference, compared)          shift of two groups, Wilcoxon rank-sum p
    hodges_lehmann_paired(differences)           shift within pairs, Wilcoxon signed-rank p
    holm(p)                                      p-values of one family, adjusted
    exponentiated(estimate)                      from the log scale to a ratio
"""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from compendium.errors import NotEstimable
from compendium.estimates import Estimate, labelled, not_estimable, ratio_of, require_at_least
from compendium.statistics.ranks import (
    FloatArray,
    RankTest,
    accepted_shifts,
    finite,
    rank_sum_p,
    rank_sum_test,
    settled,
    signed_rank_p,
    signed_rank_test,
    two_groups,
)


@labelled
def hodges_lehmann(
    reference: ArrayLike, compared: ArrayLike, *, unit: str = "", level: float = 0.95
) -> Estimate:
    """Hodges–Lehmann shift of `compared` against `reference`, with Wilcoxon's rank-sum p.

    The interval spans the shifts that the same test accepts, ends included: it holds 0 where p
    exceeds 1 - level, and else only as an end, with ties. It is infinite where the groups are too
    small to reject anything. Where most values are tied, as at 0, the test rejects every shift that
    parts them: there is no interval then, and the AUC tells the difference.

    Args:
        reference, compared: the two groups, shapes (m,) and (n,), in `unit`.

    Raises:
        NotEstimable: a group is empty, or all values are equal.

    Source:
        Hodges & Lehmann, Ann Math Stat 1963, doi:10.1214/aoms/1177704172.
    """
    m, _, pooled = two_groups(reference, compared)
    first, second = pooled[:m], pooled[m:]
    differences = np.subtract.outer(second, first).ravel()
    spread = math.sqrt(len(differences) * (len(pooled) + 1) / 12)
    low, high = accepted_shifts(
        differences, lambda shift: rank_sum_p(first, second - shift), level, spread
    )
    shift, test = float(np.median(differences)), rank_sum_test(first, second)
    return _shifted(shift, (low, high), pooled, unit, test, "Hodges–Lehmann shift", level)


@labelled
def hodges_lehmann_paired(
    differences: ArrayLike, *, unit: str = "", level: float = 0.95
) -> Estimate:
    """Hodges–Lehmann shift within pairs (pseudomedian), with Wilcoxon's signed-rank p.

    Args:
        differences: one a pair, shape (n,), in `unit`.

    Raises:
        NotEstimable: no pair, or no pair differs.
    """
    values = settled(finite(differences, "differences"))
    require_at_least(len(values), 1, "pairs")
    if not values.any():
        raise NotEstimable(f"all {len(values)} differences are 0")
    upper = np.triu_indices(len(values))
    walsh = ((values[:, None] + values[None, :]) / 2)[upper]
    spread = math.sqrt(len(walsh) * (2 * len(values) + 1) / 12)
    low, high = accepted_shifts(walsh, lambda shift: signed_rank_p(values - shift), level, spread)
    shift, test = float(np.median(walsh)), signed_rank_test(values)
    return _shifted(shift, (low, high), values, unit, test, "Hodges–Lehmann pseudomedian", level)


def _shifted(
    shift: float,
    limits: tuple[float, float],
    values: FloatArray,
    unit: str,
    test: RankTest,
    name: str,
    level: float,
) -> Estimate:
    """A shift with its interval and test; where no other shift is accepted, the test alone."""
    low, high = limits
    if low == high:
        tied, times = np.unique(values, return_counts=True)
        reason = (
            f"no shift but {low:g} is accepted, as {times.max()} of {len(values)} values are "
            f"{tied[times.argmax()]:g}"
        )
        return not_estimable(reason, n=len(values), unit=unit, p=test.p, method=test.name)
    return Estimate(
        estimate=shift,
        low=low,
        high=high,
        unit=unit,
        n=len(values),
        p=test.p,
        method=f"{name}, {test.name}",
        level=level,
    )


def holm(p: ArrayLike) -> FloatArray:
    """p-values of one family adjusted by Holm's step-down rule, shape (k,).

    A test that could not be done (nan) stays nan and still counts as a member of the family.

    Source:
        Holm, Scand J Stat 1979, 6:65–70.
    """
    values = np.asarray(p, dtype=float)
    order = np.argsort(values)  # nan last
    steps = np.minimum(values[order] * np.arange(len(values), 0, -1), 1.0)
    adjusted = np.empty_like(values)
    adjusted[order] = np.fmax.accumulate(steps)
    return np.where(np.isnan(values), np.nan, adjusted)


def exponentiated(estimate: Estimate, unit: str = "") -> Estimate:
    """An estimate on the natural-log scale as a ratio, limits with it."""
    value, low, high = map(ratio_of, (estimate.estimate, estimate.low, estimate.high))
    return replace(estimate, estimate=value, low=low, high=high, unit=unit)
