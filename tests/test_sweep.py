"""A sweep runs what is missing and nothing twice, whatever stops it, and tells it in one table."""

import builtins
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import cache
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from filelock import FileLock
from test_pipeline import PATHOLOGY, PATIENT

from compendium.errors import InputError, RunFailed
from compendium.pipeline.code import Code
from compendium.pipeline.fingerprint import Present
from compendium.pipeline.run import Way, run_notebook
from compendium.remembered import Remembered, remembered_in
from compendium.sweeps import driving, parallel, worker
from compendium.sweeps.asked import id_of, read_sweep
from compendium.sweeps.cost import PARTS, Meter
from compendium.sweeps.in_process import register
from compendium.sweeps.progress import Progress, said
from compendium.sweeps.tables import failed_in

ROOT = Path(__file__).resolve().parents[1]
PARAMETERS = """study_dir = "data/mini"  # folder of the study
results_dir = "results/mini"  # folder of the results
seed = 1  # of all random numbers
rules = {}  # departures
factor = 2.0  # multiplies
"""
OPEN = 'from compendium.report import Report\n\nreport = Report("{name}", globals())'
CELLS = {
    "01_base": (
        "people = report.study.tables['patient']",
        "table = people.assign(limit=report.rules.tg_ratio)[['sex', 'limit']]",
        "report.number('base_limit', report.rules.tg_ratio, format='g')",
        "report.table('base', table, rows='setting')",
    ),
    "02_late": (
        "base = report.read('01_base', 'base')",
        "drawn = report.rng('late').normal()",
        "report.number('late_product', factor * float(base['limit'].sum()), format='g')",
        "report.number('late_drawn', drawn, format='g')",
        "report.number('late_word', 'a word')",
        "report.number('late_end', report.rules.pd_mm, format='g')",
    ),
}
ALL = {"tg_ratio": [0.6, 0.7], "pd_mm": [5.0, 6.0], "factor": [1.0, 2.0], "pr_share": [0.3, 0.4]}


def write_chapter(root: Path, name: str, *more: str) -> None:
    code = nbformat.v4.new_code_cell
    sources = [OPEN.format(name=name), *more, *CELLS[name], "report.save()"]
    cells = [code(PARAMETERS, metadata={"tags": ["parameters"]}), *map(code, sources)]
    book = nbformat.v4.new_notebook(cells=cells)
    for place, cell in enumerate(cells):
        cell.id = f"{name}-{place}"
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "P", "language": "python"}
    tables = ["tables/base.csv"] if name == "01_base" else []
    after = [] if name == "01_base" else ["01_base"]
    book.metadata["compendium"] = {"after": after, "writes": [*tables, f"numbers/{name}.json"]}
    nbformat.write(book, root / f"notebooks/{name}.ipynb")


@pytest.fixture
def project(tmp_path: Path, monkeypatch) -> Path:
    for folder in ("notebooks", "params", "data/mini/tables"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "data/mini/tables/patient.csv").write_text(PATIENT)
    (tmp_path / "data/mini/tables/pathology.csv").write_text(PATHOLOGY)
    (tmp_path / "params/mini.yml").write_text(
        "study_dir: data/mini\nresults_dir: results/mini\nseed: 3\n"
    )
    for name in CELLS:
        write_chapter(tmp_path, name)
    monkeypatch.setenv("COMPENDIUM_ROOT", str(tmp_path))
    base = base_of(tmp_path)
    monkeypatch.setattr(worker, "_began", lambda root: (base, worker.program_of(base)))
    return tmp_path


def base_of(project: Path) -> Present:
    """The project, with what is known of its modules, which are those of every test."""
    base = Present(project, Path(), {}, remembered_in(project))
    vars(base)["code"] = modules()
    return base


@cache
def modules() -> Code:
    return Code(ROOT, Remembered())


def asked(project: Path, axes: dict | None = None) -> Path:
    path = project / "trial.yml"
    block = {"studies": ["mini"], "chapters": ["02_late"], "grid": ALL if axes is None else axes}
    path.write_text(json.dumps(block))
    return path


