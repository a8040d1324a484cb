"""Agreement of two readers: ICC(2,1), weighted kappa, Gwet's AC2, Bland–Altman limits."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri
from scipy.stats import f as f_distribution
from scipy.stats import t as t_distribution

from compendium.errors import InputError, NotEstimable
from compendium.estimates import Estimate, labelled, not_estimable, require_at_least
from compendium.statistics.kappa import cohen_kappa
from compendium.statistics.resampling import bootstrap
from compendium.trop2.ihc import BANDS, h_band

FloatArray = NDArray[np.float64]

LARGEST_F = 1e12
MEASURES = (
    "ICC(2,1) of H-score, blocks",
    "ICC(2,1) of H-score, patients resampled",
    "quadratic-weighted kappa of bands",
    "Gwet's AC2 of bands",
)


@dataclass(frozen=True)
class Agreement:
    """Agreement of the two readers who read most blocks.

    Attributes:
        readers: their pseudonyms; empty where there are no two.
        pairs: one row a block that both read, with a column of H-scores a reader.
        estimates: by measure; each labelled with the reason where it is not estimable.
        limits: Bland–Altman bias, lower and upper.
    """

    readers: tuple[str, ...]
    pairs: pd.DataFrame
    estimates: Mapping[str, Estimate]
    limits: Mapping[str, Estimate]

    def table(self) -> pd.DataFrame:
        """One row a measure."""
        every = dict(self.estimates) | {f"Bland–Altman {k}": v for k, v in self.limits.items()}
        return pd.DataFrame([{"measure": k} | v.as_row() for k, v in every.items()])


def reader_agreement(scored_reads: pd.DataFrame, rng: np.random.Generator) -> Agreement:
    """Every measure of agreement of two readers on H-score and its bands.

    Blocks of one patient resemble each other, so that the interval of the ICC is given twice: by
    formula over blocks, and by bootstrap over patients.

    Args:
        scored_reads: ihc_read with h_score and band.
    """
    try:
        pairs = paired_reads(scored_reads)
    except NotEstimable as why:
        missing = not_estimable(str(why))
        nothing = {name: missing for name in ("bias", "lower", "upper")}
        return Agreement((), pd.DataFrame(), {name: missing for name in MEASURES}, nothing)
    readers = tuple(pairs.columns[-2:])
    first, second = (pairs[reader].to_numpy(float) for reader in readers)
    counts = band_table(h_band(first), h_band(second), BANDS)
    found = (
        icc_agreement(np.column_stack([first, second])),
        icc_by_patient(pairs, rng),
        weighted_kappa(counts),
        gwet_ac2(counts),
    )
    limits = bland_altman(first, second, unit="points")
    return Agreement(readers, pairs, dict(zip(MEASURES, found, strict=True)), limits)


def paired_reads(
    scored_reads: pd.DataFrame, readers: tuple[str, str] | None = None, value: str = "h_score"
) -> pd.DataFrame:
    """Blocks that two readers both read: patient_id, tissue, block_id and a column a reader.

    Args:
        scored_reads: ihc_read with scores.
        readers: which two; None for the two who read most blocks, in the order of their names.

    Raises:
        NotEstimable: fewer than two readers, or no block read by both.
    """
    if readers is None:
        busiest = scored_reads["reader_id"].value_counts(sort=False).sort_index()
        names = sorted(busiest.sort_values(ascending=False, kind="stable").index[:2])
        if len(names) < 2:
            raise NotEstimable(
                f"{'one reader' if names else 'no reads'}; agreement needs two readers"
            )
        readers = (names[0], names[1])
    block = ["patient_id", "tissue", "block_id"]
    wide = scored_reads.pivot(index=block, columns="reader_id", values=value)
    both = wide.reindex(columns=list(readers)).dropna().reset_index()
    both.columns.name = None
    require_at_least(len(both), 1, f"blocks read by both {readers[0]} and {readers[1]}")
    return both


@labelled
def icc_agreement(ratings: ArrayLike, *, level: float = 0.95) -> Estimate:
    """ICC(2,1): two-way random effects, absolute agreement, of a single reader.

    Args:
        ratings: shape (n, k), a row a block and a column a reader, no missing.

    Raises:
        NotEstimable: fewer than two blocks or readers, or blocks that do not differ.

    Source:
        Shrout & Fleiss, Psychol Bull 1979, doi:10.1037/0033-2909.86.2.420; interval by McGraw &
        Wong, Psychol Methods 1996, doi:10.1037/1082-989X.1.1.30.
    """
    x = np.asarray(ratings, dtype=float)
    n, k = x.shape
    require_at_least(n, 2, "blocks read by all readers")
    require_at_least(k, 2, "readers")
    if np.ptp(x) == 0:
        raise NotEstimable(f"all {n * k} ratings are equal")
    mean = x.mean()
    between_blocks = k * ((x.mean(axis=1) - mean) ** 2).sum() / (n - 1)
    between_readers = n * ((x.mean(axis=0) - mean) ** 2).sum() / (k - 1)
    residual = (x - x.mean(axis=1, keepdims=True) - x.mean(axis=0) + mean).ravel()
    error = (residual**2).sum() / ((n - 1) * (k - 1))
    if between_blocks < 1e-12 * np.ptp(x) ** 2:
        raise NotEstimable(f"the {n} blocks do not differ")
    icc = (between_blocks - error) / (
        between_blocks + (k - 1) * error + k * (between_readers - error) / n
    )
    a = k * icc / (n * (1 - icc)) if icc < 1 else math.inf
    if math.isinf(a):
        return Estimate(estimate=1.0, low=1.0, high=1.0, n=n, method="ICC(2,1)", level=level)
    b = 1 + k * icc * (n - 1) / (n * (1 - icc))
    df = (a * between_readers + b * error) ** 2 / (
        (a * between_readers) ** 2 / (k - 1) + (b * error) ** 2 / ((n - 1) * (k - 1))
    )
    upper_tail = (1 - level) / 2
    # A negative ICC can leave next to no degrees of freedom, and F without a bound.
    f_low = min(f_distribution.isf(upper_tail, n - 1, df), LARGEST_F)
    f_high = min(f_distribution.isf(upper_tail, df, n - 1), LARGEST_F)
    noise = k * between_readers + (k * n - k - n) * error
    return Estimate(
        estimate=float(icc),
        low=float(n * (between_blocks - f_low * error) / (f_low * noise + n * between_blocks)),
        high=float(n * (f_high * between_blocks - error) / (noise + n * f_high * between_blocks)),
        n=n,
        method="ICC(2,1), absolute agreement, single reader",
        level=level,
    )


@labelled
def icc_by_patient(pairs: pd.DataFrame, rng: np.random.Generator) -> Estimate:
    """ICC(2,1) over blocks with an interval from resampling patients with all their blocks.

    Args:
        pairs: of `paired_reads`; the last two columns are the readers.
    """
    ratings = pairs[pairs.columns[-2:]].to_numpy(float)
    by_block = icc_agreement(ratings)
    if not by_block.estimable:
        return by_block
    blocks = list(pairs.groupby("patient_id").indices.values())

    def icc(patients: NDArray[np.intp]) -> float:
        return icc_agreement(ratings[np.concatenate([blocks[i] for i in patients])]).estimate

    found = bootstrap(icc, len(blocks), rng)
    return replace(found, method=f"ICC(2,1), {found.method} of patients")


@labelled
def weighted_kappa(
    counts: ArrayLike, weights: str = "quadratic", *, level: float = 0.95
) -> Estimate:
    """Cohen's weighted kappa of two readers, with its large-sample interval.

    Args:
        counts: blocks by band of the first reader (rows) and the second, shape (q, q).
        weights: quadratic, linear or unweighted.

    Raises:
        NotEstimable: one reader, or both, used a single band, so that chance agreement is complete.

    Source:
        Cohen, Psychol Bull 1968, doi:10.1037/h0026256; standard error by Fleiss, Cohen & Everitt,
        Psychol Bull 1969, doi:10.1037/h0028106.
    """
    share, n, w = _table(counts, weights)
    require_at_least(n, 2, "blocks read by both")
    if float((w * np.outer(share.sum(axis=1), share.sum(axis=0))).sum()) >= 1:
        raise NotEstimable(f"both readers put all {n} blocks into one band")
    found = cohen_kappa(share * n, weights, level=level)
    return replace(found, p=math.nan, method=f"{weights} kappa")


@labelled
def gwet_ac2(counts: ArrayLike, weights: str = "quadratic", *, level: float = 0.95) -> Estimate:
    """Gwet's AC2 of two readers, which uneven bands do not deflate as they do kappa.

    Args:
        counts, weights: as of weighted_kappa; with unweighted it is AC1.

    Source:
        Gwet, Br J Math Stat Psychol 2008, doi:10.1348/000711006X126600; Handbook of Inter-Rater
        Reliability, 4th ed. 2014, chapter 5 (t interval with n - 1 degrees of freedom).
    """
    share, n, w = _table(counts, weights)
    require_at_least(n, 2, "blocks read by both")
    q = len(share)
    prevalence = (share.sum(axis=1) + share.sum(axis=0)) / 2
    observed = float((w * share).sum())
    chance = float(w.sum() * (prevalence * (1 - prevalence)).sum() / (q * (q - 1)))
    if chance >= 1:
        raise NotEstimable("chance agreement is complete")
    ac2 = (observed - chance) / (1 - chance)
    # Each block's own value, linearised; cell (i, j) holds the blocks with these two bands.
    own = (w - chance) / (1 - chance)
    own_chance = w.sum() * (1 - (prevalence[:, None] + prevalence[None, :]) / 2) / (q * (q - 1))
    linearised = own - 2 * (1 - ac2) * (own_chance - chance) / (1 - chance)
    variance = float((share * (linearised - ac2) ** 2).sum() / (n - 1))
    critical = float(t_distribution.ppf((1 + level) / 2, n - 1))
    half = critical * math.sqrt(variance)
    return Estimate(
        estimate=ac2,
        low=ac2 - half,
        high=min(1.0, ac2 + half),
        n=n,
        method=f"Gwet's {'AC1' if weights == 'unweighted' else 'AC2'}, {weights} weights",
        level=level,
    )


def bland_altman(first: ArrayLike, second: ArrayLike, unit: str = "") -> dict[str, Estimate]:
    """Bias and 95 % limits of agreement of `second` less `first`, each with its 95 % interval.

    Args:
        first, second: the two readers' values of the same blocks, shape (n,).

    Returns:
        bias, lower and upper.

    Source:
        Bland & Altman, Stat Methods Med Res 1999, doi:10.1177/096228029900800204.
    """
    difference = np.asarray(second, float) - np.asarray(first, float)
    n = len(difference)
    spread = float(difference.std(ddof=1)) if n > 1 else math.nan
    mean = float(difference.mean()) if n else math.nan
    t = float(t_distribution.ppf(0.975, n - 1)) if n > 1 else math.nan
    z = float(ndtri(0.975))
    error_of_limit = spread * math.sqrt(1 / n + z**2 / (2 * (n - 1))) if n > 1 else math.nan
    parts = {
        "bias": (mean, spread / math.sqrt(n) if n else math.nan),
        "lower": (mean - z * spread, error_of_limit),
        "upper": (mean + z * spread, error_of_limit),
    }
    return {name: _limit(name, value, t * error, n, unit) for name, (value, error) in parts.items()}


@labelled
def _limit(name: str, value: float, half: float, n: int, unit: str) -> Estimate:
    require_at_least(n, 3, "blocks read by both")
    method = "Bland–Altman, " + ("mean difference" if name == "bias" else f"{name} 95% limit")
    return Estimate(
        estimate=value, low=value - half, high=value + half, unit=unit, n=n, method=method
    )


def band_table(first: ArrayLike, second: ArrayLike, bands: tuple[str, ...]) -> pd.DataFrame:
    """Blocks by band of the first reader (rows) and of the second (columns)."""
    rows = pd.Categorical(np.asarray(first), categories=bands)
    columns = pd.Categorical(np.asarray(second), categories=bands)
    return pd.crosstab(rows, columns, dropna=False, rownames=["first"], colnames=["second"])


def _table(counts: ArrayLike, weights: str) -> tuple[FloatArray, int, FloatArray]:
    """Shares, number of blocks and agreement weights of a square table."""
    table = np.asarray(counts, dtype=float)
    n = int(table.sum())
    require_at_least(n, 1, "blocks read by both")
    q = len(table)
    apart = np.abs(np.subtract.outer(np.arange(q), np.arange(q))) / (q - 1)
    kinds = {"quadratic": 1 - apart**2, "linear": 1 - apart, "unweighted": (apart == 0) * 1.0}
    if weights not in kinds:
        raise InputError(f"weights {weights!r}; expected one of {', '.join(kinds)}")
    return table / n, n, cast(FloatArray, kinds[weights])
