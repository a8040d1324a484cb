"""Comparing a measured value with a limit: a value at the limit is at it, whatever its last bit.

Values of a study have a few decimals, and quotients of them have none: 2.1 / 3.0 is above 0.70 by
one bit and equal to it by arithmetic. Nothing that was measured differs from a limit by one part in
10⁹ without being equal to it, so that is what counts as equal here.
"""

import numpy as np
import pandas as pd

SAME = 1e-9


def _at(values: pd.Series, limit: float | pd.Series) -> pd.Series:
    size = np.maximum(np.abs(values.astype(float)), np.abs(limit))
    return (values.astype(float) - limit).abs() <= SAME * np.maximum(size, 1e-300)


def at_least(values: pd.Series, limit: float | pd.Series) -> pd.Series:
    """Whether each value is at the limit or above it; missing where the value is."""
    return _known(values, (values.astype(float) > limit) | _at(values, limit))


def above(values: pd.Series, limit: float | pd.Series) -> pd.Series:
    """Whether each value is above the limit and not at it; missing where the value is."""
    return _known(values, (values.astype(float) > limit) & ~_at(values, limit))


def at_most(values: pd.Series, limit: float | pd.Series) -> pd.Series:
    """Whether each value is at the limit or below it; missing where the value is."""
    return _known(values, (values.astype(float) < limit) | _at(values, limit))


def below(values: pd.Series, limit: float | pd.Series) -> pd.Series:
    """Whether each value is below the limit and not at it; missing where the value is."""
    return _known(values, (values.astype(float) < limit) & ~_at(values, limit))


def _known(values: pd.Series, found: pd.Series) -> pd.Series:
    return found.astype("boolean").mask(values.isna())
