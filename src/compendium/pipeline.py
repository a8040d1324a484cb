"""Run a notebook strictly and whole: nothing starts on a wrong setting, nothing half-done stays."""

import json
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from compendium.errors import InputError, RunFailed
from compendium.files import project_root, sha256, write_whole
from compendium.notebook_file import read_notebook
from compendium.parameters import notebook_parameters, read_params

KERNEL_FILE = re.compile(r"\S*ipykernel_\d+[/\\]\d+\.py")  # where a warning says it arose


def run_notebook(
    notebook: Path, params_file: Path, output: Path | None = None, *, progress: bool = True
) -> Path:
    """Execute a notebook with a study's parameters and keep it only if all went well.

    Args:
        notebook: the notebook in notebooks/.
        params_file: the study's YAML.
        output: where the executed copy goes; results_dir/notebooks/ when not given, and only
            there, since the book looks for it in that place.
        progress: show a bar of cells.

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
    contract = _contract(notebook)
    _check_inputs(params_file, root / str(parameters["study_dir"]), results_dir, contract)
    partial = place.with_name(f".{place.stem}.partial.ipynb")
    partial.parent.mkdir(parents=True, exist_ok=True)
    started_ns = time.time_ns()
    try:
        given = {name: value for name, value in parameters.items() if value != {}}  # no rules
        _execute(notebook, partial, given, progress)
        outputs = _declared_outputs(notebook, results_dir, contract, started_ns)
    except RunFailed as failure:
        kept = results_dir / "failed" / notebook.name
        kept.parent.mkdir(parents=True, exist_ok=True)
        _clean(partial)
        os.replace(partial, kept)
        shown = kept.relative_to(root) if kept.is_relative_to(root) else kept
        raise RunFailed(f"{failure} The failed notebook is {shown.as_posix()}.") from None
    return _keep(notebook, partial, place, results_dir, outputs)


def _contract(notebook: Path) -> dict[str, Any]:
    contract = read_notebook(notebook).contract
    for key in ("after", "writes"):
        if not isinstance(contract.get(key), list):
            raise InputError(
                f"{notebook}: its metadata lack compendium.{key}, the list of "
                f"{'earlier notebooks' if key == 'after' else 'files that it writes'}."
            )
    return contract


def _check_inputs(
    params_file: Path, study_dir: Path, results_dir: Path, contract: dict[str, Any]
) -> None:
    if not study_dir.is_dir():
        raise InputError(
            f"{params_file}, study_dir: {study_dir} is not a folder. Put the study there, or for "
            f"the synthetic one run `make data`."
        )
    for earlier in contract["after"]:
        numbers = results_dir / "numbers" / f"{earlier}.json"
        if not numbers.is_file():
            raise InputError(f"{numbers}: notebook {earlier} has to run first for this study.")


def _execute(
    notebook: Path, partial: Path, parameters: Mapping[str, object], progress: bool
) -> None:
    import papermill
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    try:
        papermill.execute_notebook(
            notebook,
            partial,
            parameters=parameters,
            cwd=notebook.parent,
            kernel_name="python3",
            progress_bar=progress,
            request_save_on_cell_execute=False,
            # Kernel and runner talk over a local port; where both can, they encrypt it.
            config=Config({"KernelManager": {"transport_encryption": "auto"}}),
            # A kernel that is told to stop calls it an error; failed cells are reported anyway.
            extra_arguments=["--log-level=50"],
        )
    except PapermillExecutionError as error:
        said = f"{error.ename}: {error.evalue}".rstrip(".")
        raise RunFailed(f"{notebook.name}, cell {error.cell_index}: {said}.") from None


def _declared_outputs(
    notebook: Path, results_dir: Path, contract: dict[str, Any], started_ns: int
) -> dict[str, str]:
    """The files that the notebook wrote, with their hashes; they must be those it declares."""
    numbers_name = f"numbers/{notebook.stem}.json"
    numbers = results_dir / numbers_name
    if not numbers.is_file() or numbers.stat().st_mtime_ns < started_ns - 1_000_000_000:
        raise RunFailed(
            f"{notebook.name}: did not write {numbers_name}; does it end with `report.save()`?"
        )
    outputs: dict[str, str] = json.loads(numbers.read_text(encoding="utf-8"))["outputs"]
    written, declared = {numbers_name, *outputs}, set(contract["writes"])
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


def _keep(
    notebook: Path, partial: Path, place: Path, results_dir: Path, outputs: dict[str, str]
) -> Path:
    """Record the provenance, drop what an earlier run wrote and this did not, rename last."""
    _clean(partial)
    record = results_dir / "provenance" / f"{notebook.stem}.json"
    if record.is_file():
        earlier = json.loads(record.read_text(encoding="utf-8"))["outputs"]
        for name in set(earlier) - set(outputs):
            (results_dir / name).unlink(missing_ok=True)
    numbers = json.loads((results_dir / f"numbers/{notebook.stem}.json").read_text("utf-8"))
    provenance = {
        "notebook": notebook.stem,
        "fingerprint": numbers["fingerprint"],
        "executed_sha256": sha256(partial),
        "outputs": dict(sorted(outputs.items())),
    }
    write_whole(record, json.dumps(provenance, indent=1).encode())
    os.replace(partial, place)
    (results_dir / "failed" / notebook.name).unlink(missing_ok=True)
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


def run_all(params_file: Path, *, progress: bool = True) -> Path:
    """Run every notebook of the project in order.

    Returns:
        The results folder.
    """
    root = project_root()
    for notebook in sorted((root / "notebooks").glob("*.ipynb")):
        run_notebook(notebook, params_file, progress=progress)
    return root / str(read_params(params_file)["results_dir"])


def reproduce(params_file: Path, empty: Path, *, progress: bool = True) -> tuple[Path, Path]:
    """Run everything again from the data, in an empty folder, and leave the published results.

    Args:
        params_file: the study's YAML.
        empty: a folder that does not exist yet or has nothing in it.

    Returns:
        The published results folder and the new one, to be compared.
    """
    if empty.exists() and any(empty.iterdir()):
        raise InputError(f"{empty}: is not empty; a reproduction starts from nothing.")
    params = read_params(params_file)
    published = project_root() / str(params["results_dir"])
    again = empty / "results"
    params["results_dir"] = str(again)
    copy = empty / params_file.name
    write_whole(copy, yaml.safe_dump(params, allow_unicode=True).encode())
    run_all(copy, progress=progress)
    return published, again
