"""A study's tables brought into the schema's types and checked against it, all problems at once."""

import datetime as dt
import warnings
from collections.abc import Hashable, Iterator
from functools import cache
from typing import Any

import pandas as pd
from pandera.errors import SchemaErrors
from pandera.pandas import DataFrameSchema

from compendium.called import command
from compendium.study.cells import CellError, convert, is_empty, read_date
from compendium.study.laboratory import read_laboratory, sign_of
from compendium.study.problems import Problem, Severity
from compendium.study.reading import RawTable, Reading, closest
from compendium.tables import COLUMNS, MODELS, REQUIRED_TABLES, Column, empty_table, key_of

Tables = dict[str, pd.DataFrame]
"""Tables by name; until the study is made, the index is the row as seen in the file."""


def check_tables(reading: Reading, shown_dir: str) -> tuple[Tables, list[Problem]]:
    """Every table in the schema's types, and all that is wrong with it.

    Args:
        reading: the files as they stand.
        shown_dir: the study's folder, as it is to be named in messages.
    """
    problems = list(reading.problems)
    tables: Tables = {}
    index_dates = _index_dates(reading, problems)
    for name, model in MODELS.items():
        raw = reading.tables.get(name)
        if raw is not None:
            tables[name] = _check_table(raw, index_dates, problems)
            if name == "patient" and tables[name].empty:
                problems.append(_no_patients(raw))
            continue
        tables[name] = empty_table(model)
        if name in REQUIRED_TABLES and (reading.tables or not reading.problems):
            problems.append(_absent(name, shown_dir))
    return tables, problems


def _absent(name: str, shown_dir: str) -> Problem:
    return Problem(
        file=shown_dir,
        table=name,
        found=f"the table {name} is not here",
        expected=f"tables/{name}.csv, or a sheet {name} in the workbook",
        remedy=f"Every study needs it: {command('new-study')} writes its template.",
    )


def _no_patients(raw: RawTable) -> Problem:
    return Problem(
        file=raw.file,
        sheet=raw.sheet,
        table=raw.name,
        row=2,
        found="there is no patient",
        expected="one row a candidate",
        remedy="Fill in the table patient first; all others refer to it.",
    )


def _index_dates(reading: Reading, problems: list[Problem]) -> dict[str, dt.date]:
    """Each patient's day 0 as a date, where it is given."""
    raw = reading.tables.get("patient")
    if raw is None or not {"patient_id", "index_date"} <= set(raw.cells.columns):
        return {}
    column = COLUMNS["patient"]["index_date"]
    dates, wrong = convert(raw.cells["index_date"], column, read_date)
    for row, remedy in wrong.items():
        problems.append(at_cell(raw, row, column, "a date", remedy))
    patients = raw.cells["patient_id"].map(lambda cell: str(cell).strip())
    return {patient: date for patient, date in zip(patients, dates, strict=True) if date}


def _check_table(
    raw: RawTable, index_dates: dict[str, dt.date], problems: list[Problem]
) -> pd.DataFrame:
    columns = COLUMNS[raw.name]
    problems.extend(_unknown_columns(raw, columns))
    typed: dict[str, pd.Series] = {}
    wrong: set[tuple[str, Hashable]] = set()
    for name, column in columns.items():
        if not column.kept or name in typed:
            continue
        if column.laboratory and name in raw.cells:
            beside = sign_of(column, columns)
            typed[name], typed[beside.name], told = read_laboratory(raw.cells, column, beside)
            for where, complaints in told.items():
                wrong |= {(where, row) for row in complaints}
                problems += [
                    at_cell(raw, row, columns[where], columns[where].expected(), remedy)
                    for row, remedy in complaints.items()
                ]
            continue
        if column.is_day and column.date_name in raw.cells:
            values, complaints = _days(raw, column, index_dates)
        elif name in raw.cells:
            values, complaints = convert(raw.cells[name], column)
        else:
            values, complaints = _absent_column(raw, column, problems)
        typed[name] = values
        for row, remedy in complaints.items():
            wrong.add((name, row))
            problems.append(at_cell(raw, row, column, column.expected(), remedy))
    table = pd.DataFrame(typed, index=raw.cells.index)
    problems.extend(_against_schema(raw, table, wrong))
    return table


