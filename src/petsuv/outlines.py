"""Which centres of a plane's pixels lie within closed contours; those on a contour are inside.

Contours are loops of (row, column) points in units of pixels, whose centres are whole numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Outline:
    """A loop with the pixels of a window that are within it, and those that lie on it."""

    loop: FloatArray
    within: BoolArray
    on: BoolArray

    @property
    def closed(self) -> BoolArray:
        """Pixels within it or on it."""
        return self.within | self.on

    def holds(self, other: "Outline", tolerance: float) -> bool:
        """Whether every corner of another lies within it or on it."""
        return bool(_hold(self.loop, other.loop, tolerance).all())


def drawn(loop: FloatArray, first: IntArray, shape: tuple[int, int], tolerance: float) -> Outline:
    """A loop on the window of pixels that begins at `first` and has room for it.

    Args:
        tolerance: how far from the loop a centre may lie that is on it, pixels.
    """
    starts = loop - first
    ends = np.roll(starts, -1, axis=0)
    on = np.zeros(shape, dtype=bool)
    for axis in (0, 1):
        index = _centres_on(starts, ends, axis, tolerance)
        index = index[((index >= 0) & (index < shape)).all(axis=1)]
        on[tuple(index.T)] = True
    return Outline(loop, _even_odd(starts, ends, shape) & ~on, on)


def combined(
    outlines: Sequence[Outline], tolerance: float, *, xor: bool = False
) -> tuple[BoolArray, set[str]]:
    """Pixels of a region that several loops draw in one plane, and what was odd about them.

    A loop within another is a hole, one within a hole an island; loops that are equal or overlap
    are united and named, unless `xor` says that they take from each other what both hold.
    """
    flags: set[str] = set()
    if not xor:
        outlines, twice = _distinct(outlines, tolerance)
        flags |= {"drawn_twice"} if twice else set()
    holders = [
        {
            i
            for i, outer in enumerate(outlines)
            if i != j and outer.holds(inner, tolerance) and not inner.holds(outer, tolerance)
        }
        for j, inner in enumerate(outlines)
    ]
    order = sorted(range(len(outlines)), key=lambda j: len(holders[j]))
    whole = np.zeros_like(outlines[0].on)
    for root in order:
        if xor:
            whole ^= outlines[root].within if len(holders[root]) % 2 else outlines[root].closed
        elif not holders[root]:
            part = outlines[root].closed
            for j in order:
                if root in holders[j] and len(holders[j]) % 2:
                    part &= ~outlines[j].within
                elif root in holders[j]:
                    part |= outlines[j].closed
            flags |= {"overlap"} if (whole & outlines[root].within).any() else set()
            whole |= part
    return whole, flags


def _distinct(outlines: Sequence[Outline], tolerance: float) -> tuple[list[Outline], bool]:
    """The loops without those that equal an earlier one, and whether there were any."""
    kept: list[Outline] = []
    for one in outlines:
        if not any(o.holds(one, tolerance) and one.holds(o, tolerance) for o in kept):
            kept.append(one)
    return kept, len(kept) < len(outlines)


def _even_odd(starts: FloatArray, ends: FloatArray, shape: tuple[int, int]) -> BoolArray:
    """Pixels from whose centre a ray along the row crosses the loop an odd number of times."""
    first = np.ceil(np.minimum(starts[:, 0], ends[:, 0])).astype(np.int64)
    last = np.ceil(np.maximum(starts[:, 0], ends[:, 0])).astype(np.int64)
    edge, rows = _steps(first, last - first)  # low <= row < high: a corner counts once
    rise, run = (ends[edge] - starts[edge]).T
    columns = starts[edge, 1] + (rows - starts[edge, 0]) / rise * run
    crossings = np.zeros((shape[0], shape[1] + 1), dtype=np.int64)
    np.add.at(crossings, (rows, np.ceil(columns).astype(np.int64)), 1)
    odd: BoolArray = np.cumsum(crossings, axis=1)[:, :-1] % 2 == 1
    return odd


def _centres_on(starts: FloatArray, ends: FloatArray, axis: int, tolerance: float) -> IntArray:
    """Centres on a loop, found at each whole step of its sides along an axis, shape (n, 2)."""
    low, high = np.minimum(starts, ends)[:, axis], np.maximum(starts, ends)[:, axis]
    first = np.ceil(low - tolerance).astype(np.int64)
    edge, at = _steps(first, np.floor(high + tolerance).astype(np.int64) - first + 1)
    side = ends[edge] - starts[edge]
    length = np.where(side[:, axis] == 0, 1.0, side[:, axis])
    share = np.clip((at - starts[edge, axis]) / length, 0.0, 1.0)
    points = starts[edge] + share[:, None] * side
    centres = np.rint(points)
    centres[:, axis] = at
    near: BoolArray = np.abs(points - centres).max(axis=1, initial=0.0) <= tolerance
    found: IntArray = centres[near].astype(np.int64)
    return found


def _steps(first: IntArray, counts: IntArray) -> tuple[IntArray, IntArray]:
    """For each of a number of whole steps from `first` on: whose it is, and where."""
    counts = np.maximum(counts, 0)
    owner = np.repeat(np.arange(len(first)), counts)
    before = np.repeat(np.cumsum(counts) - counts, counts)
    return owner, np.arange(len(owner)) - before + first[owner]


def _hold(loop: FloatArray, points: FloatArray, tolerance: float) -> BoolArray:
    """Which points lie within a loop or on it, shape (points,)."""
    starts, ends = loop[None, :, :], np.roll(loop, -1, axis=0)[None, :, :]
    at = points[:, None, :]
    side = ends - starts
    length2 = np.maximum((side**2).sum(axis=2), 1e-12)
    share = np.clip(((at - starts) * side).sum(axis=2) / length2, 0.0, 1.0)
    away2 = ((starts + share[:, :, None] * side - at) ** 2).sum(axis=2)
    crosses = (starts[..., 0] <= at[..., 0]) != (ends[..., 0] <= at[..., 0])
    rise = np.where(side[..., 0] == 0, 1.0, side[..., 0])
    columns = starts[..., 1] + (at[..., 0] - starts[..., 0]) / rise * side[..., 1]
    odd = ((crosses & (columns > at[..., 1])).sum(axis=1) % 2) == 1
    found: BoolArray = odd | (away2.min(axis=1) <= tolerance**2)
    return found
