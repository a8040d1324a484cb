"""Write a PET series: one file a slice, 16 bits with a slope of its own, in a scanner's order."""

import hashlib
import uuid
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.charset import default_encoding
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_data_element, write_file_meta_info
from pydicom.uid import ExplicitVRLittleEndian

from compendium.synthetic.headers import Timing, series_header, slice_header, stored_per_suv
from compendium.synthetic.phantom import FloatImage, Grid
from compendium.synthetic.scans import Scan

LARGEST_STORED = 32_767
LARGEST_PIXEL_VALUE, PIXEL_DATA = 0x00280107, 0x7FE00010
PREAMBLE = b"\0" * 128 + b"DICM"


def uid(*parts: object) -> str:
    """A UID that is the same whenever the parts are."""
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()[:16]
    return f"2.25.{uuid.UUID(bytes=digest, version=4).int}"


@dataclass(frozen=True)
class WrittenSeries:
    """What a series' files say, for regions that refer to them.

    Attributes:
        common: elements that all slices share.
        slices: the other elements of each slice but for its pixels, from the pelvis upward.
    """

    common: Dataset
    slices: tuple[Dataset, ...]

    def header(self, index: int) -> Dataset:
        """The whole header of a slice, without pixels."""
        whole = Dataset()
        whole.update(self.common)
        whole.update(self.slices[index])
        return whole


def write_series(
    suv: FloatImage, scan: Scan, timing: Timing, grid: Grid, seed: int, folder: Path
) -> WrittenSeries:
    """Write the image as a series.

    Files and instance numbers run from the head down, so that neither is the order of position.

    Args:
        suv: image as SUV (g/mL), shape of the grid.
    """
    folder.mkdir(parents=True)
    common = series_header(scan, timing, grid)
    common.StudyInstanceUID = uid(seed, scan.scan_id, "study")
    common.SeriesInstanceUID = uid(seed, scan.scan_id, "series")
    common.FrameOfReferenceUID = uid(seed, scan.frame_of, "frame of reference")
    shared = _encoded(common)
    factors = stored_per_suv(scan, timing)
    slices = []
    for index in range(grid.shape[0]):
        one = Dataset()
        one.SOPInstanceUID = uid(seed, scan.scan_id, "slice", index)
        one.InstanceNumber = one.ImageIndex = grid.shape[0] - index
        one.update(slice_header(scan, timing, index))
        _set_position(one, grid, index)
        stored = _stored(suv[index] * factors[index], one)
        elements = shared | _encoded(one) | _encoded_pixels(stored)
        body = b"".join(elements[tag] for tag in sorted(elements))
        path = folder / f"IM{grid.shape[0] - index:04d}.dcm"
        path.write_bytes(PREAMBLE + _file_meta(common.SOPClassUID, one.SOPInstanceUID) + body)
        slices.append(one)
    return WrittenSeries(common, tuple(slices))


def _set_position(one: Dataset, grid: Grid, index: int) -> None:
    x, y, z = grid.origin
    position = [x, y, z + index * grid.voxel_mm]
    one.ImagePositionPatient = [f"{value:g}" for value in position]
    one.SliceLocation = f"{position[2]:g}"


def _stored(values: np.ndarray, one: Dataset) -> np.ndarray:
    """Values in 16 bits, the largest of the slice taking nearly all of them; sets the slope."""
    peak = float(values.max())
    one.RescaleSlope = f"{peak / LARGEST_STORED:.8e}" if peak > 0 else "1"
    stored = np.rint(values / float(one.RescaleSlope))
    return np.clip(stored, 0, LARGEST_STORED).astype("<i2")


def _encoded(ds: Dataset) -> dict[int, bytes]:
    """Each element as it stands in a file, by tag: what slices share is encoded but once."""
    encoded = {}
    for element in ds:
        buffer = DicomBytesIO()
        buffer.is_little_endian, buffer.is_implicit_VR = True, False
        write_data_element(buffer, element, default_encoding)
        encoded[int(element.tag)] = buffer.getvalue()
    return encoded


def _encoded_pixels(stored: np.ndarray) -> dict[int, bytes]:
    pixels = Dataset()
    pixels.add_new(LARGEST_PIXEL_VALUE, "SS", int(stored.max()))
    pixels.add_new(PIXEL_DATA, "OW", stored.tobytes())
    return _encoded(pixels)


def _file_meta(sop_class: str, sop_instance: str) -> bytes:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = sop_instance
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = "2.25.173925417362748"
    buffer = DicomBytesIO()
    buffer.is_little_endian, buffer.is_implicit_VR = True, False
    write_file_meta_info(buffer, meta)
    return bytes(buffer.getvalue())
