"""Cox regression for few events: Firth's penalty with delayed entry, and Efron's ties.

No library that we found has the penalty together with delayed entry, so the fit is here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaincc

from compendium.counting import counted
from compendium.errors import InputError, NotEstimable
from compendium.rules import Rules
from compendium.survival.partial_likelihood import PartialLikelihood, Point, WithPrior
from compendium.survival.separation import require_overlap
from compendium.survival.times import (
    FloatArray,
    IntArray,
    SurvivalTimes,
    matrix,
    risk_set_sizes,
)

MAX_STEPS = 60
SLOW = 0.1  # steps that shrink by less call for second derivatives of the penalty too
LONGEST_STEP = 1.0  # standard deviations of a covariate; keeps the first steps from overshooting
EVENTS_PER_COVARIATE = Rules.events_per_covariate.default  # below, the analyses refuse a model
ROUNDING = 1e-6  # of a chi-squared
NO_MAXIMUM = "the likelihood has no maximum that can be reached"
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


def fit_cox(
    covariates: ArrayLike,
    times: SurvivalTimes,
    *,
    penalty: bool = True,
    prior: float = 0.0,
    names: Sequence[str] = (),
) -> CoxFit:
    """Cox model by maximum (penalised) partial likelihood, Efron's ties.

    Args:
        covariates: shape (n, p), numbers.
        times: of the same n patients, with their entry.
        penalty: Firth's; it keeps estimates finite under separation and less biased when events
            are few. Without it the model is R's coxph.
        prior: pseudo-events m of a log-F(m, m) prior on each coefficient per unit of its covariate,
            in place of the penalty; 0 for none.
        names: of the covariates, for a reason.

    Raises:
        NotEstimable: no event, nobody at risk who outlives one, a constant covariate, covariates
            that determine each other, or, without penalty and prior, that separate the events.
        InputError: a penalty and a prior.

    Source:
        Heinze & Schemper, Biometrics 2001, doi:10.1111/j.0006-341X.2001.00114.x; prior: Greenland
        & Mansournia, Stat Med 2015, doi:10.1002/sim.6537.
    """
    if penalty and prior:
        raise InputError(f"a penalty and a prior of {prior:g} pseudo-events; expected one of them.")
    raw = matrix(covariates, times.n)
    if times.events == 0:
        raise NotEstimable("no event")
    _require_survivors(times)
    centre, scale = raw.mean(axis=0), raw.std(axis=0)
    if (scale <= 1e-12 * (1 + abs(centre))).any():
        raise NotEstimable("a covariate is the same in all patients")
    standardised = (raw - centre) / scale
    if not penalty and not prior:
        require_overlap(standardised, times, names)
    likelihood: PartialLikelihood = (
        WithPrior(standardised, times, pseudo_events=prior, scale=scale)
        if prior
        else PartialLikelihood(standardised, times, penalty=penalty)
    )
    try:
        null = _null(likelihood)
        none, everything = np.zeros(likelihood.p), np.arange(likelihood.p)
        beta, at_beta = maximise(likelihood, none, null, everything)
        covariance = np.linalg.inv(at_beta.information[0])
    except np.linalg.LinAlgError:
        raise NotEstimable(NO_MAXIMUM) from None
    if not (np.diag(covariance) > 0).all():
        raise NotEstimable(NO_MAXIMUM)
    shift = float(np.log(scale).sum()) if penalty else 0.0
    return CoxFit(
        coef=beta / scale,
        covariance=covariance / np.outer(scale, scale),
        log_likelihood=float(at_beta.value[0]) + shift,
        log_likelihood_null=float(null.value[0]) + shift,
        n=times.n,
        events=times.events,
        penalty=penalty,
        centre=centre,
        scale=scale,
        times=times,
        likelihood=likelihood,
    )


def _require_survivors(times: SurvivalTimes) -> None:
    """Somebody at risk outlives an event; Efron's ties alone would make up an order of the dead.

    Raises:
        NotEstimable: at each event everybody at risk has it.
    """
    at, died = np.unique(times.time[times.event], return_counts=True)
    if (risk_set_sizes(times, at) == died).all():
        when = "all on one day" if len(at) == 1 else "at each event all who are at risk"
        raise NotEstimable(
            f"{counted(times.events, 'events')}, {when}: no two patients are compared"
        )


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


def maximise(
    likelihood: PartialLikelihood, start: FloatArray, here: Point, free: IntArray
) -> tuple[FloatArray, Point]:
    """Newton's steps of the free coefficients from `start`, halved where the likelihood falls.

    Args:
        start: shape (p,); here: the likelihood there; free: positions of those that move.

    Raises:
        NotEstimable: there is no maximum.
    """
    beta = start.copy()
    size = last = 0.0
    for _ in range(MAX_STEPS):
        bend = -here.information[0][np.ix_(free, free)]
        if likelihood.penalty and size > SLOW * last > 0:
            exact = curvature(likelihood, beta[None], here)[0][np.ix_(free, free)]
            bend = exact if np.linalg.eigvalsh(exact)[-1] < 0 else bend
        step = np.zeros(likelihood.p)
        step[free] = -np.linalg.solve(bend, here.score[0][free])
        step *= min(1.0, LONGEST_STEP / max(abs(step).max(), 1e-300))
        there = likelihood.at((beta + step)[None])
        while not there.value[0] >= here.value[0] - 1e-10 * (1 + abs(here.value[0])):
            step /= 2
            if abs(step).max() < 1e-12:
                raise NotEstimable(NO_MAXIMUM)
            there = likelihood.at((beta + step)[None])
        beta, here = beta + step, there
        last, size = size, float(abs(step).max())
        # Next step, were it as much shorter than this one as this one than the one before.
        if size * (min(1.0, size / last) if last > 0 else 1.0) < 1e-9:
            return beta, here
    raise NotEstimable(NO_MAXIMUM)


def curvature(likelihood: PartialLikelihood, betas: FloatArray, here: Point) -> FloatArray:
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


def chi2_p(statistic: float, df: int) -> float:
    """Upper tail of the chi-squared distribution.

    Raises:
        NotEstimable: the statistic is below 0, beyond rounding: it was divided by no information.
    """
    if statistic < -ROUNDING:
        raise NotEstimable(f"chi-squared would be {statistic:.2g}: there is no information")
    return float(gammaincc(df / 2, max(statistic, 0.0) / 2))
