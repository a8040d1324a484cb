"""Who belongs to each registered study: a ledger of every candidate, the cohort, and its flow."""

from collections.abc import Mapping

import pandas as pd

from compendium.cohort.eligibility import Rule, candidates_of
from compendium.errors import InputError
from compendium.studies import trop2
from compendium.studies.registration import CriterionKind


def judge(tables: Mapping[str, pd.DataFrame], rules: list[Rule]) -> pd.DataFrame:
    """The ledger: one row a candidate and rule, in the order of the rules.

    An inclusion rule removes a candidate for whom it does not hold or is not recorded; an exclusion
    rule removes one for whom it holds, and keeps, marked, one for whom it is not recorded.

    Returns:
        patient_id, study, order (from 1 within the study), rule, verdict (kept, removed, or
        unknown: an exclusion that was not recorded, by which nobody is removed), value.
    """
    candidates = candidates_of(tables)
    orders: dict[str, int] = {}
    pages = []
    for rule in rules:
        orders[rule.study] = orders.get(rule.study, 0) + 1
        concerned = candidates[candidates["study"] == rule.study]
        holds, value = rule.finding(concerned)
        pages.append(
            pd.DataFrame(
                {
                    "patient_id": concerned["patient_id"],
                    "study": rule.study,
                    "order": orders[rule.study],
                    "rule": rule.id,
                    "verdict": _verdicts(holds, rule.kind),
                    "value": value,
                }
            )
        )
    ledger = pd.concat(pages).astype({"order": "Int64"})
    return ledger.sort_values(["study", "patient_id", "order"], ignore_index=True)


def _verdicts(holds: pd.Series, kind: CriterionKind) -> pd.Series:
    fitting = holds if kind == "inclusion" else ~holds
    verdicts = fitting.map({True: "kept", False: "removed"}).astype(object)
    return verdicts.where(holds.notna(), "removed" if kind == "inclusion" else "unknown")


def cohort_of(ledger: pd.DataFrame) -> pd.DataFrame:
    """One row a candidate: patient_id, study, eligible, and the first rule that removed it."""
    removals = ledger[ledger["verdict"] == "removed"].drop_duplicates("patient_id")
    cohort = ledger[["patient_id", "study"]].drop_duplicates(ignore_index=True)
    cohort["excluded_by"] = cohort["patient_id"].map(removals.set_index("patient_id")["rule"])
    cohort.insert(2, "eligible", cohort["excluded_by"].isna())
    return cohort


def with_classes(
    cohort: pd.DataFrame, responses: pd.DataFrame, progressions: pd.DataFrame
) -> pd.DataFrame:
    """The cohort with its classes: response for eligible TROP2 patients, progression within it.

    Args:
        cohort: from `cohort_of`.
        responses: from `response.classify_response`; progressions, from
            `progression.classify_progression`.

    Returns:
        The cohort with rai_response, response_rule (both empty outside the eligible of TROP2) and
        progression (empty but for non-responders).
    """
    classes = responses[["patient_id", "rai_response", "response_rule"]]
    joined = cohort.merge(classes, on="patient_id", how="left").merge(
        progressions[["patient_id", "progression"]], on="patient_id", how="left"
    )
    concerned = joined["eligible"] & (joined["study"] == trop2.CODE)
    for column in ("rai_response", "response_rule"):
        joined[column] = joined[column].where(concerned)
    resistant = joined["rai_response"] == "non_responder"
    course = joined["progression"].fillna("not_assessed")
    joined["progression"] = course.where(resistant)
    return joined


def flow_of(ledger: pd.DataFrame, rules: list[Rule]) -> pd.DataFrame:
    """The steps of the flow diagram: study, order, rule, text, before, removed, after (patients).

    A study without a candidate has its steps, too, all of them zero.

    Raises:
        InputError: the ledger was written by other rules.
    """
    known = {(rule.study, rule.id) for rule in rules}
    strange = set(zip(ledger["study"], ledger["rule"], strict=True)) - known
    if strange:
        raise InputError(f"ledger: {sorted(strange)[0]} is not among the rules given; judge again.")
    cohort = cohort_of(ledger)
    remaining = cohort["study"].value_counts().to_dict()
    removals = cohort.groupby(["study", "excluded_by"]).size().to_dict()
    orders: dict[str, int] = {}
    steps = []
    for rule in rules:
        before = int(remaining.get(rule.study, 0))
        removed = int(removals.get((rule.study, rule.id), 0))
        orders[rule.study] = orders.get(rule.study, 0) + 1
        remaining[rule.study] = before - removed
        steps.append(
            {
                "study": rule.study,
                "order": orders[rule.study],
                "rule": rule.id,
                "text": f"{rule.kind.capitalize()}: {rule.text}",
                "before": before,
                "removed": removed,
                "after": before - removed,
            }
        )
    return pd.DataFrame(steps)
