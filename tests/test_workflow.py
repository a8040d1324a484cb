"""What runs on a change: GitHub's workflows and the hooks of git, checked without either."""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner

ROOT = Path(__file__).resolve().parents[1]
WORKFLOWS = ROOT / ".github" / "workflows"
HOOKS = ROOT / ".pre-commit-config.yaml"


def jobs(name: str) -> dict[str, Any]:
    return yaml.safe_load((WORKFLOWS / f"{name}.yml").read_text(encoding="utf-8"))["jobs"]


def commands(job: dict[str, Any]) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step]


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        *(("github-workflows", path) for path in sorted(WORKFLOWS.glob("*.yml"))),
        ("citation-file-format", ROOT / "CITATION.cff"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_agrees_with_its_schema(schema: str, path: Path) -> None:
    called = ["--builtin-schema", f"vendor.{schema}", str(path)]
    done = CliRunner().invoke(check_jsonschema, called)
    assert done.exit_code == 0, done.output


def test_a_job_without_a_machine_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "checks.yml"
    text = (WORKFLOWS / "checks.yml").read_text(encoding="utf-8")
    broken.write_text(text.replace("    runs-on: ubuntu-24.04\n", ""))
    called = ["--builtin-schema", "vendor.github-workflows", str(broken)]
    assert CliRunner().invoke(check_jsonschema, called).exit_code == 1


def test_a_pull_request_runs_check_and_test() -> None:
    workflow = yaml.safe_load((WORKFLOWS / "checks.yml").read_text(encoding="utf-8"))
    assert "pull_request" in workflow[True]  # YAML 1.1 reads the key `on` as true
    assert {name: commands(job) for name, job in workflow["jobs"].items()} == {
        "check": ["make check"],
        "test": ["make test"],
    }


def test_only_the_tested_book_is_published() -> None:
    pages = jobs("pages")
    assert pages["test"] == {"uses": "./.github/workflows/checks.yml"}
    assert pages["publish"]["needs"] == "test"
    assert [step["uses"] for step in pages["publish"]["steps"]] == ["actions/deploy-pages@v4"]
    kept = jobs("checks")["test"]["steps"][-1]
    assert kept["with"]["path"] == "book/_build/html"
    assert kept["if"] == "github.event_name != 'pull_request'"


def test_workflows_call_targets_that_make_has() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^\.PHONY: ([a-z-]+)$", makefile, re.M))
    called = {
        line.removeprefix("make ")
        for path in WORKFLOWS.glob("*.yml")
        for job in jobs(path.stem).values()
        for line in (commands(job) if "steps" in job else [])
        if line.startswith("make ")
    }
    assert called <= targets
    assert {"check", "test"} <= called


def test_windows_installs_and_makes_the_study_without_make() -> None:
    (job,) = jobs("windows").values()
    assert commands(job) == [
        "python install.py",
        r".venv\Scripts\compendium make demo",
        r'.venv\Scripts\python -m pytest -m "not slow and not built"',
    ]
    assert job["runs-on"].startswith("windows")


def test_hooks_call_modules_of_the_active_environment() -> None:
    hooks = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))["repos"][0]["hooks"]
    assert {hook["language"] for hook in hooks} == {"system"}
    for hook in hooks:
        python, flag, module, *_ = hook["entry"].split()
        assert (python, flag) == ("python", "-m")
        assert find_spec(module), module


@pytest.mark.slow
def test_hooks_strip_and_format_what_is_committed(tmp_path: Path) -> None:
    shutil.copy(HOOKS, tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    cell = nbformat.v4.new_code_cell("1 + 1", execution_count=1)
    cell.outputs = [nbformat.v4.new_output("stream", text="2")]
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "a.ipynb")
    (tmp_path / "b.py").write_text("import sys, os\nprint( sys.path,os.sep )\n")
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(tmp_path / "home"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "HOME": str(tmp_path),
    }

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True
        )

    assert run("git", "init", "--quiet").returncode == 0
    assert run("git", "add", "a.ipynb", "b.py", HOOKS.name).returncode == 0
    first = run(sys.executable, "-m", "pre_commit", "run", "--files", "a.ipynb", "b.py")
    assert first.returncode == 1, first.stdout + first.stderr  # it mended both
    [mended] = nbformat.read(tmp_path / "a.ipynb", as_version=4).cells
    assert (mended.outputs, mended.execution_count) == ([], None)
    assert (tmp_path / "b.py").read_text() == "import os\nimport sys\n\nprint(sys.path, os.sep)\n"
    again = run(sys.executable, "-m", "pre_commit", "run", "--files", "a.ipynb", "b.py")
    assert again.returncode == 0, again.stdout + again.stderr
