"""The runner: nothing starts on a wrong setting, nothing half-done is kept."""

import json
import shutil
import socket
from pathlib import Path

import click
import nbformat
import pytest
from click.testing import CliRunner
from jupyter_client.connect import LocalPortCache

from compendium.cli import group
from compendium.errors import InputError, RunFailed
from compendium.files import sha256
from compendium.pipeline import make as engine
from compendium.pipeline import run as runner
from compendium.pipeline.reproduce import reproduce
from compendium.results import compare

ROOT = Path(__file__).resolve().parents[1]
PARAMETERS = """study_dir = "data/mini"  # folder of the study
results_dir = "results/mini"  # folder of the results
seed = 1  # of all random numbers
factor = 2.0  # multiplies, 1
"""
OPEN = 'from compendium.report import Report\n\nreport = Report("{name}", globals())'
BODY = 'report.number("mini_product", factor * len(report.study.tables["patient"]))'
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


def write_notebook(project: Path, name: str, *body: str, writes=(), after=(), save=True) -> Path:
    book = nbformat.v4.new_notebook()
    book.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    book.metadata["compendium"] = {
        "after": list(after),
        "writes": [*writes, f"numbers/{name}.json"],
    }
    parameters = nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    sources = [OPEN.format(name=name), *body, *(["report.save()"] if save else [])]
    book.cells = [
        nbformat.v4.new_markdown_cell("# Mini"),
        parameters,
        *(nbformat.v4.new_code_cell(s) for s in sources),
    ]
    path = project / "notebooks" / f"{name}.ipynb"
    path.parent.mkdir(exist_ok=True)
    nbformat.write(book, path)
    return path


def write_project(root: Path, patch: pytest.MonkeyPatch) -> Path:
    """A project in small: one patient, no git, results of its own."""
    (root / "pyproject.toml").touch()
    (root / "requirements.lock").write_text("x==1\n")
    tables = root / "data" / "mini" / "tables"
    tables.mkdir(parents=True)
    (tables / "patient.csv").write_text(PATIENT)
    (tables / "pathology.csv").write_text(PATHOLOGY)
    (root / "params").mkdir()
    write_params(root)
    patch.setenv("COMPENDIUM_ROOT", str(root))
    patch.setenv("PYTHONWARNINGS", "ignore")
    return root


@pytest.fixture
def project(tmp_path: Path, monkeypatch) -> Path:
    return write_project(tmp_path, monkeypatch)


def write_params(project: Path, own: str = "{}", study_dir: str = "data/mini") -> Path:
    path = project / "params" / "mini.yml"
    path.write_text(
        f"study_dir: {study_dir}\nresults_dir: results/mini\nseed: 3\n"
        f"notebooks:\n  01_mini: {own}\n"
    )
    return path


@pytest.fixture
def no_kernel(monkeypatch):
    """Cells run in this process: the runner's own rules are tested without waiting for kernels."""

    def execute(notebook, partial, parameters, progress, engine):
        book = nbformat.read(notebook, as_version=4)
        nbformat.write(book, partial)
        namespace: dict[str, object] = {}
        for index, cell in enumerate(book.cells):
            if cell.cell_type == "code":
                try:
                    exec(cell.source, namespace)
                except Exception as error:
                    raise RunFailed(f"{notebook.name}, cell {index}: {error!r}") from None
            if "parameters" in cell.metadata.get("tags", []):
                namespace.update(parameters)

    monkeypatch.setattr(runner, "_execute", execute)


def run(project: Path, notebook: Path) -> Path:
    return runner.run_notebook(notebook, project / "params" / "mini.yml", progress=False)


@pytest.fixture(scope="module")
def run_twice(tmp_path_factory) -> tuple[Path, list[dict[str, bytes]]]:
    """The notebook that a real kernel has run twice, and the results that each run left."""
    with pytest.MonkeyPatch.context() as patch:
        root = write_project(tmp_path_factory.mktemp("kernel"), patch)
        write_params(root, "{factor: 3}")
        warning = "import sys\nprint('/tmp/ipykernel_12/345.py:1: look', file=sys.stderr)"
        notebook = write_notebook(root, "01_mini", warning, BODY)
        results, left = root / "results" / "mini", []
        for _ in range(2):
            executed = run(root, notebook)
            files = [path for path in results.rglob("*") if path.is_file()]
            left.append({str(path.relative_to(results)): path.read_bytes() for path in files})
    return executed, left


