"""Counts of so few people that they may be known by them."""

from collections.abc import Collection, Iterator, Mapping
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from compendium.published import COUNT_IN_TEXT
from compendium.rows import Sensitivity
from compendium.survival.times import risk_set_sizes, survival_times

THRESHOLD = 5
STEP_COLUMNS = ["time", "n_at_risk", "n_events", "survival"]


def small_cells(
    frame: pd.DataFrame, people: Collection[str], threshold: int = THRESHOLD
) -> dict[str, list[int]]:
    """Rows (as seen in the file, the heading being 1) of small counts, by column.

    Args:
        frame: a table as published.
        people: its columns that count people, as the record has them.
        threshold: counts from 1 to below it are small; zero tells of nobody.
    """
    found = {
        name: [row for row, value in enumerate(frame[name], start=2) if _is_small(value, threshold)]
        for name in people
    }
    return {name: rows for name, rows in found.items() if rows}


def _is_small(value: object, threshold: int) -> bool:
    if isinstance(value, str):
        counted = COUNT_IN_TEXT.match(value)
        return counted is not None and 0 < int(counted[1]) < threshold
    whole = isinstance(value, Real) and float(value).is_integer()
    return whole and 0 < float(value) < threshold  # type: ignore[arg-type]


def small_numbers(
    entries: list[Mapping[str, Any]], threshold: int = THRESHOLD
) -> Iterator[tuple[str, str]]:
    """Reported numbers that are, or rest on, a small count of people: id and which part."""
    for entry in entries:
        if entry["sensitivity"] == Sensitivity.NONE:
            continue
        counted = ("value", "n", "events") if entry["people"] else ("n", "events")
        yield from ((entry["id"], part) for part in counted if _is_small(entry[part], threshold))


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
    none = pd.DataFrame(columns=STEP_COLUMNS, dtype=float)
    return pd.concat(drawn, ignore_index=True) if drawn else none


def small_steps(frame: pd.DataFrame, threshold: int = THRESHOLD) -> tuple[int, int]:
    """How many steps of the curves are of few events, and how many times have few at risk."""
    steps = steps_of(frame)
    return (
        int((steps["n_events"] < threshold).sum()),
        int((steps["n_at_risk"] < threshold).sum()),
    )
