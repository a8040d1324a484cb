"""One tidy row an estimate: the form in which every analysis returns what it found."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import wraps
from typing import ParamSpec

from compendium.errors import NotEstimable

P = ParamSpec("P")
MEASURES = ("estimate", "low", "high", "p", "level")
"""Fields of an Estimate that measure; its others count (n, events) or say something."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """An estimate with its interval, or the reason why there is none.

    Attributes:
        estimate, low, high: point and confidence limits in `unit`; nan where `reason` is given.
            A limit that does not exist (profile likelihood without a bound) is an infinity.
        level: confidence level of the interval.
        n, events: units of analysis (patients, unless `method` says lesions) and events among them.
        p: two-sided p-value, nan where the method gives none.
        method: how it was computed, in a few words that can stand in a table.
        reason: empty, or why it is not estimable ("2 deaths; 10 are needed").
    """

    estimate: float
    low: float = math.nan
    high: float = math.nan
    unit: str = ""
    n: int | None = None
    events: int | None = None
    p: float = math.nan
    method: str = ""
    level: float = 0.95
    reason: str = ""

    @property
    def estimable(self) -> bool:
        """False where `reason` stands in place of a number."""
        return not self.reason

    def as_row(self) -> dict[str, object]:
        """The estimate as one row of a tidy table."""
        return asdict(self)


def not_estimable(
    reason: str,
    *,
    n: int | None = None,
    events: int | None = None,
    unit: str = "",
    method: str = "",
) -> Estimate:
    """A labelled result in place of a number that would mean nothing."""
    return Estimate(estimate=math.nan, n=n, events=events, unit=unit, method=method, reason=reason)


def labelled(function: Callable[P, Estimate]) -> Callable[P, Estimate]:
    """Let a function that raises NotEstimable return the labelled result instead."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> Estimate:
        try:
            return function(*args, **kwargs)
        except NotEstimable as reason:
            return not_estimable(str(reason), method=function.__name__.replace("_", " "))

    return wrapped


def require_at_least(count: int, least: int, what: str) -> None:
    """Raise NotEstimable, naming both numbers, when there is too little of something."""
    if count < least:
        raise NotEstimable(f"{count} {what}; at least {least} needed")
