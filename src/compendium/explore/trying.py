"""What if a rule were another: groups and primary estimates anew, beside the published ones."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from compendium import formatting
from compendium.cohort import membership
from compendium.cohort.eligibility import eligibility_rules
from compendium.cohort.populations import flow_groups, rows_of
from compendium.disease.progression import Progressions
from compendium.disease.response import Responses
from compendium.errors import InputError
from compendium.explore.hints import STYLE
from compendium.explore.opened import Opened
from compendium.explore.trying_uptake import tsh_numbers
from compendium.files import write_whole
from compendium.limits import ByLimits
from compendium.pipeline.exploring import distance
from compendium.published import Number
from compendium.results.record import Place, entry_of_number
from compendium.rules import Rules
from compendium.studies.trop2 import ELIGIBLE
from compendium.table_html import html_table
from compendium.trop2 import comparison, ihc

CHAPTERS = ("01_cohort", "02_trop2_ihc")
UPTAKE_CHAPTERS = ("03_pet_suvmax", "04_tsh_iodine_uptake")
SCORING = ("antibody_clone", "reader_rule", "block_rule")
Tables = Mapping[str, pd.DataFrame]
Judged = tuple[pd.DataFrame, pd.DataFrame]
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
        idle: rules of the setting that decide nothing of what is shown here.
    """

    study: str
    setting: dict[str, Any]
    numbers: pd.DataFrame
    flow: pd.DataFrame
    idle: tuple[str, ...] = ()

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
        sweep = {"studies": [self.study], "chapters": self._chapters(), "list": [self.setting]}
        write_whole(path, yaml.safe_dump(sweep, allow_unicode=True, sort_keys=False).encode())
        return path

    def _chapters(self) -> list[str]:
        """Those that are run under the setting: that on TSH where it, or all else, is asked of."""
        apart = self.numbers["id"].str.startswith("tsh_")
        moved = self.numbers["distance"] != "as published"
        return [*CHAPTERS, *UPTAKE_CHAPTERS] if self.idle or (apart & moved).any() else [*CHAPTERS]

    def _repr_html_(self) -> str:
        said = ", ".join(f"{name} = {value!r}" for name, value in self.setting.items())
        shown = {"label": "", "here": "Here", "published": "Published", "distance": "Distance"}
        table = html_table(self.numbers, "", {}, shown, 100, "numbers")
        columns = ("study", "text", "before", "removed", "after")
        steps = {name: formatting.heading(name) for name in columns}
        flow = html_table(self.flow, "", {}, steps, 100, "flow")
        head = f"<p>Explored, not published: {html.escape(said or 'the rules of the study')}.</p>"
        if self.idle:
            names = ", ".join(self.idle)
            head += f"<p>{names}: decides nothing of what is shown here; a sweep tries it.</p>"
        return f"{STYLE}{head}{table}{flow}"


class Trying:
    """A study under other rules, of which only what a changed rule decides is done again.

    Args:
        opened: the study.
    """

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        tables = opened.tables
        self._judged = ByLimits[Rules, Judged](partial(_judged, tables))
        self._responses = ByLimits(Responses(tables).under)
        self._courses = ByLimits(Progressions(tables).under)
        self._uptake = ByLimits(partial(tsh_numbers, opened))
        self._published = opened.published()
        chapter = opened.settings("02_trop2_ihc")
        self._ways = {name: chapter[name] for name in SCORING}

    def under(self, changed: Mapping[str, Any]) -> WhatIf:
        """The study under other rules, or another way of scoring.

        Args:
            changed: rules and settings of scoring by name, with their values.

        Raises:
            InputError: an unknown name, or a value that is not possible.
        """
        scoring = {name: changed[name] for name in SCORING if name in changed}
        other = {name: value for name, value in changed.items() if name not in scoring}
        rules = Rules.of({**self.opened.rules.departures, **other}, "what if")
        ledger, flow = self._judged(rules)
        classes = self._responses(rules), self._courses(rules)
        cohort = membership.with_classes(membership.cohort_of(ledger), *classes)
        numbers = [
            *_groups(self.opened.tables, cohort),
            *_estimates(self.opened.tables["ihc_read"], cohort, self._ways | scoring),
            *self._uptake(rules)(cohort),
        ]
        return WhatIf(
            self.opened.name,
            dict(changed),
            pd.DataFrame([_row(number, self._published) for number in numbers]),
            flow,
            tuple(name for name in other if name not in rules.read_names),
        )


def under(opened: Opened, changed: Mapping[str, Any]) -> WhatIf:
    """A study under other rules, once; as `Trying.under`."""
    return Trying(opened).under(changed)


def _judged(tables: Tables, rules: Rules) -> Judged:
    """The ledger of eligibility, and the flow of it."""
    criteria = eligibility_rules(rules)
    ledger = membership.judge(tables, criteria)
    return ledger, membership.flow_of(ledger, criteria)


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


def _estimates(reads: pd.DataFrame, cohort: pd.DataFrame, ways: Mapping[str, Any]) -> list[Number]:
    if reads.empty:
        return []
    rules = {name: way for name, way in ways.items() if name != "antibody_clone"}
    clone = ihc.of_one_clone(reads, ways["antibody_clone"])
    eligible = rows_of({"cohort": cohort}, ELIGIBLE)
    patients = ihc.with_scores(eligible, ihc.one_score_each(clone, **rules))
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
