"""Comparison of survival between groups, with delayed entry throughout.

    log_rank(times, group)                 test of two groups or more
    restricted_mean(times, until)          area under the Kaplan–Meier curve
    restricted_mean_difference(...)        its difference between two groups

docs/decisions/survival-libraries.md says which of them a library does, and why the others are here.
"""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse.csgraph import connected_components
from scipy.special import ndtr, ndtri
from statsmodels.duration.survfunc import survdiff

from compendium.errors import InputError, NotEstimable
from compendium.estimates import Estimate
from compendium.survival.cox import chi2_p
from compendium.survival.kaplan_meier import KaplanMeier, kaplan_meier
from compendium.survival.times import IntArray, SurvivalTimes, labelled, risk_set_sizes


@labelled
def log_rank(times: SurvivalTimes, group: ArrayLike) -> Estimate:
    """Log-rank chi-squared of two groups or more, and its p.

    Args:
        group: label of each patient, shape (n,).

    Raises:
        NotEstimable: one group only, or groups that are never at risk together.
    """
    labels, code = np.unique(np.asarray(group), return_inverse=True)
    if len(code) != times.n:
        raise InputError(f"group has {len(code)} labels; expected {times.n}, one a patient.")
    if len(labels) < 2:
        raise NotEstimable("one group only")
    if not _meet(times, code):
        raise NotEstimable("the groups are never at risk together")
    statistic, _ = survdiff(times.time, times.event.astype(float), code, entry=times.entry)
    df = len(labels) - 1
    return Estimate(
        estimate=float(statistic),
        unit=f"chi-squared, {df} df",
        n=times.n,
        events=times.events,
        p=chi2_p(float(statistic), df),
        method=f"log-rank test{', delayed entry' if times.delayed else ''}",
    )


def _meet(times: SurvivalTimes, code: IntArray) -> bool:
    """Whether deaths compare all groups, directly or through others that share their risk sets.

    A risk set in which all die, or of one group, compares none; the variance is singular without.
    """
    at, died = np.unique(times.time[times.event], return_counts=True)
    at_risk = np.array([risk_set_sizes(times.take(code == g), at) for g in range(code.max() + 1)])
    beside = (at_risk > 0) & (died < at_risk.sum(axis=0))
    return int(connected_components(beside.astype(float) @ beside.T)[0]) == 1


@labelled
def restricted_mean(
    times: SurvivalTimes, until: float, *, start: float = 0.0, level: float = 0.95
) -> Estimate:
    """Mean event-free time up to `until`, in the times' unit, with Greenwood's variance.

    Args:
        until: end of the window; within follow-up.
        start: begin of the window, see `kaplan_meier`.

    Source:
        Royston & Parmar, BMC Med Res Methodol 2013, doi:10.1186/1471-2288-13-152.
    """
    area, variance = _area(kaplan_meier(times, start=start), until)
    return _with_normal_limits(area, variance, times, "restricted mean", until, level)


@labelled
def restricted_mean_difference(
    times: SurvivalTimes,
    group: ArrayLike,
    until: float,
    *,
    start: float = 0.0,
    level: float = 0.95,
) -> Estimate:
    """Restricted mean where `group` is true, less where it is false; see `restricted_mean`."""
    compared = np.asarray(group, dtype=bool)
    if compared.all() or not compared.any():
        raise NotEstimable("one group only")
    parts = [
        _area(kaplan_meier(times.take(rows), start=start), until) for rows in (~compared, compared)
    ]
    difference = parts[1][0] - parts[0][0]
    variance = parts[0][1] + parts[1][1]
    name = "difference of restricted means"
    return _with_normal_limits(difference, variance, times, name, until, level, test=True)


def _area(curve: KaplanMeier, until: float) -> tuple[float, float]:
    """Area under a curve from its start to `until`, and its variance."""
    if until > curve.end or until <= curve.start:
        raise NotEstimable(f"follow-up ends at {curve.end:.3g} {curve.unit}, before {until:g}")
    kept = curve.time <= until
    if not kept.any():
        raise NotEstimable(f"no event before {until:g} {curve.unit} in one group, so no variance")
    edges = np.concatenate([[curve.start], curve.time[kept], [until]])
    heights = np.concatenate([[1.0], curve.survival[kept]])
    pieces = np.diff(edges) * heights
    area_after = pieces.sum() - np.cumsum(pieces)[:-1]
    each = np.diff(curve.variance[kept], prepend=0)
    variance = float((area_after**2 * each).sum())
    if not variance > 0:
        raise NotEstimable(f"the events up to {until:g} {curve.unit} leave no variance")
    return float(pieces.sum()), variance


def _with_normal_limits(
    value: float,
    variance: float,
    times: SurvivalTimes,
    name: str,
    until: float,
    level: float,
    test: bool = False,
) -> Estimate:
    half = float(ndtri((1 + level) / 2)) * math.sqrt(variance)
    p = 2 * float(ndtr(-abs(value) / math.sqrt(variance))) if test and variance > 0 else math.nan
    return Estimate(
        estimate=value,
        low=value - half,
        high=value + half,
        unit=times.unit,
        n=times.n,
        events=times.events,
        p=p,
        method=f"{name} to {until:g} {times.unit}, Greenwood variance",
        level=level,
    )
