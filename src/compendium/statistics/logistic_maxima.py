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
    held: int | IntArray | None = None,
    model: IntArray | None = None,
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Climb from every start by Newton's steps, cut where the likelihood falls.

    Args:
        starts: coefficients, shape (points, k).
        held: position of a coefficient that keeps its value, one or each start's own.
        model: whose start each is, shape (points,), where there are several models.

    Returns:
        Coefficients, log-likelihoods, and whether the top was reached, a row a start.
    """
    betas, here = starts.copy(), likelihood.at(starts, model)
    held = None if held is None else np.broadcast_to(held, len(starts))
    model = np.zeros(len(starts), dtype=np.intp) if model is None else model
    values, reached = here.value.copy(), np.zeros(len(starts), dtype=bool)
    active = np.arange(len(starts))
    for _ in range(MAX_STEPS):
        moved, gain = _steps(here, None if held is None else held[active])
        on = gain > GAIN * np.maximum(np.abs(here.value), 1.0)
        reached[active[~on]] = True
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


def _steps(here: Points, held: IntArray | None) -> tuple[FloatArray, FloatArray]:
    """Newton's steps, upwards all the same, and what they promise; a held coefficient stays.

    Where the likelihood bends upwards the step goes by the size of the bend.
    """
    scale = 1 / np.sqrt(np.maximum(np.diagonal(here.information, axis1=1, axis2=2), 1e-200))
    bend, score = here.curvature * (scale[:, :, None] * scale[:, None, :]), here.score * scale
    if held is not None:
        rows = np.arange(len(held))
        bend[rows, held], bend[rows, :, held], score[rows, held] = 0, 0, 0
        bend[rows, held, held] = 1
    values, axes = np.linalg.eigh(bend)
    slope = (score[:, None, :] @ axes)[:, 0]
    size = np.maximum(np.abs(values), 1e-6)
    step = (axes @ (slope / size)[:, :, None])[:, :, 0] * scale
    if held is not None:
        step[rows, held] = 0
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

    As `corners_at` with the coefficient held at one value, or with none held.
    """
    return corners_at(likelihood, held, np.array([at]), sets=sets, most=most)[0]


def corners_at(
    likelihood: Likelihood, held: int | None, values: FloatArray, *, sets: int, most: int
) -> list[FloatArray]:
    """Coefficients from which to climb with one held at each of some values.

    Where groups are nearly separated a maximum lies where as many patients as there are free
    coefficients sit near the boundary, each on his own side, and all others farther off. So sets of
    patients are drawn and the coefficients solved for that put them there.

    Args:
        held: position of a coefficient that is held, in the units of the likelihood's x.
        values: at which it is, shape (values,).
        sets: of patients, drawn where there are more.
        most: coefficients that are kept.

    Returns:
        The likeliest that differ, shape (<= most, k), for each value.
    """
    x = likelihood.x[0]
    free = np.delete(np.arange(x.shape[1]), [] if held is None else [held])
    patients = _sets(len(x), len(free), sets)
    told = x[patients][:, :, free]
    apart = np.abs(np.linalg.det(told)) > LEAST_VOLUME
    patients, solved = patients[apart], np.linalg.inv(told[apart])
    side = (2 * likelihood.event - 1)[patients]
    shift = np.zeros(patients.shape) if held is None else x[patients, held]
    aim = np.multiply.outer(BOUNDARY, side) - values[:, None, None, None] * shift
    found = np.broadcast_to(values[:, None, None, None], (*aim.shape[:3], x.shape[1])).copy()
    found[..., free] = (solved @ aim[..., None])[..., 0]
    every = found.reshape(len(values), -1, x.shape[1])
    heights = likelihood.values(every.reshape(-1, x.shape[1])).reshape(len(values), -1)
    order = np.argsort(-heights, axis=1, kind="stable")
    return [_different(likelihood, one[way], most) for one, way in zip(every, order, strict=True)]


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
