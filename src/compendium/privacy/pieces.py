"""The text of what is to be published, in pieces that each know their place.

Everything that a reader or a program can find counts: a notebook's sources, outputs and metadata,
a table's cells and headings, a figure's comments and metadata, a page's text, attributes, comments
and scripts, a picture's EXIF, a document's properties, a file's name.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from compendium.errors import InputError
from compendium.privacy.markup import html_pieces, svg_pieces
from compendium.privacy.media import image_pieces, inventory, pdf_pieces, zip_members
from compendium.privacy.piece import Piece, decoded, text_pieces

__all__ = ["Piece", "pieces_in", "pieces_of", "text_pieces"]

PICTURES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".gif", ".bmp"}
DRAWN_FONTS = {".woff", ".woff2", ".ttf", ".eot", ".otf"}
_MEASURE = re.compile(r"-?\d+\.\d+(?:e[+-]?\d+)?|-?\d{1,5}|True|False")
_INDEX = "Search.setIndex("
_WHOLE = re.compile(r"(-?\d{6,})\.0*")


def pieces_of(path: Path, shown: str) -> Iterator[Piece]:
    """The pieces of one file.

    Args:
        path: the file.
        shown: its name in messages.
    """
    yield from pieces_in(path.read_bytes(), path.name, shown)


def pieces_in(data: bytes, name: str, shown: str) -> Iterator[Piece]:
    """The pieces of a file's content.

    Args:
        data: the content.
        name: the file's own name, by whose ending it is read.
        shown: its name in messages.

    Raises:
        InputError: it is not what its ending says, or broken, and so cannot be searched.
    """
    ending, stem = PurePosixPath(name).suffix.lower(), PurePosixPath(name).stem
    yield Piece(f"{shown}, file name", re.sub(r"[_+~]", " ", stem))
    if data[128:132] == b"DICM" or ending == ".dcm":
        yield Piece(f"{shown}, DICOM", "patient ID: 0000000 (a DICOM file is not to be here)")
    elif data[:4] == b"PK\x03\x04":
        for member, content in zip_members(data, shown):
            yield from pieces_in(content, member, f"{shown}/{member}")
    elif data[:5] == b"%PDF-":
        yield from pdf_pieces(data, shown)
    elif ending == ".inv":
        yield from text_pieces(decoded(inventory(data, shown)), shown)
    elif ending in PICTURES:
        yield from image_pieces(data, shown)
    elif ending not in DRAWN_FONTS:
        yield from _text_of(decoded(data), ending, shown)


def _text_of(text: str, ending: str, shown: str) -> Iterator[Piece]:
    match ending:
        case ".ipynb":
            yield from notebook_pieces(_json(text, shown), shown)
        case ".csv" | ".tsv":
            yield from csv_pieces(text, shown, "\t" if ending == ".tsv" else ",")
        case ".json" | ".jsonld":
            yield from json_pieces(_json(text, shown), shown)
        case ".svg":
            yield from svg_pieces(text, shown)
        case ".html" | ".htm" | ".xhtml":
            yield from html_pieces(text, shown)
        case ".xml" | ".rels":
            yield from html_pieces(text, shown)
        case ".js" if text.startswith(_INDEX):
            index = text.strip().removeprefix(_INDEX).removesuffix(")")
            yield from json_pieces(_json(index, shown), shown)
        case _:
            yield from text_pieces(text, shown)


def _json(text: str, shown: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise InputError(
            f"{shown}: is not JSON ({error}), and so cannot be searched. Make it again."
        ) from None


def json_pieces(value: Any, shown: str) -> Iterator[Piece]:
    """Every key and text of a JSON value, and whole numbers long enough to be somebody's."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield Piece(shown, str(key))
            yield from json_pieces(inner, f"{shown}, {key}")
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            named = inner.get("id", position) if isinstance(inner, dict) else position
            yield from json_pieces(inner, f"{shown}, {named}")
    elif isinstance(value, str) or (isinstance(value, int) and abs(value) > 99_999):
        yield Piece(shown, str(value))


def notebook_pieces(notebook: dict[str, Any], shown: str) -> Iterator[Piece]:
    """Sources, outputs, attachments and metadata of a notebook's cells, and its own metadata."""
    yield from json_pieces(notebook.get("metadata", {}), f"{shown}, metadata")
    for number, cell in enumerate(notebook["cells"], start=1):
        place = f"{shown}, cell {number}"
        yield from text_pieces("".join(cell["source"]), place)
        yield from json_pieces(cell.get("metadata", {}), f"{place}, metadata")
        for name, bundle in cell.get("attachments", {}).items():
            yield Piece(f"{place}, attachments", name)
            yield from _output_pieces({"data": bundle}, f"{place}, attachments")
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
        elif mime.startswith("image/"):
            yield from html_pieces(f'<img src="data:{mime};base64,{text.strip()}">', place)
        else:
            yield from text_pieces(text, place)
    yield from json_pieces(output.get("metadata", {}), f"{place}, metadata")
    for line in [output.get("evalue", ""), *output.get("traceback", [])]:
        yield from text_pieces(re.sub(r"\x1b\[[0-9;]*m", "", line), f"{place}, error")


def csv_pieces(text: str, shown: str, separator: str = ",") -> Iterator[Piece]:
    """Headings and cells of a table; plain measures are left out, since none has a form."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    headings = next(reader, [])
    for heading in headings:
        yield Piece(f"{shown}, heading", heading)
    for number, row in enumerate(reader, start=2):
        for column, cell in enumerate(row):
            heading = headings[column] if column < len(headings) else str(column + 1)
            place = f"{shown}, row {number}, column {heading}"
            if whole := _WHOLE.fullmatch(cell):  # a number of a column in which some are missing
                yield Piece(place, whole[1])
            elif cell and not _MEASURE.fullmatch(cell):
                yield Piece(place, cell)
