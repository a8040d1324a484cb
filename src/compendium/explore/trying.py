"""What if a rule were another: groups and primary estimates anew, beside the published ones."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from compendium import formatting
from compendium.cohort import membership
from compendium.cohort.eligibility import eligibility_rules
from compendium.cohort.populations import flow_groups, rows_of
from compendium.disease.progression import classify_progression
from compendium.disease.response import classify_response
from compendium.errors import InputError
from compendium.explore.opened import Opened
from compendium.files import write_whole
from compendium.pipeline.exploring import distance
from compendium.published import Number
from compendium.results.record import Place, entry_of_number
from compendium.rules import Rules
from compendium.studies.trop2 import ELIGIBLE
from compendium.table_html import html_table
from compendium.trop2 import comparison, ihc

CHAPTERS = ("01_cohort", "02_trop2_ihc")
SCORING = ("antibody_clone", "reader_rule", "block_rule")
COMPARED = (
    ("trop2_shift", "trop2_auc", "rai_response", ("responder", "non_responder")),
    ("trop2_rapid_shift", "trop2_rapid_auc", "progression", ("stable", "rapid")),
)


@dataclass(frozen=True)
class WhatIf:
    """A study under other rules; nothing of it is published.

    Attributes:
        setting: what differs from the study's own, by name.
        numbers: id, label, here, published, distance; one row a number.
        flow: the steps of eligibility.
    """

    study: str
    setting: dict[str, Any]
    numbers: pd.DataFrame
    flow: pd.DataFrame

    def to_sweep(self, path: str | Path) -> Path:
        """Write the setting to a sweep file, which the command sweep runs; the way to keep it.

        Raises:
            InputError: there is such a file already, or nothing differs from the study's own.
        """
        path = Path(path)
        if path.exists():
            raise InputError(f"{path}: is there already; expected a new file. Name another.")
        if not self.setting:
            raise InputError(f"{path}: nothing differs from the rules of {self.study}.")
        sweep = {"studies": [self.study], "chapters": list(CHAPTERS), "list": [self.setting]}
        write_whole(path, yaml.safe_dump(sweep, allow_unicode=True, sort_keys=False).encode())
        return path

    def _repr_html_(self) -> str:
        said = ", ".join(f"{name} = {value!r}" for name, value in self.setting.items())
        shown = {"label": "", "here": "Here", "published": "Published", "distance": "Distance"}
        table = html_table(self.numbers, "", {}, shown, 100, "numbers")
        names = ("study", "text", "before", "removed", "after")
        steps = {name: formatting.heading(name) for name in names}
        flow = html_table(self.flow, "", {}, steps, 100, "flow")
        return f"<p>Explored, not published: {said or 'the rules of the study'}.</p>{table}{flow}"


def under(opened: Opened, changed: dict[str, Any]) -> WhatIf:
    """A study under other rules, or another way of scoring.

    Args:
        changed: rules and settings of scoring by name, with their values.

    Raises:
        InputError: an unknown name, or a value that is not possible.
    """
    scoring = {name: changed[name] for name in SCORING if name in changed}
    other = {name: value for name, value in changed.items() if name not in scoring}
    rules = Rules.of({**opened.rules.departures, **other}, "what if")
    tables = opened.tables
    criteria = eligibility_rules(rules)
    ledger = membership.judge(tables, criteria)
    responses = classify_response(tables, rules)
    courses = classify_progression(tables, rules)
    cohort = membership.with_classes(membership.cohort_of(ledger), responses, courses)
    numbers = [*_groups(tables, cohort), *_estimates(opened, cohort, scoring)]
    published = opened.published()
    return WhatIf(
        opened.name,
        changed,
        pd.DataFrame([_row(number, published) for number in numbers]),
        membership.flow_of(ledger, criteria),
    )


def _groups(tables: Any, cohort: pd.DataFrame) -> list[Number]:
    found = flow_groups({**tables, "cohort": cohort}).to_dict("records")
    return [
        Number(
            f"n_{str(row['group']).replace('+', '_')}",
            int(row["patients"]),
            format="d",
            unit="patients",
            label=str(row["label"]),
        )
        for row in found
    ]


def _estimates(opened: Opened, cohort: pd.DataFrame, scoring: dict[str, Any]) -> list[Number]:
    reads = opened.tables["ihc_read"]
    if reads.empty:
        return []
    ways = {name: opened.settings("02_trop2_ihc")[name] for name in SCORING} | scoring
    clone = ihc.of_one_clone(reads, ways.pop("antibody_clone"))
    eligible = rows_of({"cohort": cohort}, ELIGIBLE)
    patients = ihc.with_scores(eligible, ihc.one_score_each(clone, **ways))
    numbers = []
    for shift_id, auc_id, by, groups in COMPARED:
        shift, auc = comparison.compare_scores(patients, by, groups)
        between = f"{formatting.words(groups[1])} against {formatting.words(groups[0])}"
        numbers += [
            Number(shift_id, shift, format=".1f", label=f"Shift of the H-score, {between}"),
            Number(auc_id, auc, format=".2f", label=f"AUC of the H-score, {between}"),
        ]
    return numbers


def _row(number: Number, published: dict[str, dict[str, Any]]) -> dict[str, str]:
    entry = entry_of_number(number, Place())
    before = published.get(number.id)
    part = "" if entry["low"] is None else "ci"
    held = "" if before is None else formatting.reported(before, part)
    return {
        "id": number.id,
        "label": entry["label"],
        "here": formatting.reported(entry, part),
        "published": held,
        "distance": distance(entry, before),
    }
