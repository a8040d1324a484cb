"""Cox's partial likelihood with delayed entry, Efron's ties and Firth's penalty, for many betas.

Everything is a sum over risk sets, or its transpose: a sum over the deaths for which a patient is
at risk. Both are linear, so the value, the score and the information need no third moment in full:
Firth's term is contracted with the inverse information before it is summed.

Source:
    Cox, J R Stat Soc B 1972, doi:10.1111/j.2517-6161.1972.tb00899.x.
    Efron (ties), J Am Stat Assoc 1977, doi:10.1080/01621459.1977.10480613.
    Heinze & Schemper (Firth's penalty), Biometrics 2001, doi:10.1111/j.0006-341X.2001.00114.x.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from compendium.survival.times import FloatArray, SurvivalTimes

DENSE_UP_TO = 25_000  # deaths × patients; beyond, cumulative sums are faster than a matrix product
CACHED = 6_000  # patients × betas evaluated at once; more fall out of the processor's cache
LOWEST_EXPONENT = -600.0  # keeps the weights of a risk set from vanishing on absurd betas


class RiskSets:
    """Who is at risk at each death, as a linear map and its transpose.

    Deaths are in order of time. Of d deaths at one time the k-th (k = 0 … d-1) counts each of the d
    with weight 1 - k/d (Efron).
    """

    def __init__(self, times: SurvivalTimes) -> None:
        dead = np.flatnonzero(times.event)
        self.dead = dead[np.argsort(times.time[dead], kind="stable")]
        self.at = times.time[self.dead]
        first = np.searchsorted(self.at, self.at, "left")
        ties = np.searchsorted(self.at, self.at, "right") - first
        self.taken = (np.arange(len(self.at)) - first) / np.maximum(ties, 1)
        self.dense = times.n * len(self.at) <= DENSE_UP_TO
        if self.dense:
            self._members = self._matrix(times)
            return
        # The rows of `times` may come in any order; sums run over them by falling time.
        self._by_time = np.argsort(-times.time, kind="stable")
        self._by_entry = np.argsort(-times.entry, kind="stable") if times.delayed else None
        self._n_time = times.n - np.searchsorted(np.sort(times.time), self.at, "left")
        self._n_entry = times.n - np.searchsorted(np.sort(times.entry), self.at, "left")
        self._until = np.searchsorted(self.at, times.time, "right")
        self._before = np.searchsorted(self.at, times.entry, "right")
        self._first = np.unique(first)
        self._group = np.searchsorted(self._first, first)

    def _matrix(self, times: SurvivalTimes) -> FloatArray:
        at = self.at[:, None]
        members = ((times.entry < at) & (times.time >= at)).astype(float)
        if self.taken.any():
            members -= self.taken[:, None] * ((times.time == at) & times.event)
        return members

    def sums(self, values: FloatArray) -> FloatArray:
        """Sum of patients' values over the risk set of each death, (..., n) to (..., deaths)."""
        if self.dense:
            return values @ self._members.T
        sums = _running(values[..., self._by_time])[..., self._n_time]
        if self._by_entry is not None:
            sums -= _running(values[..., self._by_entry])[..., self._n_entry]
        if self.taken.any():
            tied = np.add.reduceat(values[..., self.dead], self._first, axis=-1)
            sums -= self.taken * tied[..., self._group]
        return sums

    def spread(self, values: FloatArray) -> FloatArray:
        """Sum of deaths' values over a patient's time at risk, (..., deaths) to (..., n)."""
        if self.dense:
            return values @ self._members
        running = _running(values)
        sums = running[..., self._until]
        if self._by_entry is not None:
            sums -= running[..., self._before]
        if self.taken.any():
            tied = np.add.reduceat(values * self.taken, self._first, axis=-1)
            sums[..., self.dead] -= tied[..., self._group]
        return sums


@dataclass(frozen=True)
class Point:
    """The (penalised) log likelihood and its derivatives at k betas.

    Attributes:
        value: log likelihood, shape (k,); score: its gradient, shape (k, p).
        information: of the unpenalised likelihood, shape (k, p, p).
    """

    value: FloatArray
    score: FloatArray
    information: FloatArray