def go(project: Path, axes: dict | None = None, *, workers: int = 1, **more) -> list[str]:
    """Carry a sweep out; returns what was said."""
    lines: list[str] = []
    base = base_of(project)
    sweep = read_sweep(asked(project, axes), project)
    options = {"scheduler": None} | more
    driving.carry_out_sweep(sweep, base, workers=workers, say=lines.append, **options)
    return lines


def table(project: Path, name: str = "numbers") -> pd.DataFrame:
    return pd.read_csv(project / f"results/mini/sweeps/trial/{name}.csv")


def of(project: Path, **setting) -> Path:
    return project / "results/mini/sweeps/trial" / id_of(setting)


def written(project: Path) -> dict[str, int]:
    """When each result was written."""
    folder = project / "results/mini/sweeps/trial"
    return {
        p.relative_to(folder).as_posix(): p.stat().st_mtime_ns for p in folder.rglob("*/*.json")
    }


@pytest.mark.slow
def test_what_a_setting_does_not_change_is_run_once(project):
    lines = go(project)
    assert lines[-1] == "32 of 32: 12 run, 20 shared"  # 2 × 2 of 01, 2 × 2 × 2 of 02
    found = table(project)
    assert len(found) == 16 * 5
    late = found[found["number"] == "late_product"]
    assert (late["value"] == late["factor"] * late["tg_ratio"]).all()
    ends = found[found["number"] == "late_end"]
    assert (ends["value"] == ends["pd_mm"]).all()
    assert set(found.loc[found["number"] == "late_word", "text"]) == {"a word"}
    assert table(project, "runs")["result_of"].notna().sum() == 20
    costs = table(project, "costs")
    assert len(costs) == len(table(project, "runs")) - 20
    assert (costs[list(PARTS)].sum(axis=1) > 0).all()
    pd.testing.assert_frame_equal(
        pd.read_parquet(project / "results/mini/sweeps/trial/numbers.parquet")[["value", "number"]],
        found[["value", "number"]],
    )


@pytest.mark.slow
def test_a_shared_result_is_that_of_a_run_of_its_own(project):
    go(project, {"tg_ratio": [0.6], "pr_share": [0.3, 0.4]})
    folder = of(project, tg_ratio=0.6, pr_share=0.4)
    assert json.loads((folder / "shared.json").read_text()) == {
        name: id_of({"tg_ratio": 0.6, "pr_share": 0.3}) for name in CELLS
    }
    shared = {name: json.loads((folder / f"numbers/{name}.json").read_text()) for name in CELLS}
    own = Path(shutil.move(folder, folder.with_name("taken")))
    for name in CELLS:
        folder.mkdir(exist_ok=True)
        shutil.copy(own / "params.yml", folder)
        notebook = project / f"notebooks/{name}.ipynb"
        run_notebook(notebook, folder / "params.yml", progress=False, way=Way(register()))
        fresh = json.loads((folder / f"numbers/{name}.json").read_text())
        for record in (fresh, shared[name]):
            assert "sweeps/trial" in record["parameters"].pop("results_dir")
        assert fresh == shared[name]


@pytest.mark.slow
def test_what_is_finished_is_not_run_again(project):
    go(project, {"tg_ratio": [0.6, 0.7]})
    before = written(project)
    assert go(project, {"tg_ratio": [0.6, 0.7]})[-1] == "4 of 4: 4 fresh"
    assert written(project) == before
    assert go(project, {"tg_ratio": [0.6, 0.7, 0.8]})[-1] == "6 of 6: 2 run, 4 fresh"
    (of(project, tg_ratio=0.7) / "tables/base.csv").unlink()  # of which nothing may be taken
    assert go(project, {"tg_ratio": [0.6, 0.7, 0.8]})[-1] == "6 of 6: 1 run, 5 fresh"


