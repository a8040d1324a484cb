"""Lesion and reference regions of a scan: DICOM SEG, or RTSTRUCT contours."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import Dataset

from petsuv import Region
from petsuv.segmentation import Segment, segmentation
from petsuv.testing.contours import sphere_contours, write_rtstruct
from petsuv.testing.images import WrittenSeries
from petsuv.testing.phantom import Grid, Sphere, sphere_mask
from petsuv.text import uid_of

SYNTHETIC = "SYNTHETIC"
PATIENT_AND_STUDY = (
    "SpecificCharacterSet", "StudyDate", "StudyTime", "AccessionNumber", "StudyDescription",
    "ReferringPhysicianName", "PatientName", "PatientID", "PatientBirthDate", "PatientSex",
    "StudyInstanceUID", "StudyID", "FrameOfReferenceUID", "PositionReferenceIndicator",
)  # fmt: skip


@dataclass(frozen=True)
class Delineated:
    """A sphere to be delineated; `forced` where it is not visible on this scan."""

    sphere: Sphere
    lesion: bool
    forced: bool = False


def write_seg(
    regions: list[Delineated],
    series: WrittenSeries,
    grid: Grid,
    key: tuple[object, ...],
    path: Path,
) -> None:
    """Write the regions as a DICOM SEG that is the same, byte by byte, whenever the input is.

    Args:
        key: what the UIDs are made from.
    """
    seg = segmentation(
        series.header,
        [_segment(one, grid) for one in regions],
        *key,
        series_number=100,
        manufacturer="compendium",
        manufacturer_model_name="simulate",
        software_versions="1",
        device_serial_number=SYNTHETIC,
        content_label="REGIONS",
        content_description="SYNTHETIC lesions and reference regions",
        series_description="SYNTHETIC regions",
    )
    _fix(seg, series.common, key)
    seg.save_as(path)


def _segment(one: Delineated, grid: Grid) -> Segment:
    box, mask = sphere_mask(grid, one.sphere.centre, one.sphere.radius_mm)
    z, y, x = (part.start for part in box)
    note = "forced: not visible on this scan" if one.forced else ""
    return Segment(Region(one.sphere.name, (z, y, x), mask), one.lesion, note)


def _fix(seg: Dataset, header: Dataset, key: tuple[object, ...]) -> None:
    """Replace what highdicom draws at random or takes from the clock."""
    for name in ("Content", "Series", "InstanceCreation"):
        for part in ("Date", "Time"):
            if f"{name}{part}" in seg:
                setattr(seg, f"{name}{part}", getattr(header, f"Series{part}"))
    for item in seg.get("ContributingEquipmentSequence", ()):
        item.ContributionDateTime = header.SeriesDate + header.SeriesTime
    dimension = uid_of(*key, "dimensions")
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


def write_contours(
    regions: list[Delineated],
    series: WrittenSeries,
    grid: Grid,
    key: tuple[object, ...],
    path: Path,
) -> None:
    """Write the regions as contours: on each slice a polygon round the sphere's section."""
    first = series.common
    planes = [grid.first_of_slice(index)[2] for index in range(grid.shape[0])]
    write_rtstruct(
        path,
        {one.sphere.name: sphere_contours(one.sphere, planes) for one in regions},
        frame=first.FrameOfReferenceUID,
        series_uid=first.SeriesInstanceUID,
        images={z: one.SOPInstanceUID for z, one in zip(planes, series.slices, strict=True)},
        SOPInstanceUID=uid_of(*key, "rtstruct"),
        Manufacturer="compendium",
        SeriesInstanceUID=uid_of(*key, "rtstruct series"),
        SeriesNumber=100,
        InstanceNumber=1,
        SeriesDescription="SYNTHETIC regions",
        StructureSetLabel=SYNTHETIC,
        StructureSetDate=first.SeriesDate,
        StructureSetTime=first.SeriesTime,
        **{name: getattr(first, name) for name in PATIENT_AND_STUDY},
    )
