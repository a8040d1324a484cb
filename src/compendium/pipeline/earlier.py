"""A table that an earlier notebook wrote: taken only as it was written, and from the same data."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from compendium.called import command
from compendium.errors import InputError
from compendium.files import sha256_of
from compendium.notebook_file import read_notebook
from compendium.pipeline.contents import StudyContents
from compendium.results.record import as_written
from compendium.rows import Sensitivity


def table_of(
    reader: Path, results_dir: Path, contents: StudyContents, notebook: str, table: str
) -> tuple[pd.DataFrame, str] | None:
    """A table of an earlier notebook, and the hash of its file.

    Args:
        reader: the notebook that reads it.
        results_dir: the study's results.
        contents: the study as it is now.
        notebook, table: which table of which earlier notebook.

    Returns:
        None where the study lacks what that notebook needs.

    Raises:
        InputError: the reader does not come after that notebook; that notebook writes no such
            table, has not run, or ran on other data; the table was changed since.
    """
    name = f"tables/{table}.csv"
    _require_declared(reader, notebook, name)
    if not read_notebook(reader.with_name(f"{notebook}.ipynb")).needs <= set(contents.parts):
        return None
    numbers = results_dir / "numbers" / f"{notebook}.json"
    reads = results_dir / "reads" / f"{notebook}.json"
    if not (numbers.is_file() and reads.is_file()):
        raise InputError(
            f"{numbers}: notebook {notebook} has not run for this study. "
            f"Run it first, or {command('make')}."
        )
    record = json.loads(numbers.read_text(encoding="utf-8"))
    written = record["outputs"].get(name)
    path = results_dir / name
    if written is None or not path.is_file():
        raise InputError(
            f"{path}: is not there as notebook {notebook} declares it. Run that notebook again."
        )
    content = path.read_bytes()
    if sha256_of(content) != written:
        raise InputError(
            f"{path}: was changed after notebook {notebook} wrote it. Run that notebook again."
        )
    _require_same_data(path, notebook, json.loads(reads.read_text(encoding="utf-8")), contents)
    texts = next(entry["texts"] for entry in record["published"] if entry["file"] == name)
    return as_written(content, texts), written


def require_nothing_of_the_study(reader: Path, results_dir: Path, reads: Mapping[str, Any]) -> None:
    """Refuse a chapter of public data that also tells of the study: others see it whole.

    Args:
        reader: the notebook; reads: what it read, as its Report took it down.

    Raises:
        InputError: names what it read; an earlier table may be of simulations, which tell of
            nobody.
    """
    told = [*reads["tables"], *reads["images"]]
    told += [name for name in reads["earlier"] if not _of_nobody(results_dir, name)]
    if told:
        raise InputError(
            f"{reader}: tells of public data, and read {', '.join(sorted(told))} of the study. "
            f"Move that to a chapter of the study."
        )


def _of_nobody(results_dir: Path, name: str) -> bool:
    notebook, _, table = name.partition("/")
    record = results_dir / "numbers" / f"{notebook}.json"
    published = json.loads(record.read_text(encoding="utf-8"))["published"]
    return [p["sensitivity"] for p in published if p["id"] == table] == [Sensitivity.NONE]


def _require_declared(reader: Path, notebook: str, name: str) -> None:
    after = read_notebook(reader).contract.get("after", [])
    if notebook not in after:
        raise InputError(
            f"{reader}: reads {name} of {notebook}, but comes after "
            f"{', '.join(after) or 'no notebook'}. Add {notebook} to compendium.after in its "
            f"metadata."
        )
    source = reader.with_name(f"{notebook}.ipynb")
    writes = read_notebook(source).contract.get("writes", [])
    if name not in writes:
        tables = [other for other in writes if other.startswith("tables/")]
        raise InputError(
            f"{reader}: reads {name} of {notebook}, which writes no such table. It writes "
            f"{', '.join(tables) or 'none'}."
        )


def _require_same_data(
    path: Path, notebook: str, reads: dict[str, dict[str, str]], contents: StudyContents
) -> None:
    others = [table for table, held in reads["tables"].items() if contents.table(table) != held]
    if reads["study"] != contents.identity or others:
        what = f"table {others[0]} differs" if others else f"it was {reads['study']}"
        raise InputError(
            f"{path}: notebook {notebook} ran on other data than are now in "
            f"{contents.study_dir} ({what}). Run it again."
        )
