"""Checks of a Cox model: proportional hazards, and the form of a predictor.

lifelines' test of proportional hazards is R's approximation of before 2020 (veteran data, age: p
0.024 where the score test gives 0.140), so the score test is here.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import ndtri
from scipy.stats import rankdata

from compendium.errors import InputError, NotEstimable
from compendium.estimates import Estimate, not_estimable, require_at_least
from compendium.survival.cox import (
    EVENTS_PER_COVARIATE,
    LEAST_INFORMATION,
    CoxFit,
    chi2_p,
    fit_cox,
)
from compendium.survival.kaplan_meier import kaplan_meier
from compendium.survival.profile_likelihood import profile
from compendium.survival.times import FloatArray, SurvivalTimes, matrix

Transform = Literal["km", "rank", "identity", "log"]
GLOBAL = "global"
CURVE = ("value", "hazard_ratio", "low", "high")
KNOTS = (0.1, 0.5, 0.9)  # percentiles of the predictor, Harrell 2015, table 2.3


@dataclass(frozen=True)
class Schoenfeld:
    """Scaled Schoenfeld residuals: a coefficient's course over time, one value a death.

    Attributes:
        names: of the p coefficients; coef: their estimates, shape (p,).
        time: of the d deaths, shape (d,); scaled: in their order, shape (d, p).
        unit: of time; reason: why there are none, empty where there are.
    """

    names: tuple[str, ...]
    coef: FloatArray
    time: FloatArray
    scaled: FloatArray
    unit: str
    reason: str = ""


def schoenfeld(
    times: SurvivalTimes,
    predictors: pd.DataFrame,
    *,
    events_per_covariate: int = EVENTS_PER_COVARIATE,
) -> Schoenfeld:
    """Scaled Schoenfeld residuals of the unpenalised model; see `proportional_hazards`.

    Source:
        Grambsch & Therneau, Biometrika 1994, doi:10.1093/biomet/81.3.515.
    """
    names = tuple(str(name) for name in predictors.columns)
    try:
        fit = _unpenalised(times, predictors, events_per_covariate)
    except NotEstimable as reason:
        none = np.empty(0)
        return Schoenfeld(names, none, none, none, times.unit, str(reason))
    mean, _ = _moments(fit)
    risk_sets = fit.likelihood.risk_sets
    _, tied = np.unique(risk_sets.at, return_inverse=True)
    count = np.bincount(tied)
    means = [(np.bincount(tied, weights=column) / count)[tied] for column in mean.T]
    residuals = fit.likelihood.covariates[risk_sets.dead] - np.column_stack(means)
    covariance = fit.covariance * np.outer(fit.scale, fit.scale)
    scaled = (residuals @ covariance * fit.events) / fit.scale + fit.coef
    return Schoenfeld(names, fit.coef, risk_sets.at, scaled, times.unit)


def _unpenalised(times: SurvivalTimes, predictors: pd.DataFrame, per_covariate: int) -> CoxFit:
    names = [str(name) for name in predictors.columns]
    require_at_least(times.events, per_covariate * len(names), "events")
    return fit_cox(matrix(predictors, times.n, names), times, penalty=False, names=names)


def _moments(fit: CoxFit) -> tuple[FloatArray, FloatArray]:
    """Mean and covariance of the covariates in the risk set of each death, (d, p) and (d, p, p)."""
    x = fit.likelihood.covariates
    p = x.shape[1]
    linear = x @ (fit.coef * fit.scale)
    weight = np.exp(linear - linear.max())
    products = (x[:, :, None] * x[:, None, :]).reshape(len(x), p * p)
    columns = np.column_stack([np.ones(len(x)), x, products])
    sums = fit.likelihood.risk_sets.sums((weight[:, None] * columns).T).T
    averages = sums[:, 1:] / sums[:, :1]
    mean, second = averages[:, :p], averages[:, p:].reshape(-1, p, p)
    return mean, second - mean[:, :, None] * mean[:, None, :]


def proportional_hazards(
    times: SurvivalTimes,
    predictors: pd.DataFrame,
    *,
    transform: Transform = "km",
    events_per_covariate: int = EVENTS_PER_COVARIATE,
) -> dict[str, Estimate]:
    """Score test of proportional hazards for each predictor and for all, as R's cox.zph since 2020.

    It is a test of the unpenalised model: of a coefficient that changes with the transformed time.

    Args:
        times: a row a patient.
        predictors: the same rows, numbers without gaps.
        transform: of time: 1 minus the Kaplan–Meier curve, rank, time itself, or its logarithm.
        events_per_covariate: a model with fewer events for each covariate is refused.

    Returns:
        Chi-squared and p by predictor, and of all under `global`.

    Source:
        Grambsch & Therneau, Biometrika 1994, doi:10.1093/biomet/81.3.515; R survival 3, cox.zph.
    """
    names = [str(name) for name in predictors.columns]
    method = f"score test of proportional hazards, {transform} time"
    try:
        fit = _unpenalised(times, predictors, events_per_covariate)
        score, information = _time_by_covariate(fit, _transformed(times, transform))
    except NotEstimable as reason:
        label = not_estimable(str(reason), n=times.n, events=times.events, method=method)
        return dict.fromkeys([*names, GLOBAL], label)
    terms = {name: [i] for i, name in enumerate(names)} | {GLOBAL: list(range(len(names)))}
    return {
        name: _score_test(score[rows], information[np.ix_(rows, rows)], fit, method)
        for name, rows in terms.items()
    }


def _time_by_covariate(fit: CoxFit, time: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Score of the covariate-by-time terms at 0, and its variance given the fitted coefficients."""
    mean, variance = _moments(fit)
    dead = fit.likelihood.risk_sets.dead
    g = time[dead] - time[dead].mean()
    if np.ptp(g) < 1e-12 * max(float(np.abs(time[dead]).max()), 1.0):
        raise NotEstimable(f"all {fit.events} events are at one time")
    g = g / np.abs(g).max()
    score = (g[:, None] * (fit.likelihood.covariates[dead] - mean)).sum(axis=0)
    none, one, two = ((g[:, None, None] ** power * variance).sum(axis=0) for power in range(3))
    return score, two - one @ np.linalg.solve(none, one)


