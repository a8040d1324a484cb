"""Profile-likelihood limits and likelihood-ratio p-values of a Cox model's coefficients."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtri

from compendium.errors import NotEstimable
from compendium.survival.cox import LONGEST_STEP, CoxFit, chi2_p, curvature, maximise
from compendium.survival.partial_likelihood import PartialLikelihood
from compendium.survival.times import BoolArray, FloatArray, IntArray

MAX_STEPS = 30
FIRST_STEPS = 6  # with the information alone, before all second derivatives are computed
FARTHEST = 60.0  # standard deviations of a covariate, within which a limit must lie


@dataclass(frozen=True)
class Profile:
    """Profile-likelihood limits and likelihood-ratio p of each coefficient, shapes (p,)."""

    low: FloatArray
    high: FloatArray
    p: FloatArray


def profile(fit: CoxFit, *, level: float = 0.95) -> Profile:
    """Profile-likelihood limits and likelihood-ratio p of every coefficient.

    The 2p limits and the p constrained maxima are roots of p equations each; all 3p systems take
    their Newton steps in one evaluation of the likelihood. Where there is no root, or one on the
    wrong side of the estimate, the search is repeated along the profile itself.

    Raises:
        NotEstimable: a limit or a constrained maximum was not found.

    Source:
        Venzon & Moolgavkar, Appl Stat 1988, doi:10.2307/2347496.
    """
    likelihood, p = fit.likelihood, len(fit.coef)
    drop = float(ndtri((1 + level) / 2)) ** 2 / 2
    shift = float(np.log(fit.scale).sum()) if fit.penalty else 0.0
    best = fit.log_likelihood - shift
    beta = fit.coef * fit.scale
    covariance = fit.covariance * np.outer(fit.scale, fit.scale)
    of, side = np.tile(np.arange(p), 3), np.repeat([-1.0, 1.0, 0.0], p)
    wald = np.sqrt(2 * drop * np.diag(covariance))
    away = np.where(side == 0, -beta[of], side * wald[of])
    start = beta + (away / np.diag(covariance)[of])[:, None] * covariance[of]
    try:
        ends, values, found = _roots(likelihood, start, of, side != 0, best - drop)
        wrong = ~found | (side * (ends - beta[of]) < 0) | (values > best + 1e-6)
        for row in np.flatnonzero(wrong):
            ends[row], values[row] = _search(
                likelihood, beta, int(of[row]), side[row] * wald[of[row]], best - drop
            )
    except np.linalg.LinAlgError:
        raise NotEstimable("the profile likelihood is singular on the way to a limit") from None
    statistic = 2 * (best - values[2 * p :])
    return Profile(
        ends[:p] / fit.scale,
        ends[p : 2 * p] / fit.scale,
        np.array([chi2_p(float(s), 1) for s in statistic]),
    )


def _roots(
    likelihood: PartialLikelihood,
    start: FloatArray,
    of: IntArray,
    limit: BoolArray,
    target: float,
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Where the score of all other coefficients is 0 and that of `of` is held.

    A limit holds the likelihood at `target`; a constrained maximum holds the coefficient at 0.

    Returns:
        The held coefficient, the likelihood, and whether a root was found, a value a row.
    """
    betas, values = start.copy(), np.empty(len(start))
    found = np.zeros(len(start), dtype=bool)
    unit = np.eye(likelihood.p)
    active, last = np.arange(len(start)), np.zeros(len(start))
    for count in range(MAX_STEPS):
        point, held, row = likelihood.at(betas[active]), of[active], np.arange(len(active))
        is_limit = limit[active]
        values[active] = point.value
        jacobian, residual = -point.information, point.score.copy()
        if count >= FIRST_STEPS:
            jacobian = curvature(likelihood, betas[active], point)
        jacobian[row, held] = np.where(is_limit[:, None], point.score, unit[held])
        residual[row, held] = np.where(is_limit, point.value - target, betas[active, held])
        step = -np.linalg.solve(jacobian, residual[..., None])[..., 0]
        size = abs(step).max(axis=1)
        step *= np.minimum(1.0, LONGEST_STEP / np.maximum(size, 1e-300))[:, None]
        betas[active] += step
        # The likelihood is flat at a constrained maximum: half the digits of beta suffice there.
        # Next step, were it as much shorter than this one as this one than the one before.
        shorter = np.divide(size, last, out=np.ones_like(size), where=last > 0)
        left = size * np.minimum(1.0, shorter)
        near = left < np.where(is_limit, 1e-7, 1e-5)
        found[active[near]] = True
        active, last = active[~near], size[~near]
        if not len(active):
            break
    return betas[np.arange(len(start)), of], values, found


def _search(
    likelihood: PartialLikelihood, beta: FloatArray, of: int, step: float, target: float
) -> tuple[float, float]:
    """A limit by bracketing the profile likelihood, or its value at 0 where `step` is 0."""
    others = np.delete(np.arange(likelihood.p), of)
    last = beta.copy()

    @cache  # a second evaluation would start elsewhere, and could end on another ridge
    def above(value: float) -> float:
        nonlocal last
        last = last.copy()
        last[of] = value
        here = likelihood.at(last[None])
        if len(others):
            last, here = maximise(likelihood, last, here, others)
        return float(here.value[0]) - target

    if step == 0:
        return 0.0, above(0.0) + target
    inner, outer = float(beta[of]), float(beta[of]) + step
    while above(outer) > 0:
        inner, outer = outer, outer + 2 * (outer - inner)
        if abs(outer) > FARTHEST:
            raise NotEstimable("the profile likelihood does not fall on both sides of its maximum")
    if not above(inner) > 0:
        raise NotEstimable("the profile likelihood has no single maximum")
    return float(brentq(above, inner, outer, xtol=1e-8)), target
