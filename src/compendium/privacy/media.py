"""What pictures, documents and packed files say beside what they show."""

import io
import re
import zlib
from collections.abc import Iterator
from zipfile import BadZipFile, ZipFile

from PIL import ExifTags, Image, UnidentifiedImageError

from compendium.errors import InputError
from compendium.privacy.piece import Piece, decoded

_SUB_IFDS = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo, ExifTags.IFD.Interop)
_ENDS = {b"\x89PNG": b"IEND\xaeB`\x82", b"\xff\xd8": b"\xff\xd9"}
_SAYS_NOTHING = ("icc_profile", "exif", "photoshop", "mpf")
_LITERAL = re.compile(rb"\((?:[^()\\]|\\.){2,}\)", re.DOTALL)
_HEX = re.compile(rb"<((?:[0-9A-Fa-f]{2}\s*){4,})>")
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)


def image_pieces(data: bytes, shown: str) -> Iterator[Piece]:
    """Text chunks, comments, EXIF with its place, XMP, and what follows the end of a picture.

    Raises:
        InputError: it is none, or broken.
    """
    try:
        with Image.open(io.BytesIO(data)) as image:
            for key, value in image.info.items():
                if isinstance(value, bytes | str) and str(key).lower() not in _SAYS_NOTHING:
                    text = value if isinstance(value, str) else decoded(value)
                    yield Piece(f"{shown}, metadata {key}", text)
            yield from _exif_pieces(image.getexif(), shown)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise InputError(
            f"{shown}: the picture cannot be read ({type(error).__name__}), and so not be "
            f"searched. "
            "Make it again, or take it out."
        ) from None
    for start, end in _ENDS.items():
        if data.startswith(start):
            for run in re.findall(rb"[^\x00-\x08\x0e-\x1f]{4,}", data.rpartition(end)[2]):
                yield Piece(f"{shown}, behind the picture", decoded(run))


def _exif_pieces(exif: Image.Exif, shown: str) -> Iterator[Piece]:
    for tag, value in exif.items():
        yield Piece(f"{shown}, EXIF {ExifTags.TAGS.get(tag, tag)}", _said(value))
    for ifd in _SUB_IFDS:
        found = exif.get_ifd(ifd)
        if ifd is ExifTags.IFD.GPSInfo and found:
            yield Piece(f"{shown}, EXIF GPS", _place(found))
        else:
            for tag, value in found.items():
                yield Piece(f"{shown}, EXIF {ExifTags.TAGS.get(tag, tag)}", _said(value))


def _said(value: object) -> str:
    if not isinstance(value, bytes):
        return str(value)
    return decoded(value.removeprefix(b"ASCII\0\0\0").removeprefix(b"UNICODE\0")).replace("\0", "")


def _place(gps: dict[int, object]) -> str:
    """The place of a picture in words that name it as one."""
    degrees = []
    for tag in (2, 4):  # latitude and longitude, as degrees, minutes, seconds
        parts = gps.get(tag)
        if isinstance(parts, tuple | list):
            worth = sum(float(part) / 60**power for power, part in enumerate(parts))
            degrees.append(f"{worth:.4f}")
    rest = " ".join(_said(value) for tag, value in gps.items() if tag not in (2, 4))
    return f"GPS: {', '.join(degrees) or '0.0000'} {rest}"


def pdf_pieces(data: bytes, shown: str) -> Iterator[Piece]:
    """Properties, links, notes and metadata of a PDF; its pages are those of the book."""
    texts = [_STREAM.sub(b"", data), *_streams(data)]
    for text in texts:
        for literal in _LITERAL.findall(text):
            plain = re.sub(rb"\\([0-7]{3})", lambda m: bytes([int(m[1], 8) & 255]), literal[1:-1])
            yield Piece(f"{shown}, text", _pdf_text(re.sub(rb"\\(.)", rb"\1", plain)))
        for coded in _HEX.findall(text):
            yield Piece(f"{shown}, text", _pdf_text(bytes.fromhex(decoded(coded))))
        if b"<x:xmpmeta" in text or b"<rdf:RDF" in text:
            yield Piece(f"{shown}, metadata", re.sub(r"<[^>]*>", " ", decoded(text)))


def _streams(data: bytes) -> Iterator[bytes]:
    """Streams of a PDF that hold objects or metadata, not pages or fonts."""
    for found in _STREAM.finditer(data):
        head = data[max(0, found.start() - 400) : found.start()].rpartition(b" obj")[2]
        if b"/ObjStm" in head or b"/Metadata" in head:
            try:
                yield zlib.decompress(found[1])
            except zlib.error:
                yield found[1]


def _pdf_text(data: bytes) -> str:
    if data.startswith(b"\xfe\xff"):
        return data[2:].decode("utf-16-be", "replace")
    return decoded(data)


def zip_members(data: bytes, shown: str) -> Iterator[tuple[str, bytes]]:
    """Names and contents of a packed file, such as a workbook or a Word document.

    Raises:
        InputError: it is broken.
    """
    try:
        with ZipFile(io.BytesIO(data)) as packed:
            for name in packed.namelist():
                if not name.endswith("/"):
                    yield name, packed.read(name)
    except (BadZipFile, RuntimeError, zlib.error) as error:
        raise InputError(
            f"{shown}: cannot be unpacked ({error}), and so not be searched. Take it out."
        ) from None


def inventory(data: bytes, shown: str) -> bytes:
    """The lines of a Sphinx inventory, of which all but the first four are packed.

    Raises:
        InputError: it is broken.
    """
    *head, packed = data.split(b"\n", 4)
    try:
        return b"\n".join([*head, zlib.decompress(packed)])
    except zlib.error as error:
        raise InputError(
            f"{shown}: cannot be unpacked ({error}), and so not be searched. Make it again."
        ) from None
