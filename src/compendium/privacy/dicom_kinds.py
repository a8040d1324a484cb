"""Which DICOM objects are shared at all: an allow-list of classes, and what gives a picture away.

What Modality says is free to whoever wrote the file; the class is what the file is.
"""

import re

from pydicom import uid
from pydicom.dataset import Dataset

VOLUMES = {
    uid.PositronEmissionTomographyImageStorage: "PET",
    uid.EnhancedPETImageStorage: "enhanced PET",
    uid.LegacyConvertedEnhancedPETImageStorage: "enhanced PET",
    uid.CTImageStorage: "CT",
    uid.EnhancedCTImageStorage: "enhanced CT",
    uid.LegacyConvertedEnhancedCTImageStorage: "enhanced CT",
    uid.MRImageStorage: "MR",
    uid.EnhancedMRImageStorage: "enhanced MR",
    uid.LegacyConvertedEnhancedMRImageStorage: "enhanced MR",
}
BESIDE = {
    uid.SegmentationStorage: "segmentation",
    uid.RTStructureSetStorage: "structure set",
    uid.SpatialRegistrationStorage: "registration",
}
ALLOWED = VOLUMES | BESIDE
DIRECTORY = uid.MediaStorageDirectoryStorage
PHOTOGRAPHED = frozenset(("SC", "OT", "US", "XC", "DOC", "SR"))
PICTURE_TYPES = re.compile(
    r"(?i)screen|\bsave\b|capture|dose.?(?:info|record|summary)|report|protocol|photo"
)
PICTURE_TITLES = re.compile(
    r"(?i)screen.?(?:save|shot|capture)|dose.?(?:report|info|summary|record)|patient.?protocol|"
    r"protocol.?page|scanned.?(?:doc|form|page)|截图|剂量报告"
)
MONOCHROME = frozenset(("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"))
# A head has a face, and a face can be drawn from its slices. Whole-body scans longer than this
# reach from the thighs to the head.
HEAD = re.compile(
    r"(?i)\b(?:head|brain|skull|face|facial|neck|orbits?|sinus|whole.?body|wb|vertex|cranial|"
    r"headneck|hn|total.?body)\b|头|颅|脑|面部|颈|全身"
)
HEAD_EXTENT_MM = 800.0


def refusal(dataset: Dataset) -> str | None:
    """Why a data set is not shared, with what to do; None where it may be."""
    sop_class = str(dataset.get("SOPClassUID", ""))
    if sop_class not in ALLOWED:
        named = uid.UID(sop_class).name if sop_class else "no SOP class"
        return (
            f"{named} is not among the kinds that are shared (PET, CT, MR, segmentation, structure "
            f"set, registration); its text or pixels may name the person. Take the file out."
        )
    modality = str(dataset.get("Modality", ""))
    if dataset.get("BurnedInAnnotation") == "YES" or modality in PHOTOGRAPHED:
        return (
            f"the image may have a name burned into its pixels (modality {modality}). Take the "
            f"file out, or clean its pixels first."
        )
    picture = _picture(dataset)
    if picture:
        return (
            f"it is a picture of a screen or a page ({picture}), and may have a name burned into "
            f"its pixels. Take the file out."
        )
    return None


def _picture(dataset: Dataset) -> str | None:
    kinds = "\\".join(map(str, dataset.get("ImageType") or ()))
    if PICTURE_TYPES.search(kinds):
        return f"ImageType {kinds}"
    if dataset.get("ConversionType") or "SecondaryCaptureDeviceID" in dataset:
        return "it has elements of a secondary capture"
    for keyword in ("SeriesDescription", "ProtocolName", "ImageComments"):
        found = PICTURE_TITLES.search(str(dataset.get(keyword, "")))
        if found:
            return f"{keyword} says {found[0]}"
    if dataset.get("PhotometricInterpretation", "MONOCHROME2") not in MONOCHROME:
        return f"colours, {dataset.PhotometricInterpretation}"
    drawn = dataset.get("SOPClassUID") in VOLUMES and "Rows" in dataset
    placed = "ImagePositionPatient" in dataset or "SharedFunctionalGroupsSequence" in dataset
    if drawn and not placed:
        return "it has no place in the patient, ImagePositionPatient"
    return None


def says_head(dataset: Dataset) -> str | None:
    """What in a header says that a head is imaged; None where nothing does."""
    if dataset.get("SOPClassUID") not in VOLUMES:
        return None
    for keyword in ("BodyPartExamined", "SeriesDescription", "ProtocolName", "StudyDescription"):
        found = HEAD.search(str(dataset.get(keyword, "")).replace("_", " "))
        if found:
            return f"{keyword} says {found[0]}"
    return None
