"""Kaplan–Meier curves with delayed entry by lifelines, and who is at risk when.

kaplan_meier(times)                    curve: .at(t), .median(), .steps()
number_at_risk(times, at)              patients at risk, for under the axis
reliable_from(times, least)            when the risk set first suffices
median_follow_up(times)                by the reverse Kaplan–Meier curve
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter

from compendium.counting import counted
from compendium.errors import NotEstimable
from compendium.estimates import Estimate, not_estimable
from compendium.survival.times import FloatArray, IntArray, SurvivalTimes, labelled, risk_set_sizes


@dataclass(frozen=True)
class KaplanMeier:
    """A Kaplan–Meier curve at its k distinct event times.

    Attributes:
        time, at_risk, died, survival: shape (k,).
        low, high: log-log confidence limits by Greenwood's variance, shape (k,); nan where survival
            is 0.
        from_start: last times of those at risk from `start` on, ascending.
        n, events: patients who contribute, and events among them.
        start, end: the curve is given event-free at `start`; follow-up ends at `end`.
        unit, level: of the times; of the limits.
    """

    time: FloatArray
    at_risk: IntArray
    died: IntArray
    survival: FloatArray
    low: FloatArray
    high: FloatArray
    from_start: FloatArray
    n: int
    events: int
    start: float
    end: float
    unit: str
    level: float

    @property
    def variance(self) -> FloatArray:
        """Greenwood's sum, the variance of log survival, shape (k,)."""
        remain = self.at_risk - self.died
        return np.cumsum(self.died / (self.at_risk * np.where(remain > 0, remain, np.inf)))

    def steps(self) -> pd.DataFrame:
        """A row an event time: time, n_at_risk, n_events, survival, low, high."""
        return pd.DataFrame(
            {
                "time": self.time,
                "n_at_risk": self.at_risk,
                "n_events": self.died,
                "survival": self.survival,
                "low": self.low,
                "high": self.high,
            }
        )

    def at(self, time: float) -> Estimate:
        """Survival at a time, with log-log limits; not estimable after the end of follow-up.

        Before the first event the lower limit is the exact binomial one of those followed from the
        start to that time; where all had the event, the upper one of the last of them.
        """
        method = self._method
        if not self.start <= time <= self.end:
            observed = f"follow-up is from {self.start:.3g} to {self.end:.3g} {self.unit}"
            return not_estimable(observed, n=self.n, events=self.events, method=method)
        last = int(np.searchsorted(self.time, time, "right")) - 1
        tail = (1 - self.level) / 2
        if last < 0:
            whole = len(self.from_start) - int(np.searchsorted(self.from_start, time, "left"))
            survival, low, high = 1.0, tail ** (1 / whole) if whole else 0.0, 1.0
            method += f"; no event before: exact lower limit of {whole} followed that long"
        elif self.survival[last] == 0:
            survival, low, high = 0.0, 0.0, 1 - tail ** (1 / int(self.died[last]))
            method += "; nobody without the event: exact upper limit of the last"
        else:
            survival, low, high = (
                float(curve[last]) for curve in (self.survival, self.low, self.high)
            )
        return Estimate(
            estimate=survival,
            low=low,
            high=high,
            n=self.n,
            events=self.events,
            method=method,
            level=self.level,
            within=(0.0, 1.0),
        )

    def median(self) -> Estimate:
        """Median time in `unit`, its limits where the limits of the curve cross one half.

        Source:
            Brookmeyer & Crowley, Biometrics 1982, doi:10.2307/2530286. The middle of the
            step where the curve is flat at one half, as in R.
        """
        middle = self._crossing(self.survival)
        if math.isinf(middle):
            why = "no event"
            if self.events:
                last = f"at the last of {counted(self.events, 'events')}"
                why = f"survival is {self.survival[-1]:.2f} {last}"
            return not_estimable(
                f"median not reached: {why}",
                n=self.n,
                events=self.events,
                unit=self.unit,
                method=self._method,
            )
        low, high = (self._crossing(np.where(np.isnan(c), 0, c)) for c in (self.low, self.high))
        return Estimate(
            estimate=middle,
            low=low,
            high=high,
            unit=self.unit,
            n=self.n,
            events=self.events,
            method=self._method,
            level=self.level,
        )

    def _crossing(self, curve: FloatArray) -> float:
        """First time at which a curve is at or below one half; infinite where it never is."""
        below = np.flatnonzero(curve <= 0.5 + 1e-12)
        if not len(below):
            return math.inf
        first = int(below[0])
        flat = abs(curve[first] - 0.5) < 1e-12 and first + 1 < len(curve)
        return float((self.time[first] + self.time[first + 1]) / 2 if flat else self.time[first])

    @property
    def _method(self) -> str:
        given = f", given event-free at {self.start:.3g} {self.unit}" if self.start > 0 else ""
        return f"Kaplan–Meier, log-log interval{given}"


