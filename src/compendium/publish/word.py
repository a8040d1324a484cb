"""The article, or its supplement, as a Word document that co-authors can edit."""

import subprocess
import tempfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import docx
from bs4 import BeautifulSoup
from docx.document import Document
from docx.oxml.ns import qn

from compendium.errors import InputError
from compendium.files import write_whole
from compendium.publish.manuscript import (
    ARTICLE,
    authors_of,
    one_page,
    require_book,
    require_clean,
)
from compendium.publish.word_fields import make_fields
from compendium.publish.word_layout import lay_out
from compendium.results.reading import Results

RASTER_DPI = 300
SOURCE = "manuscript.html"


def write_docx(results: Results, html: Path, output: Path, part: str = ARTICLE) -> Path:
    """Write the article, or its supplement, as a Word document.

    Raises:
        InputError: there is no book of this study, or pandoc refuses.
    """
    edition = require_book(results, html)
    document = one_page(html, results.root / "book" / "_toc.yml", part)
    for link in document.select("a.traced"):
        link.unwrap()  # Word has no cards; the numbers' list is in the book
    _put_targets_into_headings(document)
    title = _taken_title(document)
    subtitle = f"{edition.mark}: {edition.meaning}" if edition.mark else ""
    with tempfile.TemporaryDirectory() as folder:
        _draw(document, Path(folder))
        (Path(folder) / SOURCE).write_text(str(document), encoding="utf-8")
        plain = _converted(Path(folder), title, subtitle)
        written = docx.Document(str(plain))
        make_fields(written)
        lay_out(written, edition.mark)
        _name_pictures(written)
        written.core_properties.title = title
        written.core_properties.author = authors_of(results)
        partial = Path(folder) / output.name
        written.save(str(partial))
        require_clean(results, html, partial, edition, _reference())
        write_whole(output, partial.read_bytes())
    return output


def _converted(folder: Path, title: str, subtitle: str) -> Path:
    """What pandoc makes of the page in a folder, whose pictures it finds there by name."""
    plain = folder / "plain.docx"
    options = [f"--metadata=title:{title}", "--metadata=lang:en", f"--resource-path={folder}"]
    if subtitle:
        options.append(f"--metadata=subtitle:{subtitle}")
    try:
        import_module("pypandoc").convert_file(
            str(folder / SOURCE),
            "docx",
            format="html+tex_math_single_backslash",
            outputfile=str(plain),
            extra_args=options,
        )
    except RuntimeError as error:
        raise InputError(f"pandoc refused: {error}. Build the book again.") from None
    return plain


def _reference() -> bytes:
    """Pandoc's own document, whose styles and settings the written one takes."""
    pandoc = import_module("pypandoc").get_pandoc_path()
    command = [pandoc, "--print-default-data-file", "reference.docx"]
    return subprocess.run(command, check=True, capture_output=True).stdout


def _taken_title(document: BeautifulSoup) -> str:
    heading = document.find("h1")
    if heading is None:
        raise InputError("the article has no heading; expected `# Title` in book/article.md.")
    title = heading.get_text(" ", strip=True)
    heading.decompose()
    return title


def _put_targets_into_headings(document: BeautifulSoup) -> None:
    """Let a label before a section lead to its heading: pandoc makes an empty line of it."""
    for target in document.select("span[id]"):
        heading, around = target.find_next(["h1", "h2", "h3", "h4"]), target.parent
        apart = around is not None and around.name in ("section", "div", "body")
        if apart and heading is not None and not target.get_text(strip=True):
            heading.insert(0, target.extract())


def _draw(document: BeautifulSoup, folder: Path) -> None:
    """Bring the pictures into a folder, figures as PNG at print resolution for every Word.

    Without resvg-py they stay SVG, which Word shows from 2016 on.
    """
    resvg = import_module("resvg_py") if find_spec("resvg_py") else None
    for number, picture in enumerate(document.select("img"), start=1):
        source = Path(str(picture["src"]))
        if resvg is not None and source.suffix == ".svg":
            data = bytes(resvg.svg_to_bytes(
                svg_path=str(source), dpi=RASTER_DPI, background="#fff", skip_system_fonts=True
            ))  # fmt: skip
            name = f"picture{number}.png"
        else:
            data, name = source.read_bytes(), f"picture{number}{source.suffix}"
        (folder / name).write_bytes(data)
        picture["src"] = name


def _name_pictures(document: Document) -> None:
    """Call pictures by what they show: no path of this machine stays in the document."""
    for drawing in document.element.body.iter(qn("wp:inline")):
        shown = drawing.find(qn("wp:docPr")).get("descr") or "Picture"
        for named in drawing.iter(qn("pic:cNvPr")):
            named.set("descr", shown)
