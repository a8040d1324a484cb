"""A notebook as stored: cells and metadata, read without nbformat, whose import takes a second."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compendium.errors import InputError


@dataclass(frozen=True)
class Cell:
    """One cell: `code` or `markdown`, its tags and its source as one text."""

    kind: str
    tags: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Notebook:
    """The cells of a notebook and the project's own part of its metadata."""

    cells: tuple[Cell, ...]
    contract: dict[str, Any]


def read_notebook(path: Path) -> Notebook:
    """A notebook's cells in order, and what it says that it reads and writes.

    Raises:
        InputError: no such file, or not a notebook of format 4.
    """
    if not path.is_file():
        raise InputError(f"{path}: there is no such notebook. Check its name.")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        cells = tuple(
            Cell(
                cell["cell_type"],
                tuple(cell["metadata"].get("tags", [])),
                "".join(cell["source"]),
            )
            for cell in content["cells"]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: not a notebook of format 4 ({error}). Open it in JupyterLab and save it, or "
            f"take it from the repository again."
        ) from None
    return Notebook(cells, content["metadata"].get("compendium", {}))
