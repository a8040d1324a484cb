"""A folder of slices becomes one volume of stored values, or is refused with the reason.

Voxels are kept as the scanner stored them, with one slope a slice: SUV are computed where a region
needs them, so a whole-body series costs its own size in memory and nothing is ever resampled.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from petsuv import header as dicom
from petsuv.errors import InputError, Refused
from petsuv.header import AGAIN, Header, label_of
from petsuv.slices import Slice, read_slice
from petsuv.stack import stack_of

FloatArray = NDArray[np.float64]

NOT_SLICES = (".json", ".txt", ".csv", ".tsv", ".md", ".xml", ".pdf", ".png", ".jpg", ".html",
              ".nii", ".gz", ".nrrd", ".zip", ".xlsx")  # fmt: skip
REGION_MODALITIES = ("SEG", "RTSTRUCT", "SR", "REG", "PR", "KO")


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
    files: tuple[Path, ...]
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


def load_series(folder: Path) -> Series:
    """The one PET series in a folder.

    Raises:
        InputError: the folder is missing or holds no DICOM file.
        Refused: the files are not one whole, evenly spaced, single-frame PET series.
    """
    files = [read_slice(path) for path in _candidates(folder)]
    slices = [file for file in files if file.text("modality") not in REGION_MODALITIES]
    if not slices:
        raise InputError(
            f"{folder}: holds no PET slice; expected a folder with the files of one PET series. "
            "Check the path."
        )
    place = str(folder)
    _require_one_series(place, slices)
    header = dicom.read_header(slices[0].path, place)
    _require_convertible_kind(header)
    _require_equal_elements(slices)
    stack = stack_of(place, slices)
    ordered = [slices[index] for index in stack.order]
    stored = np.stack([file.stored(stack.shape) for file in ordered])
    slope = np.array([file.number("slope") for file in ordered])
    _require_plain_rescale(ordered, slope)
    flags = list(stack.flags)
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
        sop_instances=tuple(file.text("sop_instance") for file in ordered),
        flags=tuple(flags),
    )


def pet_file(folder: Path) -> Path:
    """The first file of a folder that is a PET slice.

    Raises:
        InputError: there is none.
    """
    for path in _candidates(folder):
        if dicom.modality_of(path) == "PT":
            return path
    raise InputError(f"{folder}: holds no PET slice; expected the files of one PET series.")


def _candidates(folder: Path) -> list[Path]:
    """Files that ought to be slices: no hidden ones, no DICOMDIR, no text beside the images."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; expected the files of one PET series.")
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file()
        and not path.name.startswith(".")
        and path.name.upper() != "DICOMDIR"
        and path.suffix.lower() not in NOT_SLICES
    )


def _require_one_series(place: str, slices: list[Slice]) -> None:
    for file in slices:
        if file.text("modality") != "PT":
            raise file.refusal("modality", "PT", "Leave the files of one PET series alone here.")
    counts = Counter(file.text("series_uid") for file in slices)
    if len(counts) > 1 or "" in counts:
        found = ", ".join(f"{uid or 'none'} ({count} files)" for uid, count in counts.items())
        raise Refused(
            f"{place}: {label_of('series_uid')} is {found}; expected one series. Put "
            "each series into a folder of its own."
        )


def _require_convertible_kind(header: Header) -> None:
    sop_class = header["sop_class"]
    if sop_class.text in dicom.ENHANCED_PET_STORAGES:
        raise sop_class.refusal(
            f"the original PET storage class {dicom.PET_STORAGE}, not enhanced multi-frame",
            "Have the archive convert it to single-frame PET.",
        )
    if sop_class.text != dicom.PET_STORAGE:
        raise sop_class.refusal(f"the original PET storage class {dicom.PET_STORAGE}")
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
