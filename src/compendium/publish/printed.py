"""The manuscript as PDF, printed by an installed Chromium."""

import os
import shutil
import subprocess
import tempfile
from html import escape
from pathlib import Path

from bs4 import BeautifulSoup

from compendium import called
from compendium.errors import InputError
from compendium.publish.editions import Edition
from compendium.publish.manuscript import one_page, require_book, require_clean
from compendium.results.reading import Results

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
HEAD = """<meta charset="utf-8"><title>{title}</title>
<link rel="stylesheet" href="{book}"><link rel="stylesheet" href="{print}">
<style>@page {{ @top-right {{ content: "{mark}"; font: bold 9pt sans-serif; color: #7a3e00; }}
@bottom-center {{ content: counter(page) " of " counter(pages); font: 9pt sans-serif; }} }}
</style>
<script>window.MathJax = {{options: {{processHtmlClass: "math"}}}};</script>
<script src="{mathjax}"></script>"""


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
        require_clean(results, html, partial, edition)
        shutil.copyfile(partial, output)
    return output


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
