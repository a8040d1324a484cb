"""The article, or its supplement, as PDF, printed by an installed Chromium."""

import os
import re
import shutil
import subprocess
import tempfile
from html import escape
from pathlib import Path

from bs4 import BeautifulSoup

from compendium import called
from compendium.errors import InputError
from compendium.files import write_whole
from compendium.publish.editions import Edition
from compendium.publish.manuscript import (
    ARTICLE,
    authors_of,
    one_page,
    require_book,
    require_clean,
)
from compendium.results.reading import Results

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
HEAD = """<meta charset="utf-8"><title>{title}</title>
<link rel="stylesheet" href="{book}"><link rel="stylesheet" href="{print}">
<style>@page {{ @top-right {{ content: "{mark}"; font: bold 9pt sans-serif; color: #7a3e00; }}
@bottom-center {{ content: counter(page) " of " counter(pages); font: 9pt sans-serif; }} }}
</style>
<script>window.MathJax = {{options: {{processHtmlClass: "math"}}}};</script>
<script src="{mathjax}"></script>"""


def write_pdf(results: Results, html: Path, output: Path, part: str = ARTICLE) -> Path:
    """Print the article, or its supplement, as PDF through an installed Chromium.

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
    document = one_page(html, results.root / "book" / "_toc.yml", part)
    _dress(document, html, edition)
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
        names = authors_of(results)
        if names:
            partial.write_bytes(with_author(partial.read_bytes(), names))
        require_clean(results, html, partial, edition)
        write_whole(output, partial.read_bytes())
    return output


def with_author(pdf: bytes, author: str) -> bytes:
    """A PDF whose document information names its author, by an update appended to it.

    Source: ISO 32000-1, 7.5.6 (incremental updates) and 14.3.3 (document information).

    Raises:
        InputError: the PDF has no information, or no table of its objects, to be added to.
    """
    trailer = re.findall(rb"trailer\s*<<(.*?)>>\s*startxref\s*(\d+)", pdf, re.DOTALL)
    named = trailer and re.search(rb"/Info (\d+) 0 R", trailer[-1][0])
    told = named and re.search(rb"(?m)^%s 0 obj\s*<<(.*?)>>\s*endobj" % named[1], pdf, re.DOTALL)
    if not named or not told:
        raise InputError("the browser's PDF has another form than expected; print it by hand.")
    added = f"/Author <FEFF{author.encode('utf-16-be').hex().upper()}>".encode()
    update = b"\n%s 0 obj\n<<%s\n%s>>\nendobj\n" % (named[1], told[1], added)
    table = b"xref\n%s 1\n%010d 00000 n \n" % (named[1], len(pdf) + 1)
    rest = re.sub(rb"/Prev \d+", b"", trailer[-1][0]) + b"/Prev " + trailer[-1][1]
    end = b"trailer\n<<%s>>\nstartxref\n%d\n%%%%EOF\n" % (rest, len(pdf) + len(update))
    return pdf + update + table + end


def _dress(document: BeautifulSoup, html: Path, edition: Edition) -> None:
    """Give the one page the styles of print, its mathematics, and the mark of every sheet."""
    static, heading = html / "_static", document.find("h1")
    head = HEAD.format(
        title=escape(heading.get_text(" ", strip=True) if heading else "Manuscript"),
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
