"""What many simulated studies say of an analysis: bias, coverage, rejections, and their error."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import ndtri

Z_95 = float(ndtri(0.975))


def wilson(hits: float, trials: int, z: float = Z_95) -> tuple[float, float]:
    """Interval of a share by Wilson's score, within 0 and 1; nan without a trial.

    Source:
        Wilson, J Am Stat Assoc 1927, doi:10.1080/01621459.1927.10502953.
    """
    if trials == 0:
        return math.nan, math.nan
    share, spread = hits / trials, z * z / trials
    middle = (share + spread / 2) / (1 + spread)
    half = math.sqrt(spread * share * (1 - share) + spread**2 / 4) / (1 + spread)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def percent(name: str, happened: Sequence[bool] | np.ndarray) -> dict[str, float]:
    """A share of studies in percent with its Wilson interval: name, name_low, name_high."""
    hits, trials = float(np.sum(happened)), len(happened)
    low, high = wilson(hits, trials)
    share = hits / trials if trials else math.nan
    return {name: 100 * share, f"{name}_low": 100 * low, f"{name}_high": 100 * high}


def bias_of(values: np.ndarray, true: float, *, log: bool) -> dict[str, float]:
    """Mean estimate, its bias and the bias's Monte-Carlo standard error.

    Args:
        values: estimates, shape (n,); logarithms where `log`.
        true: the truth, not as a logarithm.
        log: of a ratio: the mean is geometric, and bias is in percent of the truth.
    """
    n = len(values)
    middle = float(values.mean()) if n else math.nan
    error = float(values.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan
    if not log:
        return {"mean": middle, "bias": middle - true, "bias_error": error}
    mean = math.exp(middle)
    return {
        "mean": mean,
        "bias": 100 * (mean / true - 1),
        "bias_error": 100 * mean / true * error,
    }
