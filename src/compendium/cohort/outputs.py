"""What the chapter on the cohort publishes of who belongs: ids, labels, headings and captions."""

from collections.abc import Iterator, Mapping
from functools import partial

import pandas as pd

from compendium import formatting
from compendium.cohort import missingness
from compendium.cohort.flow_figure import flow_diagram, flow_from
from compendium.cohort.missing_figure import missingness as draw_missingness
from compendium.cohort.missing_figure import shares_missing
from compendium.estimates import Estimate, not_estimable
from compendium.public_forms import AddsTo, Balance, Chain, Link, Redrawn, Same, Sum, named
from compendium.published import Figure, Number, Part, Table, result
from compendium.studies import STUDIES

GROUPED = ("groups", "group", "patients")  # the table, and its columns, to which others add up


@result
def eligibility(flow: pd.DataFrame) -> Iterator[Part]:
    """How many candidates each criterion removed."""
    flow = _with_candidates(flow, flow)
    for study, rule, removed in zip(flow["study"], flow["rule"], flow["removed"], strict=True):
        name, label = f"n_removed_{study}_{rule}".lower(), f"Removed by {rule}, {study}"
        yield Number(name, int(removed), format="d", unit="patients", label=label)
    yield Table(
        "eligibility_flow",
        flow,
        rows="rule",
        measures=["order"],
        links=[
            Balance(("before",), ("removed", "after")),
            Chain("before", "after", "study"),
            *_removed(flow),
        ],
        caption="Patients before and after each rule.",
        columns={
            "study": "Study",
            "text": "Rule",
            "before": "Before",
            "removed": "Removed",
            "after": "After",
        },
    )


def _removed(flow: pd.DataFrame) -> Iterator[Sum]:
    """Each number of the text that stands in the flow."""
    for study, own in flow.groupby("study"):
        rules = own["rule"].tolist()
        ends = [("before", rules[0], "n_candidates"), ("after", rules[-1], "n_eligible")]
        for column, rule, name in [*ends, *(("removed", r, "n_removed") for r in rules)]:
            key = f"{name}_{study}_{rule}" if column == "removed" else f"{name}_{study}"
            here = {"study": study, "rule": rule}
            yield Sum((column,), here, "numbers", {"id": key.lower()}, "value")


@result
def ledger(found: pd.DataFrame) -> Iterator[Part]:
    """Every rule's verdict on every candidate."""
    caption = "Each rule on each candidate."
    yield Table("ledger", found, rows="entry", caption=caption, max_rows=10)


@result
def classes(cohort: pd.DataFrame) -> Iterator[Part]:
    """Who is eligible, and the classes of the eligible; later chapters read it."""
    caption = "Eligibility and classes."
    yield Table("cohort", cohort, rows="patient", caption=caption, max_rows=10)


@result
def beyond_detection(found: pd.DataFrame) -> Iterator[Part]:
    """Laboratory values beyond a limit of detection."""
    number = int(found[["below", "above"]].sum().sum())
    label = "Laboratory values beyond a limit of detection"
    yield Number("n_beyond_detection", number, format="d", unit="values", label=label)
    yield Table(
        "beyond_detection",
        found,
        rows="group",
        caption="Laboratory values of the eligible patients, and those of them below or above a "
        "limit of detection.",
        columns={
            "table": "Table",
            "column": "Column",
            "values": "Values",
            "below": "Below",
            "above": "Above",
        },
    )


@result
def flow(study: str, steps: pd.DataFrame, groups: pd.DataFrame) -> Iterator[Part]:
    """The flow diagram of one study.

    Args:
        study: its code.
        steps: of `membership.flow_of`; groups: of `populations.flow_groups`; of every study.
    """
    own = steps[steps["study"] == study]
    yield Figure(
        f"flow_{study.lower()}",
        partial(flow_diagram, own, groups[groups["study"] == study]),
        marks="group",
        alt=f"Flow diagram of study {study}: candidates, exclusions by rule, groups",
        caption=f"Flow of patients in study {study} ({STUDIES[study].record}), from candidates to "
        "the groups that are compared.",
        data=own,
        rows="rule",
        measures=["order"],
        links=[
            Same(
                "eligibility_flow",
                {"study": "study", "rule": "rule"},
                {name: name for name in ("before", "removed", "after")},
            )
        ],
        public=Redrawn(named(flow_from), (f"fig_flow_{study.lower()}", "groups"), {"study": study}),
    )


