"""Parameters of notebooks and the params file of a study, checked strictly before any cell runs."""

import ast
import difflib
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from compendium.errors import InputError
from compendium.notebook_file import read_notebook

Value = bool | int | float | str | list[Any]
SHARED = ("study_dir", "results_dir", "seed")


@dataclass(frozen=True)
class Parameter:
    """One assignment of a notebook's parameters cell: its default and the comment behind it."""

    name: str
    default: Value
    meaning: str


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML in which a key given twice is an error; plain YAML silently keeps the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                line = node.start_mark.line + 1
                raise InputError(
                    f"{node.start_mark.name}, mapping at line {line}: the key "
                    f"{key!r} is given twice; keep one of them."
                )
        return super().construct_mapping(node, deep)


def declared_parameters(notebook: Path) -> dict[str, Parameter]:
    """The parameters of a notebook, by name, in the order of its cell tagged `parameters`.

    Raises:
        InputError: no such notebook, no such cell or more than one, or a line in it that is not
            `name = literal`, which is all that a parameter may be.
    """
    cells = [cell for cell in read_notebook(notebook).cells if "parameters" in cell.tags]
    if len(cells) != 1:
        raise InputError(
            f"{notebook}: {len(cells)} cells are tagged `parameters`; exactly one is expected."
        )
    lines = cells[0].source.splitlines()
    declared = {}
    for statement in ast.parse(cells[0].source).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                default = _literal(notebook, name, value)
            case _:
                raise InputError(
                    f"{notebook}, parameters cell, line {statement.lineno}: "
                    f"{lines[statement.lineno - 1]!r} is not `name = value`."
                )
        # Behind the end of the value, so that a `#` within a string is not taken for a comment.
        rest = lines[(statement.end_lineno or 1) - 1].encode()[statement.end_col_offset or 0 :]
        declared[name] = Parameter(name, default, rest.decode().strip().lstrip("#").strip())
    return declared


def _literal(notebook: Path, name: str, node: ast.expr) -> Value:
    try:
        value = ast.literal_eval(node)
    except ValueError:
        value = None
    if not isinstance(value, bool | int | float | str | list):
        raise InputError(
            f"{notebook}, parameter {name}: its default must be a number, a text, True, False or "
            f"a list of these, so that its type is known."
        )
    return value


def checked(where: str, parameter: Parameter, value: object) -> Value:
    """`value` as the type of the parameter's default; whole numbers pass for floats.

    Raises:
        InputError: another type, with the place, the value and what was expected.
    """
    default = parameter.default
    if isinstance(default, list) and isinstance(value, list):
        if not default:
            return value
        return [checked(where, Parameter(parameter.name, default[0], ""), item) for item in value]
    if type(default) is float and type(value) is int:
        return float(value)
    if type(default) is type(value) and isinstance(value, bool | int | float | str):
        return value
    raise InputError(
        f"{where}, {parameter.name}: {value!r} is {_kind(value)}; expected {_kind(default)}, "
        f"as in the notebook's default {default!r}."
    )


def _kind(value: object) -> str:
    names = {
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        str: "a text",
        list: "a list",
        dict: "a mapping",
        type(None): "empty",
    }
    return names.get(type(value), f"a {type(value).__name__}")


def read_params(path: Path) -> dict[str, Any]:
    """The params file of a study: `study_dir`, `results_dir`, `seed`, and `notebooks`.

    Raises:
        InputError: the file is missing, not YAML, or has a key that means nothing.
    """
    if not path.is_file():
        raise InputError(f"{path}: there is no such params file. Copy params/template.yml to it.")
    try:
        params = yaml.load(path.read_text(encoding="utf-8-sig"), _UniqueKeyLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path}: not readable as YAML in UTF-8 ({error}). Mend that place."
        ) from None
    if not isinstance(params, dict):
        raise InputError(f"{path}: expected `key: value` lines; found {_kind(params)}.")
    allowed = (*SHARED, "notebooks", "title", "mapping")
    _refuse_unknown(str(path), params, allowed)
    for key in SHARED:
        if key not in params:
            raise InputError(f"{path}: the key {key!r} is missing. See params/template.yml.")
    overrides = params.setdefault("notebooks", {}) or {}
    if not isinstance(overrides, dict) or not all(isinstance(v, dict) for v in overrides.values()):
        raise InputError(
            f"{path}, notebooks: expected a mapping of notebook to its parameters, "
            f"such as `02_trop2_ihc: {{reader_rule: mean}}`."
        )
    params["notebooks"] = overrides
    return params


def _refuse_unknown(where: str, given: dict[Any, Any], allowed: tuple[str, ...]) -> None:
    for key in given:
        if key not in allowed:
            near = difflib.get_close_matches(str(key), allowed, n=1)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            raise InputError(f"{where}: unknown key {key!r}. {hint}Known: {', '.join(allowed)}.")


def notebook_parameters(notebook: Path, params_file: Path) -> dict[str, Value]:
    """Every parameter that a notebook will run with: its defaults under the study's settings.

    Args:
        notebook: the notebook, whose parameters cell declares names and types.
        params_file: the study's YAML.

    Raises:
        InputError: an unknown notebook or name, or a wrong type, in the params file.
    """
    declared = declared_parameters(notebook)
    params = read_params(params_file)
    notebooks = tuple(sorted(path.stem for path in notebook.parent.glob("*.ipynb")))
    _refuse_unknown(f"{params_file}, notebooks", params["notebooks"], notebooks)
    own = params["notebooks"].get(notebook.stem, {})
    _refuse_unknown(f"{params_file}, notebooks, {notebook.stem}", own, tuple(declared))
    for key in SHARED:
        if key in own:
            raise InputError(
                f"{params_file}, notebooks, {notebook.stem}: {key!r} is one for the "
                f"whole study; set it at the top of the file."
            )
    given = {key: params[key] for key in SHARED if key in declared} | own
    return {
        name: checked(f"{params_file}, {notebook.stem}", parameter, given[name])
        if name in given
        else parameter.default
        for name, parameter in declared.items()
    }
