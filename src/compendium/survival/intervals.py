"""Progression is seen at visits: what taking the visit for the day of progression changes."""

import math
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from lifelines import WeibullAFTFitter
from lifelines.exceptions import ConvergenceError
from scipy.special import ndtr, ndtri

from compendium.calendar import DAYS_PER_YEAR
from compendium.errors import NotEstimable
from compendium.estimates import Estimate, not_estimable, ratio_of, require_at_least
from compendium.survival.cox import EVENTS_PER_COVARIATE
from compendium.survival.hazard_ratios import SAME, Factor, refusal


@dataclass(frozen=True)
class _Weibull:
    """Log hazard ratio per SD of a Weibull model, and its standard error."""

    log_ratio: float
    se: float


def interval_hazard_ratios(
    endpoint: pd.DataFrame,
    factor: Factor,
    *,
    events_per_covariate: int = EVENTS_PER_COVARIATE,
    level: float = 0.95,
) -> dict[str, Estimate]:
    """Weibull hazard ratio per SD, with progression between visits and at the later visit.

    Both models differ only in that; their comparison tells what the visits' spacing does.

    Args:
        endpoint: rows at risk of an endpoint's table.
        factor: a number by patient_id.
        events_per_covariate: fewer events refuse the model.

    Returns:
        Estimates `between visits` and `at the visit`.
    """
    found = {}
    for seen, between in (("between visits", True), ("at the visit", False)):
        try:
            found[seen] = _hazard_ratio(endpoint, factor, between, events_per_covariate, level)
        except NotEstimable as reason:
            n, events = len(endpoint), int(endpoint["event"].sum())
            label = not_estimable(str(reason), n=n, events=events, method="Weibull model")
            found[seen] = label
    return found


def _hazard_ratio(
    endpoint: pd.DataFrame, factor: Factor, between: bool, least: int, level: float
) -> Estimate:
    reason = refusal(endpoint, factor)
    if reason:
        raise NotEstimable(reason)
    values = factor.values.reindex(endpoint["patient_id"]).to_numpy(float, na_value=np.nan)
    rows, values = endpoint[np.isfinite(values)], values[np.isfinite(values)]
    events = int(rows["event"].sum())
    require_at_least(events, least, "events")
    sd = float(values.std(ddof=1))
    if not sd > SAME * float(np.abs(values).max()):
        raise NotEstimable(f"{factor.name} is the same in all patients")
    fitted = _fit(rows, (values - values.mean()) / sd, between)
    z = float(ndtri((1 + level) / 2))
    seen = "between visits" if between else "at the visit"
    return Estimate(
        estimate=ratio_of(fitted.log_ratio),
        low=ratio_of(fitted.log_ratio - z * fitted.se),
        high=ratio_of(fitted.log_ratio + z * fitted.se),
        unit=f"per SD ({sd:.3g})",
        n=len(rows),
        events=events,
        p=2 * float(ndtr(-abs(fitted.log_ratio) / fitted.se)),
        method=f"Weibull model, progression {seen}, Wald interval",
        level=level,
    )


def _fit(rows: pd.DataFrame, standardised: np.ndarray, between: bool) -> _Weibull:
    """Weibull model with delayed entry; a progression lies in (last visit without, visit]."""
    entry = rows["entry_days"].to_numpy(float)
    end = rows["time_days"].to_numpy(float)
    event = rows["event"].to_numpy(bool)
    free = np.maximum(rows["free_days"].to_numpy(float), entry) if between else end
    frame = pd.DataFrame(
        {
            "low": np.where(event, free, end) / DAYS_PER_YEAR,
            "high": np.where(event, end / DAYS_PER_YEAR, np.inf),
            "entry": entry / DAYS_PER_YEAR,
            "x": standardised,
        }
    )
    model = WeibullAFTFitter()
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            model.fit_interval_censoring(frame, "low", "high", entry_col="entry")
    except ConvergenceError:
        raise NotEstimable("the Weibull model did not converge") from None
    coefficient = float(model.params_["lambda_", "x"])
    log_shape = float(model.params_["rho_", "Intercept"])
    shape = math.exp(log_shape)
    names = [("lambda_", "x"), ("rho_", "Intercept")]
    covariance = model.variance_matrix_.loc[names, names].to_numpy()
    gradient = np.array([-shape, -shape * coefficient])
    variance = float(gradient @ covariance @ gradient)
    if not variance > 0:
        raise NotEstimable("the Weibull model did not converge")
    return _Weibull(-coefficient * shape, math.sqrt(variance))
