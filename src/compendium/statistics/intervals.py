"""Effect sizes of small groups with their intervals: shifts, AUC, resampling, families of tests.

Every analysis takes plain arrays without missing values and returns one Estimate; where the data do
not carry it, the Estimate is labelled with the reason.

    hodges_lehmann(reference, compared)          shift of two groups, Wilcoxon rank-sum p
    hodges_lehmann_paired(differences)           shift within pairs, Wilcoxon signed-rank p
    auc_delong(reference, compared)              P(compared > reference)
    auc_difference(event, marker, other)         two markers in the same patients
    permutation(reference, compared, rng)        difference of means, permutation p and interval
    sign_flip(values, rng)                       mean against 0, sign-flip p and interval
    bootstrap(statistic, rows, rng)              any statistic of rows, BCa interval
    holm(p), family({name: p})                   p-values of one family, adjusted
    exponentiated(estimate)                      from the log scale to a ratio
"""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from compendium.errors import NotEstimable
from compendium.estimates import Estimate, labelled, require_at_least
from compendium.statistics.ranks import (
    EXACT_UP_TO,
    FloatArray,
    accepted_shifts,
    finite,
    rank_sum_p,
    settled,
    signed_rank_p,
    two_groups,
)
from compendium.statistics.resampling import bootstrap, permutation, sign_flip

__all__ = [
    "auc_delong",
    "auc_difference",
    "bootstrap",
    "exponentiated",
    "family",
    "hodges_lehmann",
    "hodges_lehmann_paired",
    "holm",
    "permutation",
    "placements",
    "sign_flip",
]


@labelled
def hodges_lehmann(
    reference: ArrayLike, compared: ArrayLike, *, unit: str = "", level: float = 0.95
) -> Estimate:
    """Hodges–Lehmann shift of `compared` against `reference`, with Wilcoxon's rank-sum p.

    The interval spans the shifts that the same test accepts, ends included: 0 lies inside it only
    where p exceeds 1 - level (with ties it can be an end all the same). It is infinite where the
    groups are too small to reject anything.

    Args:
        reference, compared: the two groups, shapes (m,) and (n,), in `unit`.

    Raises:
        NotEstimable: a group is empty, or all values are equal.

    Source:
        Hodges & Lehmann, Ann Math Stat 1963, doi:10.1214/aoms/1177704172.
    """
    m, n, pooled = two_groups(reference, compared)
    first, second = pooled[:m], pooled[m:]
    differences = np.subtract.outer(second, first).ravel()
    low, high = accepted_shifts(differences, lambda shift: rank_sum_p(first, second - shift), level)
    tied = len(np.unique(pooled)) < m + n
    return Estimate(
        estimate=float(np.median(differences)),
        low=low,
        high=high,
        unit=unit,
        n=m + n,
        p=rank_sum_p(first, second),
        method=f"Hodges–Lehmann shift, Wilcoxon rank-sum test, {_exactness(m + n, tied)}",
        level=level,
    )


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
    low, high = accepted_shifts(walsh, lambda shift: signed_rank_p(values - shift), level)
    tied = len(np.unique(np.abs(values))) < len(values) or bool((values == 0).any())
    return Estimate(
        estimate=float(np.median(walsh)),
        low=low,
        high=high,
        unit=unit,
        n=len(values),
        p=signed_rank_p(values),
        method=f"Hodges–Lehmann pseudomedian, Wilcoxon signed-rank test, "
        f"{_exactness(len(values), tied)}",
        level=level,
    )


@labelled
def auc_delong(reference: ArrayLike, compared: ArrayLike, *, level: float = 0.95) -> Estimate:
    """AUC: P(compared > reference), ties counting half, with DeLong's interval and no p.

    Its test is Wilcoxon's, which hodges_lehmann gives. Where the groups do not overlap DeLong's
    standard error is 0 and its interval a point; Newcombe's score interval is given instead.

    Raises:
        NotEstimable: a group has fewer than two values, or all values are equal.

    Source:
        DeLong et al., Biometrics 1988, doi:10.2307/2531595; Newcombe, Stat Med 2006 (part 2),
        doi:10.1002/sim.2324, method 5.
    """
    m, n, pooled = two_groups(reference, compared, least=2)
    of_compared, of_reference = placements(pooled[:m], pooled[m:])
    auc = float(of_compared.mean())
    error = math.sqrt(of_compared.var(ddof=1) / n + of_reference.var(ddof=1) / m)
    if error > 0:
        z = float(ndtri((1 + level) / 2))
        low, high, method = max(0.0, auc - z * error), min(1.0, auc + z * error), "AUC, DeLong"
    else:
        low, high = _newcombe(auc, m, n, level)
        method = "AUC, Newcombe score interval (DeLong's error is 0)"
    return Estimate(estimate=auc, low=low, high=high, n=m + n, method=method, level=level)


