"""Regions of a NIfTI or NRRD mask: whole-number labels on the voxels of the PET."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from petsuv.errors import InputError, Refused
from petsuv.grid import TOLERANCE_MM, first_voxel, slices_at, unevenness_mm
from petsuv.series import Series

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

ALONG = 0.999  # cosine of a mask axis with the PET axis that it follows


@dataclass(frozen=True)
class Mask:
    """Labels on a grid, brought into the order slice, row, column of the PET.

    Attributes:
        labels: shape (slices, rows, columns).
        names: region name of each label.
        first_mm: centre of the first voxel.
        steps_mm: from voxel to voxel along slices, rows, columns, shape (3, 3).
    """

    labels: NDArray[np.int64]
    names: dict[int, str]
    first_mm: FloatArray
    steps_mm: FloatArray


def read_mask(path: Path, series: Series) -> Mask:
    """A mask file in the PET's order of axes.

    Raises:
        InputError: the file cannot be read.
        Refused: it is no 3-D mask of whole numbers, or is turned against the PET.
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
    direction = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    steps = direction.T[::-1]  # rows: step along the array's own axes, slowest first
    return _in_order(Mask(labels, names, np.array(image.GetOrigin()), steps), series, path)


def _names(path: Path, metadata: dict[str, str], labels: NDArray[np.int64]) -> dict[int, str]:
    """Names by 3D Slicer's keys, by a BIDS table beside the mask, else the label or the file."""
    present = [int(value) for value in np.unique(labels) if value > 0]
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
            "Put the mask onto the grid of the PET first."
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
                "Put the mask onto its grid first."
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
