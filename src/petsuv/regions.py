"""Regions of interest as voxels of a PET series, from any of the formats in which they come."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from petsuv.contours import voxels_within
from petsuv.errors import InputError, Refused
from petsuv.grid import require_frame
from petsuv.header import modality_of
from petsuv.masks import Mask, read_mask, voxels_of_label
from petsuv.registration import Registration
from petsuv.segments import Frame, Segmentation, read_segmentation, voxels_of_frames
from petsuv.series import Series
from petsuv.structure_set import DrawnRegion, StructureSet, read_structure_set

IntArray = NDArray[np.int64]

MASK_ENDINGS = (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha")


@dataclass(frozen=True)
class Region:
    """A region on the grid of a PET series, or the reason why it is none.

    Attributes:
        start: slice, row and column of the first voxel of its bounding box.
        voxels: which voxels of the box belong, shape (slices, rows, columns).
        flags: what a reader should know.
        reason: empty, or why the region cannot be used.
    """

    name: str
    start: tuple[int, int, int]
    voxels: NDArray[np.bool_]
    flags: tuple[str, ...] = ()
    reason: str = ""

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


def refused_region(name: str, reason: str) -> Region:
    """A region that cannot be used, with the reason."""
    return Region(name, (0, 0, 0), np.zeros((0, 0, 0), dtype=bool), reason=reason)


@dataclass(frozen=True)
class Reading:
    """How regions are brought onto a series.

    Attributes:
        fill: whether slices that were skipped between drawn contours are filled.
        registration: where regions of another frame of reference lie.
    """

    fill: bool = False
    registration: Registration | None = None


def read_regions(path: Path, series: Series, how: Reading | None = None) -> list[Region]:
    """Every region of a file, in its order, on the grid of the series.

    A region that cannot be used stands in the list with its reason.

    Args:
        how: skipped slices filled, other frames of reference registered; neither by default.

    Raises:
        InputError: the file is missing, of no known format, or holds no region.
        Refused: the whole file cannot be used with this series.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; expected a region file for {series.place}.")
    regions = [
        _region(name, voxels, series, f"{path}, region {name}")
        for name, voxels in _voxels_by_name(path, series, how or Reading())
    ]
    if not regions:
        raise InputError(f"{path}: holds no region; expected at least one. Check the file.")
    counts = Counter(region.name for region in regions)
    return [
        region
        if counts[region.name] == 1
        else refused_region(
            region.name,
            f"{path}: {counts[region.name]} regions are named {region.name}; expected one. Rename "
            "or merge them.",
        )
        for region in regions
    ]


def choose(regions: list[Region], name: str, path: Path) -> Region:
    """The region of that name.

    Raises:
        InputError: there is none; the message lists those that there are.
    """
    for region in regions:
        if region.name == name:
            return region
    names = ", ".join(region.name for region in regions)
    raise InputError(f"{path}: no region named {name}; it holds {names}.")


Voxels = tuple[IntArray, list[str]]  # indices, some of which may lie outside; flags
Named = tuple[str, Callable[[], Voxels]]


def _voxels_by_name(path: Path, series: Series, how: Reading) -> Iterator[Named]:
    modality = modality_of(path)
    if modality == "RTSTRUCT":
        yield from _of_structure_set(path, series, how)
    elif modality == "SEG":
        yield from _of_segmentation(path, series, how)
    elif modality:
        raise InputError(
            f"{path}: DICOM modality {modality}; expected SEG or RTSTRUCT, or a NIfTI or NRRD mask."
        )
    elif path.name.lower().endswith(MASK_ENDINGS):
        yield from _of_mask(path, series)
    else:
        raise InputError(
            f"{path}: neither DICOM nor a mask by its ending; expected SEG, RTSTRUCT or "
            f"{', '.join(MASK_ENDINGS)}."
        )


def _of_structure_set(path: Path, series: Series, how: Reading) -> Iterator[Named]:
    drawn_on = read_structure_set(path)
    if how.registration:
        drawn_on.registered(how.registration, series.header["frame_of_reference"].text)
    for region in drawn_on.regions:
        what = f"{path}, region {region.name}"
        yield region.name, partial(_drawn, series, region, drawn_on, what, how.fill)


def _drawn(
    series: Series, region: DrawnRegion, drawn_on: StructureSet, what: str, fill: bool
) -> Voxels:
    if region.reason:
        raise Refused(region.reason)
    left_out = ", ".join(f"{count} {kind}" for kind, count in region.left_out.items())
    if left_out and not region.contours:
        raise Refused(
            f"{what}: holds {left_out}; expected closed contours. It is left out: it is no region."
        )
    flags = require_frame(series, region.frames, drawn_on.series_uids, what)
    flags += region.flags + ([f"contours_left_out({left_out})"] if left_out else [])
    elsewhere = series.uid not in drawn_on.series_uids
    index, more = voxels_within(series, region, drawn_on if elsewhere else None, what, fill=fill)
    return index, flags + more


def _of_segmentation(path: Path, series: Series, how: Reading) -> Iterator[Named]:
    segmentation = read_segmentation(path)
    drawn_in, flags = segmentation.frames, []
    if how.registration:
        target = series.header["frame_of_reference"].text
        segmentation = segmentation.registered(how.registration, target)
        if segmentation.frames != drawn_in:
            flags.append(f"registered(by {Path(how.registration.place).name})")
    flags += require_frame(series, segmentation.frames, segmentation.series_uids, str(path))
    for name, frames in segmentation.segments:
        what = f"{path}, region {name}"
        yield name, partial(_segmented, series, segmentation, frames, flags, what)


def _segmented(
    series: Series, segmentation: Segmentation, frames: list[Frame], flags: list[str], what: str
) -> Voxels:
    index, more = voxels_of_frames(series, segmentation, frames, what)
    return index, flags + more


def _of_mask(path: Path, series: Series) -> Iterator[Named]:
    mask = read_mask(path, series)
    for value, name in mask.names.items():
        yield name, partial(_labelled, series, mask, value, f"{path}, region {name}")


def _labelled(series: Series, mask: Mask, value: int, what: str) -> Voxels:
    return voxels_of_label(series, mask, value, what), []


def _region(name: str, voxels: Callable[[], Voxels], series: Series, what: str) -> Region:
    try:
        index, flags = voxels()
    except Refused as reason:
        return refused_region(name, str(reason))
    inside = ((index >= 0) & (index < np.array(series.stored.shape))).all(axis=1)
    if not len(index):
        return refused_region(
            name, f"{what}: without any voxel; expected at least one. Draw it, or leave it out."
        )
    if not inside.any():
        return refused_region(
            name, f"{what}: lies outside the PET image; expected it inside. Check the scan."
        )
    index, lost = index[inside], int(np.count_nonzero(~inside))
    more = [f"leaves_image({lost} of {lost + len(index)} voxels outside)"] if lost else []
    more += ["one_voxel"] if len(index) == 1 else []
    start = index.min(axis=0)
    box = np.zeros(index.max(axis=0) - start + 1, dtype=bool)
    box[tuple((index - start).T)] = True
    first = (int(start[0]), int(start[1]), int(start[2]))
    return Region(name, first, box, flags=(*flags, *more))
