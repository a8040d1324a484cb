"""A small PET series that is right by default; each test changes what it is about.

By default 4 slices of 6 × 5 voxels of 4 × 4 × 3 mm, Bq/mL corrected to the scan's start, 18F,
70 kg, 1.75 m, 370 MBq at 10:00, scan at 11:00 on 2025-03-12. SUV of stored value v with slope 1
is v · 70 000 / (370e6 · exp(-ln 2 · 3600 / 6586.2)) = v · 2.763367e-4.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, PositronEmissionTomographyImageStorage

from petsuv.testing.files import changed, code, save
from petsuv.text import uid_of

SHAPE = (4, 6, 5)
SPACING = (3.0, 4.0, 4.0)
SUV_PER_BQML = 70_000 / (370e6 * 0.5 ** (3600 / 6586.2))
FRAME, SERIES, STUDY = uid_of("frame"), uid_of("series"), uid_of("study")


def stored_values(shape: tuple[int, int, int] = SHAPE) -> NDArray[np.int16]:
    """0, 10, 20, … in the order of the voxels."""
    return (np.arange(np.prod(shape), dtype=np.int16) * 10).reshape(shape)


def radiopharmaceutical(**changes: Any) -> Dataset:
    """The item of the dose; None deletes an element."""
    item = Dataset()
    item.Radiopharmaceutical = "FDG"
    item.RadiopharmaceuticalStartTime = "100000"
    item.RadionuclideTotalDose = "370000000"
    item.RadionuclideHalfLife = "6586.2"
    item.RadiopharmaceuticalStartDateTime = "20250312100000"
    item.RadionuclideCodeSequence = Sequence([code("C-111A1", "SRT", "^18^Fluorine")])
    return changed(item, changes)


def iodine_124(administered: str | None) -> dict[str, Any]:
    """Changes of that item for 124I; without a date, only the time of day 11:00 is told.

    Args:
        administered: YYYYMMDDHHMMSS.
    """
    return {
        "Radiopharmaceutical": "Sodium iodide I^124^",
        "RadionuclideHalfLife": "360806",
        "RadionuclideCodeSequence": Sequence([code("40937006", "SCT", "^124^Iodine")]),
        "RadiopharmaceuticalStartDateTime": administered,
        "RadiopharmaceuticalStartTime": administered[8:] if administered else "110000",
    }


def pet_header() -> Dataset:
    """What a series says of itself, but for instances and geometry."""
    ds = Dataset()
    ds.SOPClassUID = PositronEmissionTomographyImageStorage
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = STUDY, SERIES, FRAME
    ds.ImageType = ["ORIGINAL", "PRIMARY"]
    ds.Modality, ds.Manufacturer = "PT", "SIEMENS"
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = "TEST", "TEST", ""
    ds.StudyDate = ds.SeriesDate = ds.AcquisitionDate = "20250312"
    ds.StudyTime = ds.SeriesTime = ds.AcquisitionTime = "110000"
    ds.StudyID = ds.AccessionNumber = ds.ReferringPhysicianName = ""
    ds.SeriesNumber = 1
    ds.PatientSex, ds.PatientSize, ds.PatientWeight = "F", "1.75", "70"
    ds.Units, ds.DecayCorrection = "BQML", "START"
    ds.CorrectedImage = ["DECY", "ATTN", "SCAT"]
    ds.SeriesType = ["STATIC", "IMAGE"]
    ds.ActualFrameDuration = "120000"
    # 59 937 ms is T_ave of 120 s of 18F: the frame's average lies just before its middle.
    ds.FrameReferenceTime, ds.DecayFactor = "59937", "1.0063278"
    ds.RadiopharmaceuticalInformationSequence = Sequence([radiopharmaceutical()])
    return ds


def one_slice(index: int, pixels: NDArray[Any], **changes: Any) -> Dataset:
    """The slice `index` counted from the feet."""
    ds = pet_header()
    ds.SOPInstanceUID, ds.InstanceNumber = uid_of("slice", index), 100 - index
    describe_pixels(ds, SPACING, pixels.shape)
    ds.ImagePositionPatient = ["-8", "-10", f"{index * SPACING[0]:g}"]
    ds.RescaleSlope = "1"
    ds.PixelData = np.ascontiguousarray(pixels, dtype="<i2").tobytes()
    return changed(ds, changes)


def describe_pixels(
    ds: Dataset, spacing_mm: tuple[float, float, float], matrix: tuple[int, ...]
) -> None:
    """Set what transverse slices of signed 16-bit values have in common, but for the slope.

    Args:
        spacing_mm: along slices, rows, columns.
        matrix: rows and columns.
    """
    ds.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    ds.SliceThickness = f"{spacing_mm[0]:g}"
    ds.PixelSpacing = [f"{step:g}" for step in spacing_mm[1:]]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns = matrix
    ds.BitsAllocated = ds.BitsStored = 16
    ds.HighBit, ds.PixelRepresentation = 15, 1
    ds.RescaleIntercept = "0"


def pet_slices(
    stored: NDArray[Any] | None = None,
    dose: dict[str, Any] | None = None,
    each: Callable[[int, Dataset], None] | None = None,
    **changes: Any,
) -> list[Dataset]:
    """A series as datasets from the feet upward.

    Args:
        dose: changes of the radiopharmaceutical item.
        each: further changes of a slice, by its index.
        changes: of every slice, by keyword; None deletes an element.
    """
    stored = stored_values() if stored is None else stored
    found = []
    for index, pixels in enumerate(stored):
        ds = one_slice(index, pixels, **changes)
        if dose is not None and "RadiopharmaceuticalInformationSequence" not in changes:
            item = radiopharmaceutical(**dose)
            ds.RadiopharmaceuticalInformationSequence = Sequence([item])
        if each is not None:
            each(index, ds)
        found.append(ds)
    return found


def write_slices(
    folder: Path, datasets: Iterable[Dataset], syntax: str = ExplicitVRLittleEndian
) -> Path:
    """Write slices under names that are in no order of position."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, ds in enumerate(datasets):
        save(ds, folder / f"{(number * 7) % 11:02d}_{number}.dcm", syntax)
    return folder


def write_series(folder: Path, **arguments: Any) -> Path:
    """Write a series with the given changes; arguments are those of `pet_slices`."""
    return write_slices(folder, pet_slices(**arguments))
