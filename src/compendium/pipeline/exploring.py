"""Exploring, apart from publishing: where it writes, on which study, and how far it leads away.

Only the runner publishes. A Report that somebody opens in JupyterLab or by plain papermill writes
below the study's results to `explore/<chapter>/`, which nothing publishes.
"""

import html
import json
import math
import os
from collections.abc import Mapping, MutableMapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

from compendium import formatting
from compendium.errors import InputError
from compendium.files import environment, sha256, write_whole
from compendium.limits import plain
from compendium.parameters import RULES, declared_parameters, study_settings
from compendium.params_files import params_of
from compendium.results.compare import compare_numbers
from compendium.rules import Rules
from compendium.settings import Settings
from compendium.strict_yaml import read_yaml

PUBLISHES = "COMPENDIUM_PUBLISHES"  # set by the runner to the folder that its notebook publishes to
STUDY = "COMPENDIUM_STUDY"  # set by `compendium lab` to the study on which notebooks open
FOLDER = "explore"
BESIDE = "explored_beside"  # in the record of what was explored: what was published then
PLACES = ("study_dir", "results_dir")
NO_DIFFERENCE = (*PLACES, "workers", RULES)


def publishing(results_dir: Path) -> AbstractContextManager[None]:
    """While a notebook runs whose results are published in this folder."""
    return environment({PUBLISHES: str(results_dir.resolve())})


def place_of(root: Path, notebook: str, results_dir: Path) -> Path:
    """The folder to which a notebook's Report writes.

    Args:
        root: the project's folder.
        notebook: its name.
        results_dir: as its parameters name it. A folder that no study publishes to is taken as it
            is; so is any under the runner, and under COMPENDIUM_CHECK, where nothing is written.
    """
    resolved = results_dir.resolve()
    if os.environ.get("COMPENDIUM_CHECK") or os.environ.get(PUBLISHES) == str(resolved):
        return results_dir
    published = (results_dir / "provenance").is_dir() or params_file_of(root, results_dir)
    return results_dir / FOLDER / notebook if published else results_dir


def params_file_of(root: Path, results_dir: Path) -> Path | None:
    """The params file whose results lie in this folder, if one does."""
    for path in sorted((root / "params").glob("*.yml")):
        said: object = None
        with suppress(InputError, UnicodeDecodeError):  # of another study, which says so itself
            said = read_yaml(path.read_text(encoding="utf-8-sig"), str(path))
        if path.stem == "template" or not isinstance(said, dict):
            continue
        if (root / str(said.get("results_dir", ""))).resolve() == results_dir.resolve():
            return path
    return None


def last_study(root: Path) -> str:
    """The study that was opened last; the demo before any was."""
    kept = root / ".compendium" / "last_study"
    name = kept.read_text(encoding="utf-8").strip() if kept.is_file() else ""
    return name if (root / "params" / f"{name}.yml").is_file() else "demo"


def remember_study(root: Path, study: str) -> None:
    """Keep which study was opened last."""
    write_whole(root / ".compendium" / "last_study", f"{study}\n".encode())


def open_on_study(notebook: Path, namespace: MutableMapping[str, Any]) -> dict[str, Any]:
    """Give a notebook that names no study of its own the settings of the chosen one.

    What its parameters cell leaves at the default takes the study's value; what somebody changed
    there stays, and so does each rule that the cell sets.

    Args:
        notebook: as stored.
        namespace: the running notebook's variables, which are set.

    Returns:
        What was set, by name; empty where no study is chosen or the notebook names another.
    """
    chosen = os.environ.get(STUDY)
    declared = declared_parameters(notebook)
    own = any(namespace.get(name) != declared[name].default for name in PLACES if name in declared)
    if not chosen or PUBLISHES in os.environ or own:
        return {}
    settings = study_settings(notebook, params_of(chosen))
    settings[RULES] = {**settings[RULES], **rules_in(namespace)}
    changed = {}
    for name in settings.keys() & declared.keys() & namespace.keys():
        untouched = namespace[name] == _default(name, declared[name].default)
        if (untouched or name == RULES) and namespace[name] != settings[name]:
            namespace[name] = changed[name] = settings[name]
    return changed


