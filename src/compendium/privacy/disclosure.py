"""The gate before publication: no identifier, row a person or small cell leaves a real study."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from compendium.called import command
from compendium.errors import InputError
from compendium.privacy import dicom_identity, identifiers, small_cells
from compendium.privacy.few_people import few_people, few_told
from compendium.privacy.findings import Finding, digest_of, excuses_file, read_excuses
from compendium.privacy.pieces import Piece, pieces_in, pieces_of
from compendium.privacy.search import Known, known_of, study_tables
from compendium.privacy.shipped import (
    INDEX,
    installed_lines,
    is_installed,
)
from compendium.results.reading import Results
from compendium.tables import COLUMNS

THEME = "_static/"
MADE_AT = re.compile(r"(?:D:)?\d{4}-?\d\d-?\d\d[T ]?\d\d:?\d\d:?\d\d\S*")  # of a document itself
LABEL = re.compile(r"^\[\d+\] ")  # of a reference, which stands apart on a page


def require_safe(results: Results, html: Path, threshold: int = small_cells.THRESHOLD) -> None:
    """Refuse to publish a study in which anything is found.

    Raises:
        InputError: names every place.
    """
    found = scan(results, html, threshold=threshold)
    if found:
        raise InputError(refusal(found, results))


def scan_files(
    results: Results, files: Mapping[str, bytes], said: tuple[str, ...] = ()
) -> list[Finding]:
    """Everything in files, such as those of an archive, that must not be published.

    Args:
        results: the study's results.
        files: each by its name in what is passed on; what the project ships is public as it is.
        said: words that are public where a study's own authors and centres are.
    """
    known = known_of(results, people=not results.synthetic)
    known = replace(known, own=(*known.own, *said))
    pieces = (
        piece
        for name, data in files.items()
        if not (is_installed(data) or known.ships(name, data))
        for piece in pieces_in(data, PurePosixPath(name).name, name)
    )
    return _unexcused(known.findings(pieces), results)


def require_clean_copy(results: Results, html: Path, document: Path, template: bytes = b"") -> None:
    """Refuse a document made of a book's pages, in which or in these pages anything is found.

    Args:
        results: the study's results.
        html: the rendered book.
        document: what was made of it, such as a Word file. Text that stands on a page is searched
            there; properties, notes and whatever else it says are searched here.
        template: an empty document of the program that wrote it, whose styles it repeats.

    Raises:
        InputError: names every place.
    """
    known = known_of(results, people=not results.synthetic)
    pages = list(_page_pieces(html, known))
    said = "\n".join(" ".join(piece.text.split()) for piece in pages)
    repeated = {piece.text for piece in pieces_in(template, "x.docx", "x")} if template else set()
    new = (
        piece
        for piece in pieces_of(document, document.name)
        if piece.text not in repeated
        and LABEL.sub("", " ".join(piece.text.split())) not in said
        and not _is_layout(piece)
    )
    found = _unexcused(known.findings([*pages, *new]), results)
    if found:
        raise InputError(refusal(found, results))


def _is_layout(piece: Piece) -> bool:
    """A size in a Word file's attribute, or the moment at which a document was made."""
    today = dt.datetime.now(dt.UTC).strftime("%Y%m%d")
    made_now = MADE_AT.fullmatch(piece.text) and today in re.sub(r"\D", "", piece.text)
    size = piece.place.endswith(".xml, attribute") and piece.text.lstrip("-").isdigit()
    return bool(made_now) or size


def require_excuses(results: Results) -> None:
    """Refuse excuses that are not well formed, before anything is rendered.

    Raises:
        InputError: names the row.
    """
    read_excuses(excuses_file(results.params_file))


def refusal(found: list[Finding], results: Results) -> str:
    """The message of the gate: every place, and what can be done."""
    places = "".join(f"\n  - {finding}" for finding in found)
    file = excuses_file(results.params_file)
    return (
        f"the disclosure gate found {len(found)} places that must not be published:{places}\n"
        f"Remove them where they are made and run again. What a person has looked at and excuses "
        f"goes into {file}: "
        f"{command(f'disclose --params {results.params_file} --review')} writes this table of all "
        f"that was found, with a column for the reason. For the study's own investigators, "
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
        InputError: the excuses are malformed, or a file is broken and cannot be searched.
    """
    of_people = people if people is not None else not results.synthetic
    known = known_of(results, people=of_people)
    found = list(known.findings(_result_pieces(results.folder)))
    if html is not None:
        pages = list(_page_pieces(html, known))
        found += known.findings(pages)
        found += few_told(pages, threshold) if of_people else []
    found += _free_text(results, known)
    if of_people:
        found += few_people(results, threshold)
    return _unexcused(found, results)


def _unexcused(found: Iterable[Finding], results: Results) -> list[Finding]:
    excused = read_excuses(excuses_file(results.params_file))
    unique = {(one.kind, one.place, one.found, one.digest): one for one in found}
    return [one for one in unique.values() if not any(rule.excuses(one) for rule in excused)]


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
            Finding(kind, f"{shown}, {name}", identifiers.masked(text), digest_of(kind, text))
            for kind, name, text in dicom_identity.identifying(dataset)
        ]
    return found


def _result_pieces(folder: Path) -> Iterator[Piece]:
    for path in sorted(folder.rglob("*")):
        shown = path.relative_to(folder).as_posix()
        if path.is_file() and not shown.startswith(("failed/", ".")):
            yield from pieces_of(path, shown)


def _page_pieces(html: Path, known: Known) -> Iterator[Piece]:
    """Every file of the book, but those that an installed package or the project holds as they are.

    An index says nothing that the pages do not: of its single words only those are searched that
    stand on no page.
    """
    said: set[str] = set()
    files = [path for path in html.rglob("*") if path.is_file()]
    for path in sorted(files, key=lambda path: (path.name in INDEX, path)):
        shown, data = path.relative_to(html).as_posix(), path.read_bytes()
        if is_installed(data) or known.ships(f"html/{shown}", data):
            continue
        lines = installed_lines(path.name) if shown.startswith(THEME) else frozenset()
        for piece in pieces_in(data, path.name, f"html/{shown}"):
            if path.name not in INDEX:
                said.update(re.findall(r"\w+", piece.text.lower()))
            elif _is_said(piece.text, said):
                continue
            if piece.text.strip() not in lines:
                yield piece


def _is_said(term: str, said: set[str]) -> bool:
    """Whether a word of an index stands on a page; an index cuts endings off."""
    return term in said or (len(term) > 3 and any(word.startswith(term) for word in said))


def _free_text(results: Results, known: Known) -> Iterator[Finding]:
    """Persons named in free text of the study itself, which is meant to hold pseudonyms only."""
    for name, table in study_tables(results).items():
        file = f"{results.params['study_dir']}, table {name}"
        for column in COLUMNS[name].values():
            if column.free_text and column.name in table.columns:
                cells = table[column.name].dropna().map(str)
                pieces = (
                    Piece(f"{file}, row {row}, column {column.name}", text)
                    for row, text in cells.items()
                )
                yield from (
                    f for f in known.findings(pieces) if f.kind not in ("date", "pseudonym")
                )
