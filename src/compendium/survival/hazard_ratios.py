"""Hazard ratios of survival factors, after asking whether the data can carry them.

A factor must be known when a patient comes under observation, may not be defined by the event, and
needs ten events for itself; otherwise it is refused with the reason, in place of a number.

    survival_factors(endpoint, factors)               each alone
    survival_factors(endpoint, factors, adjusted=True)   all in one model
    hazard_ratios(times, predictors)                  the model itself, on checked columns
"""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter
from lifelines.exceptions import ConvergenceError, ConvergenceWarning

from compendium.errors import NotEstimable
from compendium.estimates import Estimate, not_estimable, ratio_of, require_at_least
from compendium.survival.cox import EVENTS_PER_COVARIATE, fit_cox
from compendium.survival.profile_likelihood import profile
from compendium.survival.separation import require_overlap
from compendium.survival.times import FloatArray, SurvivalTimes, times_of

CIRCULAR_NAMES = {"progression", "progression_rule", "volume_doublings_per_year"}
PRECISION = 1e-12  # of lifelines' steps; by default its small coefficients are off R by 4e-4
CIRCULAR_CODES = {"rapid", "intermediate", "stable"}


@dataclass(frozen=True)
class Factor:
    """What may go with survival.

    Attributes:
        name: column-like name.
        values: numbers, or yes/no as booleans, by patient_id.
        known_day: day since day 0 on which the value was known, by patient_id; missing for what
            tissue or history of day 0 tells.
    """

    name: str
    values: pd.Series
    known_day: pd.Series | None = None


def survival_factors(
    endpoint: pd.DataFrame,
    factors: Sequence[Factor],
    *,
    adjusted: bool = False,
    events_per_covariate: int = EVENTS_PER_COVARIATE,
    penalty: bool = True,
    level: float = 0.95,
) -> dict[str, Estimate]:
    """Hazard ratio of each factor by Firth's Cox model, or the reason why there is none.

    Args:
        endpoint: rows at risk of an endpoint's table.
        factors: of the same patients.
        adjusted: all in one model; one refused factor refuses the model.
        events_per_covariate: fewer events for each factor refuse the model.
        penalty: Firth's; without it the model is the plain one.
    """
    options: dict[str, Any] = {
        "events_per_covariate": events_per_covariate,
        "penalty": penalty,
        "level": level,
    }
    refused = {factor.name: refusal(endpoint, factor) for factor in factors}
    columns = {f.name: f.values.reindex(endpoint["patient_id"]).to_numpy() for f in factors}
    reasons = [f"{name}: {reason}" for name, reason in refused.items() if reason]
    n, events = len(endpoint), int(endpoint["event"].sum())
    if len(endpoint) == 0 or (adjusted and reasons):
        reason = reasons[0] if reasons else "nobody at risk"
        return {f.name: not_estimable(reason, n=n, events=events) for f in factors}
    times = times_of(endpoint)
    if adjusted:
        return hazard_ratios(times, pd.DataFrame(columns), **options)
    return {
        name: not_estimable(refused[name], n=n, events=events)
        if refused[name]
        else hazard_ratios(times, pd.DataFrame({name: values}), **options)[name]
        for name, values in columns.items()
    }


def refusal(endpoint: pd.DataFrame, factor: Factor) -> str:
    """Why a factor may not explain an endpoint; empty where it may.

    Rapid or stable disease is defined by progression and known only when its window ends: testing
    progression-free or overall survival between the two finds the definition again. A value
    measured after observation began belongs to those who lived on to have it measured; let
    observation begin at the measurement.
    """
    words = {value for value in factor.values.dropna() if isinstance(value, str)}
    if factor.name in CIRCULAR_NAMES or words & CIRCULAR_CODES:
        return "defined by the progression that it would explain"
    if factor.known_day is None:
        return ""
    known = factor.known_day.reindex(endpoint["patient_id"]).to_numpy(float, na_value=np.nan)
    late = known > endpoint["entry_day"].to_numpy(float)
    if late.any():
        return f"measured after entry in {int(late.sum())} of {len(endpoint)} patients"
    return ""


