"""A folder of slices becomes one volume of stored values, or is refused with the reason.

Voxels are kept as the scanner stored them, with one slope a slice: SUV are computed where a region
needs them, so a whole-body series costs its own size in memory and nothing is ever resampled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from petsuv.elements import Source
from petsuv.errors import Refused
from petsuv.fields import AGAIN
from petsuv.files import slices_among, slices_of
from petsuv.header import Header
from petsuv.slices import Slice
from petsuv.stack import stack_of

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Series:
    """One PET series, sorted along its slice normal.

    Attributes:
        place: the folder, for messages.
        stored: values as stored, shape (slices, rows, columns).
        slope: (0028,1053) of each slice, shape (slices,).
        positions_mm: centre of each slice's first voxel, shape (slices, 3).
        axes: unit vectors along slices, rows and columns, shape (3, 3).
        spacing_mm: voxel spacing along slices, rows and columns, shape (3,).
        acquired_s, duration_s, frame_reference_s: acquisition start (seconds in the header's
            clock), frame duration and frame reference time of each slice; nan where not given.
        decay_factor: (0054,1321) of each slice; nan where not given.
        files, frames: each slice's file, and its frame in it from 1; 0 of a file with one.
        flags: what a reader should know.
    """

    place: str
    header: Header
    stored: NDArray[Any]
    slope: FloatArray
    positions_mm: FloatArray
    axes: FloatArray
    spacing_mm: FloatArray
    acquired_s: FloatArray
    duration_s: FloatArray
    frame_reference_s: FloatArray
    decay_factor: FloatArray
    files: tuple[Source, ...]
    frames: tuple[int, ...]
    sop_instances: tuple[str, ...]
    flags: tuple[str, ...]

    @property
    def uid(self) -> str:
        """SeriesInstanceUID."""
        return self.header["series_uid"].text

    @property
    def voxel_ml(self) -> float:
        """Volume of a voxel, mL."""
        return float(np.prod(self.spacing_mm)) / 1000.0

    def point_mm(self, index: Sequence[int]) -> FloatArray:
        """Patient coordinates of a voxel's centre, mm, from (slice, row, column)."""
        slice_, row, column = index
        steps = row * self.spacing_mm[1] * self.axes[1] + column * self.spacing_mm[2] * self.axes[2]
        return np.asarray(self.positions_mm[slice_] + steps, dtype=float)


def load_series(folder: Path, chosen: str | None = None) -> Series:
    """The one PET series in a folder and its folders, or in a zip archive.

    Args:
        chosen: SeriesInstanceUID or Series Number of one, where there are several.

    Raises:
        InputError: the folder is missing or holds no DICOM file.
        Refused: the files are not one whole, evenly spaced, single-frame PET series.
    """
    return _series(str(folder), *slices_of(folder, chosen))


def series_among(place: str, files: Sequence[Source]) -> Series:
    """The series of these files.

    Raises:
        InputError, Refused: as `load_series`.
    """
    return _series(place, *slices_among(place, files))


def _series(place: str, slices: list[Slice], flags: list[str]) -> Series:
    header = slices[0].header(place)
    _require_convertible_kind(header)
    _require_equal_elements(slices)
    stack = stack_of(place, slices)
    ordered = [slices[index] for index in stack.order]
    stored = np.stack([file.stored(stack.shape) for file in ordered])
    slope = np.array([file.number("slope") for file in ordered])
    _require_plain_rescale(ordered, slope)
    flags += stack.flags
    declared = slices[0].count("number_of_slices")
    if declared not in (0, len(ordered)):
        flags.append(f"number_of_slices({declared} declared, {len(ordered)} found)")
    return Series(
        place=place,
        header=header,
        stored=stored,
        slope=slope,
        positions_mm=stack.positions_mm,
        axes=stack.axes,
        spacing_mm=stack.spacing_mm,
        acquired_s=np.array([file.acquired_s(header["timezone"].text) for file in ordered]),
        duration_s=np.array([file.number("frame_duration") for file in ordered]) / 1000.0,
        frame_reference_s=np.array([file.number("frame_reference") for file in ordered]) / 1000.0,
        decay_factor=np.array([file.number("decay_factor") for file in ordered]),
        files=tuple(file.path for file in ordered),
        frames=tuple(file.frame for file in ordered),
        sop_instances=tuple(file.text("sop_instance") for file in ordered),
        flags=tuple(flags),
    )


def _require_convertible_kind(header: Header) -> None:
    if header["photometric"].text not in ("MONOCHROME2", "MONOCHROME1"):
        raise header["photometric"].refusal("MONOCHROME2")
    if header["lossy"].text not in ("", "00"):
        raise header["lossy"].refusal("00, not lossy", "Export it without lossy compression.")
    for kind in ("DYNAMIC", "GATED", "REPROJECTION"):
        if kind in header["series_type"].values:
            raise header["series_type"].refusal(
                "STATIC or WHOLE BODY, IMAGE: one time frame of transverse slices",
                "Choose the static reconstruction.",
            )


def _require_equal_elements(slices: list[Slice]) -> None:
    for file in slices[1:]:
        if tag := file.differing(slices[0]):
            raise Refused(
                f"{file.path}: {tag} differs from that of {slices[0].path.name}; "
                f"expected the same in every slice of a series. {AGAIN}"
            )


def _require_plain_rescale(slices: list[Slice], slope: FloatArray) -> None:
    for file, value in zip(slices, slope, strict=True):
        if not value > 0:
            raise file.refusal("slope", "a positive slope")
        if file.number("intercept") != 0:
            raise file.refusal("intercept", "0: PET values are proportional to activity")
