"""What code says and which of the project's modules it reaches; text, comments and layout apart.

A notebook's result depends on the modules that it imports, on those that they import, on the
packages that hold them, and on the data files beside them. Imports are taken from the code itself;
a module that is imported by its name (as the command line does) is found where that name is written
in full as a string, and a package that looks through its own folder (as `studies` does) reaches all
that is in it.
"""

import ast
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import grimp

from compendium.errors import InputError
from compendium.files import hidden
from compendium.notebook_file import read_notebook
from compendium.remembered import Remembered, digest

OURS = ("compendium", "petsuv")
DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?::\w+)?")
NOT_RUN = ("parameters", "injected-parameters")  # their values count, wherever they are given
NO_DATA = (".py", ".pyc", ".typed")


class Code:
    """The project's own modules: their code as hashes, and what reaches what.

    Args:
        root: the project; the packages in its src/ are its own, and so are this one and petsuv.
        remembered: what is known of files.
    """

    def __init__(self, root: Path, remembered: Remembered) -> None:
        self._remembered = remembered
        folders = _packages(root)
        graph = grimp.build_graph(*folders, cache_dir=None, exclude_type_checking_imports=True)
        self._imported = graph.find_modules_directly_imported_by
        self._files = {name: _file_of(name, folders) for name in graph.modules}
        self.packages = tuple(folders)

    def notebook(self, path: Path) -> tuple[str, list[str]]:
        """Hash of a notebook's code, and the names that it imports."""
        said = self._remembered.of("notebook", path, _read_cells)
        return said["code"], said["names"]

    def script(self, path: Path) -> tuple[str, list[str]]:
        """Hash of a Python file's code, and the names that it imports."""
        said = self._remembered.of("code", path, _read_script)
        return said["code"], said["names"]

    def reached(self, names: Iterable[str]) -> set[str]:
        """The project's modules that are imported with these names, each with its packages."""
        waiting = {module for name in names for module in self._modules_of(name)}
        reached: set[str] = set()
        while waiting:
            module = waiting.pop()
            reached.add(module)
            waiting |= (
                self._imported(module) | self._lazily(module) | _ancestors(module)
            ) - reached
        return reached

    def hashes(self, modules: Iterable[str]) -> dict[str, str]:
        """Hash of each module's code and of each data file that lies beside one, by name."""
        modules = set(modules)
        found = {name: self.script(self._files[name])[0] for name in modules}
        for folder, package in {
            self._files[m].parent: self._package_of(m) for m in modules
        }.items():
            for path in sorted(folder.iterdir()):
                if path.is_file() and path.suffix not in NO_DATA and not hidden(path.name):
                    found[f"{package}/{path.name}"] = self._remembered.of("text", path, of_text)
        return dict(sorted(found.items()))

    def texts(self, package: str) -> dict[str, str]:
        """Hash of the whole text, docstrings and all, of each module in a package."""
        names = (name for name in self._files if name == package or name.startswith(f"{package}."))
        return {n: self._remembered.of("text", self._files[n], of_text) for n in sorted(names)}

    def _modules_of(self, name: str) -> Iterator[str]:
        """The module that a dotted name is, or that holds it; none where it is not ours."""
        parts = re.split(r"[.:]", name)
        for length in range(len(parts), 0, -1):
            if (module := ".".join(parts[:length])) in self._files:
                yield module
                return

    def _lazily(self, module: str) -> set[str]:
        """The modules that code imports by their names, or by looking through its folder."""
        said = self._remembered.of("code", self._files[module], _read_script)
        looked = self._files if said["looks"] else ()
        inside = {name for name in looked if _ancestor(name) == module}
        return inside | {m for name in said["strings"] for m in self._modules_of(name)}

    def _package_of(self, module: str) -> str:
        inside = self._files[module].name == "__init__.py"
        return module if inside else _ancestor(module)


def of_text(path: Path) -> str:
    """Hash of a text file, the same whether its lines end as on Windows or as elsewhere."""
    return digest([path.read_bytes().replace(b"\r\n", b"\n")])


def _packages(root: Path) -> dict[str, Path]:
    """Folder of each package that is the project's own."""
    names = {*OURS, *(path.parent.name for path in (root / "src").glob("*/__init__.py"))}
    folders = {}
    for name in sorted(names):
        found = find_spec(name)
        if found is None or not found.submodule_search_locations:
            raise InputError(f"The package {name} is not installed here. Run `make env`.")
        folders[name] = Path(found.submodule_search_locations[0])
    return folders


def _file_of(module: str, folders: dict[str, Path]) -> Path:
    package, *parts = module.split(".")
    place = folders[package].joinpath(*parts)
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


def _ancestor(module: str) -> str:
    return module.rpartition(".")[0]


def _ancestors(module: str) -> set[str]:
    parts = module.split(".")
    return {".".join(parts[:length]) for length in range(1, len(parts))}


def _read_script(path: Path) -> dict[str, Any]:
    return _of_script(path.read_bytes(), path.name)


@cache
def _of_script(source: bytes, name: str) -> dict[str, Any]:
    tree = ast.parse(source, name)
    strings = sorted(_dotted_strings(tree))
    for node in ast.walk(tree):
        for block in ("body", "orelse", "finalbody"):
            if isinstance(statements := getattr(node, block, None), list):
                setattr(node, block, [line for line in statements if not _is_text(line)])
    return {
        "code": digest([ast.dump(tree).encode()]),
        "names": sorted({*_imports(tree), *strings}),
        "strings": strings,
        "looks": any(isinstance(n, ast.Name) and n.id == "__path__" for n in ast.walk(tree)),
    }


def _is_text(statement: ast.stmt) -> bool:
    """True for a docstring, or any string that stands alone: it does nothing."""
    match statement:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
    return False


def _imports(tree: ast.AST) -> Iterator[str]:
    """Dotted names that code imports: modules, or what is taken out of them."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from (f"{module}.{alias.name}" for alias in names)


def _dotted_strings(tree: ast.AST) -> set[str]:
    """Strings that may be the name of a module."""
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and DOTTED.fullmatch(node.value)
    }


def _read_cells(path: Path) -> dict[str, Any]:
    """Code of a notebook, cell by cell, with what its shown value hangs on."""
    parts, names = [], set()
    for cell in read_notebook(path).cells:
        if cell.kind != "code" or set(NOT_RUN) & set(cell.tags):
            continue
        tree = _parsed(cell.source)
        silent = cell.source.rstrip().endswith(";")  # IPython then shows nothing
        said = cell.source if tree is None else ast.dump(tree)
        # What is published notes the cell that it is of, and a figure its caption.
        parts.append(json.dumps([silent, said, cell.id, cell.caption]).encode())
        if tree is not None:
            names |= {*_imports(tree), *_dotted_strings(tree)}
    return {"code": digest(parts), "names": sorted(names)}


def _parsed(source: str) -> ast.AST | None:
    """A cell's code, its magics as IPython reads them; none where it is not code at all."""
    try:
        return ast.parse(source)
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager
    try:
        manager: Any = TransformerManager()  # type: ignore[no-untyped-call]
        plain: str = manager.transform_cell(source)
        return ast.parse(plain)
    except SyntaxError:
        return None
