"""Contours of a structure set on the voxels of a PET series, by centre inclusion."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from petsuv.errors import Refused
from petsuv.grid import TOLERANCE_MM, slices_at
from petsuv.outlines import combined, drawn
from petsuv.series import Series
from petsuv.structure_set import DrawnRegion, StructureSet

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

ON_CONTOUR_MM = 0.01  # contours are written with two decimals or more
ROUNDED_MM = 0.5  # how far a position in whole millimetres may be from its own
GAP = 1.5  # planes further apart than so many times their own spacing leave some out
LARGEST_EXTENT = 4096  # pixels; a contour beyond it is a damaged number


@dataclass(frozen=True)
class Planes:
    """The contours of a region by the slices that they are on.

    Attributes:
        members: contours on each slice; slices beyond the image count on.
        flags: what a reader should know.
    """

    members: dict[int, list[int]]
    flags: list[str]


def voxels_within(
    series: Series,
    region: DrawnRegion,
    elsewhere: StructureSet | None,
    what: str,
    *,
    fill: bool = False,
) -> tuple[IntArray, list[str]]:
    """Indices (slice, row, column) of voxels whose centre is inside, shape (n, 3), and flags.

    Voxels beyond the image are among them.

    Args:
        elsewhere: the structure set of a region that was drawn on another series in the same frame
            of reference, whose planes need not be slices of this one; None for one drawn on this.
        fill: whether slices that were skipped between drawn ones are filled by interpolation.

    Raises:
        Refused: a contour is not parallel to the slices, or not in the plane of one.
    """
    if not region.contours:
        return np.empty((0, 3), dtype=np.int64), []
    along = [points @ series.axes[0] for points in region.contours]
    if any(np.ptp(values) > TOLERANCE_MM for values in along):
        raise Refused(
            f"{what}: a contour is not parallel to the PET slices; expected one drawn on them. "
            "Transfer the region to the PET series in the contouring software."
        )
    planes_mm = np.array([values.mean() for values in along])
    steps = (planes_mm - series.positions_mm[0] @ series.axes[0]) / series.spacing_mm[0]
    away_mm = np.abs(steps - np.rint(steps)).max() * series.spacing_mm[0]
    if elsewhere is None or away_mm <= TOLERANCE_MM:
        planes = _on_own_slices(series, planes_mm, what)
    else:
        spacing_mm = _spacing_of(elsewhere, series, what)
        planes = _on_nearest_slices(series, planes_mm, spacing_mm)
    mask, first, odd = _mask(series, region, planes, what)
    flags = [*planes.flags, *odd, *_skipped(mask, fill=fill)]
    return np.argwhere(mask) + first, flags


def _spacing_of(drawn_on: StructureSet, series: Series, what: str) -> float:
    """Distance between neighbouring planes of the series that a structure set was drawn on, mm."""
    means = [c.mean(axis=0) for region in drawn_on.regions for c in region.contours]
    planes_mm = np.unique((np.array(means) @ series.axes[0]).round(2))
    steps = np.diff(planes_mm)
    if not (steps > TOLERANCE_MM).any():
        raise Refused(
            f"{what}: drawn on one plane between the PET slices; expected several, which tell how "
            "thick they are. Transfer the region to the PET series in the contouring software."
        )
    return float(steps[steps > TOLERANCE_MM].min())


def _on_own_slices(series: Series, planes_mm: FloatArray, what: str) -> Planes:
    """Each contour on the slice that it was drawn on; positions in whole mm may be rounded."""
    whole = bool(np.abs(planes_mm - np.rint(planes_mm)).max() < 1e-6)
    rounding = min(ROUNDED_MM, float(series.spacing_mm[0]) / 2) - TOLERANCE_MM if whole else 0.0
    slices = slices_at(series, planes_mm, what, max(rounding, 0.0))
    centres = series.positions_mm @ series.axes[0]
    beyond = np.rint((planes_mm - centres[0]) / series.spacing_mm[0]).astype(np.int64)
    beyond = np.where(planes_mm < centres[0], np.minimum(beyond, -1), beyond)
    beyond = np.where(planes_mm > centres[-1], np.maximum(beyond, len(centres)), beyond)
    inside = slices >= 0
    away_mm = np.abs(planes_mm - centres[slices])[inside].max(initial=0.0)
    flags = []
    if away_mm > TOLERANCE_MM:
        flags.append(f"contour_positions_rounded(up to {away_mm:.2f} mm from their slices)")
    members: dict[int, list[int]] = {}
    for contour, slice_ in enumerate(np.where(inside, slices, beyond).tolist()):
        members.setdefault(slice_, []).append(contour)
    return Planes(members, flags)


def _on_nearest_slices(series: Series, planes_mm: FloatArray, spacing_mm: float) -> Planes:
    """Each slice with the contours of the plane within half whose spacing it lies."""
    centres = series.positions_mm @ series.axes[0]
    step = float(series.spacing_mm[0])
    ends = (planes_mm.min() - spacing_mm / 2, planes_mm.max() + spacing_mm / 2)
    first, last = (int(np.rint((end - centres[0]) / step)) for end in ends)
    members = {}
    for slice_ in range(first - 1, last + 2):
        inside = 0 <= slice_ < len(centres)
        at_mm = centres[slice_] if inside else centres[0] + slice_ * step
        away_mm = np.abs(planes_mm - at_mm)
        if away_mm.min() <= spacing_mm / 2 + ON_CONTOUR_MM:
            nearest = planes_mm[away_mm.argmin()]
            near = np.abs(planes_mm - nearest) <= TOLERANCE_MM
            members[slice_] = np.flatnonzero(near).tolist()
    return Planes(members, [f"drawn_on_other_planes(every {spacing_mm:.2f} mm, put on PET voxels)"])


def _mask(
    series: Series, region: DrawnRegion, planes: Planes, what: str
) -> tuple[BoolArray, IntArray, list[str]]:
    """The region in a box that has room for it, the index of the box's first voxel, and flags."""
    if not planes.members:
        return np.zeros((0, 0, 0), dtype=bool), np.zeros(3, dtype=np.int64), []
    loops = {slice_: [_loop(series, region.contours[i], slice_) for i in contours]
             for slice_, contours in planes.members.items()}  # fmt: skip
    points = np.concatenate([loop for found in loops.values() for loop in found])
    low = np.floor(points.min(axis=0)).astype(np.int64)
    extent = np.ceil(points.max(axis=0)).astype(np.int64) - low + 1
    if extent.max() > LARGEST_EXTENT:
        raise Refused(
            f"{what}: a contour spans {extent.max()} pixels of the PET; expected at most "
            f"{LARGEST_EXTENT}. Its coordinates are damaged: export the structure set again."
        )
    bottom, top = min(loops), max(loops)
    if top - bottom > LARGEST_EXTENT:
        raise Refused(
            f"{what}: its contours span {top - bottom} slices of the PET; expected at most "
            f"{LARGEST_EXTENT}. Its coordinates are damaged: export the structure set again."
        )
    shape = (int(extent[0]), int(extent[1]))
    mask = np.zeros((top - bottom + 1, *shape), dtype=bool)
    tolerance = ON_CONTOUR_MM / float(series.spacing_mm[1:].min())
    odd: dict[str, int] = {}
    for slice_, found in loops.items():
        outlines = [drawn(loop, low, shape, tolerance) for loop in found]
        mask[slice_ - bottom], flags = combined(outlines, tolerance, xor=region.xor)
        for flag in flags:
            odd[flag] = odd.get(flag, 0) + 1
    return mask, np.array([bottom, *low]), [f"contours_{f}({n} slices)" for f, n in odd.items()]


