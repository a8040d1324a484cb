"""A finding in two groups of patients: an effect size of its kind, its interval and an exact p.

The only test of a finding in the whole book. A measure is compared by Hodges–Lehmann shift and
Wilcoxon p, a graded finding by the probability that a patient of the compared group has the higher
grade (AUC) and Wilcoxon p, a yes/no finding by odds ratio and Fisher's p, an unordered one by
Fisher–Freeman–Halton p alone.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.estimates import Estimate, labelled, require_at_least
from compendium.statistics.auc import auc
from compendium.statistics.fisher import fisher_odds_ratio, fisher_test
from compendium.statistics.intervals import hodges_lehmann
from compendium.statistics.ranks import rank_sum_test


@dataclass(frozen=True)
class Finding:
    """What kind of variable a finding is.

    Attributes:
        label: as a table or a figure has it.
        grades: its codes in order, two for a yes/no finding; empty for a measure or for classes
            without order.
        measured: a number, and not a code.
    """

    label: str
    grades: tuple[Any, ...] = ()
    measured: bool = False


FINDINGS: dict[str, Finding] = {
    "age_years": Finding("Age, years", measured=True),
    "sex": Finding("Male sex", ("female", "male")),
    "tumour_diameter_mm": Finding("Diameter of the primary, mm", measured=True),
    "histology": Finding("Histology"),
    "t_stage": Finding("T stage, T1/T2/T3/T4", ("T1", "T2", "T3", "T4")),
    "n_stage": Finding("N stage, N0/N1a/N1b", ("N0", "N1a", "N1b")),
    "m_stage": Finding("M1 at diagnosis", ("M0", "M1")),
    "extrathyroidal_extension": Finding(
        "Extrathyroidal extension, none / microscopic / gross", ("none", "microscopic", "gross")
    ),
    "multifocal": Finding("Multifocal", (False, True)),
    "vascular_invasion": Finding("Vascular invasion", (False, True)),
    "braf_v600e": Finding("BRAF V600E", ("wild_type", "mutant")),
    "tert_promoter": Finding("TERT promoter mutation", ("wild_type", "mutant")),
}


def finding_of(name: str, values: pd.Series) -> Finding:
    """The kind of a variable: as declared, else by its values.

    Args:
        values: numbers are a measure, booleans and words of two levels a yes/no finding, other
            words classes without order.
    """
    if name in FINDINGS:
        return FINDINGS[name]
    if values.dtype == "boolean":
        return Finding(name, (False, True))
    if pd.api.types.is_numeric_dtype(values):
        return Finding(name, measured=True)
    levels = tuple(sorted(values.dropna().unique()))
    return Finding(name, levels if len(levels) == 2 else ())


def compared(reference: pd.Series, other: pd.Series, finding: Finding) -> tuple[str, Estimate]:
    """What the effect is, and its estimate in the second group against the first.

    Args:
        reference, other: values of the two groups; those that are missing, or no grade of a finding
            with grades, are not known and left out.

    Returns:
        The effect in words (shift, AUC, or the odds ratio of a level), and the estimate; of classes
        without order there is a p alone.
    """
    sides = _known(reference, finding), _known(other, finding)
    if finding.measured:
        first, second = (side.to_numpy(float) for side in sides)
        return "shift", hodges_lehmann(first, second)
    if not finding.grades:
        return "", _nominal(_counts(sides, sorted(set(sides[0]) | set(sides[1]))))
    if len(finding.grades) == 2:
        of = {True: "yes", False: "no"}.get(finding.grades[1], finding.grades[1])
        return f"odds ratio, {of}", fisher_odds_ratio(_counts(sides, list(finding.grades)))
    order = {grade: float(place) for place, grade in enumerate(finding.grades)}
    first, second = (side.map(order).to_numpy(float) for side in sides)
    graded = auc(first, second)
    if graded.estimable:
        test = rank_sum_test(first, second)
        graded = replace(graded, p=test.p, method=f"{graded.method}; {test.name}")
    return "AUC", graded


def _known(column: pd.Series, finding: Finding) -> pd.Series:
    known = column.dropna()
    return known[known.isin(finding.grades)] if finding.grades else known


def _counts(sides: tuple[pd.Series, pd.Series], grades: list[Any]) -> NDArray[np.int_]:
    """Patients by grade (rows) and side (columns)."""
    return np.array([[int((side == grade).sum()) for side in sides] for grade in grades], dtype=int)


@labelled
def _nominal(counts: NDArray[np.int_]) -> Estimate:
    require_at_least(len(counts), 2, "classes")
    p, method = fisher_test(counts)
    return Estimate(estimate=math.nan, n=int(counts.sum()), p=p, method=method)
