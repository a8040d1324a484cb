"""What in a DICOM file still tells who the person is: the profile, asked of a finished file.

De-identification and this check share one table and no code: what the one leaves, the other finds.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pydicom
from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from compendium.privacy import dicom_kinds, identifiers
from compendium.privacy.dicom_profile import (
    BASIC,
    BINARY_KINDS,
    MOMENTS,
    PIXELS,
    RETAINED,
    TEXT_KINDS,
    Treatment,
    treatment,
)
from petsuv.elements import MARK, start_of

# PS3.15 table E.3.10-1 lists both as safe; without them a Philips series in counts has no SUV.
SAFE_CREATOR = "Philips PET Private Group"
SAFE_GROUP, SAFE_ELEMENTS = 0x7053, frozenset((0x00, 0x09))
DEFERRED_BYTES = 65536
NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*\0?")
STANDARD_SCHEMES = frozenset(("DCM", "SCT", "SRT", "SNM3", "UCUM", "FMA", "RADLEX"))
CODE = re.compile(r"[A-Za-z0-9./{}\[\]%*^'-]{1,16}")
META = frozenset(
    (
        "FileMetaInformationGroupLength",
        "FileMetaInformationVersion",
        "MediaStorageSOPClassUID",
        "MediaStorageSOPInstanceUID",
        "TransferSyntaxUID",
        "ImplementationClassUID",
        "ImplementationVersionName",
    )
)


def dummy(kind: str) -> Any:
    """The value that stands for one that must be there, by value representation."""
    if kind in ("DA", "DT", "TM"):
        return {"DA": "19000101", "DT": "19000101000000", "TM": "000000"}[kind]
    if kind in BINARY_KINDS:
        return b"\0\0"
    if kind in ("AS", "UI"):
        return {"AS": "000Y", "UI": "2.25.0"}[kind]
    return "REMOVED" if kind in TEXT_KINDS | {"CS", "PN"} else 0


def is_safe_private(dataset: Dataset, element: DataElement) -> bool:
    """True for the private elements (and their creators) that PS3.15 lists as safe.

    What a file itself claims to be safe counts for nothing; what is listed counts as long as it
    holds the number that it should.
    """
    if element.tag.group != SAFE_GROUP:
        return False
    if element.tag.is_private_creator:
        return str(element.value).strip() == SAFE_CREATOR
    creator = dataset.get((element.tag.group, element.tag.element >> 8))
    named = str(creator.value).strip() if creator is not None else SAFE_CREATOR
    value = element.value
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
    listed = named == SAFE_CREATOR and element.tag.element & 0xFF in SAFE_ELEMENTS
    return listed and NUMBER.fullmatch(text) is not None


def is_standard_code(dataset: Dataset, element: DataElement) -> bool:
    """True for a code of a scheme that the standard uses: its digits are no date and no number."""
    return (
        element.keyword == "CodeValue"
        and str(dataset.get("CodingSchemeDesignator", "")) in STANDARD_SCHEMES
        and CODE.fullmatch(str(element.value)) is not None
    )


def unmet(dataset: Dataset) -> list[str]:
    """Attributes of Table E.1-1, at any depth, that hold more than action or option allows."""
    found = []
    for inside, element in _all_elements(dataset):
        tag = int(element.tag)
        if element.tag.is_private:
            held = is_safe_private(inside, element)
        elif tag not in BASIC or tag in RETAINED or element.VR in MOMENTS:
            continue
        elif "U" in BASIC[tag]:
            held = element.VR == "SQ" or all(uid.startswith("2.25.") for uid in _values(element))
        else:
            held = not _text(element) or (BASIC[tag] != "X" and _is_dummy(element))
        if not held:
            found.append(keyword_for_tag(tag) or str(element.tag))
    return found


def identifying(dataset: Dataset) -> Iterator[tuple[str, str, str]]:
    """Each element that identifies: kind, name of the element, and its value as text."""
    is_directory = dataset.get("DirectoryRecordSequence") is not None
    if not is_directory and dataset.get("PatientIdentityRemoved") != "YES":
        yield (
            "not de-identified",
            "PatientIdentityRemoved",
            str(dataset.get("PatientIdentityRemoved", "absent")),
        )
    if not is_directory and dicom_kinds.refusal(dataset):
        yield "burned-in text", "BurnedInAnnotation", str(dataset.get("Modality", ""))
    yield from _of_the_file(dataset)
    for inside, element in _all_elements(dataset):
        yield from _of_element(dataset, inside, element)


def _of_element(
    dataset: Dataset, inside: Dataset, element: DataElement
) -> Iterator[tuple[str, str, str]]:
    name, text = keyword_for_tag(element.tag) or str(element.tag), _text(element)
    if element.tag.is_private:
        if not is_safe_private(inside, element):
            yield "private element", str(element.tag), text
        return
    what = treatment(int(element.tag), element.VR)
    if not text or (what in (Treatment.EMPTY, Treatment.DUMMY) and _is_dummy(element)):
        return
    if what is Treatment.PSEUDONYM:
        known_as = str(inside.get("PatientID", dataset.get("PatientID", "")))
        if name == "PatientName" and text != known_as:
            yield "person", name, text
    elif element.VR == "PN":
        yield "person", name, text
    elif what in (Treatment.REMOVE, Treatment.EMPTY, Treatment.DUMMY):
        yield "identifying element", name, text
    elif element.VR in TEXT_KINDS and not is_standard_code(inside, element):
        yield from ((hit.kind, name, hit.text) for hit in _hits(text))


def _of_the_file(dataset: Dataset) -> Iterator[tuple[str, str, str]]:
    """What stands before the data set: preamble and file meta."""
    preamble = getattr(dataset, "preamble", None)
    if preamble and preamble.strip(b"\0"):
        yield "identifying element", "preamble", f"{len(preamble)} bytes"
    for element in getattr(dataset, "file_meta", None) or ():
        if element.keyword not in META and _text(element):
            yield "identifying element", element.keyword or str(element.tag), _text(element)


def _all_elements(dataset: Dataset) -> Iterator[tuple[Dataset, DataElement]]:
    """Every element with the data set it stands in; a sequence itself, then those of its items."""
    for tag in list(dataset.keys()):
        if tag in PIXELS:
            continue
        element = dataset[tag]
        yield dataset, element
        if element.VR == "SQ" and not element.tag.is_private:
            for item in element.value:
                yield from _all_elements(item)


@lru_cache(maxsize=4096)
def _hits(text: str) -> tuple[identifiers.Hit, ...]:
    """What in a text has the form of an identifier; slices repeat each other's texts."""
    return tuple(identifiers.find(text))