def _loop(series: Series, contour: FloatArray, slice_: int) -> FloatArray:
    """A contour in rows and columns of the slice that it is put on."""
    origin = series.positions_mm[np.clip(slice_, 0, len(series.positions_mm) - 1)]
    loop: FloatArray = (contour - origin) @ series.axes[1:].T / series.spacing_mm[1:]
    return loop


def _skipped(mask: BoolArray, *, fill: bool) -> list[str]:
    """Flags of slices that were left out between drawn ones; fills them in the mask if asked.

    Parts of a region that do not lie above each other are parts, with nothing left out between.
    """
    drawn_on = np.flatnonzero(mask.any(axis=(1, 2)))
    gaps = [
        (low, high)
        for low, high in zip(drawn_on[:-1].tolist(), drawn_on[1:].tolist(), strict=True)
        if high - low > GAP and (mask[low] & mask[high]).any()
    ]
    skipped = sum(high - low - 1 for low, high in gaps)
    if not skipped:
        return []
    if not fill:
        return [f"slices_skipped({skipped} between drawn ones are not in the region)"]
    for low, high in gaps:
        ends = [_depth(mask[plane]) for plane in (low, high)]
        for plane in range(low + 1, high):
            share = (plane - low) / (high - low)
            mask[plane] = (1 - share) * ends[0] + share * ends[1] > 0
    return [f"slices_filled({skipped} between drawn ones, by interpolation)"]


def _depth(plane: BoolArray) -> FloatArray:
    """Distance of each pixel to the region's edge, positive inside."""
    from scipy.ndimage import distance_transform_edt

    padded = np.pad(plane, 1)
    depth: FloatArray = distance_transform_edt(padded) - distance_transform_edt(~padded)
    return depth[1:-1, 1:-1]
