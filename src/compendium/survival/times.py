"""Times to an event with delayed entry: the one form in which all survival analyses take them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from compendium.calendar import DAYS_PER_MONTH, DAYS_PER_YEAR
from compendium.errors import InputError, NotEstimable
from compendium.estimates import Estimate, not_estimable

P = ParamSpec("P")
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.intp]

DAYS_IN = {"days": 1.0, "months": DAYS_PER_MONTH, "years": DAYS_PER_YEAR}


@dataclass(frozen=True)
class SurvivalTimes:
    """Checked (entry, time, event) of n patients, times since the origin of the endpoint.

    A patient is at risk at t where entry < t <= time. At one time, events come before censorings.

    Attributes:
        time: event or censoring, shape (n,), > entry.
        event: True where the event happened at `time`, shape (n,).
        entry: when observation began, shape (n,), >= 0; 0 where observed from the origin.
        unit: of all times: days, months or years.
    """

    time: FloatArray
    event: BoolArray
    entry: FloatArray
    unit: str = "days"

    @property
    def n(self) -> int:
        """Number of patients."""
        return len(self.time)

    @property
    def events(self) -> int:
        """Number of events."""
        return int(self.event.sum())

    @property
    def delayed(self) -> bool:
        """Whether anybody entered after the origin."""
        return bool((self.entry > 0).any())

    def take(self, rows: ArrayLike) -> "SurvivalTimes":
        """The same of some patients, by row numbers (repeats allowed) or by a mask."""
        index = np.asarray(rows)
        return SurvivalTimes(self.time[index], self.event[index], self.entry[index], self.unit)

    def from_origin(self) -> "SurvivalTimes":
        """The same as if all had been observed from the origin: what ignoring entry does."""
        return SurvivalTimes(self.time, self.event, np.zeros(self.n), self.unit)


def survival_times(
    time: ArrayLike, event: ArrayLike, entry: ArrayLike | None = None, *, unit: str = "days"
) -> SurvivalTimes:
    """Check times once, at the boundary.

    Args:
        time: event or censoring in `unit` since the origin, shape (n,).
        event: True or 1 where the event happened, shape (n,).
        entry: when observation began, shape (n,); all from the origin where absent.
        unit: days, months or years.

    Raises:
        InputError: shapes differ, a time is missing, or is not after its entry.
    """
    times = np.asarray(time, dtype=float)
    events = np.asarray(event)
    entries = np.zeros(times.shape) if entry is None else np.asarray(entry, dtype=float)
    if unit not in DAYS_IN:
        raise InputError(f"unit is {unit!r}; expected one of {', '.join(DAYS_IN)}.")
    if times.ndim != 1 or times.shape != events.shape or times.shape != entries.shape:
        raise InputError(
            f"time, event and entry have shapes {times.shape}, {events.shape}, {entries.shape}; "
            f"expected one value each a patient."
        )
    if not np.isin(events, (0, 1)).all():
        raise InputError("event holds other values than 0 and 1; expected True where it happened.")
    wrong = ~(np.isfinite(times) & (entries >= 0) & (times > entries))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise InputError(
            f"patient in position {row}: time {times[row]:g} and entry {entries[row]:g} {unit}; "
            f"expected 0 <= entry < time. Who left before observation began is not at risk: leave "
            f"them out and say so."
        )
    return SurvivalTimes(times, events.astype(bool), entries, unit)


def times_of(endpoint: pd.DataFrame, *, unit: str = "days") -> SurvivalTimes:
    """The times of an endpoint's table, in `unit`.

    Args:
        endpoint: columns time_days, event, entry_days; a row a patient.
        unit: days, months or years.
    """
    days = DAYS_IN.get(unit, 1.0)
    return survival_times(
        endpoint["time_days"].to_numpy(float) / days,
        endpoint["event"].to_numpy(bool),
        endpoint["entry_days"].to_numpy(float) / days,
        unit=unit,
    )


def risk_set_sizes(times: SurvivalTimes, at: FloatArray, start: float = 0.0) -> IntArray:
    """Patients with entry < t <= time at each t, counting from `start` on, shape of `at`."""
    left = np.searchsorted(np.sort(times.time), at, "left")
    entered = np.searchsorted(np.sort(np.maximum(times.entry, start)), at, "left")
    return np.asarray(entered - left, dtype=np.intp)


def labelled(
    function: Callable[Concatenate[SurvivalTimes, P], Estimate],
) -> Callable[Concatenate[SurvivalTimes, P], Estimate]:
    """Let an analysis that raises NotEstimable return the reason, with patients and events."""

    @wraps(function)
    def wrapped(times: SurvivalTimes, /, *args: P.args, **kwargs: P.kwargs) -> Estimate:
        try:
            return function(times, *args, **kwargs)
        except NotEstimable as reason:
            name = function.__name__.replace("_", " ")
            return not_estimable(str(reason), n=times.n, events=times.events, method=name)

    return wrapped


def matrix(columns: ArrayLike | pd.DataFrame, n: int, names: Sequence[str] = ()) -> FloatArray:
    """Covariates as shape (n, p), checked to be finite numbers.

    Raises:
        InputError: another number of rows, or a missing value.
    """
    values = np.asarray(columns, dtype=float)
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or len(values) != n:
        raise InputError(f"covariates have shape {values.shape}; expected {n} rows.")
    bad = ~np.isfinite(values)
    if bad.any():
        row, column = (int(i) for i in np.argwhere(bad)[0])
        name = names[column] if names else f"covariate {column + 1}"
        raise InputError(
            f"{name}, patient in position {row}: {values[row, column]}; expected a number. "
            f"Leave out patients without it, and count them."
        )
    return values
