"""The article, or its supplement, as one document from the book's pages, to be made Word or PDF."""

import os
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path

import yaml
from bs4 import BeautifulSoup, Tag

from compendium.errors import InputError
from compendium.publish.editions import Edition, edition_at
from compendium.results.reading import Results
from compendium.study.declared import declared

ARTICLE, SUPPLEMENT = "Article", "Supplement"  # captions of parts of the book's contents
REFERENCES = "references"  # the page; a document has those alone that it cites
NOT_PRINTED = (
    "a.headerlink, details.above-input, .print-mark, script, button, .screen-only, #change-it"
)


def require_book(results: Results, html: Path) -> Edition:
    """The edition of the book in a folder.

    Raises:
        InputError: there is none of this study; says how to build it.
    """
    return edition_at(html, str(results.params["study_dir"]), results.params_file)


def authors_of(results: Results) -> str:
    """The study's authors by name; empty where it names none."""
    return ", ".join(author.name for author in declared(results.study_dir).says.authors)


def pages(html: Path, contents: Path, part: str = ARTICLE) -> list[str]:
    """Names of the pages of a part of the book, in the book's order, the references last.

    Raises:
        InputError: the contents have no such part.
    """
    listed = yaml.safe_load(contents.read_text(encoding="utf-8"))
    chapters = {one["caption"]: one["chapters"] for one in listed["parts"]}
    if part not in chapters:
        raise InputError(f"{contents}: has no part {part!r}; it has {', '.join(chapters)}.")
    named = [name for chapter in chapters[part] for name in _pages_of(html, chapter)]
    there = [REFERENCES] * (html / f"{REFERENCES}.html").is_file()
    return [name for name in named if name != REFERENCES] + there


def _pages_of(html: Path, chapter: Mapping[str, str]) -> list[str]:
    """Pages of an entry of the contents: a file, or all that a pattern takes, in their order."""
    pattern = f"{chapter.get('file') or chapter['glob']}.html"
    found = [path.relative_to(html) for path in sorted(html.glob(pattern))]
    return [path.with_suffix("").as_posix() for path in found]


def one_page(html: Path, contents: Path, part: str = ARTICLE) -> BeautifulSoup:
    """A part of the book as one HTML document without code, its links and numbers in place.

    Args:
        html: the rendered book.
        contents: book/_toc.yml.
        part: the article, which the first heading names, or its supplement.
    """
    document = BeautifulSoup("<html lang='en'><head></head><body></body></html>", "html.parser")
    names = {name: name.replace("/", "-") for name in pages(html, contents, part)}
    body = document.body
    for name in names:
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
        article.name = "section"
        body.append(article)
    if body is not None and part != ARTICLE:
        body.insert(0, BeautifulSoup(f"<h1>{part}: {escape(_title_of(html))}</h1>", "html.parser"))
    _keep_cited(document)
    return document


def _title_of(html: Path) -> str:
    """The heading of a book's first page."""
    page = BeautifulSoup((html / "index.html").read_text(encoding="utf-8"), "html.parser")
    heading = page.select_one("article.bd-article h1")
    if heading is None:
        raise InputError("the title page has no heading; expected `# Title` in book/index.md.")
    for mark in heading.select("a.headerlink"):
        mark.decompose()
    return heading.get_text(" ", strip=True)


def _keep_cited(document: BeautifulSoup) -> None:
    """Leave the references that the document cites, each a paragraph that begins with its label."""
    cited = {str(link["href"]).removeprefix("#") for link in document.select("a[href^='#']")}
    for entry in document.select("div.citation[id]"):
        label, text = entry.select_one("span.label"), entry.select_one("p")
        if entry["id"] not in cited:
            entry.decompose()
        elif label is not None and text is not None:
            text.insert(0, f"{label.get_text(strip=True)} ")
            label.decompose()


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
