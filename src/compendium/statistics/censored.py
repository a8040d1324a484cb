"""Foci below the detection limit on a scan: normal models with censored values, by likelihood.

A focus that is not visible is not absent: its uptake lies somewhere below the limit. Analysing the
foci visible at either level leaves out those that stayed below, and so favours those that rose.
Here every focus of a patient with any visible one counts with what is known of it. (A patient
without any says nothing of a ratio, and would bend the distribution of uptake.) The logarithm of
the uptake at the low level and the log ratio are normal and independent of each other, and the log
ratio has a part of its own in each patient.

    censored_normal(values, side, covariates)     regression, as R's survreg
    censored_ratio(pairs)                         geometric mean ratio, high over low
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats
from scipy.special import log_ndtr, ndtr, owens_t
from statsmodels.tools.numdiff import approx_hess3

from compendium.errors import InputError, NotEstimable
from compendium.estimates import Estimate, labelled, ratio_of, require_at_least

FloatArray = NDArray[np.float64]

EXACT, LEFT, RIGHT = 0, -1, 1
NODES, WEIGHTS = np.polynomial.hermite.hermgauss(16)
LEAST_SD = 1e-3  # of a standard deviation of logarithms; below it there is none
SMALLEST = 1e-300


@dataclass(frozen=True, kw_only=True)
class CensoredFit:
    """A fitted censored normal regression.

    Attributes:
        beta, se: coefficients (intercept first), standard errors of the observed information.
        log_scale, log_scale_se: logarithm of the residual standard deviation.
        loglik: log-likelihood at the maximum.
    """

    beta: FloatArray
    se: FloatArray
    log_scale: float
    log_scale_se: float
    loglik: float


def censored_normal(
    values: ArrayLike, side: ArrayLike, covariates: Mapping[str, ArrayLike] | None = None
) -> CensoredFit:
    """Normal regression with censored values, by maximum likelihood.

    Args:
        values: measured values, or the limit where `side` says censored, shape (n,).
        side: EXACT, LEFT (below the value) or RIGHT (above it), shape (n,).
        covariates: numeric columns by name.

    Raises:
        NotEstimable: fewer than two exact values, or all of them alike.

    Source:
        Tobin, Econometrica 1958, doi:10.2307/1907382.
    """
    y, code = np.asarray(values, dtype=float), np.asarray(side, dtype=int)
    if not np.isfinite(y).all() or not np.isin(code, (LEFT, EXACT, RIGHT)).all():
        raise InputError("censored model: a value is missing, or a side is none of -1, 0, 1")
    require_at_least(int((code == EXACT).sum()), 2, "values above the detection limit")
    if np.ptp(y[code == EXACT]) == 0:
        raise NotEstimable("all values above the detection limit are the same")
    columns = [np.asarray(c, dtype=float) for c in (covariates or {}).values()]
    x = np.column_stack([np.ones(len(y)), *columns])

    def loglik(at: FloatArray) -> float:
        z = (y - x @ at[:-1]) / math.exp(at[-1])
        tail = log_ndtr(np.where(code == RIGHT, -z, z))
        return float(np.where(code == EXACT, _log_normal(z) - at[-1], tail).sum())

    start = np.append(np.linalg.lstsq(x, y, rcond=None)[0], math.log(y.std()))
    at, loss, se = _maximised(loglik, start, [len(start) - 1])
    return CensoredFit(
        beta=at[:-1],
        se=se[:-1],
        log_scale=float(at[-1]),
        log_scale_se=float(se[-1]),
        loglik=-loss,
    )


@labelled
def censored_ratio(
    pairs: pd.DataFrame, *, metric: str = "suv_max", level: float = 0.95
) -> Estimate:
    """Geometric mean ratio high over low, with foci below a scan's limit as censored.

    The interval is by t with one degree of freedom less than there are patients with a visible
    focus, and the maximum-likelihood standard error widened by sqrt(k/(k - 1)); with nothing
    censored and as many foci in each patient that is the t-test of the patients' means.

    Args:
        pairs: as `uptake.lesion_pairs` returns; patients without a visible focus are left out.

    Raises:
        NotEstimable: fewer than two patients with a visible focus, or fewer than two foci visible
            at both levels, or all of these with the same ratio; or a flat likelihood.
    """
    foci = _Foci(pairs, metric)
    k = foci.n_patients
    start = foci.start()
    if len(foci.low) == k:  # a focus a patient: only the sum of both variances is in the data
        at, _, se = _maximised(
            lambda at: foci.loglik(np.append(at, math.log(LEAST_SD))), start[:4], [2, 3]
        )
    else:
        at, _, se = _maximised(foci.loglik, start, [2, 3, 4])
    if math.isnan(se[0]):
        raise NotEstimable("the likelihood does not fall on both sides of the ratio")
    centre, wide = float(at[0]), float(se[0]) * math.sqrt(k / (k - 1))
    half = float(stats.t.ppf(0.5 + level / 2, k - 1)) * wide
    alike = len(at) < len(start) or at[4] <= math.log(LEAST_SD)
    return Estimate(
        estimate=math.exp(centre),
        low=ratio_of(centre - half),
        high=ratio_of(centre + half),
        n=k,
        events=int((~foci.both).sum()),
        p=float(2 * stats.t.sf(abs(centre) / wide, k - 1)),
        method=f"censored model of {len(foci.low)} foci, t with {k - 1} df"
        + ("; no variance between patients estimated" if alike else ""),
        level=level,
    )


class _Foci:
    """Both scans' log uptake of each focus, in the form the likelihood needs."""

    def __init__(self, pairs: pd.DataFrame, metric: str) -> None:
        visible = pairs["visibility"].isin(["both", "only_low", "only_high"])
        pairs = pairs[pairs["visibility"].eq("none") | visible]
        pairs = pairs[pairs["patient_id"].isin(pairs.loc[visible, "patient_id"])]
        seen = pairs["visibility"].to_numpy()
        self.both, self.only_low = seen == "both", seen == "only_low"
        self.only_high, self.none = seen == "only_high", seen == "none"
        self.n_patients = pairs["patient_id"].nunique()
        require_at_least(self.n_patients, 2, "patients with a visible focus")
        require_at_least(int(self.both.sum()), 2, "foci visible at both levels")
        table = pairs.astype({f"{metric}_low": float, f"{metric}_high": float})
        self.low = np.log(
            np.where(self.both | self.only_low, table[f"{metric}_low"], table["limit_low"])
        )
        self.high = np.log(
            np.where(self.both | self.only_high, table[f"{metric}_high"], table["limit_high"])
        )
        self.index = np.unique(pairs["patient_id"].to_numpy(), return_inverse=True)[1].ravel()
        if np.ptp((self.high - self.low)[self.both]) < 1e-12:
            raise NotEstimable(f"the same ratio in all {self.both.sum()} foci visible on both")

    def start(self) -> FloatArray:
        """Mean log ratio, mean log uptake, and logarithms of the three standard deviations."""
        side = np.where(self.both | self.only_low, EXACT, LEFT)
        uptake = censored_normal(self.low, side)
        log_ratio = (self.high - self.low)[self.both]
        log_sd = math.log(log_ratio.std())
        return np.array([log_ratio.mean(), uptake.beta[0], uptake.log_scale, log_sd, log_sd - 0.5])

    def loglik(self, at: FloatArray) -> float:
        """Log-likelihood, the patients' effects integrated out by Gauss–Hermite quadrature.

        The nodes lie about what each patient's exact log ratios say of the effect.
        """
        ratio, uptake = at[:2]
        sd_uptake, sd, sd_patient = np.exp(at[2:])
        residual = np.where(self.both, self.high - self.low - ratio, 0.0)
        precision = np.bincount(self.index, self.both) / sd**2 + sd_patient**-2
        centre = np.bincount(self.index, residual) / sd**2 / precision
        effects = centre[:, None] + NODES * np.sqrt(2 / precision)[:, None]
        each = self._each(ratio + effects[self.index], uptake, sd_uptake, sd)
        together = np.zeros_like(effects)
        np.add.at(together, self.index, each)
        together += _log_normal(effects / sd_patient) - at[4] + np.log(WEIGHTS) + NODES**2
        highest = together.max(axis=1)
        integral = highest + np.log(np.exp(together - highest[:, None]).sum(axis=1))
        return float((integral + 0.5 * np.log(2 / precision)).sum())

    def _each(
        self, log_ratio: FloatArray, uptake: float, sd_uptake: float, sd: float
    ) -> FloatArray:
        """Log-likelihood of each focus (rows) given its patient's mean log ratio (a node each)."""
        found = np.empty(log_ratio.shape)
        z_low = ((self.low - uptake) / sd_uptake)[:, None]
        at_low = _log_normal(z_low) - math.log(sd_uptake)
        rise = (self.high - self.low)[:, None]
        seen = self.both
        z = (rise[seen] - log_ratio[seen]) / sd
        found[seen] = at_low[seen] + _log_normal(z) - math.log(sd)
        seen = self.only_low
        found[seen] = at_low[seen] + log_ndtr((rise[seen] - log_ratio[seen]) / sd)
        sd_high = math.hypot(sd_uptake, sd)
        shared = sd_uptake / sd_high
        seen = self.only_high | self.none
        z_high = (self.high[seen, None] - uptake - log_ratio[seen]) / sd_high
        level, silent = np.broadcast_to(z_low[seen], z_high.shape), self.none[seen]
        rest = log_ndtr((level - shared * z_high)[~silent] * sd_high / sd)
        part = np.empty(z_high.shape)
        part[~silent] = _log_normal(z_high[~silent]) - math.log(sd_high) + rest
        below = _both_below(level[silent], z_high[silent], shared)
        part[silent] = np.log(np.maximum(below, SMALLEST))
        found[seen] = part
        return found


