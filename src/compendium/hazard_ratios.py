"""Hazard ratios of survival factors: asked first is whether the events suffice."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from compendium.cox import fit_cox, profile
from compendium.errors import NotEstimable
from compendium.estimates import Estimate, not_estimable
from compendium.survival_times import FloatArray, SurvivalTimes

EVENTS_PER_COVARIATE = 10


def hazard_ratios(
    times: SurvivalTimes,
    predictors: pd.DataFrame,
    *,
    events_per_covariate: int = EVENTS_PER_COVARIATE,
    penalty: bool = True,
    level: float = 0.95,
) -> dict[str, Estimate]:
    """Hazard ratio of each predictor, adjusted for the others: per SD, or yes against no.

    Patients with a missing predictor are left out; n and events are of those who stay.

    Args:
        times: a row a patient.
        predictors: the same rows, a column a predictor; numbers, or yes/no as booleans or 0/1.
        events_per_covariate: a model with fewer events for each covariate is refused.

    Returns:
        One Estimate a predictor; all labelled with the reason where the model is refused.
    """
    values = predictors.apply(pd.to_numeric).astype("Float64").to_numpy(float, na_value=np.nan)
    complete = np.isfinite(values).all(axis=1)
    times, values = times.take(complete), values[complete]
    ties = "Firth" if penalty else "maximum partial"
    method = f"Cox, {ties} likelihood, Efron ties{', delayed entry' if times.delayed else ''}"
    blank = not_estimable("?", n=times.n, events=times.events, method=method)
    try:
        _require_events(times.events, len(predictors.columns), events_per_covariate)
        units, scale = _scales(values, list(predictors.columns))
        fit = fit_cox(values / scale, times, penalty=penalty)
        limits = profile(fit, level=level)
    except NotEstimable as reason:
        return {str(name): replace(blank, reason=str(reason)) for name in predictors.columns}
    return {
        str(name): Estimate(
            estimate=math.exp(fit.coef[i]),
            low=math.exp(limits.low[i]),
            high=math.exp(limits.high[i]),
            unit=units[i],
            n=fit.n,
            events=fit.events,
            p=float(limits.p[i]),
            method=f"{method}, profile likelihood",
            level=level,
        )
        for i, name in enumerate(predictors.columns)
    }


def univariable_hazard_ratios(
    times: SurvivalTimes,
    predictors: pd.DataFrame,
    *,
    events_per_covariate: int = EVENTS_PER_COVARIATE,
    penalty: bool = True,
    level: float = 0.95,
) -> dict[str, Estimate]:
    """Hazard ratio of each predictor alone, in all patients who have it; see `hazard_ratios`."""
    return {
        str(name): hazard_ratios(
            times,
            predictors[[name]],
            events_per_covariate=events_per_covariate,
            penalty=penalty,
            level=level,
        )[str(name)]
        for name in predictors.columns
    }


def _require_events(events: int, covariates: int, per_covariate: int) -> None:
    allowed = events // per_covariate
    if covariates > allowed:
        named = "1 covariate" if covariates == 1 else f"{covariates} covariates"
        raise NotEstimable(
            f"{events} events; {named} need at least {covariates * per_covariate} "
            f"({per_covariate} a covariate)"
        )


def _scales(values: FloatArray, names: list[str]) -> tuple[list[str], FloatArray]:
    """Unit and divisor of each predictor: its SD, or 1 where it is yes/no."""
    binary = np.array([np.isin(column, (0.0, 1.0)).all() for column in values.T], dtype=bool)
    sd = values.std(axis=0, ddof=1)
    for name, spread in zip(names, sd, strict=True):
        if not spread > 0:
            raise NotEstimable(f"{name} is the same in all patients")
    units = ["yes vs no" if b else f"per SD ({s:.3g})" for b, s in zip(binary, sd, strict=True)]
    return units, np.where(binary, 1.0, sd)
