"""A text and where it stands."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    """A text and where it stands."""

    place: str
    text: str


def text_pieces(text: str, shown: str) -> Iterator[Piece]:
    """Lines of a text."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield Piece(f"{shown}, line {number}", line)


def decoded(data: bytes) -> str:
    """A file's text: UTF-8 or UTF-16 by their marks, else GB 18030, else byte by byte."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")
