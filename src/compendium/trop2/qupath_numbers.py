"""Numbers of a QuPath export in whichever way a country writes them, proved by the file's totals.

QuPath and Excel write 1200 as 1200, 1,200, 1.200 or 1 200, and 94.3 as 94.3 or 94,3. Each way of
writing is tried on the whole file; the one by which every count is whole and every total agrees is
the file's own. Where two ways agree with the totals and differ in a number, nobody can tell.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from compendium.errors import InputError

STRENGTHS = ("Negative", "1+", "2+", "3+")
WEIGHTS = np.array([0, 1, 2, 3])
WAYS = ((".", ","), (",", "."), (".", " "), (",", " "), (".", "'"), (",", "'"))
_NO_NUMBER = ("", "nan", "na", "-")
_SPACES = str.maketrans("\u00a0\u202f\u2009\u2019", "   '")


@dataclass(frozen=True)
class Counting:
    """The columns of an export that count tumour cells, and those that must agree with them.

    Attributes:
        strengths: for each strength its columns, one a tumour class.
        others: columns that count cells of other classes.
        totals: columns that hold the sum of the strengths, if they are there.
        h_score, positive: column of the file's own H-score and positive percentage, or empty.
        detections: column of all detections, or empty.
    """

    strengths: Mapping[str, Sequence[str]]
    others: Sequence[str]
    totals: Sequence[str]
    h_score: str
    positive: str
    detections: str

    @property
    def columns(self) -> list[str]:
        """All columns that are read as numbers."""
        counted = [column for columns in self.strengths.values() for column in columns]
        rest = [*self.totals, self.h_score, self.positive, self.detections]
        return [*counted, *self.others, *(column for column in rest if column)]


def counts_of(shown: str, cells: pd.DataFrame, counting: Counting) -> pd.DataFrame:
    """Cells of each strength, one row a region, proved by the file's own totals.

    Args:
        shown: the file as messages name it.
        cells: text as exported; the index is the row in the file.
        counting: which columns count what.

    Returns:
        Columns Negative, 1+, 2+ and 3+, whole numbers; 0 where a region has no cells.

    Raises:
        InputError: no way of writing numbers fits the totals, or two do and differ.
    """
    readings: list[pd.DataFrame] = []
    refusals: list[str] = []
    for decimal, thousands in WAYS:
        numbers = _as_numbers(cells[counting.columns], decimal, thousands)
        if isinstance(numbers, str):
            refusals.append(numbers)
            continue
        counts = _summed(numbers, counting)
        contradiction = next(_contradictions(cells, numbers, counts, counting), None)
        if contradiction:
            refusals.insert(0, contradiction)
        elif not any(counts.equals(other) for other in readings):
            readings.append(counts)
    if not readings:
        raise InputError(f"{shown}, {refusals[0]}")
    if len(readings) > 1:
        raise InputError(f"{shown}, {_ambiguous(cells, readings, counting)}")
    return readings[0]


def _as_numbers(cells: pd.DataFrame, decimal: str, thousands: str) -> pd.DataFrame | str:
    """The cells as numbers in this way of writing, or what forbids it."""
    mark = re.escape(thousands)
    whole = rf"\d{{1,3}}(?:{mark}\d{{3}})+|\d+"
    form = re.compile(rf"(?:{whole})(?:{re.escape(decimal)}\d*)?(?:[eE][+-]?\d+)?")
    numbers = {}
    for column in cells:
        values = []
        for row, text in cells[column].items():
            text = text.strip().translate(_SPACES)
            if text.lower() in _NO_NUMBER:
                values.append(np.nan)
            elif form.fullmatch(text):
                values.append(float(text.replace(thousands, "").replace(decimal, ".")))
            else:
                return (
                    f"row {row}: {column} is {text!r}; expected a number, written alike in the "
                    "whole file. Export it again from QuPath without opening it in Excel."
                )
        numbers[column] = pd.Series(values, index=cells.index)
    return pd.DataFrame(numbers)


def _summed(numbers: pd.DataFrame, counting: Counting) -> pd.DataFrame:
    return pd.DataFrame(
        {
            strength: numbers[list(columns)].fillna(0).sum(axis=1)
            for strength, columns in counting.strengths.items()
        }
    )


def _contradictions(
    cells: pd.DataFrame, numbers: pd.DataFrame, counts: pd.DataFrame, counting: Counting
) -> Iterator[str]:
    """What the file says of itself that its counts do not."""
    total = counts.sum(axis=1)
    for strength, columns in counting.strengths.items():
        fractions = counts.index[counts[strength] % 1 > 0]
        for row in fractions[:1]:
            text = cells.at[row, columns[0]]
            yield f"row {row}: {columns[0]} is {text!r}; expected a whole number of cells."
    for column in counting.totals:
        yield from _unequal(numbers[column], total, 0.0, "the strengths add up to", column)
    if counting.detections:
        others = numbers[list(counting.others)].fillna(0).sum(axis=1)
        words = "the counts by class add up to"
        yield from _unequal(
            numbers[counting.detections], total + others, 0.0, words, counting.detections
        )
    shares = counts.div(total.where(total > 0), axis=0) * 100
    for column, ours in (
        (counting.h_score, shares.mul(WEIGHTS, axis=1).sum(axis=1)),
        (counting.positive, 100 - shares["Negative"]),
    ):
        if column:
            rounding = cells[column].map(_rounding)
            yield from _unequal(numbers[column], ours, rounding, "the counts give", column)


def _unequal(
    stated: pd.Series, ours: pd.Series, rounding: pd.Series | float, words: str, column: str
) -> Iterator[str]:
    wrong = (stated - ours).abs() > rounding + 1e-9
    for row in stated.index[wrong][:1]:
        yield (
            f"row {row}: {column} is {stated[row]:.10g}, but {words} {ours[row]:.10g}; expected "
            "them to agree. Export it again from QuPath, with all classes counted."
        )


def _rounding(text: str) -> float:
    """Half a unit of the last figure that is written; trailing zeros may have been dropped."""
    figures = re.search(r"[.,](\d+)\s*$", text)
    return 0.5 * 10.0 ** -len(figures[1]) if figures else 0.5


def _ambiguous(cells: pd.DataFrame, readings: list[pd.DataFrame], counting: Counting) -> str:
    first, second = readings[:2]
    row, strength = next(
        (row, str(strength))
        for strength in first
        for row in first.index[first[strength] != second[strength]]
    )
    column = counting.strengths[strength][0]
    return (
        f"row {row}: {column} is {cells.at[row, column]!r}, which may be "
        f"{first.at[row, strength]:g} or {second.at[row, strength]:g}; expected totals that "
        "decide. Export Num Detections and H-score beside the counts."
    )