@pytest.mark.slow
class TestKernel:
    """What only a real kernel shows; it starts once for each run."""

    def test_a_run_keeps_the_notebook_its_numbers_and_where_they_came_from(self, run_twice):
        executed, _ = run_twice
        results = executed.parents[1]
        assert executed.parts[-4:] == ("results", "mini", "notebooks", "01_mini.ipynb")
        record = json.loads((results / "numbers" / "01_mini.json").read_text())
        assert record["numbers"][0]["value"] == 3.0
        assert record["parameters"]["factor"] == 3.0
        assert record["parameters"]["seed"] == 3
        cells = nbformat.read(executed, as_version=4).cells
        count = record["numbers"][0]["execution_count"]
        made_in = [cell for cell in cells if cell.get("execution_count") == count]
        assert "mini_product" in made_in[0].source
        provenance = json.loads((results / "provenance" / "01_mini.json").read_text())
        assert provenance["made_from"]["parameters"] == {"seed": 3, "factor": 3.0}
        assert "compendium.report" in provenance["made_from"]["code"]
        assert provenance["executed_sha256"] == sha256(executed)
        assert provenance["outputs"]["numbers/01_mini.json"] == sha256(
            results / "numbers" / "01_mini.json"
        )

    def test_an_executed_notebook_names_no_path_and_no_clock(self, run_twice):
        executed, _ = run_twice
        text = executed.read_text()
        assert str(executed.parents[3]) not in text
        assert "a cell:1: look" in text
        assert "start_time" not in text

    def test_running_twice_gives_the_same_bytes(self, run_twice):
        first, second = run_twice[1]
        assert {"notebooks/01_mini.ipynb", "numbers/01_mini.json"} <= set(first)
        assert first == second

    def test_a_failed_cell_leaves_the_failed_notebook_and_no_result(self, project):
        notebook = write_notebook(project, "01_mini", 'raise ValueError("Write yes or no.")', BODY)
        # A message that ends in a full stop keeps one.
        words = r"cell \d: ValueError: Write yes or no\. The failed notebook is "
        with pytest.raises(RunFailed, match=words + ".*results/mini/failed/01_mini"):
            run(project, notebook)
        results = project / "results" / "mini"
        assert (results / "failed" / "01_mini.ipynb").is_file()
        assert list((results / "notebooks").iterdir()) == []
        assert not (results / "numbers").exists()

    @pytest.mark.parametrize("times", [1, runner.STARTS])
    def test_a_kernel_whose_port_another_took_is_started_again(
        self, project, monkeypatch, capfd, times
    ):
        find, asked = LocalPortCache.find_available_port, []
        with socket.create_server(("127.0.0.1", 0)) as taken:

            def port(cache: LocalPortCache, ip: str) -> int:
                asked.append(ip)
                is_first, start = len(asked) % 5 == 1, len(asked) // 5  # a kernel has five
                return taken.getsockname()[1] if is_first and start < times else find(cache, ip)

            monkeypatch.setattr(LocalPortCache, "find_available_port", port)
            notebook = write_notebook(project, "01_mini", BODY)
            if times < runner.STARTS:
                assert run(project, notebook).is_file()
            else:
                with pytest.raises(RunFailed, match="was started 3 times; .*doctor` says"):
                    run(project, notebook)
        assert len(asked) == 5 * min(times + 1, runner.STARTS)
        assert capfd.readouterr().err.count("01_mini.ipynb: Kernel died") == min(times, 2)

    def test_a_kernel_that_ends_in_the_middle_is_not_started_again(self, project):
        body = "import os, signal\nos.kill(os.getpid(), signal.SIGTERM if os.name == 'nt' else 9)"
        notebook = write_notebook(project, "01_mini", body)
        with pytest.raises(RunFailed, match="ended in the middle, as where memory runs out"):
            run(project, notebook)
        assert not (project / "results" / "mini" / "numbers").exists()


@pytest.mark.parametrize(
    ("own", "study_dir", "words"),
    [
        ("{facter: 1}", "data/mini", "unknown key 'facter'. Did you mean 'factor'"),
        ("{factor: two}", "data/mini", "'two' is a text; expected a number"),
        ("{}", "data/elsewhere", "data/elsewhere is not a folder"),
    ],
)
def test_a_wrong_setting_stops_before_any_cell_runs(no_kernel, project, own, study_dir, words):
    write_params(project, own, study_dir)
    marker = project / "ran"
    notebook = write_notebook(project, "01_mini", f"open({str(marker)!r}, 'w').close()", BODY)
    with pytest.raises(InputError, match=words):
        run(project, notebook)
    assert not marker.exists()
    assert not (project / "results").exists()


def test_an_earlier_notebook_that_has_not_run_is_named(no_kernel, project):
    notebook = write_notebook(project, "02_mini", after=["01_mini"])
    write_notebook(project, "01_mini", BODY)
    with pytest.raises(InputError, match="notebook 01_mini has to run first"):
        run(project, notebook)


