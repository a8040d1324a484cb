"""One tidy row an estimate: the form in which every analysis returns what it found."""

import math
from collections.abc import Callable
from dataclasses import InitVar, asdict, dataclass
from functools import wraps
from typing import Any, ParamSpec

from compendium.counting import counted
from compendium.errors import NotEstimable

P = ParamSpec("P")
MEASURES = ("estimate", "low", "high", "p", "level")
"""Fields of an Estimate that measure; its others count (n, events) or say something."""

LARGEST_LOG = 709.0
SAME = 1e-12  # share of a limit by which it may differ from the other and be the same
ROUNDING = 1e-9  # a limit may be beyond its bound by this without a word


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """An estimate with its interval, or the reason why there is none.

    No interval is without width or beyond the range of what it estimates: a limit beyond stands at
    the range's end, which is a one-sided limit, and is said in `method`; an interval that would be
    a point, or would hold all of a bounded range, is a labelled result, which keeps its p.

    Attributes:
        estimate, low, high: point and confidence limits in `unit`; nan where `reason` is given.
            A limit that does not exist (profile likelihood without a bound) is an infinity.
        level: confidence level of the interval.
        n, events: units of analysis (patients, unless `method` says lesions) and events among them.
        p: two-sided p-value, nan where the method gives none.
        method: how it was computed, in a few words that can stand in a table.
        reason: empty, or why it is not estimable ("2 deaths; 10 are needed").

    Args:
        within: lowest and highest value that the estimate could have.
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
    within: InitVar[tuple[float, float]] = (-math.inf, math.inf)

    def __post_init__(self, within: tuple[float, float]) -> None:
        """Keep the interval in its range, or label the result."""
        lowest, highest = within
        interval = f"the {self.level:.0%} interval would"
        if math.isclose(self.low, self.high, rel_tol=SAME):
            self._label(f"{interval} be the single value {self.low:.4g}")
        elif self.low <= lowest and highest <= self.high and math.isfinite(highest - lowest):
            least, most = (f"{end:g}".replace("-", "−") for end in (lowest, highest))
            self._label(f"{interval} hold every value from {least} to {most}")
        else:
            beyond = {"lower": lowest - self.low, "upper": self.high - highest}
            cut = " and ".join(side for side, excess in beyond.items() if excess > ROUNDING)
            said = f"{self.method}; {cut} limit is the bound" if cut else self.method
            object.__setattr__(self, "method", said)
            for name in ("estimate", "low", "high"):
                value = min(max(getattr(self, name), lowest), highest)
                object.__setattr__(self, name, value)

    def _label(self, reason: str) -> None:
        for name in ("estimate", "low", "high"):
            object.__setattr__(self, name, math.nan)
        object.__setattr__(self, "reason", reason)

    @property
    def estimable(self) -> bool:
        """False where `reason` stands in place of a number."""
        return not self.reason

    def as_row(self) -> dict[str, object]:
        """The estimate as one row of a tidy table."""
        return asdict(self)

    def __str__(self) -> str:
        """In a line, as a notebook shows it that publishes nothing."""
        said = [f"not estimable: {self.reason}"]
        if self.estimable:
            said = [f"{self.estimate:.4g} {self.unit}".rstrip().replace(" %", "%")]
            if not math.isnan(self.low):
                said[0] += f" ({self.level:.0%} CI {self.low:.4g} to {self.high:.4g})"
        if not math.isnan(self.p):
            said.append(f"p = {self.p:.2g}")
        if self.n is not None:
            said.append(f"n = {self.n}")
        return "; ".join(filter(None, [*said, self.method]))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))


def not_estimable(
    reason: str,
    *,
    n: int | None = None,
    events: int | None = None,
    unit: str = "",
    p: float = math.nan,
    method: str = "",
) -> Estimate:
    """A labelled result in place of a number that would mean nothing; its test may still do."""
    return Estimate(
        estimate=math.nan, n=n, events=events, unit=unit, p=p, method=method, reason=reason
    )


def ratio_of(log: float) -> float:
    """The exponential of a natural logarithm, infinite where it exceeds what a number can be."""
    return math.exp(log) if log < LARGEST_LOG else math.inf


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
        raise NotEstimable(f"{counted(count, what)}; at least {least} needed")
