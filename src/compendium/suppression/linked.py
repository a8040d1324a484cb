"""Counts that follow from each other: what could be worked out of those that are shown.

An attacker knows how each count is shown and which add up. The least and the greatest value that a
hidden count can then have are two linear programmes; their whole-number solutions lie between.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linprog

from compendium.errors import InputError
from compendium.public_forms import AddsTo, Balance, Chain, Levels, Link, Same, Sum
from compendium.published import COUNT_IN_TEXT
from compendium.suppression.counts import MANY, Counts

FloatArray = NDArray[np.float64]
ROUNDING = 1e-6  # of the solver


@dataclass(frozen=True)
class Cell:
    """A count by its table, row and column."""

    table: str
    row: int
    column: str


@dataclass(frozen=True)
class LinkedSet:
    """Counts and the sums between them.

    Attributes:
        values: each true count.
        sums: sets of cells with their signs, which add up to zero.
    """

    values: Mapping[Cell, int]
    sums: Sequence[Mapping[Cell, int]]


def linked_sets(
    frames: Mapping[str, pd.DataFrame], links: Mapping[str, Sequence[Link]]
) -> list[LinkedSet]:
    """The counts of tables that are linked, those that share a count in one set.

    Args:
        frames: tables by id, as published privately.
        links: what each table's counts follow from; where a value is missing, a sum may not hold,
            and an attacker who took it for true would work out nothing.
    """
    sums = [
        named
        for table, said in links.items()
        for link in said
        for named in _sums(link, table, frames)
        if len(named) > 1
    ]
    return [
        _set_of(part, frames)
        for part in _connected([named for named in sums if not _off(named, frames)])
    ]


def count_of(value: object) -> int | None:
    """The count in a cell; None where there is none."""
    if isinstance(value, str):
        found = COUNT_IN_TEXT.match(value)
        return int(found[1]) if found else None
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        return None
    return int(value) if float(value).is_integer() else None


@dataclass(frozen=True)
class Protection:
    """How counts are shown, and which cells are left blank beside that."""

    counts: Counts
    blank: frozenset[Cell] = field(default_factory=frozenset)

    def range(self, cell: Cell, count: int) -> tuple[float, float]:
        """The least and greatest count that is shown as this cell's is."""
        return (0, MANY) if cell in self.blank else self.counts.range(count)


def protected(sets: Sequence[LinkedSet], counts: Counts) -> Protection:
    """The least that has to be hidden beside the small counts so that none can be worked out.

    Greedy: of the sums that give a small count away, first all small counts are blanked, so that
    they could as well be none; then the smallest greater count is widened, wherever it stands; and
    last whatever is left is blanked. All is worked out again until nothing is given away.
    """
    found, open_sets = Protection(counts), list(sets)
    while open_sets:
        given = [(one, cells) for one in open_sets if (cells := exposed(one, found))]
        more = _hiding_more(found, given)
        # A count that is widened is so in every set; a blank touches its own set alone.
        widened = more.counts.widened != found.counts.widened
        open_sets, found = list(sets) if widened else [one for one, _ in given], more
    return found


def exposed(one: LinkedSet, found: Protection) -> list[Cell]:
    """Hidden counts that an attacker narrows: not all from 1 to the threshold less 1 are left."""
    return [
        cell
        for cell, (low, high) in bounds(one, found).items()
        if low > 1 + ROUNDING or high < found.counts.least - 1 - ROUNDING
    ]


def bounds(one: LinkedSet, found: Protection) -> dict[Cell, tuple[float, float]]:
    """The least and greatest value that an attacker leaves to each hidden count."""
    cells = list(one.values)
    places = {cell: k for k, cell in enumerate(cells)}
    sums = np.zeros((len(one.sums), len(cells)))
    for row, named in enumerate(one.sums):
        for cell, sign in named.items():
            sums[row, places[cell]] = sign
    ranges = [found.range(cell, one.values[cell]) for cell in cells]
    limits = {}
    for cell in (cell for cell in cells if found.counts.small(one.values[cell])):
        aim = np.zeros(len(cells))
        aim[places[cell]] = 1
        limits[cell] = (_least(aim, sums, ranges), -_least(-aim, sums, ranges))
    return limits


def _least(aim: FloatArray, sums: FloatArray, ranges: Sequence[tuple[float, float]]) -> float:
    found: Any = linprog(aim, A_eq=sums, b_eq=np.zeros(len(sums)), bounds=ranges, method="highs")
    if found.fun is None:
        raise InputError(f"linked counts contradict each other: {found.message}")
    return float(found.fun)


