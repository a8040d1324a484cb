"""What is published of one study: its runs, numbers and outputs, as staged beside the pages."""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat

from compendium.results.record import Output

SCREEN_PX_PER_PT = (
    2.0  # 7 pt letters of a printed column read well on a screen at half as much again
)


@dataclass(frozen=True)
class Made:
    """A table or a figure, and the notebook that made it."""

    output: Output
    notebook: str

    @property
    def caption(self) -> str:
        """The caption, or the id in words where there is none."""
        return self.output.caption or self.output.id.replace("_", " ")


@dataclass(frozen=True)
class Published:
    """One study's results, ready for the book's pages.

    Attributes:
        settings: title, study, synthetic, draft and what else the staging noted.
        runs: the record of each notebook's run, by notebook.
        numbers: each reported number, by id, with the name of its notebook.
        tables: each table, by id; the data of figures are none.
        figures: each figure, by id.
        titles: the heading of each notebook.
        srcdir: the folder of the staged pages.
    """

    settings: dict[str, Any]
    runs: dict[str, dict[str, Any]]
    numbers: dict[str, dict[str, Any]]
    tables: dict[str, Made]
    figures: dict[str, Made]
    titles: dict[str, str]
    srcdir: Path


@cache
def load(srcdir: Path) -> Published:
    """Read `_published.json` and the titles of a staged book's chapters."""
    staged = json.loads((srcdir / "_published.json").read_text(encoding="utf-8"))
    runs = {record["notebook"]: record for record in staged["runs"]}
    numbers = {
        entry["id"]: entry | {"notebook": record["notebook"]}
        for record in staged["runs"]
        for entry in record["numbers"]
    }
    made = [
        Made(Output.read(entry), record["notebook"])
        for record in staged["runs"]
        for entry in record["published"]
    ]
    kinds = {
        kind: {one.output.id: one for one in made if one.output.kind == kind}
        for kind in ("table", "figure")
    }
    titles = {name: title_of(srcdir / "notebooks" / f"{name}.ipynb") or name for name in runs}
    return Published(
        staged["settings"], runs, numbers, kinds["table"], kinds["figure"], titles, srcdir
    )


def title_of(path: Path) -> str:
    """A notebook's first heading."""
    for cell in nbformat.read(path, as_version=4).cells:
        heading = re.search(r"^# +(.+)$", cell.source, re.MULTILINE)
        if cell.cell_type == "markdown" and heading:
            return heading[1].strip()
    return ""


def svg_width_px(svg: str) -> str:
    """The width at which a screen shows a figure; empty where the picture has none."""
    width = re.search(r'<svg[^>]*?\swidth="([0-9.]+)pt"', svg, re.DOTALL)
    return f"{float(width[1]) * SCREEN_PX_PER_PT:.0f}px" if width else ""
