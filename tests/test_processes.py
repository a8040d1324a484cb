"""Nobody writes on when whoever started them is gone, and nobody works where another does."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from made_project import write_notebook, write_project

from compendium.errors import InputError, RunFailed
from compendium.pipeline.make import Processes
from compendium.processes import alone, end_tree

pytestmark = pytest.mark.slow
UNTIL_S = 60
TICKS = (  # a chapter that writes on and on, while the file is there that holds it up
    "import os, time\nfrom pathlib import Path\n"
    "hold = Path(report.results_dir).parents[1] / 'hold'\n"
    "while hold.exists():\n    with (hold.parent / 'ticks').open('a') as ticks:\n"
    "        print(os.getpid(), file=ticks)\n    time.sleep(0.02)"
)
TWO_OF_THEM = (
    "import subprocess, sys\n"
    "child = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=-1)\n"
    "print(child.pid, flush=True)\nchild.wait()"
)


def until(true) -> None:
    """Wait for something, with an end."""
    end = time.monotonic() + UNTIL_S
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def runs(process: int) -> bool:
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def ticking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one chapter, which goes on until it is let go."""
    write_project(tmp_path)
    for name in ("02_scores", "03_images", "05_late"):
        (tmp_path / f"notebooks/{name}.ipynb").unlink()
    write_notebook(tmp_path, "01_base", [TICKS, "report.number('n', 1, format='d')"], ())
    notebook = tmp_path / "notebooks/01_base.ipynb"
    notebook.write_text(notebook.read_text().replace("tables/base.csv", "numbers/01_base.json"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "src"))
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    return tmp_path


def made(root: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "compendium.cli", "make", "small", "--until", "results"]
    return subprocess.Popen(command, cwd=root, stdout=-1, stderr=-1, text=True)


def test_when_make_is_killed_no_kernel_writes_on_and_the_next_is_whole(ticking: Path) -> None:
    ticks, hold = ticking / "ticks", ticking / "hold"
    hold.touch()
    driver = made(ticking)
    until(ticks.exists)
    worker = psutil.Process(driver.pid).children()[0].pid
    os.kill(driver.pid, signal.SIGKILL)
    driver.communicate()
    until(lambda: not runs(worker))
    kernel = int(ticks.read_text().split()[0])
    assert not runs(kernel)
    written = ticks.read_text()
    hold.unlink()
    again = made(ticking)
    said = again.communicate()
    assert again.returncode == 0, said
    assert ticks.read_text() == written
    assert not [path for path in ticking.rglob("*partial*")]


def test_a_sweep_s_workers_end_with_it(tmp_path: Path) -> None:
    program = (
        "import os, time\nfrom pathlib import Path\n"
        "from compendium.sweeps.parallel import on, _map\n"
        "def tick(place):\n    while True:\n        with Path(place).open('a') as ticks:\n"
        "            print(os.getpid(), file=ticks)\n        time.sleep(0.02)\n"
        "with on(None):\n    list(_map(tick, ['a', 'b'], 2))"
    )
    driver = subprocess.Popen([sys.executable, "-c", program], cwd=tmp_path, stderr=-1)
    places = [tmp_path / "a", tmp_path / "b"]
    until(lambda: all(place.exists() for place in places))
    driver.kill()
    driver.communicate()
    until(lambda: not any(runs(int(place.read_text().split()[0])) for place in places))


def test_one_of_a_tree_is_ended() -> None:
    top = subprocess.Popen([sys.executable, "-c", TWO_OF_THEM], stdout=-1, text=True)
    child = int(top.stdout.readline())
    end_tree(child)
    assert not runs(child)
    top.communicate()
    end_tree(child)  # is gone already


def test_what_is_stopped_ends_and_begins_nothing_more() -> None:
    processes = Processes()
    top = subprocess.Popen([sys.executable, "-c", TWO_OF_THEM], stdout=-1, text=True)
    child = int(top.stdout.readline())
    processes._running.add(top)
    processes.stop()
    assert not runs(child)
    top.communicate()
    with pytest.raises(RunFailed, match="was stopped"):
        processes(["status"])


def test_where_another_works_is_refused_and_free_when_it_has_ended(tmp_path: Path) -> None:
    lock = tmp_path / "new" / "lock"
    with alone(lock, "busy"), pytest.raises(InputError, match="busy"), alone(lock, "busy"):
        pass
    with alone(lock, "busy"):
        pass
