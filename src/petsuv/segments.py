"""Regions of a DICOM Segmentation: each frame is laid onto the PET slice at its position."""

import warnings
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from petsuv.errors import Refused
from petsuv.grid import TOLERANCE_MM, first_voxel, slices_at
from petsuv.parsed import parse
from petsuv.registration import Motion, Registration
from petsuv.series import Series
from petsuv.version import SOFTWARE

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SAME_DIRECTION = 1e-3
SAME_SPACING_MM = 1e-3
KINDS = ("BINARY", "FRACTIONAL", "LABELMAP")
FRACTION = 0.5  # of a voxel, or of certainty, from which on it belongs to a fractional segment


@dataclass(frozen=True)
class Frame:
    """One plane of a segment: where its first voxel lies, and which pixels belong."""

    position_mm: FloatArray
    pixels: NDArray[np.bool_]

    def moved(self, motion: Motion) -> "Frame":
        """The plane in another frame of reference."""
        return Frame(motion.points(self.position_mm[None])[0], self.pixels)


@dataclass(frozen=True)
class Segment:
    """The planes of one segment; labels need not be unique, numbers are.

    Attributes:
        made: how this software made it; empty where a person or another one drew it.
    """

    number: int
    label: str
    made: str = ""
    frames: list[Frame] = field(default_factory=list)


@dataclass(frozen=True)
class Segmentation:
    """The segments of a SEG file with the grid that they are on.

    Attributes:
        thickness_mm: from plane to plane; 0 where it is not given.
        flags: what a reader should know.
    """

    segments: list[Segment]
    frames: set[str]
    series_uids: set[str]
    orientation: FloatArray
    spacing_mm: FloatArray
    thickness_mm: float
    flags: tuple[str, ...] = ()

    def registered(self, registration: Registration, target: str) -> "Segmentation":
        """The segments in another frame of reference, where it is known how they lie in it."""
        motion = registration.motion(self.frames, target)
        if motion is None:
            return self
        segments = [
            replace(segment, frames=[frame.moved(motion) for frame in segment.frames])
            for segment in self.segments
        ]
        turned = (self.orientation.reshape(2, 3) @ motion.turn.T).ravel()
        return replace(self, segments=segments, frames={target}, orientation=turned)


