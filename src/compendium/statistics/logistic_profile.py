"""The top of a logistic model's penalised likelihood, and its profiles along the coefficients.

All profiles and both their sides are climbed together, since a step of one takes as long as a step
of all.
"""

import math
from collections.abc import Iterator

import numpy as np
from scipy.stats import chi2

from compendium.statistics.logistic_maxima import corners, corners_at, maximise
from compendium.statistics.penalised_logistic import BoolArray, FloatArray, IntArray, Likelihood

SETS, CLIMBED = 150, 4  # of patients, and starts from them, at each point of a profile
HIGHER = 1e-7  # of the log-likelihood, by which a maximum is higher than another
ALIKE = 1e-3  # of the fitted probabilities, within which two maxima are one
BEYOND = (1.0001, 1.5, 2.5, 5.0, 10.0)  # limits' distances at which the profile is seen again
FARTHEST = 1e8  # standard deviations of a covariate; a limit beyond is none
LIMIT_TOLERANCE = 1e-10  # of the root at a limit, or of its distance from the estimate
SECANTS, HALVINGS = 8, 60  # steps towards a limit by the secant alone, and by halving in turns


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


class Profiles:
    """The profiles of the likelihood along the coefficients: their limits and p.

    Attributes:
        low, high: limits, in the units of the likelihood's x, shape (k - 1,), without the
            intercept's, as for all that follow.
        in_pieces: whether values between the limits are rejected that lie beyond others that are
            not, as where the likelihood has several maxima.
        p: of the coefficient being 0.
        highest, rose: the highest point seen, and whether it is above what was taken for the top.
    """

    def __init__(self, top: Top, level: float) -> None:
        self.top, self.critical = top, math.sqrt(chi2.ppf(level, 1))
        self.highest, self.height = top.beta, top.value
        covariance = top.likelihood.covariance(top.beta)
        self.ridges = covariance / np.diagonal(covariance)  # a column a coefficient
        terms = np.arange(1, len(top.beta))
        nothing, from_top = np.zeros(len(terms)), np.tile(top.beta, (len(terms), 1))
        falls = self.roots(terms, nothing, from_top, thorough=True)[0] ** 2
        self.p: FloatArray = chi2.sf(falls, 1)
        # A line is a way from the estimate to one of the limits of one coefficient.
        self.index, self.side = np.repeat(terms, 2), np.tile([-1.0, 1.0], len(terms))
        self.last = np.tile(top.beta, (len(self.index), 1))
        error = np.sqrt(np.diagonal(covariance))[self.index]
        reach, pieces = self._limits(self.critical * error)
        limits = top.beta[self.index] + self.side * reach
        self.low, self.high = limits.reshape(-1, 2).T
        self.in_pieces = np.asarray(pieces.reshape(-1, 2).any(axis=1))

    @property
    def rose(self) -> bool:
        return self.height > self.top.value + HIGHER

    def roots(
        self, index: IntArray, held: FloatArray, last: FloatArray, *, thorough: bool
    ) -> tuple[FloatArray, FloatArray]:
        """Roots of twice the fall of the log-likelihood with a coefficient held at a value each.

        Args:
            index, held: which and where, shape (points,).
            last: the points before, along whose ridges and the top's is climbed, shape (points, k).
            thorough: climb also from corners.

        Returns:
            The roots, and the coefficients there, a row a point.
        """
        owner, starts = (np.concatenate(parts) for parts in zip(
            *self._starts(index, held, last, thorough), strict=True))  # fmt: skip
        betas, values, _ = maximise(self.top.likelihood, starts, held=index[owner])
        order = np.lexsort((-values, owner))
        best = order[np.unique(owner[order], return_index=True)[1]]
        highest = best[values[best].argmax()]
        if values[highest] > self.height:
            self.highest, self.height = betas[highest], float(values[highest])
        return np.sqrt(2 * np.maximum(self.top.value - values[best], 0)), betas[best]

    def _starts(
        self, index: IntArray, held: FloatArray, last: FloatArray, thorough: bool
    ) -> Iterator[tuple[IntArray, FloatArray]]:
        """Where to climb from, a row a start, and to which point each belongs."""
        every = np.arange(len(index))
        for near in (last, np.broadcast_to(self.top.beta, last.shape)):
            near = near + (held - near[every, index])[:, None] * self.ridges[:, index].T
            near[every, index] = held
            yield every, near
        for one in np.unique(index) if thorough else ():
            own = np.flatnonzero(index == one)
            far = corners_at(self.top.likelihood, one, held[own], sets=SETS, most=CLIMBED)
            yield np.repeat(own, [len(each) for each in far]), np.concatenate(far)

    def _limits(self, first: FloatArray) -> tuple[FloatArray, BoolArray]:
        """Distances of the farthest values whose fall does not exceed the critical one.

        The search goes along the ridges; the limits and the profiles beyond them are then looked at
        thoroughly, and where more is found that is not rejected the search goes on thoroughly.

        Args:
            first: where to look first, a line each.

        Returns:
            The distances, and whether what is not rejected lies in pieces, a line each.
        """
        lines, inside, outside = np.arange(len(first)), np.zeros(len(first)), first
        reach, pieces = np.full(len(first), np.inf), np.zeros(len(first), dtype=bool)
        thorough = False
        while len(lines):
            found = self._crossings(lines, inside, outside, thorough)
            lines, found = lines[np.isfinite(found)], found[np.isfinite(found)]
            again = found[:, None] * np.array(BEYOND)
            roots = self._at(np.repeat(lines, len(BEYOND)), again.ravel(), thorough=True)[0]
            accepted = roots.reshape(again.shape) < self.critical
            more = accepted.any(axis=1)
            reach[lines[~more]] = found[~more]
            reach[lines[more]] = np.inf
            pieces[lines[more]] |= ~accepted[more, 0]
            last = len(BEYOND) - 1 - accepted[more, ::-1].argmax(axis=1)
            lines, inside, thorough = lines[more], again[more, last], True
            outside = 2 * inside
        return reach, pieces

    def _crossings(
        self, lines: IntArray, inside: FloatArray, outside: FloatArray, thorough: bool
    ) -> FloatArray:
        """Distances at which the root becomes the critical one; infinite where it does not.

        By the secant between a point inside and one outside, whose weight falls where it stays
        (Anderson and Björck, BIT 1973, doi:10.1007/BF01951936); in turns with halving where that
        takes long, as over a step of a profile.
        """
        low, high = self._bracket(lines, inside.copy(), outside.copy(), thorough)
        found = np.where(high[1] > 0, high[0], np.inf)
        active = np.flatnonzero(high[1] > LIMIT_TOLERANCE)
        for step in range(SECANTS + HALVINGS):
            a, f, b, g = low[0][active], low[1][active], high[0][active], high[1][active]
            place = (a + b) / 2 if step > SECANTS and step % 2 else b - g * (b - a) / (g - f)
            excess = self._excess(lines[active], place, thorough)
            found[active] = place
            is_in = excess < 0
            for end, other, here in ((low, high, is_in), (high, low, ~is_in)):
                kept, told = active[here], excess[here]
                # The other end's weight falls only where this end moves twice in a row.
                again = end[2][kept] > 0
                share = 1 - told / end[1][kept]
                other[1][kept] *= np.where(again, np.where(share > 0, share, 0.5), 1.0)
                end[0][kept], end[1][kept], end[2][kept], other[2][kept] = place[here], told, 1, 0
            wide = high[0][active] - low[0][active] > LIMIT_TOLERANCE * high[0][active]
            active = active[(np.abs(excess) > LIMIT_TOLERANCE) & wide]
            if len(active) == 0:
                break
        return found

    def _bracket(
        self, lines: IntArray, inside: FloatArray, outside: FloatArray, thorough: bool
    ) -> tuple[FloatArray, FloatArray]:
        """Ends of ways on which a root becomes the critical one: distance, excess, moved last.

        The excess at the outer end is negative where that would be too far.
        """
        below = np.full(len(lines), -self.critical)
        if inside.any():
            below = self._excess(lines, inside, thorough)
        above, short = np.full(len(lines), -1.0), np.flatnonzero(outside < FARTHEST)
        while len(short):
            above[short] = self._excess(lines[short], outside[short], thorough)
            short = short[above[short] < 0]
            inside[short], below[short] = outside[short], above[short]
            outside[short] *= 2
            short = short[outside[short] < FARTHEST]
        moved = np.zeros(len(lines))
        return np.array([inside, below, moved]), np.array([outside, above, moved])

    def _excess(self, lines: IntArray, distance: FloatArray, thorough: bool) -> FloatArray:
        """The root over the critical one at a distance from the estimate, a line each."""
        roots, self.last[lines] = self._at(lines, distance, thorough=thorough)
        return roots - self.critical

    def _at(
        self, lines: IntArray, distance: FloatArray, *, thorough: bool
    ) -> tuple[FloatArray, FloatArray]:
        index = self.index[lines]
        held = self.top.beta[index] + self.side[lines] * distance
        return self.roots(index, held, self.last[lines], thorough=thorough)