@labelled
def auc_difference(
    event: ArrayLike, marker: ArrayLike, other: ArrayLike, *, level: float = 0.95
) -> Estimate:
    """AUC of `marker` less AUC of `other` in the same patients, by DeLong's paired test.

    Args:
        event: True for the compared group, shape (n,).
        marker, other: two markers, shape (n,), higher in the compared group.
    """
    happened = np.asarray(event, dtype=bool)
    pairs = []
    for values in (marker, other):
        array = finite(values, "marker")
        two_groups(array[~happened], array[happened], least=2)
        pairs.append(placements(settled(array)[~happened], settled(array)[happened]))
    compared, reference = pairs[0][0] - pairs[1][0], pairs[0][1] - pairs[1][1]
    difference = float(compared.mean())
    error = math.sqrt(compared.var(ddof=1) / len(compared) + reference.var(ddof=1) / len(reference))
    if error == 0:
        raise NotEstimable("the two markers order all patients alike")
    z = float(ndtri((1 + level) / 2))
    return Estimate(
        estimate=difference,
        low=difference - z * error,
        high=difference + z * error,
        n=len(happened),
        events=int(happened.sum()),
        p=float(2 * ndtr(-abs(difference) / error)),
        method="difference of AUC, DeLong, paired",
        level=level,
    )


def placements(reference: FloatArray, compared: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Share of the other group below each value, ties counting half: of `compared`, of `reference`.

    The second is the share of `compared` above each reference value, so both means are the AUC.
    """
    low, high = np.sort(reference), np.sort(compared)
    below = np.searchsorted(low, compared, "left") + np.searchsorted(low, compared, "right")
    above = np.searchsorted(high, reference, "left") + np.searchsorted(high, reference, "right")
    return below / (2 * len(low)), 1 - above / (2 * len(high))


def holm(p: ArrayLike) -> FloatArray:
    """p-values of one pre-specified family adjusted by Holm's step-down rule, shape (k,).

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


def family(p: Mapping[str, float]) -> pd.DataFrame:
    """Tests of one pre-specified family, with p as found and adjusted by Holm: test, p, p_holm."""
    values = np.array(list(p.values()), dtype=float)
    return pd.DataFrame({"test": list(p), "p": values, "p_holm": holm(values)})


def exponentiated(estimate: Estimate, unit: str = "") -> Estimate:
    """An estimate on the natural-log scale as a ratio, limits with it."""
    return replace(
        estimate,
        estimate=math.exp(estimate.estimate),
        low=math.exp(estimate.low),
        high=math.exp(estimate.high),
        unit=unit,
    )


def _exactness(size: int, tied: bool) -> str:
    if size > EXACT_UP_TO:
        return "normal approximation, corrected for ties" if tied else "normal approximation"
    return "exact given the ties" if tied else "exact"


def _newcombe(auc: float, m: int, n: int, level: float) -> tuple[float, float]:
    """Newcombe's score limits of an AUC, which hold at 0 and 1 too."""
    z, size = float(ndtri((1 + level) / 2)), (m + n) / 2 - 1

    def excess(true: float) -> float:
        variance = true * (1 - true) / (m * n)
        variance *= 1 + size * (1 - true) / (2 - true) + size * true / (1 + true)
        return (auc - true) ** 2 - z**2 * variance

    # At 0 and 1 the variance vanishes, which is a root too: the other one is meant.
    low = 0.0 if auc == 0 else float(brentq(excess, 0.0, min(auc, 1 - 1e-9)))
    high = 1.0 if auc == 1 else float(brentq(excess, max(auc, 1e-9), 1.0))
    return low, high
