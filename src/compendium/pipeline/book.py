"""The book of a study: what it is made from, whether that still holds, and making it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compendium.called import command
from compendium.errors import InputError
from compendium.files import STUDY_FILE, below, write_whole
from compendium.notebook_file import chapter_files, read_notebook
from compendium.pipeline.fingerprint import Present, differences, present
from compendium.pipeline.freshness import in_a_line, stale_chapters
from compendium.publish.editions import Edition, edition_of
from compendium.remembered import digest
from compendium.results.provenance import FORMAT, read_record, sweep_files
from compendium.strict_yaml import read_yaml

if TYPE_CHECKING:
    from compendium.results.reading import Results

RENDERER = "compendium.publish.book"
PRINTED = "compendium.tables"  # the data dictionary prints what the docstrings of its classes say
PRODUCTS = ("_build/", "_study/")


def place_of(now: Present, public: bool = False) -> Path:
    """The folder of the pages, unless another is asked for; a synthetic study has one book."""
    apart = _edition(now, public).guarded
    return now.root / "book" / "_build" / ("public" if apart else "html")


def _edition(now: Present, public: bool) -> Edition:
    """By the study; where its data are not here, by what its results say of them."""
    if now.contents.there:
        return edition_of(bool(now.contents.identity["synthetic"]), public)
    records = [read_record(path) for path in (now.results_dir / "numbers").glob("*.json")]
    return edition_of(bool(records) and all(run.get("synthetic") for run in records), public)


def make_book(
    params_file: Path,
    output: Path | None = None,
    *,
    public: bool = False,
    draft: bool = False,
    threshold: int,
) -> Path:
    """Render a study's book as static HTML, and note what it was made from.

    Args:
        params_file: the study's YAML.
        output: folder of the pages; where `place_of` says when not given.
        public: make of a real study what others may see, not its investigators' own book.
        draft: render results that are not fresh, with a mark on every page, instead of refusing.
        threshold: counts from 1 to below it stop a real study's public book.

    Returns:
        The page to open.

    Raises:
        InputError: a chapter is missing, not fresh, changed by hand or of another study, or the
            book cannot be made of it.
    """
    from compendium.publish.book import build_book
    from compendium.results.reading import listed, read_results

    now = present(params_file)
    made = made_from(now, threshold, public)  # before: a change meanwhile is then seen later
    results = read_results(params_file)
    stale = stale_chapters(results)
    if stale and not draft:
        raise InputError(listed("the results are not fresh", stale, results.how_to_renew))
    html = output or place_of(now, public)
    edition = edition_of(results.synthetic, public)
    key = digest([json.dumps(made, sort_keys=True, default=str).encode()])
    page = build_book(results, html, edition, fresh=not stale, threshold=threshold, made_from=key)
    if not stale:
        record = {"format": FORMAT, "made_from": made, "pages": now.remembered.content(html)}
        write_whole(_record_of(html), json.dumps(record, indent=1).encode())
    now.remembered.save()
    return page


def require_fresh(results: "Results", html: Path, threshold: int) -> None:
    """Refuse to pass on results, or a book of them, that are not what they would be now.

    Raises:
        InputError: names each chapter, or the book, with the reason.
    """
    from compendium.results.reading import listed

    if stale := stale_chapters(results):
        raise InputError(listed("the results are not fresh", stale, results.how_to_renew))
    if why := why_stale(present(results.params_file), threshold, public=True, html=html):
        renew = f"Run {command(f'publish {results.params_file.stem}')}."
        raise InputError(f"{html}: the book is not fresh, {why}. {renew}")


def why_stale(
    now: Present, threshold: int, *, public: bool = False, html: Path | None = None
) -> str:
    """Why the book of a study has to be made, in one line; empty where it is what it would be."""
    html = html or place_of(now, public)
    record = read_record(_record_of(html))
    if not html.is_dir() or record.get("format") != FORMAT:
        return "it has not been made"
    made = made_from(now, threshold, public)
    was, study = record["made_from"]["settings"]["study"], made["settings"]["study"]
    if was != study:
        return f"it is the book of {was}"
    found = list(differences(record["made_from"], made))
    if now.remembered.content(html) != record["pages"]:
        found.append("its pages were changed since they were made")
    return in_a_line(found)


def made_from(now: Present, threshold: int, public: bool) -> dict[str, Any]:
    """What the book is made from: results, pages, the code that renders them, and settings."""
    book = now.root / "book"
    pages = {n: book / n for n in below(book) if not n.startswith(PRODUCTS)}
    scripts = {name: now.code.script(path) for name, path in pages.items() if path.suffix == ".py"}
    imported = {name for _, names in scripts.values() for name in names}
    reached = now.code.reached({RENDERER, *imported})
    notebooks = chapter_files(now.root / "notebooks")
    return {
        "settings": _settings(now, threshold, _edition(now, public)),
        "results": {path.stem: _result(path.stem, now) for path in notebooks},
        "pages": {name: now.remembered.content(path) for name, path in pages.items()}
        | {name: code for name, (code, _) in scripts.items()}
        | {f"{path.stem}.ipynb": _words(path, now) for path in notebooks},
        "code": now.code.hashes(reached) | now.code.texts(PRINTED),
        "lock": now.lock,
    }


def _told(now: Present) -> dict[str, Any]:
    """What a study says of itself; nothing in a wrong form, which its reader refuses."""
    path = now.root / str(now.params["study_dir"]) / STUDY_FILE
    told = read_yaml(path.read_text(encoding="utf-8-sig"), path.name) if path.is_file() else {}
    return told if isinstance(told, dict) else {}


def _settings(now: Present, threshold: int, edition: Edition) -> dict[str, Any]:
    """What of the study itself decides the book; a real one's data decide the gate."""
    settings = {
        "study": str(now.params["study_dir"]),
        "title": now.params.get("title"),
        "edition": edition.name,
        "sweeps": "" if edition.guarded else _sweeps(now),
        **{f"{key} of {STUDY_FILE}": str(value) for key, value in _told(now).items()},
    }
    if edition.guarded:
        contents = now.contents
        settings["threshold"] = threshold
        settings["gate"] = digest([json.dumps(contents.tables()).encode()])
    return settings


def _sweeps(now: Present) -> str:
    """Hash of what the page of sweeps is made from."""
    files = sweep_files(now.results_dir)
    return digest(now.remembered.content(path).encode() for path in files) if files else ""


def _result(name: str, now: Present) -> str:
    return now.remembered.content(now.results_dir / "provenance" / f"{name}.json")


def _words(notebook: Path, now: Present) -> str:
    """Hash of all that the book takes of a notebook: words, code and captions, not outputs."""
    return str(now.remembered.of("words", notebook, _read_words))


def _read_words(notebook: Path) -> str:
    cells = read_notebook(notebook).cells
    return digest(
        json.dumps([cell.kind, cell.metadata, cell.source], sort_keys=True).encode()
        for cell in cells
    )


def _record_of(html: Path) -> Path:
    return html.with_name(f"{html.name}.json")