def _log_normal(z: FloatArray) -> FloatArray:
    return np.asarray(-0.5 * z**2 - 0.5 * math.log(2 * math.pi))


def _both_below(first: FloatArray, second: FloatArray, correlation: float) -> FloatArray:
    """Probability that two correlated standard normal values lie below two limits.

    Source:
        Owen, Ann Math Stat 1956, doi:10.1214/aoms/1177728074.
    """
    h = np.where(np.abs(first) < 1e-9, 1e-9, first)
    k = np.where(np.abs(second) < 1e-9, 1e-9, second)
    root = math.sqrt(max(1 - correlation**2, 1e-12))
    tails = owens_t(h, (k / h - correlation) / root) + owens_t(k, (h / k - correlation) / root)
    return np.asarray((ndtr(h) + ndtr(k)) / 2 - tails - np.where(h * k < 0, 0.5, 0.0))


def _maximised(
    loglik: Callable[[FloatArray], float], start: FloatArray, log_sds: list[int]
) -> tuple[FloatArray, float, FloatArray]:
    """Where the log-likelihood is highest, its negative there, and standard errors.

    A standard deviation that runs to its lower bound is taken for zero and has no error, and
    neither has what the likelihood does not bend down from.

    Raises:
        NotEstimable: the likelihood is flat where it is highest.
    """
    least = np.full(len(start), -np.inf)
    least[log_sds] = math.log(LEAST_SD)

    def loss(at: FloatArray) -> float:
        return -loglik(np.maximum(at, least))

    found = optimize.minimize(loss, start, method="BFGS", options={"gtol": 1e-6})
    highest = np.maximum(found.x, least)
    free = np.flatnonzero(highest > least)
    information = approx_hess3(highest, loss)[np.ix_(free, free)]
    if not np.isfinite(information).all() or np.linalg.matrix_rank(information) < len(free):
        raise NotEstimable("the likelihood is flat where it is highest")
    variances = np.diag(np.linalg.inv(information))
    se = np.full(len(start), math.nan)
    se[free] = np.sqrt(np.where(variances > 0, variances, math.nan))
    return highest, float(found.fun), se
