"""Parameters of notebooks and the params file of a study, checked strictly before any cell runs."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compendium.errors import InputError
from compendium.files import project_root, require_apart
from compendium.limits import KINDS, Value, plain, refuse_unknown, typed
from compendium.notebook_file import chapter_files, read_notebook
from compendium.rules import Rules
from compendium.settings import Settings
from compendium.strict_yaml import read_yaml

SHARED = ("study_dir", "results_dir", "seed")
RULES = "rules"
# Keys of chapters in earlier params files that are not called so any more.
RENAMED = {
    "background_rule": "rules: avid_sds and avid_ratio, two numbers",
    ("02_trop2_ihc", "resamples"): "notebooks, 02_trop2_ihc: cutoff_resamples",
    ("05_survival", "resamples"): "notebooks, 05_survival: prediction_resamples",
}


@dataclass(frozen=True)
class Parameter:
    """One assignment of a notebook's parameters cell: its default and the comment behind it."""

    name: str
    default: Any
    meaning: str


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


def _literal(notebook: Path, name: str, node: ast.expr) -> Any:
    try:
        value = ast.literal_eval(node)
    except ValueError:
        value = None
    if isinstance(value, bool | int | float | str | list):
        return value
    if name == RULES and isinstance(value, dict):
        return value
    raise InputError(
        f"{notebook}, parameter {name}: its default must be a number, a text, True, False or "
        f"a list of these, so that its type is known."
    )


def checked(where: str, parameter: Parameter, value: object) -> Value:
    """`value` as what the parameter is declared to be.

    A parameter of the package has type, range and vocabulary in `Settings`; one of a notebook of
    somebody's own has the type of its default.

    Raises:
        InputError: another type or out of range, with the place, the value and what was expected.
    """
    limit = Settings.declared.get(parameter.name)
    if limit is not None:
        found: Value = limit.checked(value, where)
        return found
    default: Value = parameter.default
    expected = f"expected {KINDS[type(default)]}, as in the notebook's default {default!r}."
    return typed(default, value, f"{where}, {parameter.name}", expected)


def in_force(
    where: str, declared: Mapping[str, Parameter], given: Mapping[str, Any]
) -> tuple[dict[str, Value], Rules]:
    """A notebook's own parameters and the rules, from the values given and the defaults.

    Args:
        where: the place of the values, for messages.
        declared: the notebook's parameters.
        given: values by name; others than those declared are not looked at.
    """
    own = {
        name: checked(where, parameter, given.get(name, parameter.default))
        for name, parameter in declared.items()
        if name != RULES
    }
    block = given.get(RULES, declared[RULES].default) if RULES in declared else {}
    return own, rules_of(block, f"{where}, {RULES}")


def from_namespace(
    notebook: Path, namespace: Mapping[str, Any]
) -> tuple[dict[str, Value], Rules, list[dict[str, Any]]]:
    """What a running notebook's parameters are, held against what is registered.

    Args:
        notebook: as stored, whose parameters cell declares names and types.
        namespace: the running notebook's variables.

    Returns:
        Its own parameters; the rules; and each departure: name, value, registered, unit, meaning.

    Raises:
        InputError: a parameter has no value or one that is not possible, or a rule is set by
            itself, which would have no effect.
    """
    declared = declared_parameters(notebook)
    missing = [name for name in declared if name not in namespace]
    if missing:
        raise InputError(
            f"{notebook}: the parameters {', '.join(missing)} have no value. Run the "
            f"parameters cell first."
        )
    for name in Rules.declared:
        if name in namespace:
            raise InputError(
                f"{notebook}: {name} = {namespace[name]!r} has no effect by itself; it is a rule "
                f"of the whole study. Give it as {RULES} = {{{name!r}: {namespace[name]!r}}}."
            )
    own, rules = in_force(str(notebook), declared, namespace)
    found = []
    for name, value in (own | rules.departures).items():
        limit = Rules.declared.get(name) or Settings.declared.get(name)
        if limit is not None and limit.decides and value != plain(limit.default):
            about = {"unit": limit.unit, "meaning": limit.meaning}
            found.append({"name": name, "value": value, "registered": plain(limit.default)} | about)
    return own, rules, found


def rules_of(block: object, where: str) -> Rules:
    """The rules that a block `rules:` leaves in force.

    Args:
        block: a mapping, or YAML of one, as `papermill -p` hands it over; None for an empty block.

    Raises:
        InputError: no mapping, an unknown name, or a value that is not possible.
    """
    found = read_yaml(block, where) if isinstance(block, str) else block
    if found is None:
        found = {}
    if not isinstance(found, Mapping):
        raise InputError(f"{where}: {block!r} is no mapping; expected such as {{tg_ratio: 0.6}}.")
    return Rules.of(found, where)


