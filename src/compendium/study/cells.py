"""Cells as people type them, turned into text, numbers, yes/no and days; nothing is guessed."""

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pandas as pd

from compendium.tables import DTYPES, Column, Kind

EMPTY = ("", "NA")
_LARGEST_WHOLE = 2**53
_YES = ("yes", "y", "true", "1", "是")
_NO = ("no", "n", "false", "0", "否")
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?(0*|\d{4,}),\d+|[+-]?\d+,(\d{1,2}|\d{4,})")
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}([.,])\d{3}")
_ENGLISH = re.compile(r"[+-]?\d{1,3}(,\d{3})+\.\d*|[+-]?\d{1,3}(,\d{3}){2,}")
_CONTINENTAL = re.compile(r"[+-]?\d{1,3}(\.\d{3})+,\d*|[+-]?\d{1,3}(\.\d{3}){2,}")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]0{1,2}:00(?::00)?)?")


SIGNED = re.compile(r"(<=|=<|>=|=>|[<>≤≥≦≧⩽⩾]|小于等于|大于等于|不大于|不小于|小于|大于)")
_SIGN = {
    **dict.fromkeys(("<", "小于"), "<"),
    **dict.fromkeys((">", "大于"), ">"),
    **dict.fromkeys(("<=", "=<", "≤", "≦", "⩽", "小于等于", "不大于"), "≤"),
    **dict.fromkeys((">=", "=>", "≥", "≧", "⩾", "大于等于", "不小于"), "≥"),
}


class CellError(ValueError):
    """A cell that cannot be read without guessing; the message says what is to be done."""


def is_empty(cell: Any) -> bool:
    """True where a cell is empty, or holds R's NA."""
    return bool(pd.isna(cell)) or (isinstance(cell, str) and cell.strip() in EMPTY)


def convert(
    cells: pd.Series, column: Column, read: Callable[[Any], Any] | None = None
) -> tuple[pd.Series, dict[Hashable, str]]:
    """A column's cells in the column's type, and what is wrong with those that will not go.

    Args:
        cells: as read from the file.
        read: what reads one cell; by default that of the column's kind.

    Returns:
        The values, missing where a cell is empty or wrong; and {row: what to do} of the wrong ones.
    """
    reader = read or (_reader_of(column.codes) if column.codes else _READERS[column.kind])
    codes, kinds = pd.factorize(cells, use_na_sentinel=True)
    if column.kind == "number" and read is None and any(map(_has_decimal_comma, kinds)):
        reader = _number_beside_commas
    outcomes = [_outcome(reader, cell) for cell in kinds]
    values = np.array([value for value, _ in outcomes] + [None], dtype=object)[codes]
    typed = pd.Series(values, index=cells.index, dtype=object).astype(DTYPES[column.kind])  # type: ignore[call-overload]
    remedies = {code: remedy for code, (_, remedy) in enumerate(outcomes) if remedy}
    failing = np.flatnonzero(np.isin(codes, list(remedies))).tolist()
    return typed, {cells.index[at]: remedies[codes[at]] for at in failing}


def _reader_of(codes: tuple[str, ...]) -> Callable[[Any], str]:
    """What reads a code, in capitals or not; other words stay as they are, to be refused."""
    known = {code.casefold(): code for code in codes}

    def read(cell: Any) -> str:
        text = read_text(cell)
        return known.get(text.strip().casefold(), text)

    return read


def _outcome(reader: Callable[[Any], Any], cell: Any) -> tuple[Any, str | None]:
    if isinstance(cell, str):
        cell = cell.strip()
        if cell in EMPTY:
            return None, None
    try:
        return reader(cell), None
    except CellError as error:
        return None, str(error)


