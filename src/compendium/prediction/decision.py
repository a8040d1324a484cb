"""Decision curves: is acting on a model's risk better than acting on all patients, or on none?"""

import numpy as np
import pandas as pd

from compendium.errors import NotEstimable
from compendium.estimates import require_at_least
from compendium.prediction.performance import cox_prediction
from compendium.survival.cox import EVENTS_PER_COVARIATE
from compendium.survival.times import BoolArray, FloatArray, IntArray, SurvivalTimes, matrix

THRESHOLDS = tuple(round(0.05 + 0.025 * step, 3) for step in range(23))  # 5 % to 60 %


def decision_curve(
    times: SurvivalTimes,
    predictors: pd.DataFrame,
    rng: np.random.Generator,
    *,
    horizon: float,
    thresholds: tuple[float, ...] = THRESHOLDS,
    resamples: int = 200,
    events_per_covariate: int = EVENTS_PER_COVARIATE,
) -> pd.DataFrame:
    """Net benefit of Firth's Cox model by the risk at which one would act, less its optimism.

    Args:
        times: a row a patient, all from the origin; predictors: the same rows, without gaps.
        horizon: time at which the risk is predicted, in the times' unit.
        thresholds: risks of the event by the horizon.
        resamples: bootstrap samples, each through the whole fit.

    Returns:
        A row a threshold: threshold, model (corrected), model_apparent, all, none, and reason,
        which is why there is no curve and else empty. Net benefit is in true positives a patient;
        nan where no patient stays under observation to the horizon.

    Source:
        Vickers et al., BMC Med Inform Decis Mak 2008, doi:10.1186/1472-6947-8-53.
    """
    names = [str(name) for name in predictors.columns]
    x = matrix(predictors, times.n, names)
    at = np.array(thresholds)
    treated = np.ones(times.n, dtype=bool)
    frame = pd.DataFrame({"threshold": at, "model": np.nan, "model_apparent": np.nan})
    try:
        if times.delayed:
            raise NotEstimable("net benefit is not defined with delayed entry")
        require_at_least(times.events, events_per_covariate * len(names), "events")
        apparent, optimism = _of_model(x, times, rng, at, horizon, resamples)
    except NotEstimable as reason:
        return frame.assign(all=np.nan, none=np.nan, reason=str(reason))
    of_all = [_net_benefit(times, treated, t, horizon) for t in at]
    return frame.assign(
        model=apparent - optimism, model_apparent=apparent, all=of_all, none=0.0, reason=""
    )


def _of_model(
    x: FloatArray,
    times: SurvivalTimes,
    rng: np.random.Generator,
    thresholds: FloatArray,
    horizon: float,
    resamples: int,
) -> tuple[FloatArray, FloatArray]:
    """Apparent net benefit of Firth's Cox model and its optimism, shape of `thresholds`."""

    def benefit(fitted_on: IntArray, judged_on: IntArray) -> FloatArray:
        model = cox_prediction(x[fitted_on], times.take(fitted_on))
        risk = 1 - model.survival(x[judged_on], np.array([horizon]))[:, 0]
        here = times.take(judged_on)
        return np.array([_net_benefit(here, risk >= t, float(t), horizon) for t in thresholds])

    everyone = np.arange(times.n)
    apparent = benefit(everyone, everyone)
    optimism = []
    for _ in range(resamples):
        rows = rng.integers(0, times.n, times.n)
        try:
            optimism.append(benefit(rows, rows) - benefit(rows, everyone))
        except NotEstimable:
            continue
    require_at_least(len(optimism), int(0.95 * resamples), "bootstrap samples with a model")
    return apparent, _mean(np.array(optimism))


def _mean(values: FloatArray) -> FloatArray:
    """Mean of each column over the rows that define it."""
    defined = np.isfinite(values)
    total = np.where(defined, values, 0.0).sum(axis=0)
    return np.asarray(total / np.where(defined.any(axis=0), defined.sum(axis=0), np.nan))


def _net_benefit(
    times: SurvivalTimes, treated: BoolArray, threshold: float, horizon: float
) -> float:
    """True positives less weighted false positives, a patient; nan where it cannot be known."""
    if not treated.any():
        return 0.0
    free = _free(times.time[treated], times.event[treated], horizon)
    odds = threshold / (1 - threshold)
    return float(treated.mean() * ((1 - free) - free * odds))


def _free(time: FloatArray, event: BoolArray, horizon: float) -> float:
    """Kaplan and Meier's share without the event at the horizon; nan where nobody is seen so far.

    A library's curve takes twenty times as long, most of it to look whether its input is right;
    this is asked for at each threshold of each resample.
    """
    at, events = np.unique(time[event], return_counts=True)
    at_risk = time.size - np.searchsorted(np.sort(time), at)
    survival = np.cumprod(1 - events / at_risk)
    if time.max() < horizon and not (survival.size and survival[-1] == 0):
        return float("nan")
    return float(np.append(1.0, survival)[np.searchsorted(at, horizon, "right")])