def _at_heading(
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


def _unknown_columns(raw: RawTable, columns: dict[str, Column]) -> Iterator[Problem]:
    known = set(columns) | {column.date_name for column in columns.values() if column.is_day}
    for name in raw.cells.columns:
        if name and name not in known:
            yield _at_heading(
                raw,
                name,
                found=f"the table {raw.name} has no column {name}",
                expected="a column of: " + ", ".join(columns),
                remedy=f"{closest(name, known)}Rename it, or delete it.",
            )
        column = columns.get(name)
        if column is not None and column.is_day and column.date_name in raw.cells:
            yield _at_heading(
                raw,
                name,
                found=f"{name} and {column.date_name} are both there",
                expected="days or dates, not both",
                remedy="Delete one of the two columns.",
            )


def _absent_column(
    raw: RawTable, column: Column, problems: list[Problem]
) -> tuple[pd.Series, dict[Hashable, str]]:
    """The column, all missing; a problem unless the study may leave it out."""
    if not column.optional:
        problems.append(
            _at_heading(
                raw,
                column.name,
                found=f"the column {column.name} is not there",
                expected=f"{column.description} ({column.expected()})",
                remedy=f"It is taken as empty: {column.missing}."
                if column.missing
                else f"Add the column{_nearest(raw, column)}.",
                severity="notice" if column.missing else "error",
            )
        )
    values, _ = convert(pd.Series(index=raw.cells.index, dtype=object), column)
    return values, {}


def _nearest(raw: RawTable, column: Column) -> str:
    spare = [name for name in raw.cells.columns if name not in COLUMNS[raw.name]]
    near = closest(column.name, spare)
    return f" (rename {near[13:-2]}?)" if near else ""


def _days(
    raw: RawTable, column: Column, index_dates: dict[str, dt.date]
) -> tuple[pd.Series, dict[Hashable, str]]:
    """Days since day 0 from a column of dates."""
    cells = raw.cells[column.date_name]
    patients = raw.cells.get("patient_id", pd.Series("", index=cells.index))
    days: dict[Hashable, int | None] = {}
    wrong: dict[Hashable, str] = {}
    for row, cell, patient in zip(cells.index, cells, patients, strict=True):
        try:
            days[row] = _day(cell, str(patient).strip(), index_dates)
        except CellError as error:
            days[row], wrong[row] = None, str(error)
    return pd.Series(days, index=cells.index, dtype=object).astype("Int64"), wrong


def _day(cell: Any, patient: str, index_dates: dict[str, dt.date]) -> int | None:
    if is_empty(cell):
        return None
    if patient not in index_dates:
        raise CellError(f"Give the index_date of {patient} in the patient table, or days.")
    return (read_date(cell) - index_dates[patient]).days


@cache
def _schema(name: str) -> DataFrameSchema:
    """A table's schema without its types, which `convert` gives and pandera is slow to check."""
    schema = MODELS[name].to_schema()
    return schema.update_columns({column: {"dtype": None} for column in schema.columns})


def _against_schema(
    raw: RawTable, table: pd.DataFrame, wrong: set[tuple[str, Hashable]]
) -> Iterator[Problem]:
    """What pandera finds, in the user's terms; cells that already have a problem are left out."""
    columns = COLUMNS[raw.name]
    try:
        with (
            warnings.catch_warnings()
        ):  # pandera joins its findings in a way that pandas will change
            warnings.simplefilter("ignore", FutureWarning)
            _schema(raw.name).validate(table, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
    else:
        return
    duplicated = cases["check"] == "multiple_fields_uniqueness"
    if duplicated.any():
        yield from _duplicates(raw, table)
    for name, row in cases.loc[~duplicated, ["column", "index"]].itertuples(index=False):
        column = columns.get(name)
        if row is None or column is None or (name, row) in wrong:
            continue
        missing = pd.isna(table.at[row, name])
        if missing and name not in raw.cells and column.date_name not in raw.cells:
            continue
        remedy = "Fill it in: it may not be empty." if missing else _remedy(column, table, row)
        yield at_cell(raw, row, column, column.expected(), remedy)


def _remedy(column: Column, table: pd.DataFrame, row: Hashable) -> str:
    if column.codes:
        return f"{closest(str(table.at[row, column.name]), column.codes)}Correct the code."
    if column.unit:
        return f"Check the value and its unit ({column.unit})."
    return "Correct it."


def _duplicates(raw: RawTable, table: pd.DataFrame) -> Iterator[Problem]:
    key = list(key_of(MODELS[raw.name]))
    complete = table.dropna(subset=key)
    first = {values: row for row, values in _keys(complete.drop_duplicates(key), key)}
    for row, values in _keys(complete[complete.duplicated(key)], key):
        yield Problem(
            file=raw.file,
            sheet=raw.sheet,
            table=raw.name,
            row=int(str(row)),
            patient=patient_of(raw, row),
            column=", ".join(key),
            value=", ".join(str(value) for value in values),
            found=f"{', '.join(map(str, values))} is there already in row {first[values]}",
            expected=f"one row for each {', '.join(key)}",
            remedy="Delete the row that is wrong, or correct its key.",
        )


def _keys(table: pd.DataFrame, key: list[str]) -> Iterator[tuple[Hashable, tuple[Any, ...]]]:
    return zip(table.index, table[key].itertuples(index=False, name=None), strict=True)


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
