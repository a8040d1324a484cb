"""A table that an earlier notebook wrote: taken only as it was written, and from the same data."""

import json
from hashlib import sha256
from pathlib import Path

from compendium.called import command
from compendium.errors import InputError
from compendium.notebook_file import read_notebook
from compendium.pipeline.contents import StudyContents


def table_of(
    reader: Path, results_dir: Path, contents: StudyContents, notebook: str, table: str
) -> bytes | None:
    """A table of an earlier notebook, as CSV.

    Args:
        reader: the notebook that reads it.
        results_dir: the study's results.
        contents: the study as it is now.
        notebook, table: which table of which earlier notebook.

    Returns:
        The file's content; None where the study lacks what that notebook needs.

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
    written = json.loads(numbers.read_text(encoding="utf-8"))["outputs"].get(name)
    path = results_dir / name
    if written is None or not path.is_file():
        raise InputError(
            f"{path}: is not there as notebook {notebook} declares it. Run that notebook again."
        )
    content = path.read_bytes()
    if sha256(content).hexdigest() != written:
        raise InputError(
            f"{path}: was changed after notebook {notebook} wrote it. Run that notebook again."
        )
    _require_same_data(path, notebook, json.loads(reads.read_text(encoding="utf-8")), contents)
    return content


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