class PartialLikelihood:
    """Partial likelihood of standardised covariates.

    Args:
        covariates: shape (n, p), each centred and of unit scale.
        times: of the same n patients.
        penalty: whether to add Firth's half log determinant of the information.
    """

    def __init__(self, covariates: FloatArray, times: SurvivalTimes, *, penalty: bool) -> None:
        self.covariates = covariates
        self.risk_sets = RiskSets(times)
        self.penalty = penalty
        self._rows = np.ascontiguousarray(covariates.T)
        self._with_one = np.vstack([np.ones(len(covariates)), self._rows])
        self._of_deaths = covariates[self.risk_sets.dead].sum(axis=0)

    @property
    def p(self) -> int:
        """Number of covariates."""
        return int(self.covariates.shape[1])

    def at(self, betas: FloatArray) -> Point:
        """Evaluate at betas of shape (k, p).

        Raises:
            numpy.linalg.LinAlgError: the information is singular and a penalty is asked for.
        """
        at_once = max(1, CACHED // self.covariates.shape[0])
        if len(betas) <= at_once:
            return self._at(betas)
        parts = [self._at(betas[i : i + at_once]) for i in range(0, len(betas), at_once)]
        return Point(
            np.concatenate([part.value for part in parts]),
            np.concatenate([part.score for part in parts]),
            np.concatenate([part.information for part in parts]),
        )

    def _at(self, betas: FloatArray) -> Point:
        linear = betas @ self._rows
        top = linear.max(axis=1, keepdims=True)
        weight = np.exp(np.maximum(linear - top, LOWEST_EXPONENT))
        sums = self.risk_sets.sums(weight[:, None, :] * self._with_one)
        total, mean = sums[:, :1], sums[:, 1:] / sums[:, :1]
        value = betas @ self._of_deaths - np.log(total[:, 0]).sum(axis=1)
        value -= total.shape[-1] * top[:, 0]
        hazards = self.risk_sets.spread(np.concatenate([1 / total, mean / total], axis=1))
        expected = weight * hazards[:, 0]
        information = (expected[:, None, :] * self._rows) @ self.covariates
        information -= mean @ mean.transpose(0, 2, 1)
        score = self._of_deaths - mean.sum(axis=-1)
        if self.penalty:
            inverse = np.linalg.inv(information)
            value = value + np.linalg.slogdet(information)[1] / 2
            score = score + self._third(weight, expected, hazards[:, 1:], mean, inverse) / 2
        return Point(value, score, information)

    def _third(
        self,
        weight: FloatArray,
        expected: FloatArray,
        hazard_means: FloatArray,
        mean: FloatArray,
        inverse: FloatArray,
    ) -> FloatArray:
        """trace(inverse · d information / d beta), the third central moments contracted."""
        turned = inverse @ self._rows
        squared = (turned * self._rows).sum(axis=1)
        inner = expected * squared - 2 * weight * (hazard_means * turned).sum(axis=1)
        of_means = (mean * (inverse @ mean)).sum(axis=1)
        third: FloatArray = inner @ self.covariates
        third -= (hazard_means @ (weight * squared)[:, :, None])[:, :, 0]
        third += 2 * (mean @ of_means[:, :, None])[:, :, 0]
        return third


class WithPrior(PartialLikelihood):
    """The partial likelihood times a log-F(m, m) prior of each coefficient.

    The prior is what two further strata of two patients each would add, with weight m/2: in one the
    patient with one unit more of the covariate has the event, in the other the one with less. Its
    mode is no effect; with m = 1 it holds hazard ratios of 1/648 to 648 a unit with 95 %
    probability, with m = 2 of 1/39 to 39.

    Args:
        pseudo_events: m, > 0.
        scale: of each covariate, which makes a coefficient one per unit, shape (p,).

    Source:
        Greenland & Mansournia, Stat Med 2015, doi:10.1002/sim.6537.
    """

    def __init__(
        self,
        covariates: FloatArray,
        times: SurvivalTimes,
        *,
        pseudo_events: float,
        scale: FloatArray,
    ) -> None:
        super().__init__(covariates, times, penalty=False)
        self._pseudo_events, self._scale = pseudo_events, scale

    def _at(self, betas: FloatArray) -> Point:
        data, m, per_unit = super()._at(betas), self._pseudo_events, betas / self._scale
        ahead = expit(per_unit)
        value = m * (per_unit / 2 - np.logaddexp(0.0, per_unit)).sum(axis=1)
        bend = m * ahead * (1 - ahead) / self._scale**2
        return Point(
            data.value + value,
            data.score + m * (0.5 - ahead) / self._scale,
            data.information + bend[:, :, None] * np.eye(self.p),
        )


def _running(values: FloatArray) -> FloatArray:
    """Running sums along the last axis, beginning with 0."""
    sums = np.zeros((*values.shape[:-1], values.shape[-1] + 1))
    np.cumsum(values, axis=-1, out=sums[..., 1:])
    return sums
