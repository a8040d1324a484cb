"""The raw elements of a DICOM file, fast: bytes by tag, nothing interpreted.

A series of 300 slices repeats a hundred elements in each file, of which twenty differ. Walking the
byte stream for those costs a third of a full parse, and starting the command half, as the library
need not be loaded.
"""

import struct
import zipfile
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from petsuv.errors import Refused

IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
DEFLATED_LITTLE = "1.2.840.10008.1.2.1.99"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"
UNCOMPRESSED = (IMPLICIT_LITTLE, EXPLICIT_LITTLE, DEFLATED_LITTLE, EXPLICIT_BIG)
PIXEL_DATA = 0x7FE00010
MOST_PACKED = 200  # an image of nothing but background packs so many times, no more
BOMB_BYTES = 50_000_000  # less does no harm
UNBELIEVABLE = "No images pack like that: check where it is from."

_SYNTAX, _META_GROUP = 0x00020010, 0x0002
_UNDEFINED = 0xFFFFFFFF
_ITEM, _END_OF_ITEM, _END_OF_SEQUENCE = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_LONG_FORM = frozenset(
    (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
)
MARK = slice(128, 132)
HEAD_BYTES = 8192  # hold what tells whose and which file it is, unless private elements precede it
_DAMAGE = (struct.error, EOFError, UnicodeDecodeError, zlib.error)
COPY_AGAIN = "Copy it again from the archive."


class NotDicom(Refused):
    """A file of another kind."""


@dataclass(frozen=True)
class Encoding:
    """How elements follow each other: with or without their type, in which byte order."""

    explicit: bool
    order: str

    @cached_property
    def head(self) -> struct.Struct:
        """Group, element, length of an element without type."""
        return struct.Struct(self.order + "HHL")

    @cached_property
    def short(self) -> struct.Struct:
        """Length of 16 bits."""
        return struct.Struct(self.order + "H")

    @cached_property
    def long(self) -> struct.Struct:
        """Length of 32 bits."""
        return struct.Struct(self.order + "L")


_TYPED, _UNTYPED = (
    {order: Encoding(explicit, order) for order in "<>"} for explicit in (True, False)
)
_META = _TYPED["<"]
_ENCODINGS = {IMPLICIT_LITTLE: _UNTYPED["<"], EXPLICIT_BIG: _TYPED[">"]}

Elements = Mapping[int, bytes]
Source = Path | zipfile.Path
"""A file on the disk, or a member of an archive."""


class Untyped(bytes):
    """A value whose elements, if it holds any, stand without their type.

    All those of an implicit file are; and those of unknown type in an explicit one, as converters
    leave them (PS3.5 6.2.2).
    """


@dataclass(frozen=True)
class RawFile:
    """The elements that were asked for, as bytes.

    Attributes:
        values: tag number to raw bytes, of elements that the file has.
        syntax: transfer syntax UID.
    """

    path: Source
    values: Elements
    syntax: str
    encoding: Encoding

    def count(self, tag: int) -> int:
        """An unsigned 16-bit value, 0 where the element is absent or empty."""
        raw = self.values.get(tag, b"")
        return self.encoding.short.unpack_from(raw)[0] if len(raw) > 1 else 0

    def items(self, raw: bytes | None) -> list[Elements]:
        """The items of a sequence, each with all its elements.

        Raises:
            Refused: the sequence is damaged.
        """
        found: list[Elements] = []
        encodings = _UNTYPED if isinstance(raw, Untyped) else _TYPED
        encoding = encodings[self.encoding.order]
        position, end = 0, len(raw or b"")
        try:
            while raw and position < end:
                length, position = _item(raw, position, encoding)
                if length is None:
                    break
                stop = end if length == _UNDEFINED else position + length
                values, after = _walk(raw, position, stop, encoding, None)
                found.append(values)
                position = after if length == _UNDEFINED else stop
        except _DAMAGE as error:
            raise damaged(self.path, error) from error
        return found


def read_elements(path: Source, wanted: Collection[int] | None) -> RawFile:
    """The wanted top-level elements of a file; all of them but the pixels for None.

    Raises:
        Refused: the file is not DICOM, is cut short, or cannot be parsed.
    """
    return _elements(path, content_of(path), wanted, None)


def read_head(path: Source, wanted: Collection[int]) -> RawFile:
    """The wanted elements from the beginning of a file, where they are the first ones of it.

    Raises:
        Refused: as `read_elements`; what comes after the wanted elements is not looked at.
    """
    last = max(wanted)
    try:
        return _elements(path, content_of(path, HEAD_BYTES), wanted, last)
    except NotDicom:
        raise
    except Refused:  # they may reach beyond, as private elements do, or the file is deflated
        return _elements(path, content_of(path), wanted, last)


def _elements(
    path: Source, content: bytes, wanted: Collection[int] | None, last: int | None
) -> RawFile:
    syntax, start = "", start_of(content)
    if start is None:
        raise NotDicom(
            f"{path}: not a DICOM file (no DICM mark at byte 128); expected one slice of the "
            "series. Remove the file from the folder, or copy it again from the archive."
        )
    try:
        if content[start : start + 2] == b"\2\0":
            meta, start = _walk(content, start, len(content), _META, (_SYNTAX,), _META_GROUP)
            syntax = meta.get(_SYNTAX, b"").rstrip(b"\0 ").decode("ascii")
            if not syntax:
                raise EOFError("(0002,0010) Transfer Syntax UID is missing")
        elif start:
            raise EOFError("(0002,0010) Transfer Syntax UID is missing")
        else:  # the data set alone, as it went over the network
            syntax = EXPLICIT_LITTLE if content[4:6].isupper() else IMPLICIT_LITTLE
        if syntax == DEFLATED_LITTLE:
            content, start = _inflated(path, content[start:]), 0
        encoding = _ENCODINGS.get(syntax, _META)
        values, _ = _walk(content, start, len(content), encoding, wanted, last=last)
    except _DAMAGE as error:
        raise damaged(path, error) from error
    return RawFile(path, values, syntax, encoding)


def _inflated(path: Source, packed: bytes) -> bytes:
    """The elements of a deflated file."""
    most = max(BOMB_BYTES, MOST_PACKED * len(packed))
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    content = unpacker.decompress(packed, most)
    if not unpacker.eof and len(content) >= most:
        raise Refused(
            f"{path}: would unpack to more than {most / 1e6:.0f} MB from "
            f"{len(packed) / 1e6:.2f} MB; expected at most {MOST_PACKED} times as much. "
            f"{UNBELIEVABLE}"
        )
    if not unpacker.eof:
        raise EOFError("the deflated elements end too early")
    return content


def content_of(path: Source, size: int = -1) -> bytes:
    """The bytes of a file, or its first ones.

    Raises:
        Refused: a member of an archive is damaged.
    """
    try:
        with path.open("rb") as stream:
            content: bytes = stream.read(size)
            return content
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise damaged(path, error) from error


def start_of(content: bytes) -> int | None:
    """Where the elements begin: after the mark, or at once in a file that has no preamble."""
    if content[MARK] == b"DICM":
        return MARK.stop
    return 0 if content[:2] in (b"\2\0", b"\x08\0") and content[3:4] == b"\0" else None


def damaged(path: Source, error: Exception) -> Refused:
    """The refusal of a file that cannot be parsed."""
    return Refused(
        f"{path}: the file is cut short or damaged ({error}); expected a whole DICOM file. "
        f"{COPY_AGAIN}"
    )


def _walk(
    content: bytes,
    position: int,
    end: int,
    encoding: Encoding,
    wanted: Collection[int] | None,
    only: int | None = None,
    *,
    last: int | None = None,
) -> tuple[dict[int, bytes], int]:
    """Elements from here to a delimiter, `end` or `last`, of one group or any; where it stopped."""
    found: dict[int, bytes] = {}
    head, typed = encoding.head.unpack_from, encoding.explicit
    while position < end:
        group, element, length = head(content, position)
        tag = group << 16 | element
        if (only is not None and group != only) or (last is not None and tag > last):
            break
        start = position + 8
        if tag in (_END_OF_ITEM, _END_OF_SEQUENCE):
            return found, start
        kind = content[position + 4 : position + 6] if typed else b"UN"
        if typed and kind in _LONG_FORM:
            (length,) = encoding.long.unpack_from(content, start)
            start += 4
        elif typed:
            if not kind.isupper():
                raise EOFError(f"element ({group:04x},{element:04x}) has no type but {kind!r}")
            (length,) = encoding.short.unpack_from(content, position + 6)
        if length == _UNDEFINED:
            inside = _UNTYPED[encoding.order] if kind == b"UN" else encoding
            position = _skip_sequence(content, start, end, inside)
        else:
            position = start + length
        if position > end:
            raise EOFError(f"element ({group:04x},{element:04x}) ends {position - end} bytes late")
        if tag in wanted if wanted is not None else tag != PIXEL_DATA:
            value = content[start:position]
            found[tag] = Untyped(value) if kind == b"UN" else value
    return found, position


def _skip_sequence(content: bytes, position: int, end: int, encoding: Encoding) -> int:
    """Where a sequence of undefined length ends, after its delimiter."""
    while position < end:
        length, position = _item(content, position, encoding)
        if length is None:
            return position
        if length == _UNDEFINED:
            _, position = _walk(content, position, end, encoding, ())
        else:
            position += length
    raise EOFError("a sequence without its end")


def _item(content: bytes, position: int, encoding: Encoding) -> tuple[int | None, int]:
    """Length of the item that begins here, None at the sequence's end; and where it continues."""
    group, element, length = encoding.head.unpack_from(content, position)
    tag = group << 16 | element
    if tag not in (_ITEM, _END_OF_SEQUENCE):
        raise EOFError(f"({group:04x},{element:04x}) where an item was expected")
    return None if tag == _END_OF_SEQUENCE else length, position + 8
