"""An executed notebook as a chapter: code folded, tables and numbers as the book sets them."""

import json
import re
from pathlib import Path
from typing import Any

import nbformat
from sphinx.application import Sphinx

from compendium_book.markdown import anchor
from compendium_book.pages import filled
from compendium_book.published import RESULTS_TABLE, html_of, load, shown_ids

PROMPTS = {
    "parameters": "Parameters and their defaults",
    "injected-parameters": "Parameters of this run",
}
SCREEN_PX_PER_PT = (
    2.0  # 7 pt letters of a printed column read well on a screen at half as much again
)


def on_source_read(app: Sphinx, docname: str, source: list[str]) -> None:
    """Sphinx event: fold a chapter, fill a page's generated parts, before parsing."""
    if app.env.doc2path(docname).endswith(".ipynb"):
        source[0] = chapter(source[0])
    else:
        source[0] = filled(source[0], load(Path(app.srcdir)))


def chapter(text: str) -> str:
    """The notebook with its code folded, and its tables and numbers set by the book's own means."""
    notebook = nbformat.reads(text, as_version=4)
    cells: list[Any] = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            cells.append(cell)
            continue
        _fold(cell)
        before = _replace_outputs(cell)
        cells.append(cell)
        cells.extend(nbformat.v4.new_markdown_cell(text) for text in before)
    notebook.cells = cells
    return json.dumps(notebook, ensure_ascii=False)


def _fold(cell: Any) -> None:
    tags = set(cell.metadata.get("tags", [])) | {"hide-input"}
    if "report.save(" in cell.source:
        tags.add("remove-output")
    cell.metadata["tags"] = sorted(tags)
    prompt = next((text for tag, text in PROMPTS.items() if tag in tags), "")
    if prompt:
        cell.metadata.setdefault("mystnb", {})["code_prompt_show"] = prompt


def _replace_outputs(cell: Any) -> list[str]:
    """Take out what the book sets itself; return its Markdown, to stand after the cell."""
    kept, instead = [], []
    tables = list(reversed(shown_ids(cell.source, "table")))
    numbers = list(reversed(shown_ids(cell.source, "number")))
    figures = list(reversed(shown_ids(cell.source, "figure")))
    for output in cell.outputs:
        text = html_of(output)
        if RESULTS_TABLE in text and tables:
            instead.append(f"```{{results-table}} {tables.pop(0)}\n```")
        elif text.startswith("<p>") and numbers:
            instead.append(f"```{{reported-number}} {numbers.pop(0)}\n```")
        else:
            if "image/svg+xml" in output.get("data", {}) and figures:
                _describe(cell, output, figures.pop(0))
            kept.append(output)
    cell.outputs = kept
    return instead


def _describe(cell: Any, output: Any, figure_id: str) -> None:
    """Give a figure its alternative text, and a name to refer to where the cell gives none."""
    options = cell.metadata.setdefault("mystnb", {})
    image = options.setdefault("image", {})
    image.setdefault("alt", str(output.data.get("text/plain", "")))
    width = re.search(r'<svg[^>]*?\swidth="([0-9.]+)pt"', output.data["image/svg+xml"], re.DOTALL)
    if width:
        image.setdefault("width", f"{float(width[1]) * SCREEN_PX_PER_PT:.0f}px")
    if "figure" in options:
        options["figure"].setdefault("name", anchor("fig", figure_id))