def read_text(cell: Any) -> str:
    """Text; a number that Excel made of a code goes back to its digits."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.isoformat()
    return str(cell)


def read_yes_no(cell: Any) -> bool:
    """True for yes, true, 1, 是; False for no, false, 0, 否."""
    word = read_text(cell).lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise CellError("Write yes or no, or leave the cell empty where that is allowed.")


def read_number(cell: Any) -> float:
    """A number; a comma is read as decimal or thousands only where it is clear which."""
    if isinstance(cell, dt.date | dt.time):
        raise CellError("Format the cell as a number in Excel and type the value again.")
    if isinstance(cell, int | float):
        return float(cell)
    text = unicodedata.normalize("NFKC", str(cell)).replace(" ", "")
    if _PLAIN.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    if _EITHER.fullmatch(text):
        whole = text.replace(",", "")
        raise CellError(
            f"It could be {text.replace(',', '.')} or {whole}: write it with a decimal point, "
            "without a thousands separator."
        )
    if _DECIMAL_COMMA.fullmatch(text):
        return float(text.replace(",", "."))
    if _ENGLISH.fullmatch(text):
        return float(text.replace(",", ""))
    if _CONTINENTAL.fullmatch(text):
        return float(text.replace(".", "").replace(",", "."))
    if SIGNED.match(text):
        raise CellError(
            "The column takes no < or >, for nothing is judged by a limit of it: write the value, "
            "or leave the cell empty and give the reason in missing_reason."
        )
    raise CellError("Write the number only, without its unit; leave the cell empty if unknown.")


def _has_decimal_comma(cell: Any) -> bool:
    return isinstance(cell, str) and bool(_DECIMAL_COMMA.fullmatch(cell.strip()))


def _number_beside_commas(cell: Any) -> float:
    """A number in a column that has decimal commas, where 1.234 may be a thousand."""
    if isinstance(cell, str) and _EITHER.fullmatch(cell):
        raise CellError(
            f"Other cells of this column have decimal commas, so {cell} may be "
            f"{cell.replace(',', '.')} or {re.sub('[.,]', '', cell)}: write the whole column with "
            "decimal points, without thousands separators."
        )
    return read_number(cell)


def split_sign(cell: Any) -> tuple[str, Any]:
    """The sign of a laboratory value (<, ≤, ≥, >; empty without one), and what stands behind it.

    Full-width signs, those of two letters and Chinese words are read, too.
    """
    if not isinstance(cell, str):
        return "", cell
    text = unicodedata.normalize("NFKC", cell).strip()
    found = SIGNED.match(text)
    return (_SIGN[found[0]], text[found.end() :].strip()) if found else ("", cell)


def read_sign(cell: Any) -> str:
    """A sign by itself."""
    sign, rest = split_sign(cell)
    if not sign or rest:
        raise CellError("Write one of <, ≤, ≥, >, or leave the cell empty.")
    return sign


def read_whole(cell: Any) -> int:
    """A whole number."""
    if isinstance(cell, dt.date) or (isinstance(cell, str) and _DATE.fullmatch(cell)):
        raise CellError(
            "A date: give days since day 0, or name the column with _date for _day and give each "
            "patient's index_date."
        )
    number = read_number(cell)
    if not number.is_integer() or abs(number) > _LARGEST_WHOLE:
        raise CellError("Write a whole number.")
    return int(number)


def read_date(cell: Any) -> dt.date:
    """A date: a date cell of Excel, or year first (2019-03-07, 2019/3/7, 2019年3月7日)."""
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    match = _DATE.fullmatch(unicodedata.normalize("NFKC", str(cell)))
    if not match:
        raise CellError("Write the year first, as in 2019-03-07; day/month order is not guessed.")
    try:
        return dt.date(*(int(part) for part in match.groups()))
    except ValueError as error:
        raise CellError(f"There is no such day in the calendar ({error}).") from error


_READERS: dict[Kind, Callable[[Any], Any]] = {
    "text": read_text,
    "yes_no": read_yes_no,
    "number": read_number,
    "whole": read_whole,
}
