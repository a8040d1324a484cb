"""An executed notebook as a chapter: code folded, tables and numbers as the book sets them."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from compendium.formatting import anchor
from compendium_book.pages import filled
from compendium_book.published import Made, Published, load, svg_width_px
from compendium_book.rules import departures

PROMPTS = {
    "parameters": "Parameters and their defaults",
    "injected-parameters": "Parameters of this run",
}
IMPORTS = re.compile(r"(?:(?:from [\w.]+ )?import (?:\([^)]*\)|[^(\n]+)\s*)+")
DIRECTIVES = {"table": "results-table", "number": "reported-number"}


def on_source_read(app: Sphinx, docname: str, source: list[str]) -> None:
    """Sphinx event: fold a chapter, fill a page's generated parts, before parsing."""
    if app.env.doc2path(docname).endswith(".ipynb"):
        published = load(Path(app.srcdir))
        record = published.runs[Path(docname).name]
        head = "\n\n".join(filter(None, [departures(record), hidden(record)]))
        source[0] = chapter(source[0], published, head)
    else:
        source[0] = filled(source[0], load(Path(app.srcdir)))


def hidden(record: Mapping[str, Any]) -> str:
    """What others see otherwise than the study's own people, as a box; empty where nothing is."""
    least = record.get("hidden_below")
    if not least:
        return ""
    return (
        "```{note}\n"
        f"This copy is for readers outside the study. Counts of people from 1 to {least - 1} are "
        f"not shown (<{least}), others are rounded to a multiple of {least}, and percentages are "
        "of the rounded counts. What a smaller count could be worked out from is shown as "
        f"… or ≥{least}. Rows and marks of single patients have given way to summaries of at "
        f"least {least}. Estimates are as the analysis made them.\n```"
    )


def chapter(text: str, published: Published, head: str = "") -> str:
    """The notebook with its code folded, and its tables and numbers set by the book's own means.

    Args:
        head: Markdown to stand after the first cell.

    Raises:
        ExtensionError: a cell shows two figures; one caption would stand under both.
    """
    notebook = nbformat.reads(text, as_version=4)
    cells: list[Any] = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            cells.append(cell)
            continue
        _fold(cell)
        after = _replace_outputs(cell, published)
        cells.append(cell)
        cells.extend(nbformat.v4.new_markdown_cell(text) for text in after)
    if head:
        cells.insert(1, nbformat.v4.new_markdown_cell(head))
    notebook.cells = cells
    return json.dumps(notebook, ensure_ascii=False)


def _fold(cell: Any) -> None:
    tags = set(cell.metadata.get("tags", [])) | {"hide-input"}
    cell.metadata["tags"] = sorted(tags)
    prompt = next((text for tag, text in PROMPTS.items() if tag in tags), "")
    if not prompt and IMPORTS.fullmatch(cell.source):
        prompt = "Imports"  # nothing is shown of it, so that two folds would follow one another
    if prompt:
        cell.metadata.setdefault("mystnb", {})["code_prompt_show"] = prompt


def _replace_outputs(cell: Any, published: Published) -> list[str]:
    """Take out what the book sets itself; return its Markdown, to stand after the cell."""
    kept, instead, drawn = [], [], []
    for output in cell.outputs:
        shown = output.get("metadata", {}).pop("compendium", {})
        kind = shown.get("kind")
        if kind == "figure":
            drawn.append(shown["id"])
            _describe(cell, output, published.figures[shown["id"]])
        if kind in DIRECTIVES:
            instead.append(f"```{{{DIRECTIVES[kind]}}} {shown['id']}\n```")
        elif kind != "record":
            kept.append(output)
    if len(drawn) > 1:
        raise ExtensionError(f"cell {cell.id} shows {' and '.join(drawn)}; a cell has one figure.")
    cell.outputs = kept
    return instead


def _describe(cell: Any, output: Any, figure: Made) -> None:
    """Give a figure its caption, its alternative text, its width and a name to refer to."""
    options = cell.metadata.setdefault("mystnb", {})
    image = options.setdefault("image", {})
    image["alt"] = figure.output.alt
    if width := svg_width_px(output.data["image/svg+xml"]):
        image.setdefault("width", width)
    if figure.output.caption:
        named = options.setdefault("figure", {})
        named["caption"] = f"{figure.output.caption} {{origin}}`{figure.output.id}`"
        named.setdefault("name", anchor("fig", figure.output.id))
