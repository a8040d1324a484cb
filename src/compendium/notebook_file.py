"""A notebook as stored: cells and metadata, read without nbformat, whose import takes a second."""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from compendium.errors import InputError


@dataclass(frozen=True)
class Cell:
    """One cell: `code` or `markdown`, its source as one text, and its metadata.

    Attributes:
        id: as nbformat gives it.
        execution_count: set for the cell that runs in this kernel alone.
    """

    kind: str
    source: str
    metadata: dict[str, Any] = field(default_factory=dict)
    id: str = ""
    execution_count: int | None = None

    @property
    def tags(self) -> tuple[str, ...]:
        """Its tags."""
        return tuple(self.metadata.get("tags", []))

    @property
    def caption(self) -> str:
        """Caption of the figure that it draws, where its metadata have one."""
        return str(self.metadata.get("mystnb", {}).get("figure", {}).get("caption", ""))


@dataclass(frozen=True)
class Notebook:
    """The cells of a notebook and the project's own part of its metadata."""

    cells: tuple[Cell, ...]
    contract: dict[str, Any]

    @property
    def needs(self) -> frozenset[str]:
        """Parts that a study must hold for it to run and to be a chapter."""
        return frozenset(self.contract.get("needs", ()))

    @property
    def of_public_data(self) -> bool:
        """Whether it tells of public data sets alone, and of nobody of the study."""
        return self.contract.get("data") == "public"


def read_notebook(path: Path) -> Notebook:
    """A notebook's cells in order, and what it says that it reads and writes.

    Raises:
        InputError: no such file, or not a notebook of format 4.
    """
    if not path.is_file():
        raise InputError(f"{path}: there is no such notebook. Check its name.")
    return notebook_of(path.read_bytes(), path)


def notebook_of(data: bytes, path: Path) -> Notebook:
    """What a notebook's bytes hold.

    Args:
        path: where they are from, for messages.

    Raises:
        InputError: not a notebook of format 4.
    """
    try:
        content = json.loads(data.decode("utf-8"))
        cells = tuple(
            Cell(cell["cell_type"], "".join(cell["source"]), cell["metadata"], cell.get("id", ""))
            for cell in content["cells"]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: not a notebook of format 4 ({error}). Open it in JupyterLab and save it, or "
            f"take it from the repository again."
        ) from None
    return Notebook(cells, content["metadata"].get("compendium", {}))


GUIDE = "guide"  # in a notebook's own metadata: it leads through the others, and is no chapter


def chapter_files(folder: Path) -> list[Path]:
    """The notebooks of a folder that are chapters, by name: those with the project's metadata.

    Raises:
        InputError: one is not a notebook of format 4.
    """
    return [path for path in _sorted(folder) if _is_chapter(read_notebook(path))]


def other_notebooks(folder: Path) -> list[Path]:
    """The notebooks of a folder that somebody made beside the project's own, by name.

    Raises:
        InputError: one is not a notebook of format 4.
    """
    return [path for path in _sorted(folder) if not read_notebook(path).contract]


def _sorted(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.ipynb"))


def _is_chapter(notebook: Notebook) -> bool:
    return bool(notebook.contract) and not notebook.contract.get(GUIDE)


KEPT_OF_CELL = ("compendium", "mystnb", "tags")
KEPT_OF_NOTEBOOK = ("compendium", "kernelspec", "language_info")


def without_outputs(content: dict[str, Any]) -> dict[str, Any]:
    """A notebook's content without what a run or a save in JupyterLab leaves in it.

    Outputs, counts of execution and all metadata go but for the project's own.
    """
    cells = []
    for cell in content["cells"]:
        metadata = {k: v for k, v in cell["metadata"].items() if k in KEPT_OF_CELL}
        empty: dict[str, Any] = {}
        if cell["cell_type"] == "code":
            empty = {"execution_count": None, "outputs": []}
        cells.append(cell | empty | {"metadata": metadata})
    metadata = {k: v for k, v in content["metadata"].items() if k in KEPT_OF_NOTEBOOK}
    return content | {"cells": cells, "metadata": metadata}


def stripped(path: Path) -> bytes:
    """A stored notebook as it is given out: see `without_outputs`."""
    content = without_outputs(json.loads(path.read_text(encoding="utf-8")))
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def running_cell(notebook: Notebook) -> Cell:
    """The cell of a notebook that this kernel runs, known by its source.

    The kernel is told no cell's id but in JupyterLab, so that the stored cells are searched. A cell
    that was changed and not yet saved has no id.
    """
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        return Cell("code", "")
    # What was typed already holds the cell that runs; the shell's own counter may have moved on.
    typed = shell.history_manager.input_hist_raw
    source, count = typed[-1].strip(), len(typed) - 1
    same = (cell for cell in notebook.cells if cell.source.strip() == source)
    return replace(next(same, Cell("code", source)), execution_count=count)