@result
def groups(found: pd.DataFrame, steps: pd.DataFrame) -> Iterator[Part]:
    """How many are in each group."""
    found, steps = _with_candidates(found, steps), _with_candidates(steps, steps)
    for group, label, patients in zip(
        found["group"], found["label"], found["patients"], strict=True
    ):
        name = f"n_{group.replace('+', '_')}"
        yield Number(name, int(patients), format="d", unit="patients", label=label)
    for study, own in steps.groupby("study"):
        ends = {"candidates": own["before"].iloc[0], "eligible": own["after"].iloc[-1]}
        for name, at in ends.items():
            key, label = f"n_{name}_{str(study).lower()}", f"{name.capitalize()}, {study}"
            yield Number(key, int(at), format="d", unit="patients", label=label)
    shown = {"study": "Study", "label": "Group", "patients": "Patients"}
    caption = "Eligible patients by group."
    links: list[Link] = [AddsTo(("patients",), "parent", *GROUPED), *_top(steps)]
    links += [
        Sum(("patients",), {"group": one}, "numbers", {"id": f"n_{one.replace('+', '_')}"}, "value")
        for one in found["group"]
    ]
    yield Table("groups", found, rows="group", caption=caption, columns=shown, links=links)


def _top(steps: pd.DataFrame) -> Iterator[Sum]:
    """The groups of each study that are part of no other are its eligible patients."""
    for study, own in steps.groupby("study"):
        last = {"study": study, "rule": own["rule"].iloc[-1]}
        here = {"study": study, "parent": ""}
        yield Sum(("patients",), here, "eligibility_flow", last, "after")


def _with_candidates(frame: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """The rows of studies that have a candidate; of the others the table would be zeros."""
    there = set(steps.loc[steps["before"] > 0, "study"])
    return frame[frame["study"].isin(there)].reset_index(drop=True)


@result
def people(cohort: pd.DataFrame, patients: pd.DataFrame) -> Iterator[Part]:
    """How many of the eligible of each study are women, and their median age on day 0.

    Args:
        cohort: of `membership.cohort_of`; patients: the table of that name.
    """
    known = cohort.merge(patients[["patient_id", "sex", "age_years"]], on="patient_id")
    for study, candidates in known.groupby("study"):
        own, code = candidates[candidates["eligible"]], str(study).lower()
        women, label = int((own["sex"] == "female").sum()), f"Women among the eligible, {study}"
        yield Number(f"n_women_{code}", women, format="d", unit="patients", label=label)
        label = f"Median age at thyroidectomy of the eligible, {study}"
        yield Number(f"age_{code}", _median_age(own["age_years"]), format=".0f", label=label)


def _median_age(age_years: "pd.Series[float]") -> Estimate:
    known = age_years.dropna()
    if known.empty:
        return not_estimable("nobody is eligible whose age is known")
    return Estimate(estimate=float(known.median()), unit="years", n=len(known))


@result
def populations(found: pd.DataFrame) -> Iterator[Part]:
    """Who is in which analysis."""
    yield Table(
        "populations",
        found,
        rows="group",
        caption="The populations that analyses are made on, each within another, and the items of "
        "the registry record that they serve.",
        columns={
            "study": "Study",
            "population": "Population",
            "within": "Within",
            "patients": "Patients",
            "serves": "Serves",
        },
        links=[Same("groups", {"study": "study", "population": "label"}, {"patients": "patients"})],
    )


@result
def deviations(found: pd.DataFrame) -> Iterator[Part]:
    """Departures from the protocol."""
    label = "Departures from the protocol"
    yield Number("n_deviations", len(found), format="d", unit="deviations", label=label)
    yield Table("protocol_deviations", found, rows="entry", caption=f"{label}.")


@result
def missing(tables: Mapping[str, pd.DataFrame], cohort: pd.DataFrame) -> Iterator[Part]:
    """The gaps of the eligible patients."""
    eligible = cohort[cohort["eligible"]].sort_values(["study", "rai_response", "patient_id"])
    order, who = eligible["patient_id"].tolist(), eligible.set_index("patient_id")
    shares = missingness.missing_shares(tables, order)
    most = shares.mean(axis=1).droplevel("table")
    worst = formatting.words(str(most.idxmax())) if most.gt(0).any() else "nothing"
    yield Number("missing_most", worst, people=False, label="Most often missing")
    yield Figure(
        "missing",
        partial(draw_missingness, shares, who["rai_response"].fillna(who["study"])),
        marks="patient",
        alt="Missing values of the eligible patients, a row a variable and a column a patient",
        caption="Missing values of the eligible patients, of those variables that have any. "
        "Numbers of patients in brackets.",
        data=missingness.missing_counts(tables, order),
        rows="variable",
        shares={"share": "values"},
        public=Redrawn(
            named(shares_missing),
            ("fig_missing",),
            note="Here by variable only, of those with enough missing values to be shown.",
        ),
    )
