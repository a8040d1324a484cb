"""A region of interest on the voxels of a PET series, or the reason why it is none."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from petsuv.errors import InputError, Refused
from petsuv.series import Series

IntArray = NDArray[np.int64]
Voxels = tuple[IntArray, list[str]]
"""Indices (slice, row, column), some of which may lie outside; and flags."""


@dataclass(frozen=True)
class Region:
    """A region on the grid of a PET series, or the reason why it is none.

    Attributes:
        start: slice, row and column of the first voxel of its bounding box.
        voxels: which voxels of the box belong, shape (slices, rows, columns).
        flags: what a reader should know.
        reason: empty, or why the region cannot be used.
        number: of its ROI, segment or label; unique in a file, which the name need not be.
    """

    name: str
    start: tuple[int, int, int]
    voxels: NDArray[np.bool_]
    flags: tuple[str, ...] = ()
    reason: str = ""
    number: int = 0

    @property
    def box(self) -> tuple[slice, slice, slice]:
        """The bounding box as an index into the volume."""
        z, y, x = (
            slice(first, first + size)
            for first, size in zip(self.start, self.voxels.shape, strict=True)
        )
        return z, y, x

    @property
    def n_voxels(self) -> int:
        """Number of voxels."""
        return int(np.count_nonzero(self.voxels))

    def mask(self, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        """The region on the whole grid of a series."""
        whole = np.zeros(shape, dtype=bool)
        whole[self.box] = self.voxels
        return whole

    def require(self) -> "Region":
        """The region itself.

        Raises:
            Refused: it cannot be used; the message is the reason.
        """
        if self.reason:
            raise Refused(self.reason)
        return self


def refused_region(name: str, reason: str, number: int = 0) -> Region:
    """A region that cannot be used, with the reason."""
    nothing = np.zeros((0, 0, 0), dtype=bool)
    return Region(name, (0, 0, 0), nothing, reason=reason, number=number)


def choose(
    regions: list[Region], path: Path, name: str | None = None, number: int | None = None
) -> Region:
    """The one region of that name, that number, or both.

    Raises:
        InputError: there is none, or there are several; the message lists those that there are.
    """
    found = [
        region
        for region in regions
        if name in (None, region.name) and number in (None, region.number)
    ]
    if len(found) == 1:
        return found[0]
    wanted = " and ".join(
        text
        for text in (name and f"named {name}", number is not None and f"of number {number}")
        if text
    )
    held = ", ".join(f"{region.name} ({region.number})" for region in regions)
    raise InputError(
        f"{path}: {len(found) or 'no'} region{'s' * (len(found) > 1)} {wanted}; expected one. It "
        f"holds {held}. Choose one by its number."
    )


def region_of(
    name: str, number: int, voxels: Callable[[], Voxels], series: Series, what: str = ""
) -> Region:
    """A region from its voxels, judged: empty or outside it is none; beyond an edge it is flagged.

    Args:
        voxels: gives them, or raises Refused with the reason why there are none.
        what: the file and region, for messages; the series' place and the name where not given.
    """
    what = what or f"{series.place}, region {name}"
    try:
        index, flags = voxels()
    except Refused as reason:
        return refused_region(name, str(reason), number)
    inside = ((index >= 0) & (index < np.array(series.stored.shape))).all(axis=1)
    if not len(index):
        return refused_region(
            name,
            f"{what}: without any voxel; expected at least one. Draw it, or leave it out.",
            number,
        )
    if not inside.any():
        return refused_region(
            name,
            f"{what}: lies outside the PET image; expected it inside. Check the scan.",
            number,
        )
    index, lost = index[inside], int(np.count_nonzero(~inside))
    more = [f"leaves_image({lost} of {lost + len(index)} voxels outside)"] if lost else []
    more += ["one_voxel"] if len(index) == 1 else []
    start = index.min(axis=0)
    box = np.zeros(index.max(axis=0) - start + 1, dtype=bool)
    box[tuple((index - start).T)] = True
    first = (int(start[0]), int(start[1]), int(start[2]))
    return Region(name, first, box, flags=(*flags, *more), number=number)
