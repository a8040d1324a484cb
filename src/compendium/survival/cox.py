"""Cox regression for few events: Firth's penalty, delayed entry, profile-likelihood limits and p.

No library that we found has the penalty together with delayed entry, so the fit is here.

    fit_cox(covariates, times)      coefficients and information
    profile(fit)                    profile-likelihood limits and p of each coefficient
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaincc, ndtri

from compendium.errors import NotEstimable
from compendium.survival.partial_likelihood import PartialLikelihood, Point
from compendium.survival.times import BoolArray, FloatArray, IntArray, SurvivalTimes, matrix

MAX_STEPS = 60
FIRST_STEPS, FIRST_LIMIT_STEPS = 2, 6  # before second derivatives are computed anew each time
LONGEST_STEP = 1.0  # standard deviations of a covariate; keeps the first steps from overshooting
LEAST_INFORMATION = 1e-8  # an event, of standardised covariates; below, they are not told apart


@dataclass(frozen=True)
class CoxFit:
    """A fitted Cox model of p covariates.

    Attributes:
        coef: log hazard ratios per unit, shape (p,); covariance: inverse information, (p, p).
        log_likelihood, log_likelihood_null: (penalised) log partial likelihood at coef and at 0.
        n, events: patients and events.
        penalty: whether Firth's penalty was added.
        centre, scale: of the covariates, as the likelihood has them, shape (p,).
    """

    coef: FloatArray
    covariance: FloatArray
    log_likelihood: float
    log_likelihood_null: float
    n: int
    events: int
    penalty: bool
    centre: FloatArray
    scale: FloatArray
    times: SurvivalTimes = field(repr=False)
    likelihood: PartialLikelihood = field(repr=False)

    @property
    def se(self) -> FloatArray:
        """Wald standard errors, shape (p,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def likelihood_ratio(self) -> float:
        """Twice the gain in (penalised) log likelihood over no covariate at all."""
        return 2 * (self.log_likelihood - self.log_likelihood_null)

    @property
    def p(self) -> float:
        """p of the likelihood-ratio test of all covariates together."""
        return chi2_p(self.likelihood_ratio, len(self.coef))

    def risk(self, covariates: ArrayLike) -> FloatArray:
        """Log hazard ratio against a patient with average covariates, shape (m,)."""
        return (np.asarray(covariates, dtype=float) - self.centre) @ self.coef


@dataclass(frozen=True)
class Profile:
    """Profile-likelihood limits and likelihood-ratio p of each coefficient, shapes (p,)."""

    low: FloatArray
    high: FloatArray
    p: FloatArray


def fit_cox(covariates: ArrayLike, times: SurvivalTimes, *, penalty: bool = True) -> CoxFit:
    """Cox model by maximum (penalised) partial likelihood, Efron's ties.

    Args:
        covariates: shape (n, p), numbers.
        times: of the same n patients, with their entry.
        penalty: Firth's; it keeps estimates finite under separation and less biased when events
            are few. Without it the model is R's coxph.

    Raises:
        NotEstimable: no event, a constant covariate, covariates that determine each other, or a
            likelihood without maximum.

    Source:
        Heinze & Schemper, Biometrics 2001, doi:10.1111/j.0006-341X.2001.00114.x.
    """
    raw = matrix(covariates, times.n)
    if times.events == 0:
        raise NotEstimable("no event")
    centre, scale = raw.mean(axis=0), raw.std(axis=0)
    if (scale <= 1e-12 * (1 + abs(centre))).any():
        raise NotEstimable("a covariate is the same in all patients")
    likelihood = PartialLikelihood((raw - centre) / scale, times, penalty=penalty)
    try:
        beta, at_beta, null = _maximum(likelihood)
        covariance = np.linalg.inv(at_beta.information[0])
    except np.linalg.LinAlgError:
        raise NotEstimable(_no_maximum(likelihood)) from None
    if not (np.diag(covariance) > 0).all():
        raise NotEstimable(_no_maximum(likelihood))
    shift = float(np.log(scale).sum()) if penalty else 0.0
    return CoxFit(
        coef=beta / scale,
        covariance=covariance / np.outer(scale, scale),
        log_likelihood=float(at_beta.value[0]) + shift,
        log_likelihood_null=null + shift,
        n=times.n,
        events=times.events,
        penalty=penalty,
        centre=centre,
        scale=scale,
        times=times,
        likelihood=likelihood,
    )


def _no_maximum(likelihood: PartialLikelihood) -> str:
    if likelihood.penalty:
        return "the likelihood has no maximum that can be reached"
    return "the likelihood rises without end (separation); use Firth's penalty"


def _null(likelihood: PartialLikelihood) -> Point:
    """The likelihood without any effect.

    Raises:
        NotEstimable: no risk set tells the covariates apart.
    """
    deaths, p = len(likelihood.risk_sets.at), likelihood.p
    told = "the covariate" if p == 1 else f"{p} covariates apart"
    reason = f"{deaths} events do not tell {told} (the information is singular)"
    try:
        here = likelihood.at(np.zeros((1, p)))
    except np.linalg.LinAlgError:
        raise NotEstimable(reason) from None
    if np.linalg.eigvalsh(here.information[0])[0] < LEAST_INFORMATION * deaths:
        raise NotEstimable(reason)
    return here


def _maximum(likelihood: PartialLikelihood) -> tuple[FloatArray, Point, float]:
    """Newton's steps, halved where the likelihood falls."""
    beta = np.zeros(likelihood.p)
    here = _null(likelihood)
    null = float(here.value[0])
    for count in range(MAX_STEPS):
        curvature = -here.information[0]
        if count >= FIRST_STEPS and likelihood.penalty:
            exact = _curvature(likelihood, beta[None], here)[0]
            curvature = exact if np.linalg.eigvalsh(exact)[-1] < 0 else curvature
        step = -np.linalg.solve(curvature, here.score[0])
        step *= min(1.0, LONGEST_STEP / max(abs(step).max(), 1e-300))
        there = likelihood.at((beta + step)[None])
        while not there.value[0] >= here.value[0] - 1e-10 * (1 + abs(here.value[0])):
            step /= 2
            if abs(step).max() < 1e-12:
                raise NotEstimable(_no_maximum(likelihood))
            there = likelihood.at((beta + step)[None])
        beta, here = beta + step, there
        if abs(step).max() < 1e-8:
            return beta, here, null
    raise NotEstimable(_no_maximum(likelihood))


def _curvature(likelihood: PartialLikelihood, betas: FloatArray, here: Point) -> FloatArray:
    """Second derivatives at k betas, shape (k, p, p).

    Those of the penalty are differences of its score: where it outweighs few events, steps on the
    information alone swing about the maximum without end.
    """
    if not likelihood.penalty:
        return -here.information
    p, h = likelihood.p, 1e-5
    moved = (betas[:, None, :] + h * np.eye(p)).reshape(-1, p)
    score = likelihood.at(moved).score.reshape(-1, p, p)
    second = (score - here.score[:, None, :]) / h
    return np.asarray((second + second.transpose(0, 2, 1)) / 2)


def profile(fit: CoxFit, *, level: float = 0.95) -> Profile:
    """Profile-likelihood limits and likelihood-ratio p of every coefficient, found together.

    The 2p limits and the p constrained maxima are roots of p equations each; all 3p systems take
    their Newton steps in one evaluation of the likelihood.

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
    of = np.tile(np.arange(p), 3)
    limit = np.repeat([True, True, False], p)
    wald = np.sqrt(2 * drop * np.diag(covariance))
    away = np.concatenate([-wald, wald, -beta])
    start = beta + (away / np.diag(covariance)[of])[:, None] * covariance[of]
    try:
        here = likelihood.at(beta[None])
        of_penalty = _curvature(likelihood, beta[None], here) + here.information
        roots, values = _roots(likelihood, start, of, limit, best - drop, of_penalty)
    except np.linalg.LinAlgError:
        raise NotEstimable("the profile likelihood is singular on the way to a limit") from None
    ends = roots[np.arange(3 * p), of]
    low, high = ends[:p], ends[p : 2 * p]
    statistic = 2 * (best - values[2 * p :])
    if not ((low < beta) & (beta < high) & (statistic > -1e-6)).all():
        raise NotEstimable("the profile likelihood has no limits on both sides of its maximum")
    return Profile(
        low / fit.scale, high / fit.scale, np.array([chi2_p(float(s), 1) for s in statistic])
    )


def _roots(
    likelihood: PartialLikelihood,
    start: FloatArray,
    of: IntArray,
    limit: BoolArray,
    target: float,
    penalty_curvature: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Where the score of all other coefficients is 0 and that of `of` is held.

    A limit holds the likelihood at `target`; a constrained maximum holds the coefficient at 0.
    """
    betas, values = start.copy(), np.empty(len(start))
    unit = np.eye(likelihood.p)
    active = np.arange(len(start))
    for count in range(MAX_STEPS):
        point, held, row = likelihood.at(betas[active]), of[active], np.arange(len(active))
        is_limit = limit[active]
        values[active] = point.value
        if count < FIRST_LIMIT_STEPS:
            jacobian = penalty_curvature - point.information
        else:
            jacobian = _curvature(likelihood, betas[active], point)
        residual = point.score.copy()
        jacobian[row, held] = np.where(is_limit[:, None], point.score, unit[held])
        residual[row, held] = np.where(is_limit, point.value - target, betas[active, held])
        step = -np.linalg.solve(jacobian, residual[..., None])[..., 0]
        size = abs(step).max(axis=1)
        step *= np.minimum(1.0, LONGEST_STEP / np.maximum(size, 1e-300))[:, None]
        betas[active] += step
        # The likelihood is flat at a constrained maximum: half the digits of beta suffice there.
        active = active[size >= np.where(is_limit, 1e-7, 1e-5)]
        if not len(active):
            return betas, values
    raise NotEstimable("the profile likelihood did not converge")


def chi2_p(statistic: float, df: int) -> float:
    """Upper tail of the chi-squared distribution."""
    return float(gammaincc(df / 2, max(statistic, 0.0) / 2))
