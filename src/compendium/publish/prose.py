"""The words of a notebook as they are now, with the outputs of its run: prose needs no new run."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from compendium.notebook_file import without_outputs

INJECTED = "injected-parameters"


def in_present_words(source: Path, executed: Path) -> dict[str, Any]:
    """A notebook as it is now, each code cell with what the run of the same code showed.

    Args:
        source: the notebook in notebooks/.
        executed: its run, fresh: the code of both is the same but for comments and layout.
    """
    now, run = (json.loads(path.read_text(encoding="utf-8")) for path in (source, executed))
    cells = _cells(without_outputs(now)["cells"], run["cells"])
    return {**without_outputs(run), "cells": list(cells)}


def _cells(now: list[dict[str, Any]], run: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    injected = [cell for cell in run if INJECTED in cell["metadata"].get("tags", [])]
    ran = (cell for cell in run if cell["cell_type"] == "code" and cell not in injected)
    for cell in now:
        if cell["cell_type"] != "code":
            yield cell
            continue
        shown = next(ran)
        yield cell | {key: shown[key] for key in ("execution_count", "outputs")}
        if "parameters" in cell["metadata"].get("tags", []):
            yield from injected


def plain(text: str) -> str:
    """Text that Markdown must not read as markup."""
    return re.sub(r"([\\`*_{}\[\]<>$])", r"\\\1", text)
