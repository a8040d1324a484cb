"""Hazard ratios of survival factors, after asking whether the data can carry them.

A factor must be known when a patient comes under observation, may not be defined by the event, and
needs the events with which its interval holds; otherwise it is refused with the reason, in place of
a number.

    survival_factors(endpoint, factors, rules)               each alone
    survival_factors(endpoint, factors, rules, adjusted=True)   all in one model
    hazard_ratios(times, predictors, rules)                  the model itself, on checked columns
"""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter
from lifelines.exceptions import ConvergenceError, ConvergenceWarning
from numpy.typing import NDArray

from compendium.comparing import reaches
from compendium.errors import NotEstimable
from compendium.estimates import Estimate, not_estimable, ratio_of, require_at_least
from compendium.rules import Rules
from compendium.survival.cox import fit_cox
from compendium.survival.precision import (
    HazardRatio,
    detectable_ratios,
    precision_of,
    require_events,
)
from compendium.survival.profile_likelihood import profile
from compendium.survival.times import BoolArray, FloatArray, SurvivalTimes, times_of

CIRCULAR_NAMES = {"progression", "progression_rule", "volume_doublings_per_year"}
SAME = 1e-12  # share of the largest value, below which the spread is that of arithmetic
PRECISION = 1e-12  # of lifelines' steps; by default its small coefficients are off R by 4e-4
CIRCULAR_CODES = {"rapid", "intermediate", "stable"}
Model = Literal["Firth", "plain", "log-F prior"]
MODELS: tuple[Model, ...] = ("Firth", "plain", "log-F prior")


@dataclass(frozen=True)
class Factor:
    """What may go with survival.

    Attributes:
        name: column-like name.
        values: numbers, or yes/no as booleans, by patient_id.
        known_day: day since day 0 on which the value was known, by patient_id; missing for what
            tissue or history of day 0 tells.
        origin: where the values come from, for the method, where that is not the usual source.
    """

    name: str
    values: pd.Series
    known_day: pd.Series | None = None
    origin: str = ""


def survival_factors(
    endpoint: pd.DataFrame,
    factors: Sequence[Factor],
    rules: Rules,
    *,
    adjusted: bool = False,
    model: Model = "Firth",
    level: float = 0.95,
) -> dict[str, Estimate]:
    """Hazard ratio of each factor by Firth's Cox model, or the reason why there is none.

    Args:
        endpoint: rows at risk of an endpoint's table.
        factors: of the same patients.
        rules: events that factors need.
        adjusted: all in one model; one refused factor refuses the model, and one that is known in
            too few patients is left out of it with that reason, as it would leave nobody.
        model: see `hazard_ratios`.
    """
    options: dict[str, Any] = {"model": model, "level": level}
    refused = {factor.name: refusal(endpoint, factor) for factor in factors}
    columns = {f.name: f.values.reindex(endpoint["patient_id"]).to_numpy() for f in factors}
    reasons = [f"{name}: {reason}" for name, reason in refused.items() if reason]
    n, events = len(endpoint), int(endpoint["event"].sum())
    if len(endpoint) == 0 or (adjusted and reasons):
        reason = reasons[0] if reasons else "nobody at risk"
        return {f.name: not_estimable(reason, n=n, events=events) for f in factors}
    times = times_of(endpoint)
    if adjusted:
        rare = _known_too_rarely(columns, rules)
        used = pd.DataFrame({name: v for name, v in columns.items() if name not in rare})
        together = hazard_ratios(times, used, rules, **options) if len(used.columns) else {}
        left_out = {name: not_estimable(why, n=n, events=events) for name, why in rare.items()}
        origin = "; ".join(f.origin for f in factors if f.origin and f.name not in rare)
        return {name: _from((together | left_out)[name], origin) for name in columns}
    return {
        factor.name: not_estimable(refused[factor.name], n=n, events=events)
        if refused[factor.name]
        else _from(
            hazard_ratios(times, pd.DataFrame({factor.name: values}), rules, **options)[
                factor.name
            ],
            factor.origin,
        )
        for factor, values in zip(factors, columns.values(), strict=True)
    }


def _known_too_rarely(columns: Mapping[str, NDArray[Any]], rules: Rules) -> dict[str, str]:
    """Why a factor cannot be in a model with others: it is known in too few patients."""
    known = {name: (int(pd.notna(v).sum()), len(v)) for name, v in columns.items()}
    return {
        name: f"known in {count} of {of} patients"
        for name, (count, of) in known.items()
        if not reaches(count, rules.known_share * of)
    }


