"""How well a logistic model predicts, less the optimism of judging it by the data that made it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import expit

from compendium.errors import NotEstimable
from compendium.estimates import Estimate, require_at_least
from compendium.statistics.firth_logistic import fit, fit_each, require_fittable
from compendium.statistics.penalised_logistic import BoolArray, FloatArray, IntArray
from compendium.statistics.resampling import resampled

MEASURES = ("AUC", "Brier score", "calibration slope", "calibration intercept")
LEAST_IN_GROUP = 10


@dataclass(frozen=True)
class Validation:
    """A model's apparent and corrected performance.

    Attributes:
        table: a row a measure: apparent, optimism, corrected.
        predicted: the model's probability for each patient, shape (n,).
        event: what happened, shape (n,).
        curve: smooth observed share (observed, corrected) by predicted probability.
        resamples: how many bootstrap samples could be fitted.
        reason: empty, or why the model cannot be judged.
    """

    table: pd.DataFrame
    predicted: FloatArray
    event: FloatArray
    curve: pd.DataFrame
    resamples: int
    reason: str = ""

    def numbers(self) -> dict[str, Estimate]:
        """The corrected AUC and calibration slope as Estimates."""
        corrected = self.table.set_index("measure")["corrected"]
        method = f"Firth logistic, corrected by bootstrap, {self.resamples} resamples"
        return {
            name: Estimate(
                estimate=float(corrected[measure]),
                n=len(self.event),
                method=method,
                reason=self.reason,
            )
            for name, measure in (("model_auc", "AUC"), ("model_slope", "calibration slope"))
        }


def validate_model(
    design: pd.DataFrame, event: ArrayLike, rng: np.random.Generator, *, resamples: int = 500
) -> Validation:
    """Bootstrap a Firth model: fit it anew in every resample and test it on the patients at hand.

    Args:
        design: a numeric column a term, without missing values, shape (n, k).
        event: True for the compared group, shape (n,).
        resamples: bootstrap samples, drawn within the groups, ten patients or more in each.

    Returns:
        What was found; labelled with the reason where the model cannot be fitted or judged.

    Source:
        Harrell, Lee & Mark, Stat Med 1996,
        doi:10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4.
    """
    happened = np.asarray(event, dtype=float)
    try:
        return _validated(design, happened, rng, resamples)
    except NotEstimable as why:
        table = pd.DataFrame({"measure": MEASURES, "apparent": np.nan, "optimism": np.nan})
        curve = pd.DataFrame(columns=["predicted", "observed", "corrected"], dtype=float)
        nobody = np.empty(0)
        return Validation(table.assign(corrected=np.nan), nobody, nobody, curve, 0, str(why))


def _validated(
    design: pd.DataFrame, happened: FloatArray, rng: np.random.Generator, resamples: int
) -> Validation:
    x = require_fittable(design, happened)
    require_at_least(int(happened.sum()), LEAST_IN_GROUP, "in the compared group")
    require_at_least(int((1 - happened).sum()), LEAST_IN_GROUP, "in the reference group")
    predictor = x @ fit(x, happened).coefficients
    drawn = resampled(happened.astype(int), rng, resamples)
    times = np.array([np.bincount(rows, minlength=len(x)) for rows in drawn], dtype=float)
    coefficients, fitted = fit_each(x, happened, times)  # not where a rare finding was not drawn
    if fitted.sum() < 0.9 * resamples:
        raise NotEstimable(f"only {fitted.sum()} of {resamples} resamples could be fitted")
    predictors, times = coefficients[fitted] @ x.T, times[fitted]
    once = np.ones_like(times)
    apparent = _performance(predictor[None], happened, once[:1])[0]
    optimism = _performance(predictors, happened, times) - _performance(predictors, happened, once)
    excess = optimism.mean(axis=0)
    table = pd.DataFrame({"measure": MEASURES, "apparent": apparent, "optimism": excess})
    return Validation(
        table=table.assign(corrected=apparent - excess),
        predicted=expit(predictor),
        event=happened,
        curve=_curve(predictor, predictors, drawn[fitted], happened),
        resamples=int(fitted.sum()),
    )


def _curve(
    predictor: FloatArray, predictors: FloatArray, drawn: IntArray, event: FloatArray
) -> pd.DataFrame:
    """Observed share by predicted probability, as seen and less the optimism of the resamples."""
    grid = np.linspace(0.02, 0.98, 49)
    smooth = smoothed_share(expit(predictor), event, grid)
    excess = [
        smoothed_share(expit(one[rows]), event[rows], grid)
        - smoothed_share(expit(one), event, grid)
        for one, rows in zip(predictors, drawn, strict=True)
    ]
    corrected = np.clip(smooth - _mean_known(np.array(excess)), 0, 1)
    return pd.DataFrame({"predicted": grid, "observed": smooth, "corrected": corrected})


def smoothed_share(predicted: FloatArray, event: FloatArray, grid: FloatArray) -> FloatArray:
    """Share of events by predicted probability, local-linear with a tricube weight, shape (k,).

    Nan outside the range of the predictions.
    """
    reach = np.sort(np.abs(predicted[None, :] - grid[:, None]), axis=1)
    width = reach[:, int(0.75 * len(predicted)) - 1][:, None] * 1.0001 + 1e-9
    apart = predicted[None, :] - grid[:, None]
    weight = np.clip(1 - np.abs(apart / width) ** 3, 0, None) ** 3
    s0, s1, s2 = weight.sum(1), (weight * apart).sum(1), (weight * apart**2).sum(1)
    t0, t1 = (weight * event).sum(1), (weight * apart * event).sum(1)
    determinant = s0 * s2 - s1**2
    share = np.where(
        determinant > 1e-10 * s0 * s2,
        (s2 * t0 - s1 * t1) / np.where(determinant == 0, 1, determinant),
        t0 / s0,
    )
    inside = (grid >= predicted.min()) & (grid <= predicted.max())
    found: FloatArray = np.where(inside, np.clip(share, 0, 1), np.nan)
    return found


def _mean_known(rows: FloatArray) -> FloatArray:
    """Mean over rows of what is not nan; nan where nothing is."""
    known = ~np.isnan(rows)
    count = known.sum(axis=0)
    mean: FloatArray = np.where(
        count > 0, np.where(known, rows, 0).sum(0) / np.maximum(count, 1), np.nan
    )
    return mean


def _performance(predictors: FloatArray, event: FloatArray, times: FloatArray) -> FloatArray:
    """AUC, Brier score, calibration slope and intercept of linear predictors, shape (models, 4).

    Args:
        predictors: of each patient by each model, shape (models, n).
        event: what happened, shape (n,).
        times: how often each patient counts, shape (models, n).
    """
    square = (expit(predictors) - event) ** 2
    lines = np.stack([np.ones_like(predictors), predictors], axis=-1)
    line, _ = fit_each(lines, event, times)
    return np.column_stack(
        [
            _auc(predictors, event == 1, times),
            (times * square).sum(axis=1) / times.sum(axis=1),
            line[:, 1],
            line[:, 0],
        ]
    )


def _auc(predictors: FloatArray, event: BoolArray, times: FloatArray) -> FloatArray:
    high, low = predictors[:, event], predictors[:, ~event]
    above = np.sign(high[:, :, None] - low[:, None, :]) / 2 + 0.5
    pairs = times[:, event][:, :, None] * times[:, ~event][:, None, :]
    auc: FloatArray = (above * pairs).sum(axis=(1, 2)) / pairs.sum(axis=(1, 2))
    return auc
