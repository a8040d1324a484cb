"""A study's files read as they stand: every cell as it was typed, with its row in the file."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Any

import pandas as pd

from compendium.called import command
from compendium.files import hidden
from compendium.remembered import digest
from compendium.study.headers import (
    header_problems,
    misplaced_header,
    names_in,
    renamed,
    table_with_columns_of,
)
from compendium.study.nearest import closest
from compendium.study.problems import Problem
from compendium.study.spreadsheets import formulas_without_result, read_lines, read_sheets
from compendium.tables import MODELS

FOREIGN_SHEETS = ("readme", "codes")


@dataclass(frozen=True)
class RawTable:
    """A table as it stands in a file.

    Attributes:
        cells: one column a header, values as read (text, or Excel's own types); the index is the
            row as seen in the file, the header being row 1.
    """

    name: str
    file: str
    sheet: str
    cells: pd.DataFrame


@dataclass
class Reading:
    """All tables of a study as they stand, and what could not be read.

    Attributes:
        broken: tables that are there and cannot be taken as such, for one cause that is told.
    """

    tables: dict[str, RawTable] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


def content_of(study_dir: Path) -> str:
    """Hash of all that a study is read from: names and bytes of its files, images apart."""
    folders = (study_dir, study_dir / "tables")
    files = sorted(path for folder in folders for path in folder.glob("*") if path.is_file())
    return digest(
        part
        for path in files
        if not hidden(path.name)
        for part in (path.relative_to(study_dir).as_posix().encode(), _bytes_of(path))
    )


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:  # who reads its tables says what to do about it
        return repr(error).encode()


def read_study_files(study_dir: Path, shown_dir: str) -> Reading:
    """The tables of a study folder: tables/*.csv, or one workbook with a sheet a table.

    Args:
        study_dir: the study's folder.
        shown_dir: the folder as it is to be named in messages.
    """
    reading = Reading()
    csv_files = sorted((study_dir / "tables").glob("*.[cC][sS][vV]"))
    books = sorted(
        path for path in study_dir.glob("*.[xX][lL][sS]*") if not path.name.startswith("~$")
    )
    if csv_files and books:
        _two_forms(reading, shown_dir, books[0].name)
    elif len(books) > 1:
        _many_books(reading, shown_dir, books)
    elif books:
        _read_workbook(reading, books[0], f"{shown_dir}/{books[0].name}")
    elif csv_files:
        there = {path.stem for path in csv_files}
        for path in csv_files:
            _read_csv(reading, path, f"{shown_dir}/tables/{path.name}", there)
        reading.problems.extend(_not_read(study_dir / "tables", shown_dir))
    else:
        reading.problems.append(
            Problem(
                file=shown_dir,
                found="no tables here",
                expected="tables/<table>.csv, or one .xlsx workbook with a sheet a table",
                remedy=f"Write templates with {command(f'new-study {shown_dir}')}.",
            )
        )
    return reading


def _not_read(folder: Path, shown_dir: str) -> Iterator[Problem]:
    """Files beside the tables that are no tables."""
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() != ".csv" and not path.name.startswith((".", "~$")):
            yield Problem(
                file=f"{shown_dir}/tables/{path.name}",
                found="it is not read",
                expected="tables as .csv files only",
                remedy="Save it as CSV under its table's name, or move it out of the folder.",
                severity="notice",
            )


def _two_forms(reading: Reading, shown_dir: str, book: str) -> None:
    reading.problems.append(
        Problem(
            file=shown_dir,
            found=f"both {book} and tables/*.csv are here",
            expected="the tables in one form only",
            remedy="Move one of the two out of the study's folder.",
        )
    )


def _many_books(reading: Reading, shown_dir: str, books: list[Path]) -> None:
    reading.problems.append(
        Problem(
            file=shown_dir,
            found=f"{len(books)} workbooks are here: " + ", ".join(book.name for book in books),
            expected="one workbook",
            remedy="Keep the current one and move the others out of the study's folder.",
        )
    )


def _foreign_table(
    reading: Reading,
    file: str,
    sheet: str,
    name: str,
    lines: list[list[Any]],
    there: Collection[str],
) -> None:
    """A sheet or file under no table's name: one that was renamed, or none of the study's."""
    meant = table_with_columns_of(lines)
    if meant is not None and meant not in there:
        reading.broken.add(meant)
        reading.problems.append(renamed(file, sheet, meant))
        return
    told = Problem(
        file=file,
        sheet=sheet,
        found=f"there is no table {name}",
        expected="a table of: " + ", ".join(MODELS),
        remedy=f"{closest(name, MODELS)}Rename it, or move it out of the study.",
    )
    reading.problems.append(told)


def _read_csv(reading: Reading, path: Path, shown: str, there: Collection[str]) -> None:
    name = path.stem
    try:
        lines: list[list[Any]] = [*read_lines(path.read_bytes())]
    except (ValueError, OSError) as error:
        reading.problems.append(
            Problem(
                file=shown,
                table=name if name in MODELS else "",
                found=f"it cannot be read ({error})",
                expected="a CSV file, in UTF-8 or GB18030",
                remedy="Open it in Excel and save it again as “CSV UTF-8”.",
            )
        )
        reading.broken.add(name)
        return
    if name in MODELS:
        _add_table(reading, name, shown, "", lines)
    else:
        _foreign_table(reading, shown, "", name, lines, there)


def _read_workbook(reading: Reading, path: Path, shown: str) -> None:
    try:
        sheets = read_sheets(path)
        uncomputed = formulas_without_result(path)
    except ValueError as error:
        reading.problems.append(
            Problem(
                file=shown,
                found=f"it cannot be read as a workbook ({error})",
                expected="an .xlsx workbook without a password",
                remedy="Open it in Excel and save it again as “Excel workbook (.xlsx)”.",
            )
        )
        return
    there = {title.strip().lower() for title, lines in sheets.items() if any(map(_filled, lines))}
    for title, lines in sheets.items():
        name = title.strip().lower()
        if name in FOREIGN_SHEETS or not any(_filled(line) for line in lines):
            continue
        if name in MODELS:
            _add_table(reading, name, shown, title, lines)
        else:
            _foreign_table(reading, shown, title, title, lines, there)
    for title, row, column, formula in uncomputed:
        reading.problems.append(
            Problem(
                file=shown,
                sheet=title,
                table=title.strip().lower(),
                row=row,
                column=column,
                value=formula,
                found=f"{formula} has no result yet",
                expected="a value, or a formula that Excel has computed",
                remedy="Open the workbook in Excel and save it, or write the value.",
            )
        )


def _filled(line: Sequence[Any]) -> bool:
    for cell in line:
        if cell is not None and not (isinstance(cell, str) and not cell.strip()):
            return True
    return False


def _add_table(reading: Reading, name: str, file: str, sheet: str, lines: list[list[Any]]) -> None:
    """Give the lines their header; lines that do not fit under it are problems."""
    cause = misplaced_header(name, file, sheet, lines)
    if cause is not None:
        reading.broken.add(name)
        reading.problems.append(cause)
        return
    header = names_in(lines[0])
    numbers, rows = _rows_under(reading, name, file, sheet, header, lines)
    reading.problems.extend(header_problems(name, file, sheet, header))
    index = pd.Index(numbers, dtype="int64")
    by_column = list(zip(*rows, strict=True)) or [()] * len(header)
    cells = pd.DataFrame(
        {
            column: pd.Series(by_column[i], index=index, dtype=object)
            for i, column in enumerate(header)
            if header.index(column) == i
        },
        index=index,
    )
    reading.tables[name] = RawTable(name, file, sheet, cells)


def _rows_under(
    reading: Reading, name: str, file: str, sheet: str, header: list[str], lines: list[list[Any]]
) -> tuple[list[int], list[list[Any]]]:
    """The lines that fit under the header, with their numbers; the others are problems."""
    if not sheet and _all_full(lines, len(header)):
        return list(range(2, len(lines) + 1)), lines[1:]
    numbers: list[int] = []
    rows: list[list[Any]] = []
    for number, line in enumerate(lines[1:], start=2):
        if not _filled(line):
            continue
        if len(line) == len(header) or (sheet and not _filled(line[len(header) :])):
            numbers.append(number)
            rows.append((line + [None] * len(header))[: len(header)])
        else:
            reading.problems.append(_ragged(name, file, sheet, number, len(line), len(header)))
    return numbers, rows


def _all_full(lines: list[list[str]], width: int) -> bool:
    """True where all lines have so many cells and a first one that is not empty."""
    first = map(itemgetter(0), lines)
    return set(map(len, lines)) == {width} and all(map(str.strip, first))


def _ragged(name: str, file: str, sheet: str, row: int, found: int, expected: int) -> Problem:
    return Problem(
        file=file,
        sheet=sheet,
        table=name,
        row=row,
        found=f"{found} cells",
        expected=f"{expected}, one under each column's name",
        remedy="Put text with a comma in quotation marks, and remove cells beside the table.",
    )