@pytest.mark.slow
def test_a_changed_table_makes_the_runs_anew(project):
    go(project, {"tg_ratio": [0.6, 0.7]})
    patients = project / "data/mini/tables/patient.csv"
    patients.write_text(PATIENT + PATIENT.splitlines()[1].replace("P1", "P2") + "\n")
    pathology = project / "data/mini/tables/pathology.csv"
    pathology.write_text(PATHOLOGY + PATHOLOGY.splitlines()[1].replace("P1", "P2") + "\n")
    assert go(project, {"tg_ratio": [0.6, 0.7]})[-1] == "4 of 4: 4 run"
    found = table(project).query("number == 'late_product'")
    assert found["value"].tolist() == [2 * 2 * 0.6, 2 * 2 * 0.7]


FAILS = "if report.rules.tg_ratio > 0.65:\n    raise ValueError(f'no {report.rules.tg_ratio}')"


@pytest.mark.slow
def test_a_run_that_fails_is_kept_and_stops_no_other(project):
    write_chapter(project, "01_base", FAILS)
    lines = go(project, {"tg_ratio": [0.6, 0.7]})
    assert lines[-1] == "4 of 4: 2 run, 2 failed"
    ended = table(project, "runs")
    assert ended["state"].tolist() == ["finished", "finished", "failed", "not run"]
    assert "01_base.ipynb, cell 3: ValueError: no 0.7." in ended["message"][2]
    assert (of(project, tg_ratio=0.7) / "failed/01_base.ipynb").is_file()
    assert set(table(project)["tg_ratio"]) == {0.6}
    write_chapter(project, "01_base")
    lines = go(project, {"tg_ratio": [0.6, 0.7]})
    assert lines[-1] == "4 of 4: 3 run, 1 fresh"  # the late one of 0.6 reads the same table
    assert not (of(project, tg_ratio=0.7) / "failed/01_base.ipynb").exists()


@pytest.mark.slow
def test_a_full_disk_stops_the_sweep_and_keeps_what_is_finished(project):
    full = "if report.rules.tg_ratio > 0.65:\n    raise OSError(28, 'No space left on device')"
    write_chapter(project, "02_late", full)
    with pytest.raises(RunFailed, match="no space left on the disk. Make room, and begin"):
        go(project, {"tg_ratio": [0.6, 0.7, 0.8]})
    write_chapter(project, "02_late", "")
    assert go(project, {"tg_ratio": [0.6, 0.7, 0.8]})[-1] == "6 of 6: 3 run, 3 fresh"


def test_a_disk_full_for_the_driver_is_told_likewise(tmp_path):
    said = f"^{tmp_path}: no space left on the disk. Make room, and begin the sweep again"
    with pytest.raises(RunFailed, match=said), driving._room(tmp_path):
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(PermissionError), driving._room(tmp_path):
        raise PermissionError(errno.EACCES, "Permission denied")


@pytest.mark.slow
def test_two_workers_of_which_one_is_killed_give_the_table_of_one_undisturbed(project):
    axes = {"tg_ratio": [0.6, 0.7, 0.8], "factor": [1.0, 2.0]}
    go(project, axes)
    undisturbed = table(project)
    shutil.rmtree(project / "results")
    dies = (
        "import os, pathlib, signal\nonce = pathlib.Path(report.results_dir).parents[3] / 'died'\n"
        "if report.rules.tg_ratio > 0.65 and not once.exists():\n"
        "    once.touch()\n    os.kill(os.getpid(), signal.SIGKILL)"
    )
    write_chapter(project, "02_late", dies)
    lines = go(project, axes, workers=2)
    assert any(line.startswith("A worker was lost; ") for line in lines)
    assert set(table(project, "runs")["state"]) == {"finished"}
    pd.testing.assert_frame_equal(table(project), undisturbed)


