"""The raw elements of one DICOM file, fast: only those asked for, nothing interpreted.

A series of 300 slices repeats some hundred elements in each file, of which twenty differ. Walking
the little-endian byte stream costs a third of a full parse; every other encoding goes by pydicom.
"""

import struct
import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compendium.errors import Refused

IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
PIXEL_DATA = 0x7FE00010

_UNDEFINED = 0xFFFFFFFF
_ITEM, _END_OF_ITEM, _END_OF_SEQUENCE = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_LONG_FORM = frozenset(
    (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
)
_IMPLICIT = struct.Struct("<HHL")
_SHORT = struct.Struct("<H")
_LONG = struct.Struct("<L")
_PREAMBLE = 132


@dataclass(frozen=True)
class RawFile:
    """The elements that were asked for, as bytes, and the way to the pixels.

    Attributes:
        values: tag number to its raw bytes, of elements that the file has.
        syntax: transfer syntax UID.
        little_endian: byte order of binary values.
    """

    path: Path
    values: Mapping[int, bytes]
    syntax: str
    little_endian: bool

    def short(self, tag: int) -> int | None:
        """An unsigned 16-bit value, or None where the element is absent or empty."""
        raw = self.values.get(tag)
        return int.from_bytes(raw[:2], "little" if self.little_endian else "big") if raw else None


def read_elements(path: Path, wanted: Collection[int]) -> RawFile:
    """The wanted top-level elements of a file.

    Raises:
        Refused: the file is not DICOM, is cut short, or cannot be parsed.
    """
    content = path.read_bytes()
    if content[128:_PREAMBLE] != b"DICM":
        raise Refused(
            f"{path}: not a DICOM file (no DICM mark at byte 128); expected one slice of the "
            "series. Remove the file from the folder, or copy it again from the archive."
        )
    try:
        meta, start = _walk(content, _PREAMBLE, len(content), True, (0x00020010,), 0x0002FFFF)
        syntax = bytes(meta.get(0x00020010, b"")).rstrip(b"\0 ").decode("ascii")
        if syntax not in (IMPLICIT_LITTLE, EXPLICIT_LITTLE):
            return _read_by_pydicom(path, wanted, syntax)
        explicit = syntax == EXPLICIT_LITTLE
        values, _ = _walk(content, start, len(content), explicit, wanted, None)
    except (struct.error, EOFError, UnicodeDecodeError) as error:
        raise Refused(
            f"{path}: the file is cut short or damaged ({error}); expected a whole DICOM file. "
            "Copy it again from the archive."
        ) from error
    return RawFile(path, values, syntax, little_endian=True)


def _walk(
    content: bytes,
    position: int,
    end: int,
    explicit: bool,
    wanted: Collection[int],
    last: int | None,
) -> tuple[dict[int, bytes], int]:
    """Elements from `position` on, up to tag `last`, a delimiter or `end`; and where it stopped."""
    found: dict[int, bytes] = {}
    while position < end:
        group, element, length = _IMPLICIT.unpack_from(content, position)
        tag = group << 16 | element
        if last is not None and tag > last:
            break
        start = position + 8
        if tag in (_END_OF_ITEM, _END_OF_SEQUENCE):
            return found, start
        if explicit:
            if content[position + 4 : position + 6] in _LONG_FORM:
                (length,) = _LONG.unpack_from(content, start)
                start += 4
            else:
                (length,) = _SHORT.unpack_from(content, position + 6)
        if length == _UNDEFINED:
            # An element of unknown type and length is encoded implicitly inside (PS3.5 6.2.2).
            inside = explicit and content[position + 4 : position + 6] != b"UN"
            position = _skip_sequence(content, start, end, inside)
        else:
            position = start + length
        if position > end:
            raise EOFError(f"element ({group:04x},{element:04x}) ends {position - end} bytes late")
        if tag in wanted:
            found[tag] = content[start:position]
    return found, position


def _skip_sequence(content: bytes, position: int, end: int, explicit: bool) -> int:
    """Where a sequence of undefined length ends, after its delimiter."""
    while position < end:
        group, element, length = _IMPLICIT.unpack_from(content, position)
        position += 8
        tag = group << 16 | element
        if tag == _END_OF_SEQUENCE:
            return position
        if tag != _ITEM:
            raise EOFError(f"({group:04x},{element:04x}) where an item was expected")
        if length == _UNDEFINED:
            _, position = _walk(content, position, end, explicit, (), None)
        else:
            position += length
    raise EOFError("a sequence without its end")


def _read_by_pydicom(path: Path, wanted: Collection[int], syntax: str) -> RawFile:
    dataset = parse(path, [tag for tag in wanted if tag != PIXEL_DATA])
    values = {tag: raw_bytes(dataset, tag) for tag in wanted if tag in dataset}
    return RawFile(path, values, syntax, bool(dataset.original_encoding[1]))


def raw_bytes(dataset: Any, tag: int) -> bytes:
    """An element's value as it stands in the file, empty where it is absent.

    pydicom's own conversion warns or raises on values that break the standard's rules of form;
    which of them matter is decided where they are used.
    """
    if tag not in dataset:
        return b""
    element = dataset.get_item(tag)
    value = element.value
    if value is None:
        return b""
    if isinstance(value, bytes):
        if element.VR == "FD" and len(value) == 8:
            order = "<" if dataset.original_encoding[1] else ">"
            return repr(struct.unpack(order + "d", value)[0]).encode()
        return value
    return str(value).encode("utf-8", errors="replace")


def parse(path: Path, tags: list[int] | None = None, *, pixels: bool = True) -> Any:
    """A file as a pydicom dataset, in full or with the given elements alone.

    Raises:
        Refused: pydicom cannot read it.
    """
    import pydicom

    try:
        with warnings.catch_warnings():
            # Values against the standard's rules of form: judged where, and if, they are used.
            warnings.simplefilter("ignore")
            return pydicom.dcmread(path, specific_tags=tags, stop_before_pixels=not pixels)
    except Exception as error:  # pydicom raises a dozen kinds on damaged files
        raise Refused(
            f"{path}: cannot be read as DICOM ({type(error).__name__}: {error}); expected a whole "
            "DICOM file. Copy it again from the archive."
        ) from error


def decode_pixels(path: Path, syntax: str) -> NDArray[Any]:
    """Stored pixels of a file in any encoding that an installed decoder knows.

    Raises:
        Refused: no decoder for this transfer syntax, or the compressed stream is damaged.
    """
    dataset = parse(path)
    try:
        return np.asarray(dataset.pixel_array)
    except Exception as error:  # decoders raise their own kinds
        name = getattr(dataset.file_meta.TransferSyntaxUID, "name", syntax)
        raise Refused(
            f"{path}: pixels in transfer syntax {name} ({syntax}) cannot be decoded "
            f"({type(error).__name__}); expected uncompressed, RLE or JPEG lossless. Transcode the "
            "series to Explicit VR Little Endian."
        ) from error
