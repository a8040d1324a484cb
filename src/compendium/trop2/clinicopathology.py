"""Clinicopathology of two groups: each finding with an effect size, its interval and exact p."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln
from scipy.stats.contingency import odds_ratio

from compendium.errors import NotEstimable
from compendium.estimates import Estimate, labelled, require_at_least
from compendium.formatting import words
from compendium.statistics.auc import auc
from compendium.statistics.intervals import hodges_lehmann
from compendium.statistics.ranks import rank_sum_test

FloatArray = NDArray[np.float64]

MAX_TABLES = 20_000_000  # with one margin fixed; a study of this size has a few thousand


@dataclass(frozen=True)
class Finding:
    """A clinicopathological finding.

    Attributes:
        label: as a table has it.
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


@labelled
def fisher_odds_ratio(counts: ArrayLike, *, level: float = 0.95) -> Estimate:
    """Conditional odds ratio of a 2×2 table with exact interval, and Fisher's exact p.

    Args:
        counts: rows: finding absent, present; columns: reference group, compared group. Above 1 the
            finding is commoner in the compared group.

    Raises:
        NotEstimable: a row or a column is empty.

    Source:
        Fisher, J R Stat Soc 1935, doi:10.2307/2342435; interval as R's fisher.test.
    """
    table = np.asarray(counts, dtype=int)
    _require_margins(table)
    found = odds_ratio(table, kind="conditional")
    limits = found.confidence_interval(confidence_level=level)
    return Estimate(
        estimate=float(found.statistic),
        low=float(limits.low),
        high=float(limits.high),
        n=int(table.sum()),
        events=int(table[1].sum()),
        p=fisher_p(table),
        method="conditional odds ratio, Fisher's exact test",
        level=level,
    )


def fisher_p(counts: ArrayLike) -> float:
    """Exact p of an r×2 table (Fisher, Freeman & Halton): tables no likelier than the observed.

    Raises:
        NotEstimable: a column is empty, or fewer than two rows hold anybody.

    Source:
        Freeman & Halton, Biometrika 1951, doi:10.1093/biomet/38.1-2.141.
    """
    table = np.asarray(counts, dtype=int)
    table = table[np.argsort(table.sum(axis=1))]  # the largest row last: it follows from the others
    _require_margins(table)
    sizes, total = table.sum(axis=1), int(table[:, 1].sum())
    if math.prod(int(size) + 1 for size in sizes[:-1]) > MAX_TABLES:
        raise NotEstimable(f"too many tables to enumerate: rows of {sizes.tolist()}")
    sums, logs = np.zeros(1, dtype=int), np.zeros(1)
    for size in sizes[:-1]:
        here = np.arange(size + 1)
        sums = np.add.outer(sums, here).ravel()
        logs = np.add.outer(logs, _log_choose(size, here)).ravel()
        logs, sums = logs[sums <= total], sums[sums <= total]
    last = total - sums
    possible = last <= sizes[-1]
    logs = logs[possible] + _log_choose(sizes[-1], last[possible])
    observed = sum(_log_choose(size, k) for size, k in zip(sizes, table[:, 1], strict=True))
    likelihood = np.exp(logs - _log_choose(sizes.sum(), total))
    # As likely as the observed, but for rounding, counts as extreme.
    return float(min(1.0, likelihood[logs <= observed + 1e-7].sum()))


