"""The marker adjusted for a few covariates, by Firth's logistic regression."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.comparing import reaches
from compendium.errors import InputError, NotEstimable
from compendium.estimates import Estimate, not_estimable
from compendium.rules import Rules
from compendium.statistics.firth_logistic import odds_ratios, plain_odds_ratios


@dataclass(frozen=True)
class Term:
    """A column as a term of a logistic model.

    Attributes:
        label: what the odds ratio compares.
        coded: numbers from the column; nan where it is unknown.
    """

    label: str
    coded: Callable[[pd.Series], pd.Series]


def _per(step: float) -> Callable[[pd.Series], pd.Series]:
    return lambda column: column.astype(float) / step


def _is(*codes: object, unknown: Sequence[object] = ()) -> Callable[[pd.Series], pd.Series]:
    def coded(column: pd.Series) -> pd.Series:
        known = column.notna() & ~column.isin(list(unknown))
        return column.isin(list(codes)).astype(float).where(known)

    return coded


TERMS: dict[str, Term] = {
    "h_score": Term("Trop2 H-score, per 50 points", _per(50)),
    "irs": Term("Trop2 IRS, per 3 points", _per(3)),
    "age_years": Term("Age, per 10 years", _per(10)),
    "sex": Term("Male sex", _is("male", unknown=("other",))),
    "braf_v600e": Term("BRAF V600E mutant", _is("mutant", unknown=("not_tested",))),
    "tert_promoter": Term("TERT promoter mutant", _is("mutant", unknown=("not_tested",))),
    "tumour_diameter_mm": Term("Primary tumour, per 10 mm", _per(10)),
    "extrathyroidal_extension": Term("Gross extrathyroidal extension", _is("gross")),
    "vascular_invasion": Term("Vascular invasion", _is(True)),
    "multifocal": Term("Multifocal", _is(True)),
    "n_stage": Term("Nodal metastasis (N1)", _is("N1", "N1a", "N1b", unknown=("NX",))),
    "m_stage": Term("Distant metastasis at diagnosis (M1)", _is("M1", unknown=("MX",))),
    "distant_metastasis": Term("Distant metastasis", _is(True)),
}


def model_columns(frame: pd.DataFrame, terms: Sequence[str]) -> pd.DataFrame:
    """The named columns as numbers for a model, one column a term; nan where unknown.

    Raises:
        InputError: a name that is no term.
    """
    unknown = [name for name in terms if name not in TERMS]
    if unknown:
        raise InputError(f"{unknown[0]!r} is no covariate; expected one of {', '.join(TERMS)}.")
    return pd.DataFrame({name: TERMS[name].coded(frame[name]) for name in terms}, index=frame.index)


def usable_terms(
    columns: pd.DataFrame, marker: str, rules: Rules
) -> tuple[list[str], dict[str, str]]:
    """Terms that can enter the model, and for each other covariate the reason why not."""
    left_out = {}
    for name in columns.columns.drop(marker):
        known = columns[name].dropna()
        if not reaches(len(known), rules.known_share * len(columns)):
            left_out[name] = f"known in {len(known)} of {len(columns)} patients"
        elif known.nunique() < 2:
            left_out[name] = f"the same in all {len(known)} patients in whom it is known"
    return [name for name in columns.columns if name not in left_out], left_out


def adjusted_odds_ratios(
    frame: pd.DataFrame,
    by: str,
    groups: tuple[str, str],
    covariates: Sequence[str],
    rules: Rules,
    marker: str = "h_score",
) -> pd.DataFrame:
    """Odds ratios of the marker and covariates, each alone and all together.

    Args:
        frame: one row a patient, with `by`, `marker` and the covariates.
        groups: the reference group and the one whose odds are modelled.
        covariates: a few.
        rules: what patients and known values a model needs.

    Returns:
        One row a term and model (alone, together): term, label, model, the Estimate's fields, and
        plain, the odds ratio without penalty, infinite where separation sends it.

    Raises:
        InputError: an unknown covariate.
    """
    chosen = frame[frame[by].isin(groups)]
    columns = model_columns(chosen, [marker, *covariates])
    event = chosen[by] == groups[1]
    used, left_out = usable_terms(columns, marker, rules)
    rows = []
    for name in columns:
        rows += _rows(columns[[name]].dropna(), event, "alone", left_out, rules)
    rows += _rows(columns[used].dropna(), event, "together", {}, rules)
    rows += [_row(name, "together", not_estimable(why), np.nan) for name, why in left_out.items()]
    return pd.DataFrame(rows)


def adjusted_odds_ratio(
    frame: pd.DataFrame, by: str, groups: tuple[str, str], terms: Sequence[str], rules: Rules
) -> Estimate:
    """The odds ratio of the first term beside all others that can enter, as `adjusted_odds_ratios`.

    Args:
        terms: the marker first.

    Raises:
        NotEstimable: too few patients for the terms, or there is no such model.
    """
    design, event = complete_design(frame, by, groups, terms, rules)
    require_patients(event.to_numpy(), design.shape[1], rules)
    return odds_ratios(design, event.to_numpy())[terms[0]]


def require_patients(happened: NDArray[np.bool_], terms: int, rules: Rules) -> None:
    """Refuse a model with too few patients in the smaller group for its terms.

    Args:
        happened: whether a patient is of the compared group, shape (n,).

    Raises:
        NotEstimable: fewer than the rules ask for.
    """
    smaller = int(min(happened.sum(), (~happened).sum()))
    needed = rules.patients_per_term * terms
    if smaller < needed:
        raise NotEstimable(
            f"{smaller} patients in the smaller group; {terms} "
            f"{'terms need' if terms > 1 else 'term needs'} at least {needed}"
        )


def odds_ratio_of(found: pd.DataFrame, term: str, model: str = "together") -> Estimate:
    """One row of `adjusted_odds_ratios` as an Estimate."""
    row = found[(found["term"] == term) & (found["model"] == model)].iloc[0]
    return Estimate(**{field.name: row[field.name] for field in fields(Estimate)})


def plain_against_firth(
    present: tuple[int, int], absent: tuple[int, int]
) -> tuple[Estimate, Estimate]:
    """Odds ratio of a published 2×2 table without and with Firth's penalty.

    Args:
        present: positive and all among those with the finding.
        absent: positive and all among those without.
    """
    sizes, positives = (present[1], absent[1]), (present[0], absent[0])
    design = pd.DataFrame({"finding": np.repeat([1.0, 0.0], sizes)})
    event = np.concatenate([np.arange(n) < k for k, n in zip(positives, sizes, strict=True)])
    plain = Estimate(
        estimate=plain_odds_ratios(design, event)["finding"],
        n=sum(sizes),
        events=sum(positives),
        method="maximum likelihood",
    )
    return plain, odds_ratios(design, event)["finding"]


def complete_design(
    frame: pd.DataFrame, by: str, groups: tuple[str, str], terms: Sequence[str], rules: Rules
) -> tuple[pd.DataFrame, pd.Series]:
    """Model columns and outcome (True for the second group) of patients with every usable term."""
    chosen = frame[frame[by].isin(groups)]
    columns = model_columns(chosen, terms)
    used, _ = usable_terms(columns, terms[0], rules)
    design = columns[used].dropna()
    return design, (chosen.loc[design.index, by] == groups[1])


def _rows(
    design: pd.DataFrame, event: pd.Series, model: str, left_out: dict[str, str], rules: Rules
) -> list[dict[str, object]]:
    """Rows of one model; where it cannot be fitted, every term carries the reason."""
    happened = event.loc[design.index].to_numpy()
    try:
        if any(name in left_out for name in design):
            raise NotEstimable(left_out[str(design.columns[0])])
        require_patients(happened, design.shape[1], rules)
        found, plain = odds_ratios(design, happened), plain_odds_ratios(design, happened)
    except NotEstimable as reason:
        why = not_estimable(str(reason), n=len(design))
        return [_row(str(name), model, why, np.nan) for name in design]
    return [_row(name, model, estimate, plain[name]) for name, estimate in found.items()]


def _row(name: str, model: str, estimate: Estimate, plain: float) -> dict[str, object]:
    start = {"term": name, "label": TERMS[name].label, "model": model}
    return start | estimate.as_row() | {"plain": plain}
