"""CSV files and workbooks as lists of cells, in whatever form Excel writes them."""

import csv
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

ENCODINGS = ("utf-8-sig", "gb18030")
LARGEST_MB = 400
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s+ref="([A-Z]+\d+:[A-Z]+\d+)"')
_LEADING_ZEROS = re.compile(r'(?:"([^"]*)")?(0{2,})(?:;.*)?')
_UNREADABLE = (
    InvalidFileException,
    zipfile.BadZipFile,
    zlib.error,
    SyntaxError,
    EOFError,
    LookupError,
    OSError,
    TypeError,
    AttributeError,
    NotImplementedError,
)  # what openpyxl raises on a workbook whose inside is broken; both parsers of XML a SyntaxError


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
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):  # UTF-16 without its mark
        if raw[start:40:2].count(0) > 10:
            return raw.decode(encoding)
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


def merged_down(path: Path) -> dict[str, list[tuple[int, int, int]]]:
    """Cells that are merged over several rows: by sheet, column, first and last row, from 1.

    Raises:
        ValueError: it is no workbook of the newer form, or has a password.
    """
    try:
        with zipfile.ZipFile(path) as parts:
            book = openpyxl.load_workbook(path, read_only=True)
            texts = {s.title: parts.read(s._worksheet_path.lstrip("/")) for s in book.worksheets}
            book.close()
    except (*_UNREADABLE, KeyError) as error:
        raise ValueError(str(error) or type(error).__name__) from error
    found: dict[str, list[tuple[int, int, int]]] = {}
    for title, text in texts.items():
        for ref in _MERGED.findall(text):
            left, top, _, bottom = range_boundaries(ref.decode("ascii"))
            if top < bottom:
                found.setdefault(title, []).append((left, top, bottom))
    return found


def formulas_without_result(path: Path) -> list[tuple[str, int, str, str]]:
    """Formulas that no Excel has computed yet, and that would pass for empty cells.

    Returns:
        Sheet, row, the text in the first row of the column, and the formula.
    """
    try:
        found = _with_formula(path)
    except _UNREADABLE as error:
        raise ValueError(str(error) or type(error).__name__) from error
    if not found:
        return []
    values = dict(_sheets(path, values=True))
    return [
        (title, row, str(lines[0][at]), cell)
        for title, lines in _sheets(path, values=False)
        for row, line in enumerate(lines, start=1)
        for at, cell in enumerate(line)
        if isinstance(cell, str) and cell.startswith("=") and values[title][row - 1][at] is None
    ]


def _with_formula(path: Path) -> bool:
    with zipfile.ZipFile(path) as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
        texts = (parts.read(name) for name in sheets)
        return any(b"<f>" in text or b"<f " in text for text in texts)


def _sheets(path: Path, *, values: bool) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """The sheets of a workbook, with the values of formulas or the formulas themselves."""
    try:
        _not_too_large(path)
        with path.open("rb") as file, warnings.catch_warnings():
            # openpyxl warns of drop-down lists and styles that reading values does not need
            warnings.simplefilter("ignore", UserWarning)
            book = openpyxl.load_workbook(file, read_only=True, data_only=values)
            for sheet in book.worksheets:
                yield sheet.title, [tuple(map(_shown, line)) for line in sheet.iter_rows()]
            book.close()
    except _UNREADABLE as error:
        raise ValueError(str(error) or type(error).__name__) from error


def _not_too_large(path: Path) -> None:
    """Refuse what would fill the memory before openpyxl unpacks it."""
    with zipfile.ZipFile(path) as parts:
        size_mb = sum(part.file_size for part in parts.infolist()) / 2**20
    if size_mb > LARGEST_MB:
        raise InvalidFileException(
            f"it would unpack to {size_mb:.0f} MB, more than {LARGEST_MB} MB; save the sheets that "
            "are meant as CSV"
        )


def _shown(cell: Any) -> Any:
    """A cell's value; a number shown with leading zeros keeps them, for it is an id."""
    value = cell.value
    if isinstance(value, int) and not isinstance(value, bool):
        zeros = _LEADING_ZEROS.fullmatch(cell.number_format)
        if zeros:
            return f"{zeros[1] or ''}{value:0{len(zeros[2])}d}"
    return value
