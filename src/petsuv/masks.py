"""Regions of a NIfTI or NRRD mask: whole-number labels on the voxels of the PET."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from petsuv.affines import NIFTI_ENDINGS, nifti_affine, require_geometry
from petsuv.errors import InputError, Refused
from petsuv.grid import TOLERANCE_MM, first_voxel, slices_at, unevenness_mm
from petsuv.series import Series

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

ALONG = 0.999  # cosine of a mask axis with the PET axis that it follows
ROUNDING = 1e-6  # of a voxel
MOST_LABELS = 1000  # nobody draws more; a map of more labels is no mask
REMEDY = "Put the mask onto the grid of the PET first, or say that it was drawn on CT."


@dataclass(frozen=True)
class Mask:
    """Labels on a grid, brought into the order slice, row, column of the PET.

    Attributes:
        labels: shape (slices, rows, columns).
        names: region name of each label.
        first_mm: centre of the first voxel.
        steps_mm: from voxel to voxel along slices, rows, columns, shape (3, 3).
        flags: what a reader should know.
    """

    labels: NDArray[np.int64]
    names: dict[int, str]
    first_mm: FloatArray
    steps_mm: FloatArray
    flags: tuple[str, ...] = ()


def read_mask(path: Path, series: Series, *, on_ct: bool = False) -> Mask:
    """A mask file in the PET's order of axes.

    Args:
        on_ct: whether it was drawn on CT in the PET's space, which the file itself cannot say: its
            labels are then taken at the centres of the PET's voxels where its grid is another.

    Raises:
        InputError: the file cannot be read.
        Refused: it is no 3-D mask of whole numbers, does not say where it lies or says two things,
            or is on another grid.
    """
    import SimpleITK as sitk

    try:
        image = sitk.ReadImage(str(path))
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise InputError(
            f"{path}: cannot be read as a mask ({reason}); expected a DICOM SEG or RTSTRUCT, a "
            "NIfTI or an NRRD file."
        ) from error
    if image.GetDimension() == 4 and image.GetSize()[3] == 1:  # one time, as some tools write
        image = image[:, :, :, 0]
    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        raise Refused(
            f"{path}: the mask has {image.GetDimension()} dimensions and "
            f"{image.GetNumberOfComponentsPerPixel()} values a voxel; expected 3 and 1. Save one "
            "label map."
        )
    values = sitk.GetArrayFromImage(image)
    labels = values.astype(np.int64)
    if not np.array_equal(labels, values) or labels.min() < 0:
        raise Refused(
            f"{path}: the mask holds values that are not whole numbers from 0; expected labels, "
            "not probabilities. Threshold it first."
        )
    names = _names(path, {key: image.GetMetaData(key) for key in image.GetMetaDataKeys()}, labels)
    first, steps = _geometry(path, image)
    mask = Mask(labels, names, first, steps)
    try:
        ordered = _in_order(mask, series, path)
    except Refused:
        if not on_ct:
            raise
        return _at_pet_voxels(mask, series, path)
    return _at_pet_voxels(mask, series, path) if on_ct and _between(ordered, series) else ordered


def _between(mask: Mask, series: Series) -> bool:
    """Whether the voxels of a mask in the PET's order lie between those of the PET."""
    offset = (mask.first_mm - series.positions_mm[0]) @ series.axes.T / series.spacing_mm
    steps = mask.steps_mm[0] @ series.axes[0] - series.spacing_mm[0]
    drift_mm = abs(steps) * (mask.labels.shape[0] - 1)
    away_mm = np.abs(offset - np.rint(offset)) * series.spacing_mm
    return bool(max(drift_mm, away_mm.max()) > TOLERANCE_MM + unevenness_mm(series))


def _geometry(path: Path, image: Any) -> tuple[FloatArray, FloatArray]:
    """Centre of the first voxel, and steps along the array's own axes, slowest first, mm."""
    if path.name.lower().endswith(NIFTI_ENDINGS):
        affine = nifti_affine(path)
        return affine[:3, 3], affine[:3, 2::-1].T
    require_geometry(path)
    direction = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    return np.array(image.GetOrigin()), direction.T[::-1]


def _at_pet_voxels(mask: Mask, series: Series, path: Path) -> Mask:
    """The labels at the centres of the PET's voxels; nothing of the PET is resampled.

    Raises:
        Refused: the mask does not reach the PET.
    """
    steps_mm = series.spacing_mm[:, None] * series.axes
    shape = series.stored.shape
    to_index = np.linalg.inv(mask.steps_mm)
    plane = np.indices(shape[1:]).reshape(2, -1).T @ steps_mm[1:]
    labels = np.zeros(shape, dtype=np.int64)
    reached = False
    for slice_, first in enumerate(series.positions_mm):
        at = (plane + first - mask.first_mm) @ to_index
        index = np.floor(at + 0.5 + ROUNDING).astype(np.int64)  # halves upward, as SimpleITK does
        known = ((index >= 0) & (index < mask.labels.shape)).all(axis=1)
        reached |= bool(known.any())
        labels[slice_].ravel()[known] = mask.labels[tuple(index[known].T)]
    if not reached:
        raise Refused(
            f"{path}: the mask does not reach the PET; expected it in the same space. Use the mask "
            "that was drawn on this examination."
        )
    grid = " × ".join(f"{size:.2f}" for size in np.linalg.norm(mask.steps_mm, axis=1))
    flag = f"mask_on_other_voxels({grid} mm, put on PET voxels)"
    return Mask(labels, mask.names, series.positions_mm[0], steps_mm, (flag,))


