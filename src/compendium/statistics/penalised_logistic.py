"""Firth's penalised likelihood of a logistic model, at many coefficients at once.

Near separation the penalised likelihood has several maxima, far from each other and from 0. So all
starts climb together, and the likelihood stays exact far out, where the weights of the patients
differ by a hundred powers of ten: the information is written in the k patients who carry it, who
are found by elimination with the heaviest first. Where the weights are even enough, an orthonormal
basis of the design, the same at every point, serves as well and takes less time.

Source:
    Firth, Biometrika 1993, doi:10.1093/biomet/80.1.27; Heinze & Schemper, Stat Med 2002,
    doi:10.1002/sim.1047.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.intp]

EVEN = -14.0  # log-determinant of the information in a basis over its mean axis; below, eliminate
NOTHING = 1e-9  # what elimination leaves of a standardised covariate that others determine


@dataclass(frozen=True)
class Points:
    """The log-likelihood at some coefficients, a row a point.

    Attributes:
        value: shape (points,); score: its gradient, shape (points, k).
        curvature: its negative second derivatives, shape (points, k, k).
        information: of the likelihood without penalty, shape (points, k, k).
    """

    value: FloatArray
    score: FloatArray
    curvature: FloatArray
    information: FloatArray

    def of(self, rows: BoolArray) -> "Points":
        """Some of the points."""
        return Points(
            self.value[rows], self.score[rows], self.curvature[rows], self.information[rows]
        )

    def put(self, rows: IntArray, other: "Points") -> None:
        """Replace some of the points."""
        self.value[rows], self.score[rows] = other.value, other.score
        self.curvature[rows], self.information[rows] = other.curvature, other.information


class Likelihood:
    """The (penalised) log-likelihood of a logistic model, or of several of the same patients.

    Args:
        x: shape (n, k), or (models, n, k), of full rank, in units of about 1: the intercept's ones,
            and covariates less their mean over their standard deviation.
        event: 1 or 0, shape (n,).
        times: how often each patient counts, shape (models, n); once if not given.
        firth: with Firth's penalty, half the log-determinant of the information.
    """

    def __init__(
        self,
        x: FloatArray,
        event: FloatArray,
        *,
        times: FloatArray | None = None,
        firth: bool = True,
    ) -> None:
        self.x, self.event, self.firth = np.atleast_3d(x.T).T, event, firth
        self.times = np.ones((1, len(event))) if times is None else times
        self._basis, triangle = np.linalg.qr(self.x)
        self._squares = _products(self._basis)
        self._volume = np.log(np.abs(np.diagonal(triangle, axis1=1, axis2=2))).sum(axis=1)

    def probabilities(self, betas: FloatArray) -> FloatArray:
        """Of the event, for each patient, at coefficients of shape (points, k)."""
        return np.asarray(expit(predictors_of(self.x, betas)))

    def values(self, betas: FloatArray) -> FloatArray:
        """Log-likelihood at coefficients of shape (points, k), shape (points,)."""
        told = _Told(predictors_of(self.x, betas))
        value = told.log_likelihood(self.event, self.times)
        return value + self._information(told, None)[0] / 2 if self.firth else value

    def covariance(self, beta: FloatArray) -> FloatArray:
        """Inverse of the information at one point, shape (k, k)."""
        log_weight = _Told(predictors_of(self.x, beta[None])).log_weight
        gram = _carried(self.x, log_weight)[2]
        carriers = _carriers(self.x, log_weight)[0]
        back = np.linalg.inv(self.x[0, carriers]) * np.exp(-log_weight[0, carriers] / 2)
        return np.asarray(back @ np.linalg.inv(gram[0]) @ back.T)

    def at(self, betas: FloatArray, model: IntArray | None = None) -> Points:
        """Log-likelihood and its derivatives at coefficients of shape (points, k).

        Args:
            model: which model each point belongs to, shape (points,), where there are several.
        """
        x, times = _of_model(self.x, model), _of_model(self.times, model)
        told = _Told(predictors_of(x, betas))
        probability, weight = told.probability, told.weight
        value, score = told.log_likelihood(self.event, times), times * (self.event - probability)
        turned_x = x.transpose(0, 2, 1)
        information = turned_x @ ((times * weight)[:, :, None] * x)
        if not self.firth:
            return Points(value, _along(score, x), information, information)
        log_determinant, rooted, gram = self._informed(told, model)
        turned = rooted @ np.linalg.inv(gram)
        leverage, skew = (turned * rooted).sum(axis=2), 1 - 2 * probability
        # How the leverages change with the coefficients, shape (points, n, k).
        cubes = _products(rooted).transpose(0, 2, 1) @ (skew[:, :, None] * x)
        change = (leverage * skew)[:, :, None] * x - _products(turned) @ cubes
        bend = (leverage * weight)[:, :, None] * x - (skew / 2)[:, :, None] * change
        return Points(
            value + log_determinant / 2,
            _along(score + leverage * skew / 2, x),
            information + turned_x @ bend,
            information,
        )

    def _informed(
        self, told: "_Told", model: IntArray | None
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Log-determinant of the information, the rooted weights' design, and its Gram matrix.

        The design is in coordinates that keep the Gram matrix far from singular, a choice of each
        point: its elements in the basis, or in the patients who carry the information.
        """
        found, gram, far, carried = self._information(told, model)
        rooted = np.sqrt(_of_model(self.times, model) * told.weight)[:, :, None]
        rooted = rooted * _of_model(self._basis, model)
        if len(far):
            rooted[far] = carried
        return found, rooted, gram

    def _information(
        self, told: "_Told", model: IntArray | None
    ) -> tuple[FloatArray, FloatArray, IntArray, FloatArray]:
        """Log-determinants and Gram matrices; which points lie far out, and their rooted design."""
        k, times = self.x.shape[2], _of_model(self.times, model)
        weight, squares = times * told.weight, _of_model(self._squares, model)
        single = len(squares) == 1
        gram = weight @ squares[0] if single else (weight[:, None, :] @ squares)[:, 0]
        gram = gram.reshape(-1, k, k)
        sign, size = np.linalg.slogdet(gram)
        with np.errstate(divide="ignore", invalid="ignore"):
            evenness = size - k * np.log(np.trace(gram, axis1=1, axis2=2) / k)
        far = np.flatnonzero(~((sign > 0) & (evenness > EVEN)))
        found, carried = 2 * _of_model(self._volume, model) + size, np.empty(0)
        if len(far):
            x = _of_model(self.x, model)
            with np.errstate(divide="ignore"):
                counted = told.log_weight[far] + np.log(times if len(times) == 1 else times[far])
            found[far], carried, gram[far] = _carried(x if len(x) == 1 else x[far], counted)
        return found, gram, far, carried


