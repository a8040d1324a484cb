"""A project of four notebooks, a package and two series, to be brought up to date in tests.

Everything is real but the kernel, whose cells are executed here, and the renderer of the book.
"""

import importlib
import shutil
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import grimp
import nbformat
import pytest

from compendium.errors import RunFailed
from compendium.params_files import params_of
from compendium.pipeline import make as engine
from compendium.pipeline import run as runner
from compendium.pipeline.book import make_book
from compendium.pipeline.fingerprint import present
from compendium.publish import book as renderer

THRESHOLD = 5
PARAMETERS = """study_dir = "data/small"  # folder of the study
results_dir = "results/small"  # folder of the results
seed = 1  # of all random numbers
rules = {}  # departures from the study's rules
workers = 2  # processes; the results do not depend on it
"""
START = """from compendium.report import Report

report = Report("{name}", globals())"""
CELLS = {
    "01_base": (
        "from toy import shared",
        "people = report.study.tables['patient']",
        "limit = report.rules.tg_ratio",
        "report.number('base_n', factor * shared.count(people), format='g')",
        "report.table('base', people.assign(limit=limit)[['sex', 'limit']], rows='setting')",
    ),
    "02_scores": (
        "base = report.read('01_base', 'base')",
        "report.table('scores', base.assign(score=factor), rows='setting')",
    ),
    "03_images": (
        "report.study.reads.image('S1')",
        "held = (report.study.dicom_dir / 'S1' / '1.dcm').read_bytes()",
        "report.number('image_sum', sum(held), format='d')",
    ),
    "05_late": (
        "from toy import late",
        "scores = report.read('02_scores', 'scores')",
        "report.number('late_n', late.weight(len(scores)), format='g')",
    ),
}
AFTER = {"01_base": (), "02_scores": ("01_base",), "03_images": (), "05_late": ("02_scores",)}
TABLES = {"01_base": ["tables/base.csv"], "02_scores": ["tables/scores.csv"]}
PATIENT = (
    "patient_id,study,sex,age_years,total_thyroidectomy,severe_comorbidity,follow_up_complete,"
    "distant_metastasis,pregnant_or_lactating,hepatic_or_renal_dysfunction,tolerates_pet,"
    "height_cm,weight_kg\nP1,TROP2,female,40,yes,no,yes,yes,,,,160,60\n"
)
PATHOLOGY = (
    "patient_id,histology,t_stage,n_stage,m_stage,extrathyroidal_extension,tumour_diameter_mm,"
    "multifocal,vascular_invasion,braf_v600e,tert_promoter\n"
    "P1,ptc_classic,T1,N0,M1,none,12,no,no,mutant,not_tested\n"
)
TOY = {
    "__init__.py": '"""A package."""\n',
    "shared.py": '"""What several use."""\n\n\ndef count(rows):\n    """How many."""\n'
    "    return len(rows)  # each once\n",
    "late.py": '"""What one uses."""\n\n\ndef weight(n):\n    return 2 * n\n',
}
BOOK = {"index.md": "# Book\n", "_config.yml": "title: Small\n"}


def write_project(root: Path) -> None:
    """The project as its authors wrote it; nothing has run yet."""
    files = {
        "pyproject.toml": "",
        "requirements.lock": "numpy==2\n",
        "params/small.yml": "study_dir: data/small\nresults_dir: results/small\nseed: 3\n",
        "data/small/tables/patient.csv": PATIENT,
        "data/small/tables/pathology.csv": PATHOLOGY,
        "data/small/dicom/S1/1.dcm": "first",
        "data/small/dicom/S2/1.dcm": "other",
        **{f"src/toy/{name}": text for name, text in TOY.items()},
        **{f"book/{name}": text for name, text in BOOK.items()},
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "notebooks").mkdir()
    for name, cells in CELLS.items():
        write_notebook(root, name, cells, AFTER[name])


