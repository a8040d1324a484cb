"""Area under the ROC curve: P(compared > reference), ties counting half, with its intervals.

    auc(reference, compared)               interval that holds from five a group
    auc_delong(reference, compared)        DeLong's own, as pROC gives it
    auc_difference(event, marker, other)   two markers in the same patients

DeLong's interval covers 77 to 95 % at 10 to 30 a group (benchmarks/bench_coverage.py): it takes the
AUC for normal however near to 1, and its error is 0 where the groups do not overlap. On the logit
scale it falls to 89 % where few values and a high AUC meet. Newcombe's, which knows the sizes and
the AUC alone, falls to 90 % where the smaller group varies more. Where one is short the other is
not, so that of each limit the outer one is taken: 94.8 % at least.
"""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import expit, logit, ndtr, ndtri

from compendium.errors import NotEstimable
from compendium.estimates import Estimate, labelled
from compendium.statistics.ranks import FloatArray, finite, settled, two_groups

SHARE = (0.0, 1.0)


@labelled
def auc(reference: ArrayLike, compared: ArrayLike, *, level: float = 0.95) -> Estimate:
    """AUC with the outer one of each limit by DeLong on the logit scale and by Newcombe.

    Its test is Wilcoxon's, which hodges_lehmann gives.

    Raises:
        NotEstimable: a group has fewer than two values, or all values are equal.

    Source:
        DeLong et al., Biometrics 1988, doi:10.2307/2531595; Newcombe, Stat Med 2006 (part 2),
        doi:10.1002/sim.2324, method 5.
    """
    m, n, pooled = two_groups(reference, compared, least=2)
    estimate, error = _delong(pooled[:m], pooled[m:])
    low, high = _newcombe(estimate, m, n, level)
    if error > 0:
        half = float(ndtri((1 + level) / 2)) * error / (estimate * (1 - estimate))
        low = min(low, float(expit(logit(estimate) - half)))
        high = max(high, float(expit(logit(estimate) + half)))
    return Estimate(
        estimate=estimate,
        low=low,
        high=high,
        n=m + n,
        method="AUC, outer limits of logit-DeLong and Newcombe",
        level=level,
        within=SHARE,
    )


def _delong(reference: FloatArray, compared: FloatArray) -> tuple[float, float]:
    """AUC and DeLong's standard error of it."""
    of_compared, of_reference = placements(reference, compared)
    variance = of_compared.var(ddof=1) / len(compared) + of_reference.var(ddof=1) / len(reference)
    return float(of_compared.mean()), math.sqrt(variance)


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


@labelled
def auc_delong(reference: ArrayLike, compared: ArrayLike, *, level: float = 0.95) -> Estimate:
    """AUC with DeLong's interval, as pROC gives it; beside `auc`, for comparison with others.

    Raises:
        NotEstimable: a group has fewer than two values, all values are equal, or the groups do not
            overlap.

    Source:
        DeLong et al., Biometrics 1988, doi:10.2307/2531595.
    """
    m, n, pooled = two_groups(reference, compared, least=2)
    estimate, error = _delong(pooled[:m], pooled[m:])
    if error == 0:
        raise NotEstimable(f"the AUC is {estimate:g} and DeLong's error 0")
    z = float(ndtri((1 + level) / 2))
    return Estimate(
        estimate=estimate,
        low=estimate - z * error,
        high=estimate + z * error,
        n=m + n,
        method="AUC, DeLong",
        level=level,
        within=SHARE,
    )


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
        within=(-1.0, 1.0),
    )


def placements(reference: FloatArray, compared: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Share of the other group below each value, ties counting half: of `compared`, of `reference`.

    The second is the share of `compared` above each reference value, so both means are the AUC.
    """
    low, high = np.sort(reference), np.sort(compared)
    below = np.searchsorted(low, compared, "left") + np.searchsorted(low, compared, "right")
    above = np.searchsorted(high, reference, "left") + np.searchsorted(high, reference, "right")
    return below / (2 * len(low)), 1 - above / (2 * len(high))
