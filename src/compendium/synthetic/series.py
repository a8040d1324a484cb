"""Write a PET series: one file a slice, 16 bits with a slope of its own, in a scanner's order."""

import hashlib
import uuid
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import ExplicitVRLittleEndian

from compendium.synthetic.headers import (
    Timing,
    frame_reference_origin,
    series_header,
    slice_header,
    stored_per_suv,
)
from compendium.synthetic.phantom import FloatImage, Grid
from compendium.synthetic.scans import Scan

LARGEST_STORED = 32_767


def uid(*parts: object) -> str:
    """A UID that is the same whenever the parts are."""
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()[:16]
    return f"2.25.{uuid.UUID(bytes=digest, version=4).int}"


def write_series(
    suv: FloatImage, scan: Scan, timing: Timing, grid: Grid, seed: int, folder: Path
) -> list[Dataset]:
    """Write the image as a series and return its headers, from the pelvis upward.

    Files and instance numbers run from the head down, so that neither is the order of position.

    Args:
        suv: image as SUV (g/mL), shape of the grid.
    """
    folder.mkdir(parents=True)
    header = series_header(scan, timing, grid)
    header.StudyInstanceUID = uid(seed, scan.scan_id, "study")
    header.SeriesInstanceUID = uid(seed, scan.scan_id, "series")
    header.FrameOfReferenceUID = uid(seed, scan.frame_of, "frame of reference")
    origin = frame_reference_origin(scan, timing)
    factors = stored_per_suv(scan, timing)
    written = []
    for index in range(grid.shape[0]):
        number = grid.shape[0] - index
        one = Dataset()
        one.update(header)
        one.SOPInstanceUID = uid(seed, scan.scan_id, "slice", index)
        one.InstanceNumber = one.ImageIndex = number
        x0, y0, z0 = grid.origin
        position = [x0, y0, z0 + index * grid.voxel_mm]
        one.ImagePositionPatient = [f"{value:g}" for value in position]
        one.SliceLocation = f"{position[2]:g}"
        for keyword, value in slice_header(scan, timing, index, origin).items():
            setattr(one, keyword, value)
        _set_pixels(one, suv[index] * factors[index])
        _write(one, folder / f"IM{number:04d}.dcm")
        written.append(one)
    return written


def _set_pixels(one: Dataset, values: np.ndarray) -> None:
    """Store values so that the largest of the slice takes nearly all of the 15 bits."""
    peak = float(values.max())
    slope_text = f"{peak / LARGEST_STORED:.8e}" if peak > 0 else "1"
    slope = float(slope_text)
    stored = np.clip(np.rint(values / slope), 0, LARGEST_STORED).astype("<i2")
    one.RescaleSlope = slope_text
    one.LargestImagePixelValue = int(stored.max())
    one.PixelData = stored.tobytes()


def _write(one: Dataset, path: Path) -> None:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = one.SOPClassUID
    meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = "2.25.173925417362748"
    one.file_meta = meta
    one.preamble = b"\0" * 128
    dcmwrite(path, one, enforce_file_format=True)
