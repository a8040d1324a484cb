"""Firth's penalised logistic regression with profile-likelihood intervals, for small groups.

A finding that only one group has (separation) sends the plain estimate to infinity; the penalty
keeps it finite and takes out the first-order bias of small samples as well. Wald intervals are
wrong there, so limits and p-values come from the profile of the penalised likelihood. Near
separation it has several maxima: the highest is sought from several starts, for the estimate and
for every point of a profile.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from firthmodels import detect_separation
from numpy.typing import ArrayLike

from compendium.errors import NotEstimable
from compendium.estimates import Estimate, ratio_of, require_at_least
from compendium.statistics.logistic_maxima import maximise
from compendium.statistics.logistic_profile import Profiles, Top
from compendium.statistics.penalised_logistic import BoolArray, FloatArray, Likelihood

METHOD = "Firth logistic, profile penalised likelihood"
RESTARTS = 5


@dataclass(frozen=True)
class LogisticFit:
    """A fitted model.

    Attributes:
        coefficients: log odds, intercept first, shape (k,).
        log_likelihood: penalised (or plain) log-likelihood at the maximum.
        covariance: inverse of the information, shape (k, k).
        converged: False where no maximum was reached.
        maxima: how many were found, of which this is the highest.
    """

    coefficients: FloatArray
    log_likelihood: float
    covariance: FloatArray
    converged: bool
    maxima: int


def fit(design: FloatArray, event: FloatArray, *, firth: bool = True) -> LogisticFit:
    """Maximise the (penalised) log-likelihood, from several starts where it is penalised.

    Args:
        design: shape (n, k), the intercept's ones first, of full rank.
        event: 1 or 0, shape (n,).
        firth: with Firth's penalty, half the log-determinant of the information.

    Source:
        Firth, Biometrika 1993, doi:10.1093/biomet/80.1.27; Heinze & Schemper, Stat Med 2002,
        doi:10.1002/sim.1047.
    """
    x, back = _standardised(design)
    top = Top(Likelihood(x, event, firth=firth))
    return LogisticFit(
        coefficients=back @ top.beta,
        log_likelihood=top.value - (float(np.linalg.slogdet(back)[1]) if firth else 0.0),
        covariance=back @ top.likelihood.covariance(top.beta) @ back.T,
        converged=top.reached,
        maxima=top.maxima,
    )


def fit_each(
    designs: FloatArray, event: FloatArray, times: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """Coefficients of many Firth models of the same patients, each climbed to from no effect.

    Args:
        designs: shape (n, k) or (models, n, k), the intercept's ones first.
        event: 1 or 0, shape (n,).
        times: how often each patient counts in each model, shape (models, n).

    Returns:
        Log odds, shape (models, k), and whether there is such a model, shape (models,).
    """
    x, back = _standardised(designs)
    weighted = np.sqrt(times)[:, :, None] * x
    told = np.linalg.matrix_rank(weighted) == x.shape[-1]
    model = np.flatnonzero(told)
    likelihood = Likelihood(x, event, times=times)
    betas, _, reached = maximise(likelihood, np.zeros((len(model), x.shape[-1])), model=model)
    found = np.full((len(times), x.shape[-1]), np.nan)
    found[model] = betas
    told[model] = reached
    return np.asarray((back @ found[:, :, None])[:, :, 0]), told


def odds_ratios(
    design: pd.DataFrame, event: ArrayLike, *, level: float = 0.95
) -> dict[str, Estimate]:
    """Odds ratio of every term by Firth's method, with profile-likelihood interval and p.

    Args:
        design: a numeric column a term, without intercept and without missing values, shape (n, k).
        event: True or 1 for the compared group, shape (n,).

    Returns:
        An Estimate a term; where the likelihood has several maxima its method says so.

    Raises:
        NotEstimable: a group is empty, too few patients, a term does not vary, or terms are
            collinear.
    """
    happened = np.asarray(event, dtype=float)
    x, back = _standardised(require_fittable(design, happened))
    top = Top(Likelihood(x, happened))
    for _ in range(RESTARTS):
        found = Profiles(top, level)
        if not found.rose:
            break
        top.climb(np.array([top.beta, found.highest]))
    if not top.reached:
        raise NotEstimable("the penalised likelihood has no maximum that can be reached")
    several = f", highest of {top.maxima} maxima" if top.maxima > 1 else ""
    pieces = "; what is not rejected lies in pieces, their outer limits"
    return {
        str(name): Estimate(
            estimate=ratio_of(top.beta[index] * back[index, index]),
            low=ratio_of(found.low[index - 1] * back[index, index]),
            high=ratio_of(found.high[index - 1] * back[index, index]),
            n=len(happened),
            events=int(happened.sum()),
            p=float(found.p[index - 1]),
            method=METHOD + several + (pieces if found.in_pieces[index - 1] else ""),
            level=level,
        )
        for index, name in enumerate(design.columns, 1)
    }


def plain_odds_ratios(design: pd.DataFrame, event: ArrayLike) -> dict[str, float]:
    """Odds ratios of the plain maximum-likelihood fit; infinite or 0 where separation sends them.

    Source:
        Separation is found by Konis' linear programme (DPhil thesis, Oxford 2007), not guessed
        from large numbers.
    """
    happened = np.asarray(event, dtype=float)
    x = require_fittable(design, happened)
    separation = detect_separation(x, happened, fit_intercept=False)
    scaled, back = _standardised(x)
    fitted = back @ Top(Likelihood(scaled, happened, firth=False)).beta
    logs = np.where(separation.is_finite, fitted, np.copysign(np.inf, separation.directions))
    return {str(name): ratio_of(log) for name, log in zip(design.columns, logs[1:], strict=True)}


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
    if np.linalg.matrix_rank(_standardised(x)[0]) < x.shape[1]:
        raise NotEstimable(f"{', '.join(map(str, design.columns))} are collinear")
    return x


def _standardised(design: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The design with covariates in standard deviations, and the way back of coefficients.

    Args:
        design: shape (..., n, k), the intercept's ones first.
    """
    centre = design[..., 1:].mean(axis=-2, keepdims=True)
    scale = design[..., 1:].std(axis=-2, keepdims=True)
    scale = np.where(scale > 0, scale, 1.0)
    x = np.concatenate([design[..., :1], (design[..., 1:] - centre) / scale], axis=-1)
    back = np.zeros((*design.shape[:-2], x.shape[-1], x.shape[-1]))
    back[..., 0, 0] = 1
    back[..., 0, 1:] = -(centre / scale)[..., 0, :]
    places = np.arange(1, x.shape[-1])
    back[..., places, places] = 1 / scale[..., 0, :]
    return x, back
