"""The manuscript as one document from the book's pages: Word for co-authors, PDF to read."""

import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import yaml
from bs4 import BeautifulSoup, Tag

from compendium import called
from compendium.errors import InputError
from compendium.publish.editions import Edition, edition_at
from compendium.results.reading import Results

PARTS = ("Manuscript", "Results", "Discussion")
NOT_PRINTED = "a.headerlink, details.above-input, .print-mark, script, button, .screen-only"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
RASTER_DPI = 300
HEADER = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:hdr xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:p><w:pPr>
<w:jc w:val="right"/></w:pPr><w:r><w:rPr><w:b/><w:color w:val="7A3E00"/></w:rPr>
<w:t>{mark}</w:t></w:r></w:p></w:hdr>"""
RELATION = (
    '<Relationship Id="rIdMark" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/header" Target="header1.xml"/>'
)
CONTENT_TYPE = (
    '<Override PartName="/word/header1.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.wordprocessingml.header+xml"/>'
)
REFERENCE = (
    '<w:headerReference xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships" w:type="default" r:id="rIdMark"/>'
)

HEAD = """<meta charset="utf-8"><title>{title}</title>
<link rel="stylesheet" href="{book}"><link rel="stylesheet" href="{print}">
<style>@page {{ @top-right {{ content: "{mark}"; font: bold 9pt sans-serif; color: #7a3e00; }} }}
</style>
<script>window.MathJax = {{options: {{processHtmlClass: "math"}}}};</script>
<script src="{mathjax}"></script>"""


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


def write_docx(results: Results, html: Path, output: Path) -> Path:
    """Write the manuscript as a Word document.

    Raises:
        InputError: there is no book of this study, or pandoc refuses.
    """
    edition = require_book(results, html)
    document = one_page(html, results.root / "book" / "_toc.yml")
    for link in document.select("a.traced"):
        link.unwrap()  # Word has no cards; the numbers' list is in the book
    title = _taken_title(document)
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        _bring_pictures(document, Path(folder))
        source = Path(folder) / "manuscript.html"
        source.write_text(str(document), encoding="utf-8")
        options = [f"--metadata=title:{title}", "--metadata=lang:en"]
        if edition.mark:
            options.append(f"--metadata=subtitle:{edition.mark}: {edition.meaning}")
            options.append(f"--reference-doc={_marked_reference(Path(folder), edition.mark)}")
        partial = output.with_suffix(".partial.docx")
        try:
            import_module("pypandoc").convert_file(
                str(source),
                "docx",
                format="html+tex_math_single_backslash",
                outputfile=str(partial.resolve()),
                extra_args=options,
                cworkdir=folder,
            )
        except RuntimeError as error:
            raise InputError(f"{output}: pandoc refused: {error}. Build the book again.") from None
    _require_clean(results, html, partial, edition, _reference())
    os.replace(partial, output)
    return output


def _taken_title(document: BeautifulSoup) -> str:
    heading = document.find("h1")
    if heading is None:
        raise InputError("the title page has no heading; expected `# Title` in book/index.md.")
    title = heading.get_text(" ", strip=True)
    heading.decompose()
    return title


def _bring_pictures(document: BeautifulSoup, folder: Path) -> None:
    """Put the pictures beside the document, whose paths Word keeps; figures as PNG for print.

    Every version of Word shows PNG. Without resvg-py figures stay SVG, which Word shows from 2016.
    """
    resvg = import_module("resvg_py") if find_spec("resvg_py") else None
    for number, picture in enumerate(document.select("img")):
        source = Path(str(picture["src"]))
        if source.suffix == ".svg" and resvg:
            name = f"figure{number}.png"
            drawn = resvg.svg_to_bytes(
                svg_path=str(source), dpi=RASTER_DPI, background="#fff", skip_system_fonts=True
            )
            (folder / name).write_bytes(bytes(drawn))
        else:
            name = f"figure{number}{source.suffix}"
            shutil.copyfile(source, folder / name)
        picture["src"] = name


def _reference() -> bytes:
    """Pandoc's own reference document."""
    return subprocess.run(
        [
            import_module("pypandoc").get_pandoc_path(),
            "--print-default-data-file",
            "reference.docx",
        ],
        check=True,
        capture_output=True,
    ).stdout


def _marked_reference(folder: Path, mark: str) -> Path:
    """Pandoc's own reference document, with the study's mark in the header of every sheet."""
    plain, marked = folder / "plain.docx", folder / "reference.docx"
    plain.write_bytes(_reference())
    changes = {
        "[Content_Types].xml": (b"</Types>", CONTENT_TYPE.encode() + b"</Types>"),
        "word/_rels/document.xml.rels": (
            b"</Relationships>",
            RELATION.encode() + b"</Relationships>",
        ),
    }
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(marked, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name in changes:
                data = data.replace(*changes[name])
            if name == "word/document.xml":
                data = re.sub(rb"<w:sectPr\b[^>]*?(/?)>", _with_reference, data, count=1)
            new.writestr(name, data)
        new.writestr("word/header1.xml", HEADER.format(mark=mark))
    return marked


def _with_reference(found: re.Match[bytes]) -> bytes:
    closing = b"</w:sectPr>" if found[1] else b""
    return b"<w:sectPr>" + REFERENCE.encode() + closing


def write_pdf(results: Results, html: Path, output: Path) -> Path:
    """Print the manuscript as PDF through an installed Chromium.

    Raises:
        InputError: there is no book of this study, or no Chromium.
    """
    edition = require_book(results, html)
    browser = next((found for found in map(shutil.which, BROWSERS) if found), None)
    if browser is None:
        raise InputError(
            f"no Chromium found ({', '.join(BROWSERS)}). Install one, or use "
            f"{called.command('docx')}."
        )
    document = one_page(html, results.root / "book" / "_toc.yml")
    _dress(document, html, edition)
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        source, partial = Path(folder) / "manuscript.html", Path(folder) / "manuscript.pdf"
        source.write_text(str(document), encoding="utf-8")
        root = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
        command = [browser, "--headless", *root, "--no-pdf-header-footer", "--disable-gpu"]
        command += ["--virtual-time-budget=20000", f"--user-data-dir={folder}/profile"]
        command += [f"--print-to-pdf={partial}", source.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode or not partial.is_file():
            raise InputError(f"{browser} did not print: {done.stderr[-500:]}. Try it by hand.")
        _require_clean(results, html, partial, edition)
        shutil.copyfile(partial, output)
    return output


def _require_clean(
    results: Results, html: Path, made: Path, edition: Edition, template: bytes = b""
) -> None:
    """Refuse, and remove, a document for others that says what must not be published."""
    if edition.guarded:
        from compendium.privacy.disclosure import require_clean_copy

        try:
            require_clean_copy(results, html, made, template)
        except InputError:
            made.unlink()
            raise


def _dress(document: BeautifulSoup, html: Path, edition: Edition) -> None:
    """Give the one page the styles of print, its mathematics, and the mark of every sheet."""
    static = html / "_static"
    head = HEAD.format(
        title=edition.mark or "Manuscript",
        mark=edition.mark,
        book=(static / "book.css").resolve().as_uri(),
        print=(static / "print.css").resolve().as_uri(),
        mathjax=(static / "mathjax" / "tex-svg.js").resolve().as_uri(),
    )
    if document.head is not None and document.body is not None:
        document.head.append(BeautifulSoup(head, "html.parser"))
        document.body["class"] = "bd-article"
        if edition.mark:
            first = f'<p class="first-mark">{edition.mark}: {edition.meaning}</p>'
            document.body.insert(0, BeautifulSoup(first, "html.parser"))
