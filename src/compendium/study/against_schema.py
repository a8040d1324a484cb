"""A table in the schema's types against the schema: ranges, codes, empty cells, rows twice."""

import warnings
from collections.abc import Hashable, Iterator
from functools import cache
from typing import Any

import pandas as pd
from pandera.errors import SchemaErrors
from pandera.pandas import DataFrameSchema

from compendium.study.nearest import closest
from compendium.study.places import at_cell, patient_of
from compendium.study.problems import Problem
from compendium.study.reading import RawTable
from compendium.tables import COLUMNS, MODELS, Column, key_of


@cache
def _schema(name: str) -> DataFrameSchema:
    """A table's schema without its types, which `convert` gives and pandera is slow to check."""
    schema = MODELS[name].to_schema()
    return schema.update_columns({column: {"dtype": None} for column in schema.columns})


def against_schema(
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
