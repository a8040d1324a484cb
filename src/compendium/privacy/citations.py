"""Rendered references: what is written of the bibliography alone names authors, not patients."""

import re
import unicodedata
from functools import cached_property
from pathlib import Path, PurePosixPath

# What a reference shows of an entry; notes and keywords are not among it.
SHOWN = frozenset(
    (
        "address",
        "author",
        "booktitle",
        "doi",
        "edition",
        "editor",
        "howpublished",
        "institution",
        "journal",
        "month",
        "number",
        "organization",
        "pages",
        "publisher",
        "school",
        "series",
        "title",
        "url",
        "volume",
        "year",
    )
)
BETWEEN = frozenset(("al", "and", "doi", "edition", "editor", "editors", "et", "in", "others"))
PLACES = ("references.html", "references.bib")
_FIELD = re.compile(r"[,{]\s*(\w+)\s*=(.*?)(?=,\s*\w+\s*=|\Z)", re.DOTALL)
_TEX = re.compile(r"\\[vcukHr](?=\{)|\\[^a-zA-Z\s]|[{}\\]")
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "ı": "i", "đ": "d", "æ": "ae", "ß": "ss", "œ": "oe"})


class Bibliography:
    """The entries of a bibliography.

    Args:
        path: a BibTeX file; without it nothing is a reference.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def renders(self, text: str, place: str) -> bool:
        """Whether a text is a reference: where references stand, and of one entry's words alone.

        Args:
            text: a piece of a page, a link's title, a line of the bibliography.
            place: where it stands, as its piece has it.
        """
        file, _, part = place.partition(", ")
        if part != "citation" and PurePosixPath(file).name not in PLACES:
            return False
        said = frozenset(words(text)) - BETWEEN
        if file.endswith(".bib"):
            said -= SHOWN
        return any(said <= entry for entry in self._entries)

    @cached_property
    def _entries(self) -> list[frozenset[str]]:
        """The words that each entry shows."""
        text = self._path.read_text(encoding="utf-8") if self._path.is_file() else ""
        return [
            frozenset(
                word
                for name, value in _FIELD.findall(entry)
                if name.lower() in SHOWN
                for word in words(value)
            )
            for entry in re.split(r"^@", text, flags=re.MULTILINE)[1:]
        ]


def words(text: str) -> list[str]:
    """Words in small letters without accents, written in Unicode or in TeX."""
    plain = unicodedata.normalize("NFKD", _TEX.sub("", text).casefold())
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.findall(r"[^\W_]+", plain.translate(_LETTERS))
