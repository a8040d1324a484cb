"""The gate before publication: no identifier, row a person or small cell leaves a real study."""

import getpass
import re
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from compendium.called import command
from compendium.errors import InputError
from compendium.privacy import dicom_identity, identifiers, small_cells
from compendium.privacy.findings import Finding, read_allow_list
from compendium.privacy.pieces import Piece, pieces_of
from compendium.results.reading import Results
from compendium.results.record import Output
from compendium.rows import Row, Sensitivity
from compendium.study.reading import read_study_files
from compendium.tables import COLUMNS

ALLOW_FILE = "disclosure_allow.yml"
HEADING = re.compile(
    r"(?i)^(?:(?:patient|person|family|given|first|last|full)?[ _]?name|initials|dob|"
    r"birth[ _]?date|date[ _]of[ _]birth|(?:medical[ _])?record[ _](?:number|no)|mrn|"
    r"id[ _]?card|passport|phone|"
    r"telephone|mobile|address|e-?mail|accession[ _]number|"
    r"姓名|患者姓名|病人姓名|出生(?:日期|年月)|住院号|病案号|病历号|门诊号|检查号|"
    r"身份证号?|电话|手机号?|联系方式|地址|住址|邮箱)$"
)
GENERIC_USERS = {"root", "user", "runner", "ubuntu", "admin", "jovyan", "localhost", "build"}
ROWS_NAMED = 5


