"""A DICOM Spatial Registration: how points of one frame of reference lie in another."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from petsuv.errors import InputError, Refused
from petsuv.parsed import parse

FloatArray = NDArray[np.float64]

RIGID_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Motion:
    """A rigid motion of points, mm: turned by `turn`, shape (3, 3), then shifted by `shift_mm`."""

    turn: FloatArray
    shift_mm: FloatArray

    def points(self, points: FloatArray) -> FloatArray:
        """Points, shape (n, 3), in the other frame of reference."""
        moved: FloatArray = points @ self.turn.T + self.shift_mm
        return moved


@dataclass(frozen=True)
class Registration:
    """The rigid motions of a registration file, from each frame of reference to a common one."""

    place: str
    to_common: dict[str, FloatArray]

    def motion(self, frames: Iterable[str], target: str) -> Motion | None:
        """From the first of these frames that the file knows to another; None for no such."""
        known = [frame for frame in frames if frame in self.to_common and frame != target]
        if not known or target not in self.to_common:
            return None
        matrix = np.linalg.inv(self.to_common[target]) @ self.to_common[known[0]]
        return Motion(matrix[:3, :3], matrix[:3, 3])


def read_registration(path: Path) -> Registration:
    """The motions of a Spatial Registration file.

    Raises:
        InputError: the file is missing, or of another modality.
        Refused: it is damaged, or holds a motion that is not rigid.

    Source:
        DICOM PS3.3 C.20.2, Spatial Registration Module.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; expected a DICOM Spatial Registration.")
    dataset = parse(path)
    if dataset.get("Modality") != "REG" or "RegistrationSequence" not in dataset:
        raise InputError(
            f"{path}: DICOM modality {dataset.get('Modality', 'missing')}; expected REG with a "
            "rigid Spatial Registration."
        )
    try:
        found = {str(dataset.FrameOfReferenceUID): np.eye(4)}
        for item in dataset.RegistrationSequence:
            if "FrameOfReferenceUID" in item:
                found[str(item.FrameOfReferenceUID)] = _matrix(item)
    except (AttributeError, IndexError, ValueError, TypeError) as error:
        raise Refused(
            f"{path}: not a whole registration ({error}); expected matrices of 16 numbers. Export "
            "it again."
        ) from error
    for frame, matrix in found.items():
        turn = matrix[:3, :3]
        rigid = np.abs(turn @ turn.T - np.eye(3)).max() <= RIGID_TOLERANCE
        if not rigid or np.linalg.det(turn) < 0 or not np.allclose(matrix[3], (0, 0, 0, 1)):
            raise Refused(
                f"{path}: the matrix of frame of reference {frame} is not rigid; expected a turn "
                "and a shift. Regions cannot be stretched: register rigidly."
            )
    return Registration(str(path), found)


def _matrix(item: Any) -> FloatArray:
    """The product of an item's matrices, which are applied in their order."""
    matrix = np.eye(4)
    for part in item.MatrixRegistrationSequence[0].MatrixSequence:
        values = np.array(part.FrameOfReferenceTransformationMatrix, dtype=float)
        matrix = values.reshape(4, 4) @ matrix
    return matrix
