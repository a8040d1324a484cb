"""A scan turned as a reader looks at it, and as bytes for the widget that draws it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compendium.explore.scans.seen import Seen
from compendium.uptake.projection import flips
from petsuv.region import Region
from petsuv.series import Series

FloatArray = NDArray[np.float64]
STEPS = 65535  # of 16 bits, between no uptake and the hottest voxel
MOST_LESIONS = 255


@dataclass(frozen=True)
class Grid:
    """The voxels of a picture: those of a series, each axis turned round where it runs backward.

    Attributes:
        series: whose voxels they are.
        turned: whether slices, rows and columns are turned.
    """

    series: Series
    turned: tuple[bool, bool, bool]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of slices, rows and columns."""
        return tuple(self.series.stored.shape)

    @property
    def axes(self) -> FloatArray:
        """Unit vectors along the picture's slices, rows and columns, shape (3, 3)."""
        signs = np.where(np.array(self.turned), -1.0, 1.0)
        return np.asarray(self.series.axes * signs[:, None], dtype=float)

    @property
    def first_mm(self) -> FloatArray:
        """How far the picture's first voxel lies along each of its axes, mm, shape (3,)."""
        return np.asarray(self.axes @ self.point_mm((0, 0, 0)), dtype=float)

    def turn(self, values: NDArray[Any]) -> NDArray[Any]:
        """Voxels of the series in the picture's order."""
        z, y, x = (slice(None, None, -1 if turned else 1) for turned in self.turned)
        return values[z, y, x]

    def index(self, voxel: Sequence[int]) -> tuple[int, int, int]:
        """Slice, row and column in the series of a voxel of the picture, and the other way."""
        z, y, x = (
            size - 1 - int(at) if turned else int(at)
            for at, size, turned in zip(voxel, self.shape, self.turned, strict=True)
        )
        return z, y, x

    def point_mm(self, voxel: Sequence[int]) -> FloatArray:
        """Patient coordinates of a voxel of the picture, mm."""
        return self.series.point_mm(self.index(voxel))

    def voxel_at(self, along_mm: Sequence[float]) -> tuple[int, int, int]:
        """The voxel nearest to a place along the picture's axes, mm; may lie outside."""
        away = (np.asarray(along_mm, dtype=float) - self.first_mm) / self.series.spacing_mm
        z, y, x = np.rint(away).astype(int).tolist()
        return z, y, x

    def along_mm(self, index: Sequence[int]) -> list[float]:
        """The place along the picture's axes of a voxel of the series, mm."""
        there = self.axes @ self.series.point_mm(list(index))
        return [float(at) for at in there]


def grid_of(series: Series) -> Grid:
    """The picture's voxels for a series of transverse slices: head up, patient's right at left."""
    return Grid(series, flips(series.axes))


def image_of(seen: Seen, title: str) -> dict[str, Any]:
    """What is drawn of a scan beside its lesions, by the names that the widget takes.

    SUV is sent in steps of 1/65535 of the hottest voxel; every value that is told in numbers comes
    from the engine instead.
    """
    volume = seen.require().volume
    grid = grid_of(volume.series)
    factor = volume.conversion.suv_per_stored
    highest = float((volume.series.stored.max(axis=(1, 2)) * factor).max())
    top = highest if highest > 0 else 1.0
    per_stored = (factor * (STEPS / top)).astype(np.float32)[:, None, None]
    steps = np.clip(np.rint(volume.series.stored * per_stored), 0, STEPS)
    return {
        "title": title,
        "shape": list(grid.shape),
        "spacing": volume.series.spacing_mm.tolist(),
        "first": grid.first_mm.tolist(),
        "top": top,
        "voxels": np.ascontiguousarray(grid.turn(steps.astype("<u2"))).tobytes(),
    }


def outlines_of(
    seen: Seen, regions: Mapping[str, Region], sites: Mapping[str, str]
) -> dict[str, Any]:
    """The lesions of a scan, numbered from 1, as labels of the picture's voxels.

    Args:
        regions: by the lesion's name, in the order of the numbers; the first 255 are drawn.
        sites: of the lesions that have one.
    """
    series = seen.require().volume.series
    labels = np.zeros(series.stored.shape, dtype=np.uint8)
    drawn = list(regions.items())[:MOST_LESIONS]
    for number, (_, region) in enumerate(drawn, start=1):
        labels[region.box][region.voxels] = number
    return {
        "labels": np.ascontiguousarray(grid_of(series).turn(labels)).tobytes(),
        "lesions": [{"name": name, "site": sites.get(name, "")} for name, _ in drawn],
    }


def sites_of(seen: Seen) -> dict[str, str]:
    """The site of each lesion that the study's table gives one."""
    return {
        str(row["lesion_id"]): str(row["site"])
        for row in seen.extracted.lesions
        if isinstance(row["site"], str)
    }