def rules_in(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The rules that a notebook's cell sets."""
    block = namespace.get(RULES) or {}
    found = read_yaml(block, RULES) if isinstance(block, str) else block
    return dict(found or {})


def _default(name: str, stored: Any) -> Any:
    limit = Settings.declared.get(name)
    return stored if limit is None else plain(limit.default)


def differing(
    notebook: Path, params_file: Path | None, parameters: Mapping[str, Any], rules: Rules
) -> list[str]:
    """The settings that are in force and are not the study's, each with both values."""
    study: dict[str, Any] = {}
    if params_file is not None:
        study = study_settings(notebook, params_file)
    theirs = Rules(**study.get(RULES, {}))
    said = [
        f"{name} = {value!r} (study: {study[name]!r})"
        for name, value in parameters.items()
        if name not in NO_DIFFERENCE and name in study and study[name] != value
    ]
    return said + [
        f"{name} = {plain(rules[name])!r} (study: {plain(theirs[name])!r})"
        for name in Rules.declared
        if plain(rules[name]) != plain(theirs[name])
    ]


def banner(study: str, place: str, differences: list[str], taken: str = "") -> tuple[str, str]:
    """What a notebook that explores says at its beginning, as text and as HTML.

    Args:
        taken: as `taken_from_study` returns.
    """
    settings = "; ".join(differences) or "none"
    text = (
        f"Exploring study {study}: nothing of this is published; it is written to {place}. "
        f"Settings that differ from the study's: {settings}.{taken}"
    )
    style = "border-left: 4px solid #b35900; padding: 0.3em 0.8em"
    return text, f'<div style="{style}">{html.escape(text)}</div>'


def published_numbers(results_dir: Path, notebook: str) -> dict[str, dict[str, Any]]:
    """The numbers that a notebook has published, by id; none where it has not."""
    path = results_dir / "numbers" / f"{notebook}.json"
    if not path.is_file():
        return {}
    record = json.loads(path.read_text(encoding="utf-8"))
    return {entry["id"]: entry | {"notebook": notebook} for entry in record["numbers"]}


def distance(entry: Mapping[str, Any], published: Mapping[str, Any] | None) -> str:
    """How far a number is from the published one, in words.

    Args:
        entry: the number as it is recorded; published: the same of what is published.
    """
    if published is None:
        return "not published"
    number = str(entry["id"])
    notebook = {"notebook": published["notebook"]}
    moved = compare_numbers({number: published}, {number: {**entry, **notebook}}).iloc[0]
    if moved["state"] == "same":
        return "as published"
    part = "" if published["low"] is None else "ci"
    said = f"published: {formatting.reported(published, part)}"
    old, new = published["value"], entry["value"]
    numbers = all(isinstance(one, int | float) and math.isfinite(one) for one in (old, new))
    if not numbers or moved["part"] != "value":
        return said
    return f"{said}; {'+' if new > old else ''}{formatting.value(new - old, entry['format'])}"


def agrees(numbers: Path, rules: Rules, seed: object) -> list[str]:
    """In which rules, or seed, a record was made otherwise than by these; empty if in none."""
    record = json.loads(numbers.read_text(encoding="utf-8"))
    found = [
        f"{name} = {value!r}, here {plain(rules[name])!r}"
        for name, value in record["rules"].items()
        if name in Rules.declared and plain(rules[name]) != value
    ]
    other = record["parameters"]["seed"]
    return found if other == seed else [*found, f"seed = {other!r}, here {seed!r}"]


def published_as(base: Path, notebook: str) -> str:
    """Which record of a notebook is published: its SHA-256; empty where none is.

    Args:
        base: the study's results.
    """
    record = base / "numbers" / f"{notebook}.json"
    return sha256(record) if record.is_file() else ""


def explored_beside(record: Path) -> str:
    """What was published when a notebook was explored, as of `published_as`."""
    return str(json.loads(record.read_text(encoding="utf-8")).get(BESIDE, ""))


def taken_from_study(notebook: Path, taken: Mapping[str, Any]) -> str:
    """Which settings the chosen study gave in place of the cell's own; empty where it gave none.

    Args:
        taken: as `open_on_study` returns.
    """
    declared = declared_parameters(notebook)
    said = [
        f"{name} = {value!r} (in the cell, as by default: {declared[name].default!r})"
        for name, value in taken.items()
        if name not in NO_DIFFERENCE
    ]
    if not said:
        return ""
    return (
        f" Taken from the study: {'; '.join(said)}. To have the cell's own values, name study_dir "
        "and results_dir of the study in it."
    )


def place_to_read(base: Path, notebook: str, rules: Rules, seed: object) -> Path:
    """Where an exploring notebook takes an earlier one's tables: as explored last, or as published.

    Args:
        base: the study's results.
        notebook: the earlier notebook; rules, seed: of the one that reads.

    Raises:
        InputError: both were made by other rules.
    """
    places = [base / FOLDER / notebook, base]
    records = [place / "numbers" / f"{notebook}.json" for place in places]
    there = [record for record in records if record.is_file()]
    if len(there) == 2 and explored_beside(records[0]) != published_as(base, notebook):
        there = records[1:]  # published anew since it was explored
    others = [agrees(record, rules, seed) for record in there]
    for record, other in zip(there, others, strict=True):
        if not other:
            return record.parents[1]
    if there:
        raise InputError(
            f"{there[0]}: {notebook} was made with {'; '.join(others[0])}. Run {notebook} here "
            "with the same settings first."
        )
    return base
