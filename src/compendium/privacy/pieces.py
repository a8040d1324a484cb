"""The text of what is to be published, in pieces that each know their place.

Everything that a reader or a program can find counts: a notebook's sources, outputs and metadata,
a table's cells and headings, a figure's comments and metadata, a page's text, attributes and
comments, a file's name.
"""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

INLINE_TAG = re.compile(r"</?(?:a|abbr|b|code|em|i|mark|pre|small|span|strong|sub|sup|u)\b[^>]*>")
ANY_TAG = re.compile(r"<[^>]*>")
TEXT_FILES = {".yml", ".yaml", ".txt", ".md", ".js", ".xml"}
DRAWN = re.compile(r'\b(?:d|points|transform|viewBox|style|clip-path|xlink:href|id)="[^"]*"')
# A link to the bibliography repeats its entry, whose names are authors'.
CITATION = re.compile(r'(href="(?:\.\./)?references\.html#[\w-]+") title="[^"]*"')
EMBEDDED = re.compile(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=\s]+")


@dataclass(frozen=True)
class Piece:
    """A text and where it stands."""

    place: str
    text: str


def pieces_of(path: Path, shown: str) -> Iterator[Piece]:
    """The pieces of one file.

    Args:
        path: the file.
        shown: its name in messages.
    """
    yield Piece(f"{shown}, file name", re.sub(r"[_+~]", " ", path.stem))
    match path.suffix.lower():
        case ".ipynb":
            yield from notebook_pieces(json.loads(path.read_text(encoding="utf-8")), shown)
        case ".csv":
            yield from csv_pieces(path, shown)
        case ".json":
            yield from json_pieces(json.loads(path.read_text(encoding="utf-8")), shown)
        case ".svg":
            yield from svg_pieces(path.read_text(encoding="utf-8"), shown)
        case ".html":
            yield from html_pieces(path.read_text(encoding="utf-8"), shown)
        case ".png" | ".jpg" | ".jpeg" | ".tif" | ".tiff" | ".webp":
            yield from image_pieces(path, shown)
        case suffix if suffix in TEXT_FILES:
            yield from text_pieces(path.read_text(encoding="utf-8"), shown)


def text_pieces(text: str, shown: str) -> Iterator[Piece]:
    """Lines of a text."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield Piece(f"{shown}, line {number}", line)


def json_pieces(value: Any, shown: str) -> Iterator[Piece]:
    """Every key and text of a JSON value; its numbers are small cells' business."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield Piece(shown, str(key))
            yield from json_pieces(inner, f"{shown}, {key}")
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            named = inner.get("id", position) if isinstance(inner, dict) else position
            yield from json_pieces(inner, f"{shown}, {named}")
    elif isinstance(value, str):
        yield Piece(shown, value)


def notebook_pieces(notebook: dict[str, Any], shown: str) -> Iterator[Piece]:
    """Sources, outputs, attachments and metadata of a notebook's cells, and its own metadata."""
    yield from json_pieces(notebook.get("metadata", {}), f"{shown}, metadata")
    for number, cell in enumerate(notebook["cells"], start=1):
        place = f"{shown}, cell {number}"
        yield from text_pieces("".join(cell["source"]), place)
        yield from json_pieces(cell.get("metadata", {}), f"{place}, metadata")
        yield from json_pieces(list(cell.get("attachments", {})), f"{place}, attachments")
        for output in cell.get("outputs", []):
            yield from _output_pieces(output, f"{place}, output")


def _output_pieces(output: dict[str, Any], place: str) -> Iterator[Piece]:
    texts = {"text": output.get("text", ""), **output.get("data", {})}
    for mime, content in texts.items():
        text = "".join(content) if isinstance(content, list) else content
        if isinstance(text, dict):
            yield from json_pieces(text, place)
        elif mime == "text/html":
            yield from html_pieces(text, place)
        elif mime == "image/svg+xml":
            yield from svg_pieces(text, place)
        elif not mime.startswith("image/"):
            yield from text_pieces(text, place)
    yield from json_pieces(output.get("metadata", {}), f"{place}, metadata")
    for line in [output.get("evalue", ""), *output.get("traceback", [])]:
        yield from text_pieces(re.sub(r"\x1b\[[0-9;]*m", "", line), f"{place}, error")


def csv_pieces(path: Path, shown: str) -> Iterator[Piece]:
    """Headings and cells of a table; plain measures are left out, since none has a form."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(lines)
        headings = next(reader, [])
        for heading in headings:
            yield Piece(f"{shown}, heading", heading)
        for number, row in enumerate(reader, start=2):
            for column, cell in enumerate(row):
                if cell and not re.fullmatch(
                    r"-?\d+\.\d+(?:e[+-]?\d+)?|-?\d{1,5}|True|False", cell
                ):
                    heading = headings[column] if column < len(headings) else str(column + 1)
                    yield Piece(f"{shown}, row {number}, column {heading}", cell)


def svg_pieces(text: str, shown: str) -> Iterator[Piece]:
    """Comments (where drawn letters keep their text), metadata and titles of a figure."""
    text = EMBEDDED.sub("", DRAWN.sub("", text))
    for comment in re.findall(r"<!--(.*?)-->", text, re.DOTALL):
        yield Piece(f"{shown}, drawn text", comment)
    body = re.sub(
        r"<!DOCTYPE[^>]*>|<!--.*?-->|\bxmlns(?::\w+)?=\"[^\"]*\"", "", text, flags=re.DOTALL
    )
    body = re.sub(r'rdf:resource="[^"]*"|matplotlib\.org/', "", body)
    for line in ANY_TAG.sub("\n", body).splitlines():
        if line.strip() and re.search(r"[^\W\d_]|\d{6}", line):
            yield Piece(f"{shown}, metadata", line)
    for attribute in re.findall(r'[\w:-]+="([^"]*[^\W\d_][^"]*)"', body):
        yield Piece(f"{shown}, attribute", attribute)


def html_pieces(text: str, shown: str) -> Iterator[Piece]:
    """A page's text as read, and what its attributes, comments and scripts hold."""
    text = CITATION.sub(r"\1", EMBEDDED.sub("", text))
    for comment in re.findall(r"<!--(.*?)-->", text, re.DOTALL):
        yield Piece(f"{shown}, comment", comment)
    for value in re.findall(
        r'(?:alt|title|content|aria-label|data-[\w-]+|href|src|value)="([^"]*)"', text
    ):
        yield Piece(f"{shown}, attribute", value)
    read = ANY_TAG.sub("\n", INLINE_TAG.sub("", re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)))
    for line in read.splitlines():
        if line.strip():
            yield Piece(shown, line)


def image_pieces(path: Path, shown: str) -> Iterator[Piece]:
    """Text chunks and EXIF of a raster image."""
    with Image.open(path) as image:
        for key, value in image.info.items():
            if isinstance(value, str):
                yield Piece(f"{shown}, metadata {key}", value)
        for tag, value in image.getexif().items():
            yield Piece(f"{shown}, EXIF {tag}", str(value))
