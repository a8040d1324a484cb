"""Editions of a book: all of it for a real study's own investigators, and what others may see.

A synthetic study has one edition, which anybody may see.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from compendium.called import command
from compendium.errors import InputError
from compendium.results.provenance import read_record

NOTE = "book.json"  # beside the pages: whose book they are, and which edition


@dataclass(frozen=True)
class Edition:
    """For whom pages are.

    Attributes:
        name: as the note beside the pages has it.
        mark: words on every page, sheet and document; empty where there are none.
        meaning: what the mark says, in a line.
        passes_on: whether it may be archived.
        guarded: whether it passes the disclosure gate, and leaves out tables with a row a person.
    """

    name: str
    mark: str
    meaning: str
    passes_on: bool
    guarded: bool


SYNTHETIC = Edition(
    "synthetic",
    "SYNTHETIC DATA",
    "made by a program with known truth; nothing here is a finding about patients",
    passes_on=True,
    guarded=False,
)
PRIVATE = Edition(
    "private",
    "PRIVATE",
    "rows and small counts of patients, for the study's own investigators; not to be passed on",
    passes_on=False,
    guarded=False,
)
PUBLIC = Edition("public", "", "", passes_on=True, guarded=True)
EDITIONS = {edition.name: edition for edition in (SYNTHETIC, PRIVATE, PUBLIC)}


def edition_of(synthetic: bool, public: bool) -> Edition:
    """The edition of a study's book."""
    if synthetic:
        return SYNTHETIC
    return PUBLIC if public else PRIVATE


def note(study: str, edition: Edition) -> str:
    """What stands beside the pages."""
    return json.dumps({"study": study, "edition": edition.name}, indent=1) + "\n"


def edition_at(html: Path, study: str, params_file: Path) -> Edition:
    """The edition of a study's book in a folder.

    Raises:
        InputError: there is no book, or it is of another study; says how to build it.
    """
    found = read_record(html / NOTE)
    if found.get("study") == study and found.get("edition") in EDITIONS:
        return EDITIONS[found["edition"]]
    raise InputError(
        f"{html}: holds no book of {params_file}. Build it first with "
        f"{command(f'book --params {params_file}')}, or {command(f'publish {params_file.stem}')} "
        "for what others may see."
    )
