"""Counts of so few people that they may be known by them, and tables with a row a person."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

THRESHOLD = 5
PERSON_KEYS = frozenset({"patient_id", "lesion_id", "scan_id"})
COUNT_COLUMN = re.compile(
    r"(?:^|_)(?:n|count|counts|events?|deaths?|patients|lesions|at_risk|censored|entered|excluded|"
    r"remaining|removed|total)(?:_|$)"
)
COUNT_UNITS = {"patients", "lesions", "events", "deaths", "scans", "progressions"}
COUNT_IN_TEXT = re.compile(r"^\s*(\d+)\s*(?:\(\s*[\d.]+\s*%?\s*\)|/\s*\d+|of \d+)")


def has_a_row_a_person(frame: pd.DataFrame) -> bool:
    """True where a table names patients, lesions or scans."""
    return bool(PERSON_KEYS & set(frame.columns))


def small_cells(frame: pd.DataFrame, threshold: int = THRESHOLD) -> dict[str, list[int]]:
    """Rows (as seen in the file, the heading being 1) of small counts, by column.

    Args:
        frame: a table as published.
        threshold: counts from 1 to below it are small; zero tells of nobody.
    """
    found = {
        str(name): [
            row
            for row, value in enumerate(frame[name], start=2)
            if _is_small(name, value, threshold)
        ]
        for name in frame.columns
    }
    return {name: rows for name, rows in found.items() if rows}


def _is_small(column: object, value: object, threshold: int) -> bool:
    if isinstance(value, str):
        counted = COUNT_IN_TEXT.match(value)
        return bool(counted) and 0 < int(counted[1]) < threshold  # type: ignore[index]
    named = COUNT_COLUMN.search(str(column).lower())
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
    return bool(named) and whole and 0 < float(str(value)) < threshold


def small_numbers(
    entries: list[Mapping[str, Any]], threshold: int = THRESHOLD
) -> Iterator[tuple[str, str]]:
    """Reported numbers that are, or rest on, a small count: id and which part."""
    for entry in entries:
        value = entry["value"]
        if entry["unit"] in COUNT_UNITS and isinstance(value, int) and 0 < value < threshold:
            yield entry["id"], "value"
        for part in ("n", "events"):
            if entry[part] is not None and 0 < entry[part] < threshold:
                yield entry["id"], part


def rounded(frame: pd.DataFrame, threshold: int = THRESHOLD) -> pd.DataFrame:
    """The table with counts that are safe to publish.

    A Kaplan–Meier table keeps only the times at which another `threshold` events have happened,
    so that no step is one person; elsewhere small counts become `<threshold` and others the
    nearest multiple of it. Zero stays.
    """
    if {"at_risk", "events"} <= set(frame.columns):
        frame = _thinned(frame, threshold)
    safe = frame.copy()
    for name in frame.columns:
        if COUNT_COLUMN.search(str(name).lower()) and pd.api.types.is_numeric_dtype(frame[name]):
            safe[name] = frame[name].map(lambda value: _rounded(value, threshold))
        elif not pd.api.types.is_numeric_dtype(frame[name]):
            small = [_is_small(name, value, threshold) for value in frame[name]]
            safe[name] = frame[name].mask(pd.Series(small, index=frame.index), f"<{threshold}")
    return safe


def _rounded(value: float, threshold: int) -> object:
    if pd.isna(value) or value == 0:
        return value
    return (
        f"<{threshold}"
        if value < threshold
        else int(threshold * ((value + threshold / 2) // threshold))
    )


def _thinned(frame: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Rows of a survival table at which the events so far reach another multiple of threshold."""
    groups = [name for name in ("group", "arm", "stratum", "curve") if name in frame.columns]
    keys = [frame[name] for name in groups] or [pd.Series(0, index=frame.index)]
    so_far = frame["events"].groupby(keys).cumsum() // threshold
    steps = so_far.groupby(keys).diff().fillna(so_far) > 0
    thin = frame[steps].copy()
    thin["events"] = (
        so_far[steps].groupby([k[steps] for k in keys]).diff().fillna(so_far) * threshold
    )
    return thin

