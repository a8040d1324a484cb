"""Penalised and forest survival models in nested cross-validation: exploratory, and said so."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Literal

import numpy as np
import pandas as pd
from sksurv.ensemble import RandomSurvivalForest
from sksurv.linear_model import CoxnetSurvivalAnalysis
from sksurv.util import Surv

from compendium.errors import NotEstimable
from compendium.estimates import Estimate, require_at_least
from compendium.prediction.performance import harrell_c
from compendium.survival.times import FloatArray, IntArray, SurvivalTimes, labelled, matrix

Learner = Literal["coxnet", "forest"]
NAMES: Mapping[Learner, str] = {"coxnet": "elastic net", "forest": "random survival forest"}
LEAST_EVENTS = 20
OUTER, INNER = 5, 3
L1_RATIO = 0.5
PENALTIES = tuple(np.geomspace(0.5, 0.01, 12))
LEAF_SIZES = (5, 12)
TREES = 40

Score = Callable[[FloatArray, SurvivalTimes, FloatArray], list[FloatArray]]


@labelled
def nested_cross_validation(
    times: SurvivalTimes,
    predictors: pd.DataFrame,
    learner: Learner,
    rng: np.random.Generator,
    *,
    repeats: int = 2,
) -> Estimate:
    """Harrell's C of a learner on patients it has not seen, its setting chosen inside each fold.

    Scaling, the choice of the penalty (Coxnet) or of the leaf size (forest), and the fit see the
    outer training patients only. There is no interval: the folds share patients.

    Args:
        times: a row a patient, all from the origin; predictors: the same rows, without gaps.
        learner: one of NAMES.
        repeats: divisions into outer folds; C is averaged over all of them.

    Raises:
        NotEstimable: fewer than 20 events, or delayed entry, which scikit-survival's models lack.

    Source:
        Simon et al., J Stat Softw 2011, doi:10.18637/jss.v039.i05; Ishwaran et al., Ann Appl Stat
        2008, doi:10.1214/08-AOAS169; Varma & Simon, BMC Bioinformatics 2006,
        doi:10.1186/1471-2105-7-91.
    """
    if times.delayed:
        raise NotEstimable("scikit-survival has no delayed entry")
    require_at_least(times.events, LEAST_EVENTS, "events")
    x = matrix(predictors, times.n, [str(name) for name in predictors.columns])
    found = []
    for _ in range(repeats):
        for train, test in _folds(times, OUTER, rng):
            score = _score(learner, int(rng.integers(2**31)))
            best = _best_setting(score, x[train], times.take(train), rng)
            risk = score(x[train], times.take(train), x[test])[best]
            try:
                found.append(harrell_c(times.take(test), risk))
            except NotEstimable:
                continue
    require_at_least(
        len(found), int(np.ceil(0.8 * repeats * OUTER)), "folds with a comparable pair"
    )
    per_variable = times.events / x.shape[1]
    return Estimate(
        estimate=float(np.mean(found)),
        n=times.n,
        events=times.events,
        method=(
            f"{NAMES[learner]}, nested cross-validation ({repeats}×{OUTER} outer, {INNER} inner "
            f"folds), {x.shape[1]} variables, {per_variable:.1f} events a variable; exploratory"
        ),
    )


def _folds(
    times: SurvivalTimes, k: int, rng: np.random.Generator
) -> Iterator[tuple[IntArray, IntArray]]:
    """Training and test rows of k folds, events dealt out evenly."""
    fold = np.empty(times.n, dtype=int)
    for members in (np.flatnonzero(times.event), np.flatnonzero(~times.event)):
        fold[rng.permutation(members)] = np.arange(len(members)) % k
    for number in range(k):
        yield np.flatnonzero(fold != number), np.flatnonzero(fold == number)


def _best_setting(
    score: Score, x: FloatArray, times: SurvivalTimes, rng: np.random.Generator
) -> int:
    """Position of the setting with the highest mean C over the inner folds."""
    rows = []
    for train, test in _folds(times, INNER, rng):
        risks = score(x[train], times.take(train), x[test])
        try:
            rows.append([harrell_c(times.take(test), risk) for risk in risks])
        except NotEstimable:
            continue
    if not rows:
        raise NotEstimable("no inner fold has a comparable pair")
    return int(np.argmax(np.mean(rows, axis=0)))


def _score(learner: Learner, seed: int) -> Score:
    """Risks of test patients under every setting of a learner fitted to training patients."""

    def score(x: FloatArray, times: SurvivalTimes, new: FloatArray) -> list[FloatArray]:
        centre, scale = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-12)
        z, z_new = (x - centre) / scale, (new - centre) / scale
        known = Surv.from_arrays(times.event, times.time)
        if learner == "coxnet":
            path = CoxnetSurvivalAnalysis(l1_ratio=L1_RATIO, alphas=list(PENALTIES))
            with warnings.catch_warnings():  # no variable chosen is a setting too: C is one half
                warnings.filterwarnings("ignore", message="all coefficients are zero")
                path.fit(z, known)
            return [path.predict(z_new, alpha=alpha) for alpha in PENALTIES]
        return [
            RandomSurvivalForest(
                n_estimators=TREES, min_samples_leaf=leaf, low_memory=True, random_state=seed
            )
            .fit(z, known)
            .predict(z_new)
            for leaf in LEAF_SIZES
        ]

    return score
