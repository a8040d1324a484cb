"""A notebook that runs in this process leaves what a kernel of its own leaves."""

import json
import warnings
from pathlib import Path

import nbformat
import pytest
import yaml
from test_pipeline import write_notebook, write_params, write_project

from compendium.errors import RunFailed
from compendium.notebook_file import chapter_files
from compendium.pipeline.run import Way, run_notebook
from compendium.sweeps.in_process import register
from compendium.version import commit

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = [path.stem for path in chapter_files(ROOT / "notebooks")]
QUICK = ("01_cohort",)
RICH = (
    'print("one")\nprint("two")',
    'import sys\nprint("three", file=sys.stderr)\n"four"',
    "from IPython.display import HTML, display\ndisplay(HTML('<b>bold</b>'), metadata={'a': 1})\n7",
    "_ + 1",
    "import pandas as pd\npd.DataFrame({f'column {n}': [n] for n in range(30)})",
    "nothing = 3;",
    "%matplotlib inline\n'after a magic'",
    'report.number("mini_product", factor * 2)',
)


@pytest.fixture(scope="module")
def both(tmp_path_factory) -> list[dict[str, bytes]]:
    """What a kernel leaves of a notebook that shows every kind of output, and what we leave."""
    found = []
    for engine in (None, register()):
        with pytest.MonkeyPatch.context() as patch:
            root = write_project(tmp_path_factory.mktemp("engine"), patch)
            patch.delenv("PYTHONWARNINGS")
            write_params(root, "{factor: 3}")
            notebook = write_notebook(root, "01_mini", *RICH)
            book = nbformat.read(notebook, as_version=4)
            for place, cell in enumerate(book.cells):
                cell.id = f"mini-{place}"  # nbformat draws others each time
            nbformat.write(book, notebook)
            with warnings.catch_warnings():
                warnings.resetwarnings()
                run_notebook(notebook, root / "params/mini.yml", progress=False, way=Way(engine))
            found.append(files_of(root / "results" / "mini"))
    return found


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.slow
def test_every_kind_of_output_is_as_a_kernel_has_it(both):
    kernel, own = (nbformat.reads(f["notebooks/01_mini.ipynb"].decode(), 4) for f in both)
    assert [cell.get("outputs") for cell in own.cells] == [
        cell.get("outputs") for cell in kernel.cells
    ]
    assert [c.get("execution_count") for c in own.cells] == [
        c.get("execution_count") for c in kernel.cells
    ]


@pytest.mark.slow
def test_all_files_are_those_of_a_kernel(both):
    kernel, own = both
    assert own == kernel


@pytest.fixture
def project(tmp_path: Path, monkeypatch) -> Path:
    return write_project(tmp_path, monkeypatch)


def carried_out(project: Path, *cells: str) -> dict:
    """The record of a notebook that ran in this process."""
    notebook = write_notebook(project, "01_mini", *cells)
    params = write_params(project, "{factor: 3}")
    run_notebook(notebook, params, progress=False, way=Way(register()))
    return json.loads((project / "results/mini/numbers/01_mini.json").read_text())


@pytest.mark.slow
def test_a_notebook_sees_nothing_of_the_one_before(project):
    carried_out(project, "left = 1")
    with pytest.raises(RunFailed, match="cell 4: NameError: name 'left' is not defined"):
        carried_out(project, "left")


@pytest.mark.slow
def test_a_cell_that_fails_is_kept_with_its_message(project):
    with pytest.raises(RunFailed, match=r"01_mini.ipynb, cell 4: ZeroDivisionError"):
        carried_out(project, "1 / 0")
    kept = nbformat.read(project / "results/mini/failed/01_mini.ipynb", as_version=4)
    shown = [output for cell in kept.cells for output in cell.get("outputs", ())]
    assert [output.ename for output in shown] == ["ZeroDivisionError"]
    assert kept.cells[-1].execution_count is None


@pytest.mark.slow
def test_a_number_notes_the_cell_that_it_is_of(project):
    record = carried_out(project, 'report.number("mini_product", 1.0)')
    stored = nbformat.read(project / "notebooks/01_mini.ipynb", as_version=4)
    assert record["numbers"][0]["cell_id"] == stored.cells[3].id
    assert record["numbers"][0]["execution_count"] == 4


@pytest.mark.built
@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.long) for n in CHAPTERS]
)
def test_a_chapter_is_as_a_kernel_made_it(name, tmp_path, monkeypatch):
    monkeypatch.setenv("COMPENDIUM_ROOT", str(ROOT))
    made = ROOT / "results" / "demo"
    folder = tmp_path / "results"
    params = yaml.safe_load((ROOT / "params/demo.yml").read_text(encoding="utf-8"))
    own = tmp_path / "demo.yml"
    own.write_text(yaml.safe_dump(params | {"results_dir": str(folder)}), encoding="utf-8")
    for part in ("tables", "numbers", "reads"):  # of the chapters before it
        (folder / part).mkdir(parents=True)
        for path in (made / part).iterdir():
            (folder / part / path.name).write_bytes(path.read_bytes())
    then = json.loads((made / f"numbers/{name}.json").read_text(encoding="utf-8"))["commit"]
    now = commit(ROOT)  # a later commit may leave the results fresh
    run_notebook(ROOT / f"notebooks/{name}.ipynb", own, progress=False, way=Way(register()))
    for file, content in files_of(folder).items():
        if not file.startswith(("provenance/", "numbers/", "notebooks/")) or name in file:
            said = content.replace(str(folder).encode(), b"results/demo")
            said = said.replace(now.encode(), then.encode()) if now and then else said
            kept = (made / file).read_bytes()
            if file.startswith("provenance/"):
                said, kept = without_sums(said, name), without_sums(kept, name)
            assert said == kept, file


def without_sums(record: bytes, name: str) -> dict[str, object]:
    """A record of provenance, but for the sums of files that hold the folder or the commit."""
    told = json.loads(record)
    for place, key in ((told, "executed_sha256"), (told["outputs"], f"numbers/{name}.json")):
        assert len(place.pop(key)) == 64
    return told