def as_table(estimates: dict[str, Estimate], **columns: object) -> pd.DataFrame:
    """Named estimates as rows: term, the columns given, then those of an Estimate."""
    return pd.DataFrame(
        [{"term": name, **columns, **estimate.as_row()} for name, estimate in estimates.items()]
    )


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
        penalty: Firth's, with limits by profile likelihood; without it the plain model by
            lifelines, with Wald limits, as R's coxph prints it.

    Returns:
        One Estimate a predictor; all labelled with the reason where the model is refused.
    """
    names = [str(name) for name in predictors.columns]
    values = np.column_stack(
        [pd.to_numeric(predictors[c]).to_numpy(float, na_value=np.nan) for c in predictors.columns]
    )
    complete = np.isfinite(values).all(axis=1)
    times, values = times.take(complete), values[complete]
    method = _method(times, penalty)
    try:
        _require_events(times.events, len(names), events_per_covariate)
        units, scale = _scales(values, names)
        if not penalty:
            require_overlap(values / values.std(axis=0), times, names)
        logs = (_firth if penalty else _plain)(values / scale, times, level)
    except NotEstimable as reason:
        label = not_estimable(str(reason), n=times.n, events=times.events, method=method)
        return dict.fromkeys(names, label)
    return {
        name: Estimate(
            estimate=ratio_of(coef),
            low=ratio_of(low),
            high=ratio_of(high),
            unit=unit,
            n=times.n,
            events=times.events,
            p=p,
            method=method,
            level=level,
        )
        for name, unit, (coef, low, high, p) in zip(names, units, logs.tolist(), strict=True)
    }


def _firth(values: FloatArray, times: SurvivalTimes, level: float) -> FloatArray:
    """Log hazard ratio of each covariate by Firth's model, its limits and p, shape (k, 4)."""
    fit = fit_cox(values, times)
    limits = profile(fit, level=level)
    return np.column_stack([fit.coef, limits.low, limits.high, limits.p])


def _plain(values: FloatArray, times: SurvivalTimes, level: float) -> FloatArray:
    """The same by the plain model, limits and p by Wald.

    Raises:
        NotEstimable: the likelihood has no maximum.
    """
    frame = pd.DataFrame(values).add_prefix("x").assign(
        time=times.time, event=times.event, entry=times.entry
    )  # fmt: skip
    model = CoxPHFitter(alpha=1 - level)
    columns: dict[str, Any] = {"duration_col": "time", "event_col": "event", "entry_col": "entry"}
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("error", ConvergenceWarning)  # what separation gives
            fitted = model.fit(frame, **columns, fit_options={"precision": PRECISION})
    except (ConvergenceError, ConvergenceWarning):
        raise NotEstimable("the plain model has no maximum, as under separation") from None
    summary = fitted.summary
    return np.column_stack([summary["coef"], fitted.confidence_intervals_, summary["p"]])


def _method(times: SurvivalTimes, penalty: bool) -> str:
    parts = ["Firth's Cox model" if penalty else "Cox model", "Efron ties"]
    parts += ["delayed entry"] if times.delayed else []
    return ", ".join([*parts, "profile likelihood" if penalty else "Wald"])


def _require_events(events: int, covariates: int, per_covariate: int) -> None:
    if covariates * per_covariate > events:
        least = covariates * per_covariate
        of = "" if covariates == 1 else f" for {covariates} covariates"
        raise NotEstimable(f"{events} events; at least {least} needed{of}")


def _scales(values: FloatArray, names: Iterable[str]) -> tuple[list[str], FloatArray]:
    """Unit and divisor of each predictor: its SD, or 1 where it is yes/no."""
    require_at_least(len(values), 2, "patients")
    binary = np.array([np.isin(column, (0.0, 1.0)).all() for column in values.T], dtype=bool)
    sd = values.std(axis=0, ddof=1)
    for name, spread in zip(names, sd, strict=True):
        if not spread > 0:
            raise NotEstimable(f"{name} is the same in all patients")
    units = ["yes vs no" if b else f"per SD ({s:.3g})" for b, s in zip(binary, sd, strict=True)]
    return units, np.where(binary, 1.0, sd)
