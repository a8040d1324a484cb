"""CSV files and workbooks as lists of cells, in whatever form Excel writes them."""

import csv
import io
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

ENCODINGS = ("utf-8-sig", "gb18030")


def read_lines(raw: bytes) -> list[list[str]]:
    """The cells of a CSV file, line by line, in whichever encoding and dialect Excel wrote it.

    Raises:
        ValueError: it is not text, or its quotation marks do not close.
    """
    text = _decoded(raw)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), _delimiter(text), strict=True))
    except csv.Error as error:
        raise ValueError(str(error)) from error


class _Semicolon(csv.excel):
    delimiter = ";"


def _delimiter(text: str) -> type[csv.Dialect]:
    """Excel's dialect of the header: comma, semicolon (comma locales) or tab."""
    header = text.split("\n", 1)[0]
    counts = {
        csv.excel: header.count(","),
        _Semicolon: header.count(";"),
        csv.excel_tab: header.count("\t"),
    }
    return max(counts, key=lambda dialect: counts[dialect])


def _decoded(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16")
    if b"\x00" in raw[:200]:  # UTF-16 without its mark, as some exports write it
        return raw.decode("utf-16-le" if raw[1:2] == b"\x00" else "utf-16-be")
    for encoding in ENCODINGS[:-1]:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode(ENCODINGS[-1])


def read_sheets(path: Path) -> dict[str, list[list[Any]]]:
    """The values of a workbook's sheets, line by line; truth values as the words Excel shows.

    Raises:
        ValueError: it is no workbook of the newer form, or has a password.
    """
    return {
        title: [
            [str(cell).upper() if isinstance(cell, bool) else cell for cell in line]
            for line in lines
        ]
        for title, lines in _sheets(path, values=True)
    }


def formulas_without_result(path: Path) -> list[tuple[str, int, str, str]]:
    """Formulas that no Excel has computed yet, and that would pass for empty cells.

    Returns:
        Sheet, row, the text in the first row of the column, and the formula.
    """
    with zipfile.ZipFile(path) as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
        if not any(b"<f>" in (text := parts.read(name)) or b"<f " in text for name in sheets):
            return []
    values = dict(_sheets(path, values=True))
    return [
        (title, row, str(lines[0][at]), cell)
        for title, lines in _sheets(path, values=False)
        for row, line in enumerate(lines, start=1)
        for at, cell in enumerate(line)
        if isinstance(cell, str) and cell.startswith("=") and values[title][row - 1][at] is None
    ]


def _sheets(path: Path, *, values: bool) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """The sheets of a workbook, with the values of formulas or the formulas themselves."""
    try:
        with warnings.catch_warnings():
            # openpyxl warns of drop-down lists and styles that reading values does not need
            warnings.simplefilter("ignore", UserWarning)
            book = openpyxl.load_workbook(path, read_only=True, data_only=values)
            for sheet in book.worksheets:
                yield sheet.title, list(sheet.iter_rows(values_only=True))
            book.close()
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError) as error:
        raise ValueError(str(error)) from error
