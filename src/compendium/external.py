"""Public data sets: which are listed, whether they are here, and whether they are what is listed.

Nothing of them is part of the project. Each file is known by its SHA-256 and, where it is a table,
by its columns; what differs by a byte is refused by name and never read.
"""

import csv
import hashlib
import io
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compendium.called import command
from compendium.errors import InputError
from compendium.files import below, sha256
from compendium.strict_yaml import read_yaml

if TYPE_CHECKING:
    import pandas as pd

VARIABLE = "COMPENDIUM_EXTERNAL"
DEFAULT, REGISTER, SUMS = "data/external", "data/external.yml", "data/external.sha256"
THERE, MISSING, CHANGED, OTHER = "there", "missing", "changed", "another release"
UCI, TCGA, PAIRS, TROP2, PET = "UCI-DTC", "TCGA-THCA", "PTC-H-SCORES", "UCS-TROP2", "PUBLIC-PET"
SETS = (UCI, TCGA, PAIRS, TROP2, PET)
"""Names of the public sets, by which a passage of the chapter on them says what it needs."""
FIELDS = {"part", "path", "what", "origin", "licence", "sha256"}
SHOWN = 3

Hashed = Callable[[Path], str]


@dataclass(frozen=True)
class Listed:
    """A file or a folder of a public data set, as data/external.yml lists it.

    Attributes:
        part: name of the set; chapters and passages need it by this name.
        path: from the folder of public data; what: in a line.
        origin, licence, doi: where it comes from, and what allows its use.
        sha256: of the file; of a folder, of the lines of its files in data/external.sha256.
        columns: of a table, in order.
    """

    part: str
    path: str
    what: str
    origin: str
    licence: str
    sha256: str
    doi: str = ""
    columns: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """Where it comes from, and its licence, in a line."""
        doi = f", doi:{self.doi}" if self.doi else ""
        return f"{self.origin}{doi} ({self.licence})"


@dataclass(frozen=True)
class Found:
    """What is in the place of something listed.

    Attributes:
        state: there, missing, changed or another release.
        problem: where it is not there as listed, what differs.
        sha256: of what is there, made as that listed; empty where nothing is.
    """

    listed: Listed
    state: str
    problem: str = ""
    sha256: str = ""


def register(root: Path) -> list[Listed]:
    """The public data sets that the project knows, in the order of its list.

    Raises:
        InputError: the list is not of its form; names the entry.
    """
    where = root / REGISTER
    if not where.is_file():
        raise InputError(f"{where}: there is no such list. Take it from the repository again.")
    entries = read_yaml(where.read_text(encoding="utf-8"), str(where))
    return [_listed(entry, f"{where}, entry {n}") for n, entry in enumerate(entries, start=1)]


def _listed(entry: Mapping[str, Any], where: str) -> Listed:
    known = set(Listed.__dataclass_fields__)
    for what, names in (("lacks", FIELDS - set(entry)), ("has unknown", set(entry) - known)):
        if names:
            raise InputError(f"{where} {what} {', '.join(sorted(names))}. Correct it.")
    said = {name: str(value) for name, value in entry.items() if name != "columns"}
    return Listed(**said, columns=tuple(map(str, entry.get("columns", ()))))


def folder_of(root: Path) -> Path:
    """Where public data are: $COMPENDIUM_EXTERNAL, from the project's root, or data/external.

    Raises:
        InputError: the variable names no folder.
    """
    named = os.environ.get(VARIABLE, "")
    if named and not (root / named).is_dir():
        raise InputError(
            f"{VARIABLE}={named}: is no folder; expected that of the public data. Correct it, or "
            f"unset it: then {DEFAULT} is looked at, and nothing needs to be there."
        )
    return root / (named or DEFAULT)


def looked_at(listed: Listed, root: Path, hashed: Hashed = sha256) -> Found:
    """What is in the place of something listed.

    Args:
        hashed: SHA-256 of a file, such as one that is remembered.
    """
    place = folder_of(root) / listed.path
    if place.is_dir() and not listed.columns:
        return _folder(listed, place, root, hashed)
    if not place.is_file():
        return Found(listed, MISSING, f"{listed.path} is not there")
    found = hashed(place)
    if found == listed.sha256:
        return Found(listed, THERE, sha256=found)
    if listed.columns and (differing := _columns(listed, place)):
        return Found(listed, OTHER, f"{listed.path} is of another release: {differing}", found)
    said = f"its sha256 is {found}, listed is {listed.sha256}"
    return Found(listed, CHANGED, f"{listed.path} is not the file listed: {said}", found)


