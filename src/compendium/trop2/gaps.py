"""What gaps could do to the answers on Trop2: genes not tested, responses not settled.

patterns(frame, ...)                    which covariates are unknown together
imputed_odds_ratio(frame, ...)          the adjusted odds ratio by multiple imputation
e_value(odds_ratio)                     how strong a confounder would have to be
tipping_point(frame, ...)               how many indeterminate patients could turn the verdict
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from compendium.counting import counted
from compendium.errors import NotEstimable
from compendium.estimates import Estimate, labelled
from compendium.rules import Rules
from compendium.statistics.firth_logistic import fit, require_fittable
from compendium.statistics.imputation import imputations, pooled
from compendium.statistics.intervals import exponentiated, hodges_lehmann
from compendium.trop2.adjusted import TERMS, model_columns, require_patients, usable_terms

ALPHA = 0.05
Groups = tuple[str, str]


def patterns(frame: pd.DataFrame, by: str, groups: Groups, terms: Sequence[str]) -> pd.DataFrame:
    """Which terms are unknown together: a row a pattern.

    Args:
        frame: one row a patient, with `by` and the columns of the terms.
        groups: the two groups of `by` that are counted.

    Returns:
        unknown (labels of the terms, or "nothing"), and a column of patients a group.
    """
    chosen = frame[frame[by].isin(groups)]
    gaps = model_columns(chosen, terms).isna()
    labels = [TERMS[name].label for name in terms]
    said = gaps.apply(
        lambda row: ", ".join(label for label, gap in zip(labels, row, strict=True) if gap), axis=1
    ).astype(object)
    said = said.replace("", "nothing")
    counts = pd.crosstab(said, chosen[by]).reindex(columns=list(groups), fill_value=0)
    order = counts.sum(axis=1).sort_values(ascending=False, kind="stable").index
    return counts.loc[order].rename_axis("unknown").rename_axis(None, axis=1).reset_index()


@labelled
def imputed_odds_ratio(
    frame: pd.DataFrame,
    by: str,
    groups: Groups,
    terms: Sequence[str],
    rules: Rules,
    rng: np.random.Generator,
    *,
    sets: int,
    donors: int,
    level: float = 0.95,
) -> Estimate:
    """Odds ratio of the first term, adjusted for the others, by multiple imputation.

    Every patient with a value of the first term counts; gaps of the others are drawn from the
    outcome and all terms. Each set has Firth's estimate with its Wald variance; Rubin's rules join.

    Args:
        frame: one row a patient, with `by` and the columns of the terms.
        groups: the reference group and the one whose odds are modelled.
        terms: the marker first.
        rules: patients that a model needs, and in how many a covariate must be known.
        sets, donors: as of `imputations`.

    Raises:
        NotEstimable: too few patients for the terms, or for donors, or no set can be fitted.
    """
    chosen = frame[frame[by].isin(groups)]
    columns = model_columns(chosen, terms)
    used, _ = usable_terms(columns, terms[0], rules)
    columns = columns.loc[columns[terms[0]].notna(), used]
    event = (chosen.loc[columns.index, by] == groups[1]).astype(float)
    require_patients(event.to_numpy(bool), len(used), rules)
    incomplete = int(columns.isna().any(axis=1).sum())
    estimates, variances = [], []
    completed = imputations(columns.assign(event=event), rng, sets=sets, donors=donors)
    for whole in completed:
        design = whole[used]
        found = fit(require_fittable(design, event.to_numpy()), event.to_numpy())
        if not found.converged:
            raise NotEstimable("the penalised likelihood of an imputed set has no maximum")
        estimates.append(found.coefficients[1])
        variances.append(found.covariance[1, 1])
    joined = pooled(estimates, variances, len(columns) - len(used) - 1, level=level)
    ratio = exponentiated(joined)
    said = f"Firth logistic, {joined.method}, {donors} donors, {incomplete} patients with gaps"
    return replace(ratio, n=len(columns), events=int(event.sum()), method=said)


@labelled
def e_value(odds_ratio: Estimate) -> Estimate:
    """How strongly an unmeasured confounder must go with marker and outcome to explain it away.

    Non-response is common here, so the risk ratio is taken for the square root of the odds ratio.

    Args:
        odds_ratio: with its interval.

    Returns:
        The E-value of the estimate, and as `low` that of the limit nearer to no effect, 1 where
        the interval holds 1; no upper limit.

    Raises:
        NotEstimable: there is no odds ratio.

    Source:
        VanderWeele & Ding, Ann Intern Med 2017, doi:10.7326/M16-2607.
    """
    if not odds_ratio.estimable:
        raise NotEstimable(odds_ratio.reason)
    above = odds_ratio.estimate >= 1
    nearer = odds_ratio.low if above else 1 / odds_ratio.high
    point = odds_ratio.estimate if above else 1 / odds_ratio.estimate
    return Estimate(
        estimate=_e_of(point),
        low=_e_of(max(nearer, 1.0)),
        high=math.inf,
        n=odds_ratio.n,
        method="E-value by the square root of the odds ratio; the lower limit is that of the "
        "interval's nearer limit",
        level=odds_ratio.level,
    )


def _e_of(odds_ratio: float) -> float:
    risk_ratio = math.sqrt(odds_ratio)
    return risk_ratio + math.sqrt(risk_ratio * (risk_ratio - 1))


def tipping_point(
    frame: pd.DataFrame, by: str, groups: Groups, undecided: str, value: str = "h_score"
) -> pd.DataFrame:
    """The primary comparison with more and more undecided patients counted against it, then for it.

    Patients are counted one by one in the group that weakens (or strengthens) the shift, those
    furthest from the middle first: no other choice of so many does more.

    Args:
        frame: one row a patient, with `by` and the value.
        groups: reference and compared group; undecided: the code of the others.

    Returns:
        direction (against, for), counted, the Estimate's fields, rejects (p under 0.05).
    """
    known = frame[frame[value].notna()]
    first, second = (known.loc[known[by] == group, value].to_numpy(float) for group in groups)
    open_values = known.loc[known[by] == undecided, value].to_numpy(float)
    decided = np.concatenate([first, second])
    middle = float(np.median(decided)) if len(decided) else 0.0
    ordered = open_values[np.argsort(-np.abs(open_values - middle), kind="stable")]
    upwards = hodges_lehmann(first, second).estimate >= 0
    rows = []
    for direction in ("against", "for"):
        lower_to_second = (direction == "against") == upwards
        for taken_in in range(len(ordered) + 1):
            taken = ordered[:taken_in]
            of_second = (taken < middle) == lower_to_second
            found = hodges_lehmann(
                np.concatenate([first, taken[~of_second]]),
                np.concatenate([second, taken[of_second]]),
            )
            row = {"direction": direction, "counted": taken_in, **found.as_row()}
            rows.append(row | {"rejects": bool(found.p < ALPHA)})
    return pd.DataFrame(rows)


def turning_number(table: pd.DataFrame) -> Estimate:
    """How many undecided patients it takes, at the least, to turn the verdict of the test.

    Args:
        table: as `tipping_point` returns.

    Returns:
        The number, or the reason: no number of them does.
    """
    total = int(table["counted"].max())
    at_first = bool(table["rejects"].iloc[0])
    turned = table.loc[table["rejects"] != at_first, "counted"]
    verdict, other = ("rejects", "does not reject")[:: 1 if at_first else -1]
    if turned.empty:
        reason = (
            f"the test {verdict} however {counted(total, 'patients')} of no class may be counted"
        )
        reason = reason if total else f"the test {verdict}, and nobody is undecided"
        return Estimate(estimate=math.nan, n=total, reason=reason)
    method = f"least of {counted(total, 'patients')} of no class with whom the test {other}"
    return Estimate(estimate=float(turned.min()), n=total, method=method)
