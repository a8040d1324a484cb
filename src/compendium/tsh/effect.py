"""The ratio of 124I uptake at high over low TSH, with patients as the units.

Two levels of TSH identify one ratio, never a dose–response curve; none is fitted. Lesions of a
patient resemble each other, so every interval and test here is between patients, except the one
that is named wrong.

    patient_mean_ratio(pairs, rng)         the primary analysis
    t_ratio(pairs)                         the same with Student's t
    mixed_ratio(pairs)                     random-intercept model of the lesions' log ratios
    lesions_as_independent(pairs)          the wrong analysis, to be shown once
    effect_rows(pairs, rng)                one effect by all methods
    ratio_by(pairs, classes)               exploratory: within classes of lesions or patients
"""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from compendium.errors import NotEstimable
from compendium.estimates import Estimate, labelled, not_estimable, ratio_of, require_at_least
from compendium.statistics.intervals import exponentiated
from compendium.statistics.mixed import DegreesOfFreedom, random_intercept
from compendium.statistics.resampling import sign_flip
from compendium.tsh.both_scans import both_scans_ratio
from compendium.uptake.readings import with_origin

FloatArray = NDArray[np.float64]

IDENTICAL = 1e-12  # spread of log ratios below which only rounding is left


def log_ratio(pairs: pd.DataFrame, metric: str = "suv_max") -> pd.Series:
    """Natural logarithm of high over low of a metric; nan where either is missing or not positive.

    Args:
        pairs: as `uptake.lesion_pairs` returns.
        metric: name of a paired metric.
    """
    return pd.Series(_log_ratios(pairs, metric), index=pairs.index, name="log_ratio")


def patient_means(pairs: pd.DataFrame, metric: str = "suv_max") -> pd.Series:
    """Mean log ratio of each patient's lesions, indexed by patient."""
    means, patients, _ = _means(pairs, metric)
    return pd.Series(means, index=pd.Index(patients, name="patient_id"), name="log_ratio")


def _log_ratios(pairs: pd.DataFrame, metric: str) -> FloatArray:
    low, high = (pairs[f"{metric}_{level}"].to_numpy(float) for level in ("low", "high"))
    usable = (low > 0) & (high > 0)
    found = np.full(len(pairs), math.nan)
    found[usable] = np.log(high[usable] / low[usable])
    return found


def _means(pairs: pd.DataFrame, metric: str) -> tuple[FloatArray, np.ndarray, int]:
    """Patient means, whose they are, and how many lesions are in them."""
    values = _log_ratios(pairs, metric)
    known = ~np.isnan(values)
    codes, patients = pd.factorize(pairs["patient_id"].to_numpy()[known], sort=True)
    counts = np.bincount(codes, minlength=len(patients))
    means = np.bincount(codes, values[known], minlength=len(patients)) / counts
    return means, np.asarray(patients), int(known.sum())


@labelled
def patient_mean_ratio(
    pairs: pd.DataFrame,
    rng: np.random.Generator,
    *,
    metric: str = "suv_max",
    level: float = 0.95,
) -> Estimate:
    """Geometric mean ratio over patients, with interval and p of the exact sign-flip test.

    The estimand is the mean over patients, not over lesions: every patient counts once, however
    many lesions there are. The means need not be normal but symmetric about that mean. With
    k patients p cannot be below 2/2^k, and below six the 95 % interval has no bounds.

    Args:
        pairs: one row a lesion, as `uptake.lesion_pairs` returns.
        rng: used only beyond 17 patients, where flips are drawn.

    Raises:
        NotEstimable: fewer than two patients with a pair, or identical scans.
    """
    means, n_lesions = _varying_means(pairs, metric)
    found = exponentiated(sign_flip(means, rng, level=level))
    said = "mean over patients, not lesions; sign-flip test, patients symmetric about it"
    return _read(replace(found, method=f"{said}; {n_lesions} lesions"), pairs, metric)


@labelled
def t_ratio(pairs: pd.DataFrame, *, metric: str = "suv_max", level: float = 0.95) -> Estimate:
    """The same geometric mean ratio with interval and p of the t-test of patient means."""
    means, n_lesions = _varying_means(pairs, metric)
    found = _ratio_by_t(means, f"t-test of patient means of {n_lesions} lesions", level)
    return _read(found, pairs, metric)


def _read(found: Estimate, pairs: pd.DataFrame, metric: str) -> Estimate:
    """The estimate; of SUVmax that persons read, its method says so."""
    return with_origin(found, pairs) if metric == "suv_max" else found


