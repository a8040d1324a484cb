"""Write a DICOM Spatial Registration: rigid motions to a common frame of reference."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from pydicom.dataset import Dataset
from pydicom.uid import SpatialRegistrationStorage

from petsuv.testing.files import changed, save
from petsuv.text import uid_of


def moved(frame: str, *matrices: ArrayLike) -> Dataset:
    """The item of a frame of reference: matrices, shape (4, 4), that are applied in their order."""
    one, chain = Dataset(), Dataset()
    one.FrameOfReferenceUID = frame
    chain.MatrixSequence = []
    for matrix in matrices:
        part = Dataset()
        part.FrameOfReferenceTransformationMatrixType = "RIGID"
        part.FrameOfReferenceTransformationMatrix = [f"{v:.10g}" for v in np.ravel(matrix)]
        chain.MatrixSequence.append(part)
    one.MatrixRegistrationSequence = [chain]
    return one


def write_registration(path: Path, common: str, *items: Dataset, **changes: Any) -> Path:
    """Write the items with their common frame of reference; returns the path.

    Args:
        changes: further elements by keyword; None deletes one.
    """
    ds = Dataset()
    ds.SOPClassUID = SpatialRegistrationStorage
    ds.SOPInstanceUID = uid_of("registration", path.name)
    ds.Modality, ds.FrameOfReferenceUID = "REG", common
    ds.RegistrationSequence = list(items)
    changed(ds, changes)
    return save(ds, path)