def compare_findings(
    frame: pd.DataFrame,
    by: str,
    groups: tuple[str, str],
    findings: Mapping[str, Finding] = FINDINGS,
) -> pd.DataFrame:
    """Each finding in two groups: what was seen in either, effect size with interval, exact p.

    A measure is compared by Hodges–Lehmann shift and Wilcoxon p, a graded finding by the
    probability that a patient of the compared group has the higher grade (AUC) and Wilcoxon p, a
    yes/no finding by odds ratio and Fisher's p, an unordered one by Fisher–Freeman–Halton p alone.

    Args:
        frame: one row a patient.
        findings: by column.

    Returns:
        One row a finding: finding, reference, compared, unknown, effect, the Estimate's fields.
    """
    sides = [frame[frame[by] == group] for group in groups]
    rows = []
    for name, finding in findings.items():
        if name not in frame:
            continue
        known = [_known(side[name], finding) for side in sides]
        effect, estimate, shown = _compared(known[0], known[1], finding)
        rows.append(
            {
                "finding": finding.label,
                "reference": shown[0],
                "compared": shown[1],
                "unknown": sum(map(len, sides)) - sum(map(len, known)),
                "effect": effect,
            }
            | estimate.as_row()
        )
    return pd.DataFrame(rows)


def _known(column: pd.Series, finding: Finding) -> pd.Series:
    """Values that are known: not missing, and of the grades where it has grades."""
    known = column.dropna()
    return known[known.isin(finding.grades)] if finding.grades else known


def _compared(
    reference: pd.Series, compared: pd.Series, finding: Finding
) -> tuple[str, Estimate, tuple[str, str]]:
    """Kind of effect, estimate, and how each side is summed up."""
    sides, grades = (reference, compared), finding.grades
    if finding.measured:
        first, second = (side.to_numpy(float) for side in sides)
        return "shift", hodges_lehmann(first, second), (_quartiles(first), _quartiles(second))
    if not grades:
        return (
            "–",
            _nominal(_counts(sides, sorted(set(reference) | set(compared)))),
            (
                _commonest(reference),
                _commonest(compared),
            ),
        )
    counts = _counts(sides, list(grades))
    if len(grades) == 2:
        return "odds ratio", fisher_odds_ratio(counts), (_share(counts[:, 0]), _share(counts[:, 1]))
    order = {grade: float(place) for place, grade in enumerate(grades)}
    first, second = (side.map(order).to_numpy(float) for side in sides)
    graded = auc(first, second)
    if graded.estimable:
        test = rank_sum_test(first, second)
        graded = replace(graded, p=test.p, method=f"{graded.method}; {test.name}")
    shown = tuple("/".join(map(str, counts[:, side])) for side in (0, 1))
    return "AUC", graded, (shown[0], shown[1])


def _counts(sides: tuple[pd.Series, pd.Series], grades: list[Any]) -> NDArray[np.int_]:
    """Patients by grade (rows) and side (columns)."""
    return np.array([[int((side == grade).sum()) for side in sides] for grade in grades], dtype=int)


@labelled
def _nominal(counts: NDArray[np.int_]) -> Estimate:
    require_at_least(len(counts), 2, "classes")
    p = fisher_p(counts)
    return Estimate(
        estimate=math.nan, n=int(counts.sum()), p=p, method="Fisher–Freeman–Halton exact test"
    )


def _require_margins(table: NDArray[np.int_]) -> None:
    require_at_least(int(table[:, 0].sum()), 1, "in the reference group with the finding known")
    require_at_least(int(table[:, 1].sum()), 1, "in the compared group with the finding known")
    if (table.sum(axis=1) > 0).sum() < 2:
        raise NotEstimable(f"the same finding in all {int(table.sum())} patients")


def _log_choose(n: ArrayLike, k: ArrayLike) -> Any:
    n, k = np.asarray(n, float), np.asarray(k, float)
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)


def _quartiles(values: FloatArray) -> str:
    if len(values) == 0:
        return "–"
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return f"{middle:.0f} ({low:.0f}–{high:.0f})"


def _share(counts: NDArray[np.int_]) -> str:
    total = int(counts.sum())
    return f"{counts[1]}/{total} ({counts[1] / total:.0%})" if total else "0/0"


def _commonest(side: pd.Series) -> str:
    counts = side.value_counts()
    return f"{words(str(counts.index[0]))} {counts.iloc[0]}/{len(side)}" if len(side) else "–"
