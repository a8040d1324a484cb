"""A study's tables brought into the schema's types and checked against it, all problems at once."""

from collections.abc import Hashable, Iterator

import pandas as pd

from compendium.called import command
from compendium.study.against_schema import against_schema
from compendium.study.cells import convert
from compendium.study.dated import IndexDates, days_of_dates, index_dates
from compendium.study.headers import UNTIL_THEN
from compendium.study.laboratory import read_laboratory, sign_of
from compendium.study.nearest import closest
from compendium.study.places import at_cell, at_heading
from compendium.study.problems import Problem
from compendium.study.reading import RawTable, Reading
from compendium.tables import COLUMNS, MODELS, REQUIRED_TABLES, Column, empty_table

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
    dates = index_dates(reading, problems)
    for name, model in MODELS.items():
        raw = reading.tables.get(name)
        if raw is not None:
            tables[name] = _check_table(raw, dates, problems)
            if name == "patient" and tables[name].empty:
                problems.append(_no_patients(raw))
            continue
        tables[name] = empty_table(model)
        looked = reading.tables or reading.broken or not reading.problems
        if name in REQUIRED_TABLES and name not in reading.broken and looked:
            problems.append(_absent(name, shown_dir))
    return tables, problems


def comparable(reading: Reading) -> bool:
    """Whether the tables can be compared with each other: none is broken or lacking.

    Else all that such a comparison found would only follow from what is told already.
    """
    return not reading.broken and set(REQUIRED_TABLES) <= set(reading.tables)


def _absent(name: str, shown_dir: str) -> Problem:
    return Problem(
        file=shown_dir,
        table=name,
        found=f"the table {name} is not here",
        expected=f"tables/{name}.csv, or a sheet {name} in the workbook",
        remedy=f"Every study needs it: {command('new-study')} writes its template.{UNTIL_THEN}",
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


def _check_table(raw: RawTable, dates: IndexDates | None, problems: list[Problem]) -> pd.DataFrame:
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
            values, complaints = days_of_dates(raw, column, dates, problems)
        elif name in raw.cells:
            values, complaints = convert(raw.cells[name], column)
        else:
            values, complaints = _absent_column(raw, column, problems)
        typed[name] = values
        for row, remedy in complaints.items():
            wrong.add((name, row))
            if remedy:
                problems.append(at_cell(raw, row, column, column.expected(), remedy))
    table = pd.DataFrame(typed, index=raw.cells.index)
    problems.extend(against_schema(raw, table, wrong))
    return table


def _unknown_columns(raw: RawTable, columns: dict[str, Column]) -> Iterator[Problem]:
    known = set(columns) | {column.date_name for column in columns.values() if column.is_day}
    for name in raw.cells.columns:
        if name and name not in known:
            yield at_heading(
                raw,
                name,
                found=f"the table {raw.name} has no column {name}",
                expected="a column of: " + ", ".join(columns),
                remedy=f"{closest(name, known)}Rename it, or delete it.",
            )
        column = columns.get(name)
        if column is not None and column.is_day and column.date_name in raw.cells:
            yield at_heading(
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
            at_heading(
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
