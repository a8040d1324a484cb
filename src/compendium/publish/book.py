"""Make the book of one study's results: stage, render, swap in.

The book executes nothing. What is staged is the folder book/, the executed notebooks, and
`_published.json` with every reported number; book/_ext turns these into pages.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from compendium import formatting
from compendium.errors import InputError
from compendium.files import write_whole
from compendium.privacy.small_cells import THRESHOLD
from compendium.processes import alone
from compendium.publish import renderer
from compendium.publish.editions import Edition
from compendium.publish.staging import stage
from compendium.results.reading import Results, listed

NUMBER = re.compile(r"\{num\}`([^`|\\]+)(?:\\*\|([^`]*))?`")  # in tables the bar is escaped
ROLES = re.compile(r"\{(?:num|rule|claim|analysis|verdict|plural|when|shown)\}`[^`<]*")
PAGES, MADE_FROM = "html", "made_from"  # of pages that wait for the gate


def build_book(
    results: Results,
    html: Path,
    edition: Edition,
    *,
    fresh: bool = True,
    threshold: int = THRESHOLD,
    made_from: str = "",
) -> Path:
    """Render a study's book as static HTML.

    Args:
        results: the study's results.
        html: the folder of the pages. It is replaced whole, and only when all went well.
        edition: for whom it is.
        fresh: whether the results are what they would be now; a book of others is marked as a
            draft on every page.
        threshold: counts from 1 to below it stop a guarded edition.
        made_from: hash of all that pages are made from. Pages that the gate refused are kept, and
            searched again without being rendered when only an excuse has changed.

    Returns:
        The page to open.

    Raises:
        InputError: a page asks for a number that nobody reports; the pages do not render without
            a warning; or a guarded edition fails the disclosure gate.
    """
    with _workplace(html) as folder:
        staged = folder / "book"
        if not edition.guarded:
            _swap(_rendered(results, staged, edition, fresh), html)
            return html / "index.html"
        from compendium.privacy.disclosure import require_excuses, require_safe
        from compendium.suppression.public import public_results

        require_excuses(results)  # their form, before anything is rendered
        seen = public_results(results, folder / "results", threshold)
        kept = refused(html)
        if not (made_from and _waiting(kept) == made_from):
            pages = _rendered(seen, staged, edition, fresh)
            shutil.rmtree(kept, ignore_errors=True)
            _swap(pages, kept / PAGES)
            write_whole(kept / MADE_FROM, made_from.encode())
        require_safe(seen, kept / PAGES, threshold)
        _swap(kept / PAGES, html)
        shutil.rmtree(kept)
    return html / "index.html"


def refused(html: Path) -> Path:
    """Where pages wait for the gate, and stay when it refuses them."""
    return html.with_name(f".{html.name}-waiting")


def _waiting(kept: Path) -> str:
    """What the pages that wait were made from; empty where none wait, or not whole."""
    record = kept / MADE_FROM
    return record.read_text() if record.is_file() and (kept / PAGES).is_dir() else ""


@contextmanager
def _workplace(html: Path) -> Iterator[Path]:
    """A folder to make pages in; what a killed run left there is removed, and its pages put back.

    Raises:
        InputError: another makes the same pages.
    """
    lock = html.with_name(f".{html.name}.lock")
    with alone(lock, f"{lock}: another run makes the pages of {html}. Wait for its end."):
        _put_back(html)
        place = html.with_name(f".{html.name}-stage")
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(exist_ok=True)
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)


def _rendered(results: Results, staged: Path, edition: Edition, fresh: bool) -> Path:
    stage(results, staged, edition, fresh=fresh)
    wanted = list(unknown_numbers(_prose(staged, results), results.numbers))
    if wanted:
        raise InputError(listed("numbers that no notebook reports", wanted, "Mend the text."))
    render(staged)
    return staged / "_build" / "html"


def _prose(staged: Path, results: Results) -> Iterator[tuple[str, str]]:
    """Each text that a reader sees, with its name: pages, chapters, captions of figures."""
    for path in sorted([*staged.glob("*.md"), *staged.glob("notebooks/*.ipynb")]):
        yield path.relative_to(staged).as_posix(), path.read_text(encoding="utf-8")
    for output in (output for run in results.runs for output in run.published):
        yield f"caption of {output.file}", output.caption


def unknown_numbers(
    texts: Iterable[tuple[str, str]], numbers: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    """Each place of named texts that asks for a number, or a part, that is not there."""
    for name, text in texts:
        for found in NUMBER.finditer(text):
            number_id, part = found[1].strip(), (found[2] or "").strip()
            where = f"{name}, line {text.count(chr(10), 0, found.start()) + 1}"
            if number_id not in numbers:
                yield f"{where}: {number_id}"
                continue
            try:
                formatting.reported(numbers[number_id], part)
            except KeyError:
                yield f"{where}: {number_id} has no part {part!r}"


def render(staged: Path) -> None:
    """Call Jupyter Book; any warning is an error.

    Raises:
        InputError: with the renderer's own words.
    """
    command = [
        *(sys.executable, "-m", renderer.__name__),
        *("build", str(staged), "--warningiserror", "--keep-going", "--quiet"),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, env=os.environ | {"PYTHONWARNINGS": "ignore"}
    )
    if done.returncode:
        said = [
            line.replace(f"{staged}/", "book/")
            for line in (done.stderr + done.stdout).splitlines()
            if re.search(r"WARNING|ERROR|Error|error:", line)
        ]
        raise InputError(listed("the book does not render", said or [done.stderr[-2000:]], ""))
    html = staged / "_build" / "html"
    unread = [
        f"{path.relative_to(html).with_suffix('').as_posix()}: {found}"
        for path in sorted(html.rglob("*.html"))
        for found in ROLES.findall(path.read_text(encoding="utf-8"))
    ]
    if unread:
        raise InputError(listed("roles that were not read", unread, "In a table, write \\| for |."))
    for source_map in html.rglob("*.map"):  # for developers of the theme; a third of its size
        source_map.unlink()


def _swap(new: Path, place: Path) -> None:
    """Put the new folder in the old one's place; a reader sees the one or the other."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        os.replace(place, _old(place))
    os.replace(new, place)
    shutil.rmtree(_old(place), ignore_errors=True)


def _put_back(place: Path) -> None:
    """Mend what a killed swap left: the old folder comes back if it has no successor."""
    if _old(place).exists() and not place.exists():
        os.replace(_old(place), place)
    shutil.rmtree(_old(place), ignore_errors=True)


def _old(place: Path) -> Path:
    return place.with_name(f".{place.name}-old")
