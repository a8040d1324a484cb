"""Every declared dependency is used: imported by our code, or by a command with a reason."""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DECLARED = PYPROJECT["project"]["dependencies"]
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
REASONS = PYPROJECT["tool"]["compendium"]["used-without-import"]
FOR_USERS = ("src", "book", "notebooks")
FOR_DEVELOPERS = ("tests", "benchmarks", "offline")
BY_NAME = {"import_module", "find_spec"}  # how what is optional is imported


def normal(requirement: str) -> str:
    """A requirement's name as indexes compare it."""
    return re.split(r"[^A-Za-z0-9_.-]", requirement)[0].lower().replace("_", "-")


def modules(source: str) -> Iterator[str]:
    """Top-level modules that some code imports, by statement or by name."""
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module]
        elif isinstance(node, ast.Call) and node.args:
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            constant = node.args[0]
            if called in BY_NAME and isinstance(constant, ast.Constant):
                names = [constant.value]
        yield from (name.split(".")[0] for name in names)


def sources(folder: str) -> Iterator[str]:
    for path in sorted((ROOT / folder).rglob("*")):
        if "_build" in path.parts:
            continue
        if path.suffix == ".py":
            yield path.read_text(encoding="utf-8")
        elif path.suffix == ".ipynb":
            cells = nbformat.read(path, as_version=4).cells
            yield from (cell.source for cell in cells if cell.cell_type == "code")


known = cache(packages_distributions)


@cache
def imported_in(folder: str) -> frozenset[str]:
    """Top-level modules that the code in a folder imports."""
    return frozenset(name for source in sources(folder) for name in modules(source))


def distributions(names: Iterable[str]) -> set[str]:
    """Where top-level modules come from."""
    return {normal(dist) for name in names for dist in known().get(name, [name])}


def imported(folders: Iterable[str]) -> set[str]:
    """Distributions whose modules the code in some folders imports."""
    return distributions(name for folder in folders for name in imported_in(folder))


def unused(declared: Iterable[str], used: set[str], reasons: Iterable[str]) -> list[str]:
    return [name for name in map(normal, declared) if name not in used | set(reasons)]


@pytest.mark.slow
def test_every_dependency_is_imported_or_has_a_reason():
    for_users = imported(FOR_USERS)
    assert unused(DECLARED, for_users, REASONS) == []
    everywhere = for_users | imported(FOR_DEVELOPERS)
    assert unused([name for extra in EXTRAS.values() for name in extra], everywhere, REASONS) == []


@pytest.mark.slow
def test_a_reason_is_of_a_dependency_that_nothing_imports():
    names = {normal(name) for name in [*DECLARED, *(n for extra in EXTRAS.values() for n in extra)]}
    assert set(REASONS) <= names
    assert set(REASONS) & imported(FOR_USERS + FOR_DEVELOPERS) == set()
    assert [name for name, reason in REASONS.items() if len(reason.split()) < 3] == []


@pytest.mark.parametrize(
    ("declared", "source", "reasons", "left"),
    [
        ("pingouin", "import numpy", {}, ["pingouin"]),
        ("numpy>=2", "import numpy.linalg as la", {}, []),
        ("beautifulsoup4", "from bs4 import Tag", {}, []),
        ("resvg-py", 'import_module("resvg_py")', {}, []),
        ("jupyterlab", "x = 1", {"jupyterlab": "the workbench of make lab"}, []),
    ],
)
def test_what_counts_as_used(declared, source, reasons, left):
    assert unused([declared], distributions(modules(source)), reasons) == left