def _varying_means(pairs: pd.DataFrame, metric: str) -> tuple[FloatArray, int]:
    """Patient means of the log ratio, and how many lesions are in them."""
    means, _, n_lesions = _means(pairs, metric)
    require_at_least(len(means), 2, "patients with a lesion measured at both TSH levels")
    if np.ptp(means) < IDENTICAL:
        raise NotEstimable(
            f"the same ratio, {math.exp(means[0]):.2f}, in all {len(means)} patients; no spread to "
            f"judge it by"
        )
    return means, n_lesions


def _ratio_by_t(values: FloatArray, method: str, level: float) -> Estimate:
    """Exponential of the mean of values, one a unit, with interval and p of Student's t."""
    n, centre = len(values), float(values.mean())
    se = float(values.std(ddof=1)) / math.sqrt(n)
    half = float(special.stdtrit(n - 1, 0.5 + level / 2)) * se
    return Estimate(
        estimate=math.exp(centre),
        low=ratio_of(centre - half),
        high=ratio_of(centre + half),
        n=n,
        p=float(2 * special.stdtr(n - 1, -abs(centre) / se)),
        method=method,
        level=level,
    )


@labelled
def mixed_ratio(
    pairs: pd.DataFrame,
    *,
    metric: str = "suv_max",
    df: DegreesOfFreedom = "kenward_roger",
    level: float = 0.95,
) -> Estimate:
    """Geometric mean ratio by the random-intercept model of the lesions' log ratios."""
    values = _log_ratios(pairs, metric)
    known = ~np.isnan(values)
    fit = random_intercept(values[known], pairs["patient_id"].to_numpy()[known])
    return _read(fit.estimate("intercept", df=df, level=level), pairs, metric)


@labelled
def lesions_as_independent(
    pairs: pd.DataFrame, *, metric: str = "suv_max", level: float = 0.95
) -> Estimate:
    """Wrong: the ratio as if each lesion were a patient. To be shown once, beside the right one.

    A mixed model of both scans with intercepts for patient and lesion, but no condition effect of
    the patient's own, does the same: with each lesion on both scans it is the paired t-test on
    lesions.
    """
    values = _log_ratios(pairs, metric)
    values = values[~np.isnan(values)]
    require_at_least(len(values), 2, "lesions measured at both TSH levels")
    if np.ptp(values) < IDENTICAL:
        raise NotEstimable(f"the same ratio in all {len(values)} lesions")
    found = _ratio_by_t(values, f"{len(values)} lesions taken for independent (wrong)", level)
    return _read(found, pairs, metric)


def effect_rows(
    pairs: pd.DataFrame, rng: np.random.Generator, *, metric: str = "suv_max", level: float = 0.95
) -> dict[str, Estimate]:
    """One effect by each right method, by name; the first is the primary analysis."""
    return {
        "patient means, sign-flip test": patient_mean_ratio(pairs, rng, metric=metric, level=level),
        "patient means, t-test": t_ratio(pairs, metric=metric, level=level),
        "mixed model, Kenward–Roger": mixed_ratio(pairs, metric=metric, level=level),
        "mixed model, Satterthwaite": mixed_ratio(
            pairs, metric=metric, df="satterthwaite", level=level
        ),
        "mixed model of both scans": both_scans_ratio(pairs, metric=metric, level=level),
    }


def ratio_by(
    pairs: pd.DataFrame, classes: pd.Series, *, metric: str = "suv_max"
) -> dict[str, Estimate]:
    """Exploratory: the patient-mean ratio within each class of lesions or patients, by name.

    The interval is Student's, which has bounds from two patients on.

    Args:
        classes: the class of each lesion, aligned with `pairs`; lesions without one are left out.
    """
    names = sorted(classes.dropna().unique())
    return {name: t_ratio(pairs[classes == name], metric=metric) for name in names}


def relative_width(one: Estimate, other: Estimate) -> Estimate:
    """How wide one ratio's interval is as a share of another's, on the logarithmic scale."""
    if not (one.estimable and other.estimable):
        return not_estimable(one.reason or other.reason)
    widths = [math.log(each.high / each.low) for each in (one, other)]
    return Estimate(estimate=widths[0] / widths[1], method="ratio of widths of the log intervals")


def table_of(found: Mapping[str, Estimate], heading: str = "analysis") -> pd.DataFrame:
    """Named estimates as a tidy table with the name in its first column."""
    return pd.DataFrame([{heading: name, **one.as_row()} for name, one in found.items()])