def _values(element: DataElement) -> list[str]:
    if element.is_empty:
        return []
    return [str(one) for one in (element.value if element.VM > 1 else [element.value])]


def _is_dummy(element: DataElement) -> bool:
    if element.VR == "SQ":
        return all(not len(item) for item in element.value)
    return bool(element.value == dummy(element.VR))


def _text(element: DataElement) -> str:
    """The value as text; a count for binary and for the items of a sequence."""
    if element.VR == "SQ":
        filled = sum(1 for item in element.value if len(item))
        return f"{filled} items" if filled else ""
    if isinstance(element.value, bytes):
        return f"{len(element.value)} bytes" if element.value else ""
    return "\\".join(_values(element))


def read_header(path: Path) -> Dataset | None:
    """A file's elements, its pixels left where they are, or None where it is not DICOM."""
    try:
        return read_file(path, DEFERRED_BYTES)
    except InvalidDicomError:
        return None


def read_file(path: Path, defer_size: int | None = None) -> Dataset:
    """A file's elements, also where no preamble and no meta information precede them.

    Raises:
        InvalidDicomError: it is not DICOM.
    """
    with path.open("rb") as stream:
        bare = start_of(stream.read(MARK.stop)) == 0
    dataset = pydicom.dcmread(path, force=bare, defer_size=defer_size)
    if "TransferSyntaxUID" not in dataset.file_meta:
        implicit = dataset.original_encoding[0]
        dataset.file_meta.TransferSyntaxUID = (
            ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
        )
    return dataset
