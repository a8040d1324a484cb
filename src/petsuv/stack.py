"""The order and place of a series' slices in the patient, or why they are no even stack."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from petsuv.errors import Refused
from petsuv.fields import AGAIN
from petsuv.header import label_of
from petsuv.slices import Slice

FloatArray = NDArray[np.float64]

JITTER_MM = 0.1  # how far a step may differ from the others; a real GE series needs 0.05
ORIENTATION_TOLERANCE = 1e-4
SAME_PLACE_MM = 0.01


@dataclass(frozen=True)
class Stack:
    order: NDArray[np.int64]
    positions_mm: FloatArray
    axes: FloatArray
    spacing_mm: FloatArray
    shape: tuple[int, int]
    flags: tuple[str, ...]


def stack_of(place: str, slices: list[Slice]) -> Stack:
    """Sort by position along the slice normal; refuse what is not an even stack."""
    first = slices[0]
    orientation = np.array(first.numbers("orientation", 6))
    pixel_spacing = first.numbers("pixel_spacing", 2)
    shape = (first.count("rows"), first.count("columns"))
    for file in slices:
        found = np.array(file.numbers("orientation", 6))
        if np.abs(found - orientation).max() > ORIENTATION_TOLERANCE:
            raise file.refusal("orientation", f"that of {first.path.name} in every slice")
        drift = np.abs(np.subtract(file.numbers("pixel_spacing", 2), pixel_spacing)) * max(shape)
        if drift.max() > JITTER_MM or min(pixel_spacing) <= 0:
            raise file.refusal("pixel_spacing", "one positive spacing in every slice")
        if (file.count("rows"), file.count("columns")) != shape or min(shape) < 1:
            raise file.refusal("rows", "the same matrix in every slice")
    along_row, along_column = orientation[:3], orientation[3:]
    lengths = np.array([np.linalg.norm(along_row), np.linalg.norm(along_column)])
    if np.abs(lengths - 1).max() > 1e-3 or abs(along_row @ along_column) > 1e-3:
        raise first.refusal("orientation", "two unit vectors at a right angle")
    axes = np.stack([np.cross(along_row, along_column), along_column, along_row])
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    positions = np.array([file.numbers("position", 3) for file in slices])
    order = np.argsort(positions @ axes[0], kind="stable")
    positions = positions[order]
    step, flags = _slice_step(place, [slices[index] for index in order], positions, axes)
    spacing = np.array([step, pixel_spacing[0], pixel_spacing[1]])
    return Stack(order, positions, axes, spacing, shape, flags)


def _slice_step(
    place: str, slices: list[Slice], positions: FloatArray, axes: FloatArray
) -> tuple[float, tuple[str, ...]]:
    """Mean distance between neighbours, mm, once the stack is known to be even."""
    if len(slices) == 1:
        thickness = slices[0].number("slice_thickness")
        if not thickness > 0:
            raise slices[0].refusal("slice_thickness", "a thickness in mm")
        return thickness, ("single_slice(spacing from slice thickness)",)
    along = positions @ axes[0]
    steps = np.diff(along)
    tag = label_of("position")
    if (steps < SAME_PLACE_MM).any():
        where = int(np.argmax(steps < SAME_PLACE_MM))
        pair = " and ".join(file.path.name for file in slices[where : where + 2])
        raise Refused(
            f"{place}: {tag} is the same in {pair} ({along[where]:.2f} mm along the normal); "
            "expected one slice a position. Remove the copy, or choose one time frame of a dynamic "
            "series."
        )
    middle = float(np.median(steps))
    if np.abs(steps - middle).max() > JITTER_MM:
        where = int(np.argmax(np.abs(steps - middle)))
        pair = " and ".join(file.path.name for file in slices[where : where + 2])
        raise Refused(
            f"{place}: {tag} leaves a gap of {steps[where]:.2f} mm between {pair}; expected "
            f"{middle:.2f} mm as elsewhere (within {JITTER_MM} mm). {AGAIN}"
        )
    sideways = (positions - positions[0]) @ axes[1:].T
    if np.abs(sideways).max() > JITTER_MM:
        raise Refused(
            f"{place}: {tag} moves {np.abs(sideways).max():.2f} mm sideways over the stack; "
            f"expected slices above each other (within {JITTER_MM} mm). Use the untilted series."
        )
    return float(along[-1] - along[0]) / (len(slices) - 1), ()
