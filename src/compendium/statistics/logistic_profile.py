"""The top of a logistic model's penalised likelihood, and its profile along a coefficient."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2

from compendium.statistics.logistic_maxima import corners, maximise
from compendium.statistics.penalised_logistic import FloatArray, Likelihood

SETS, CLIMBED = 150, 4  # of patients, and starts from them, at each point of a profile
HIGHER = 1e-7  # of the log-likelihood, by which a maximum is higher than another
ALIKE = 1e-3  # of the fitted probabilities, within which two maxima are one
BEYOND = (1.0001, 1.5, 2.5, 5.0, 10.0)  # limits' distances at which the profile is seen again
FARTHEST = 1e8  # standard deviations of a covariate; a limit beyond is none
LIMIT_TOLERANCE = 1e-8  # of the distance between estimate and limit


class Top:
    """The highest maximum found of a likelihood.

    Attributes:
        beta: where, shape (k,); value: the log-likelihood there; reached: whether by convergence.
        maxima: how many were found.
    """

    def __init__(self, likelihood: Likelihood) -> None:
        self.likelihood = likelihood
        nothing = np.zeros((1, likelihood.x.shape[-1]))
        several = likelihood.firth  # without penalty there is one maximum, or none
        self.climb(np.concatenate([nothing, corners(likelihood)]) if several else nothing)

    def climb(self, starts: FloatArray) -> None:
        """Climb from these starts, and forget what was found before."""
        betas, values, reached = maximise(self.likelihood, starts)
        best = int(values.argmax())
        self.beta, self.value, self.reached = betas[best], float(values[best]), bool(reached[best])
        probability = self.likelihood.probabilities(betas)
        tops: list[int] = []
        for row in np.flatnonzero(reached):
            others = np.abs(probability[tops] - probability[row]).max(axis=1, initial=0.0)
            if (others > ALIKE).all():
                tops.append(int(row))
        self.maxima = len(tops)


class Profile:
    """The profile of the likelihood along one coefficient: its limits and p.

    Attributes:
        low, high: limits, in the units of the likelihood's x.
        in_pieces: whether values between the limits are rejected that lie beyond others that are
            not, as where the likelihood has several maxima.
        p: of the coefficient being 0.
        highest, rose: the highest point seen, and whether it is above what was taken for the top.
    """

    def __init__(self, top: Top, index: int, level: float) -> None:
        self.top, self.index = top, index
        self.highest, self.height = top.beta, top.value
        self.critical = math.sqrt(chi2.ppf(level, 1))
        covariance = top.likelihood.covariance(top.beta)
        self.ridge = covariance[:, index] / covariance[index, index]
        self.error = math.sqrt(covariance[index, index])
        self.in_pieces = False
        self.last = top.beta
        self.p = float(chi2.sf(self.roots([0.0], thorough=True)[0][0] ** 2, 1))
        self.low, self.high = self.limit(-1), self.limit(+1)

    @property
    def rose(self) -> bool:
        return self.height > self.top.value + HIGHER

    def roots(self, held: Sequence[float], *, thorough: bool) -> tuple[FloatArray, FloatArray]:
        """Root of twice the fall of the log-likelihood with the coefficient held at each value.

        Args:
            thorough: climb also from corners, and not only along the ridge from the top and from
                the point before.

        Returns:
            The roots, and the coefficients there, a row a value.
        """
        starts = [self._starts(value, thorough) for value in held]
        betas, values, _ = maximise(self.top.likelihood, np.concatenate(starts), held=self.index)
        ends = np.cumsum([len(part) for part in starts])
        best = [
            first + int(values[first:end].argmax())
            for first, end in zip([0, *ends[:-1]], ends, strict=True)
        ]
        if values[best].max() > self.height:
            highest = max(best, key=lambda row: float(values[row]))
            self.highest, self.height = betas[highest], float(values[highest])
        fall = np.maximum(self.top.value - values[best], 0)
        return np.sqrt(2 * fall), betas[best]

    def _starts(self, value: float, thorough: bool) -> FloatArray:
        """Where to climb from with the coefficient held at a value, a row a start."""
        near = np.array([self.last, self.top.beta])
        near = near + np.outer(value - near[:, self.index], self.ridge)
        near[:, self.index] = value
        if not thorough:
            return near
        far = corners(self.top.likelihood, held=self.index, at=value, sets=SETS, most=CLIMBED)
        return np.concatenate([near, far])

    def limit(self, side: int) -> float:
        """The farthest value on one side whose fall does not exceed the critical one.

        The search goes along the ridge; the limit and the profile beyond it are then looked at
        thoroughly, and where more is found that is not rejected the search goes on thoroughly.
        """
        centre, self.last = float(self.top.beta[self.index]), self.top.beta
        thorough = False

        def excess(distance: float) -> float:
            roots, betas = self.roots([centre + side * distance], thorough=thorough)
            self.last = betas[0]
            return float(roots[0]) - self.critical

        inside, outside = 0.0, self.critical * self.error
        while outside < FARTHEST:
            if excess(outside) < 0:
                inside, outside = outside, 2 * outside
                continue
            limit = float(brentq(excess, inside, outside, xtol=1e-12, rtol=LIMIT_TOLERANCE))
            again = limit * np.array(BEYOND)
            roots, _ = self.roots(list(centre + side * again), thorough=True)
            accepted = np.flatnonzero(roots < self.critical)
            if len(accepted) == 0:
                return centre + side * limit
            thorough, self.in_pieces = True, self.in_pieces or bool(roots[0] > self.critical)
            inside, outside = again[accepted[-1]], 2 * again[accepted[-1]]
        return side * math.inf
