"""Write a PET series as one file: Enhanced PET, or Legacy Converted Enhanced PET."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import (
    EnhancedPETImageStorage,
    ExplicitVRLittleEndian,
    LegacyConvertedEnhancedPETImageStorage,
)

from petsuv.testing.files import changed, code, compressed, save
from petsuv.testing.series import pet_slices
from petsuv.text import uid_of

OF_FRAMES = ("ImagePositionPatient", "RescaleSlope", "RescaleIntercept")
OF_SLICES = ("AcquisitionDate", "AcquisitionTime", "FrameReferenceTime", "DecayFactor",
             "ActualFrameDuration", "SliceThickness", "PixelSpacing",
             "ImageOrientationPatient", "InstanceNumber")  # fmt: skip
# What Enhanced PET says in other elements, or a converter cannot place.
OF_SERIES = ("Units", "DecayCorrection", "CorrectedImage", "SeriesType")


def write_enhanced(
    path: Path,
    slices: Sequence[Dataset] | None = None,
    *,
    legacy: bool = False,
    frame: Callable[[int, Dataset], None] | None = None,
    syntax: str = ExplicitVRLittleEndian,
    **changes: Any,
) -> Path:
    """Write slices as the frames of one file; returns the path.

    Args:
        slices: single-frame slices; those of `pet_slices` otherwise.
        legacy: converted from single frames: keeps their elements where the new ones have no place.
        frame: further changes of a frame's functional groups, by its index.
        syntax: uncompressed, or one that pydicom can compress to.
        changes: of the file, by keyword; None deletes an element.
    """
    slices = pet_slices() if slices is None else slices
    first = slices[0]
    ds = Dataset()
    ds.update(first)
    for keyword in (*OF_FRAMES, *OF_SLICES, *OF_SERIES):
        if keyword in ds:
            delattr(ds, keyword)
    ds.SOPClassUID = LegacyConvertedEnhancedPETImageStorage if legacy else EnhancedPETImageStorage
    ds.SOPInstanceUID, ds.NumberOfFrames = uid_of("enhanced", legacy), len(slices)
    ds.SharedFunctionalGroupsSequence = [_shared(first, legacy)]
    ds.PerFrameFunctionalGroupsSequence = []
    for index, one in enumerate(slices):
        groups = _own(one, legacy)
        if frame is not None:
            frame(index, groups)
        ds.PerFrameFunctionalGroupsSequence.append(groups)
    ds.PixelData = b"".join(one.PixelData for one in slices)
    if not legacy:
        ds.DecayCorrected = ds.AttenuationCorrected = ds.ScatterCorrected = "YES"
        ds.DecayCorrectionDateTime = first.SeriesDate + first.SeriesTime
    changed(ds, changes)
    path.parent.mkdir(parents=True, exist_ok=True)
    return save(ds if syntax == ExplicitVRLittleEndian else compressed(ds, syntax), path, syntax)


def _with(**elements: Any) -> Dataset:
    return changed(Dataset(), elements)


def _shared(first: Dataset, legacy: bool) -> Dataset:
    groups = Dataset()
    groups.PixelMeasuresSequence = [
        _with(PixelSpacing=first.PixelSpacing, SliceThickness=first.SliceThickness)
    ]
    groups.PlaneOrientationSequence = [_with(ImageOrientationPatient=first.ImageOrientationPatient)]
    if legacy:
        kept = {keyword: first[keyword].value for keyword in OF_SERIES}
        groups.UnassignedSharedConvertedAttributesSequence = [_with(**kept)]
    return groups


def _own(one: Dataset, legacy: bool) -> Dataset:
    groups = Dataset()
    content = _with(
        FrameAcquisitionDateTime=one.AcquisitionDate + one.AcquisitionTime,
        FrameAcquisitionDuration=float(one.ActualFrameDuration),
    )
    content.TemporalPositionIndex = 1
    groups.FrameContentSequence = [content]
    groups.PlanePositionSequence = [_with(ImagePositionPatient=one.ImagePositionPatient)]
    transformation = {keyword: one[keyword].value for keyword in OF_FRAMES[1:]}
    groups.PixelValueTransformationSequence = [_with(**transformation)]
    if legacy:
        kept = {name: one[name].value for name in ("FrameReferenceTime", "DecayFactor")}
        groups.UnassignedPerFrameConvertedAttributesSequence = [_with(**kept)]
        return groups
    mapping = _with(RealWorldValueSlope=float(one.RescaleSlope), RealWorldValueIntercept=0.0)
    mapping.MeasurementUnitsCodeSequence = [code("Bq/ml", "UCUM", "Becquerels/milliliter")]
    groups.RealWorldValueMappingSequence = [mapping]
    return groups