def _from(found: Estimate, origin: str) -> Estimate:
    """The estimate, whose method says where a factor comes from."""
    return replace(found, method=f"{found.method}; {origin}") if origin else found


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
    rules: Rules,
    *,
    model: Model = "Firth",
    level: float = 0.95,
) -> dict[str, Estimate]:
    """Hazard ratio of each predictor, adjusted for the others: per SD, or yes against no.

    Patients with a missing predictor are left out; n and events are of those who stay.

    Args:
        times: a row a patient.
        predictors: the same rows, a column a predictor; numbers, or yes/no as booleans or 0/1.
        rules: events with which the intervals hold, by the kind of the predictors; fewer refuse
            the model. Under `events_precise` its estimates are called imprecise.
        model: Firth's, with limits by profile likelihood; the plain model by lifelines, with Wald
            limits, as R's coxph prints it; or that with a log-F prior of each log hazard ratio per
            SD, or of yes against no, with limits by profile likelihood.

    Returns:
        One HazardRatio a predictor; all labelled with the reason where the model is refused.
    """
    names = [str(name) for name in predictors.columns]
    values = np.column_stack(
        [pd.to_numeric(predictors[c]).to_numpy(float, na_value=np.nan) for c in predictors.columns]
    )
    complete = np.isfinite(values).all(axis=1)
    times, values = times.take(complete), values[complete]
    method = _method(times, model, rules)
    try:
        require_at_least(len(values), 2, "patients in whom all is known")
        yes_no = np.asarray(np.isin(values, (0.0, 1.0)).all(axis=0))
        require_events(times.events, yes_no.tolist(), rules)
        units, scale = _scales(values, yes_no, names)
        logs, detectable = _fitted(values / scale, times, names, model, rules, level)
        precision = precision_of(times.events, values, yes_no.tolist(), rules)
    except NotEstimable as reason:
        label = not_estimable(str(reason), n=times.n, events=times.events, method=method)
        return dict.fromkeys(names, label)
    return {
        name: HazardRatio(
            estimate=ratio_of(coef),
            low=ratio_of(low),
            high=ratio_of(high),
            unit=unit,
            n=times.n,
            events=times.events,
            p=p,
            method=method,
            level=level,
            detectable=could_show,
            precision=precision,
        )
        for name, unit, (coef, low, high, p), could_show in zip(
            names, units, logs.tolist(), detectable.tolist(), strict=True
        )
    }


def _fitted(
    values: FloatArray,
    times: SurvivalTimes,
    names: Sequence[str],
    model: Model,
    rules: Rules,
    level: float,
) -> tuple[FloatArray, FloatArray]:
    """Log hazard ratio of each covariate, limits and p, shape (k, 4); and the detectable ratios."""
    if model == "plain":
        fit = fit_cox(values, times, penalty=False, names=names)
        return _plain(values, times, level), detectable_ratios(fit, level)
    prior = rules.prior_pseudo_events if model == "log-F prior" else 0.0
    fit = fit_cox(values, times, penalty=not prior, prior=prior)
    limits = profile(fit, level=level)
    logs = np.column_stack([fit.coef, limits.low, limits.high, limits.p])
    without_prior = fit_cox(values, times) if prior else fit
    return logs, detectable_ratios(without_prior, level)


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


def _method(times: SurvivalTimes, model: Model, rules: Rules) -> str:
    m = rules.prior_pseudo_events
    named = {
        "Firth": "Firth's Cox model",
        "plain": "Cox model",
        "log-F prior": f"Cox model, log-F({m:g}, {m:g}) prior",
    }
    parts = [named[model], "Efron ties"]
    parts += ["delayed entry"] if times.delayed else []
    return ", ".join([*parts, "Wald" if model == "plain" else "profile likelihood"])


def _scales(
    values: FloatArray, yes_no: BoolArray, names: Iterable[str]
) -> tuple[list[str], FloatArray]:
    """Unit and divisor of each predictor: its SD, or 1 where it is yes/no."""
    sd = values.std(axis=0, ddof=1)
    for name, spread, largest in zip(names, sd, np.abs(values).max(axis=0), strict=True):
        if not spread > SAME * largest:
            raise NotEstimable(f"{name} is the same in all patients")
    units = ["yes vs no" if b else f"per SD ({s:.3g})" for b, s in zip(yes_no, sd, strict=True)]
    return units, np.where(yes_no, 1.0, sd)
