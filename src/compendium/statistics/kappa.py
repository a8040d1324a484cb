"""Agreement of two classifications beyond chance, with intervals for small tables.

    weighted_kappa(counts)                 Cohen's kappa, by statsmodels
    gwet_ac2(counts)                       Gwet's AC1 and AC2

Their large-sample intervals cover 89 % at 20 pairs. Those here are Student's on Fisher's scale,
from the table with 1/q² added to each of its q² cells.
"""

import math
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as t_distribution
from statsmodels.stats.inter_rater import cohens_kappa

from compendium.errors import InputError, NotEstimable
from compendium.estimates import Estimate, labelled, require_at_least
from compendium.statistics.agreement import AGREEMENT, fisher_z

FloatArray = NDArray[np.float64]


@labelled
def weighted_kappa(
    counts: ArrayLike, weights: str = "quadratic", *, level: float = 0.95
) -> Estimate:
    """Cohen's weighted kappa of two readers.

    Args:
        counts: blocks by band of the first reader (rows) and the second, shape (q, q).
        weights: quadratic, linear or unweighted.

    Raises:
        NotEstimable: both readers used a single band, the same, so that chance agreement is
            complete.

    Source:
        Cohen, Psychol Bull 1968, doi:10.1037/h0026256; standard error by Fleiss, Cohen & Everitt,
        Psychol Bull 1969, doi:10.1037/h0028106; coverage by benchmarks/bench_coverage.py.
    """
    table, w = _table(counts, weights)
    share = table / table.sum()
    if float((w * np.outer(share.sum(axis=1), share.sum(axis=0))).sum()) >= 1:
        raise NotEstimable(f"both readers put all {table.sum():.0f} blocks into one band")
    smoothed = _kappa(_smoothed(table), weights)
    name = f"{weights} kappa" if weights != "unweighted" else "unweighted kappa"
    return _on_fishers_scale(_kappa(table, weights)[0], smoothed, int(table.sum()), name, level)


def _kappa(table: FloatArray, weights: str) -> tuple[float, float]:
    """Weighted kappa and its standard error."""
    with np.errstate(invalid="ignore"):  # a variance of 0 may come out below
        found = cohens_kappa(table, wt=None if weights == "unweighted" else weights)
    return float(found.kappa), float(found.std_kappa)


@labelled
def gwet_ac2(counts: ArrayLike, weights: str = "quadratic", *, level: float = 0.95) -> Estimate:
    """Gwet's AC2 of two readers, which uneven bands do not deflate as they do kappa.

    Args:
        counts, weights: as of weighted_kappa; with unweighted it is AC1.

    Source:
        Gwet, Br J Math Stat Psychol 2008, doi:10.1348/000711006X126600; Handbook of Inter-Rater
        Reliability, 4th ed. 2014, chapter 5 (standard error).
    """
    table, w = _table(counts, weights)
    name = f"Gwet's {'AC1' if weights == 'unweighted' else 'AC2'}, {weights} weights"
    smoothed = _ac2(_smoothed(table), w)
    return _on_fishers_scale(_ac2(table, w)[0], smoothed, int(table.sum()), name, level)


def _ac2(table: FloatArray, w: FloatArray) -> tuple[float, float]:
    """AC2 and its standard error."""
    n, q = table.sum(), len(table)
    share = table / n
    prevalence = (share.sum(axis=1) + share.sum(axis=0)) / 2
    observed = float((w * share).sum())
    chance = float(w.sum() * (prevalence * (1 - prevalence)).sum() / (q * (q - 1)))
    ac2 = (observed - chance) / (1 - chance)
    # Each block's own value, linearised; cell (i, j) holds the blocks with these two bands.
    own = (w - chance) / (1 - chance)
    own_chance = w.sum() * (1 - (prevalence[:, None] + prevalence[None, :]) / 2) / (q * (q - 1))
    linearised = own - 2 * (1 - ac2) * (own_chance - chance) / (1 - chance)
    return ac2, math.sqrt(float((share * (linearised - ac2) ** 2).sum() / (n - 1)))


def _table(counts: ArrayLike, weights: str) -> tuple[FloatArray, FloatArray]:
    """Counts and agreement weights of a square table."""
    table = np.asarray(counts, dtype=float)
    require_at_least(int(table.sum()), 2, "blocks read by both")
    q = len(table)
    require_at_least(q, 2, "bands")
    apart = np.abs(np.subtract.outer(np.arange(q), np.arange(q))) / (q - 1)
    kinds = {"quadratic": 1 - apart**2, "linear": 1 - apart, "unweighted": (apart == 0) * 1.0}
    if weights not in kinds:
        raise InputError(f"weights {weights!r}; expected one of {', '.join(kinds)}")
    return table, cast(FloatArray, kinds[weights])


def _smoothed(table: FloatArray) -> FloatArray:
    """The table with one block more, spread over all cells, so that no variance is 0."""
    return np.asarray(table + 1 / table.size)


def _on_fishers_scale(
    estimate: float, smoothed: tuple[float, float], n: int, name: str, level: float
) -> Estimate:
    """A coefficient with Student's interval on Fisher's scale, from the smoothed table.

    The interval is widened to the estimate where that lies outside, as at perfect agreement.
    """
    centre, error = smoothed
    half = float(t_distribution.ppf((1 + level) / 2, n - 1)) * error / (1 - centre**2)
    low, high = (math.tanh(fisher_z(centre) + side * half) for side in (-1, 1))
    return Estimate(
        estimate=estimate,
        low=min(low, estimate),
        high=max(high, estimate),
        n=n,
        method=f"{name}, Fisher's z of the smoothed table",
        level=level,
        within=AGREEMENT,
    )