@pytest.mark.slow
def test_a_failure_keeps_the_earlier_result(no_kernel, project):
    executed = run(project, write_notebook(project, "01_mini", BODY))
    before = executed.read_bytes()
    with pytest.raises(RunFailed):
        run(project, write_notebook(project, "01_mini", "1 / 0"))
    assert executed.read_bytes() == before


@pytest.mark.slow
def test_what_a_killed_run_left_is_not_taken_for_a_result(no_kernel, project):
    notebook = write_notebook(project, "01_mini", BODY)
    folder = project / "results" / "mini" / "notebooks"
    folder.mkdir(parents=True)
    (folder / ".01_mini.partial.ipynb").write_text("{")
    executed = run(project, notebook)
    assert [path.name for path in folder.iterdir()] == [executed.name]


TABLE = 'report.table("mini_table", report.study.tables["patient"], rows="patient")'


@pytest.mark.parametrize(
    ("body", "writes", "save", "words"),
    [
        (BODY, (), False, "did not write numbers/01_mini.json"),
        (BODY, ("tables/mini_table.csv",), True, "declared but not written: tables/mini_table.csv"),
        (TABLE, (), True, "written but not declared: tables/mini_table.csv"),
    ],
)
@pytest.mark.slow
def test_outputs_must_be_those_declared(no_kernel, project, body, writes, save, words):
    with pytest.raises(RunFailed, match=words):
        run(project, write_notebook(project, "01_mini", body, writes=writes, save=save))


@pytest.mark.slow
def test_a_file_no_longer_written_is_removed(no_kernel, project):
    run(project, write_notebook(project, "01_mini", TABLE, writes=["tables/mini_table.csv"]))
    table = project / "results" / "mini" / "tables" / "mini_table.csv"
    assert table.is_file()
    run(project, write_notebook(project, "01_mini", BODY))
    assert not table.exists()


def test_a_file_that_another_chapter_writes_now_is_kept(no_kernel, project):
    run(project, write_notebook(project, "01_mini", TABLE, writes=["tables/mini_table.csv"]))
    moved = TABLE.replace("mini_table", "other_table")
    first = write_notebook(project, "01_mini", moved, writes=["tables/other_table.csv"])
    run(project, write_notebook(project, "02_mini", TABLE, writes=["tables/mini_table.csv"]))
    run(project, first)
    kept = sorted(path.name for path in (project / "results/mini/tables").glob("*.csv"))
    assert kept == ["mini_table.csv", "other_table.csv"]


def test_results_of_a_study_stay_in_its_folder(no_kernel, project):
    notebook = write_notebook(project, "01_mini", BODY)
    with pytest.raises(InputError, match="belong in"):
        runner.run_notebook(notebook, project / "params/mini.yml", project / "other.ipynb")


class TestReproduce:
    @pytest.mark.slow
    def test_gives_the_same_numbers_and_leaves_the_published_ones(
        self, no_kernel, project, monkeypatch
    ):
        notebook = write_notebook(project, "01_mini", BODY)
        executed = run(project, notebook)
        before = executed.stat().st_mtime_ns

        def here(processes, command):
            runner.run_notebook(Path(command[1]), Path(command[3]), progress=False)

        monkeypatch.setattr(engine.Processes, "__call__", here)
        said = []
        old, new = reproduce(
            project / "params/mini.yml", project / "again", workers=1, say=said.append
        )
        moved = compare.compare_numbers(compare.read_numbers(old), compare.read_numbers(new))
        assert moved["state"].tolist() == ["same"]
        assert executed.stat().st_mtime_ns == before
        assert said[0] == "01_mini: made, because it has not run for this study"

    def test_starts_from_an_empty_place_only(self, project):
        shutil.copytree(project / "params", project / "again")
        with pytest.raises(InputError, match="is not empty"):
            reproduce(project / "params/mini.yml", project / "again", workers=1, say=print)


def test_every_command_loads_and_explains_itself():
    for name in group.list_commands(None):
        result = CliRunner().invoke(group, [name, "--help"])
        assert result.exit_code == 0, result.output
        assert "Usage" in result.output


@pytest.mark.parametrize("given", [[], ["mini"], ["--params", "params/mini.yml"]])
def test_a_study_is_given_by_its_name_or_its_params_file(project, monkeypatch, given):
    from compendium.cli.options import of_study

    monkeypatch.setattr("compendium.cli.options.DEMO", "mini")
    monkeypatch.chdir(project)
    found = []
    command = click.command()(of_study(lambda params: found.append(params.resolve())))
    assert CliRunner().invoke(command, given).exit_code == 0
    assert found == [project / "params/mini.yml"]
    twice = CliRunner().invoke(command, ["mini", "--params", "params/mini.yml"])
    assert "name the study once" in twice.output
    assert "Begin the study with" in str(CliRunner().invoke(command, ["none"]).exception)
