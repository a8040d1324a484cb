"""The standardised mean difference of a variable between two groups, of numbers or of levels."""

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
ROUNDING = 1e-12


def standardised_difference(first: pd.Series, second: pd.Series) -> float:
    """Second less first group in standard deviations; of levels, the distance of their shares.

    Args:
        first, second: known values of the two groups, numbers or levels.

    Returns:
        Infinite where what differs does not vary in either group; nan where a group has no value,
        or numbers of one value only.

    Source:
        Yang & Dalton, SAS Global Forum 2012, paper 335.
    """
    if not len(first) or not len(second):
        return math.nan
    if pd.api.types.is_float_dtype(first):
        if min(len(first), len(second)) < 2:
            return math.nan
        spread = math.sqrt((float(first.var()) + float(second.var())) / 2)
        difference = float(second.mean() - first.mean())
        return difference / spread if spread > 0 else _without_spread(difference)
    levels = sorted(set(first) | set(second))[1:]  # the first follows from the others
    shares = [
        np.array([float((side == level).mean()) for level in levels]) for side in (first, second)
    ]
    covariance = (_covariance(shares[0]) + _covariance(shares[1])) / 2
    return _distance(shares[1] - shares[0], covariance)


def _without_spread(difference: float) -> float:
    return math.copysign(math.inf, difference) if difference else 0.0


def _covariance(shares: FloatArray) -> FloatArray:
    return np.diag(shares) - np.outer(shares, shares)


def _distance(difference: FloatArray, covariance: FloatArray) -> float:
    """Mahalanobis distance, infinite along what does not vary."""
    if not len(difference):
        return 0.0
    variances, axes = np.linalg.eigh(covariance)
    along = axes.T @ difference
    fixed = variances <= ROUNDING
    if (np.abs(along[fixed]) > ROUNDING).any():
        return math.inf
    return math.sqrt(float((along[~fixed] ** 2 / variances[~fixed]).sum()))
