"""DICOM files from datasets; elements that the files of a series share are encoded but once."""

import warnings
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydicom.charset import default_encoding
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import correct_ambiguous_vr, write_data_element, write_file_meta_info
from pydicom.tag import Tag
from pydicom.uid import UID, ExplicitVRLittleEndian, RawDataStorage

from petsuv.text import uid_of

PREAMBLE = b"\0" * 128 + b"DICM"
IMPLEMENTATION = "2.25.173925417362748"
NOTHING: Mapping[int, bytes] = MappingProxyType({})


def save(
    ds: Dataset,
    path: Path,
    syntax: str = ExplicitVRLittleEndian,
    shared: Mapping[int, bytes] = NOTHING,
) -> Path:
    """Write a dataset as it is, right or wrong, in any transfer syntax; returns the path.

    Args:
        shared: further elements, already encoded, that stand where the dataset has none.
    """
    elements = {**shared, **encoded(ds, syntax)}
    body = b"".join(elements[tag] for tag in sorted(elements))
    if UID(syntax).is_deflated:
        body = zlib.compress(body, wbits=-zlib.MAX_WBITS)
        body += b"\0" * (len(body) % 2)
    sop_class = ds.get("SOPClassUID", RawDataStorage)
    instance = ds.get("SOPInstanceUID", uid_of("without instance"))
    path.write_bytes(PREAMBLE + _file_meta(sop_class, instance, syntax) + body)
    return path


def encoded(ds: Dataset, syntax: str = ExplicitVRLittleEndian) -> dict[int, bytes]:
    """Each element of a dataset as it stands in a file, by tag."""
    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's, on values that are wrong on purpose
        ds = correct_ambiguous_vr(ds, UID(syntax).is_little_endian)
        charset = ds.get("SpecificCharacterSet", default_encoding)
        for tag in ds.keys():  # noqa: SIM118 -- the items may be raw, and shall stay so
            buffer = _buffer(syntax)
            write_data_element(buffer, ds.get_item(tag), charset)
            found[int(tag)] = bytes(buffer.getvalue())
    return found


def changed(ds: Dataset, changes: Mapping[str, Any]) -> Dataset:
    """Set elements by keyword; None deletes one, bytes are written as they are, right or wrong."""
    for keyword, value in changes.items():
        if value is None:
            if keyword in ds:
                delattr(ds, keyword)
        elif isinstance(value, bytes) and keyword != "PixelData":
            tag = Tag(keyword)
            padded = value + b" " * (len(value) % 2)
            ds[tag] = RawDataElement(tag, dictionary_VR(tag), len(padded), padded, 0, False, True)
        else:
            setattr(ds, keyword, value)
    return ds


def compressed(ds: Dataset, syntax: str) -> Dataset:
    """The same dataset with its pixels in a syntax that pydicom can write, as RLE."""
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.compress(syntax, generate_instance_uid=False)
    return ds


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """The item of a code sequence."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def _buffer(syntax: str) -> DicomBytesIO:
    buffer = DicomBytesIO()
    buffer.is_little_endian = UID(syntax).is_little_endian
    buffer.is_implicit_VR = UID(syntax).is_implicit_VR
    return buffer


def _file_meta(sop_class: str, instance: str, syntax: str) -> bytes:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = instance
    meta.TransferSyntaxUID = syntax
    meta.ImplementationClassUID = IMPLEMENTATION
    buffer = _buffer(ExplicitVRLittleEndian)
    write_file_meta_info(buffer, meta)
    return bytes(buffer.getvalue())
