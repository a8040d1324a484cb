"""The H-score by the standard variables of a tumour, each with an effect size (REMARK, item 14).

A measure or a grade is correlated with the score, a yes/no finding shifts it, and classes without
order explain a share of its ranks. Exploratory: nothing here is adjusted for the number of tests.
"""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from compendium.cohort.findings import FINDINGS, Finding
from compendium.errors import NotEstimable
from compendium.estimates import Estimate, labelled, require_at_least
from compendium.statistics.correlation import spearman
from compendium.statistics.intervals import hodges_lehmann
from compendium.statistics.ranks import settled

STANDARD = (
    "age_years", "sex", "t_stage", "n_stage", "m_stage", "histology", "braf_v600e", "tert_promoter",
)  # fmt: skip
DRAWS = 20_000


def score_by_variable(
    frame: pd.DataFrame,
    rng: np.random.Generator,
    *,
    resamples: int,
    findings: Mapping[str, Finding] = FINDINGS,
    value: str = "h_score",
) -> pd.DataFrame:
    """Each standard variable against the score: effect size with interval, p.

    Args:
        frame: one row a patient, with the score and the variables.
        resamples: bootstrap samples of a correlation.
        findings: the variables by column.

    Returns:
        A row a variable: variable, unknown (patients), effect (of what kind: correlation, shift in
        points, share of ranks), the Estimate's fields.
    """
    scored = frame[frame[value].notna()]
    rows = []
    for name in STANDARD:
        finding = findings[name]
        column = scored[name]
        known = column.notna()
        if finding.grades:
            known &= column.isin(finding.grades)
        kept, scores = column[known], scored.loc[known, value].astype(float)
        effect, found = _effect(kept, scores, finding, rng, resamples)
        rows.append(
            {
                "variable": finding.label,
                "unknown": int((~known).sum()),
                "effect": effect,
                **found.as_row(),
            }
        )
    return pd.DataFrame(rows)


def _effect(
    column: pd.Series,
    scores: pd.Series,
    finding: Finding,
    rng: np.random.Generator,
    resamples: int,
) -> tuple[str, Estimate]:
    values = scores.to_numpy(float)
    if finding.measured:
        found = spearman(column.to_numpy(float), values, rng, resamples=resamples)
        return "correlation", found
    if not finding.grades:
        return "share of ranks", kruskal_wallis(values, column.to_numpy(), rng)
    place = column.map({grade: k for k, grade in enumerate(finding.grades)}).to_numpy(float)
    if len(finding.grades) == 2:
        return "shift", hodges_lehmann(values[place == 0], values[place == 1], unit="points")
    return "correlation", spearman(place, values, rng, resamples=resamples)


@labelled
def kruskal_wallis(
    values: NDArray[np.float64], classes: NDArray[np.object_], rng: np.random.Generator
) -> Estimate:
    """Share of the ranks' variance between classes (epsilon squared), with permutation p.

    Args:
        values: one a patient, shape (n,); classes: of the same patients.
        rng: of the permutations that are drawn.

    Raises:
        NotEstimable: fewer than two classes, fewer than four patients, or values that are all
            equal.

    Source:
        Kruskal & Wallis, J Am Stat Assoc 1952, doi:10.1080/01621459.1952.10483441; epsilon squared:
        Tomczak & Tomczak, Trends Sport Sci 2014;21:19–25.
    """
    names, code = np.unique(np.asarray(classes, dtype=str), return_inverse=True)
    values, n = settled(values), len(values)
    require_at_least(len(names), 2, "classes")
    require_at_least(n, 4, "patients")
    if np.ptp(values) == 0:
        raise NotEstimable(f"the score is the same in all {n} patients")
    ranks = rankdata(values) - (n + 1) / 2
    counts = np.bincount(code)
    members = np.eye(len(names))[code]

    def between(order: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(((order @ members) ** 2 / counts).sum(axis=-1))

    total = float(ranks @ ranks)
    observed = float(between(ranks))
    drawn = between(rng.permuted(np.tile(ranks, (DRAWS, 1)), axis=1))
    p = (int((drawn >= observed - 1e-9 * total).sum()) + 1) / (DRAWS + 1)
    return Estimate(
        estimate=observed / total,
        low=math.nan,
        high=math.nan,
        n=n,
        p=p,
        method=f"Kruskal–Wallis, epsilon squared, {DRAWS:,} permutations, {len(names)} classes",
    )
