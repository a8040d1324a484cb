"""Where a table's header stands, and which table a sheet of another name is."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from compendium.called import command
from compendium.study.nearest import closest
from compendium.study.problems import Problem
from compendium.tables import COLUMNS

PATIENT = "patient_id"
WITHIN_ROWS = 20
FEWEST_NAMES, LEAST_SHARE = 3, 0.6
UNTIL_THEN = " Until then the tables are not compared with each other."


def names_in(line: Sequence[Any]) -> list[str]:
    """The cells of a line as names of columns, without empty ones at its end."""
    names = ["" if cell is None else str(cell).strip() for cell in line]
    while names and not names[-1]:
        names.pop()
    return names


def known_names(table: str) -> set[str]:
    """All headers that a table may have: its columns, and those of dates in place of days."""
    columns = COLUMNS[table].values()
    return {column.name for column in columns} | {column.date_name for column in columns}


def header_at(table: str, lines: Sequence[Sequence[Any]]) -> int | None:
    """Position of the line that names the table's columns; None where none does."""
    known = known_names(table)
    counts = [len(known.intersection(names_in(line))) for line in lines[:WITHIN_ROWS]]
    most = max(counts, default=0)
    if not most:
        return None
    return 0 if 2 * counts[0] >= most else counts.index(most)


def table_with_columns_of(lines: Sequence[Sequence[Any]]) -> str | None:
    """The one table whose columns a sheet has, whatever its name."""
    best: dict[str, int] = {}
    for line in lines[:WITHIN_ROWS]:
        names = {name for name in names_in(line) if name}
        for table in COLUMNS:
            found = len(known_names(table) & names)
            if found >= FEWEST_NAMES and found >= LEAST_SHARE * len(names):
                best[table] = max(found, best.get(table, 0))
    most = max(best.values(), default=0)
    fitting = [table for table, found in best.items() if found == most]
    return fitting[0] if len(fitting) == 1 else None


def misplaced_header(
    table: str, file: str, sheet: str, lines: Sequence[Sequence[Any]]
) -> Problem | None:
    """What is wrong with the table's header as a whole: the cause of all else, and told alone."""
    at = header_at(table, lines)
    names = names_in(lines[0]) if lines else []
    template = f"Copy the first row from the template of {command('new-study')}."
    if at is None and names:
        found = f"row 1 names no column of the table {table}: {', '.join(names[:5])}"
        remedy = template
    elif at is None:
        found, remedy = "there is no header", template
    elif at > 0:
        above = "row 1" if at == 1 else f"rows 1 to {at}"
        found, remedy = f"the header is in row {at + 1}", f"Delete {above}."
    elif PATIENT not in names:
        found = f"the column {PATIENT} is not there"
        spare = [name for name in names if name not in known_names(table)]
        remedy = f"{closest(PATIENT, spare)}Name it {PATIENT}, or add it: every row needs it."
    else:
        return None
    return Problem(
        file=file,
        sheet=sheet,
        table=table,
        row=1,
        found=found,
        expected="the names of the columns in the first row",
        remedy=remedy + UNTIL_THEN,
    )


def renamed(file: str, sheet: str, table: str) -> Problem:
    """A table under another name."""
    what = f"a sheet named {table}" if sheet else f"a file named {table}.csv"
    return Problem(
        file=file,
        sheet=sheet,
        table=table,
        found=f"it has the columns of the table {table}",
        expected=what,
        remedy=f"Rename it to {table}{'' if sheet else '.csv'}.{UNTIL_THEN}",
    )


def header_problems(table: str, file: str, sheet: str, header: Sequence[str]) -> Iterable[Problem]:
    """Columns without a name, and names that are there twice."""
    for place, found, remedy in _faults(header):
        yield Problem(
            file=file,
            sheet=sheet,
            table=table,
            row=1,
            column=place,
            found=found,
            expected="each column named, and once only",
            remedy=remedy,
        )


def _faults(header: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    for position, column in enumerate(header, start=1):
        if not column:
            yield "", f"column {position} has no name", "Name it, or delete the column."
        elif header.index(column) != position - 1:
            yield column, f"column {column} is there twice", "Delete one of the two."
