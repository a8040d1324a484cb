"""What the disclosure gate found, and what a person has looked at and excused.

Excuses are rows of a workbook beside the params file, not in the data: each names a finding by its
kind, its place and the hash of what was found, so that another leak at the same place is found.
"""

import fnmatch
import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from compendium.called import command
from compendium.errors import InputError
from compendium.files import write_whole

COLUMNS = ("kind", "place", "found", "hash", "reason")
WIDTHS = (24, 60, 14, 20, 60)
FILL = "Fill in `reason` where it may be published: who decided, and why. Leave the others empty."
_HAN = re.compile(r"[\u3400-\u9fff]")


def digest_of(kind: str, text: str) -> str:
    """Hash of what was found, by which an excuse knows it again."""
    return hashlib.sha256(f"{kind}\0{' '.join(text.split())}".encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Finding:
    """Something that must not be published, and where it stands.

    Attributes:
        kind: what it is, such as `date` or `small cell`.
        place: file and place in it.
        found: the thing itself, masked so that the message does not leak it again.
        digest: hash of the thing itself.
    """

    kind: str
    place: str
    found: str = ""
    digest: str = field(default="", compare=False)

    def __str__(self) -> str:
        """One line of a list."""
        return f"{self.place}: {self.kind} {self.found}".rstrip()


@dataclass(frozen=True)
class Excuse:
    """One excuse: kind, place (in one of them * and ?), hash of what was found, and the reason."""

    kind: str
    place: str
    digest: str
    reason: str

    def excuses(self, finding: Finding) -> bool:
        """True where it is this very finding."""
        return (
            self.digest == finding.digest
            and fnmatch.fnmatchcase(finding.kind, self.kind)
            and fnmatch.fnmatchcase(finding.place, self.place)
        )


def excuses_file(params_file: Path) -> Path:
    """Where the excuses of a study are kept."""
    return params_file.with_name(f"{params_file.stem}.excuses.xlsx")


def read_excuses(path: Path) -> list[Excuse]:
    """The excuses of a study: the rows with a reason; none where there is no file.

    Raises:
        InputError: it is no workbook of this form, or a row lacks its kind, place or hash, has a
            wildcard for kind and place together, or a reason of less than three words.
    """
    excuses = []
    for number, cells in _rows(path) if path.is_file() else ():
        kind, place, _, digest, reason = cells
        if not reason:
            continue
        where = f"{path}, row {number}"
        if not (kind and place and re.fullmatch("[0-9a-f]{16}", digest)):
            raise InputError(
                f"{where}: expected kind, place and hash as {command('disclose --review')} wrote "
                f"them; the row has {kind!r}, {place!r}, {digest!r}. Write the table anew."
            )
        if any(sign in kind for sign in "*?[") and any(sign in place for sign in "*?["):
            raise InputError(
                f"{where}: kind and place both have wildcards; expected at most one of them to. "
                "Name the kind."
            )
        if not _says_why(reason):
            raise InputError(
                f"{where}: the reason {reason!r} is too short; expected who decided and why, in "
                "three words or six Chinese characters at least. Complete it, or empty the cell."
            )
        excuses.append(Excuse(kind, place, digest, reason))
    return excuses


def _says_why(reason: str) -> bool:
    return len(reason.split()) >= 3 or len(_HAN.findall(reason)) >= 6


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Rows under the headings, with their numbers."""
    from zipfile import BadZipFile

    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()), read_only=True, data_only=True)
        lines = [list(line) for line in book.worksheets[0].iter_rows(values_only=True)]
    except (BadZipFile, InvalidFileException, KeyError, ValueError, IndexError) as error:
        raise InputError(
            f"{path}: cannot be read as a workbook ({error}). {command('disclose --review')} "
            "writes it; move a broken one away first."
        ) from None
    table = [["" if cell is None else str(cell).strip() for cell in line] for line in lines]
    heads = next((n for n, line in enumerate(table) if tuple(line[:5]) == COLUMNS), None)
    if heads is None:
        raise InputError(
            f"{path}: has no row of headings {', '.join(COLUMNS)}. {command('disclose --review')} "
            "writes it."
        )
    rows = enumerate(table[heads + 1 :], start=heads + 2)
    return [(number, (line + [""] * 5)[:5]) for number, line in rows if any(line)]


def write_review(
    path: Path, found: Sequence[Finding], proposed: Mapping[Finding, str] = MappingProxyType({})
) -> int:
    """Write a workbook of all that was found, with a column to fill; reasons given stay.

    Args:
        proposed: reasons that are known of findings; they stand where none was given.

    Returns:
        How many rows wait for a reason.

    Raises:
        InputError: the workbook that is there is not of this form.
    """
    from xlsxwriter import Workbook

    given = {(k, p, d): reason for _, (k, p, _, d, reason) in _rows(path)} if path.is_file() else {}
    kept = {key: reason for key, reason in given.items() if reason}
    shown = {(one.kind, one.place, one.digest): one.found for one in found}
    known = {(x.kind, x.place, x.digest): proposed[x] for x in found if x in proposed} | kept
    rows = [
        (k, p, shown.get((k, p, d), ""), d, known.get((k, p, d), ""))
        for k, p, d in {**kept, **shown}
    ]
    held = io.BytesIO()
    with Workbook(held, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("excuses")
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
        sheet.write(0, 0, FILL)
        for column, (heading, width) in enumerate(zip(COLUMNS, WIDTHS, strict=True)):
            sheet.write(1, column, heading, bold)
            sheet.set_column(column, column, width, wrapped)
        for number, row in enumerate(rows, start=2):
            for column, text in enumerate(row):
                sheet.write_string(number, column, text)
        sheet.freeze_panes(2, 0)
    write_whole(path, held.getvalue())
    return sum(not row[-1] for row in rows)
