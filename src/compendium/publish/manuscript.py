"""The manuscript as one document from the book's pages, to be made Word or PDF."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml
from bs4 import BeautifulSoup, Tag

from compendium.errors import InputError
from compendium.publish.editions import Edition, edition_at
from compendium.results.reading import Results

PARTS = ("Manuscript", "Results", "Discussion")
NOT_PRINTED = (
    "a.headerlink, details.above-input, .print-mark, script, button, .screen-only, #change-it"
)


def require_book(results: Results, html: Path) -> Edition:
    """The edition of the book in a folder.

    Raises:
        InputError: there is none of this study; says how to build it.
    """
    return edition_at(html, str(results.params["study_dir"]), results.params_file)


def pages(html: Path, contents: Path) -> Iterator[tuple[str, str]]:
    """Part and name of each page of the manuscript, in the book's order."""
    listed = yaml.safe_load(contents.read_text(encoding="utf-8"))
    yield "", listed["root"]
    for part in listed["parts"]:
        for chapter in part["chapters"] if part["caption"] in PARTS else ():
            for name in _pages_of(html, chapter):
                yield part["caption"], name


def _pages_of(html: Path, chapter: Mapping[str, str]) -> list[str]:
    """Pages of an entry of the contents: a file, or all that a pattern takes, in their order."""
    pattern = f"{chapter.get('file') or chapter['glob']}.html"
    found = [path.relative_to(html) for path in sorted(html.glob(pattern))]
    return [path.with_suffix("").as_posix() for path in found]


def one_page(html: Path, contents: Path) -> BeautifulSoup:
    """The manuscript's pages as one HTML document without code, its links and numbers in place.

    Args:
        html: the rendered book.
        contents: book/_toc.yml.
    """
    document = BeautifulSoup("<html lang='en'><head></head><body></body></html>", "html.parser")
    names = {name: name.replace("/", "-") for _, name in pages(html, contents)}
    body = document.body
    for part, name in pages(html, contents):
        page = BeautifulSoup((html / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
        article = page.select_one("article.bd-article")
        if article is None or body is None:
            raise InputError(f"{html}/{name}.html: has no article. Build the book again.")
        for unwanted in article.select(NOT_PRINTED):
            unwanted.decompose()
        _point_within(article, name, names)
        for picture in article.select("img"):
            source = (html / name).parent / str(picture["src"])
            picture["src"] = str(source.resolve())
        if part == "Results":
            _demote(article)
        if part == "Results" and not body.find(id="results"):
            body.append(BeautifulSoup('<h1 id="results">Results</h1>', "html.parser"))
        article.name = "section"
        body.append(article)
    return document


def _point_within(article: Tag, name: str, names: dict[str, str]) -> None:
    """Make ids unique over the document, and let links between pages lead within it."""
    for marked in article.select("[id]"):
        marked["id"] = f"{names[name]}--{marked['id']}"
    for link in article.select("a[href]"):
        href = str(link["href"])
        if re.match(r"[a-z]+:", href):
            continue
        path, _, target = href.partition("#")
        page = os.path.normpath(os.path.join(os.path.dirname(name), path)) if path else name
        page = page.removesuffix(".html")
        if page in names and target:
            link["href"] = f"#{names[page]}--{target}"
        else:
            link.unwrap()
    article["id"] = f"{names[name]}--page"


def _demote(article: Tag) -> None:
    """A chapter's title becomes a section of the results."""
    for level in (5, 4, 3, 2, 1):
        for heading in article.select(f"h{level}"):
            heading.name = f"h{level + 1}"


def require_clean(
    results: Results, html: Path, made: Path, edition: Edition, template: bytes = b""
) -> None:
    """Refuse, and remove, a document for others that says what must not be published.

    Args:
        made: the document, not yet in its place.
        template: a document whose own parts are known to say nothing of the study.

    Raises:
        InputError: names what was found.
    """
    if edition.guarded:
        from compendium.privacy.disclosure import require_clean_copy

        try:
            require_clean_copy(results, html, made, template)
        except InputError:
            made.unlink()
            raise
