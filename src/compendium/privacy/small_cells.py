"""Counts of so few people that they may be known by them, and tables with a row a person."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from compendium.survival.times import risk_set_sizes, survival_times

THRESHOLD = 5
STEP_COLUMNS = ["time", "n_at_risk", "n_events", "survival"]
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


def is_survival(frame: pd.DataFrame) -> bool:
    """True for the rows behind a survival curve: a time and an event a person."""
    return {"time_days", "event"} <= set(frame.columns)


def steps_of(frame: pd.DataFrame) -> pd.DataFrame:
    """The Kaplan–Meier steps that rows of persons draw: a row an event time and endpoint.

    Columns endpoint, time, n_at_risk, n_events, survival.
    """
    endpoints = frame["endpoint"] if "endpoint" in frame else pd.Series("", index=frame.index)
    drawn = []
    for endpoint, rows in frame.groupby(endpoints, sort=False):
        entry = rows["entry_days"] if "entry_days" in rows else 0 * rows["time_days"]
        observed = rows["time_days"] > entry
        rows, entry = rows[observed], entry[observed]
        if rows["event"].any():
            times = survival_times(rows["time_days"], rows["event"].astype(bool), entry)
            at, died = np.unique(times.time[times.event], return_counts=True)
            at_risk = risk_set_sizes(times, at)
            survival = np.cumprod(1 - died / at_risk)
            steps = dict(zip(STEP_COLUMNS, (at, at_risk, died, survival), strict=True))
            drawn.append(pd.DataFrame(steps).assign(endpoint=endpoint))
    return pd.concat(drawn, ignore_index=True) if drawn else pd.DataFrame(columns=STEP_COLUMNS)


def small_steps(frame: pd.DataFrame, threshold: int = THRESHOLD) -> tuple[int, int]:
    """How many steps of the curves are of few events, and how many times have few at risk."""
    steps = steps_of(frame)
    return (
        int((steps["n_events"] < threshold).sum()),
        int((steps["n_at_risk"] < threshold).sum()),
    )


def rounded(frame: pd.DataFrame, threshold: int = THRESHOLD) -> pd.DataFrame:
    """The table with counts that are safe to publish.

    Rows of persons behind survival curves become the curves' steps, and of these only the times at
    which another `threshold` events have happened, so that no step is one person. Elsewhere small
    counts become `<threshold` and others the nearest multiple of it. Zero stays.
    """
    if is_survival(frame):
        frame = steps_of(frame)
    if {"n_at_risk", "n_events"} <= set(frame.columns):
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
    if value < threshold:
        return f"<{threshold}"
    return int(threshold * ((value + threshold / 2) // threshold))


def _thinned(steps: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Steps at which the events so far reach another multiple of the threshold, by endpoint."""
    endpoint = steps["endpoint"] if "endpoint" in steps else pd.Series("", index=steps.index)
    reached = steps["n_events"].groupby(endpoint).cumsum() // threshold
    new = reached.groupby(endpoint).diff().fillna(reached)
    thin = steps[new > 0].copy()
    thin["n_events"] = (new * threshold)[new > 0].astype(int)
    return thin.drop(columns=[name for name in ("low", "high") if name in thin])
