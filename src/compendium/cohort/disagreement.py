"""The derived class beside the investigator's own: how far they agree, and on whom they do not."""

from collections.abc import Mapping

import pandas as pd

from compendium.counting import counted
from compendium.errors import NotEstimable
from compendium.estimates import Estimate, labelled
from compendium.statistics.kappa import weighted_kappa


def paired_classes(cohort: pd.DataFrame, investigator: pd.DataFrame, column: str) -> pd.DataFrame:
    """Patients who have both a derived and an investigator's class.

    Args:
        cohort: from `cohort.with_classes`.
        investigator: the investigator_class table.
        column: rai_response or progression.

    Returns:
        patient_id, derived, investigator.
    """
    derived = cohort[["patient_id", column]].rename(columns={column: "derived"})
    own = investigator[["patient_id", column]].rename(columns={column: "investigator"})
    return derived.merge(own, on="patient_id").dropna().reset_index(drop=True)


def cross_table(pairs: pd.DataFrame) -> pd.DataFrame:
    """Patients by derived class (rows) and investigator's class (columns, prefixed)."""
    counts = pd.crosstab(pairs["derived"], pairs["investigator"])
    return counts.add_prefix("investigator_").rename_axis(columns=None).reset_index()


@labelled
def class_kappa(pairs: pd.DataFrame) -> Estimate:
    """Agreement beyond chance of the two classes, in patients whom the rules could assess.

    Raises:
        NotEstimable: one side knows one class only, so that no chance is left.
    """
    pairs = pairs[pairs["derived"] != "not_assessed"]
    least = min(pairs["derived"].nunique(), pairs["investigator"].nunique())
    if least < 2:
        raise NotEstimable(
            f"{counted(len(pairs), 'patients')}, one side with {counted(least, 'classes')}; "
            "2 needed"
        )
    labels = sorted({*pairs["derived"], *pairs["investigator"]})
    counts = pd.crosstab(pairs["derived"], pairs["investigator"])
    counts = counts.reindex(index=labels, columns=labels, fill_value=0)
    return weighted_kappa(counts, "unweighted")


def disagreements(pairs: pd.DataFrame, rules: pd.DataFrame) -> pd.DataFrame:
    """The patients on whom the two classes differ, with the rule behind the derived one.

    Args:
        pairs: from `paired_classes`.
        rules: patient_id and rule.
    """
    differing = pairs[pairs["derived"] != pairs["investigator"]]
    return differing.merge(rules[["patient_id", "rule"]], on="patient_id", how="left")


def all_disagreements(
    classed: Mapping[str, tuple[pd.DataFrame, pd.DataFrame]],
) -> pd.DataFrame:
    """The patients on whom a class differs, with the rule behind the derived one, of each class.

    Args:
        classed: by the name of the class (response, progression) its pairs from `paired_classes`,
            and the rows with patient_id and the rule that decided, in `<name>_rule`.

    Returns:
        patient_id, derived, investigator, rule, of (the name of the class).
    """
    parts = []
    for name, (pairs, rows) in classed.items():
        rules = rows.rename(columns={f"{name}_rule": "rule"})
        parts.append(disagreements(pairs, rules).assign(of=name))
    return pd.concat(parts, ignore_index=True)
