"""A study's results as its notebooks left them: read whole, and refused where not as they were."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compendium.called import command
from compendium.errors import InputError
from compendium.files import project_root
from compendium.notebook_file import chapter_files, read_notebook
from compendium.parameters import read_params
from compendium.parts import all_parts
from compendium.remembered import digest
from compendium.results.provenance import FORMAT, changed, read_record
from compendium.results.record import Output

SHOWN_PROBLEMS = 20


@dataclass(frozen=True)
class Run:
    """One notebook's results as it left them.

    Attributes:
        notebook: its name.
        record: numbers/<notebook>.json.
        fingerprint: short hashes of its data, notebook, code and lock.
        executed: the executed notebook.
        source: the notebook in notebooks/.
    """

    notebook: str
    record: dict[str, Any]
    fingerprint: dict[str, str]
    executed: Path
    source: Path

    @property
    def of_public_data(self) -> bool:
        """Whether it tells of public data sets alone, and of nobody of the study."""
        return "public" in self.record

    @property
    def published(self) -> list[Output]:
        """The tables and figures of the record."""
        return [Output.read(entry) for entry in self.record["published"]]


@dataclass(frozen=True)
class Results:
    """All that one study publishes, and where it came from.

    Attributes:
        written_to: the folder of what others may see of them; None where they are whole.
    """

    root: Path
    params_file: Path
    params: dict[str, Any]
    runs: list[Run]
    written_to: Path | None = None

    @property
    def run_folder(self) -> Path:
        """Where the notebooks left the study's results."""
        return self.root / str(self.params["results_dir"])

    @property
    def folder(self) -> Path:
        """The study's results: whole, or as others may see them."""
        return self.written_to or self.run_folder

    @property
    def study_dir(self) -> Path:
        """The study's own folder; it need not be there to make a book of its results."""
        return self.root / str(self.params["study_dir"])

    @property
    def synthetic(self) -> bool:
        """True only where every run says so."""
        return bool(self.runs) and all(run.record["synthetic"] for run in self.runs)

    @property
    def parts(self) -> frozenset[str]:
        """What the study holds, as its runs say."""
        return recorded_parts(self.run_folder)

    @property
    def how_to_renew(self) -> str:
        """What to do where the results are not fresh."""
        return renewal(self.params_file)

    @property
    def tables_fingerprint(self) -> str:
        """Short hash of all tables that the notebooks read."""
        held: dict[str, str] = {}
        for run in self.runs:
            held |= read_record(self.run_folder / "reads" / f"{run.notebook}.json")["tables"]
        return digest(f"{name}={hashed}".encode() for name, hashed in sorted(held.items()))

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
    for name in chapters(root, recorded_parts(folder)):
        source = root / "notebooks" / f"{name}.ipynb"
        executed = folder / "notebooks" / f"{name}.ipynb"
        provenance = read_record(folder / "provenance" / f"{name}.json")
        if provenance.get("format") != FORMAT:
            problems.append(f"{name}: has not run for this study")
            continue
        different = list(changed(folder, name, provenance))
        problems += [f"{name}: {what}" for what in different]
        if not different:
            record = read_record(folder / "numbers" / f"{name}.json")
            problems += [f"{name}: {what}" for what in _foreign(record, params, root)]
            runs.append(Run(name, record, provenance["fingerprint"], executed, source))
    if problems:
        raise InputError(
            listed(f"{params['results_dir']} cannot be published", problems, renewal(params_file))
        )
    return Results(root, params_file, params, runs)


def renewal(params_file: Path) -> str:
    """What to do where results are not fresh."""
    return f"Run {command(f'make {params_file.stem}')}."


def recorded_parts(folder: Path) -> frozenset[str]:
    """What the study holds of which these are the results, and which public data sets a chapter
    read beside it; everything where none says it.
    """
    records = [read_record(path) for path in sorted((folder / "numbers").glob("*.json"))]
    held = [record["parts"] for record in records if "parts" in record]
    beside = {name for record in records for name in record.get("public", ())}
    return frozenset(held[0] if held else all_parts()) | beside


def chapters(root: Path, parts: Collection[str]) -> list[str]:
    """Names of the chapters of the book of a study with these parts, in order."""
    sources = chapter_files(root / "notebooks")
    return [one.stem for one in sources if read_notebook(one).needs <= set(parts)]


def _foreign(record: Mapping[str, Any], params: Mapping[str, Any], root: Path) -> Iterator[str]:
    """Signs that a result belongs to another study than the params file's."""
    name = (root / str(params["study_dir"])).name
    if record["study"] != name:
        yield f"its numbers are of the study {record['study']!r}, expected {name!r}"


def listed(what: str, problems: list[str], remedy: str) -> str:
    """A message that names the first problems, each on its line, and what to do."""
    shown = "".join(f"\n  - {problem}" for problem in problems[:SHOWN_PROBLEMS])
    more = f"\n  … and {len(problems) - SHOWN_PROBLEMS} more" * (len(problems) > SHOWN_PROBLEMS)
    return f"{what}:{shown}{more}\n{remedy}".rstrip()
