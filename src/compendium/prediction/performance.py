"""How well a survival model predicts, corrected for having been fitted to the same patients.

    harrell_c, uno_c                        concordance of a risk with the times, as R has them
    dynamic_auc(times, risk, horizon)       who has the event by a time against who is free then
    integrated_brier(times, survival, at)   squared error of predicted survival, over time
    performance(model, times, x, horizon)   all of these
    optimism_corrected(...)                 the same of Firth's Cox model, by bootstrap

All weights are by the probability of being uncensored just before an event, as R's timeROC and
concordance have it: where an event and a censoring tie, the event comes first. scikit-survival
takes it just after, and neither of its C's knows delayed entry.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from compendium.errors import NotEstimable
from compendium.estimates import Estimate, not_estimable, require_at_least
from compendium.survival.cox import EVENTS_PER_COVARIATE, CoxFit, fit_cox
from compendium.survival.times import FloatArray, SurvivalTimes, matrix

MEASURES = {
    "harrell_c": "Harrell's C",
    "uno_c": "Uno's C",
    "auc": "cumulative/dynamic AUC",
    "brier": "integrated Brier score",
}
BRIER_STEPS = 25


def harrell_c(times: SurvivalTimes, risk: ArrayLike) -> float:
    """Share of comparable pairs in which who had the event first had the higher risk; ties half.

    A pair is comparable where one has the event while the other is at risk and goes on without it.

    Raises:
        NotEstimable: no comparable pair.

    Source:
        Harrell et al., JAMA 1982, doi:10.1001/jama.1982.03320430047030; with delayed entry as R's
        concordance().
    """
    return _concordance(times, np.asarray(risk, dtype=float), np.ones(times.n))


def uno_c(times: SurvivalTimes, risk: ArrayLike, until: float = np.inf) -> float:
    """Harrell's C with pairs weighted by the inverse squared probability of being uncensored.

    Args:
        until: events after it do not count.

    Raises:
        NotEstimable: no comparable pair, or delayed entry, for which the weights are not defined.

    Source:
        Uno et al., Stat Med 2011, doi:10.1002/sim.4154.
    """
    _require_from_origin(times, "Uno's C")
    weight = 1 / np.maximum(_uncensored(times), 1e-12) ** 2
    return _concordance(times, np.asarray(risk, dtype=float), weight * (times.time <= until))


def dynamic_auc(times: SurvivalTimes, risk: ArrayLike, horizon: float) -> float:
    """P(risk of who has the event by `horizon` > risk of who is free of it then), ties half.

    Raises:
        NotEstimable: nobody on one side, or delayed entry, for which the weights are not defined.

    Source:
        Uno et al., J Am Stat Assoc 2007, doi:10.1198/016214507000000149; Hung & Chiang, Can J Stat
        2010, doi:10.1002/cjs.10046.
    """
    _require_from_origin(times, MEASURES["auc"])
    case, free = times.event & (times.time <= horizon), times.time > horizon
    require_at_least(int(case.sum()), 1, f"events by {horizon:g} {times.unit}")
    require_at_least(int(free.sum()), 1, f"patients followed beyond {horizon:g} {times.unit}")
    values, weight = np.asarray(risk, dtype=float), 1 / _uncensored(times)[case]
    above = np.sign(values[case, None] - values[free]) / 2 + 0.5
    return float((weight @ above).sum() / (weight.sum() * free.sum()))


def integrated_brier(times: SurvivalTimes, survival: FloatArray, at: FloatArray) -> float:
    """Brier score of predicted survival, its mean over time by the trapezoidal rule.

    Args:
        survival: predicted event-free probability, shape (n, k).
        at: the k times, rising.

    Raises:
        NotEstimable: nobody is followed beyond the last time, the times do not rise, or delayed
            entry.

    Source:
        Graf et al., Stat Med 1999,
        doi:10.1002/(SICI)1097-0258(19990915/30)18:17/18<2529::AID-SIM274>3.0.CO;2-5.
    """
    _require_from_origin(times, MEASURES["brier"])
    require_at_least(int((times.time > at[-1]).sum()), 1, f"patients followed beyond {at[-1]:g}")
    if not (np.diff(at) > 0).all():
        raise NotEstimable("no time between the first event and the horizon")
    case = times.event[:, None] & (times.time[:, None] <= at)
    free = times.time[:, None] > at
    lost = case / _uncensored(times)[:, None] * survival**2
    kept = free / _uncensored(times, at, "right") * (1 - survival) ** 2
    score = (lost + kept).mean(axis=0)
    return float(np.trapezoid(score, at) / (at[-1] - at[0]))


def _concordance(times: SurvivalTimes, risk: FloatArray, weight: FloatArray) -> float:
    first = np.flatnonzero(times.event & (weight > 0))
    t = times.time[first, None]
    later = (times.time > t) | ((times.time == t) & ~times.event)
    pairs = (later & (times.entry < t)) * weight[first, None]
    total = pairs.sum()
    if total == 0:
        raise NotEstimable("no two patients can be compared")
    difference = np.sign(risk[first, None] - risk)
    return float((pairs * (1 + difference)).sum() / (2 * total))


def _uncensored(
    times: SurvivalTimes, at: FloatArray | None = None, side: Literal["left", "right"] = "left"
) -> FloatArray:
    """Probability of being uncensored just before (left) or after each time, those of the patients.

    Events come before censorings of the same time.
    """
    moments = times.time if at is None else at
    steps = np.unique(times.time[~times.event])
    censored = (times.time[~times.event, None] == steps).sum(axis=0)
    left = (times.time[:, None] > steps).sum(axis=0)
    curve = np.concatenate([[1.0], np.cumprod(left / (left + censored))])
    return np.asarray(curve[np.searchsorted(steps, moments, side)])


def _require_from_origin(times: SurvivalTimes, what: str) -> None:
    if times.delayed:
        raise NotEstimable(f"{what} is not defined with delayed entry")


@dataclass(frozen=True)
class CoxPrediction:
    """A fitted Cox model that gives a risk and a survival probability to new patients."""

    fit: CoxFit
    baseline_time: FloatArray
    baseline_hazard: FloatArray

    def risk(self, covariates: FloatArray) -> FloatArray:
        """Log hazard ratio against the average patient, shape (m,)."""
        return self.fit.risk(covariates)

    def survival(self, covariates: FloatArray, at: FloatArray) -> FloatArray:
        """Event-free probability of m patients at k times, shape (m, k)."""
        last = np.searchsorted(self.baseline_time, at, "right")
        hazard = np.concatenate([[0.0], self.baseline_hazard])[last]
        ratio = np.exp(np.minimum(self.risk(covariates), 50.0))
        return np.asarray(np.exp(-hazard * ratio[:, None]))


def cox_prediction(covariates: FloatArray, times: SurvivalTimes) -> CoxPrediction:
    """Firth's Cox model with its baseline cumulative hazard (Efron's estimate).

    Raises:
        NotEstimable: the model cannot be fitted.
    """
    fit = fit_cox(covariates, times)
    sets = fit.likelihood.risk_sets
    total = sets.sums(np.exp(fit.risk(covariates)))
    return CoxPrediction(fit, sets.at, np.cumsum(1 / total))


Fitter = Callable[[FloatArray, SurvivalTimes], CoxPrediction]


def performance(
    model: CoxPrediction, covariates: FloatArray, times: SurvivalTimes, horizon: float
) -> dict[str, float]:
    """Measures of a model in some patients; nan where one is not defined.

    Args:
        horizon: time up to which Uno's C counts, at which the AUC is taken, and to which the Brier
            score is integrated; in the times' unit.
    """
    risk = model.risk(covariates)
    found = {"harrell_c": _or_nan(lambda: harrell_c(times, risk))}
    if times.delayed:
        return found | dict.fromkeys(("uno_c", "auc", "brier"), np.nan)
    found["uno_c"] = _or_nan(lambda: uno_c(times, risk, horizon))
    found["auc"] = _or_nan(lambda: dynamic_auc(times, risk, horizon))
    first = times.time[times.event].min() if times.events else np.inf
    grid = np.linspace(min(first, horizon), horizon, BRIER_STEPS)
    survival = model.survival(covariates, grid)
    found["brier"] = _or_nan(lambda: integrated_brier(times, survival, grid))
    return found


def _or_nan(measure: Callable[[], float]) -> float:
    """The measure, or nan where a (resampled) set of patients does not define it."""
    try:
        return measure()
    except NotEstimable:
        return np.nan


def optimism_corrected(
    times: SurvivalTimes,
    predictors: pd.DataFrame,
    rng: np.random.Generator,
    *,
    horizon: float,
    resamples: int = 500,
    events_per_covariate: int = EVENTS_PER_COVARIATE,
    fitter: Fitter = cox_prediction,
    level: float = 0.95,
) -> dict[str, Estimate]:
    """Measures of a model's prediction less their optimism, with location-shifted intervals.

    Each bootstrap sample of patients goes through every step that the data decide: scaling and fit.
    The optimism is the mean of (measure in the sample) - (the sample's model in all patients).

    Args:
        times: a row a patient; predictors: the same rows, numbers without gaps.
        horizon: see `performance`.
        fitter: the model; it is fitted anew in every sample.
        events_per_covariate: a model with fewer events for each covariate is refused.

    Returns:
        One Estimate a measure: harrell_c, uno_c, auc, brier.

    Source:
        Harrell et al., Stat Med 1996;15:361–387; interval: Noma et al., Stat Med 2021,
        doi:10.1002/sim.9148.
    """
    x = matrix(predictors, times.n, [str(name) for name in predictors.columns])
    try:
        require_at_least(times.events, events_per_covariate * x.shape[1], "events")
        apparent = performance(fitter(x, times), x, times, horizon)
    except NotEstimable as reason:
        label = not_estimable(str(reason), n=times.n, events=times.events)
        return dict.fromkeys(MEASURES, label)
    in_sample = {name: np.full(resamples, np.nan) for name in MEASURES}
    in_all = {name: np.full(resamples, np.nan) for name in MEASURES}
    for number in range(resamples):
        rows = rng.integers(0, times.n, times.n)
        try:
            model = fitter(x[rows], times.take(rows))
        except NotEstimable:
            continue
        here = performance(model, x[rows], times.take(rows), horizon)
        there = performance(model, x, times, horizon)
        for name in MEASURES:
            in_sample[name][number], in_all[name][number] = here[name], there[name]
    return {
        name: _corrected(name, apparent[name], in_sample[name], in_all[name], times, level)
        for name in MEASURES
    }


def _corrected(
    name: str,
    apparent: float,
    in_sample: FloatArray,
    in_all: FloatArray,
    times: SurvivalTimes,
    level: float,
) -> Estimate:
    defined = np.isfinite(in_sample) & np.isfinite(in_all)
    resamples = len(defined)
    method = f"{MEASURES[name]}, apparent {apparent:.3f}, optimism-corrected, {resamples} resamples"
    if not np.isfinite(apparent):
        delayed = " with delayed entry" if times.delayed else " at this horizon"
        reason = f"{MEASURES[name]} is not defined{delayed}"
        return not_estimable(reason, n=times.n, events=times.events)
    if defined.sum() < 0.95 * resamples:
        reason = f"undefined in {resamples - int(defined.sum())} of {resamples} bootstrap samples"
        return not_estimable(reason, n=times.n, events=times.events, method=method)
    optimism = float((in_sample - in_all)[defined].mean())
    tails = (1 - level) / 2, (1 + level) / 2
    low, high = np.quantile(in_sample[defined], tails) - optimism
    return Estimate(
        estimate=apparent - optimism,
        low=float(low),
        high=float(high),
        n=times.n,
        events=times.events,
        method=method,
        level=level,
        within=(0.0, 1.0),
    )