def _names(path: Path, metadata: dict[str, str], labels: NDArray[np.int64]) -> dict[int, str]:
    """Names by 3D Slicer's keys, by a BIDS table beside the mask, else the label or the file."""
    present = [int(value) for value in np.unique(labels) if value > 0]
    if len(present) > MOST_LABELS:
        raise Refused(
            f"{path}: the mask holds {len(present)} labels; expected regions, at most "
            f"{MOST_LABELS}. Save the label map of the lesions."
        )
    names: dict[int, str] = {}
    for key, name in metadata.items():
        if key.startswith("Segment") and key.endswith("_Name"):
            value = metadata.get(key.replace("_Name", "_LabelValue"), "")
            names |= {int(value): name} if value.isdecimal() else {}
    table = path.with_name(stem(path) + ".tsv")
    if table.is_file():
        header, *rows = (line.split("\t") for line in table.read_text("utf-8").splitlines() if line)
        if "index" in header and "name" in header:
            at, called = header.index("index"), header.index("name")
            names |= {int(row[at]): row[called].strip() for row in rows if row[at].isdecimal()}
    only = stem(path) if len(present) == 1 else ""
    return {value: names.get(value) or only or str(value) for value in {*present, *names}}


def stem(path: Path) -> str:
    """A mask file's name without its endings."""
    name = path.name
    for ending in (".gz", ".nii", ".nrrd", ".nhdr", ".seg", ".mha"):
        name = name.removesuffix(ending)
    return name


def _in_order(mask: Mask, series: Series, path: Path) -> Mask:
    """Permute and flip the mask's axes until they run as the PET's do."""
    lengths = np.linalg.norm(mask.steps_mm, axis=1)
    cosines = mask.steps_mm / lengths[:, None] @ series.axes.T
    order = np.abs(cosines).argmax(axis=0)
    if sorted(order) != [0, 1, 2] or np.abs(cosines[order, [0, 1, 2]]).min() < ALONG:
        raise Refused(
            f"{path}: the mask's axes are turned against those of the PET; expected the same grid. "
            f"{REMEDY}"
        )
    labels, steps, first = mask.labels.transpose(order), mask.steps_mm[order], mask.first_mm
    for axis in range(3):
        if steps[axis] @ series.axes[axis] < 0:
            first = first + steps[axis] * (labels.shape[axis] - 1)
            steps = steps * np.where(np.arange(3) == axis, -1.0, 1.0)[:, None]
            labels = np.flip(labels, axis)
    for axis, name in ((1, "row"), (2, "column")):
        # A mask's own rounding of the spacing may not add up to more than the tolerance.
        drift = (steps[axis] - series.spacing_mm[axis] * series.axes[axis]) * (
            labels.shape[axis] - 1
        )
        if np.linalg.norm(drift) > TOLERANCE_MM:
            raise Refused(
                f"{path}: the mask's {name} spacing is {np.linalg.norm(steps[axis]):.4f} mm; "
                f"expected the PET's {series.spacing_mm[axis]:.4f} mm. "
                f"{REMEDY}"
            )
    sideways = series.axes[1:] @ steps[0] * (labels.shape[0] - 1)
    if np.linalg.norm(sideways) > TOLERANCE_MM:
        raise Refused(
            f"{path}: the mask moves {np.linalg.norm(sideways):.2f} mm sideways over its slices; "
            f"expected them above each other as those of the PET. {REMEDY}"
        )
    return Mask(labels, mask.names, first, steps)


def voxels_of_label(series: Series, mask: Mask, value: int, what: str) -> IntArray:
    """Indices (slice, row, column) of a label's voxels, shape (n, 3); some may lie outside.

    Raises:
        Refused: the mask's planes lie between slices, or its voxels beside those of the PET.
    """
    index = np.argwhere(mask.labels == value)
    if not len(index):
        return index
    used = np.unique(index[:, 0])
    planes = mask.first_mm + used[:, None] * mask.steps_mm[0]
    slices = slices_at(series, planes @ series.axes[0], what, unevenness_mm(series))
    row, column = first_voxel(series, mask.first_mm, what)
    placed = slices[np.searchsorted(used, index[:, 0])]
    return np.column_stack([placed, index[:, 1] + row, index[:, 2] + column])
