"""The maxima of a logistic model's penalised likelihood: where to start, and how to climb."""

import math
from functools import lru_cache
from itertools import combinations

import numpy as np

from compendium.statistics.penalised_logistic import (
    BoolArray,
    FloatArray,
    IntArray,
    Likelihood,
    Points,
    predictors_of,
)

MAX_STEPS = 300
MAX_CUTS = 40
GAIN = 1e-13  # of the log-likelihood that one more step would bring; below, it is the maximum
FREE_STEP, RELATIVE_STEP = 3.0, 0.7  # of a patient's log odds in one step
ROUNDING = 1e-12  # of the log-likelihood
SETS = 600  # of patients, from each of which follow coefficients to start from
CLIMBED = 12  # of these that are climbed from
LEAST_VOLUME = 1e-6  # of a set's covariates, below which they do not tell the coefficients
DIFFERENT = 0.7  # of a probability, by which two starts differ
BOUNDARY = (1.0, 2.5)  # log odds by which the k patients lie on their own side


def maximise(
    likelihood: Likelihood,
    starts: FloatArray,
    *,
    held: int | None = None,
    model: IntArray | None = None,
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Climb from every start by Newton's steps, cut where the likelihood falls.

    Args:
        starts: coefficients, shape (points, k).
        held: position of a coefficient that keeps its value.
        model: whose start each is, shape (points,), where there are several models.

    Returns:
        Coefficients, log-likelihoods, and whether the top was reached, a row a start.
    """
    free = np.delete(np.arange(starts.shape[1]), [] if held is None else [held])
    betas, here = starts.copy(), likelihood.at(starts, model)
    model = np.zeros(len(starts), dtype=np.intp) if model is None else model
    values, reached = here.value.copy(), np.zeros(len(starts), dtype=bool)
    active = np.arange(len(starts))
    for _ in range(MAX_STEPS):
        step, gain = _steps(here, free)
        on = gain > GAIN * np.maximum(np.abs(here.value), 1.0)
        reached[active[~on]] = True
        moved = np.zeros((len(active), starts.shape[1]))
        moved[:, free] = step
        betas[active[~on]] += moved[~on]  # the last step, which is too short to be looked at
        active, here, moved = active[on], here.of(on), moved[on]
        if len(active) == 0:
            break
        there, moved = _rise(likelihood, model[active], betas[active], here, moved)
        rose = there.value >= here.value - _rounding(here.value)
        reached[active[~rose]] = True  # no step rises: the top, as far as numbers tell
        active, here = active[rose], there.of(rose)
        betas[active] += moved[rose]
        values[active] = here.value
    return betas, values, reached & np.isfinite(values)


def _steps(here: Points, free: IntArray) -> tuple[FloatArray, FloatArray]:
    """Newton's steps of the free coefficients, upwards all the same, and what they promise.

    Where the likelihood bends upwards the step goes by the size of the bend.
    """
    rows, columns = np.ix_(free, free)
    scale = 1 / np.sqrt(np.maximum(here.information[:, free, free], 1e-200))
    bend = here.curvature[:, rows, columns] * scale[:, :, None] * scale[:, None, :]
    values, axes = np.linalg.eigh(bend)
    slope = ((here.score[:, free] * scale)[:, None, :] @ axes)[:, 0]
    size = np.maximum(np.abs(values), 1e-6)
    step = (axes @ (slope / size)[:, :, None])[:, :, 0] * scale
    return step, (slope**2 / size).sum(axis=1)


def _rise(
    likelihood: Likelihood, model: IntArray, betas: FloatArray, here: Points, step: FloatArray
) -> tuple[Points, FloatArray]:
    """The points to which the steps lead, cut until the likelihood does not fall; and the steps."""
    x = likelihood.x if len(likelihood.x) == 1 else likelihood.x[model]
    allowed = np.maximum(FREE_STEP, RELATIVE_STEP * np.abs(predictors_of(x, betas)))
    excess = (np.abs(predictors_of(x, step)) / allowed).max(axis=1)
    step = step / np.maximum(excess, 1.0)[:, None]
    there = likelihood.at(betas + step, model)
    floor = here.value - _rounding(here.value)
    for _ in range(MAX_CUTS):
        fell = np.flatnonzero(~(there.value >= floor))
        if len(fell) == 0:
            break
        step[fell] /= 3
        there.put(fell, likelihood.at(betas[fell] + step[fell], model[fell]))
    return there, step


def _rounding(value: FloatArray) -> FloatArray:
    return ROUNDING * np.abs(value)


def corners(
    likelihood: Likelihood,
    *,
    held: int | None = None,
    at: float = 0.0,
    sets: int = SETS,
    most: int = CLIMBED,
) -> FloatArray:
    """Coefficients from which to climb: the likeliest of many that differ, shape (<= most, k).

    Where groups are nearly separated a maximum lies where as many patients as there are free
    coefficients sit near the boundary, each on his own side, and all others farther off. So sets of
    patients are drawn and the coefficients solved for that put them there.

    Args:
        held: position of a coefficient that is `at` a value, in the units of the likelihood's x.
        sets: of patients, drawn where there are more.
        most: coefficients that are kept.
    """
    x = likelihood.x[0]
    free = np.delete(np.arange(x.shape[1]), [] if held is None else [held])
    patients = _sets(len(x), len(free), sets)
    told = x[patients][:, :, free]
    apart = np.abs(np.linalg.det(told)) > LEAST_VOLUME
    patients, told = patients[apart], told[apart]
    side = (2 * likelihood.event - 1)[patients]
    shift = 0.0 if held is None else at * x[patients, held]
    found = np.full((len(BOUNDARY), len(patients), x.shape[1]), at)
    for place, log_odds in enumerate(BOUNDARY):
        aim = log_odds * side - shift
        found[place][:, free] = np.linalg.solve(told, aim[:, :, None])[:, :, 0]
    every = found.reshape(-1, x.shape[1])
    return _different(likelihood, every[np.argsort(-likelihood.values(every), kind="stable")], most)


@lru_cache(maxsize=64)
def _sets(n: int, size: int, most: int) -> IntArray:
    """Sets of patients: all where there are few, else a draw that is always the same."""
    if math.comb(n, size) <= most:
        return np.array(list(combinations(range(n), size)), dtype=np.intp).reshape(-1, size)
    return np.argsort(np.random.default_rng(n).random((most, n)), axis=1)[:, :size]


def _different(likelihood: Likelihood, betas: FloatArray, most: int) -> FloatArray:
    """The first of the coefficients that give some patient another probability than those before.

    So that not all starts lie below one maximum.
    """
    probability = likelihood.probabilities(betas)
    left = np.arange(len(betas))
    chosen: list[int] = []
    while len(left) and len(chosen) < most:
        first, left = left[0], left[1:]
        chosen.append(int(first))
        far = np.abs(probability[left] - probability[first]).max(axis=1, initial=0.0)
        left = left[far > DIFFERENT]
    return betas[chosen]
