"""A Trop2 score in two groups of patients: shift, AUC, and both under other rules and in subsets.

group_summary(frame, by, groups)          sizes and quartiles
compare_scores(frame, by, groups)         shift and AUC
comparisons(subsets, by, groups)          the same in each subset
rule_sensitivity(reads, patients, ...)    the same under every rule of combining reads
tissue_difference(scores)                 metastasis against primary in who has both
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.estimates import Estimate
from compendium.statistics.auc import auc, auc_delong
from compendium.statistics.intervals import hodges_lehmann, hodges_lehmann_paired
from compendium.trop2.ihc import (
    BLOCK_RULES,
    HIGHEST,
    HIGHEST_SCORE,
    SCORES,
    one_score_each,
    reader_rules,
)

FloatArray = NDArray[np.float64]


def group_summary(
    frame: pd.DataFrame, by: str, groups: Sequence[str], value: str = "h_score"
) -> pd.DataFrame:
    """Patients, missing values and quartiles of a score by group, one row a group."""
    rows = []
    for group in groups:
        values = frame.loc[frame[by] == group, value].astype(float)
        known = values.dropna()
        quartiles = known.quantile([0, 0.25, 0.5, 0.75, 1]).to_list()
        names = ("lowest", "lower_quartile", "median", "upper_quartile", "highest")
        rows.append({by: group, "n": len(known), "missing": len(values) - len(known)}
                    | dict(zip(names, quartiles, strict=True)))  # fmt: skip
    return pd.DataFrame(rows)


def compare_scores(
    frame: pd.DataFrame,
    by: str,
    groups: tuple[str, str],
    value: str = "h_score",
    unit: str = "points",
) -> tuple[Estimate, Estimate]:
    """Shift and AUC of a score, the second group against the first; patients without it left out.

    Args:
        frame: one row a patient, with `by` and `value`.
        groups: the reference group and the compared one; a shift above 0 and an AUC above 0.5
            mean that the compared group scores higher.
    """
    return shift_of_scores(frame, by, groups, value, unit), auc_of_scores(frame, by, groups, value)


def shift_of_scores(
    frame: pd.DataFrame,
    by: str,
    groups: tuple[str, str],
    value: str = "h_score",
    unit: str = "points",
) -> Estimate:
    """The shift of `compare_scores`; no limit is beyond what two scores can differ by."""
    found = hodges_lehmann(*_sides(frame, by, groups, value), unit=unit)
    return _within_range(found, value)


def _within_range(shift: Estimate, value: str) -> Estimate:
    """A shift whose interval ends where the score does; without an end to it, a labelled result."""
    most = HIGHEST_SCORE.get(value, math.inf)
    return replace(shift, within=(-most, most)) if shift.estimable else shift


def auc_of_scores(
    frame: pd.DataFrame, by: str, groups: tuple[str, str], value: str = "h_score"
) -> Estimate:
    """The AUC of `compare_scores`."""
    return auc(*_sides(frame, by, groups, value))


def auc_by_delong(
    frame: pd.DataFrame, by: str, groups: tuple[str, str], value: str = "h_score"
) -> Estimate:
    """The AUC of `compare_scores` with DeLong's interval, for comparison with what pROC gives."""
    return auc_delong(*_sides(frame, by, groups, value))


def _sides(
    frame: pd.DataFrame, by: str, groups: tuple[str, str], value: str
) -> tuple[FloatArray, FloatArray]:
    """The scores that are known in the reference group and in the compared one."""
    known = frame[frame[value].notna()]
    first, second = (known.loc[known[by] == group, value].to_numpy(float) for group in groups)
    return first, second


def comparison_row(
    label: str,
    frame: pd.DataFrame,
    by: str,
    groups: tuple[str, str],
    value: str = "h_score",
) -> dict[str, Any]:
    """A score in two groups as one row of a table: sizes, medians, shift with its p, AUC.

    Args:
        label: name of the row; the others as of `compare_scores`.
    """
    summary = group_summary(frame, by, groups, value)
    shift, auc = compare_scores(frame, by, groups, value)
    return {
        "comparison": label,
        "n_reference": int(summary["n"][0]),
        "n_compared": int(summary["n"][1]),
        "median_reference": summary["median"][0],
        "median_compared": summary["median"][1],
        "shift": shift.estimate,
        "shift_low": shift.low,
        "shift_high": shift.high,
        "p": shift.p,
        "auc": auc.estimate,
        "auc_low": auc.low,
        "auc_high": auc.high,
        "method": shift.method,
        "reason": shift.reason or auc.reason,
    }


def comparisons(
    subsets: Mapping[str, pd.DataFrame], by: str, groups: tuple[str, str]
) -> pd.DataFrame:
    """The comparison in each named subset of patients, one row a subset."""
    return pd.DataFrame([comparison_row(name, part, by, groups) for name, part in subsets.items()])


def tissue_difference(scores: pd.DataFrame, value: str = "h_score", unit: str = "") -> Estimate:
    """Shift of the metastasis against the primary tumour in patients who have both.

    Args:
        scores: of `one_score_each`.
    """
    both = scores.pivot(index="patient_id", columns="tissue", values=value)
    both = both.reindex(columns=["primary", "metastasis"]).dropna()
    differences = (both["metastasis"] - both["primary"]).to_numpy(float)
    return _within_range(hodges_lehmann_paired(differences, unit=unit), value)


def rule_sensitivity(
    reads: pd.DataFrame,
    patients: pd.DataFrame,
    by: str,
    groups: tuple[str, str],
    tissue: str = "primary",
) -> pd.DataFrame:
    """The primary comparison under each rule of combining, and of every score by the default rule.

    Args:
        reads: the ihc_read table.
        patients: one row a patient with patient_id and `by`.
    """
    rows = []
    for reader_rule in reader_rules(reads):
        for block_rule in BLOCK_RULES:
            scores = one_score_each(reads, reader_rule=reader_rule, block_rule=block_rule)
            chosen = patients.merge(scores[scores["tissue"] == tissue], on="patient_id", how="left")
            values = SCORES if (reader_rule, block_rule) == ("mean", HIGHEST) else SCORES[:1]
            rows += [
                {"reader_rule": reader_rule, "block_rule": block_rule, "score": value}
                | comparison_row(value, chosen, by, groups, value)
                for value in values
            ]
    return pd.DataFrame(rows).drop(columns="comparison")