def write_notebook(root: Path, name: str, cells: Sequence[str], after: Sequence[str]) -> None:
    """One notebook with a parameter `factor` of its own."""
    code, text = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
    parameters = code(
        PARAMETERS + "factor = 2.0  # multiplies\n", metadata={"tags": ["parameters"]}
    )
    sources = [START.format(name=name), *cells, "report.save()"]
    notebook = nbformat.v4.new_notebook(
        cells=[text(f"# {name}\n\nProse."), parameters, *(code(source) for source in sources)]
    )
    for position, cell in enumerate(notebook.cells):
        cell.id = f"{name}-{position}"
    writes = [*TABLES.get(name, []), f"numbers/{name}.json"]
    notebook.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    notebook.metadata["compendium"] = {"after": list(after), "writes": writes}
    nbformat.write(notebook, root / "notebooks" / f"{name}.ipynb")


class Project:
    """A project that a test changes and brings up to date."""

    def __init__(self, root: Path, patch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.said: list[str] = []
        patch.setenv("COMPENDIUM_ROOT", str(root))
        patch.syspath_prepend(root / "src")
        patch.setattr(grimp, "build_graph", lambda *names, **how: _graph(root, names, how))
        patch.setattr(runner, "_execute", execute)
        patch.setattr(renderer, "build_book", _rendered)
        _forget_toy()

    def make(
        self,
        *,
        workers: int = 1,
        goal: str = "book",
        verify: bool = False,
        public: bool = False,
    ) -> list[str]:
        """Bring the study up to date; what was made, in any order."""
        now = present(params_of("small"), verify=verify)
        steps = engine.steps_of(now, goal, workers=workers, threshold=THRESHOLD, public=public)
        made: list[str] = []

        def carry_out(command: Sequence[str]) -> None:
            made.append(Path(command[1]).stem if command[0] == "run" else command[0])
            run_here(command)

        self.said = []
        engine.make(now, steps, workers, say=self.said.append, execute=carry_out)
        return sorted(made)

    def status(self) -> dict[str, str]:
        """What `compendium status` says, by step."""
        now = present(params_of("small"))
        steps = engine.steps_of(now, workers=1, threshold=THRESHOLD)
        return dict(engine.status(now, steps))

    def edit(self, name: str, old: str, new: str) -> None:
        """Change one place of a file."""
        path = self.root / name
        text = path.read_text()
        if old not in text:
            raise ValueError(f"{name} has no {old!r}")
        path.write_text(text.replace(old, new, 1))

    def set(self, block: str) -> None:
        """Add a block to the params file."""
        with (self.root / "params/small.yml").open("a") as params:
            params.write(block)


build_graph = grimp.build_graph


def _graph(root: Path, packages: tuple[str, ...], how: dict[str, Any]) -> grimp.ImportGraph:
    """Who imports whom, looked for once for each state of the project's own modules."""
    toy = sorted((path.name, path.read_bytes()) for path in (root / "src").rglob("*.py"))
    return _built(tuple(toy), packages, tuple(how.items()))


@cache
def _built(
    toy: tuple[tuple[str, bytes], ...], packages: tuple[str, ...], how: tuple[tuple[str, Any], ...]
) -> grimp.ImportGraph:
    return build_graph(*packages, **dict(how))


def run_here(command: Sequence[str]) -> None:
    """Carry out a step's command in this process."""
    _forget_toy()
    if command[0] == "run":
        runner.run_notebook(Path(command[1]), Path(command[3]), progress=False)
    else:
        public = "--public" in command
        make_book(Path(command[2]), public=public, threshold=int(command[4]))


def execute(
    notebook: Path, partial: Path, parameters: dict, progress: bool, engine: str | None
) -> None:
    """Execute a notebook's cells here, after papermill's manner."""
    book = nbformat.read(notebook, as_version=4)
    namespace: dict[str, object] = {}
    for index, cell in enumerate(book.cells):
        if cell.cell_type == "code":
            try:
                exec(cell.source, namespace)
            except Exception as error:
                nbformat.write(book, partial)
                raise RunFailed(f"{notebook.name}, cell {index}: {error}") from None
        if "parameters" in cell.metadata.get("tags", []):
            namespace.update(parameters)
    nbformat.write(book, partial)


def _rendered(results, html: Path, edition, **settings) -> Path:
    shutil.rmtree(html, ignore_errors=True)
    html.mkdir(parents=True)
    words = [run.source.read_text() for run in results.runs]
    (html / "index.html").write_text(" ".join([str(results.numbers), *words]))
    return html / "index.html"


def _forget_toy() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "toy"]:
        del sys.modules[name]
    importlib.invalidate_caches()
