"""Timings of the survival analyses, beside lifelines and scikit-survival in the same run.

R on the same class of machine, for comparison (median ms at n = 50 / 200 / 2000): coxph
2.4 / 2.9 / 9.5, survfit 0.7 / 0.9 / 2.0. R has no Firth fit with delayed entry either.
"""

import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter, KaplanMeierFitter
from shown import show
from sksurv.linear_model import CoxPHSurvivalAnalysis
from sksurv.nonparametric import kaplan_meier_estimator
from sksurv.util import Surv

from compendium.prediction.performance import cox_prediction, harrell_c, optimism_corrected
from compendium.survival.cox import fit_cox
from compendium.survival.kaplan_meier import kaplan_meier
from compendium.survival.profile_likelihood import profile
from compendium.survival.times import SurvivalTimes, survival_times

TARGET_MS = {50: 2.0, 200: 4.0, 2000: 15.0}


def simulated(n: int, *, delayed: bool) -> tuple[np.ndarray, SurvivalTimes]:
    rng = np.random.default_rng(n)
    x = rng.normal(size=(4 * n, 3))
    event_at = rng.exponential(np.exp(-x @ [0.5, -0.3, 0.0]))
    entry = rng.uniform(0, 0.4, 4 * n) if delayed else np.zeros(4 * n)
    leaves = entry + rng.exponential(1.5, 4 * n)
    seen = np.flatnonzero(event_at > entry)[:n]
    time_ = np.minimum(event_at, leaves)[seen]
    return x[seen], survival_times(time_, (event_at <= leaves)[seen], entry[seen])


def milliseconds(run: Callable[[], object], repeats: int) -> str:
    """Median of single runs, the first one left out; in brackets the fastest, as on the page."""
    run()
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return f"{np.median(taken) * 1e3:.3g} ms ({min(taken) * 1e3:.3g})"


def cox() -> None:
    for n, target in TARGET_MS.items():
        for delayed in (False, True):
            x, times = simulated(n, delayed=delayed)
            taken = milliseconds(lambda x=x, t=times: profile(fit_cox(x, t)), 30)
            entry = ", delayed entry" if delayed else ""
            name = f"Firth Cox, 3 covariates, profile CI and p, n = {n}{entry}"
            show(name, taken, f"<= {target:g} ms")
        x, times = simulated(n, delayed=False)
        frame = pd.DataFrame(x, columns=["a", "b", "c"])
        frame = frame.assign(time=times.time, event=times.event)
        known = Surv.from_arrays(times.event, times.time)
        plain = milliseconds(lambda x=x, t=times: fit_cox(x, t, penalty=False), 20)
        theirs = milliseconds(lambda f=frame: CoxPHFitter().fit(f, "time", "event"), 10)
        sksurv = milliseconds(
            lambda x=x, k=known: CoxPHSurvivalAnalysis(ties="efron").fit(x, k), 10
        )
        show(f"  plain Cox, Wald, n = {n}: ours", plain)
        show(f"  plain Cox, Wald, n = {n}: lifelines", theirs)
        show(f"  plain Cox, no CI, n = {n}: scikit-survival", sksurv)


def curves() -> None:
    for n in (50, 200, 2000):
        _, times = simulated(n, delayed=True)
        ours = milliseconds(lambda t=times: kaplan_meier(t, start=0.4).median(), 50)
        show(f"Kaplan–Meier with delayed entry, CI and median, n = {n}", ours)
        fitter = KaplanMeierFitter()
        theirs = milliseconds(lambda f=fitter, t=times: f.fit(t.time, t.event, entry=t.entry), 20)
        show(f"  of which lifelines, n = {n}", theirs)
        sksurv = milliseconds(
            lambda t=times: kaplan_meier_estimator(
                t.event, t.time, time_enter=t.entry, conf_type="log-log"
            ),
            20,
        )
        show(f"  scikit-survival, n = {n}", sksurv)


def optimism() -> None:
    x, times = simulated(50, delayed=False)
    frame = pd.DataFrame(x, columns=["a", "b", "c"])
    start = time.perf_counter()
    rng = np.random.default_rng(1)
    model = cox_prediction(x, times)
    apparent, gains = harrell_c(times, model.risk(x)), []
    for _ in range(500):
        rows = rng.integers(0, 50, 50)
        refit = cox_prediction(x[rows], times.take(rows))
        gains.append(
            harrell_c(times.take(rows), refit.risk(x[rows])) - harrell_c(times, refit.risk(x))
        )
    found = apparent - np.mean(gains)
    taken = time.perf_counter() - start
    show(f"optimism-corrected C ({found:.3f}), 500 bootstraps, n = 50", f"{taken:.2f} s", "< 5 s")
    start = time.perf_counter()
    optimism_corrected(
        times, frame, np.random.default_rng(1), horizon=1.0, resamples=500, events_per_covariate=5
    )
    taken = time.perf_counter() - start
    show("  the same with Uno's C, AUC and Brier score", f"{taken:.2f} s")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    cox()
    curves()
    optimism()
