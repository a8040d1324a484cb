"""Lesion and reference regions of a scan: DICOM SEG, or RTSTRUCT contours."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import highdicom as hd
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.sequence import Sequence
from pydicom.sr.codedict import codes
from pydicom.uid import (
    ExplicitVRLittleEndian,
    PositronEmissionTomographyImageStorage,
    RTStructureSetStorage,
)

from compendium.synthetic.phantom import Grid, Sphere, sphere_mask
from compendium.synthetic.series import WrittenSeries, uid

CONTOUR_POINTS = 128
COLOURS = ((230, 159, 0), (86, 180, 233), (0, 158, 115), (204, 121, 167), (213, 94, 0))


@dataclass(frozen=True)
class Region:
    """A sphere to be delineated; `forced` where it is not visible on this scan."""

    sphere: Sphere
    lesion: bool
    forced: bool = False


def write_seg(
    regions: list[Region], series: WrittenSeries, grid: Grid, key: tuple[object, ...], path: Path
) -> None:
    """Write the regions as a DICOM SEG that is the same, byte by byte, whenever the input is.

    Args:
        key: what the UIDs are made from.
    """
    boxes = [sphere_mask(grid, r.sphere.centre, r.sphere.radius_mm) for r in regions]
    used = sorted({k for box, _ in boxes for k in range(box[0].start, box[0].stop)})
    masks = np.zeros((len(used), *grid.shape[1:], len(regions)), dtype=np.uint8)
    for number, (box, mask) in enumerate(boxes):
        rows = np.searchsorted(used, range(box[0].start, box[0].stop))
        masks[rows, box[1], box[2], number] = mask
    seg = hd.seg.Segmentation(
        source_images=[series.header(k) for k in used],
        pixel_array=masks,
        segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=[_describe(k + 1, r, key) for k, r in enumerate(regions)],
        series_instance_uid=uid(*key, "seg series"),
        series_number=100,
        sop_instance_uid=uid(*key, "seg"),
        instance_number=1,
        manufacturer="compendium",
        manufacturer_model_name="simulate",
        software_versions="1",
        device_serial_number="SYNTHETIC",
        content_label="REGIONS",
        content_description="SYNTHETIC lesions and reference regions",
        series_description="SYNTHETIC regions",
    )
    _fix(seg, series.common, key)
    seg.save_as(path)


def _describe(number: int, region: Region, key: tuple[object, ...]) -> hd.seg.SegmentDescription:
    lesion = codes.SCT.Lesion if region.lesion else codes.SCT.Organ
    description = hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=region.sphere.name,
        segmented_property_category=(
            codes.SCT.MorphologicallyAbnormalStructure
            if region.lesion
            else codes.SCT.AnatomicalStructure
        ),
        segmented_property_type=lesion,
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.MANUAL,
        tracking_uid=uid(*key[:1], key[-1], region.sphere.name, "tracking"),
        tracking_id=region.sphere.name,
    )
    if region.forced:
        description.SegmentDescription = "forced: not visible on this scan"
    return description


def _fix(seg: Dataset, header: Dataset, key: tuple[object, ...]) -> None:
    """Replace what highdicom draws at random or takes from the clock."""
    for name in ("Content", "Series", "InstanceCreation"):
        for part in ("Date", "Time"):
            if f"{name}{part}" in seg:
                setattr(seg, f"{name}{part}", getattr(header, f"Series{part}"))
    for item in seg.get("ContributingEquipmentSequence", ()):
        item.ContributionDateTime = header.SeriesDate + header.SeriesTime
    dimension = uid(*key, "dimensions")
    for item in _items_with(seg, "DimensionOrganizationUID"):
        item.DimensionOrganizationUID = dimension


def _items_with(ds: Dataset, keyword: str) -> Iterator[Dataset]:
    """The items, at any depth but the per-frame ones, that have an element of that keyword."""
    if keyword in ds:
        yield ds
    for element in ds:
        if element.VR == "SQ" and element.keyword != "PerFrameFunctionalGroupsSequence":
            for item in element.value:
                yield from _items_with(item, keyword)


def write_rtstruct(
    regions: list[Region], series: WrittenSeries, grid: Grid, key: tuple[object, ...], path: Path
) -> None:
    """Write the regions as contours: on each slice a polygon round the sphere's section.

    The polygon's sides touch the circle from outside: voxels are those of the SEG, but for one
    whose centre lies within 0.01 mm of the sphere's surface.
    """
    first = series.common
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID = RTStructureSetStorage
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID = uid(*key, "rtstruct")
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.preamble = b"\0" * 128
    for keyword in (
        "SpecificCharacterSet", "StudyDate", "StudyTime", "AccessionNumber", "StudyDescription",
        "ReferringPhysicianName", "PatientName", "PatientID", "PatientBirthDate", "PatientSex",
        "StudyInstanceUID", "StudyID", "FrameOfReferenceUID", "PositionReferenceIndicator",
    ):  # fmt: skip
        setattr(ds, keyword, getattr(first, keyword))
    ds.Modality = "RTSTRUCT"
    ds.Manufacturer = "compendium"
    ds.SeriesInstanceUID = uid(*key, "rtstruct series")
    ds.SeriesNumber, ds.InstanceNumber = 100, 1
    ds.SeriesDescription = "SYNTHETIC regions"
    ds.StructureSetLabel = "SYNTHETIC"
    ds.StructureSetDate, ds.StructureSetTime = first.SeriesDate, first.SeriesTime
    ds.ReferencedFrameOfReferenceSequence = Sequence([_referenced_frame(series)])
    ds.StructureSetROISequence = Sequence()
    ds.ROIContourSequence = Sequence()
    ds.RTROIObservationsSequence = Sequence()
    for number, region in enumerate(regions, start=1):
        _append_roi(ds, number, region, series, grid)
    dcmwrite(path, ds, enforce_file_format=True)


def _referenced_frame(series: WrittenSeries) -> Dataset:
    first = series.common
    referenced = Dataset()
    referenced.SeriesInstanceUID = first.SeriesInstanceUID
    referenced.ContourImageSequence = Sequence([_reference(one) for one in series.slices])
    study = Dataset()
    study.ReferencedSOPClassUID = "1.2.840.10008.3.1.2.3.1"
    study.ReferencedSOPInstanceUID = first.StudyInstanceUID
    study.RTReferencedSeriesSequence = Sequence([referenced])
    frame = Dataset()
    frame.FrameOfReferenceUID = first.FrameOfReferenceUID
    frame.RTReferencedStudySequence = Sequence([study])
    return frame


def _reference(one: Dataset) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = PositronEmissionTomographyImageStorage
    item.ReferencedSOPInstanceUID = one.SOPInstanceUID
    return item


def _append_roi(
    ds: Dataset, number: int, region: Region, series: WrittenSeries, grid: Grid
) -> None:
    roi = Dataset()
    roi.ROINumber, roi.ROIName = number, region.sphere.name
    roi.ReferencedFrameOfReferenceUID = series.common.FrameOfReferenceUID
    roi.ROIGenerationAlgorithm = "MANUAL"
    ds.StructureSetROISequence.append(roi)
    contour = Dataset()
    contour.ReferencedROINumber = number
    contour.ROIDisplayColor = list(COLOURS[number % len(COLOURS)])
    contour.ContourSequence = Sequence(list(_contours(region.sphere, series, grid)))
    ds.ROIContourSequence.append(contour)
    observation = Dataset()
    observation.ObservationNumber = observation.ReferencedROINumber = number
    observation.RTROIInterpretedType = observation.ROIInterpreter = ""
    ds.RTROIObservationsSequence.append(observation)


def _contours(sphere: Sphere, series: WrittenSeries, grid: Grid) -> Iterator[Dataset]:
    """A closed polygon for each slice that the sphere meets."""
    turn = np.arange(CONTOUR_POINTS) * 2 * np.pi / CONTOUR_POINTS
    x0, y0, z0 = sphere.centre
    for index, one in enumerate(series.slices):
        z = grid.origin[2] + index * grid.voxel_mm
        section2 = sphere.radius_mm**2 - (z - z0) ** 2
        if section2 <= 0:
            continue
        around = np.sqrt(section2) / np.cos(np.pi / CONTOUR_POINTS)
        points = np.column_stack(
            [x0 + around * np.cos(turn), y0 + around * np.sin(turn), np.full(CONTOUR_POINTS, z)]
        )
        item = Dataset()
        item.ContourImageSequence = Sequence([_reference(one)])
        item.ContourGeometricType = "CLOSED_PLANAR"
        item.NumberOfContourPoints = CONTOUR_POINTS
        item.ContourData = [f"{value:.3f}" for value in points.ravel()]
        yield item