def read_params(path: Path) -> dict[str, Any]:
    """The params file of a study: `study_dir`, `results_dir`, `seed`, `rules` and `notebooks`.

    Returns:
        Its mapping; `rules` holds those that depart from the registered values. A synthetic study
        also names its `truth`; only such a one is ever generated.

    Raises:
        InputError: the file is missing, not YAML, or has a key or rule that means nothing.
    """
    if not path.is_file():
        raise InputError(f"{path}: there is no such params file. Copy params/template.yml to it.")
    try:
        params = read_yaml(path.read_text(encoding="utf-8-sig"), str(path))
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not readable as UTF-8 ({error}). Mend that place.") from None
    if not isinstance(params, dict):
        raise InputError(f"{path}: expected `key: value` lines; found {KINDS[type(params)]}.")
    refuse_unknown(str(path), params, (*SHARED, RULES, "notebooks", "title", "truth"))
    for key in SHARED:
        if key not in params:
            raise InputError(f"{path}: the key {key!r} is missing. See params/template.yml.")
    require_apart(str(params["results_dir"]), str(params["study_dir"]), path, str(path))
    if not isinstance(truth := params.get("truth", ""), str):
        raise InputError(
            f"{path}, truth: {truth!r} is {KINDS[type(truth)]}; expected the name of a truth in "
            f'quotation marks, such as "null".'
        )
    params["notebooks"] = _chapters(path, params.get("notebooks") or {})
    params[RULES] = rules_of(params.get(RULES), f"{path}, {RULES}").departures
    return params


def _chapters(path: Path, chapters: object) -> dict[str, dict[str, Any]]:
    """The block `notebooks:`, with all its keys of earlier versions named at once."""
    if not isinstance(chapters, dict) or not all(isinstance(v, dict) for v in chapters.values()):
        raise InputError(
            f"{path}, notebooks: expected a mapping of notebook to its parameters, "
            f"such as `02_trop2_ihc: {{reader_rule: mean}}`."
        )
    moved = []
    for notebook, own in chapters.items():
        for key in own:
            place = RENAMED.get((notebook, key)) or RENAMED.get(key)
            if key in Rules.declared:
                place = f"{RULES}: {key}, once for the whole study"
            if place:
                moved.append(f"\n  - notebooks, {notebook}: {key} → {place}")
    if moved:
        raise InputError(
            f"{path}: limits stand in the block `{RULES}:` now, each once for all chapters. "
            f"Move these keys, or delete them to keep the registered value:{''.join(moved)}"
        )
    return chapters


def notebook_parameters(notebook: Path, params_file: Path) -> dict[str, Value | dict[str, Value]]:
    """Every parameter that a notebook will run with: its defaults under the study's settings.

    Args:
        notebook: the notebook, whose parameters cell declares names and types.
        params_file: the study's YAML.

    Returns:
        Values by name; `rules` are the departures only.

    Raises:
        InputError: an unknown notebook or name, or a value that is not possible, in the params
            file; or rules that the notebook has no parameter for.
    """
    declared = declared_parameters(notebook)
    settings = study_settings(notebook, params_file)
    stored = declared[RULES].default if RULES in declared else None
    if stored or (settings[RULES] and stored is None):
        raise InputError(
            f"{notebook}: expected the line `{RULES} = {{}}` in its parameters cell, through which "
            f"the study's rules reach it; found {'none' if stored is None else stored}. Rules of "
            f"the study belong in {params_file}."
        )
    for name, parameter in declared.items():
        limit = Settings.declared.get(name)
        if limit is not None and parameter.default != plain(limit.default):
            raise InputError(
                f"{notebook}, parameters cell: {name} = {parameter.default!r}; expected the "
                f"default {plain(limit.default)!r}, since what is tried in a notebook is not "
                f"published. Set it back, and to keep the value put it in {params_file}, "
                f"notebooks, {notebook.stem}."
            )
    return settings


def study_settings(notebook: Path, params_file: Path) -> dict[str, Any]:
    """The study's settings of a notebook, whatever its stored parameters cell was changed to.

    Returns:
        Values by name; `rules` are the departures only.

    Raises:
        InputError: an unknown notebook or name, or a value that is not possible.
    """
    declared = declared_parameters(notebook)
    params = read_params(params_file)
    chapters = (path.stem for path in chapter_files(notebook.parent))
    notebooks = tuple(sorted({notebook.stem, *chapters}))
    refuse_unknown(f"{params_file}, notebooks", params["notebooks"], notebooks)
    chosen = params["notebooks"].get(notebook.stem, {})
    refuse_unknown(f"{params_file}, notebooks, {notebook.stem}", chosen, declared)
    for key in (*SHARED, RULES):
        if key in chosen:
            raise InputError(
                f"{params_file}, notebooks, {notebook.stem}: {key!r} is one for the "
                f"whole study; set it at the top of the file."
            )
    registered = {
        name: plain(Settings.declared[name].default)
        for name in declared
        if name in Settings.declared
    }
    given = registered | {key: params[key] for key in (*SHARED, RULES)} | chosen
    own, rules = in_force(f"{params_file}, {notebook.stem}", declared, given)
    return own | {RULES: rules.departures if RULES in declared else params[RULES]}


def rules_for(study_dir: Path, params_file: Path | None = None) -> Rules:
    """The rules by which a study is judged outside its notebooks.

    Args:
        study_dir: the study's folder, relative to the project's.
        params_file: the study's YAML; where not given, params/<study>.yml if that is this folder's.
            Without either, the registered rules.
    """
    if params_file is not None:
        return Rules(**read_params(params_file)[RULES])
    root = project_root()
    own = root / "params" / f"{study_dir.name}.yml"
    if own.is_file():
        params = read_params(own)
        if (root / str(params["study_dir"])).resolve() == (root / study_dir).resolve():
            return Rules(**params[RULES])
    return Rules()
