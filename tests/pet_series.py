"""Small PET series made in the test: right by default, each test changes what it is about.

By default 4 slices of 6 × 5 voxels of 4 × 4 × 3 mm, Bq/mL corrected to the scan's start, 18F,
70 kg, 1.75 m, 370 MBq at 10:00, scan at 11:00 on 2025-03-12. SUV of stored value v with slope 1
is v · 70 000 / (370e6 · exp(-ln 2 · 3600 / 6586.2)) = v · 2.763367e-4.
"""

import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import (
    ExplicitVRLittleEndian,
    PositronEmissionTomographyImageStorage,
    RTStructureSetStorage,
    SegmentationStorage,
    generate_uid,
)

from petsuv.header import Header
from petsuv.regions import Region
from petsuv.series import Series
from petsuv.suv import Conversion
from petsuv.volume import Volume

SHAPE = (4, 6, 5)
SPACING = (3.0, 4.0, 4.0)
SUV_PER_BQML = 70_000 / (370e6 * 0.5 ** (3600 / 6586.2))
FRAME = generate_uid(entropy_srcs=["frame"])
SERIES = generate_uid(entropy_srcs=["series"])
STUDY = generate_uid(entropy_srcs=["study"])


def stored_values(shape: tuple[int, int, int] = SHAPE) -> np.ndarray:
    """0, 10, 20, … in the order of the voxels."""
    return (np.arange(np.prod(shape), dtype=np.int16) * 10).reshape(shape)


def radiopharmaceutical(**changes: Any) -> Dataset:
    """The item of the dose; None deletes an element."""
    item = Dataset()
    item.Radiopharmaceutical = "18F-Trop2"
    item.RadiopharmaceuticalStartTime = "100000"
    item.RadionuclideTotalDose = "370000000"
    item.RadionuclideHalfLife = "6586.2"
    item.RadiopharmaceuticalStartDateTime = "20250312100000"
    item.RadionuclideCodeSequence = Sequence([code("C-111A1", "SRT", "^18^Fluorine")])
    return changed(item, changes)


def code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def changed(dataset: Dataset, changes: dict[str, Any]) -> Dataset:
    """Set elements by keyword; None deletes one, bytes are written as they are, right or wrong."""
    for keyword, value in changes.items():
        if value is None:
            if keyword in dataset:
                delattr(dataset, keyword)
        elif isinstance(value, bytes) and keyword != "PixelData":
            tag = Tag(keyword)
            padded = value + b" " * (len(value) % 2)
            vr = dictionary_VR(tag)
            dataset[tag] = RawDataElement(tag, vr, len(padded), padded, 0, False, True)
        else:
            setattr(dataset, keyword, value)
    return dataset


def one_slice(index: int, pixels: np.ndarray, **changes: Any) -> Dataset:
    """The slice `index` counted from the feet."""
    ds = Dataset()
    ds.SOPClassUID = PositronEmissionTomographyImageStorage
    ds.SOPInstanceUID = generate_uid(entropy_srcs=["slice", str(index)])
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = STUDY, SERIES, FRAME
    ds.Modality, ds.Manufacturer = "PT", "SIEMENS"
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = "TEST", "TEST", ""
    ds.StudyDate = ds.SeriesDate = ds.AcquisitionDate = "20250312"
    ds.StudyTime = ds.SeriesTime = ds.AcquisitionTime = "110000"
    ds.StudyID = ds.AccessionNumber = ds.ReferringPhysicianName = ""
    ds.SeriesNumber, ds.InstanceNumber = 1, 100 - index
    ds.PatientSex, ds.PatientSize, ds.PatientWeight = "F", "1.75", "70"
    ds.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    ds.ImagePositionPatient = ["-8", "-10", f"{index * SPACING[0]:g}"]
    ds.PixelSpacing = [f"{SPACING[1]:g}", f"{SPACING[2]:g}"]
    ds.SliceThickness = f"{SPACING[0]:g}"
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns = pixels.shape
    ds.BitsAllocated = ds.BitsStored = 16
    ds.HighBit, ds.PixelRepresentation = 15, 1
    ds.RescaleIntercept, ds.RescaleSlope = "0", "1"
    ds.Units, ds.DecayCorrection = "BQML", "START"
    ds.CorrectedImage = ["DECY", "ATTN", "SCAT"]
    ds.SeriesType = ["STATIC", "IMAGE"]
    ds.ActualFrameDuration = "120000"
    # 59 937 ms is T_ave of 120 s of 18F: the frame's average lies just before its middle.
    ds.FrameReferenceTime, ds.DecayFactor = "59937", "1.0063278"
    ds.RadiopharmaceuticalInformationSequence = Sequence([radiopharmaceutical()])
    ds.PixelData = np.ascontiguousarray(pixels, dtype="<i2").tobytes()
    return changed(ds, changes)


