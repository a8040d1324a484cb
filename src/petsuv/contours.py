"""Regions of a DICOM RTSTRUCT: voxels whose centre lies within the contours, holes by even–odd."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from petsuv.elements import Elements, RawFile, read_elements
from petsuv.errors import Refused
from petsuv.grid import OUTSIDE, TOLERANCE_MM, slices_at
from petsuv.header import STRUCTURE_SET as TAGS
from petsuv.header import label
from petsuv.series import Series
from petsuv.text import decoded, text_of

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
LARGEST_EXTENT = 4096  # pixels; a contour beyond it is a damaged number


@dataclass(frozen=True)
class ContouredRegion:
    """A region as drawn: its closed contours in patient coordinates, mm."""

    name: str
    frames: set[str]
    contours: list[FloatArray] = field(default_factory=list)


@dataclass(frozen=True)
class StructureSet:
    """The regions of an RTSTRUCT file, and the series that it was drawn on."""

    regions: list[ContouredRegion]
    series_uids: set[str]


def read_structure_set(path: Path) -> StructureSet:
    """The closed contours of every region.

    Raises:
        Refused: the file cannot be read, or a contour is no closed list of points.
    """
    top = ("character_set", "shared_frames", "roi_items", "drawn_items")
    file = read_elements(path, [TAGS[name] for name in top])
    character_set = text_of(file.values.get(TAGS["character_set"]))
    shared = file.items(file.values.get(TAGS["shared_frames"]))
    frames = {text_of(item.get(TAGS["frame_of_reference"])) for item in shared} - {""}
    regions = {}
    for item in file.items(file.values.get(TAGS["roi_items"])):
        number, own = (text_of(item.get(TAGS[name])) for name in ("roi_number", "roi_frame"))
        name = decoded(item.get(TAGS["roi_name"]), character_set) or number
        regions[number] = ContouredRegion(name, {own} if own else frames)
    for item in file.items(file.values.get(TAGS["drawn_items"])):
        region = regions.get(text_of(item.get(TAGS["drawn_number"])))
        if region is not None:
            region.contours.extend(_contours(file, item, f"{path}, region {region.name}"))
    return StructureSet([*regions.values()], _series_uids(file, shared))


def _series_uids(file: RawFile, shared: list[Elements]) -> set[str]:
    return {
        text_of(series.get(TAGS["series"]))
        for item in shared
        for study in file.items(item.get(TAGS["studies"]))
        for series in file.items(study.get(TAGS["series_items"]))
    }


def _contours(file: RawFile, drawn: Elements, what: str) -> list[FloatArray]:
    contours = []
    for contour in file.items(drawn.get(TAGS["contour_items"])):
        kind = text_of(contour.get(TAGS["contour_type"]))
        if kind not in CLOSED:
            raise Refused(
                f"{what}: contour type {kind or 'missing'}; expected {' or '.join(CLOSED)}. Draw "
                "the region as closed contours."
            )
        text = text_of(contour.get(TAGS["contour_data"]))
        try:
            points = np.array(text.split("\\"), dtype=float).reshape(-1, 3)
        except ValueError as error:
            raise Refused(
                f"{what}: {label(TAGS['contour_data'])} is not a list of x, y, z ({error}); "
                "expected three numbers a point. Export the structure set again."
            ) from error
        if not np.isfinite(points).all():
            raise Refused(
                f"{what}: {label(TAGS['contour_data'])} holds a number that is not finite; "
                "expected millimetres. Export the structure set again."
            )
        if len(points) > 2:
            contours.append(points)
    return contours


def voxels_within(series: Series, contours: list[FloatArray], what: str) -> IntArray:
    """Indices (slice, row, column) of voxels whose centre is inside, shape (n, 3).

    Voxels beyond the image are among them, with slice OUTSIDE beyond its ends. A voxel that is
    inside an even number of contours of its plane is in a hole.

    Raises:
        Refused: a contour is not in the plane of a slice.
    """
    along = [points @ series.axes[0] for points in contours]
    if any(np.ptp(values) > TOLERANCE_MM for values in along):
        raise Refused(
            f"{what}: a contour is not parallel to the PET slices; expected one drawn on them. "
            "Transfer the region to the PET series in the contouring software."
        )
    planes = np.array([values.mean() for values in along])
    slices = slices_at(series, planes, what)
    parts = [np.empty((0, 3), dtype=np.int64)]
    # One slice is one plane, however its contours' positions were rounded when they were written.
    beyond = np.where(slices == OUTSIDE, planes.round(2), 0.0)
    level = np.unique(np.stack([slices, beyond]), axis=1, return_inverse=True)[1].ravel()
    for number in range(level.max(initial=-1) + 1):
        members = np.flatnonzero(level == number)
        slice_ = int(slices[members[0]])
        origin = series.positions_mm[max(slice_, 0)]
        loops = [
            (contours[i] - origin) @ series.axes[1:].T / series.spacing_mm[1:] for i in members
        ]
        pixels = _pixels_within(loops, what)
        parts.append(np.column_stack([np.full(len(pixels), slice_), pixels]))
    return np.concatenate(parts)


def _pixels_within(loops: list[FloatArray], what: str) -> IntArray:
    """Rows and columns inside closed loops of (row, column) points, by even–odd crossings."""
    starts = np.concatenate(loops)
    ends = np.concatenate([np.roll(loop, -1, axis=0) for loop in loops])
    low, high = np.floor(starts.min(axis=0)), np.ceil(starts.max(axis=0))
    if (high - low).max() > LARGEST_EXTENT:
        raise Refused(f"{what}: a contour spans {(high - low).max():.0f} pixels of the PET.")
    first = np.ceil(np.minimum(starts[:, 0], ends[:, 0])).astype(np.int64)
    last = np.ceil(np.maximum(starts[:, 0], ends[:, 0])).astype(np.int64)
    crossed = last - first  # rows r with low <= r < high: a corner counts once
    edge = np.repeat(np.arange(len(starts)), crossed)
    rows = np.arange(len(edge)) - np.repeat(np.cumsum(crossed) - crossed, crossed) + first[edge]
    rise = ends[edge, 0] - starts[edge, 0]
    run = ends[edge, 1] - starts[edge, 1]
    columns = starts[edge, 1] + (rows - starts[edge, 0]) / rise * run
    shape = (int(high[0] - low[0]) + 1, int(high[1] - low[1]) + 2)
    turns = np.zeros(shape, dtype=np.int64)
    np.add.at(turns, (rows - int(low[0]), np.ceil(columns).astype(np.int64) - int(low[1])), 1)
    inside: IntArray = np.argwhere(np.cumsum(turns, axis=1) % 2 == 1)
    inside += np.array([int(low[0]), int(low[1])])
    return inside
