"""What the gate knows of a study, and the search of texts with it."""

import getpass
import re
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from compendium.bibliography import BIBLIOGRAPHY
from compendium.privacy import identifiers
from compendium.privacy.citations import Bibliography
from compendium.privacy.findings import Finding, digest_of
from compendium.privacy.known import KnownValues
from compendium.privacy.pieces import Piece
from compendium.privacy.shipped import Shipped
from compendium.published import PERSON_KEYS
from compendium.results.reading import Results
from compendium.study.declared import declared
from compendium.study.reading import read_study_files
from compendium.tables import COLUMNS

HEADING = re.compile(
    r"(?i)^(?:(?:patient|person|family|given|first|last|full)?[ _]?name|initials|dob|"
    r"birth[ _]?date|date[ _]of[ _]birth|(?:medical[ _])?record[ _](?:number|no)|mrn|"
    r"id[ _]?card|passport|phone|"
    r"telephone|mobile|address|e-?mail|accession[ _]number|"
    r"姓名|患者姓名|病人姓名|出生(?:日期|年月)|住院号|病案号|病历号|门诊号|检查号|"
    r"身份证号?|电话|手机号?|联系方式|地址|住址|邮箱)$"
)
GENERIC_USERS = {"root", "user", "runner", "ubuntu", "admin", "jovyan", "localhost", "build"}
# Where what a study says of its authors, centres and approvals stands.
OWN_PLACES = re.compile(
    r"(?:.*/)?(?:index|article|chinese|registry|searchindex|README|codecheck|"
    r"ro-crate-(?:metadata|preview)|CITATION|manuscript)\.(?:html|js|md|yml|json|cff|docx|pdf)\b"
)
# Before the name of a file of the project, in a book and in an archive.
COPIED = re.compile(r"^(?:html/files|code)/")


@dataclass(frozen=True)
class Known:
    """What the gate knows beyond the forms of identifiers.

    Attributes:
        values: what must not appear, from the study's own tables.
        machine: names of this machine and its user.
        shipped: what the project publishes itself.
        bibliography: whose authors are named where they are cited.
        own: what the study says of its authors, centres and approvals, longest first.
        titles: of the study, which every page bears.
        numbers: numbers of the params file, such as its seed.
    """

    values: KnownValues
    machine: KnownValues
    shipped: Shipped
    bibliography: Bibliography
    own: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    numbers: frozenset[str] = frozenset()

    def ships(self, name: str, data: bytes) -> bool:
        """Whether a file of a book or an archive is a copy of one of the project, unchanged."""
        copied = COPIED.sub("", name)
        return copied != name and self.shipped.is_file(copied, data)

    def findings(self, pieces: Iterable[Piece]) -> Iterator[Finding]:
        """What is found in some pieces; a text that recurs is searched once."""
        searched: dict[tuple[str, bool], tuple[list[identifiers.Hit], ...]] = {}
        for piece in pieces:
            own = OWN_PLACES.match(piece.place) is not None
            key = (piece.text, own)
            if key not in searched:
                held = list(dict.fromkeys(self.values.find(piece.text)))
                searched[key] = (held, list(self._forms(piece.text, own)))
            held, looks = searched[key]
            for hit in (*held, *self._not_public(looks, piece)):
                masked, hashed = identifiers.masked(hit.text), digest_of(hit.kind, hit.text)
                yield Finding(hit.kind, piece.place, masked, hashed)
            if piece.place.endswith(", heading") and identifies(piece.text):
                hashed = digest_of("identifying column", piece.text)
                yield Finding("identifying column", piece.place, piece.text, hashed)

    def _forms(self, text: str, own: bool) -> Iterator[identifiers.Hit]:
        """What has the form of an identifier, or names this machine."""
        for word in self.own if own else self.titles:
            text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", " ", text)
        yield from dict.fromkeys(self.machine.find(text))
        yield from (hit for hit in identifiers.find(text) if hit.text not in self.numbers)

    def _not_public(self, hits: list[identifiers.Hit], piece: Piece) -> Iterator[identifiers.Hit]:
        """Hits but for words of the project at their place, and references."""
        copied = COPIED.sub("", piece.place).partition(", ")[0]
        of_project = copied != piece.place and self.shipped.is_line(copied, piece.text)
        if hits and not of_project and not self.bibliography.renders(piece.text, piece.place):
            public = self.shipped.words_at(piece.place)
            yield from (hit for hit in hits if hit.text not in public)


def identifies(heading: str) -> bool:
    """True for a heading of a column that tells who a person is."""
    marked = any(
        heading == column.name and column.identifies
        for columns in COLUMNS.values()
        for column in columns.values()
    )
    return marked or HEADING.match(heading.strip()) is not None


def known_of(results: Results, *, people: bool) -> Known:
    """What is known of a study.

    Args:
        results: the study's results.
        people: whether its pseudonyms stand for people.
    """
    values, machine = KnownValues(), KnownValues()
    for word, kind in machine_words():
        machine.add_word(word, kind)
    for name, table in study_tables(results).items():
        for heading in map(str, table.columns):
            cells = table[heading].dropna().map(str).str.strip().unique()
            kind = f"value of {name}.{heading}"
            if identifies(heading):
                for value in cells:
                    values.add(value, kind)
            elif heading in PERSON_KEYS:
                _add_keys(values, cells, kind, people)
    numbers = frozenset(str(v) for v in results.params.values() if type(v) is int)
    says = declared(results.study_dir).says
    titles = tuple(filter(None, (says.title, says.title_zh)))
    cited, shipped = Bibliography(results.root / BIBLIOGRAPHY), Shipped(results.root)
    return Known(values, machine, shipped, cited, says.published, titles, numbers)


def _add_keys(values: KnownValues, cells: Iterable[str], kind: str, people: bool) -> None:
    """Ids of people: those that identify by themselves in every spelling, pseudonyms as words."""
    for value in cells:
        if any(hit.kind != "date" for hit in identifiers.find(value)):
            values.add(value, kind)
        elif people:
            values.add_word(value, "pseudonym")
            values.add_hashes(value, "pseudonym")


def machine_words() -> Iterator[tuple[str, str]]:
    """Names of this machine and its user, where they tell anything."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = ""  # a container without a user list
    for word, kind in ((user, "user name"), (socket.gethostname(), "machine name")):
        if len(word) >= 4 and word.lower() not in GENERIC_USERS:
            yield word, kind


def study_tables(results: Results) -> dict[str, pd.DataFrame]:
    """A study's own tables, as its people filled them; none where its data are not here."""
    if not results.study_dir.is_dir():
        return {}
    reading = read_study_files(results.study_dir, str(results.params["study_dir"]))
    return {name: table.cells for name, table in reading.tables.items()}
