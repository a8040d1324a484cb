"""Tables as others see them: counts shown by one rule, rows of persons by their summary."""

import math
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from compendium.published import PERSON_KEYS
from compendium.results.record import Output
from compendium.rows import Row, Sensitivity
from compendium.suppression.counts import MANY, Counts

BLANK = "…"
DIGITS = 4  # of a measure; more of them tell single values
SUMMARISED = "In this copy a summary stands in place of the rows."
SUMMARY = {
    "column": "Column",
    "values": "Values",
    "lower_quartile": "Lower quartile",
    "median": "Median",
    "upper_quartile": "Upper quartile",
}


def public_table(
    output: Output,
    frame: pd.DataFrame,
    counts: Counts,
    blank: Collection[tuple[int, str]] = (),
) -> tuple[Output, pd.DataFrame]:
    """A table and its record as others see them.

    Args:
        output: the record of a table.
        frame: its rows.
        counts: how counts are shown.
        blank: rows and columns that are left blank beside that.
    """
    if output.sensitivity is Sensitivity.NONE:
        return output, frame
    if output.sensitivity is Sensitivity.PERSON:
        return _summary(output, frame, counts)
    safe = frame.drop(columns=[name for name in output.names if name in frame])
    safe = _withhold(safe, output, _too_few(frame, output, counts), counts)
    for column, of in output.shares.items():
        safe = _withhold_shares(safe, frame, column, of, counts)
    people = [name for name in output.people if name in safe]
    for name in (str(column) for column in safe.columns):
        show = counts_shown if name in people else measures_shown
        safe[name] = show(safe[name], counts)
    for row, column in blank:
        safe[column] = safe[column].astype(object)
        safe.loc[safe.index[row], column] = BLANK
    return _record(output, safe, counts, people), safe


def counts_shown(column: "pd.Series[Any]", counts: Counts) -> "pd.Series[Any]":
    """A column of counts, or of texts that hold some."""
    if pd.api.types.is_numeric_dtype(column):
        shown = [counts.shown(value) for value in column.tolist()]
        return pd.Series(shown, index=column.index, name=column.name, dtype=_kind(shown))
    return column.map(lambda value: counts.cell(value) if isinstance(value, str) else value)


def measures_shown(column: "pd.Series[Any]", counts: Counts) -> "pd.Series[Any]":
    """A column that counts nobody: measures to a few digits, texts without small counts."""
    if pd.api.types.is_bool_dtype(column):
        return column
    if pd.api.types.is_float_dtype(column):
        return column.map(measure)
    return column.map(lambda value: counts.text(value) if isinstance(value, str) else value)


def measure(value: float) -> float:
    """A measure to so many digits as a reader needs; the digits before the point all stay."""
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, max(0, DIGITS - 1 - math.floor(math.log10(abs(value)))))


def hidden_share(p: object, n: object, counts: Counts) -> bool:
    """True where the share of n people, or the share of the others, counts too few of them."""
    if not isinstance(p, int | float) or not isinstance(n, int | float):
        return False
    had = p * n
    return bool(0 < round(had, 6) < counts.least or 0 < round(n - had, 6) < counts.least)


def too_few(counts: Counts) -> str:
    """The reason for which an estimate is not shown."""
    return f"fewer than {counts.least} people, not shown"


def _kind(values: Collection[object]) -> Any:
    """Whole numbers stay whole; a text, or a missing one, among them makes a column of objects."""
    texts = any(isinstance(value, str) for value in values)
    missing = any(isinstance(value, float) and math.isnan(value) for value in values)
    return object if texts or (missing and values) else None


def _too_few(frame: pd.DataFrame, output: Output, counts: Counts) -> "pd.Series[bool]":
    """Rows whose measures rest on too few people."""
    few = pd.Series(False, index=frame.index)
    for name in (name for name in output.rests_on if name in output.people):
        few |= frame[name].map(lambda value: counts.small(value))
    return few


