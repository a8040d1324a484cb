"""Firth's penalised logistic regression with profile-likelihood intervals, for small groups.

A finding that only one group has (separation) sends the plain estimate to infinity; the penalty
keeps it finite and takes out the first-order bias of small samples as well. Wald intervals are
wrong there, so limits and p-values come from the profile of the penalised likelihood.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from firthmodels import detect_separation
from numpy.typing import ArrayLike, NDArray
from scipy.linalg.lapack import dposv, dpotrf, dpotri
from scipy.special import expit
from scipy.stats import chi2

from compendium.errors import NotEstimable
from compendium.estimates import Estimate, require_at_least

FloatArray = NDArray[np.float64]

MAX_STEPS = 200
MAX_STEP = 5.0  # in a coefficient, so that a first step from 0 cannot overshoot
SCORE_TOLERANCE, STEP_TOLERANCE = 1e-9, 1e-11
PROFILE_TOLERANCE = 1e-5  # the likelihood is off by its square only
LIMIT_TOLERANCE = 1e-7  # of the signed root of the deviance
ROUNDING = 1e-12  # of the log-likelihood
SMALLEST_WEIGHT = 1e-12  # a plain fit on separated data runs off, but stays invertible
FARTHEST_LOG_ODDS = 200.0


@dataclass(frozen=True)
class LogisticFit:
    """A fitted model.

    Attributes:
        coefficients: log odds, intercept first, shape (k,).
        log_likelihood: penalised (or plain) log-likelihood at the maximum.
        covariance: inverse of the information, shape (k, k).
        converged: False where no maximum was reached, as happens without penalty on separation.
    """

    coefficients: FloatArray
    log_likelihood: float
    covariance: FloatArray
    converged: bool


def fit(
    design: FloatArray,
    event: FloatArray,
    *,
    firth: bool = True,
    start: FloatArray | None = None,
    fixed: int | None = None,
    tolerance: float = SCORE_TOLERANCE,
) -> LogisticFit:
    """Maximise the (penalised) log-likelihood by Newton's method with step-halving.

    Args:
        design: shape (n, k), the intercept's ones first, of full rank.
        event: 1 or 0, shape (n,).
        firth: with Firth's penalty, half the log-determinant of the information.
        start: coefficients to start from; zeros if not given.
        fixed: a coefficient that stays at its value in `start`.
        tolerance: largest slope of the log-likelihood that counts as a maximum.

    Source:
        Firth, Biometrika 1993, doi:10.1093/biomet/80.1.27; Heinze & Schemper, Stat Med 2002,
        doi:10.1002/sim.1047.
    """
    beta = np.zeros(design.shape[1]) if start is None else start.copy()
    free = np.delete(np.arange(len(beta)), [] if fixed is None else [fixed])
    now = _at(design, event, beta, firth)
    for _ in range(MAX_STEPS):
        if np.abs(now.score[free]).max(initial=0.0) < tolerance:
            return LogisticFit(beta, now.value, now.covariance, True)
        step = _step(now, free)
        for _ in range(40):
            tried = beta.copy()
            tried[free] += step
            new = _at(design, event, tried, firth)
            if new.value >= now.value - ROUNDING * abs(now.value):
                break
            step = step / 2
        beta, now = tried, new
        if np.abs(step).max() < STEP_TOLERANCE:
            return LogisticFit(beta, now.value, now.covariance, True)
    return LogisticFit(beta, now.value, now.covariance, False)


def odds_ratios(
    design: pd.DataFrame, event: ArrayLike, *, level: float = 0.95
) -> dict[str, Estimate]:
    """Odds ratio of every term by Firth's method, with profile-likelihood interval and p.

    Args:
        design: a numeric column a term, without intercept and without missing values, shape (n, k).
        event: True or 1 for the compared group, shape (n,).

    Returns:
        An Estimate a term.

    Raises:
        NotEstimable: a group is empty, too few patients, a term does not vary, or terms are
            collinear.
    """
    happened = np.asarray(event, dtype=float)
    x = require_fittable(design, happened)
    full = fit(x, happened)
    if not full.converged:
        raise NotEstimable(f"no maximum within {MAX_STEPS} steps")
    critical = float(chi2.ppf(level, 1))
    found = {}
    for index, name in enumerate(design.columns, start=1):
        deviance = _profile(x, happened, full, index)
        found[str(name)] = Estimate(
            estimate=math.exp(full.coefficients[index]),
            low=math.exp(_limit(deviance, full, index, -1, critical)),
            high=math.exp(_limit(deviance, full, index, +1, critical)),
            n=len(happened),
            events=int(happened.sum()),
            p=float(chi2.sf(max(deviance(0.0), 0.0), 1)),
            method="Firth logistic, profile penalised likelihood",
            level=level,
        )
    return found


def plain_odds_ratios(design: pd.DataFrame, event: ArrayLike) -> dict[str, float]:
    """Odds ratios of the plain maximum-likelihood fit; infinite or 0 where separation sends them.

    Source:
        Separation is found by Konis' linear programme (DPhil thesis, Oxford 2007), not guessed
        from large numbers.
    """
    happened = np.asarray(event, dtype=float)
    x = require_fittable(design, happened)
    separation = detect_separation(x, happened, fit_intercept=False)
    fitted = fit(x, happened, firth=False)
    logs = np.where(
        separation.is_finite, fitted.coefficients, np.copysign(np.inf, separation.directions)
    )
    return dict(zip(map(str, design.columns), np.exp(logs[1:]).tolist(), strict=True))


def require_fittable(design: pd.DataFrame, happened: FloatArray) -> FloatArray:
    """The design with an intercept in front, once it is sure that a model can be fitted.

    Raises:
        NotEstimable: a group is empty, too few patients, a term does not vary, or terms are
            collinear.
    """
    x = np.column_stack([np.ones(len(design)), design.to_numpy(dtype=float)])
    require_at_least(int(happened.sum()), 1, "in the compared group")
    require_at_least(int((1 - happened).sum()), 1, "in the reference group")
    require_at_least(len(x), x.shape[1] + 1, "patients with all covariates known")
    for name in design.columns:
        if design[name].nunique() < 2:
            raise NotEstimable(f"{name} is the same in all {len(design)} patients")
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise NotEstimable(f"{', '.join(map(str, design.columns))} are collinear")
    return x


@dataclass(frozen=True)
class _Point:
    """Log-likelihood at some coefficients, with its score, curvature and inverse information."""

    value: float
    score: FloatArray
    curvature: FloatArray
    information: FloatArray
    covariance: FloatArray


def _at(x: FloatArray, event: FloatArray, beta: FloatArray, firth: bool) -> _Point:
    predictor = x @ beta
    probability = expit(predictor)
    weight = np.maximum(probability * (1 - probability), SMALLEST_WEIGHT)
    information = (x.T * weight) @ x
    root, singular = dpotrf(information, lower=1)
    if singular:
        nothing = np.zeros(len(beta))
        return _Point(-math.inf, nothing, information, information, information)
    inverse = dpotri(root, lower=1)[0]
    covariance = inverse + np.tril(inverse, -1).T
    value = float(event @ predictor - np.logaddexp(0, predictor).sum())
    residual, curvature = event - probability, information
    if firth:
        value += float(np.log(np.diag(root)).sum())
        spread = x @ covariance
        leverage = weight * (spread * x).sum(axis=1)
        skew = 1 - 2 * probability
        residual = residual + leverage * skew / 2
        # How the leverages change with the coefficients, shape (n, k).
        cubes = (x.T * (weight * skew)) @ _products(x)
        change = (leverage * skew)[:, None] * x - weight[:, None] * (_products(spread) @ cubes.T)
        curvature = information + x.T @ (
            (leverage * weight)[:, None] * x - (skew / 2)[:, None] * change
        )
    return _Point(value, x.T @ residual, curvature, information, covariance)


def _products(rows: FloatArray) -> FloatArray:
    """All products of two columns, shape (n, k·k)."""
    return (rows[:, :, None] * rows[:, None, :]).reshape(len(rows), -1)


def _step(now: _Point, free: NDArray[np.intp]) -> FloatArray:
    """Newton step of the free coefficients, none longer than MAX_STEP.

    Where the penalised likelihood is not concave, the information takes the curvature's place.
    """
    step, indefinite = dposv(now.curvature[free][:, free], now.score[free], lower=1)[1:]
    if indefinite:
        step = dposv(now.information[free][:, free], now.score[free], lower=1)[1]
    shortened: FloatArray = step * min(1.0, MAX_STEP / max(float(np.abs(step).max()), 1e-300))
    return shortened


def _profile(
    x: FloatArray, event: FloatArray, full: LogisticFit, index: int
) -> Callable[[float], float]:
    """Twice the fall of the penalised log-likelihood when one coefficient is held at a value."""
    last = full.coefficients

    def deviance(held: float) -> float:
        nonlocal last
        # The others follow along the ridge; from there a few steps suffice.
        ridge = full.covariance[:, index] / full.covariance[index, index]
        start = last + ridge * (held - last[index])
        start[index] = held
        constrained = fit(x, event, start=start, fixed=index, tolerance=PROFILE_TOLERANCE)
        last = constrained.coefficients
        return 2 * (full.log_likelihood - constrained.log_likelihood)

    return deviance


def _limit(
    deviance: Callable[[float], float],
    full: LogisticFit,
    index: int,
    side: int,
    critical: float,
) -> float:
    """Coefficient on one side of the estimate at which the deviance reaches the critical value.

    The signed root of the deviance is nearly straight, so that the secant rule takes three to five
    steps; a bracket guards it.
    """
    centre, error = float(full.coefficients[index]), math.sqrt(full.covariance[index, index])
    target = math.sqrt(critical)
    inside, outside, distance = (0.0, -target), (math.inf, math.inf), target * error
    for _ in range(MAX_STEPS):
        short = math.sqrt(max(deviance(centre + side * distance), 0.0)) - target
        if abs(short) < LIMIT_TOLERANCE:
            break
        earlier = outside if short < 0 and math.isfinite(outside[0]) else inside
        inside, outside = ((distance, short), outside) if short < 0 else (inside, (distance, short))
        distance -= short * (distance - earlier[0]) / (short - earlier[1])
        if math.isinf(outside[0]) and not inside[0] < distance < 3 * inside[0]:
            distance = 3 * inside[0]
        if distance > FARTHEST_LOG_ODDS:
            return side * math.inf
    return centre + side * distance
