"""Regions without a segmentation: spheres and boxes at a point of the patient, marked as such."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from petsuv.errors import InputError
from petsuv.region import Region, region_of
from petsuv.series import Series

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

Point = Sequence[float]
MARK = "without_segmentation"
PROPOSED = "proposed"
SAME_MM = 1e-6


def index_of(series: Series, point_mm: Point) -> FloatArray:
    """Where a point of the patient lies on the voxels, as (slice, row, column) with fractions."""
    offset = (np.asarray(point_mm, dtype=float) - series.positions_mm[0]) @ series.axes.T
    return np.asarray(offset / series.spacing_mm, dtype=float)


def sphere(series: Series, centre_mm: Point, diameter_mm: float, name: str = "sphere") -> Region:
    """The voxels whose centres lie in a sphere or on it.

    Args:
        centre_mm: x to the patient's left, y to the back, z to the head, mm.

    Raises:
        InputError: the diameter is not above zero.
    """
    _require_size("sphere", diameter_mm)
    made = f"sphere of {diameter_mm:g} mm at {_at(centre_mm)}"
    reach = np.full(3, diameter_mm / 2)

    def voxels() -> tuple[IntArray, list[str]]:
        index, distance = _within(series, centre_mm, reach)
        inside = (distance**2).sum(axis=1) <= (diameter_mm / 2 + SAME_MM) ** 2
        return index[inside], [marked(made)]

    return region_of(name, 1, voxels, series)


def box(series: Series, centre_mm: Point, size_mm: Sequence[float], name: str = "box") -> Region:
    """The voxels whose centres lie in a box or on it, whose edges run along the image.

    Args:
        centre_mm: x to the patient's left, y to the back, z to the head, mm.
        size_mm: edges along columns (x), rows (y) and slices (z), mm.

    Raises:
        InputError: an edge is not above zero.
    """
    _require_size("box", *size_mm)
    edges = " x ".join(f"{size:g}" for size in size_mm)
    made = f"box of {edges} mm at {_at(centre_mm)}"
    half = np.asarray(size_mm, dtype=float)[::-1] / 2

    def voxels() -> tuple[IntArray, list[str]]:
        index, distance = _within(series, centre_mm, half)
        return index[(np.abs(distance) <= half + SAME_MM).all(axis=1)], [marked(made)]

    return region_of(name, 1, voxels, series)


def marked(made: str) -> str:
    """The flag that says how a region was made."""
    return f"{MARK}({made})"


def how_made(region: Region) -> str:
    """How a region was made; empty where it was drawn."""
    for flag in region.flags:
        if flag.startswith(f"{MARK}("):
            return flag[len(MARK) + 1 : -1]
    return ""


def is_proposed(region: Region) -> bool:
    """Whether a program proposed the place, by how it was made or by its name, and nobody else."""
    return how_made(region).startswith(PROPOSED) or region.name.endswith(f"({PROPOSED})")


def _within(series: Series, centre_mm: Point, reach_mm: FloatArray) -> tuple[IntArray, FloatArray]:
    """Indices round a point, and each one's distance from it along the axes of the image, mm."""
    at = index_of(series, centre_mm)
    low = np.ceil(at - (reach_mm + SAME_MM) / series.spacing_mm).astype(int)
    high = np.floor(at + (reach_mm + SAME_MM) / series.spacing_mm).astype(int)
    ranges = [np.arange(a, b + 1) for a, b in zip(low, high, strict=True)]
    index = np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1).reshape(-1, 3)
    return index, (index - at) * series.spacing_mm


def _at(point_mm: Point) -> str:
    return ", ".join(f"{value:g}" for value in point_mm)


def _require_size(what: str, *sizes_mm: float) -> None:
    if not all(np.isfinite(size) and size > 0 for size in sizes_mm):
        given = ", ".join(f"{size:g}" for size in sizes_mm)
        raise InputError(f"{what}: size {given} mm; expected above 0. Give it in mm.")
