"""Run a notebook strictly and whole: nothing starts on a wrong setting, nothing half-done stays."""

import json
import os
import re
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compendium.called import command
from compendium.errors import InputError, RunFailed
from compendium.files import project_root, sha256, write_whole
from compendium.notebook_file import read_notebook
from compendium.parameters import notebook_parameters
from compendium.parts import require_parts
from compendium.pipeline.chapters import Chapter, chapter_of
from compendium.pipeline.exploring import publishing
from compendium.pipeline.fingerprint import Present, made_from, present, summary
from compendium.results.provenance import FORMAT, read_record

STARTS = 3  # of a kernel that ends before it answers
# Where a warning says it arose.
KERNEL_FILE = re.compile(r"\S*ipykernel_\d+[/\\]\d+\.py|<ipython-input-[\w-]+>")


@dataclass(frozen=True)
class Way:
    """How a notebook is run, where many are run one after the other in one process.

    Attributes:
        engine: papermill's, by name; None for a kernel of its own.
        present: what is known of the project and of the study with a params file.
        drawn: False where the Report was told to draw no figure.
    """

    engine: str | None = None
    present: Callable[[Path], Present] = present
    drawn: bool = True

    def chapter(self, notebook: Path) -> Chapter:
        """The notebook's contract, as far as it is held."""
        chapter = chapter_of(notebook)
        return chapter if self.drawn else chapter.undrawn


def run_notebook(
    notebook: Path,
    params_file: Path,
    output: Path | None = None,
    *,
    progress: bool = True,
    way: Way | None = None,
) -> Path:
    """Execute a notebook with a study's parameters and keep it only if all went well.

    Args:
        notebook: the notebook in notebooks/.
        params_file: the study's YAML.
        output: where the executed copy goes; results_dir/notebooks/ when not given, and only
            there, since the book looks for it in that place.
        progress: show a bar of cells.
        way: how, where it is not in a kernel of its own with all figures.

    Returns:
        The executed notebook.

    Raises:
        InputError: a setting, the study's folder or an earlier notebook's result is not right;
            said before any cell runs.
        RunFailed: a cell failed or the outputs are not those declared; the message says where the
            failed copy lies.
    """
    parameters = notebook_parameters(notebook, params_file)
    root = project_root()
    results_dir = root / str(parameters["results_dir"])
    place = results_dir / "notebooks" / notebook.name
    if output is not None and output.resolve() != place.resolve():
        raise InputError(
            f"{output}: results of {params_file} belong in {place}; change results_dir there."
        )
    way = way or Way()
    chapter = way.chapter(notebook)
    now = way.present(params_file)
    _check_inputs(now, root / str(parameters["study_dir"]), results_dir, chapter)
    made = made_from(notebook, now)  # before it runs: a change meanwhile is then seen later
    now.remembered.save()
    partial = place.with_name(f".{place.stem}.{os.getpid()}.partial.ipynb")
    partial.parent.mkdir(parents=True, exist_ok=True)
    for left in partial.parent.glob(f".{place.stem}.*partial.ipynb"):  # by a run that was killed
        left.unlink(missing_ok=True)
    started_ns = time.time_ns()
    try:
        given = {name: value for name, value in parameters.items() if value != {}}  # no rules
        with publishing(results_dir):
            _execute(notebook, partial, given, progress, way.engine)
        outputs = _declared_outputs(chapter, results_dir, started_ns)
    except RunFailed as failure:
        if not partial.is_file():  # no cell was left by its kernel
            raise
        kept = results_dir / "failed" / notebook.name
        kept.parent.mkdir(parents=True, exist_ok=True)
        _clean(partial)
        os.replace(partial, kept)
        shown = kept.relative_to(root) if kept.is_relative_to(root) else kept
        raise RunFailed(f"{failure} The failed notebook is {shown.as_posix()}.") from None
    _drop_left(place, chapter, outputs)
    return _keep(partial, place, made, outputs)


def _check_inputs(now: Present, study_dir: Path, results_dir: Path, chapter: Chapter) -> None:
    if not study_dir.is_dir():
        raise InputError(
            f"{now.params_file}, study_dir: {study_dir} is not a folder. Put the study there, or "
            f"for the synthetic one run `make data`."
        )
    parts = now.parts
    if lacking := sorted(require_parts(sorted(chapter.needs), str(chapter.source)) - parts):
        raise InputError(
            f"{chapter.source}: needs {', '.join(lacking)}, which {study_dir} does not hold. Its "
            f"book is made without this chapter."
        )
    for earlier in chapter.after:
        if not read_notebook(chapter.source.with_name(f"{earlier}.ipynb")).needs <= parts:
            continue
        numbers = results_dir / "numbers" / f"{earlier}.json"
        if not numbers.is_file():
            raise InputError(f"{numbers}: notebook {earlier} has to run first for this study.")