def kaplan_meier(times: SurvivalTimes, *, start: float = 0.0, level: float = 0.95) -> KaplanMeier:
    """The Kaplan–Meier curve of patients who enter at their entry times, as R's survfit has it.

    Args:
        times: a row a patient.
        start: events before it are left out, and the curve is conditional on being event-free then.
            With delayed entry a risk set of one early patient decides the whole curve otherwise.

    Raises:
        NotEstimable: nobody is observed after `start`, or nobody is left at risk while others are
            yet to enter.

    Source:
        Kalbfleisch & Prentice 1980 (log-log limits); R survival, survfit(conf.type = "log-log").
    """
    times = times.take(times.time > start)
    if times.n == 0:
        raise NotEstimable(f"nobody is observed after {start:g} {times.unit}")
    entry = np.maximum(times.entry, start)
    _require_unbroken(times, entry)
    fitted = KaplanMeierFitter(alpha=1 - level)
    with np.errstate(divide="ignore"):  # the logarithm of a survival of 0
        fitted.fit(times.time, times.event, entry=entry if entry.any() else None)
    at, died = np.unique(times.time[times.event], return_counts=True)
    survival = fitted.survival_function_.loc[at].to_numpy()[:, 0]
    limits = np.where(survival > 0, fitted.confidence_interval_.loc[at].to_numpy().T, np.nan)
    return KaplanMeier(
        time=at,
        at_risk=risk_set_sizes(times, at, start),
        died=died,
        survival=survival,
        low=limits[0],
        high=limits[1],
        from_start=np.sort(times.time[times.entry <= start]),
        n=times.n,
        events=times.events,
        start=start,
        end=float(times.time.max()),
        unit=times.unit,
        level=level,
    )


def _require_unbroken(times: SurvivalTimes, entry: FloatArray) -> None:
    """Somebody is at risk from the first entry to the end of follow-up.

    Raises:
        NotEstimable: nobody is for a while. After the event of the last one the curve would be 0
            for ever; after their censoring nothing tells how many have the event meanwhile.
    """
    exits = np.unique(times.time)
    entries = np.sort(entry)
    before, by = (np.searchsorted(entries, exits, side) for side in ("left", "right"))
    left = np.searchsorted(np.sort(times.time), exits, "right")
    died = np.searchsorted(np.sort(times.time[times.event]), exits, "right")
    died = np.diff(died, prepend=0)
    at_risk = before - np.concatenate([[0], left[:-1]])
    all_die = (died > 0) & (died == at_risk) & (before < times.n)
    for first in np.flatnonzero(all_die | ((by == left) & (by < times.n)))[:1]:
        at, later = f"{exits[first]:.3g} {times.unit}", times.n - before[first]
        found = f"all {died[first]} at risk at {at} have the event"
        found = found if all_die[first] else f"nobody is at risk after {at}"
        raise NotEstimable(
            f"{found} while {later} patients enter later; begin the curve after that time"
        )


def number_at_risk(times: SurvivalTimes, at: Sequence[float]) -> IntArray:
    """Patients at risk at each time, entry < t <= time; at 0, who are observed from the origin."""
    moments = np.asarray(at, dtype=float)
    return np.where(moments > 0, risk_set_sizes(times, moments), int((times.entry == 0).sum()))


def reliable_from(times: SurvivalTimes, least: int) -> float:
    """The first time just after which at least so many are at risk; 0 without delayed entry.

    Raises:
        NotEstimable: there are never so many.
    """
    moments = np.unique(np.append(times.entry, 0.0))
    left = np.searchsorted(np.sort(times.time), moments, "right")
    entered = np.searchsorted(np.sort(times.entry), moments, "right")
    enough = np.flatnonzero(entered - left >= least)
    if not len(enough):
        raise NotEstimable(f"never {least} patients at risk at once")
    return float(moments[enough[0]])


@labelled
def median_follow_up(times: SurvivalTimes, *, level: float = 0.95) -> Estimate:
    """Median time under observation, by the reverse Kaplan–Meier curve of the time since entry.

    Source:
        Schemper & Smith, Control Clin Trials 1996, doi:10.1016/0197-2456(96)00075-X.
    """
    reverse = SurvivalTimes(times.time - times.entry, ~times.event, np.zeros(times.n), times.unit)
    found = kaplan_meier(reverse, level=level).median()
    if not found.estimable:
        raise NotEstimable("too few are censored late for the reverse curve to reach one half")
    since = " of time since entry" if times.delayed else ""
    return replace(found, method=f"reverse Kaplan–Meier{since}", events=times.events)