@pytest.mark.long
@pytest.mark.slow
def test_a_driver_that_is_killed_goes_on_where_it_was(project):
    write_chapter(project, "01_base", "import time\ntime.sleep(0.3)")
    axes = {"tg_ratio": [0.5, 0.6, 0.7, 0.8, 0.9]}
    command = [sys.executable, "-m", "compendium.cli", "sweep", str(asked(project, axes))]
    driver = subprocess.Popen([*command, "--workers", "1"], cwd=project)
    until = time.monotonic() + 60
    while not list(project.glob("results/mini/sweeps/trial/*/provenance/01_base.json")):
        assert time.monotonic() < until
        time.sleep(0.02)
    os.kill(driver.pid, signal.SIGKILL)
    driver.wait()
    before = written(project)
    there = [name for name in before if name.endswith("provenance/01_base.json")]
    assert 0 < len(there) < 5
    lines = go(project, axes)
    assert table(project, "runs")["state"].tolist() == ["finished"] * 10
    now = written(project)
    kept = [name for name in there if now[name] == before[name]]
    assert lines[-1].endswith("fresh") or f"{len(kept)} fresh" in lines[-1]
    assert len(kept) >= len(there) - 1  # but for the one that was being renamed


def test_a_worker_of_other_code_is_refused(project):
    base = base_of(project)
    program = worker.program_of(base)
    task = worker.Task(project, Path("a.ipynb"), Path("a.yml"), False, program)
    other = replace(task, program={**program, "numpy": "1.0"})
    with pytest.raises(InputError, match=r"runs other code than asked for \(numpy: .*, not 1.0\)"):
        worker.carry_out(other)
    newer = replace(task, program={**program, "module compendium.new": "abc"})
    with pytest.raises(InputError, match=r"module compendium.new: none, not abc"):
        worker.carry_out(newer)


def test_workers_of_a_cluster_that_have_other_code_or_no_project_are_refused(project):
    own = worker.program_here(project)

    class Client:
        def __init__(self, answer: object) -> None:
            self.answer = answer

        def run(self, asked, root, *, on_error):
            assert (asked, root, on_error) == (worker.program_here, project, "return")
            return {"tcp://there:1": self.answer}

    parallel._require_same_code(Client(own))
    with pytest.raises(InputError, match="tcp://there:1: .*other code.*numpy: 1.0, not"):
        parallel._require_same_code(Client(own | {"numpy": "1.0"}))
    with pytest.raises(InputError, match="tcp://there:1: cannot say .*No module"):
        parallel._require_same_code(Client(ModuleNotFoundError("No module compendium")))


def test_a_worker_whose_source_changed_is_refused(project, monkeypatch):
    base = base_of(project)
    program = worker.program_of(base)
    changed = {**program, "module compendium.report": "changed"}
    monkeypatch.setattr(worker, "_began", lambda root: (base, program))
    monkeypatch.setattr(worker, "program_of", lambda base: changed)
    task = worker.Task(project, Path("a.ipynb"), Path("a.yml"), False, program)
    with pytest.raises(InputError, match="began with other code .*module compendium.report"):
        worker.carry_out(task)


def test_a_second_sweep_of_the_name_is_refused(project):
    lock = project / "results/mini/sweeps/trial/.lock"
    lock.parent.mkdir(parents=True)
    with (
        FileLock(lock),
        pytest.raises(InputError, match="another sweep of that name is at work"),
    ):
        go(project, {"tg_ratio": [0.6]})


@pytest.mark.long
@pytest.mark.slow
def test_an_address_where_no_scheduler_is_is_refused(project):
    pytest.importorskip("distributed")
    code = (  # a client that finds none leaves threads behind: in a process of its own
        "import sys\nfrom compendium import cli\nfrom compendium.sweeps import parallel\n"
        "parallel.WAIT_S = 0.5\ncli.main()"
    )
    sweep = ["sweep", str(asked(project, {"tg_ratio": [0.6]})), "--scheduler"]
    for address in ("tcp://127.0.0.1:1", "nowhere://x"):
        said = subprocess.run(
            [sys.executable, "-c", code, *sweep, address], cwd=project, capture_output=True
        )
        assert said.returncode == 2
        assert f"--scheduler: {address!r} does not answer" in said.stderr.decode()