def read_segmentation(path: Path) -> Segmentation:
    """The frames of every segment.

    Raises:
        Refused: the file cannot be read, or is of no known type.
    """
    dataset = parse(path)
    kind = str(dataset.get("SegmentationType", ""))
    if kind not in KINDS:
        raise Refused(
            f"{path}: segmentation type is {kind or 'missing'}; expected {', '.join(KINDS)}. "
            "Export the segmentation as whole voxels."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom's, on the form of values
            return _segmentation(dataset, kind)
    except Exception as error:  # pydicom raises a dozen kinds on damaged files
        raise Refused(
            f"{path}: not a whole segmentation ({type(error).__name__}: {error}); expected "
            "segments, a position for each frame, and pixels. Export it again."
        ) from error


def _segmentation(dataset: Any, kind: str) -> Segmentation:
    per_frame = dataset.PerFrameFunctionalGroupsSequence
    planes = np.asarray(dataset.pixel_array).reshape(-1, int(dataset.Rows), int(dataset.Columns))
    segments = {
        int(item.SegmentNumber): Segment(
            int(item.SegmentNumber), str(item.SegmentLabel).strip(), _made(item)
        )
        for item in dataset.SegmentSequence
        if int(item.SegmentNumber) > 0  # 0 is the background of a label map
    }
    if len(segments) != sum(int(item.SegmentNumber) > 0 for item in dataset.SegmentSequence):
        raise ValueError("two segments of one number")
    flags: tuple[str, ...] = ()
    least = 1.0
    if kind == "FRACTIONAL":
        least = FRACTION * int(dataset.MaximumFractionalValue)
        meaning = str(dataset.get("SegmentationFractionalType", "")).lower() or "fraction"
        flags = (f"fractional_segment(voxels of {meaning} {FRACTION:g} and above)",)
    for plane, groups in zip(planes, per_frame, strict=True):
        place = _group(dataset, groups, "PlanePositionSequence").ImagePositionPatient
        position = np.array(place, dtype=float)
        if kind != "LABELMAP":
            identified = _group(dataset, groups, "SegmentIdentificationSequence")
            number = int(identified.ReferencedSegmentNumber)
            segments[number].frames.append(Frame(position, plane >= least))
            continue
        for number in np.unique(plane[plane > 0]):
            segments[int(number)].frames.append(Frame(position, plane == number))
    first = per_frame[0]
    orientation = _group(dataset, first, "PlaneOrientationSequence").ImageOrientationPatient
    measures = _group(dataset, first, "PixelMeasuresSequence")
    return Segmentation(
        [*segments.values()],
        {str(dataset.get("FrameOfReferenceUID", ""))} - {""},
        {str(item.SeriesInstanceUID) for item in dataset.get("ReferencedSeriesSequence") or []},
        np.array(orientation, dtype=float),
        np.array(measures.PixelSpacing, dtype=float),
        float(measures.get("SpacingBetweenSlices") or measures.get("SliceThickness") or 0),
        flags,
    )


def _made(item: Any) -> str:
    software, _, made = str(item.get("SegmentAlgorithmName", "")).partition(" ")
    return made if software == SOFTWARE else ""


def _group(dataset: Any, groups: Any, sequence: str) -> Any:
    """The item of a functional group: a frame's own, or that which all frames share."""
    holder = groups if sequence in groups else dataset.SharedFunctionalGroupsSequence[0]
    return getattr(holder, sequence)[0]


def voxels_of_frames(
    series: Series, segmentation: Segmentation, frames: list[Frame], what: str
) -> tuple[IntArray, list[str]]:
    """Indices (slice, row, column) of a segment's voxels, shape (n, 3), and flags.

    Some may lie outside. A segmentation of another series in the same frame of reference is put on
    the voxels of the PET: each takes the label at its centre.

    Raises:
        Refused: a frame lies between slices, beside the voxels of the PET, or is turned against it.
    """
    if not frames:
        return np.empty((0, 3), dtype=np.int64), []
    expected = np.concatenate([series.axes[2], series.axes[1]])
    if np.abs(segmentation.orientation - expected).max() > SAME_DIRECTION:
        raise Refused(
            f"{what}: plane orientation is {segmentation.orientation.tolist()}; expected that of "
            f"the PET, {expected.round(4).tolist()}. Segment on the PET's own slices."
        )
    if series.uid not in segmentation.series_uids and not _same_grid(series, segmentation, frames):
        return _labels_at_centres(series, segmentation, frames, what)
    if np.abs(segmentation.spacing_mm - series.spacing_mm[1:]).max() > SAME_SPACING_MM:
        raise Refused(
            f"{what}: pixel spacing is {segmentation.spacing_mm.tolist()} mm; expected that of the "
            f"PET, {series.spacing_mm[1:].tolist()} mm. Put the mask onto its grid first."
        )
    positions = np.array([frame.position_mm for frame in frames])
    slices = slices_at(series, positions @ series.axes[0], what)
    parts = []
    for frame, slice_ in zip(frames, slices, strict=True):
        row, column = first_voxel(series, frame.position_mm, what)
        pixels = np.argwhere(frame.pixels) + np.array([row, column])
        parts.append(np.column_stack([np.full(len(pixels), slice_), pixels]))
    return np.concatenate(parts), []


def _same_grid(series: Series, segmentation: Segmentation, frames: list[Frame]) -> bool:
    """Whether the frames lie on voxels of the PET, though they were drawn on another series."""
    offsets = np.array([frame.position_mm for frame in frames]) - series.positions_mm[0]
    index = offsets @ series.axes.T / series.spacing_mm
    away_mm = np.abs(index - np.rint(index)) * series.spacing_mm
    same_mm = np.abs(segmentation.spacing_mm - series.spacing_mm[1:]).max()
    return bool(away_mm.max() <= TOLERANCE_MM and same_mm <= SAME_SPACING_MM)


def _labels_at_centres(
    series: Series, segmentation: Segmentation, frames: list[Frame], what: str
) -> tuple[IntArray, list[str]]:
    """The voxels of the PET whose centre is in a segment of another grid that is not turned."""
    thickness_mm = segmentation.thickness_mm
    if not thickness_mm > 0:
        raise Refused(
            f"{what}: the distance of its planes is not given; expected (0018,0088) Spacing "
            "Between Slices or several planes. Put the mask onto the grid of the PET first."
        )
    at_mm = np.array([frame.position_mm @ series.axes[0] for frame in frames])
    grid_mm = [series.positions_mm @ series.axes[0]]
    for axis in (1, 2):
        first_mm = series.positions_mm[0] @ series.axes[axis]
        grid_mm.append(first_mm + np.arange(series.stored.shape[axis]) * series.spacing_mm[axis])
    parts = []
    for slice_, z_mm in enumerate(grid_mm[0]):
        nearest = int(np.abs(at_mm - z_mm).argmin())
        if abs(at_mm[nearest] - z_mm) > thickness_mm / 2 + TOLERANCE_MM / 10:
            continue
        frame = frames[nearest]
        rows, columns = (
            np.rint((grid_mm[axis] - frame.position_mm @ series.axes[axis])
                    / segmentation.spacing_mm[axis - 1]).astype(np.int64)
            for axis in (1, 2)
        )  # fmt: skip
        shape = frame.pixels.shape
        known = np.ix_((rows >= 0) & (rows < shape[0]), (columns >= 0) & (columns < shape[1]))
        labels = frame.pixels[np.ix_(rows.clip(0, shape[0] - 1), columns.clip(0, shape[1] - 1))]
        inside = np.zeros(labels.shape, dtype=bool)
        inside[known] = labels[known]
        pixels = np.argwhere(inside)
        parts.append(np.column_stack([np.full(len(pixels), slice_), pixels]))
    sizes = (thickness_mm, *segmentation.spacing_mm.tolist())
    grid = " × ".join(f"{size:.2f}" for size in sizes)
    flag = f"drawn_on_other_voxels({grid} mm, put on PET voxels)"
    return np.concatenate([np.empty((0, 3), dtype=np.int64), *parts]), [flag]
