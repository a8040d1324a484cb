"""How the survival analysis behaves where the truth is known: size of the test, bias of entry.

For the chapter on operating characteristics; replicates are independent of the number of workers,
as each has a generator of its own.
"""

import math

import numpy as np
import pandas as pd
from scipy.special import ndtri

from compendium.errors import NotEstimable
from compendium.estimates import Estimate
from compendium.operating.monte_carlo import wilson
from compendium.survival.cox import fit_cox
from compendium.survival.kaplan_meier import kaplan_meier
from compendium.survival.profile_likelihood import profile
from compendium.survival.times import FloatArray, SurvivalTimes, survival_times

CENSORED_SHARE = 0.4
MEDIAN_YEARS, SHAPE = 10.0, 1.2
FROM_YEARS, TO_YEARS = 1.0, 5.0


def null_times(events: int, rng: np.random.Generator, *, delayed: bool = True) -> SurvivalTimes:
    """Times of patients of whom exactly so many have the event, whatever their covariates.

    Exponential survival and censoring; with `delayed`, entry is uniform over the first half of the
    median survival, and only who is event-free then is seen.
    """
    n = round(events / (1 - CENSORED_SHARE))
    parts: list[FloatArray] = []
    wanted = {True: events, False: n - events}
    while any(wanted.values()):
        event_at = rng.exponential(size=4 * n)
        entry = rng.uniform(0, math.log(2) / 2, 4 * n) if delayed else np.zeros(4 * n)
        leaves = entry + rng.exponential((1 - CENSORED_SHARE) / CENSORED_SHARE, 4 * n)
        drawn = np.column_stack([np.minimum(event_at, leaves), event_at <= leaves, entry])
        drawn = drawn[event_at > entry]
        for happened, number in wanted.items():
            chosen = drawn[drawn[:, 1] == happened][:number]
            wanted[happened] -= len(chosen)
            parts.append(chosen)
    time, event, entry = np.vstack(parts).T
    return survival_times(time, event, entry, unit="years")


def null_rejection(
    events: int,
    replicates: int,
    rng: np.random.Generator,
    *,
    covariates: int = 1,
    delayed: bool = True,
    alpha: float = 0.05,
    level: float = 0.95,
) -> Estimate:
    """Share of null data sets in which Firth's likelihood-ratio test rejects, with its MC error.

    Args:
        events: in each data set; 40 % of its patients are censored.
        replicates: data sets.
        covariates: standard normal, tested for the first one, adjusted for the others.

    Returns:
        The share; its interval is Wilson's, of the Monte-Carlo error, n the replicates.
    """
    rejected = tried = 0
    for _ in range(replicates):
        times = null_times(events, rng, delayed=delayed)
        x = rng.standard_normal((times.n, covariates))
        try:
            fit = fit_cox(x, times)
            p = fit.p if covariates == 1 else float(profile(fit).p[0])
        except NotEstimable:
            continue
        tried += 1
        rejected += p < alpha
    share = rejected / tried
    low, high = wilson(rejected, tried, float(ndtri((1 + level) / 2)))
    return Estimate(
        estimate=share,
        low=low,
        high=high,
        n=tried,
        events=events,
        method=(
            f"Firth likelihood-ratio test under the null, {covariates} covariate(s), {tried} of "
            f"{replicates} replicates estimable; interval of the Monte-Carlo error"
        ),
        level=level,
        within=(0.0, 1.0),
    )


def truncated_times(
    n: int, log_hazard_ratio: float, rng: np.random.Generator
) -> tuple[SurvivalTimes, FloatArray]:
    """Survival of patients seen only because they lived to their entry, and their covariate.

    Weibull of shape 1.2 and median 10 years; entry uniform over 0.25–8 years after the origin, as a
    PET follows resistance; 0.5–6 years of follow-up after it.
    """
    time, entry, x = np.empty(0), np.empty(0), np.empty(0)
    while len(time) < n:
        covariate = rng.standard_normal(4 * n)
        hazard = rng.exponential(size=4 * n) * np.exp(-log_hazard_ratio * covariate)
        lives = MEDIAN_YEARS * (hazard / math.log(2)) ** (1 / SHAPE)
        enters = rng.uniform(0.25, 8.0, 4 * n)
        alive = lives > enters
        time = np.append(time, lives[alive])
        entry = np.append(entry, enters[alive])
        x = np.append(x, covariate[alive])
    time, entry, x = time[:n], entry[:n], x[:n]
    leaves = entry + rng.uniform(0.5, 6.0, n)
    times = survival_times(np.minimum(time, leaves), time <= leaves, entry, unit="years")
    return times, x


def _true_survival(years: float, log_hazard_ratio: float) -> float:
    """Share alive of a population with standard normal covariates, by quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    hazard = math.log(2) * (years / MEDIAN_YEARS) ** SHAPE
    alive = weights @ np.exp(-hazard * np.exp(log_hazard_ratio * nodes))
    return float(alive / weights.sum())


def delayed_entry_bias(
    replicates: int,
    rng: np.random.Generator,
    *,
    n: int = 200,
    log_hazard_ratio: float = 0.7,
) -> pd.DataFrame:
    """Bias of ignoring delayed entry, and of not ignoring it, in the same simulated patients.

    Args:
        replicates: data sets of n patients.
        log_hazard_ratio: true, per SD.

    Returns:
        Two rows (entry: respected, ignored): log_hr and its Monte-Carlo standard error, bias,
        coverage of the 95 % profile interval; survival to 5 years of who is alive at 1 year, and
        its Monte-Carlo standard error; the truth of both.
    """
    found: dict[str, list[tuple[float, float, float]]] = {"respected": [], "ignored": []}
    for _ in range(replicates):
        times, x = truncated_times(n, log_hazard_ratio, rng)
        for name, used in (("respected", times), ("ignored", times.from_origin())):
            try:
                fit = fit_cox(x, used)
                limits = profile(fit)
                alive = kaplan_meier(used, start=FROM_YEARS).at(TO_YEARS).estimate
            except NotEstimable:
                continue
            covered = limits.low[0] <= log_hazard_ratio <= limits.high[0]
            found[name].append((float(fit.coef[0]), float(covered), alive))
    truth = _true_survival(TO_YEARS, log_hazard_ratio) / _true_survival(
        FROM_YEARS, log_hazard_ratio
    )
    rows = []
    for name, values in found.items():
        table = np.array(values)
        error = table.std(axis=0, ddof=1) / math.sqrt(len(table))
        rows.append(
            {
                "entry": name,
                "replicates": len(table),
                "truth_log_hr": log_hazard_ratio,
                "log_hr": table[:, 0].mean(),
                "log_hr_mc_se": error[0],
                "bias": table[:, 0].mean() - log_hazard_ratio,
                "coverage": table[:, 1].mean(),
                "truth_survival": truth,
                "survival": table[:, 2].mean(),
                "survival_mc_se": error[2],
            }
        )
    return pd.DataFrame(rows)