class _Told:
    """What log odds of shape (points, n) tell, with one exponential; exact far out.

    Attributes:
        probability: of the event; weight: p (1 - p); log_weight: its logarithm, which does not
            vanish far out.
    """

    def __init__(self, odds: FloatArray) -> None:
        self._odds = odds
        size = np.abs(odds)
        less = np.exp(-size)
        larger = 1 / (1 + less)
        self._beside = np.log1p(less)
        self.log_weight: FloatArray = -size - 2 * self._beside
        self.weight: FloatArray = less * larger**2
        self.probability: FloatArray = np.where(odds >= 0, larger, less * larger)

    def log_likelihood(self, event: FloatArray, times: FloatArray) -> FloatArray:
        """Without penalty, shape (points,)."""
        each = times * (self._odds * event - np.maximum(self._odds, 0) - self._beside)
        return np.asarray(each.sum(axis=1))


def _of_model(values: FloatArray, model: IntArray | None) -> FloatArray:
    """Those of each point's model; of the only one where there are not several."""
    return values if model is None or len(values) == 1 else values[model]


def predictors_of(x: FloatArray, betas: FloatArray) -> FloatArray:
    """Log odds, shape (points, n)."""
    return np.asarray((x @ betas[:, :, None])[:, :, 0])


def _along(values: FloatArray, x: FloatArray) -> FloatArray:
    """Sums over patients of their values times their covariates, shape (points, k)."""
    return np.asarray((values[:, None, :] @ x)[:, 0])


def _carried(x: FloatArray, log_weight: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log-determinant of the information, and the rooted weights' design in its carriers.

    Returns:
        The log-determinant, shape (points,); the design times the roots of the weights, in
        coordinates in which the k carriers are unit vectors, shape (points, n, k), which keeps its
        elements near 1; and its Gram matrix, shape (points, k, k).
    """
    x = np.broadcast_to(x, (len(log_weight), *x.shape[1:]))
    carriers = _carriers(x, log_weight)
    of_carriers = np.take_along_axis(x, carriers[:, :, None], 1)
    shares = x @ np.linalg.inv(of_carriers)
    shares[np.abs(shares) < NOTHING] = 0  # else rounding would be multiplied without bound
    heaviest = np.take_along_axis(log_weight, carriers, 1)
    relative = (log_weight[:, :, None] - heaviest[:, None, :]) / 2
    rooted = shares * np.exp(np.minimum(relative, 50.0))
    gram = rooted.transpose(0, 2, 1) @ rooted
    volume = np.linalg.slogdet(of_carriers)[1]
    return 2 * volume + heaviest.sum(axis=1) + np.linalg.slogdet(gram)[1], rooted, gram


def _carriers(x: FloatArray, log_weight: FloatArray) -> IntArray:
    """The k patients who carry the information, by elimination with full pivoting."""
    points, k = len(log_weight), x.shape[2]
    left = x.transpose(2, 0, 1).copy()  # the long axis last, along which numpy is quick
    every, chosen = np.arange(points), np.empty((points, k), dtype=np.intp)
    for place in range(k):
        with np.errstate(divide="ignore"):
            importance = log_weight / 2 + np.log(_largest(left))
        row = chosen[:, place] = importance.argmax(axis=1)
        if place == k - 1:
            break
        pivot = left[:, every, row]
        column = np.abs(pivot).argmax(axis=0)
        factor = left[column, every] / pivot[column, every][:, None]
        for part, of_pivot in zip(left, pivot, strict=True):
            part -= factor * of_pivot[:, None]
            np.copyto(part, 0, where=np.abs(part) < NOTHING)
        left[:, every, row] = 0
    return chosen


def _largest(parts: FloatArray) -> FloatArray:
    """The largest size of all parts, element by element."""
    largest: FloatArray = np.abs(parts[0])
    for part in parts[1:]:
        np.maximum(largest, np.abs(part), out=largest)
    return largest


def _products(rows: FloatArray) -> FloatArray:
    """All products of two of the last axis' elements, shape (points, n, k·k)."""
    products = rows[:, :, :, None] * rows[:, :, None, :]
    return products.reshape(*rows.shape[:2], -1)
