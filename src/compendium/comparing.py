"""Comparing a measured value with a limit: a value at the limit is at it, whatever its last bit.

Values of a study have a few decimals, and quotients of them have none: 2.1 / 3.0 is above 0.70 by
one bit and equal to it by arithmetic. Nothing that was measured differs from a limit by one part in
10⁹ without being equal to it, so that is what counts as equal here.

A value beyond a limit of detection (`<0.04`, `>500`) is an interval: a comparison with it holds,
does not hold, or is undecided.
"""

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SAME = 1e-9
TOLD_APART = 1e-6
"""How far an open end of an interval lies within it, as a share: more than counts as equal."""
BELOW, ABOVE = ("<", "≤"), (">", "≥")
SIGNS = (*BELOW, *ABOVE)


def _at(values: pd.Series, limit: float | pd.Series) -> pd.Series:
    size = np.maximum(np.abs(values), np.abs(limit))
    close = ((values - limit).abs() <= SAME * size) & np.isfinite(size)
    at: pd.Series = close | (values == limit)
    return at


def at_least(values: pd.Series, limit: float | pd.Series) -> pd.Series:
    """Whether each value is at the limit or above it; missing where either is."""
    values = values.astype(float)
    return _known(values, limit, (values > limit) | _at(values, limit))


def above(values: pd.Series, limit: float | pd.Series) -> pd.Series:
    """Whether each value is above the limit and not at it; missing where either is."""
    values = values.astype(float)
    return _known(values, limit, (values > limit) & ~_at(values, limit))


def at_most(values: pd.Series, limit: float | pd.Series) -> pd.Series:
    """Whether each value is at the limit or below it; missing where either is."""
    return ~above(values, limit)


def below(values: pd.Series, limit: float | pd.Series) -> pd.Series:
    """Whether each value is below the limit and not at it; missing where either is."""
    return ~at_least(values, limit)


def within(values: pd.Series, least: float, most: float) -> pd.Series:
    """Whether each value lies between two limits, both included; missing where the value is."""
    return at_least(values, least) & at_most(values, most)


def reaches(value: float, limit: float) -> bool:
    """Whether one value is at the limit or above it."""
    return value > limit or math.isclose(value, limit, rel_tol=SAME)


def exceeds(values: NDArray[np.float64], limit: float) -> NDArray[np.bool_]:
    """Whether each number is above the limit and not at it; no where it is missing."""
    return np.asarray(values > limit + SAME * abs(limit))


def _known(values: pd.Series, limit: float | pd.Series, found: pd.Series) -> pd.Series:
    return found.astype("boolean").mask(values.isna() | pd.isna(limit))


def sign_column(column: str) -> str:
    """The column beside a column of laboratory values that holds their signs."""
    return f"{column}_sign"


def signs(table: pd.DataFrame, column: str) -> pd.Series:
    """The sign of each value, one of SIGNS; empty where the value was quantified or is missing."""
    if sign_column(column) not in table:
        return pd.Series("", index=table.index, dtype=object)
    return table[sign_column(column)].fillna("")


def quantified(table: pd.DataFrame, column: str) -> pd.Series:
    """Whether each cell holds a value that is not beyond a limit of detection."""
    return table[column].notna() & (signs(table, column) == "")


def bounds(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """What is known of each value: low and high, equal where it was quantified.

    `<0.04` lies between 0 and just under 0.04, `≥100` between 100 and infinity.
    """
    values, sign = table[column].astype(float), signs(table, column)
    low = values.mask(sign.isin(BELOW), 0.0).mask(sign == ">", values * (1 + TOLD_APART))
    high = values.mask(sign.isin(ABOVE), np.inf).mask(sign == "<", values * (1 - TOLD_APART))
    known = values.notna()
    return pd.DataFrame({"low": low.where(known), "high": high.where(known)})


def surely_above(known: pd.DataFrame, limit: float) -> pd.Series:
    """Whether an interval (low, high) lies above the limit; missing where it straddles it."""
    yes, no = above(known["low"], limit), at_most(known["high"], limit)
    return yes.mask(~yes & ~no)


def surely_at_least(known: pd.DataFrame, limit: float) -> pd.Series:
    """Whether an interval (low, high) lies at or above the limit; missing where it straddles it."""
    yes, no = at_least(known["low"], limit), below(known["high"], limit)
    return yes.mask(~yes & ~no)


def surely_below(known: pd.DataFrame, limit: float) -> pd.Series:
    """Whether an interval (low, high) lies below the limit; missing where it straddles it."""
    return ~surely_at_least(known, limit)


def as_written(value: Any, sign: Any = "") -> str:
    """A laboratory value as a person reads it: <0.04, 19.9; empty where it is missing."""
    if pd.isna(value):
        return ""
    return f"{'' if pd.isna(sign) else sign}{value:.12g}"


def written(table: pd.DataFrame, column: str) -> pd.Series:
    """A column of laboratory values as a person reads them."""
    pairs = zip(table[column], signs(table, column), strict=True)
    return pd.Series([as_written(*one) for one in pairs], index=table.index, dtype=object)
