"""Lesions in patients: the restricted likelihood of one variance ratio, and what it weighs by.

Patients are known by the sums of their lesions alone, so that nothing here grows with the square of
the number of lesions.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from compendium.errors import NotEstimable

FloatArray = NDArray[np.float64]

RATIO_GRID = np.concatenate([[0.0], np.logspace(-4, 8, 13)])
NEGLIGIBLE_WITHIN = 1e-12  # share of the sum of squares below which only rounding is left


class Design:
    """The data in the form the likelihood needs: within patients, and by patients' sums."""

    def __init__(self, y: FloatArray, x: FloatArray, index: NDArray[np.intp]) -> None:
        self.offset = np.linalg.lstsq(x, y, rcond=None)[0]
        self.y, self.x, self.index = y - x @ self.offset, x, index
        self.counts = np.bincount(index).astype(float)
        self.n, self.p = x.shape
        joint = np.column_stack([x, self.y])
        self.sums = np.zeros((len(self.counts), self.p + 1))
        np.add.at(self.sums, index, joint)
        self.means = self.sums / self.counts[:, None]
        centred = joint - self.means[index]
        self.within = centred.T @ centred

    def profile(self, ratios: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Restricted deviance, its slope, shift of beta, residual variance; a row a ratio."""
        p, freedom = self.p, self.n - self.p
        growth = 1 + ratios[:, None] * self.counts
        cross = self.within + np.einsum("kg,gi,gj->kij", 1 / growth, self.means, self.sums)
        information = cross[:, :p, :p]
        covariance = np.linalg.inv(information)
        beta = np.einsum("kij,kj->ki", covariance, cross[:, :p, p])
        rss = cross[:, p, p] - np.einsum("ki,ki->k", cross[:, :p, p], beta)
        deviance = freedom * np.log(rss) + np.log(growth).sum(axis=1)
        deviance += np.linalg.slogdet(information)[1]
        lever = self.sums[:, :p] / growth[:, :, None]
        pull = (self.sums[:, p] - beta @ self.sums[:, :p].T) / growth
        slope = (self.counts / growth).sum(axis=1)
        slope -= np.einsum("kgi,kij,kgj->k", lever, covariance, lever)
        slope -= freedom * (pull**2).sum(axis=1) / rss
        return deviance, slope, beta, rss / freedom

    def slope(self, ratio: float) -> float:
        """Slope of the restricted deviance in the variance ratio."""
        return float(self.profile(np.array([ratio]))[1][0])

    def best_ratio(self) -> float:
        """Variance between patients over residual variance that minimises the deviance."""
        if (self.counts == 1).all():
            return 0.0  # both variances add up to one; only their sum is in the data
        within, across = self.within[:-1, :-1], self.within[:-1, -1]
        left = self.within[-1, -1] - across @ np.linalg.pinv(within, rcond=1e-12) @ across
        if left <= NEGLIGIBLE_WITHIN * float(self.y @ self.y):
            raise NotEstimable("no variation between the lesions of a patient")
        slopes = self.profile(RATIO_GRID)[1]
        turns = np.flatnonzero((slopes[:-1] < 0) & (slopes[1:] >= 0))
        found = [
            float(optimize.brentq(self.slope, RATIO_GRID[i], RATIO_GRID[i + 1], xtol=1e-14))
            for i in turns
        ]
        if slopes[0] >= 0:
            found.append(0.0)
        if not found:
            raise NotEstimable("no variation between the lesions of a patient")
        return found[int(self.profile(np.array(found))[0].argmin())]


class Weighing:
    """Products with the inverse covariance of the values, at the estimated variances."""

    def __init__(self, design: Design, var_patient: float, var_residual: float) -> None:
        self.design = design
        self.counts = design.counts[design.index][:, None]
        self.mean_weight = 1 / (var_residual + design.counts * var_patient)
        self.within_weight = 1 / var_residual

    def spread(self, v: FloatArray) -> FloatArray:
        """Each lesion's patient sum: the covariance's derivative by var_patient, times v."""
        sums = np.zeros((len(self.design.counts), v.shape[1]))
        np.add.at(sums, self.design.index, v)
        return sums[self.design.index]

    def solve(self, v: FloatArray) -> FloatArray:
        means = self.spread(v) / self.counts
        mean_weight = self.mean_weight[self.design.index][:, None]
        return np.asarray(self.within_weight * (v - means) + mean_weight * means)

    def traces(self) -> FloatArray:
        """Traces of products of derivatives and inverse covariance, shape (2, 2)."""
        counts = self.design.counts
        both = float(np.sum((counts * self.mean_weight) ** 2))
        mixed = float(np.sum(counts * self.mean_weight**2))
        residual = float(np.sum(self.mean_weight**2 + (counts - 1) * self.within_weight**2))
        return np.array([[both, mixed], [mixed, residual]])
