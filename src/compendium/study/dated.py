"""Columns of dates as days since each patient's day 0."""

import datetime as dt
from collections.abc import Hashable
from typing import Any

import pandas as pd

from compendium.study.cells import CellError, convert, is_empty, read_date
from compendium.study.places import at_cell, at_heading
from compendium.study.problems import Problem
from compendium.study.reading import RawTable, Reading
from compendium.tables import COLUMNS, Column

IndexDates = dict[str, dt.date]


def index_dates(reading: Reading, problems: list[Problem]) -> IndexDates | None:
    """Each patient's day 0 as a date; None where the table of patients could not be read."""
    raw = reading.tables.get("patient")
    if raw is None:
        return None
    if "index_date" not in raw.cells:
        return {}
    column = COLUMNS["patient"]["index_date"]
    dates, wrong = convert(raw.cells["index_date"], column, read_date)
    for row, remedy in wrong.items():
        problems.append(at_cell(raw, row, column, "a date", remedy))
    patients = raw.cells["patient_id"].map(lambda cell: str(cell).strip())
    return {patient: date for patient, date in zip(patients, dates, strict=True) if date}


def days_of_dates(
    raw: RawTable, column: Column, dates: IndexDates | None, problems: list[Problem]
) -> tuple[pd.Series, dict[Hashable, str]]:
    """Days since day 0 from a column of dates, and what to do about the cells that give none.

    Where no patient has a day 0 that is one problem of the column, and none of its cells.
    """
    cells = raw.cells[column.date_name]
    given = cells[~cells.map(is_empty).astype(bool)]
    if not dates:
        if dates is not None and len(given):
            problems.append(_without_day_0(raw, column))
        return pd.Series(pd.NA, index=cells.index, dtype="Int64"), dict.fromkeys(given.index, "")
    patients = raw.cells.get("patient_id", pd.Series("", index=cells.index))
    days: dict[Hashable, int | None] = {}
    wrong: dict[Hashable, str] = {}
    for row, cell, patient in zip(cells.index, cells, patients, strict=True):
        try:
            days[row] = _day(cell, str(patient).strip(), dates)
        except CellError as error:
            days[row], wrong[row] = None, str(error)
    return pd.Series(days, index=cells.index, dtype=object).astype("Int64"), wrong


def _without_day_0(raw: RawTable, column: Column) -> Problem:
    return at_heading(
        raw,
        column.date_name,
        found=f"{column.date_name} holds dates, and no patient has an index_date",
        expected="each patient's index_date, the date of day 0, in the table patient",
        remedy=f"Fill in index_date, or give days in a column {column.name}.",
    )


def _day(cell: Any, patient: str, dates: IndexDates) -> int | None:
    if is_empty(cell):
        return None
    if patient not in dates:
        raise CellError(f"Give the index_date of {patient} in the patient table, or days.")
    return (read_date(cell) - dates[patient]).days
