"""Who stands behind a published number, table or figure: its patients, each with his page."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from compendium.called import command
from compendium.errors import InputError
from compendium.explore.hints import shown_table
from compendium.explore.opened import Opened
from compendium.explore.patients import PatientPage, page_of
from compendium.limits import refuse_unknown
from compendium.results.provenance import read_record

PATIENT = "patient_id"
GROUP = "n_"  # numbers of this kind count the patients of a population


@dataclass(frozen=True)
class Behind:
    """The rows behind a number, a table or the points of a figure.

    Attributes:
        what: the id that was asked for.
        of: which rows these are, in words.
        rows: with the column patient_id, numbered from 0.
    """

    opened: Opened
    what: str
    of: str
    rows: pd.DataFrame

    @property
    def patients(self) -> list[str]:
        """The patients, each once, in the order of the rows."""
        return list(dict.fromkeys(self.rows[PATIENT].dropna().astype(str)))

    def patient(self, row: int) -> PatientPage:
        """The page of the patient behind a row, which is a point of a figure.

        Raises:
            InputError: there is no such row.
        """
        if not 0 <= row < len(self.rows):
            raise InputError(f"{self.what}: has rows 0 to {len(self.rows) - 1}; {row} is none.")
        return page_of(self.opened, str(self.rows[PATIENT].iloc[row]))

    def _repr_html_(self) -> str:
        shown = self.rows.reset_index(names="row")
        return shown_table(shown, f"{self.what}: {self.of}", max_rows=500)


def behind(opened: Opened, what: str) -> Behind:
    """The rows behind what is published under an id.

    Args:
        what: of a number, a table or a figure.

    Raises:
        InputError: nothing is published under it, or only of groups.
    """
    chapters = _published(opened)
    if not chapters:
        make = command(f"make {opened.name}")
        raise InputError(f"{opened.name}: nothing is published yet; {make} makes it.")
    outputs = [one for record in chapters for one in record["published"]]
    numbers = {one["id"]: record for record in chapters for one in record["numbers"]}
    ids = {str(one["id"]) for one in outputs}
    refuse_unknown(f"{opened.name}, published", [what], [*ids, *numbers])
    found = [one for one in outputs if one["id"] == what or one["figure"] == what]
    if what in numbers and not found:
        return _behind_number(opened, what, numbers[what])
    table = _with_patients(opened, found)
    if table is None:
        raise InputError(
            f"{what}: its rows are {found[0]['rows']}s, and name no patient; expected a table or "
            "figure of patients, lesions or scans."
        )
    return Behind(opened, what, table[0], table[1])


def _published(opened: Opened) -> list[dict[str, Any]]:
    paths = sorted((opened.results_dir / "numbers").glob("*.json"))
    return [dict(read_record(path)) for path in paths]


def _behind_number(opened: Opened, what: str, record: dict[str, Any]) -> Behind:
    """The rows behind a number: of its own cell, else the nearest before it in its chapter."""
    (number,) = (one for one in record["numbers"] if one["id"] == what)
    if what.startswith(GROUP):
        cohort = _group(opened, what.removeprefix(GROUP))
        if cohort is not None:
            return cohort
    cell = number["execution_count"] or 0
    outputs = record["published"]
    near = sorted(outputs, key=lambda one: (abs((one["execution_count"] or 0) - cell), one["id"]))
    for one in near:
        table = _with_patients(opened, [one])
        if table is not None:
            of = f"rows of {one['id']}, nearest to it in {record['notebook']}"
            return Behind(opened, what, of, table[1])
    raise InputError(f"{what}: {record['notebook']} publishes no table that names a patient.")


def _group(opened: Opened, name: str) -> Behind | None:
    """The patients of a group of the flow."""
    from compendium.cohort.populations import rows_of
    from compendium.studies import STUDIES

    cohort = opened.published_table("cohort")
    tables = {**opened.tables, "cohort": cohort}
    for study in STUDIES.values():
        for group in study.populations:
            if group.name.replace("+", "_") == name and len(cohort):
                rows = rows_of(tables, group).reset_index(drop=True)
                return Behind(opened, f"{GROUP}{name}", f"patients of the group {name}", rows)
    return None


def _with_patients(
    opened: Opened, outputs: list[dict[str, Any]]
) -> tuple[str, pd.DataFrame] | None:
    for one in outputs:
        if one["kind"] == "figure":
            continue
        table = opened.rows_of(one)
        if PATIENT in table and len(table):
            return f"one row a {one['rows']}", table
    return None
