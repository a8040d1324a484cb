"""A study's results as its notebooks left them: read whole, and refused where not as they were."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compendium import fingerprint
from compendium.errors import InputError
from compendium.files import project_root, sha256
from compendium.parameters import notebook_parameters, read_params
from compendium.results.record import Output

SHOWN_PROBLEMS = 20


@dataclass(frozen=True)
class Run:
    """One notebook's results as it left them.

    Attributes:
        notebook: its name.
        record: numbers/<notebook>.json.
        executed: the executed notebook.
        source: the notebook in notebooks/.
    """

    notebook: str
    record: dict[str, Any]
    executed: Path
    source: Path

    @property
    def published(self) -> list[Output]:
        """The tables and figures of the record."""
        return [Output.read(entry) for entry in self.record["published"]]


@dataclass(frozen=True)
class Results:
    """All that one study publishes, and where it came from."""

    root: Path
    params_file: Path
    params: dict[str, Any]
    runs: list[Run]

    @property
    def folder(self) -> Path:
        """The study's results."""
        return self.root / str(self.params["results_dir"])

    @property
    def study_dir(self) -> Path:
        """The study's own folder; it need not be there to make a book of its results."""
        return self.root / str(self.params["study_dir"])

    @property
    def synthetic(self) -> bool:
        """True only where every run says so."""
        return bool(self.runs) and all(run.record["synthetic"] for run in self.runs)

    @property
    def how_to_renew(self) -> str:
        """What to do where the results are not fresh."""
        return renewal(self.params)

    @property
    def numbers(self) -> dict[str, dict[str, Any]]:
        """Every reported number by id."""
        return {entry["id"]: entry for run in self.runs for entry in run.record["numbers"]}


def read_results(params_file: Path) -> Results:
    """A study's results, whole and unchanged since their notebooks wrote them.

    Raises:
        InputError: a chapter has not run; a file was changed; a result is of another study.
    """
    root = project_root()
    params = read_params(params_file)
    folder = root / str(params["results_dir"])
    runs, problems = [], []
    for name in chapters(root):
        source = root / "notebooks" / f"{name}.ipynb"
        executed = folder / "notebooks" / f"{name}.ipynb"
        record_file = folder / "provenance" / f"{name}.json"
        if not executed.is_file() or not record_file.is_file():
            problems.append(f"{name}: has not run for this study")
            continue
        provenance = json.loads(record_file.read_text(encoding="utf-8"))
        changed = list(_changed(folder, executed, provenance))
        problems += [f"{name}: {what}" for what in changed]
        if not changed:
            record = json.loads((folder / "numbers" / f"{name}.json").read_text(encoding="utf-8"))
            problems += [f"{name}: {what}" for what in _foreign(record, params, root)]
            if "published" not in record:
                problems.append(f"{name}: an older version wrote its record; run it again")
            runs.append(Run(name, record, executed, source))
    if problems:
        raise InputError(
            listed(f"{params['results_dir']} cannot be published", problems, renewal(params))
        )
    return Results(root, params_file, params, runs)


def renewal(params: Mapping[str, Any]) -> str:
    """What to do where results are not fresh; make alone may hold them for up to date."""
    return f"Delete the folder {params['results_dir']}/notebooks and run `make results`."


def chapters(root: Path) -> list[str]:
    """Names of the notebooks, each a chapter of the book, in their order."""
    return sorted(path.stem for path in (root / "notebooks").glob("*.ipynb"))


def _changed(folder: Path, executed: Path, provenance: Mapping[str, Any]) -> Iterator[str]:
    """What differs from what the notebook left."""
    if sha256(executed) != provenance["executed_sha256"]:
        yield "its executed notebook was changed since it ran"
    for name, digest in provenance["outputs"].items():
        if not (folder / name).is_file():
            yield f"{name} is gone"
        elif sha256(folder / name) != digest:
            yield f"{name} was changed since the notebook wrote it"


def _foreign(record: Mapping[str, Any], params: Mapping[str, Any], root: Path) -> Iterator[str]:
    """Signs that a result belongs to another study than the params file's."""
    name = (root / str(params["study_dir"])).name
    if record["study"] != name:
        yield f"its numbers are of the study {record['study']!r}, expected {name!r}"
    for key in ("study_dir", "results_dir"):
        if key in record["parameters"] and record["parameters"][key] != params[key]:
            yield f"ran with {key} {record['parameters'][key]!r}, expected {params[key]!r}"


def staleness(results: Results) -> Iterator[str]:
    """Each run whose notebook, package, data, parameters or lock is no longer what it was."""
    lock = results.root / "requirements.lock"
    for run in results.runs:
        parameters = notebook_parameters(run.source, results.params_file)
        now = fingerprint.of_run(run.source, parameters, results.study_dir, lock)
        if not results.study_dir.is_dir():  # a copy of the results without the data
            now["data"] = run.record["fingerprint"]["data"]
        changed = [
            what for what, hashed in now.items() if run.record["fingerprint"][what] != hashed
        ]
        if changed:
            yield f"{run.notebook}: changed since it ran: {', '.join(changed)}"


def listed(what: str, problems: list[str], remedy: str) -> str:
    """A message that names the first problems, each on its line, and what to do."""
    shown = "".join(f"\n  - {problem}" for problem in problems[:SHOWN_PROBLEMS])
    more = f"\n  … and {len(problems) - SHOWN_PROBLEMS} more" * (len(problems) > SHOWN_PROBLEMS)
    return f"{what}:{shown}{more}\n{remedy}".rstrip()
