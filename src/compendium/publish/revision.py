"""What differs between two versions of a manuscript: the numbers, for a letter to the editor."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from zipfile import BadZipFile

import docx
from docx.opc.exceptions import PackageNotFoundError
from docx.table import Table
from docx.text.paragraph import Paragraph

from compendium.errors import InputError
from compendium.files import write_whole

NUMBER = re.compile(r"[-−+]?\d+(?:[.,]\d+)*(?:\s?%)?")
ALIKE = 0.6  # share of words in common, from which one piece is the other reworded


@dataclass(frozen=True)
class Piece:
    """A paragraph or a table's row.

    Attributes:
        place: the heading that it stands under, and the table by its caption.
        text: its words; cells are set apart by a bar.
    """

    place: str
    text: str

    @property
    def words(self) -> str:
        """The text without its numbers, by which two versions are laid side by side."""
        return NUMBER.sub("#", self.text)

    @property
    def numbers(self) -> list[str]:
        """Its numbers in their order."""
        return [found[0].replace("−", "-") for found in NUMBER.finditer(self.text)]


@dataclass(frozen=True)
class Change:
    """Text of the old and of the new version; empty where one has none."""

    place: str
    old: str
    new: str


def changed_numbers(old: Path, new: Path) -> Iterator[Change]:
    """Every paragraph and row whose numbers differ, came or went; mere wording is passed over.

    Args:
        old: an earlier version, .docx.
        new: the present one.

    Raises:
        InputError: a file is none that Word writes.
    """
    before, after = list(pieces(old)), list(pieces(new))
    matcher = SequenceMatcher(
        a=[piece.words for piece in before], b=[piece.words for piece in after], autojunk=False
    )
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            pairs = zip(before[i:j], after[k:m], strict=True)
            yield from (
                Change(two.place, one.text, two.text)
                for one, two in pairs
                if one.numbers != two.numbers
            )
        else:
            yield from _apart(before[i:j], after[k:m])


def write_changes(changes: Iterable[Change], output: Path) -> Path:
    """Write them as a table with place, old and new, which Excel opens; returns its path."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(("place", "old", "new"))
    rows.writerows((one.place, one.old, one.new) for one in changes)
    write_whole(output, text.getvalue().encode("utf-8-sig"))
    return output


def pieces(path: Path) -> Iterator[Piece]:
    """The paragraphs and rows of a document, in its order.

    Raises:
        InputError: it is none that Word writes.
    """
    try:
        document = docx.Document(str(path))
    except (BadZipFile, PackageNotFoundError, KeyError, ValueError) as error:
        raise InputError(
            f"{path}: cannot be opened ({error}); expected a Word document, .docx. Save it as one."
        ) from None
    heading = caption = ""
    for part in document.iter_inner_content():
        if isinstance(part, Table):
            yield from _rows(part, caption or heading)
        elif isinstance(part, Paragraph) and (text := part.text.strip()):
            style = part.style.name if part.style else ""
            heading = text if style.startswith("Heading") else heading
            caption = text if style == "Table Caption" else ""
            yield Piece(heading, text)


def _rows(table: Table, place: str) -> Iterator[Piece]:
    for row in table.rows:
        text = " | ".join(cell.text.strip() for cell in row.cells)
        if text.strip(" |"):
            yield Piece(place, text)


def _apart(old: list[Piece], new: list[Piece]) -> Iterator[Change]:
    """Pieces whose words differ: two that are much alike are one reworded; others came or went."""
    left = list(old)
    for piece in new:
        alike = max(left, key=lambda one: _likeness(one, piece), default=None)
        if alike is not None and _likeness(alike, piece) >= ALIKE:
            left.remove(alike)
            if alike.numbers != piece.numbers:
                yield Change(piece.place, alike.text, piece.text)
        elif piece.numbers:
            yield Change(piece.place, "", piece.text)
    yield from (Change(piece.place, piece.text, "") for piece in left if piece.numbers)


def _likeness(one: Piece, other: Piece) -> float:
    first, second = (re.findall(r"[^\W\d_]+", piece.text) for piece in (one, other))
    return SequenceMatcher(a=first, b=second, autojunk=False).ratio()
