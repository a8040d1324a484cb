"""What all tests share: the small project, its book, and the synthetic study, once a test run.

What makes them is imported where it is used, so that a run of one quick file does not load it.
"""

import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: as the command has it

import pytest
from filelock import FileLock

if TYPE_CHECKING:
    from compendium.synthetic.study import SyntheticStudy

ROOT = Path(__file__).resolve().parents[1]
SEED = 20251218  # of the demo
collect_ignore = ["third_study"]  # files that a test adds to a copy of the project


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as external each test that asks for public data."""
    for item in items:
        if "external" in getattr(item, "fixturenames", ()):
            item.add_marker("external")


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root."""
    return ROOT


@pytest.fixture(scope="session")
def external() -> Callable[[str], Path]:
    """Public data by its path in COMPENDIUM_EXTERNAL; the test is skipped by name without it."""
    base = Path(os.environ.get("COMPENDIUM_EXTERNAL", ROOT.parent / "shared" / "external"))

    def find(relative: str) -> Path:
        path = base / relative
        if not path.exists():
            pytest.skip(f"COMPENDIUM_EXTERNAL has no {relative}")
        return path

    return find


Once = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Fill a folder of that name once a test run, whichever test process comes first."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base

    def fill(name: str, make: Callable[[Path], object]) -> Path:
        folder, done = shared / name, shared / f"{name}.done"
        with FileLock(shared / f"{name}.lock"), pytest.MonkeyPatch.context() as patch:
            patch.setenv("COMPENDIUM_ROOT", str(folder))
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                make(folder)
                done.touch()
        return folder

    return fill


@pytest.fixture(scope="session")
def mini(once: Once) -> Path:
    """The small project, its notebooks run; to be read or copied, not changed."""
    from mini_study import write_mini

    return once("mini 研究", write_mini)  # as a folder is named where it is used


@pytest.fixture
def project(mini: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the small project to spoil."""
    root = tmp_path / "project"
    shutil.copytree(mini, root)
    monkeypatch.setenv("COMPENDIUM_ROOT", str(root))
    return root


@pytest.fixture(scope="session")
def mini_book(once: Once) -> Path:
    """The small project with its book; to be read only."""
    from mini_study import THRESHOLD, write_mini, write_sweep

    from compendium.pipeline.book import make_book

    def made(folder: Path) -> None:
        params = write_mini(folder)
        write_sweep(folder / "results" / "mini")
        make_book(params, threshold=THRESHOLD)

    return once("mini-book 研究", made)


@pytest.fixture(scope="session")
def demo_drawn(once: Once) -> "SyntheticStudy":
    """The synthetic study of `make`, as it is before it is written; not to be changed."""
    from compendium.synthetic import TRUTHS
    from compendium.synthetic.study import make_study

    def draw(folder: Path) -> None:
        study = make_study(TRUTHS["assumed"], SEED)
        (folder / "study.pickle").write_bytes(pickle.dumps(study))

    return pickle.loads((once("drawn", draw) / "study.pickle").read_bytes())


@pytest.fixture(scope="session")
def demo_tables(once: Once, demo_drawn: "SyntheticStudy") -> Path:
    """Its folder without the images; to be read or copied, not changed."""
    from compendium.synthetic.writing import write_study

    return once("demo", lambda folder: write_study(demo_drawn, folder, tables_only=True, workers=1))