def test_what_a_run_costs_is_parted_by_its_cells_and_imports(monkeypatch):
    clock = iter([0.0, 1.0, 1.5, 3.0, 7.0, 8.0, 10.0])
    monkeypatch.setattr("time.process_time", lambda: next(clock))
    meter = Meter()
    meter.to_cell('report = Report("01_base", globals())')  # at 1.0
    before = meter.to("import")  # at 1.5
    meter.to(before)  # at 3.0
    meter.to_cell("found = 1")  # at 7.0
    meter.to_cell("report.save()")  # at 8.0
    meter.to("write")  # at 10.0
    spent = {"start": 1.0, "import": 1.5, "load": 4.5, "compute": 1.0, "write": 2.0}
    assert meter.seconds == spent


def test_imports_of_imports_count_once(monkeypatch):
    meter, usual = Meter(), builtins.__import__
    with meter.importing():
        import colorsys  # noqa: F401
    assert builtins.__import__ is usual
    assert meter.to("write") == "start"


@pytest.mark.parametrize(
    ("states", "said"),
    [
        (["finished", "finished", "finished", "finished"], ""),
        (["finished", "finished", "failed", "not run"], "wide: 1 of 2 settings failed"),
    ],
)
def test_settings_that_failed_are_counted_once_at_the_end(tmp_path, states, said):
    folder = tmp_path / "wide"
    folder.mkdir()
    runs = pd.DataFrame({"setting": ["a1", "a1", "b2", "b2"], "state": states})
    runs.to_csv(folder / "runs.csv", index=False)
    assert failed_in(folder) == said


def test_time_left_is_told_from_what_was_run(monkeypatch):
    lines: list[str] = []
    clock = iter([0.0, 10.0, 10.0, 10.0])
    monkeypatch.setattr("compendium.sweeps.progress.monotonic", lambda: next(clock))
    progress = Progress(10, lines.append)
    progress._counts["fresh"] = progress._there = 4
    progress.add("run", 2)
    assert lines == ["6 of 10: 2 run, 4 fresh; about 20 s left"]
    assert [said(s) for s in (59, 60, 3599, 5400)] == ["59 s", "1 min", "1 h 0 min", "1 h 30 min"]


@pytest.mark.long
@pytest.mark.slow
def test_a_dask_cluster_gives_the_table_of_one_worker_here(project):
    """A real scheduler and two workers on loopback, one of which is killed in the middle."""
    pytest.importorskip("distributed")
    axes = {"tg_ratio": [0.5, 0.6, 0.7, 0.8, 0.9], "factor": [1.0, 2.0]}
    go(project, axes)
    here = table(project)
    shutil.rmtree(project / "results")
    write_chapter(project, "02_late", "import time\ntime.sleep(0.5)")
    code = (  # in a process of its own, whose threads and loop are gone afterwards
        "import os, signal, sys, threading, time\n"
        "from pathlib import Path\n"
        "from distributed import LocalCluster\n"
        "from compendium import cli\n\n"
        "def kill(pid):\n"
        "    while not list(Path('results').glob('mini/sweeps/trial/*/provenance/02_late.json')):\n"
        "        time.sleep(0.02)\n"
        "    os.kill(pid, signal.SIGKILL)\n\n"
        "if __name__ == '__main__':\n"
        "    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)\n"
        "    pid = next(iter(cluster.workers.values())).pid\n"
        "    threading.Thread(target=kill, args=(pid,), daemon=True).start()\n"
        "    sys.argv[1:] = ['sweep', 'trial.yml', '--scheduler', cluster.scheduler_address]\n"
        "    cli.main()\n"
    )
    (project / "drive.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "drive.py"], cwd=project, capture_output=True, timeout=300
    )
    assert done.returncode == 0, done.stderr.decode()
    pd.testing.assert_frame_equal(table(project), here)