def slices(
    stored: np.ndarray | None = None,
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


def save(ds: Dataset, path: Path, syntax: str = ExplicitVRLittleEndian) -> Path:
    """Write a dataset, as it is, in the given transfer syntax."""
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID = ds.get("SOPClassUID", SegmentationStorage)
    ds.file_meta.MediaStorageSOPInstanceUID = ds.get("SOPInstanceUID", generate_uid())
    ds.file_meta.TransferSyntaxUID = syntax
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's, on values that are damaged on purpose
        ds.save_as(path, enforce_file_format=True)
    return path


def write(folder: Path, datasets: Iterable[Dataset], syntax: str = ExplicitVRLittleEndian) -> Path:
    """Write slices under names that are in no order of position."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, ds in enumerate(datasets):
        save(ds, folder / f"{(number * 7) % 11:02d}_{number}.dcm", syntax)
    return folder


def series(folder: Path, **arguments: Any) -> Path:
    """Write a series with the given changes."""
    return write(folder, slices(**arguments))


def rtstruct(
    path: Path,
    regions: dict[str, list[Any]],
    *,
    frame: str = FRAME,
    series_uid: str = SERIES,
    kind: str = "CLOSED_PLANAR",
    **changes: Any,
) -> Path:
    """A structure set: for each region its contours, lists of (x, y, z) in mm."""
    ds = Dataset()
    ds.SOPClassUID = RTStructureSetStorage
    ds.SOPInstanceUID = generate_uid(entropy_srcs=[str(path)])
    ds.Modality = "RTSTRUCT"
    referenced, study, shared = Dataset(), Dataset(), Dataset()
    referenced.SeriesInstanceUID = series_uid
    study.RTReferencedSeriesSequence = Sequence([referenced] if series_uid else [])
    shared.RTReferencedStudySequence = Sequence([study])
    if frame:
        shared.FrameOfReferenceUID = frame
    ds.ReferencedFrameOfReferenceSequence = Sequence([shared])
    ds.StructureSetROISequence, ds.ROIContourSequence = Sequence(), Sequence()
    ds = changed(ds, changes)
    for number, (name, contours) in enumerate(regions.items(), start=1):
        roi, drawn = Dataset(), Dataset()
        roi.ROINumber = drawn.ReferencedROINumber = number
        roi.ROIName = name.split("#")[0]
        if frame:
            roi.ReferencedFrameOfReferenceUID = frame
        drawn.ContourSequence = Sequence()
        for points in contours:
            contour = Dataset()
            contour.ContourGeometricType = kind
            contour.NumberOfContourPoints = len(points)
            contour.ContourData = [f"{value:.6g}" for point in points for value in point]
            drawn.ContourSequence.append(contour)
        ds.StructureSetROISequence.append(roi)
        ds.ROIContourSequence.append(drawn)
    return save(ds, path)


def rectangle(x0: float, y0: float, x1: float, y1: float, z: float) -> list[Any]:
    """The corners of a rectangle in a plane."""
    return [(x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z)]


def volume(suv: np.ndarray, spacing: tuple[float, float, float] = SPACING) -> Volume:
    """A volume whose stored values are SUV, 70 kg, 370 MBq, without a file."""
    n = len(suv)
    nothing = np.full(n, np.nan)
    series = Series(
        place="made",
        header=Header("made", {}, 1),
        stored=suv,
        slope=np.ones(n),
        positions_mm=np.column_stack([np.zeros(n), np.zeros(n), np.arange(n) * spacing[0]]),
        axes=np.eye(3)[::-1],
        spacing_mm=np.array(spacing, dtype=float),
        acquired_s=nothing,
        duration_s=nothing,
        frame_reference_s=nothing,
        decay_factor=nothing,
        files=(),
        sop_instances=(),
        flags=(),
    )
    conversion = Conversion(np.ones(n), 70.0, 370e6, None, 3600.0, 0.8, 0.26, {}, ())
    return Volume(series, conversion)


def region(mask: np.ndarray, name: str = "L1") -> Region:
    """The voxels of a mask on the whole grid as a region."""
    index = np.argwhere(mask)
    low, high = index.min(axis=0), index.max(axis=0) + 1
    z, y, x = (slice(a, b) for a, b in zip(low, high, strict=True))
    return Region(name, (int(low[0]), int(low[1]), int(low[2])), mask[z, y, x])
