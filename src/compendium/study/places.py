"""Problems at their place in a file as it stands: a heading, or one cell."""

from collections.abc import Hashable

import pandas as pd

from compendium.study.problems import Problem, Severity
from compendium.study.reading import RawTable
from compendium.tables import Column


def at_heading(
    raw: RawTable,
    name: str,
    *,
    found: str,
    expected: str,
    remedy: str,
    severity: Severity = "error",
) -> Problem:
    """A problem with a column as a whole, placed at its heading."""
    return Problem(
        file=raw.file,
        sheet=raw.sheet,
        table=raw.name,
        row=1,
        column=name,
        found=found,
        expected=expected,
        remedy=remedy,
        severity=severity,
    )


def patient_of(raw: RawTable, row: Hashable) -> str:
    """The patient a row belongs to, as it stands in the file."""
    if "patient_id" not in raw.cells:
        return ""
    cell = raw.cells.at[row, "patient_id"]
    return "" if pd.isna(cell) else str(cell).strip()


def at_cell(raw: RawTable, row: Hashable, column: Column, expected: str, remedy: str) -> Problem:
    """A problem with one cell."""
    name = column.date_name if column.is_day and column.date_name in raw.cells else column.name
    cell = raw.cells.at[row, name]
    empty = pd.isna(cell) or str(cell).strip() == ""
    value = "" if empty else "[not shown]" if column.identifies else str(cell).strip()
    return Problem(
        file=raw.file,
        sheet=raw.sheet,
        table=raw.name,
        row=int(str(row)),
        patient=patient_of(raw, row),
        column=name,
        value="[not shown]" if column.identifies else value,
        found=f"{name} is empty"
        if empty
        else f"{name} is {'[not shown]' if column.identifies else repr(value)}",
        expected=expected,
        remedy=remedy,
    )