def _withhold(
    safe: pd.DataFrame, output: Output, few: "pd.Series[bool]", counts: Counts
) -> pd.DataFrame:
    """The table without the measures of some rows."""
    if not few.any():
        return safe
    floats = [
        name
        for name in safe.select_dtypes("float").columns
        if name not in output.people and name != "level"
    ]
    safe = safe.copy()
    safe.loc[few, floats] = np.nan
    if "reason" in safe:
        safe.loc[few, "reason"] = too_few(counts)
    return safe


def _withhold_shares(
    safe: pd.DataFrame, frame: pd.DataFrame, column: str, of: str, counts: Counts
) -> pd.DataFrame:
    """The table without shares that tell a small count; others have two decimals."""
    units = frame["unit"].fillna("") if "unit" in frame else pd.Series("", index=frame.index)
    pairs = zip(frame[column], frame[of], units, strict=True)
    few = pd.Series(
        [not unit and hidden_share(p, n, counts) for p, n, unit in pairs], index=frame.index
    )
    safe = safe.copy()
    safe.loc[units == "", column] = safe.loc[units == "", column].round(2)
    own = [name for name in (column, "low", "high") if name in safe]
    safe.loc[few, own if column == "estimate" else [column]] = np.nan
    if "reason" in safe:
        safe.loc[few, "reason"] = too_few(counts)
    return safe


def _record(output: Output, safe: pd.DataFrame, counts: Counts, people: list[str]) -> Output:
    headings = {name: counts.text(said) for name, said in output.headings.items() if name in safe}
    texts = [name for name in map(str, safe.columns) if safe[name].dtype == object]
    return replace(
        output,
        caption=counts.text(output.caption),
        headings=headings,
        people=people,
        names=[],
        texts=[name for name in texts if not _any_missing_count(safe[name], name, people)],
    )


def _any_missing_count(column: "pd.Series[Any]", name: str, people: Collection[str]) -> bool:
    return name in people and bool(column.isna().any())


def _summary(output: Output, frame: pd.DataFrame, counts: Counts) -> tuple[Output, pd.DataFrame]:
    """Quartiles of each column that is shown, in place of rows of persons.

    A quantile stands where at least as many people as the threshold are on either side of it.
    """
    shown = [name for name in output.headings if name not in PERSON_KEYS]
    people = frame["patient_id"] if "patient_id" in frame else pd.Series(frame.index, frame.index)
    rows = [
        _quantiles(output.headings[name], frame[name], people, counts)
        for name in shown
        if _measured(frame[name])
    ]
    rows = rows or [_quantiles(str(output.rows), pd.Series(dtype=float), people, counts)]
    safe = pd.DataFrame(rows, columns=list(SUMMARY))
    record = replace(
        output,
        rows=Row.VARIABLE,
        sensitivity=Sensitivity.GROUP,
        caption=f"{counts.text(output.caption)} {SUMMARISED}".strip(),
        texts=["column"] + ["values"] * (safe["values"].dtype == object),
        people=["values"],
        headings=SUMMARY,
        formats={},
        max_rows=output.max_rows and 40,
        rests_on=[],
        shares={},
        links=[],
    )
    return record, safe


def _measured(column: "pd.Series[Any]") -> bool:
    kinds = pd.api.types
    numeric = kinds.is_numeric_dtype(column) and not kinds.is_bool_dtype(column)
    return numeric and bool(column.notna().any())


def _quantiles(
    name: str, values: "pd.Series[Any]", people: "pd.Series[Any]", counts: Counts
) -> dict[str, object]:
    numbers = values.dropna().astype(float)
    persons = people.loc[numbers.index].nunique() if len(numbers) else people.nunique()
    known = min(len(numbers) or len(people), persons if counts.small(persons) else MANY)
    row: dict[str, object] = {"column": name, "values": counts.shown(known)}
    for label, share in (("lower_quartile", 0.25), ("median", 0.5), ("upper_quartile", 0.75)):
        enough = len(numbers) and persons * min(share, 1 - share) >= counts.least
        row[label] = measure(float(numbers.quantile(share))) if enough else math.nan
    return row