def _columns(listed: Listed, place: Path) -> str:
    """How a table's columns differ from those listed, in words; empty where they do not."""
    text = place.read_bytes().decode("utf-8", "replace")
    head = next(csv.reader(io.StringIO(text), delimiter=_separator(listed.path)), [])
    new = [name for name in head if name not in listed.columns]
    gone = [name for name in listed.columns if name not in head]
    said = [f"it has the column {name!r}, which is not listed" for name in new[:SHOWN]]
    said += [f"it lacks the column {name!r}" for name in gone[:SHOWN]]
    if not said and head != list(listed.columns):
        return "its columns are in another order"
    return ", ".join(said)


def _separator(path: str) -> str:
    return "\t" if path.endswith(".txt") else ","


def _folder(listed: Listed, place: Path, root: Path, hashed: Hashed) -> Found:
    """A folder's files held against the sums; whatever else lies in it would be read too."""
    wanted = _sums(root, listed.path)
    here = {f"{listed.path}/{name}": hashed(place / name) for name in below(place)}
    found = _of_lines(here)
    if _of_lines(wanted) != listed.sha256:
        raise InputError(
            f"{root / SUMS}: its lines of {listed.path} have the sha256 {_of_lines(wanted)}, "
            f"{REGISTER} has {listed.sha256}. Take both from the repository again."
        )
    if found == listed.sha256:
        return Found(listed, THERE, sha256=found)
    absent, more = sorted(wanted.keys() - here.keys()), sorted(here.keys() - wanted.keys())
    other = sorted(name for name in wanted.keys() & here.keys() if wanted[name] != here[name])
    kinds = ((other, "not the file listed"), (more, "not listed"), (absent, "not there"))
    said = [
        f"{_some(names)} {'is' if len(names) == 1 else 'are'} {w}" for names, w in kinds if names
    ]
    state = MISSING if absent and not (other or more) else CHANGED
    return Found(listed, state, "; ".join(said), found)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _sums(root: Path, path: str) -> dict[str, str]:
    lines = (root / SUMS).read_text(encoding="utf-8").splitlines()
    pairs = (line.split("  ", 1) for line in lines)
    return {name: digest for digest, name in pairs if name.startswith(f"{path}/")}


def _of_lines(files: Mapping[str, str]) -> str:
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def contents_now(root: Path, paths: Iterable[str], hashed: Hashed) -> dict[str, str]:
    """SHA-256 of what is in the place of each path; empty where nothing is, or it is not listed."""
    found = dict.fromkeys(paths, "")
    if found and (root / REGISTER).is_file():  # results may travel without it
        asked = [one for one in register(root) if one.path in found]
        found |= {one.path: looked_at(one, root, hashed).sha256 for one in asked}
    return found


class PublicData:
    """The public data sets as a chapter reads them: verified, and each noted with its hash.

    Args:
        root: the project's folder.

    Attributes:
        reads: SHA-256 by path of all that was asked for; empty for what is not there.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self.reads: dict[str, str] = {}

    @cached_property
    def found(self) -> dict[str, Found]:
        """What is in the place of everything listed, by path.

        Raises:
            InputError: something differs from what is listed; names each file.
        """
        found = [looked_at(one, self._root) for one in register(self._root)]
        if wrong := [one for one in found if one.state in (CHANGED, OTHER)]:
            said = "".join(f"\n  - {one.problem}" for one in wrong)
            raise InputError(
                f"{folder_of(self._root)}: public data are not those of {REGISTER}:{said}\nPut the "
                f"listed release there, or move the file away; {command('external check')} says "
                f"where it comes from."
            )
        self.reads |= {one.listed.path: one.sha256 for one in found}
        return {one.listed.path: one for one in found}

    @property
    def parts(self) -> list[str]:
        """The sets of which every file is there, sorted."""
        absent = {one.listed.part for one in self.found.values() if one.state != THERE}
        return sorted({one.listed.part for one in self.found.values()} - absent)

    def holds(self, part: str) -> bool:
        """Whether every file of a set is there."""
        return part in self.parts

    def folder(self, path: str) -> Path:
        """A folder that is there as listed."""
        self._require(path)
        return folder_of(self._root) / path

    def table(self, path: str, **options: Any) -> "pd.DataFrame":
        """A table that is there as listed, read from the bytes that were verified.

        Args:
            options: of pandas' read_csv.
        """
        listed = self._require(path)
        content = (folder_of(self._root) / path).read_bytes()
        if hashlib.sha256(content).hexdigest() != listed.sha256:
            raise InputError(f"{path}: was changed while it was read. Run again.")
        import pandas as pd

        frame: pd.DataFrame = pd.read_csv(io.BytesIO(content), sep=_separator(path), **options)
        return frame

    def _require(self, path: str) -> Listed:
        if path not in self.found or self.found[path].state != THERE:
            raise InputError(
                f"{path}: is not in {folder_of(self._root)} as {REGISTER} lists it. Ask `holds` "
                f"first; {command('external check')} says where it comes from."
            )
        return self.found[path].listed
