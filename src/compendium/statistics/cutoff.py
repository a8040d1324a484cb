"""What a cut-off chosen on the same data is worth: its spread, its corrected p, its optimism.

Exploratory by definition. A cut-off that is the best of many looks better than it is: its p must
pay for the search, its sensitivity and specificity shrink in new patients, and another sample of
the same size would have chosen another value.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from compendium.errors import NotEstimable
from compendium.estimates import Estimate, labelled, not_estimable
from compendium.statistics.ranks import finite, two_groups
from compendium.statistics.resampling import bca_limits

FloatArray = NDArray[np.float64]

PARTED = "AUC of the score parted at the cut-off"
LEAST_SHARE = 0.1  # of the patients on either side of a cut-off


@dataclass(frozen=True)
class CutoffBootstrap:
    """Bootstrap of the AUC and of the best cut-off, all steps repeated in every resample.

    Attributes:
        cut: the cut-off with the greatest Youden index; positive is at or above it.
        cuts: the one chosen in each resample, shape (resamples,).
        auc: the AUC of the score itself with its BCa interval; nothing was chosen, so that it
            needs no correction.
        estimates: sensitivity, specificity and AUC at the cut-off, as seen and less the optimism.
        reason: empty, or why there is no cut-off.
    """

    cut: float
    cuts: FloatArray
    auc: Estimate
    estimates: pd.DataFrame
    reason: str = ""

    def numbers(self) -> dict[str, Estimate]:
        """AUC at the cut-off as seen and corrected, and the range of the choices, as Estimates."""
        low, high = self.interval()
        parted = self.estimates.set_index("measure").loc[PARTED]
        values = {
            "cut_auc_seen": parted["as_seen"],
            "cut_auc_corrected": parted["corrected"],
            "cut_lowest": low,
            "cut_highest": high,
        }
        method = f"bootstrap, {len(self.cuts)} resamples"
        return {
            name: Estimate(estimate=float(v), n=self.auc.n, method=method, reason=self.reason)
            for name, v in values.items()
        }

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Range that holds the chosen cut-off in `level` of the resamples."""
        if self.reason:
            return math.nan, math.nan
        low, high = np.quantile(self.cuts, [(1 - level) / 2, (1 + level) / 2], method="nearest")
        return float(low), float(high)


def bootstrap_cutoff(
    reference: ArrayLike,
    compared: ArrayLike,
    rng: np.random.Generator,
    *,
    resamples: int = 2000,
    level: float = 0.95,
) -> CutoffBootstrap:
    """Choose a cut-off by Youden's index and bootstrap the choice within the groups.

    Args:
        reference, compared: scores of the two groups, shapes (m,) and (n,), five patients or more
            in each.

    Returns:
        What was found; labelled with the reason where there is no cut-off.

    Source:
        Youden, Cancer 1950, doi:10.1002/1097-0142(1950)3:1<32::AID-CNCR2820030106>3.0.CO;2-3;
        Efron & Tibshirani, J Am Stat Assoc 1997, doi:10.1080/01621459.1997.10474007 (each
        resample's rule is tested on the patients whom it left out; the usual subtraction of the
        optimism leaves 0.02 of it in the AUC of a cut-off, which jumps).
    """
    try:
        m, n, scores = two_groups(reference, compared, least=5)
        cuts = candidate_cuts(scores)
    except NotEstimable as why:
        nothing = _with_optimism(np.full(2, np.nan), np.full(2, np.nan))
        return CutoffBootstrap(math.nan, np.empty(0), not_estimable(str(why)), nothing, str(why))
    above = (scores[:, None] >= cuts).astype(float)
    times = (
        rng.multinomial(m, np.full(m, 1 / m), resamples),
        rng.multinomial(n, np.full(n, 1 / n), resamples),
    )
    seen = _rates(above, m, np.ones((1, m)), np.ones((1, n)))[:, 0]
    best = int(seen.sum(axis=0).argmax())
    chosen = _rates(above, m, *times).sum(axis=0).argmax(axis=1)
    left_out = times[0] == 0, times[1] == 0
    tested = _rates(above, m, *left_out)[:, np.arange(resamples), chosen]
    wins = (scores[m:, None] > scores[None, :m]) + 0.5 * (scores[m:, None] == scores[None, :m])
    aucs = ((times[1] @ wins) * times[0]).sum(axis=1) / (m * n)
    return CutoffBootstrap(
        cut=float(cuts[best]),
        cuts=cuts[chosen],
        auc=_bootstrapped_auc(wins, aucs, level),
        estimates=_with_optimism(seen[:, best], np.nanmean(tested, axis=1)),
    )


def candidate_cuts(scores: FloatArray) -> FloatArray:
    """Values that part the patients with at least a tenth of them on either side, shape (k,).

    Raises:
        NotEstimable: no value does.
    """
    values = np.unique(scores)[1:]
    below = (scores[:, None] < values).mean(axis=0)
    cuts: FloatArray = values[(below >= LEAST_SHARE) & (below <= 1 - LEAST_SHARE)]
    if len(cuts) == 0:
        raise NotEstimable("no cut-off leaves a tenth of the patients on either side")
    return cuts


