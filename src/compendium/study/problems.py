"""What is wrong with a study's tables: each problem names its place, the value and the remedy."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from compendium.called import command
from compendium.formatting import visible

Severity = Literal["error", "deviation", "notice"]
"""error: the study cannot be analysed; deviation: from the protocol; notice: worth a look."""

SHOWN_OF_A_KIND = 5


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing to look at in the study's files.

    Attributes:
        file: as the user knows it; `sheet` where it is a workbook.
        table: the table of the schema, empty where none could be told.
        row: row as seen in the file (the header is row 1); `patient`, its pseudonym.
        column, value: the cell.
        found: what is there; `expected`, what was expected; `remedy`, what to do.
    """

    file: str
    sheet: str = ""
    table: str = ""
    row: int | None = None
    patient: str = ""
    column: str = ""
    value: str = ""
    found: str
    expected: str
    remedy: str
    severity: Severity = "error"

    @property
    def place(self) -> str:
        """File, sheet, row, patient and column, as far as they are known."""
        place = self.file
        if self.sheet:
            place += f", sheet {self.sheet}"
        if self.row is not None:
            place += f", row {self.row}"
        if self.patient:
            place += f" ({self.patient})"
        if self.column:
            place += f", column {self.column}"
        return place

    def __str__(self) -> str:
        return visible(f"{self.place}: {self.found}; expected {self.expected}. {self.remedy}")


def errors_of(problems: Iterable[Problem]) -> list[Problem]:
    """The problems that stop the analysis."""
    return [problem for problem in problems if problem.severity == "error"]


def as_frame(problems: Iterable[Problem], severity: Severity) -> pd.DataFrame:
    """The problems of one severity as a table: table, patient_id, column, found, expected."""
    chosen = [problem for problem in problems if problem.severity == severity]
    return pd.DataFrame(
        [(p.table, p.patient, p.column, p.found, p.expected) for p in chosen],
        columns=["table", "patient_id", "column", "found", "expected"],
    )


def by_kind(problems: Iterable[Problem]) -> list[list[Problem]]:
    """The problems by kind, causes first: files, headings and whole columns, then cells.

    Cells are checked before rows of several tables are compared, so that what comes later may
    follow from what came before; that order stays. One kind is what is expected of one column.
    """
    kinds: dict[tuple[str, ...], list[Problem]] = {}
    for problem in sorted(problems, key=lambda one: one.row not in (None, 1)):
        key = (problem.file, problem.table, problem.column, problem.expected)
        kinds.setdefault(key, []).append(problem)
    return list(kinds.values())


def first_of(kind: list[Problem], most: int | None) -> tuple[list[Problem], str]:
    """The first problems of a kind, and a line that counts the others; empty where none is left."""
    if most is None or len(kind) <= most + 1:
        return kind, ""
    rest = kind[most:]
    rows = [problem.row for problem in rest if problem.row is not None]
    where = f", in rows {min(rows):,} to {max(rows):,}" if rows else ""
    return kind[:most], f"… and {len(rest):,} more of this kind{where}"


def summary(problems: list[Problem], most: int = 20) -> str:
    """The problems as text, one a line, causes first, at most so many lines."""
    lines: list[str] = []
    for kind in by_kind(problems):
        shown, more = first_of(kind, SHOWN_OF_A_KIND)
        lines += [*map(str, shown), *([more] if more else [])]
    if len(lines) > most or len(lines) < len(problems):
        lines = [*lines[:most], f"{len(problems):,} in all; {command('validate')} lists them."]
    return "\n".join(lines)
