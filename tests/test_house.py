"""The house rules: notebooks, environment and Makefile hold together."""

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from statistics import median

import nbformat
import pytest
import yaml

from compendium.notebook_file import chapter_files
from compendium.parameters import RULES, SHARED, declared_parameters
from compendium.settings import Settings
from compendium.study.params_template import params_text

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = chapter_files(ROOT / "notebooks")
NAMES = [path.stem for path in NOTEBOOKS]
MAX_CODE_LINES, MEDIAN_CODE_LINES = 15, 5


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def published_cells(path: Path) -> list[nbformat.NotebookNode]:
    """The code cells before the closing section, in which a reader changes things."""
    cells = nbformat.read(path, as_version=4).cells
    closing = [at for at, cell in enumerate(cells) if cell.source.startswith("## Change it")]
    return [cell for cell in cells[: min(closing, default=None)] if cell.cell_type == "code"]


def names_given(source: str) -> Iterator[str]:
    """The names that a cell imports or assigns, one by one."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign):
            yield from (
                name.id
                for target in node.targets
                for name in ast.walk(target)
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
            )
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)


def test_there_is_a_notebook_for_each_question():
    assert NAMES[:5] == [
        "01_cohort",
        "02_trop2_ihc",
        "03_pet_suvmax",
        "04_tsh_iodine_uptake",
        "05_survival",
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
class TestNotebook:
    def test_is_valid_and_stored_without_outputs(self, path):
        nbformat.validate(nbformat.read(path, as_version=4))
        for cell in code_cells(path):
            assert cell.outputs == []
            assert cell.execution_count is None

    def test_starts_with_a_title_and_ends_by_saving(self, path):
        cells = nbformat.read(path, as_version=4).cells
        assert re.search(r"^# \S", cells[0].source, re.M)
        assert "report.save()" in published_cells(path)[-1].source

    def test_has_the_shared_parameters_first_each_explained(self, path):
        declared = list(declared_parameters(path).values())
        assert [p.name for p in declared[:4]] == [*SHARED, RULES]
        assert [p.name for p in declared if not p.meaning] == []
        assert declared[3].default == {}

    def test_has_its_own_parameters_as_the_package_declares_them(self, path):
        for parameter in list(declared_parameters(path).values())[4:]:
            limit = Settings.declared[parameter.name]
            said = limit.unit.startswith("(") or limit.unit in limit.meaning
            unit = "" if said else limit.unit
            assert parameter.default == limit.default
            assert parameter.meaning == f"{limit.meaning}, {unit}".removesuffix(", ")

    def test_code_cells_are_short_and_define_nothing(self, path):
        for cell in code_cells(path):
            assert len(cell.source.splitlines()) <= MAX_CODE_LINES, cell.source
            for node in ast.walk(ast.parse(cell.source)):
                assert not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda)

    def test_half_of_its_code_cells_have_five_lines_at_most(self, path):
        cells = [c for c in code_cells(path) if "parameters" not in c.metadata.get("tags", [])]
        lines = [len([line for line in c.source.splitlines() if line.strip()]) for c in cells]
        assert median(lines) <= MEDIAN_CODE_LINES

    def test_uses_no_name_for_two_things(self, path):
        named = Counter(name for cell in code_cells(path) for name in set(names_given(cell.source)))
        assert [name for name, cells in named.items() if cells > 1] == []

    def test_ends_by_inviting_a_change_that_is_not_published(self, path):
        closing = code_cells(path)[len(published_cells(path)) :]
        assert 2 <= len(closing) <= 3
        assert not any("report.publish" in cell.source for cell in closing)

    def test_declares_what_it_reads_and_writes(self, path):
        contract = nbformat.read(path, as_version=4).metadata["compendium"]
        assert set(contract["after"]) <= set(NAMES)
        assert all(earlier < path.stem for earlier in contract["after"])
        assert f"numbers/{path.stem}.json" in contract["writes"]

    def test_reads_only_notebooks_that_it_comes_after(self, path):
        source = "\n".join(cell.source for cell in code_cells(path))
        read = set(re.findall(r'report\.read\(\s*"(\w+)"', source))
        assert read <= set(nbformat.read(path, as_version=4).metadata["compendium"]["after"])

    def test_names_no_machine(self, path):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"/home/|/root/|/Users/|[A-Z]:\\\\", text)


def test_the_template_explains_every_parameter_as_the_notebooks_do():
    written = (ROOT / "params" / "template.yml").read_text(encoding="utf-8")
    assert written == params_text("mystudy", ROOT / "notebooks")


def test_conda_users_get_the_versions_of_the_lock():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    *packages, pip = environment["dependencies"]
    assert packages == ["python=3.11", "make", "pip"]
    assert pip == {"pip": ["--require-hashes", "-r requirements.lock"]}


def test_the_lock_pins_every_dependency_with_hashes_and_no_address():
    lock = (ROOT / "requirements.lock").read_text()
    assert not re.search(r"https?://|--index|--find-links", lock)
    blocks = re.split(r"\n(?=\S)", lock.strip())
    for block in blocks:
        assert re.match(r"[a-z0-9._-]+==\S+", block), block
        assert "--hash=sha256:" in block


def test_every_direct_dependency_is_in_the_lock():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    direct = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(), re.M))
    names = {re.match(r"[A-Za-z0-9._-]+", line)[0].lower() for line in direct}
    assert names <= locked


def test_no_package_is_under_the_gpl_but_those_known_to_be():
    """docs/decisions/licences.md says what follows from each; petsuv needs none of them."""
    locked = re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(), re.M)
    found = set()
    for name in locked:
        with suppress(PackageNotFoundError):  # of another platform
            told = metadata(name)
            named = told.get("License-Expression") or told.get("License") or ""
            licence = named.partition("\n")[0] + str(told.get_all("Classifier"))
            if re.search(r"\bA?GPL|(?<!Lesser )General Public", licence):
                found.add(name)
    # docutils is for the most part in the public domain; one Emacs mode beside it is under the GPL
    assert found <= {"docutils", "ecos", "pingouin", "scikit-survival"}
    assert "scikit-survival" in found


@pytest.mark.slow
def test_imports_point_downwards_and_in_no_circle():
    """What breaks a contract is named; a new room needs its floor in pyproject.toml."""
    lint = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(lint, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_help_lists_every_public_target():
    makefile = (ROOT / "Makefile").read_text()
    public = set(re.findall(r"^\.PHONY: ([a-z-]+)$", makefile, re.M))
    described = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.M))
    assert public == described


@pytest.mark.parametrize("path", sorted((ROOT / "src").rglob("*.py")), ids=lambda p: p.name)
def test_no_assert_and_no_swallowed_exception_in_the_package(path):
    for node in ast.walk(ast.parse(path.read_text())):
        assert not isinstance(node, ast.Assert), node.lineno
        if isinstance(node, ast.ExceptHandler):
            assert not all(isinstance(line, ast.Pass) for line in node.body), node.lineno
