"""Columns of laboratory values: a value beyond a limit of detection keeps its sign.

`<0.04` becomes the value 0.04 and the sign <. What it says to a rule is in `comparing.bounds`.
"""

from collections.abc import Hashable

import pandas as pd

from compendium.comparing import BELOW, sign_column
from compendium.study.cells import convert, is_empty, read_sign, split_sign
from compendium.tables import Column

Complaints = dict[Hashable, str]


def read_laboratory(
    cells: pd.DataFrame, column: Column, signs: Column
) -> tuple[pd.Series, pd.Series, dict[str, Complaints]]:
    """A column of laboratory values, their signs, and what is wrong with cells of either column.

    Args:
        cells: of the table as read from the file, with the column, and one of signs if there is.
        column: of the values; `signs`, of their signs.
    """
    pairs = cells[column.name].map(split_sign)
    values, wrong = convert(pairs.str[1], column)
    sign = pairs.map(lambda pair: pair[0] or None).astype(object)
    for row in cells.index[sign.notna()]:
        if is_empty(pairs[row][1]):
            wrong[row] = "Write the limit of detection behind the sign, or leave the cell empty."
        elif sign[row] in BELOW and values[row] == 0:
            wrong[row] = "Nothing lies below 0: write the assay's limit of detection."
    told: Complaints = {}
    if signs.name in cells:
        given, told = convert(cells[signs.name], signs, read_sign)
        for row in cells.index[given.notna() & sign.notna() & (given != sign)]:
            told[row] = f"{column.name} has the sign {sign[row]} itself: leave one of the two."
        for row in cells.index[given.notna() & values.isna()]:
            told.setdefault(row, f"{column.name} has no value: write one, or delete the sign.")
        sign = sign.fillna(given)
    return values, sign, {column.name: wrong, signs.name: told}


def sign_of(column: Column, columns: dict[str, Column]) -> Column:
    """The column of signs that belongs to a column of laboratory values."""
    return columns[sign_column(column.name)]
