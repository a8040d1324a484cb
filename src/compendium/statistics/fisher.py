"""Counts of two groups: the conditional odds ratio with its exact interval, and exact p.

fisher_odds_ratio(counts)            2 x 2: conditional odds ratio, Fisher's exact p
fisher_test(counts)                  r x 2: p, and how it was found
"""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln
from scipy.stats import random_table
from scipy.stats.contingency import odds_ratio

from compendium.errors import NotEstimable
from compendium.estimates import Estimate, labelled, require_at_least

MAX_TABLES = 20_000_000  # with one margin fixed; a study of this size has a few thousand
ROUNDING = 1e-7
DRAWS = 100_000  # tables drawn where there are more


@labelled
def fisher_odds_ratio(counts: ArrayLike, *, level: float = 0.95) -> Estimate:
    """Conditional odds ratio of a 2×2 table with exact interval, and Fisher's exact p.

    Args:
        counts: rows: finding absent, present; columns: reference group, compared group. Above 1 the
            finding is commoner in the compared group.

    Raises:
        NotEstimable: a row or a column is empty.

    Source:
        Fisher, J R Stat Soc 1935, doi:10.2307/2342435; interval as R's fisher.test.
    """
    table = np.asarray(counts, dtype=int)
    _require_margins(table)
    found = odds_ratio(table, kind="conditional")
    limits = found.confidence_interval(confidence_level=level)
    return Estimate(
        estimate=float(found.statistic),
        low=float(limits.low),
        high=float(limits.high),
        n=int(table.sum()),
        events=int(table[1].sum()),
        p=fisher_p(table),
        method="conditional odds ratio, Fisher's exact test",
        level=level,
    )


def fisher_p(counts: ArrayLike) -> float:
    """Exact p of an r×2 table (Fisher, Freeman & Halton): tables no likelier than the observed.

    Raises:
        NotEstimable: a column is empty, fewer than two rows hold anybody, or there are too many
            tables to enumerate.

    Source:
        Freeman & Halton, Biometrika 1951, doi:10.1093/biomet/38.1-2.141.
    """
    table = np.asarray(counts, dtype=int)
    table = table[np.argsort(table.sum(axis=1))]  # the largest row last: it follows from the others
    _require_margins(table)
    sizes, total = table.sum(axis=1), int(table[:, 1].sum())
    if not _enumerable(sizes):
        raise NotEstimable(f"too many tables to enumerate: rows of {sizes.tolist()}")
    sums, logs = np.zeros(1, dtype=int), np.zeros(1)
    for size in sizes[:-1]:
        here = np.arange(size + 1)
        sums = np.add.outer(sums, here).ravel()
        logs = np.add.outer(logs, _log_choose(size, here)).ravel()
        logs, sums = logs[sums <= total], sums[sums <= total]
    last = total - sums
    possible = last <= sizes[-1]
    logs = logs[possible] + _log_choose(sizes[-1], last[possible])
    likelihood = np.exp(logs - _log_choose(sizes.sum(), total))
    # As likely as the observed, but for rounding, counts as extreme.
    return float(min(1.0, likelihood[logs <= _log_ways(table) + ROUNDING].sum()))


def fisher_test(counts: ArrayLike) -> tuple[float, str]:
    """Exact p of an r×2 table, or of tables drawn where there are too many, and how it was found.

    Raises:
        NotEstimable: a column is empty, or fewer than two rows hold anybody.
    """
    table = np.asarray(counts, dtype=int)
    _require_margins(table)
    table = table[table.sum(axis=1) > 0]
    if len(table) == 2:
        return fisher_p(table), "Fisher's exact test"
    name, sizes = "Fisher–Freeman–Halton exact test", np.sort(table.sum(axis=1))
    if _enumerable(sizes):
        return fisher_p(table), name
    rng = np.random.default_rng(int(table.sum()))
    drawn = random_table(table.sum(axis=1), table.sum(axis=0)).rvs(DRAWS, random_state=rng)
    as_far = int((_log_ways(drawn.astype(int)) <= _log_ways(table) + ROUNDING).sum())
    return (as_far + 1) / (DRAWS + 1), f"{name}, Monte Carlo, {DRAWS:,} tables"


def _enumerable(sizes: NDArray[np.int_]) -> bool:
    return math.prod(int(size) + 1 for size in sizes[:-1]) <= MAX_TABLES


def _log_ways(tables: NDArray[np.int_]) -> Any:
    """In how many ways each table comes about, up to a factor that its margins fix."""
    return _log_choose(tables.sum(axis=-1), tables[..., 1]).sum(axis=-1)


def _require_margins(table: NDArray[np.int_]) -> None:
    require_at_least(int(table[:, 0].sum()), 1, "in the reference group with the finding known")
    require_at_least(int(table[:, 1].sum()), 1, "in the compared group with the finding known")
    if (table.sum(axis=1) > 0).sum() < 2:
        raise NotEstimable(f"the same finding in all {int(table.sum())} patients")


def _log_choose(n: ArrayLike, k: ArrayLike) -> Any:
    n, k = np.asarray(n, float), np.asarray(k, float)
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
