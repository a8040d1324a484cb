"""Lesions in patients: the random-intercept model by REML, with small-sample degrees of freedom.

One variance ratio is all that has to be searched for, so the restricted likelihood is profiled over
it and everything else has a closed form. With ten patients the normal approximation is far off:
inference is by t with Kenward–Roger (default) or Satterthwaite degrees of freedom.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from compendium.errors import InputError, NotEstimable
from compendium.estimates import Estimate, ratio_of, require_at_least
from compendium.statistics.restricted_likelihood import Design, Weighing

FloatArray = NDArray[np.float64]
DegreesOfFreedom = Literal["kenward_roger", "satterthwaite"]
Scale = Literal["ratio", "difference"]

NEGLIGIBLE = 1e-20  # share of the sum of squares below which only rounding is left

DF_NAMES = {"kenward_roger": "Kenward–Roger", "satterthwaite": "Satterthwaite"}


@dataclass(frozen=True, kw_only=True)
class MixedFit:
    """A fitted random-intercept model.

    Attributes:
        terms: names of the fixed effects, the first always "intercept".
        beta: fixed effects, shape (terms,), in the unit of the values.
        se, df_satterthwaite: standard errors with Satterthwaite degrees of freedom.
        se_kr, df_kr: standard errors and degrees of freedom of Kenward and Roger.
        var_patient, var_residual: variance between patients, and between lesions of a patient.
        n_lesions, n_patients: how many of each.
        note: empty, or what the reader must know ("singular: …").
    """

    terms: tuple[str, ...]
    beta: FloatArray
    se: FloatArray
    df_satterthwaite: FloatArray
    se_kr: FloatArray
    df_kr: FloatArray
    var_patient: float
    var_residual: float
    n_lesions: int
    n_patients: int
    note: str = ""

    @property
    def singular(self) -> bool:
        """True where the variance between patients was estimated as zero."""
        return self.var_patient == 0

    @property
    def intraclass_correlation(self) -> float:
        """Share of the variance that lies between patients, 0 to 1."""
        return self.var_patient / (self.var_patient + self.var_residual)

    def estimate(
        self,
        term: str,
        *,
        df: DegreesOfFreedom = "kenward_roger",
        scale: Scale = "ratio",
        level: float = 0.95,
    ) -> Estimate:
        """One fixed effect with its t interval; n counts patients.

        Args:
            term: one of `terms`.
            scale: "ratio" exponentiates (values were natural logs), "difference" does not.
        """
        if term not in self.terms:
            raise InputError(f"mixed model: no term {term!r}; it has {', '.join(self.terms)}")
        i = self.terms.index(term)
        se = self.se_kr[i] if df == "kenward_roger" else self.se[i]
        freedom = self.df_kr[i] if df == "kenward_roger" else self.df_satterthwaite[i]
        half = float(special.stdtrit(freedom, 0.5 + level / 2)) * se
        limits = [float(self.beta[i] + step) for step in (0.0, -half, half)]
        if scale == "ratio":
            limits = [ratio_of(limit) for limit in limits]
        method = f"random-intercept model, {DF_NAMES[df]} df {freedom:.1f}"
        return Estimate(
            estimate=limits[0],
            low=limits[1],
            high=limits[2],
            n=self.n_patients,
            p=float(2 * special.stdtr(freedom, -abs(self.beta[i]) / se)),
            method=f"{method}; {self.note}" if self.note else method,
            level=level,
        )


def random_intercept(
    values: ArrayLike,
    patients: ArrayLike,
    *,
    group: ArrayLike | None = None,
    covariates: Mapping[str, ArrayLike] | None = None,
) -> MixedFit:
    """Fit values = intercept (+ group) (+ covariates) + patient + lesion by REML.

    Args:
        values: one a lesion, mostly a natural logarithm, shape (n,), finite.
        patients: the patient of each lesion, shape (n,).
        group: True or 1 for lesions of the group compared with the other; the term is "group".
        covariates: further numeric columns by name, shape (n,) each.

    Raises:
        NotEstimable: fewer than two patients (in either group), no variation (at all, or between
            the lesions of a patient), or collinear columns.

    Source:
        Laird & Ware, Biometrics 1982, doi:10.2307/2529876 (model); Kenward & Roger, Biometrics
        1997, doi:10.2307/2533558; Satterthwaite's df from the observed information of both
        variances as in Kuznetsova et al., J Stat Softw 2017, doi:10.18637/jss.v082.i13.
    """
    columns: dict[str, ArrayLike] = {} if group is None else {"group": group}
    columns |= dict(covariates or {})
    y, x, index = _checked(values, patients, columns)
    if group is not None:
        _require_patients_in_each_group(x[:, 1], index)
    design = Design(y, x, index)
    return _inference(design, design.best_ratio(), ("intercept", *columns))


def _checked(
    values: ArrayLike, patients: ArrayLike, columns: Mapping[str, ArrayLike]
) -> tuple[FloatArray, FloatArray, NDArray[np.intp]]:
    y = np.asarray(values, dtype=float)
    x = np.column_stack([np.ones(len(y)), *(np.asarray(c, dtype=float) for c in columns.values())])
    if not (np.isfinite(y).all() and np.isfinite(x).all()):
        raise InputError("mixed model: a value is missing or infinite; drop that lesion first")
    index = np.unique(np.asarray(patients), return_inverse=True)[1].ravel()
    require_at_least(int(index.max(initial=-1)) + 1, 2, "patients with a value")
    require_at_least(len(y), x.shape[1] + 1, "lesions")
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise NotEstimable("a column of the model does not vary, or follows from the others")
    residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    if residual @ residual <= NEGLIGIBLE * max(float(y @ y), 1e-300):
        raise NotEstimable("no variation: all values of the same kind are identical")
    return y, x, index


def _require_patients_in_each_group(group: FloatArray, index: NDArray[np.intp]) -> None:
    for level in np.unique(group):
        count = len(np.unique(index[group == level]))
        require_at_least(count, 2, "patients in one of the two groups")


def _inference(design: Design, ratio: float, terms: tuple[str, ...]) -> MixedFit:
    """Standard errors and degrees of freedom from expected and observed information.

    Arrays over the two variances (patient, residual) come first: `first` holds the derivatives of
    the fixed effects' information, `second` its second derivatives up to a factor.
    """
    _, _, shifts, variances = design.profile(np.array([ratio]))
    shift, var_residual = shifts[0], float(variances[0])
    weighing = Weighing(design, ratio * var_residual, var_residual)
    weighted = weighing.solve(design.x)
    phi: FloatArray = np.asarray(np.linalg.inv(design.x.T @ weighted), dtype=float)
    turned = (weighing.spread(weighted), weighted)
    first = np.array([weighted.T @ t for t in turned])
    second = np.array([[r.T @ weighing.solve(s) for s in turned] for r in turned])
    levered = phi @ first
    expected = weighing.traces() - 2 * np.einsum("ij,rsij->rs", phi, second)
    expected += np.einsum("rij,sji->rs", levered, levered)
    inflation = 2 * np.linalg.pinv(expected, rcond=1e-12)
    extra = np.einsum("rs,rsij->ij", inflation, second - np.einsum("rij,sjk->rsik", first, levered))
    gradient = np.einsum("rij,ji->ri", levered, phi)
    var = np.diag(phi)
    if ratio == 0:
        df_satterthwaite = np.full(design.p, float(design.n - design.p))
    else:
        observed = _observed_information(weighing, weighted, phi, shift) - expected / 2
        df_satterthwaite = _matched_df(var, gradient, np.linalg.inv(observed))
    return MixedFit(
        terms=terms,
        beta=design.offset + shift,
        se=np.sqrt(var),
        df_satterthwaite=df_satterthwaite,
        se_kr=np.sqrt(np.diag(phi + 2 * phi @ extra @ phi)),
        df_kr=_matched_df(var, gradient, inflation),
        var_patient=ratio * var_residual,
        var_residual=var_residual,
        n_lesions=design.n,
        n_patients=len(design.counts),
        note=_note(design, ratio),
    )


def _observed_information(
    weighing: Weighing, weighted: FloatArray, phi: FloatArray, shift: FloatArray
) -> FloatArray:
    """The part of the variances' observed information that depends on the values."""
    design = weighing.design
    pull = weighing.solve((design.y - design.x @ shift)[:, None])
    pulls = (weighing.spread(pull), pull)
    lever = np.array([weighted.T @ v for v in pulls])[:, :, 0]
    bends = np.array([[(r.T @ weighing.solve(s))[0, 0] for s in pulls] for r in pulls])
    return np.asarray(bends - lever @ phi @ lever.T)


def _matched_df(var: FloatArray, gradient: FloatArray, of_variances: FloatArray) -> FloatArray:
    """Degrees of freedom of the t whose variance matches that of the estimated variance."""
    return np.asarray(2 * var**2 / np.einsum("ri,rs,si->i", gradient, of_variances, gradient))


def _note(design: Design, ratio: float) -> str:
    if (design.counts == 1).all():
        return "one lesion a patient: ordinary least squares"
    if ratio == 0:
        return "singular: no variance between patients estimated"
    return ""
