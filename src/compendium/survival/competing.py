"""Competing causes of an event: cumulative incidence with delayed entry (Aalen–Johansen)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import ndtri

from compendium.errors import InputError, NotEstimable
from compendium.estimates import LARGEST_LOG, Estimate, not_estimable, require_at_least
from compendium.formatting import words
from compendium.survival.kaplan_meier import reliable_from
from compendium.survival.times import FloatArray, IntArray, SurvivalTimes, risk_set_sizes

ROUNDING = 1e-12
LEAST_EVENTS = 5  # of one cause; below, the interval spans most of what is possible


@dataclass(frozen=True)
class CumulativeIncidence:
    """Probability of an event of one cause by each of k event times, other causes competing.

    Attributes:
        time, incidence, variance: shape (k,).
        from_start: until when those at risk from `start` on were followed, ascending; infinite
            where a competing event ends what can happen.
        last: patients of this cause at the last event time.
        n, events: patients, and events of this cause; competing: events of other causes.
    """

    cause: str
    time: FloatArray
    incidence: FloatArray
    variance: FloatArray
    from_start: FloatArray
    last: int
    n: int
    events: int
    competing: int
    start: float
    end: float
    unit: str
    level: float

    @property
    def limits(self) -> tuple[FloatArray, FloatArray]:
        """Limits on the complementary log-log scale, shapes (k,); nan where incidence is 0."""
        z = float(ndtri((1 + self.level) / 2))
        inside = (self.incidence > 0) & (self.incidence < 1)
        free = np.where(inside, 1 - self.incidence, 0.5)
        spread = z * np.sqrt(self.variance) / (free * np.log(free))
        spread = np.clip(spread, -LARGEST_LOG, LARGEST_LOG)
        low, high = (1 - free ** np.exp(sign * spread) for sign in (1, -1))
        return np.where(inside, low, np.nan), np.where(inside, high, np.nan)

    def steps(self) -> pd.DataFrame:
        """A row an event time: time, incidence, low, high."""
        low, high = self.limits
        return pd.DataFrame(
            {"time": self.time, "incidence": self.incidence, "low": low, "high": high}
        )

    def at(self, time: float) -> Estimate:
        """Cumulative incidence by a time within follow-up.

        Raises:
            NotEstimable: the time is outside follow-up.
        """
        if not self.start <= time <= self.end:
            raise NotEstimable(f"follow-up is from {self.start:.3g} to {self.end:.3g} {self.unit}")
        incidence, low, high, method = self._at(
            int(np.searchsorted(self.time, time, "right")), time
        )
        return Estimate(
            estimate=incidence,
            low=low,
            high=high,
            n=self.n,
            events=self.events,
            method=f"{self._method}{method}",
            level=self.level,
            within=(0.0, 1.0),
        )

    def _at(self, past: int, time: float) -> tuple[float, float, float, str]:
        """Incidence after so many event times, its limits, and how these differ from the others."""
        tail = (1 - self.level) / 2
        incidence = float(self.incidence[past - 1]) if past else 0.0
        if incidence == 0:
            whole = len(self.from_start) - int(np.searchsorted(self.from_start, time, "left"))
            high = 1 - tail ** (1 / whole) if whole else 1.0
            return 0.0, 0.0, high, f"; no event before: exact upper limit of {whole} followed"
        if incidence >= 1 - ROUNDING:
            low = tail ** (1 / self.last)
            return 1.0, low, 1.0, "; nobody without the event: exact lower limit of the last"
        low, high = (float(limits[past - 1]) for limits in self.limits)
        return incidence, low, high, ""

    @property
    def _method(self) -> str:
        given = f", given event-free at {self.start:.3g} {self.unit}" if self.start > 0 else ""
        return f"Aalen–Johansen, log-log interval{given}"


def cumulative_incidence(
    times: SurvivalTimes,
    cause: ArrayLike,
    of: str,
    *,
    start: float = 0.0,
    level: float = 0.95,
) -> CumulativeIncidence:
    """Cumulative incidence of one cause of the event.

    Args:
        times: a row a patient; the event is of any cause.
        cause: of each patient's event, shape (n,); not looked at where there is none.
        of: the cause asked for.
        start: incidence counts from here, given event-free then; see `kaplan_meier`.

    Raises:
        InputError: an event without a cause.
        NotEstimable: nobody observed after `start`, or the whole risk set has the event while
            others are yet to enter.

    Source:
        Aalen & Johansen, Scand J Stat 1978; variance by the delta method, Marubini & Valsecchi,
        Analysing Survival Data 1995, eq. 10.12.
    """
    causes = np.asarray(cause, dtype=object)
    kept = times.time > start
    times, causes = times.take(kept), causes[kept]
    require_at_least(times.n, 1, f"patients observed after {start:g} {times.unit}")
    blank = times.event & ~np.array([isinstance(c, str) and bool(c) for c in causes], dtype=bool)
    if blank.any():
        raise InputError(
            f"{int(blank.sum())} events have no cause; expected one each. Record 'unknown' where "
            f"the cause is not known."
        )
    at, total = np.unique(times.time[times.event], return_counts=True)
    ours = times.event & (causes == of)
    died = (times.time[ours, None] == at).sum(axis=0)
    risk = risk_set_sizes(times, at, start)
    _require_somebody_left(times, at, risk - total)
    before = np.concatenate([[1.0], np.cumprod(1 - total / risk)[:-1]])
    incidence = np.cumsum(before * died / risk)
    followed = np.where(times.event & ~ours, np.inf, times.time)[times.entry <= start]
    return CumulativeIncidence(
        cause=of,
        time=at,
        incidence=incidence,
        variance=_variance(incidence, before, died, total, risk),
        from_start=np.sort(followed),
        last=int(died[-1]) if len(died) else 0,
        n=times.n,
        events=int(ours.sum()),
        competing=int(times.event.sum() - ours.sum()),
        start=start,
        end=float(times.time.max()),
        unit=times.unit,
        level=level,
    )


def _require_somebody_left(times: SurvivalTimes, at: FloatArray, left: IntArray) -> None:
    """Nobody left at risk ends the curve: who enters later can add nothing to it.

    Raises:
        NotEstimable: somebody enters later.
    """
    for time in at[left == 0][:1]:
        if later := int((times.entry >= time).sum()):
            raise NotEstimable(
                f"all at risk at {time:.3g} {times.unit} have the event while {later} patients "
                f"enter later; begin the incidence after that time"
            )


def _variance(
    incidence: FloatArray, before: FloatArray, died: ArrayLike, total: ArrayLike, risk: ArrayLike
) -> FloatArray:
    """Delta-method variance of the incidence at each time, shape (k,)."""
    d, all_causes, n = (np.asarray(x, dtype=float) for x in (died, total, risk))
    left = np.where(n > all_causes, n - all_causes, np.inf)
    a = all_causes / (n * left)
    b = before**2 * d * (n - d) / n**3
    c = before * d / n**2
    # Sum over j <= i of (I_i - I_j)² a_j + b_j - 2 (I_i - I_j) c_j, expanded into running sums.
    one, two, three = (np.cumsum(a * incidence**k) for k in range(3))
    first, second = np.cumsum(c), np.cumsum(c * incidence)
    variance: FloatArray = incidence**2 * one - 2 * incidence * two + three
    variance += np.cumsum(b) - 2 * (incidence * first - second)
    return np.asarray(np.maximum(variance, 0.0))


def reliable_incidence(
    times: SurvivalTimes,
    cause: ArrayLike,
    of: str,
    *,
    least_at_risk: int,
    least_events: int = LEAST_EVENTS,
) -> CumulativeIncidence:
    """Cumulative incidence of one cause that is worth telling.

    Args:
        least_at_risk: patients at risk with which incidence begins to count.
        least_events: events of that cause without which its incidence is not told.

    Raises:
        NotEstimable: too few are at risk at once, or have an event of that cause.
    """
    start = reliable_from(times, least_at_risk)
    found = cumulative_incidence(times, cause, of, start=start)
    require_at_least(found.events, least_events, f"events of the cause {words(of)}")
    return found


def incidence_at(
    times: SurvivalTimes,
    cause: ArrayLike,
    of: str,
    at: float,
    *,
    least_at_risk: int,
    least_events: int = LEAST_EVENTS,
) -> Estimate:
    """Cumulative incidence of one cause by a time, or why it is not estimable.

    Args:
        least_at_risk, least_events: as of `reliable_incidence`.
    """
    least = {"least_at_risk": least_at_risk, "least_events": least_events}
    try:
        return reliable_incidence(times, cause, of, **least).at(at)
    except NotEstimable as reason:
        method = "Aalen–Johansen, log-log interval"
        return not_estimable(str(reason), n=times.n, events=times.events, method=method)