@dataclass(frozen=True)
class Known:
    """What the gate knows beyond the forms of identifiers.

    Attributes:
        words: what must not appear, from the study's own tables and this machine, with its kind.
        public: text that the project has published in any case.
    """

    words: dict[str, str]
    public: str

    def findings(self, pieces: Iterable[Piece]) -> Iterator[Finding]:
        """What is found in some pieces; a text that recurs is searched once."""
        pattern = re.compile("|".join(map(re.escape, sorted(self.words, key=len, reverse=True))))
        searched: dict[str, list[tuple[str, str]]] = {}
        for piece in pieces:
            if piece.text not in searched:
                searched[piece.text] = list(self._hits(piece.text, pattern))
            for kind, text in searched[piece.text]:
                yield Finding(kind, piece.place, identifiers.masked(text))
            if piece.place.endswith(", heading") and _identifies(piece.text):
                yield Finding("identifying column", piece.place, piece.text)

    def _hits(self, text: str, pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
        plain = identifiers.normal(text)
        for found in pattern.finditer(plain) if self.words else ():
            if _stands_alone(found, plain):
                yield self.words[found[0]], found[0]
        for hit in identifiers.find(text):
            if hit.text not in self.public:
                yield hit.kind, hit.text


def _stands_alone(found: re.Match[str], text: str) -> bool:
    """True where a word is not part of a longer one; Chinese words have no such borders."""
    before, after = text[: found.start()][-1:], text[found.end() :][:1]
    if not found[0].isascii():
        return True
    return not (before.isascii() and before.isalnum()) and not (after.isascii() and after.isalnum())


def _identifies(heading: str) -> bool:
    marked = any(
        heading == column.name and column.identifies
        for columns in COLUMNS.values()
        for column in columns.values()
    )
    return marked or HEADING.match(heading.strip()) is not None


def require_safe(results: Results, html: Path, threshold: int = small_cells.THRESHOLD) -> None:
    """Refuse to publish a study in which anything is found.

    Raises:
        InputError: names every place.
    """
    found = scan(results, html, threshold=threshold)
    if found:
        raise InputError(refusal(found, results))


def refusal(found: list[Finding], results: Results) -> str:
    """The message of the gate: every place, and what can be done."""
    places = "".join(f"\n  - {finding}" for finding in found)
    allow = f"{results.params['study_dir']}/{ALLOW_FILE}"
    return (
        f"the disclosure gate found {len(found)} places that must not be published:{places}\n"
        f"Remove them where they are made and run again. Counts can be rounded: "
        f"{command('disclose --round-to FOLDER')} writes safe copies of the tables. What a person "
        f"has looked at and excuses goes into {allow}, as kind, place and reason; "
        f"{command(f'disclose --params {results.params_file} --allow-template FILE')} begins that "
        "list. For the study's own investigators, "
        f"{command(f'make {results.params_file.stem}')} makes the whole book."
    )


def scan(
    results: Results,
    html: Path | None = None,
    *,
    threshold: int = small_cells.THRESHOLD,
    people: bool | None = None,
) -> list[Finding]:
    """Everything in a study's results, and its rendered book, that must not be published.

    Args:
        results: the study's results.
        html: the rendered book, where there is one.
        threshold: counts from 1 to below it are small cells.
        people: whether rows and counts are of people; by default, of a study not synthetic.

    Raises:
        InputError: the allow-list is malformed or one of its reasons is missing.
    """
    known = _known(results)
    found = list(known.findings(_result_pieces(results.folder)))
    if html is not None:
        found += known.findings(_page_pieces(html))
    found += _free_text(results, known)
    if people if people is not None else not results.synthetic:
        found += _few_people(results, threshold)
    excused = read_allow_list(results.study_dir / ALLOW_FILE)
    unique = dict.fromkeys(found)
    return [finding for finding in unique if not any(rule.excuses(finding) for rule in excused)]


def scan_dicom(folder: Path) -> list[Finding]:
    """Everything that identifies in DICOM files that are to be shared, one line a file and tag."""
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        dataset = dicom_identity.read_header(path)
        shown = path.relative_to(folder).as_posix()
        if dataset is None:
            found.append(Finding("not DICOM", shown, "and so not searched"))
            continue
        found += [
            Finding(kind, f"{shown}, {name}", identifiers.masked(text))
            for kind, name, text in dicom_identity.identifying(dataset)
        ]
    return found


def write_rounded(results: Results, folder: Path, threshold: int) -> int:
    """Write the tables of a study with counts that are safe to publish; return how many.

    Tables with a row a person are left out, but for those behind survival curves, which become
    the curves' steps.
    """
    written = 0
    for run in results.runs:
        figures = {output.id: output for output in run.published if output.kind == "figure"}
        for output in (output for output in run.published if output.kind != "figure"):
            frame = output.frame(results.folder)
            if output.figure and figures[output.figure].rows is Row.STEP:
                safe = small_cells.rounded_steps(frame, threshold)
            elif output.sensitivity is Sensitivity.PERSON:
                continue
            else:
                safe = small_cells.rounded(frame, output.people, threshold)
            (folder / output.file).parent.mkdir(parents=True, exist_ok=True)
            safe.to_csv(folder / output.file, index=False)
            written += 1
    return written


def _known(results: Results) -> Known:
    words = dict(machine_words())
    for name, table in _study_tables(results).items():
        for heading in map(str, table.columns):
            if _identifies(heading):
                for value in table[heading].dropna().map(str).str.strip().unique():
                    if len(value) >= (4 if value.isascii() else 2):
                        words[identifiers.normal(value)] = f"value of {name}.{heading}"
    pages = [*results.root.glob("book/*.md"), results.root / "book" / "references.bib"]
    sources = [run.source for run in results.runs]
    public = "\n".join(
        path.read_text(encoding="utf-8") for path in [*pages, *sources] if path.is_file()
    )
    return Known(words, f"{public}\n{results.params['seed']}")


def machine_words() -> Iterator[tuple[str, str]]:
    """Names of this machine and its user, where they tell anything."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = ""  # a container without a user list
    for word, kind in ((user, "user name"), (socket.gethostname(), "machine name")):
        if len(word) >= 4 and word.lower() not in GENERIC_USERS:
            yield word, kind


def _study_tables(results: Results) -> dict[str, pd.DataFrame]:
    if not results.study_dir.is_dir():
        return {}
    reading = read_study_files(results.study_dir, str(results.params["study_dir"]))
    return {name: table.cells for name, table in reading.tables.items()}


def _result_pieces(folder: Path) -> Iterator[Piece]:
    for path in sorted(folder.rglob("*")):
        shown = path.relative_to(folder).as_posix()
        if path.is_file() and not shown.startswith(("failed/", ".")):
            yield from pieces_of(path, shown)


def _page_pieces(html: Path) -> Iterator[Piece]:
    """Pages, pictures and facts of the book; the theme's own files hold nothing of a study."""
    for path in sorted(html.rglob("*")):
        shown = path.relative_to(html).as_posix()
        theme = shown.startswith("_static/") and shown != "_static/published.js"
        copied = shown.startswith("files/") and shown != "files/params.yml"
        # The list of references is made of the bibliography alone, whose names are authors'.
        if path.is_file() and not theme and not copied and shown != "references.html":
            yield from pieces_of(path, f"html/{shown}")


def _free_text(results: Results, known: Known) -> Iterator[Finding]:
    """Persons named in free text of the study itself, which is meant to hold pseudonyms only."""
    for name, table in _study_tables(results).items():
        file = f"{results.params['study_dir']}, table {name}"
        for column in COLUMNS[name].values():
            if column.free_text and column.name in table.columns:
                cells = table[column.name].dropna().map(str)
                pieces = (
                    Piece(f"{file}, row {row}, column {column.name}", text)
                    for row, text in cells.items()
                )
                yield from (f for f in known.findings(pieces) if f.kind != "date")


def _few_people(results: Results, threshold: int) -> Iterator[Finding]:
    for run in results.runs:
        data = {}
        for output in (output for output in run.published if output.kind != "figure"):
            frame = data[output.figure] = output.frame(results.folder)
            yield from _of_table(run.notebook, output, frame, threshold)
        for output in (output for output in run.published if output.kind == "figure"):
            yield from _of_figure(output, data.get(output.id), threshold)
        for number_id, part in small_cells.small_numbers(run.record["numbers"], threshold):
            yield Finding("small cell", f"numbers/{run.notebook}.json, {number_id}, {part}")


def _of_table(
    notebook: str, output: Output, frame: pd.DataFrame, threshold: int
) -> Iterator[Finding]:
    """What a table must not show: rows of persons, their pseudonyms, small counts."""
    if output.sensitivity is Sensitivity.PERSON and output.max_rows and len(frame):
        yield Finding("row a person", f"notebooks/{notebook}.ipynb, {output.file}")
    for column in output.names:
        yield Finding("pseudonym", f"{output.file}, column {column}")
    for column, rows in small_cells.small_cells(frame, output.people, threshold).items():
        yield Finding("small cell", f"{output.file}, column {column}, {_rows(rows)}")


def _of_figure(output: Output, data: pd.DataFrame | None, threshold: int) -> Iterator[Finding]:
    """What a figure must not draw: persons, and steps of curves of few of them."""
    if data is not None and data.empty:
        return
    if output.rows is Row.STEP and data is not None:
        steps, at_risk = small_cells.small_steps(data, threshold)
        if steps:
            yield Finding("small cell", output.file, f"in {steps} Kaplan–Meier steps")
        if at_risk:
            yield Finding("small cell", output.file, f"at risk at {at_risk} times")
    elif output.sensitivity is Sensitivity.PERSON:
        yield Finding("row a person", output.file, "drawn, a mark each")


def _rows(rows: list[int]) -> str:
    named = ", ".join(map(str, rows[:ROWS_NAMED]))
    return (
        f"rows {named} and {len(rows) - ROWS_NAMED} more"
        if len(rows) > ROWS_NAMED
        else (f"row{'s' * (len(rows) > 1)} {named}")
    )
