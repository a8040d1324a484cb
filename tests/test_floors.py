"""The import contracts of pyproject.toml fail on what they are there for.

That the packages keep them is a house rule, tested with the others.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LINT = Path(sys.executable).with_name("lint-imports")
HEAVY = {"sksurv", "lifelines", "sklearn", "dask"}


def contracts() -> dict[str, dict]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {one["name"]: one for one in project["tool"]["importlinter"]["contracts"]}


def broken(folder: Path) -> list[str]:
    """Names of the contracts that the packages in a folder break."""
    done = subprocess.run(
        [LINT, "--no-cache", "--config", ROOT / "pyproject.toml"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert "Contracts: " in done.stdout, done.stdout + done.stderr
    return [line.removesuffix(" BROKEN") for line in done.stdout.splitlines() if "BROKEN" in line]


@pytest.fixture
def source(tmp_path):
    """A copy of the packages in which a test may plant an import."""
    return Path(shutil.copytree(ROOT / "src", tmp_path / "src"))


def plant(source: Path, module: str, line: str) -> None:
    path = source / f"{module}.py"
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("compendium/estimates", "from compendium.cli import main", "Rooms import downwards"),
        ("compendium/trop2/ihc", "import compendium.tsh.effect", "Rooms import downwards"),
        ("petsuv/text", "import petsuv.grid", "The engine's modules import downwards"),
        ("petsuv/text", "import compendium.files", "The engine knows nothing of the compendium"),
    ],
)
@pytest.mark.slow
def test_an_upward_or_sideward_import_is_found(source, module, line, contract):
    plant(source, module, line)
    assert contract in broken(source)


@pytest.mark.slow
def test_a_circle_within_a_room_is_found(source):
    plant(source, "compendium/study/problems", "from compendium.study.reading import read_study")
    assert broken(source) == ["Nothing imports in a circle"]


@pytest.mark.slow
def test_a_room_without_a_floor_is_found(source):
    (source / "compendium" / "attic.py").write_text('"""A new room."""\n')
    assert broken(source) == ["Rooms import downwards"]


def test_contributing_shows_the_same_floors():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (picture,) = re.findall(r"```\n(  cli.*?)  ```", text, re.S)
    shown = [re.split(r"\s{2,}", line.strip())[0] for line in picture.splitlines()]
    assert shown == [*contracts()["Rooms import downwards"]["layers"], "petsuv"]


DISCLOSE = """
from compendium.cli import group
group(["disclose", "--params", sys.argv[1]], standalone_mode=False)
"""


@pytest.mark.slow
@pytest.mark.parametrize("program", ["import compendium.cli", DISCLOSE])
def test_what_needs_no_model_loads_no_library_of_models(program, mini, monkeypatch):
    monkeypatch.setenv("COMPENDIUM_ROOT", str(mini))
    params = mini / "params" / "mini.yml"
    loaded = f"print('loaded:', *{HEAVY} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{program}\n{loaded}", params],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded:"
