"""What is published of one study: its runs, numbers and tables, as staged beside the pages."""

import html
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat

CALL = re.compile(r"report\.(number|table|figure)\(\s*[\"']([a-z0-9_]+)[\"']")
RESULTS_TABLE = '<table class="results"'


@dataclass(frozen=True)
class Table:
    """A table as its notebook shows it.

    Attributes:
        table_id: its id, also the name of its CSV file.
        notebook: the notebook that made it.
        cell: execution count of the cell.
        html: what the cell shows.
    """

    table_id: str
    notebook: str
    cell: int | None
    html: str

    @property
    def caption(self) -> str:
        """The caption, or the id in words where there is none."""
        found = re.search(r"<caption>(.*?)</caption>", self.html)
        return html.unescape(found[1]) if found else self.table_id.replace("_", " ")


@dataclass(frozen=True)
class Published:
    """One study's results, ready for the book's pages.

    Attributes:
        settings: title, study, synthetic, draft and what else the staging noted.
        runs: the record of each notebook's run, by notebook.
        numbers: each reported number, by id, with the name of its notebook.
        tables: each table that a notebook shows, by id.
        figures: what each figure shows, in the words of its alternative text, by id.
        titles: the heading of each notebook.
        srcdir: the folder of the staged pages.
    """

    settings: dict[str, Any]
    runs: dict[str, dict[str, Any]]
    numbers: dict[str, dict[str, Any]]
    tables: dict[str, Table]
    figures: dict[str, str]
    titles: dict[str, str]
    srcdir: Path


def shown_ids(source: str, kind: str) -> list[str]:
    """Ids of what a cell reports of one kind (number, table or figure), in their order."""
    return [found for what, found in CALL.findall(source) if what == kind]


def html_of(output: Any) -> str:
    """The HTML of a cell's output, empty where it has none."""
    return str(output.get("data", {}).get("text/html", ""))


@cache
def load(srcdir: Path) -> Published:
    """Read `_published.json` and the executed notebooks of a staged book."""
    staged = json.loads((srcdir / "_published.json").read_text(encoding="utf-8"))
    runs = {record["notebook"]: record for record in staged["runs"]}
    numbers = {
        entry["id"]: entry | {"notebook": record["notebook"]}
        for record in staged["runs"]
        for entry in record["numbers"]
    }
    tables: dict[str, Table] = {}
    figures: dict[str, str] = {}
    titles = {}
    for name in runs:
        notebook = nbformat.read(srcdir / "notebooks" / f"{name}.ipynb", as_version=4)
        for cell in notebook.cells:
            if cell.cell_type != "code":
                continue
            shown = [html_of(output) for output in cell.outputs]
            shown = [text for text in shown if RESULTS_TABLE in text]
            # A cell shows one result; of several tables published it is the last.
            for table_id, text in zip(
                reversed(shown_ids(cell.source, "table")), shown, strict=False
            ):
                tables[table_id] = Table(table_id, name, cell.execution_count, text)
            drawn = [output for output in cell.outputs if "image/svg+xml" in output.get("data", {})]
            for figure_id, output in zip(shown_ids(cell.source, "figure"), drawn, strict=False):
                figures[figure_id] = str(output["data"].get("text/plain", ""))
        titles[name] = title_of(notebook) or name
    return Published(staged["settings"], runs, numbers, tables, figures, titles, srcdir)


def title_of(notebook: Any) -> str:
    """A notebook's first heading."""
    for cell in notebook.cells:
        heading = re.search(r"^# +(.+)$", cell.source, re.MULTILINE)
        if cell.cell_type == "markdown" and heading:
            return heading[1].strip()
    return ""
