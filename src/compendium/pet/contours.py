"""Regions of a DICOM RTSTRUCT: voxels whose centre lies within the contours, holes by even–odd."""

import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compendium.errors import Refused
from compendium.pet.elements import parse, raw_bytes
from compendium.pet.grid import TOLERANCE_MM, slices_at
from compendium.pet.header import CONTOUR_DATA, label
from compendium.pet.series import Series
from compendium.pet.text import text_of

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
    dataset = parse(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's, on the form of values
        shared = dataset.get("ReferencedFrameOfReferenceSequence") or []
        frames = {str(item.get("FrameOfReferenceUID", "")) for item in shared} - {""}
        regions = {}
        for item in dataset.get("StructureSetROISequence") or []:
            own = str(item.get("ReferencedFrameOfReferenceUID", ""))
            name = str(item.get("ROIName", "")).strip() or str(item.ROINumber)
            regions[int(item.ROINumber)] = ContouredRegion(name, {own} if own else frames)
        for item in dataset.get("ROIContourSequence") or []:
            region = regions.get(int(item.get("ReferencedROINumber", -1)))
            if region is not None:
                region.contours.extend(_contours(item, f"{path}, region {region.name}"))
        return StructureSet([*regions.values()], _series_uids(shared))


def _series_uids(shared: Any) -> set[str]:
    return {
        str(series.SeriesInstanceUID)
        for item in shared
        for study in item.get("RTReferencedStudySequence") or []
        for series in study.get("RTReferencedSeriesSequence") or []
    }


def _contours(item: Any, what: str) -> list[FloatArray]:
    contours = []
    for contour in item.get("ContourSequence") or []:
        kind = str(contour.get("ContourGeometricType", ""))
        if kind not in CLOSED:
            raise Refused(
                f"{what}: contour type {kind or 'missing'}; expected {' or '.join(CLOSED)}. Draw "
                "the region as closed contours."
            )
        text = text_of(raw_bytes(contour, CONTOUR_DATA))
        try:
            points = np.array(text.split("\\"), dtype=float).reshape(-1, 3)
        except ValueError as error:
            raise Refused(
                f"{what}: {label(CONTOUR_DATA)} is not a list of x, y, z ({error}). Export the "
                "structure set again."
            ) from error
        if not np.isfinite(points).all():
            raise Refused(f"{what}: {label(CONTOUR_DATA)} holds a number that is not finite.")
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
    for plane in np.unique(planes.round(2)):
        members = np.flatnonzero(planes.round(2) == plane)
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
