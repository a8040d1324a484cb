"""Multiple imputation by chained equations, and what many imputed sets say together.

imputations(frame, rng, ...)          completed copies of a table, by statsmodels
pooled(estimates, variances, ...)     Rubin's rules
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special
from statsmodels.imputation.mice import MICEData
from statsmodels.tools.tools import pinv_extended

from compendium.errors import NotEstimable
from compendium.estimates import Estimate, require_at_least
from compendium.statistics.ranks import FloatArray

Settings = dict[str, Any]
CYCLES = 10  # through the variables, before each imputed set is taken


def imputations(
    frame: pd.DataFrame, rng: np.random.Generator, *, sets: int, donors: int
) -> Iterator[pd.DataFrame]:
    """Completed copies of a table, each gap filled with a value of one of its nearest donors.

    Predictive mean matching: a gap takes the value that a patient has whose prediction is among the
    nearest, so that a gene is mutant or not and never in between.

    Args:
        frame: numeric columns, nan where unknown; the outcome is among them.
        sets: how many copies.
        donors: nearest patients from whom a value is drawn.

    Raises:
        NotEstimable: a column is known in too few patients to have donors, or follows from others.

    Source:
        van Buuren & Groothuis-Oudshoorn, J Stat Softw 2011, doi:10.18637/jss.v045.i03; donors:
        Morris et al., BMC Med Res Methodol 2014, doi:10.1186/1471-2288-14-75.
    """
    known = frame.dropna(axis="index", how="all").astype(float)
    for name in known.columns:
        count = int(known[name].notna().sum())
        require_at_least(count, 2 * donors, f"patients in whom {name} is known")
    if not known.isna().any(axis=None):
        yield from (known.copy() for _ in range(sets))
        return
    names = [f"x{place}" for place in range(known.shape[1])]  # formulas take plain names
    chained = _Chained(known.set_axis(names, axis="columns"), k_pmm=donors, rng=rng)
    for _ in range(sets):
        try:
            chained.update_all(CYCLES)
        except (np.linalg.LinAlgError, ValueError):
            raise NotEstimable("the gaps cannot be predicted from the other columns") from None
        # By columns, as pandas holds a table: sums in another order would have other last bits.
        yield pd.DataFrame(chained.values.copy(order="F"), known.index, known.columns)


class _Line:
    """A linear prediction, as statsmodels' models make it."""

    @staticmethod
    def predict(params: FloatArray, design: FloatArray) -> FloatArray:
        return np.asarray(np.dot(design, params))


class _Chained(MICEData):  # type: ignore[misc]
    """Chained equations whose designs are taken from the table as it is, and fitted as they are.

    statsmodels reads a formula anew for each of them, and makes a model of each fit, which takes
    most of the time. All columns are numbers and each is predicted from all others, so that the
    design is the table.
    """

    def __init__(self, frame: pd.DataFrame, k_pmm: int, rng: np.random.Generator) -> None:
        super().__init__(frame, k_pmm=k_pmm, rng=rng)
        self._places = {name: place for place, name in enumerate(frame.columns)}
        self.values: FloatArray = self.data[frame.columns].to_numpy(float).copy()

    def _perturb_gaussian(self, vname: str) -> None:
        """Coefficients drawn about those of least squares, of which only these are worked out."""
        outcome, design, _, _ = self.get_fitting_data(vname)
        inverse, singular = pinv_extended(design)
        rank = int(np.linalg.matrix_rank(np.diag(singular)))
        found = np.dot(inverse, outcome)
        residual = outcome - np.dot(design, found)
        spread = np.dot(residual, residual) / (len(outcome) - rank)
        self.models[vname] = _Line
        covariance = np.dot(inverse, inverse.T) * spread
        self.params[vname] = self.rng.multivariate_normal(mean=found, cov=covariance)

    def _store_changes(self, col: str, vals: FloatArray) -> None:
        if len(gaps := self.ix_miss[col]):
            self.values[gaps, self._places[col]] = np.atleast_1d(vals)

    def get_fitting_data(self, vname: str) -> tuple[FloatArray, FloatArray, Settings, Settings]:
        """Outcome and design where a column is known, and no further settings."""
        outcome, design = self._parted(vname)
        known = self.ix_obs[vname]
        return outcome[known], design[known], {}, {}

    def get_split_data(
        self, vname: str
    ) -> tuple[FloatArray, FloatArray, FloatArray, Settings, Settings]:
        """The known outcome, the designs where it is known and where it is not."""
        outcome, design = self._parted(vname)
        known, gaps = self.ix_obs[vname], self.ix_miss[vname]
        return outcome[known][:, None], design[known], design[gaps], {}, {}

    def _parted(self, name: str) -> tuple[FloatArray, FloatArray]:
        place, ones = self._places[name], np.ones(len(self.values))
        others = np.delete(self.values, place, axis=1)
        return self.values[:, place], np.column_stack([ones, others])


def pooled(
    estimates: ArrayLike, variances: ArrayLike, complete_df: float, *, level: float = 0.95
) -> Estimate:
    """One estimate of many imputed sets by Rubin's rules, with Barnard and Rubin's t interval.

    Args:
        estimates, variances: one a set, shape (m,), m >= 2.
        complete_df: degrees of freedom that the complete data would have.

    Raises:
        NotEstimable: fewer than two sets.

    Source:
        Rubin, Multiple Imputation for Nonresponse in Surveys, 1987, doi:10.1002/9780470316696;
        Barnard & Rubin, Biometrika 1999, doi:10.1093/biomet/86.4.948.
    """
    found: FloatArray = np.asarray(estimates, dtype=float)
    within = float(np.mean(np.asarray(variances, dtype=float)))
    require_at_least(len(found), 2, "imputed sets")
    between = float(found.var(ddof=1)) * (1 + 1 / len(found))
    total, middle = within + between, float(found.mean())
    share = between / total
    df = complete_df * (complete_df + 1) / (complete_df + 3) * (1 - share)
    if share > 0:
        of_sets = (len(found) - 1) / share**2
        df = of_sets * df / (of_sets + df)
    se = math.sqrt(total)
    half = float(special.stdtrit(df, 0.5 + level / 2)) * se
    return Estimate(
        estimate=middle,
        low=middle - half,
        high=middle + half,
        p=float(2 * special.stdtr(df, -abs(middle) / se)),
        method=f"Rubin's rules over {len(found)} imputed sets, {share:.0%} of the variance between",
        level=level,
    )
