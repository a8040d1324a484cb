"""What the chapter on the cohort publishes of the classes: ids, labels, headings and captions."""

from collections.abc import Iterator

import pandas as pd

from compendium.cohort import disagreement
from compendium.cohort.outputs import GROUPED
from compendium.estimates import Estimate
from compendium.public_forms import AddsTo, Balance
from compendium.published import Number, Part, Table, result

MET = ("R1", "R2", "R3", "loss_of_uptake", "biochemical", "disappeared", "long_term")


@result
def response(classed: pd.DataFrame) -> Iterator[Part]:
    """What decided the response of the eligible patients of TROP2."""
    for rule in MET:
        met = int(classed[rule].fillna(False).sum())
        label = f"Patients meeting {rule.replace('_', ' ')}"
        yield Number(f"n_meeting_{rule.lower()}", met, format="d", unit="patients", label=label)
    label = "Patients with uptake in nodes of the neck alone"
    alone = int(classed["nodes_only"].fillna(False).sum())
    yield Number("n_nodes_only", alone, format="d", unit="patients", label=label)
    by_rule = classed.groupby(["rai_response", "response_rule"]).size().reset_index(name="patients")
    yield Table(
        "response_by_rule",
        by_rule,
        rows="group",
        caption="Eligible patients by what decided their class.",
        columns={"rai_response": "Response", "response_rule": "Decided by", "patients": "Patients"},
        links=[AddsTo(("patients",), "rai_response", *GROUPED)],
    )


@result
def first_course(ledger: pd.DataFrame) -> Iterator[Part]:
    """R1 of every patient, with all that it rests on.

    Args:
        ledger: of `disease.first_course.r1_ledger`.
    """
    undetermined = int((ledger["verdict"] == "undetermined").sum())
    label = "Patients in whom R1 is undetermined"
    yield Number("n_r1_undetermined", undetermined, format="d", unit="patients", label=label)
    yield Table(
        "r1_ledger",
        ledger,
        rows="patient",
        caption="R1 at the first course of each eligible patient: metastases by their uptake, TSH "
        "(mIU/L), Tg before and after (ng/mL) as the laboratory wrote them, and their ratio, a "
        "number or between what it lies.",
        columns={
            "patient_id": "Patient",
            "avid": "Avid",
            "non_avid": "Without uptake",
            "unread": "Unread",
            "tsh": "TSH",
            "tg_pre": "Tg before",
            "tg_post": "Tg after",
            "tg_ratio": "Ratio",
            "verdict": "R1",
            "reason": "Undetermined because",
        },
        max_rows=10,
    )


@result
def agreement(name: str, pairs: pd.DataFrame, kappa: Estimate) -> Iterator[Part]:
    """The derived class by the investigator's own.

    Args:
        name: response or progression.
    """
    label = f"Kappa of derived and investigator's {name}"
    yield Number(f"{name}_kappa", kappa, label=label)
    caption = f"{name.capitalize()}: derived class by the investigator's."
    crossed = disagreement.cross_table(pairs)
    links = [AddsTo(tuple(crossed.columns[1:]), "derived", *GROUPED)]
    yield Table(f"{name}_agreement", crossed, rows="group", caption=caption, links=links)


@result
def disagreements(found: pd.DataFrame) -> Iterator[Part]:
    """Patients on whom the classes differ."""
    caption = "Patients on whom the classes differ."
    yield Table("disagreements", found, rows="patient", caption=caption)


@result
def growth(resistant: pd.DataFrame, months: float) -> Iterator[Part]:
    """The course of each non-responder."""
    label = "Window of rapid progression"
    yield Number("rapid_window", months, format="g", unit="months", label=label, people=False)
    left_out = int(resistant["tg_left_out"].sum())
    label = "Tg values under suppression that tell no doubling time"
    yield Number("tg_left_out", left_out, format="d", unit="values", label=label)
    yield Table(
        "growth_rates",
        resistant,
        rows="patient",
        caption="Growth in each non-responder: the median TSH (mIU/L; of values beyond a limit of "
        "detection, their limits), doublings a year of the volume and of Tg, and Tg values that "
        "tell none.",
        columns={
            "patient_id": "Patient",
            "anchor_day": "Resistant, day",
            "progression_day": "Progression, day",
            "tsh_median_miu_per_l": "TSH",
            "volume_doublings_per_year": "Volume",
            "tg_doublings_per_year": "Tg",
            "tg_left_out": "Tg left out",
            "progression": "Course",
            "progression_rule": "Decided by",
        },
        max_rows=10,
    )


@result
def criteria(found: pd.DataFrame) -> Iterator[Part]:
    """Whom each criterion of rapid progression takes."""
    yield Table(
        "rapid_by_criterion",
        found,
        rows="rule",
        caption="Non-responders on suppressed TSH whom each criterion alone calls rapid.",
        columns={
            "criterion": "Criterion",
            "assessable": "Assessable",
            "rapid": "Rapid",
            "agreeing": "As the class",
        },
    )


@result
def definitions(found: pd.DataFrame) -> Iterator[Part]:
    """How many are in each class under every definition.

    Args:
        found: as `by_definition.counts_by_definition` returns.
    """
    yield Table(
        "response_by_limits",
        found,
        rows="setting",
        caption="Patients in each class under other definitions; moved: in another class than as "
        "analysed.",
        links=[Balance(("non_responder",), ("rapid", "intermediate", "stable", "not_assessed"))],
        columns={
            "definition": "Definition",
            "moved": "Moved",
            "responder": "Responders",
            "non_responder": "Non-responders",
            "indeterminate": "Indeterminate",
            "rapid": "Rapid",
            "intermediate": "Later",
            "stable": "Stable",
        },
    )


@result
def each_definition(classes: pd.DataFrame) -> Iterator[Part]:
    """The class of each patient under every definition.

    Args:
        classes: as `by_definition.classes_by_definition` returns.
    """
    yield Table(
        "classes_by_definition",
        classes,
        rows="patient",
        caption="Class of each eligible patient under every definition, the analysed one first.",
        columns={
            "definition": "Definition",
            "patient_id": "Patient",
            "rai_response": "Response",
            "progression": "Course",
        },
        max_rows=10,
    )
