"""The bibliography beside what others print of each reference: `references_seen.yml`.

Title, first author, year and DOI were read at another source than the bibliography, and each entry
is held to them, without a network. What could not be read is listed.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from compendium.bibliography import BIBLIOGRAPHY, entries_of
from compendium.errors import InputError
from compendium.privacy.citations import words
from compendium.strict_yaml import read_yaml
from compendium_book.markdown import pipe_table, plain

NAME = Path(BIBLIOGRAPHY).name
FILE = "references_seen.yml"
COMPARED = ("title", "first_author", "year", "doi")
DATED = re.compile(r"\d{4}-\d\d-\d\d, \S")


@dataclass(frozen=True)
class Seen:
    """What another source prints of one reference.

    Attributes:
        key: of the bibliography.
        title: as the source has it; like the next three None where it was not seen.
        first_author: family name, or name of a group.
        year: of the issue.
        doi: without the resolver's address.
        online_year: of a publication ahead of the issue, at most one year from it; an entry may
            have either.
        seen: the day, and where.
        unverified: why something is missing; empty where nothing is.
    """

    key: str
    title: str | None = None
    first_author: str | None = None
    year: int | None = None
    doi: str | None = None
    online_year: int | None = None
    seen: str = ""
    unverified: str = ""

    @property
    def found(self) -> tuple[str, ...]:
        """The names of what was seen."""
        return tuple(name for name in COMPARED if getattr(self, name) is not None)


def read_entries(folder: Path) -> dict[str, dict[str, str]]:
    """The fields of each entry of the bibliography, with its first author, by key."""
    found = entries_of(folder / NAME)
    for values in found.values():
        first = re.split(r"\s+and\s+", values.get("author", ""))[0]
        values["first_author"] = first if first.startswith("{") else first.split(",")[0]
    return found


def read_seen(folder: Path) -> dict[str, Seen]:
    """What was seen of the references, by key; nothing where the file is not there.

    Raises:
        InputError: an entry has an unknown key, no day and place of what it has, no reason for what
            it lacks or one for nothing, or two years that are further apart than one.
    """
    path = folder / FILE
    stored = read_yaml(path.read_text(encoding="utf-8"), FILE) if path.is_file() else {}
    return {key: _read(key, entry) for key, entry in (stored or {}).items()}


def _read(key: str, entry: Any) -> Seen:
    known = {field.name for field in fields(Seen)} - {"key"}
    if not isinstance(entry, dict) or not set(entry) <= known:
        has = sorted(entry) if isinstance(entry, dict) else entry
        raise InputError(f"{FILE}, {key}: has {has}; expected {sorted(known)}.")
    seen = Seen(key=key, **entry)
    lacks = [name for name in COMPARED if name not in seen.found]
    if bool(lacks) != bool(seen.unverified):
        said = f"lacks {', '.join(lacks)}" if lacks else "has everything"
        raise InputError(
            f"{FILE}, {key}: {said}; expected `unverified`, with the reason, where and only where "
            f"one of {', '.join(COMPARED)} was not seen."
        )
    if seen.found and not DATED.match(str(seen.seen)):
        raise InputError(
            f"{FILE}, {key}: seen {seen.seen!r}; expected the day, a comma and where, such as "
            f'"2026-01-31, the abstract at example.org".'
        )
    if seen.online_year is not None and abs(seen.online_year - (seen.year or 0)) > 1:
        raise InputError(
            f"{FILE}, {key}: online_year {seen.online_year} and year {seen.year}; expected years "
            f"that are at most one apart."
        )
    return seen


def faults(entries: Mapping[str, Mapping[str, str]], stored: Mapping[str, Seen]) -> Iterator[str]:
    """Each entry that differs from what was seen of it, and each that one side lacks."""
    for key in sorted(set(entries) ^ set(stored)):
        lacks = FILE if key in entries else NAME
        yield f"{key}: {lacks} has no such entry; expected one in both files."
    for key in sorted(set(entries) & set(stored)):
        for name in stored[key].found:
            ours, theirs = entries[key].get(name, ""), _values(stored[key], name)
            if _letters(ours) not in map(_letters, theirs):
                others = " or ".join(map(repr, theirs))
                yield (
                    f"{NAME}, {key}: {name} is {ours!r}, but {others} was seen "
                    f"({stored[key].seen}); correct the entry, or {FILE} by its source."
                )


def _values(seen: Seen, name: str) -> list[str]:
    """What an entry may have: one value, of the year also that of the publication online."""
    values = [getattr(seen, name)]
    if name == "year" and seen.online_year is not None:
        values.append(seen.online_year)
    return [str(value) for value in values]


def _letters(text: str) -> str:
    """Letters and digits alone, in small, without accents, however TeX or Unicode writes them."""
    return "".join(words(text))


def require_references(folder: Path) -> None:
    """Nothing, where each entry of the bibliography is as another source prints it.

    Raises:
        InputError: one is not, or was never compared; every fault is named.
    """
    wrong = list(faults(read_entries(folder), read_seen(folder)))
    if wrong:
        raise InputError("references are not as they were seen:\n" + "\n".join(wrong))


def references_table(folder: Path) -> str:
    """How many references were compared, and each of which something could not be."""
    stored = read_seen(folder)
    rest = [one for one in stored.values() if one.unverified]
    said = (
        f"Of {len(stored)} references, {len(stored) - len(rest)} have the title, first author, "
        f"year and DOI that another source prints, and the build stops where one of them differs."
    )
    if not rest:
        return said
    rows = (
        (
            f"{{cite}}`{one.key}`",
            ", ".join(_SAID[name] for name in one.found) or "nothing",
            f"**Not verified:** {plain(one.unverified)}",
        )
        for one in rest
    )
    table = pipe_table(("Reference", "Compared", "The rest"), rows)
    return f"{said} Of the others only a part could be compared.\n\n{table}"


_SAID = {"title": "title", "first_author": "first author", "year": "year", "doi": "DOI"}