def _transformed(times: SurvivalTimes, transform: Transform) -> FloatArray:
    if transform == "identity":
        return times.time
    if transform == "log":
        return np.log(times.time)
    if transform == "rank":
        return np.asarray(rankdata(times.time), dtype=float)
    if transform == "km":
        curve = kaplan_meier(times)
        before = np.searchsorted(curve.time, times.time, "left")
        return 1 - np.concatenate([[1.0], curve.survival])[before]
    raise InputError(f"transform is {transform!r}; expected km, rank, identity or log.")


def _score_test(score: FloatArray, information: FloatArray, fit: CoxFit, method: str) -> Estimate:
    """Chi-squared of some terms, refused where they carry no information on a change with time."""
    least, df = float(np.linalg.eigvalsh(information)[0]), len(score)
    if least < LEAST_INFORMATION * fit.events:
        reason = f"{fit.events} events carry no information on a change with time"
        return not_estimable(reason, n=fit.n, events=fit.events, method=method)
    statistic = float(score @ np.linalg.solve(information, score))
    return Estimate(
        estimate=statistic,
        unit=f"chi-squared, {df} df",
        n=fit.n,
        events=fit.events,
        p=chi2_p(statistic, df),
        method=method,
    )


@dataclass(frozen=True)
class HazardCurve:
    """Hazard ratio along a predictor against its reference, by a restricted cubic spline.

    Attributes:
        frame: value, hazard_ratio, low, high (pointwise Wald limits).
        reference: value with hazard ratio 1; knots: of the spline.
        p_nonlinear: likelihood-ratio p of the spline against a straight line of the log hazard; not
            estimable, and the frame empty, where the events do not carry the curve.
    """

    frame: pd.DataFrame
    reference: float
    knots: FloatArray
    p_nonlinear: Estimate


def hazard_curve(
    times: SurvivalTimes,
    values: ArrayLike,
    *,
    events_per_covariate: int = EVENTS_PER_COVARIATE,
    level: float = 0.95,
) -> HazardCurve:
    """Form of a predictor by Firth's Cox model with a restricted cubic spline of three knots.

    Args:
        times: a row a patient; values: of the same patients, numbers without gaps.
        events_per_covariate: of the two terms; with fewer events it is refused.

    Source:
        Harrell, Regression Modeling Strategies 2015, section 2.4.5,
        doi:10.1007/978-3-319-19425-7.
    """
    x = matrix(values, times.n)[:, 0]
    method = "restricted cubic spline, 3 knots, Firth's Cox model, likelihood ratio"
    try:
        require_at_least(times.events, 2 * events_per_covariate, "events for a line and one bend")
        at = np.quantile(x, KNOTS)
        if len(np.unique(at)) < len(KNOTS):
            raise NotEstimable("the predictor has too few distinct values for a spline")
        fit = fit_cox(spline_basis(x, at), times)
        p = float(profile(fit, level=level).p[1])
    except NotEstimable as reason:
        label = not_estimable(str(reason), n=times.n, events=times.events, method=method)
        return HazardCurve(pd.DataFrame(columns=list(CURVE)), float("nan"), np.empty(0), label)
    reference = float(np.median(x))
    nonlinear = Estimate(estimate=p, p=p, n=fit.n, events=fit.events, method=method)
    return HazardCurve(_curve(fit, x, at, reference, level), reference, at, nonlinear)


def _curve(
    fit: CoxFit, x: FloatArray, knots: FloatArray, reference: float, level: float
) -> pd.DataFrame:
    grid = np.linspace(x.min(), x.max(), 121)
    away = spline_basis(grid, knots) - spline_basis(np.array([reference]), knots)
    log_ratio = away @ fit.coef
    variance = np.einsum("ij,jk,ik->i", away, fit.covariance, away)
    half = float(ndtri((1 + level) / 2)) * np.sqrt(variance)
    columns = (grid, *(np.exp(log_ratio + sign * half) for sign in (0, -1, 1)))
    return pd.DataFrame(dict(zip(CURVE, columns, strict=True)))


def spline_basis(x: FloatArray, knots: FloatArray) -> FloatArray:
    """Restricted cubic spline terms, linear beyond the outer knots, shape (n, knots - 1)."""
    first, before_last, last = knots[0], knots[-2], knots[-1]
    terms = [x]
    for knot in knots[:-2]:
        cubes = [np.maximum(x - place, 0.0) ** 3 for place in (knot, before_last, last)]
        bend = cubes[0] - cubes[1] * (last - knot) / (last - before_last)
        bend += cubes[2] * (before_last - knot) / (last - before_last)
        terms.append(bend / (last - first) ** 2)
    return np.column_stack(terms)