@labelled
def maximally_selected(score: ArrayLike, event: ArrayLike) -> Estimate:
    """The cut-off that parts the outcome best, with an exact p that pays for the search.

    The statistic is the greatest standardised difference of the events above a cut-off from their
    expectation; its null distribution is counted over all orders of the outcome, ties included.

    Args:
        score: shape (n,).
        event: True for the compared group, shape (n,).

    Source:
        Lausen & Schumacher, Biometrics 1992, doi:10.2307/2532740 (statistic); Koziol, Biometrics
        1991, doi:10.2307/2532401 (exact distribution by counting paths).
    """
    values, happened = finite(score, "score"), np.asarray(event, dtype=bool)
    _, _, pooled = two_groups(values[~happened], values[happened], least=2)
    happened = np.repeat([False, True], [(~happened).sum(), happened.sum()])
    cuts = candidate_cuts(pooled)
    statistics = standardised(pooled, happened, cuts)
    best = int(np.abs(statistics).argmax())
    return Estimate(
        estimate=float(cuts[best]),
        n=len(pooled),
        events=int(happened.sum()),
        p=_exact_p(pooled, int(happened.sum()), cuts, float(np.abs(statistics[best]))),
        method="maximally selected rank statistic, exact p",
    )


def standardised(score: FloatArray, event: NDArray[np.bool_], cuts: FloatArray) -> FloatArray:
    """Events at or above each cut-off less those expected, in standard deviations, shape (k,)."""
    size, events = len(score), int(event.sum())
    above = (score[:, None] >= cuts).sum(axis=0)
    seen = (score[event][:, None] >= cuts).sum(axis=0)
    variance = events * (size - events) * above * (size - above) / (size**2 * (size - 1))
    found: FloatArray = (seen - above * events / size) / np.sqrt(variance)
    return found


def naive_p(statistic: float) -> float:
    """The p that ignores the search, for comparison: of one cut-off fixed beforehand."""
    return float(2 * ndtr(-abs(statistic)))


def _exact_p(scores: FloatArray, events: int, cuts: FloatArray, reached: float) -> float:
    """Share of all orders of the outcome whose greatest statistic is at least the one reached.

    Walks up the ordered patients and counts the orders that stay below `reached` at every cut-off.
    """
    size = len(scores)
    ways = np.zeros(events + 1)
    ways[0] = 1
    stops = set((scores[:, None] < cuts).sum(axis=0).tolist())
    counts = np.arange(events + 1)
    logs = 0.0
    for walked in range(1, size + 1):
        ways[1:] += ways[:-1].copy()
        if walked in stops:
            variance = events * (size - events) * walked * (size - walked)
            deviation = np.abs(counts - walked * events / size)
            ways[deviation >= (reached - 1e-9) * math.sqrt(variance / (size**2 * (size - 1)))] = 0
        if (largest := ways.max()) > 1e200:
            ways, logs = ways / largest, logs + math.log(largest)
    if ways[events] == 0:
        return 1.0
    log_total = math.lgamma(size + 1) - math.lgamma(events + 1) - math.lgamma(size - events + 1)
    return float(min(1.0, max(0.0, -math.expm1(math.log(ways[events]) + logs - log_total))))


@labelled
def _bootstrapped_auc(wins: FloatArray, aucs: FloatArray, level: float) -> Estimate:
    n, m = wins.shape
    total = wins.sum()
    left_out = np.concatenate(
        [(total - wins.sum(axis=1)) / ((n - 1) * m), (total - wins.sum(axis=0)) / (n * (m - 1))]
    )
    low, high = bca_limits(float(wins.mean()), aucs, left_out, level)
    return Estimate(
        estimate=float(wins.mean()),
        low=low,
        high=high,
        n=n + m,
        method=f"AUC, BCa bootstrap, {len(aucs)} resamples",
        level=level,
        within=(0.0, 1.0),
    )


def _rates(
    above: FloatArray, m: int, reference: NDArray[Any], compared: NDArray[Any]
) -> FloatArray:
    """Sensitivity and specificity at every cut-off, by weights of the patients.

    Args:
        above: whether each patient (reference first) is at or above each cut-off, shape (m + n, k).
        reference, compared: weights, shapes (b, m) and (b, n).

    Returns:
        Shape (2, b, k); nan where no patient of a group has weight.
    """
    totals = compared.sum(axis=1, keepdims=True), reference.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        return np.array(
            [(compared @ above[m:]) / totals[0], 1 - (reference @ above[:m]) / totals[1]]
        )


def _with_optimism(seen: FloatArray, corrected: FloatArray) -> pd.DataFrame:
    """Sensitivity, specificity and AUC at the cut-off: as seen, optimism, corrected."""
    values, tested = np.append(seen, seen.mean()), np.append(corrected, corrected.mean())
    return pd.DataFrame(
        {
            "measure": ["sensitivity", "specificity", PARTED],
            "as_seen": values,
            "optimism": values - tested,
            "corrected": tested,
        }
    )
