"""The text of pages and drawings: as read, and what attributes, comments and scripts hold."""

import base64
import binascii
import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from urllib.parse import unquote_to_bytes

from compendium.privacy.media import image_pieces
from compendium.privacy.piece import Piece, decoded, text_pieces

_INLINE = frozenset(
    (
        "a",
        "abbr",
        "b",
        "code",
        "em",
        "font",
        "i",
        "mark",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "u",
    )
)
_URI = r"data:([\w/+.-]*)((?:;[\w=-]+)*),"
_QUOTED_DATA = re.compile(rf"([\"']){_URI}(.*?)\1", re.DOTALL)  # may go over many lines
_BARE_DATA = re.compile(rf"(){_URI}([^\"'\s<>)]*)")
_DRAWN = re.compile(
    r"""\b(?:d|points|transform|viewBox|style|clip-path|xmlns(?::\w+)?)=(?:"[^"]*"|'[^']*')"""
)
# Ids that the drawing library counts up or makes of a hash; others are searched.
_COUNTED = re.compile(
    r"#?(?:[a-zA-Z]+\d*_\d+|[mpC][0-9a-f_]{6,}|DejaVu\w*-[0-9a-f]+|url\(#[\w-]+\))"
)


def html_pieces(text: str, shown: str) -> Iterator[Piece]:
    """A page's text as read, every attribute however it is quoted, comments, scripts, embedded "
    "data."""
    text, embedded = _without_data(text)
    page = _Page(shown)
    page.feed(text)
    page.close()
    yield from page.pieces()
    for kind, data in embedded:
        yield from _embedded_pieces(kind, data, f"{shown}, embedded")


def svg_pieces(text: str, shown: str) -> Iterator[Piece]:
    """Comments (where drawn letters keep their text), metadata, titles and texts of a drawing."""
    text, embedded = _without_data(_DRAWN.sub("", text))
    for comment in re.findall(r"<!--(.*?)-->", text, re.DOTALL):
        yield Piece(f"{shown}, drawn text", comment)
    body = re.sub(r"<!DOCTYPE[^>]*>|<!--.*?-->|rdf:resource=\"[^\"]*\"", "", text, flags=re.DOTALL)
    body = body.replace("matplotlib.org/", "")
    for line in re.sub(r"<[^>]*>", "\n", body).splitlines():
        if line.strip() and re.search(r"[^\W\d_]|\d{5}", line):
            yield Piece(f"{shown}, metadata", line)
    for double, single in re.findall(r"""[\w:-]+\s*=\s*(?:"([^"]*)"|'([^']*)')""", body):
        value = double or single
        if re.search(r"[^\W\d_]|\d{5}", value) and not _COUNTED.fullmatch(value):
            yield Piece(f"{shown}, attribute", value)
    for kind, data in embedded:
        yield from _embedded_pieces(kind, data, f"{shown}, embedded")


class _Page(HTMLParser):
    """Gathers what a page says, piece by piece."""

    def __init__(self, shown: str) -> None:
        super().__init__(convert_charrefs=True)
        self._shown = shown
        self._found: list[Piece] = []
        self._line: list[str] = []
        self._citation = False

    def pieces(self) -> list[Piece]:
        """All that was found."""
        self._flush()
        return self._found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the attributes; a block begins a new line."""
        if tag not in _INLINE:
            self._flush()
        values = {name: value for name, value in attrs if value}
        cites = "references.html#" in values.get("href", "")
        for name, value in values.items():
            # A link to the bibliography repeats its entry, whose names are authors'.
            kind = "citation" if cites and name == "title" else "attribute"
            self._found.append(Piece(f"{self._shown}, {kind}", value))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """As a tag that opens."""
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """A block ends a line."""
        if tag not in _INLINE:
            self._flush()

    def handle_data(self, data: str) -> None:
        """Text, of which a line break outside a block counts as one."""
        *before, last = data.split("\n")
        for part in before:
            self._line.append(part)
            self._flush()
        self._line.append(last)

    def handle_comment(self, data: str) -> None:
        """A comment."""
        self._found.append(Piece(f"{self._shown}, comment", data))

    def handle_decl(self, decl: str) -> None:
        """A declaration."""
        self._found.append(Piece(f"{self._shown}, comment", decl))

    def unknown_decl(self, data: str) -> None:
        """Such as CDATA."""
        self._found.append(Piece(f"{self._shown}, comment", data))

    def handle_pi(self, data: str) -> None:
        """A processing instruction."""
        self._found.append(Piece(f"{self._shown}, comment", data))

    def _flush(self) -> None:
        line = "".join(self._line)
        self._line = []
        if line.strip():
            self._found.append(Piece(self._shown, line))


def _without_data(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text without its data URIs, and these decoded."""
    found: list[tuple[str, bytes]] = []

    def taken(match: re.Match[str]) -> str:
        quote, kind, options, written = match.groups()
        data = unquote_to_bytes(unescape(written))
        if "base64" in options:
            try:
                data = base64.b64decode(re.sub(rb"\s", b"", data) + b"==")
            except (binascii.Error, ValueError):
                return match[0]
        if data:
            found.append((kind, data))
        return quote * 2

    return _BARE_DATA.sub(taken, _QUOTED_DATA.sub(taken, text)), found


def _embedded_pieces(kind: str, data: bytes, shown: str) -> Iterator[Piece]:
    if kind.endswith("svg+xml"):
        yield from svg_pieces(decoded(data), shown)
    elif kind.startswith("image/"):
        yield from image_pieces(data, shown)
    elif not kind.startswith("font"):
        yield from text_pieces(decoded(data), shown)
