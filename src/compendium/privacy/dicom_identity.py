"""What in a DICOM file can tell who the person is, by PS3.15 annex E, stricter where text is free.

Text elements are kept by name, not removed by name: a tag that nobody thought of does not leak.
"""

from collections.abc import Iterator
from pathlib import Path

import pydicom
from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from compendium.privacy import identifiers

TEXT_KINDS = {"LO", "SH", "ST", "LT", "UT", "UC", "UR"}
# Text that the analysis reads, or that names things and not people.
KEPT_TEXT = {
    "AlgorithmName",
    "AttenuationCorrectionMethod",
    "CodeMeaning",
    "CodeValue",
    "CodingSchemeDesignator",
    "CodingSchemeVersion",
    "ContextIdentifier",
    "ConvolutionKernel",
    "DeidentificationMethod",
    "LongCodeValue",
    "Manufacturer",
    "ManufacturerModelName",
    "PatientID",
    "PositionReferenceIndicator",
    "ROIName",
    "ROIObservationLabel",
    "Radiopharmaceutical",
    "RandomsCorrectionMethod",
    "ReconstructionMethod",
    "RTROIInterpretedType",
    "ScatterCorrectionMethod",
    "SegmentAlgorithmName",
    "SegmentLabel",
    "SoftwareVersions",
    "StructureSetLabel",
}
# Characteristics that the SUV needs are kept (option 113108); these are not needed.
NOT_NEEDED = {
    "AccessionNumber",
    "AdmissionID",
    "BranchOfService",
    "CountryOfResidence",
    "EthnicGroup",
    "IssuerOfPatientID",
    "MilitaryRank",
    "Occupation",
    "OtherPatientIDs",
    "OtherPatientIDsSequence",
    "PatientAge",
    "PatientBirthDate",
    "PatientBirthTime",
    "PatientReligiousPreference",
    "PatientState",
    "PatientTelecomInformation",
    "PregnancyStatus",
    "ReferencedPatientPhotoSequence",
    "ReferencedPatientSequence",
    "RegionOfResidence",
    "RequestAttributesSequence",
    "SmokingStatus",
    "StudyID",
}
# PS3.15 table E.3.10-1 lists both as safe; without them a Philips series in counts has no SUV.
SAFE_PRIVATE = {("Philips PET Private Group", 0x00), ("Philips PET Private Group", 0x09)}
PHOTOGRAPHED = {"SC", "OT", "US", "XC", "DOC"}


def is_safe_private(dataset: Dataset, element: DataElement) -> bool:
    """True for the private elements (and their creators) that PS3.15 lists as safe."""
    creators = {creator for creator, _ in SAFE_PRIVATE}
    if element.tag.is_private_creator:
        return str(element.value) in creators
    block = element.tag.element >> 8
    creator = dataset.get((element.tag.group, block))
    named = str(creator.value) if creator is not None else "Philips PET Private Group"
    return element.tag.group == 0x7053 and (named, element.tag.element & 0xFF) in SAFE_PRIVATE


def identifying(dataset: Dataset) -> Iterator[tuple[str, str, str]]:
    """Each element that identifies: kind, name of the element, and its value as text."""
    if dataset.get("PatientIdentityRemoved") != "YES":
        yield (
            "not de-identified",
            "PatientIdentityRemoved",
            str(dataset.get("PatientIdentityRemoved", "absent")),
        )
    if dataset.get("BurnedInAnnotation") == "YES" or dataset.get("Modality") in PHOTOGRAPHED:
        yield "burned-in text", "BurnedInAnnotation", str(dataset.get("Modality", ""))
    pseudonym = str(dataset.get("PatientID", ""))
    for element in _all_elements(dataset):
        name, text = keyword_for_tag(element.tag) or str(element.tag), _text(element)
        if element.tag.is_private:
            if not is_safe_private(dataset, element):
                yield "private element", str(element.tag), text
        elif not text:
            continue
        elif element.VR == "PN":
            if not (name == "PatientName" and text == pseudonym):
                yield "person", name, text
        elif name in NOT_NEEDED or (element.VR in TEXT_KINDS and name not in KEPT_TEXT):
            yield "identifying element", name, text
        elif element.VR in TEXT_KINDS:
            yield from ((hit.kind, name, hit.text) for hit in identifiers.find(text))


def _all_elements(dataset: Dataset) -> Iterator[DataElement]:
    for element in dataset:
        if element.VR == "SQ" and not element.tag.is_private:
            for item in element.value:
                yield from _all_elements(item)
        else:
            yield element


def _text(element: DataElement) -> str:
    """The value as text; empty for pixels and other binary, a count for private binary."""
    if element.VR in {"OB", "OW", "OF", "OD", "OL", "UN"}:
        return f"{len(element.value or b'')} bytes" if element.tag.is_private else ""
    value = element.value
    if value is None or value == "":
        return ""
    return "\\".join(map(str, value)) if element.VM > 1 else str(value)


def read_header(path: Path) -> Dataset | None:
    """A file's elements without its pixels, or None where it is not DICOM."""
    try:
        return pydicom.dcmread(path, stop_before_pixels=True)
    except InvalidDicomError:
        return None