def _execute(
    notebook: Path,
    partial: Path,
    parameters: Mapping[str, object],
    progress: bool,
    engine: str | None,
) -> None:
    """Run the cells; a kernel that ends before it answers is started again, with other ports.

    A kernel is given ports that were free; another program may take one before it does.
    """
    answered: list[bool] = []  # once a kernel has, it runs cells, and is not started again
    for left in reversed(range(STARTS)):
        try:
            return _papermill(
                notebook, partial, parameters, progress, engine, lambda **_: answered.append(True)
            )
        except RuntimeError as error:
            if engine:
                raise
            said = f"{notebook.name}: {error}".rstrip(".")
            if answered:
                raise RunFailed(
                    f"{said}. Its kernel ended in the middle, as where memory runs out; close "
                    f"other programs or use fewer workers, and run it again."
                ) from None
            if not left:
                raise RunFailed(
                    f"{said}. Its kernel was started {STARTS} times; what it printed is above. "
                    f"See what {command('doctor')} says."
                ) from None
            print(f"{said}. It is started again.", file=sys.stderr)


def _papermill(
    notebook: Path,
    partial: Path,
    parameters: Mapping[str, object],
    progress: bool,
    engine: str | None,
    on_answer: Callable[..., None],
) -> None:
    import papermill
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    try:
        papermill.execute_notebook(
            notebook,
            partial,
            parameters=parameters,
            engine_name=engine,
            cwd=notebook.parent,
            kernel_name="python3",
            progress_bar=progress,
            request_save_on_cell_execute=False,
            # Kernel and runner talk over a local port; where both can, they encrypt it.
            config=Config({"KernelManager": {"transport_encryption": "auto"}}),
            # A kernel that is told to stop calls it an error; failed cells are reported anyway.
            extra_arguments=["--log-level=50"],
            on_notebook_start=on_answer,
        )
    except PapermillExecutionError as error:
        said = f"{error.ename}: {error.evalue}".rstrip(".")
        raise RunFailed(f"{notebook.name}, cell {error.cell_index}: {said}.") from None


def _declared_outputs(chapter: Chapter, results_dir: Path, started_ns: int) -> dict[str, str]:
    """The files that the notebook wrote, with their hashes; they must be those it declares."""
    notebook, numbers_name = chapter.source, f"numbers/{chapter.name}.json"
    numbers = results_dir / numbers_name
    if not numbers.is_file() or numbers.stat().st_mtime_ns < started_ns - 1_000_000_000:
        raise RunFailed(
            f"{notebook.name}: did not write {numbers_name}; does it end with `report.save()`?"
        )
    outputs: dict[str, str] = json.loads(numbers.read_text(encoding="utf-8"))["outputs"]
    written, declared = {numbers_name, *outputs}, set(chapter.writes)
    for what, names in (
        ("declared but not written", declared - written),
        ("written but not declared", written - declared),
    ):
        if names:
            raise RunFailed(
                f"{notebook.name}: {what}: {', '.join(sorted(names))}. Its metadata "
                f"(compendium.writes) and its cells must agree."
            )
    for name, digest in outputs.items():
        if not (results_dir / name).is_file() or sha256(results_dir / name) != digest:
            raise RunFailed(f"{notebook.name}: {name} is not there as it was written.")
    return {numbers_name: sha256(numbers)} | outputs


def _drop_left(place: Path, chapter: Chapter, outputs: Mapping[str, str]) -> None:
    """Drop what an earlier run wrote and this did not, but for what another chapter writes now."""
    results_dir = place.parents[1]
    earlier = read_record(results_dir / "provenance" / f"{place.stem}.json")
    if left := set(earlier.get("outputs", ())) - set(outputs):
        others = chapter.source.parent.glob("*.ipynb")
        of_others = {
            name for one in others if one != chapter.source for name in chapter_of(one).writes
        }
        for gone in left - of_others:
            (results_dir / gone).unlink(missing_ok=True)


def _keep(partial: Path, place: Path, made: Mapping[str, Any], outputs: Mapping[str, str]) -> Path:
    """Record the provenance, and rename last."""
    _clean(partial)
    name, results_dir = place.stem, place.parents[1]
    record = results_dir / "provenance" / f"{name}.json"
    reads = results_dir / "reads" / f"{name}.json"
    provenance = {
        "format": FORMAT,
        "notebook": name,
        "fingerprint": summary(made, read_record(reads)),
        "made_from": made,
        "reads_sha256": sha256(reads),
        "executed_sha256": sha256(partial),
        "outputs": dict(sorted(outputs.items())),
    }
    write_whole(record, json.dumps(provenance, ensure_ascii=False, indent=1).encode())
    os.replace(partial, place)
    (results_dir / "failed" / place.name).unlink(missing_ok=True)
    return place


def _clean(executed: Path) -> None:
    """Drop what papermill and the kernel note of this machine: paths and clock times."""
    import nbformat

    notebook = nbformat.read(executed, as_version=4)
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                output.text = KERNEL_FILE.sub("a cell", output.text)
        tags = cell.metadata.get("tags", [])
        if not tags:
            cell.metadata.pop("tags", None)
        if "injected-parameters" in tags:
            cell.id = "injected-parameters"  # papermill draws a random one
    nbformat.write(notebook, executed)