def _hiding_more(
    found: Protection, given: Sequence[tuple[LinkedSet, Sequence[Cell]]]
) -> Protection:
    counts, sums = found.counts, [_around(one, cells) for one, cells in given]
    small = {c for named in sums for c, value in named.items() if counts.small(value)}
    if small - found.blank:
        return replace(found, blank=found.blank | small)
    greater: set[int] = set()
    for named in sums:
        seen = {value for cell, value in named.items() if cell not in found.blank}
        greater |= set(sorted(v for v in seen - counts.widened if v >= counts.least)[:1])
    if greater:
        return replace(found, counts=replace(counts, widened=counts.widened | greater))
    rest = {cell for named in sums for cell in named}
    return replace(found, blank=found.blank | rest)


def _around(one: LinkedSet, cells: Sequence[Cell]) -> dict[Cell, int]:
    """The counts of all sums in which some cells are."""
    touched = [named for named in one.sums if set(cells) & set(named)]
    return {cell: one.values[cell] for named in touched for cell in named}


def _connected(sums: Sequence[Mapping[Cell, int]]) -> list[list[Mapping[Cell, int]]]:
    """Sums in parts that share no cell."""
    parts: list[tuple[set[Cell], list[Mapping[Cell, int]]]] = []
    for named in sums:
        touched = [part for part in parts if part[0] & set(named)]
        cells = set(named).union(*(part[0] for part in touched))
        members = [one for part in touched for one in part[1]] + [named]
        parts = [part for part in parts if part not in touched] + [(cells, members)]
    return [members for _, members in parts]


def _off(named: Mapping[Cell, int], frames: Mapping[str, pd.DataFrame]) -> int:
    """By how much a sum does not hold."""
    one = _set_of([named], frames)
    return sum(sign * one.values[cell] for cell, sign in named.items())


def _set_of(sums: Sequence[Mapping[Cell, int]], frames: Mapping[str, pd.DataFrame]) -> LinkedSet:
    cells = dict.fromkeys(cell for named in sums for cell in named)
    values = {cell: count_of(frames[cell.table].iloc[cell.row][cell.column]) for cell in cells}
    return LinkedSet({cell: value or 0 for cell, value in values.items()}, sums)


def _sums(link: Link, table: str, frames: Mapping[str, pd.DataFrame]) -> Iterator[dict[Cell, int]]:
    frame = frames[table]
    match link:
        case Balance(left, right):
            for row in range(len(frame)):
                names = {**dict.fromkeys(left, 1), **dict.fromkeys(right, -1)}
                named = _signed(table, frame, [(row, name, sign) for name, sign in names.items()])
                yield named if len(named) == len(names) else {}
        case Chain(before, after, by):
            for row in range(1, len(frame)):
                if frame[by].iloc[row] == frame[by].iloc[row - 1]:
                    yield _signed(table, frame, [(row, before, 1), (row - 1, after, -1)])
        case Levels():
            yield from _levels(link, table, frame)
        case Same(other, keys, columns) if other in frames:
            for row, key in enumerate(frame[list(keys)].to_dict("records")):
                there = _matching(frames[other], {keys[str(name)]: key[name] for name in key})
                for own, its in columns.items():
                    parts = _signed(table, frame, [(row, own, 1)])
                    if parts and len(there) == 1:
                        yield {**parts, Cell(other, there[0], its): -1}
        case Sum(names, where, other, at, count) if other in frames:
            (here, there) = (_matching(frame, where), _matching(frames[other], at))
            parts = _signed(table, frame, [(k, column, 1) for k in here for column in names])
            if parts and len(there) == 1:
                yield {**parts, Cell(other, there[0], count): -1}
        case AddsTo(names, by, other, name, count) if other in frames:
            whole = frames[other]
            for row, kind in enumerate(whole[name]):
                rows = [k for k, value in enumerate(frame[by]) if value == kind]
                parts = _signed(table, frame, [(k, column, 1) for k in rows for column in names])
                if parts:
                    yield {**parts, Cell(other, row, count): -1}


def _matching(frame: pd.DataFrame, values: Mapping[str, Any]) -> list[int]:
    """Places of the rows that have these values; a missing one is as an empty one."""
    if not values:
        return list(range(len(frame)))
    rows = frame[list(values)].astype(object).fillna("").to_dict("records")
    return [place for place, row in enumerate(rows) if row == dict(values)]


def _levels(link: Levels, table: str, frame: pd.DataFrame) -> Iterator[dict[Cell, int]]:
    for _, rows in frame.reset_index(drop=True).iloc[1:].groupby(link.by, sort=False):
        for column in link.columns:
            places = [(int(row), column, 1) for row in rows.index]
            if len(rows) > 1 and column == link.columns[0]:
                places.append((int(rows.index[0]), link.missing, 1))
            if len(rows) > 1 and (column == link.columns[0] or not rows[link.missing].iloc[0]):
                yield _signed(table, frame, [*places, (0, column, -1)])


def _signed(
    table: str, frame: pd.DataFrame, places: Sequence[tuple[int, str, int]]
) -> dict[Cell, int]:
    return {
        Cell(table, row, column): sign
        for row, column, sign in places
        if column in frame.columns and count_of(frame[column].iloc[row]) is not None
    }
