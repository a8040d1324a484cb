"""A sweep as it is asked for: settings over chapters of studies, all checked before anything runs.

A setting is a rule or a chapter's setting by name, which has one meaning whichever chapters use it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compendium.errors import InputError
from compendium.limits import KINDS, Limit, named, refuse_unknown
from compendium.parameters import RULES, SHARED, declared_parameters, read_params
from compendium.params_files import params_of
from compendium.pipeline.chapters import Chapter, all_chapters
from compendium.published import ID
from compendium.remembered import digest
from compendium.rules import Rules
from compendium.settings import Settings
from compendium.strict_yaml import read_yaml
from compendium.sweeps.axes import WAYS, Setting, require_few

SEED = "seed"
KEYS = ("name", "studies", "chapters", "figures", *WAYS)


@dataclass(frozen=True)
class Sweep:
    """Settings over chapters of studies.

    Attributes:
        name: of the folder of its runs in each study's results.
        params_files: the studies' YAML.
        chapters: those asked for and those that they come after, in the order of running.
        settings: each by name of what departs from the study's own.
        figures: whether figures are drawn.
    """

    name: str
    params_files: tuple[Path, ...]
    chapters: tuple[Chapter, ...]
    settings: tuple[Setting, ...]
    figures: bool

    @property
    def axes(self) -> list[str]:
        """Names of all that a setting sets, in the order in which they are named."""
        return list(dict.fromkeys(name for setting in self.settings for name in setting))


def id_of(setting: Mapping[str, Any]) -> str:
    """A setting's own short name, the same in every sweep and for any order of its names."""
    return digest([json.dumps(setting, sort_keys=True).encode()])[:10]


def read_sweep(path: Path, root: Path) -> Sweep:
    """A sweep file, with every setting of it checked.

    Args:
        path: the YAML.
        root: the project.

    Raises:
        InputError: no such file, an unknown key, study, chapter, rule or setting, a value that is
            not possible, settings that contradict themselves, or too many.
    """
    block = _block(path)
    names = _names(path, block, "studies")
    params_files = tuple(params_of(name) for name in names)
    known = all_chapters(root)
    asked = _names(path, block, "chapters")
    refuse_unknown(f"{path}, chapters", asked, known)
    chapters = tuple(known[name] for name in _with_earlier(asked, known))
    sweep = Sweep(
        name=_name(path, block),
        params_files=params_files,
        chapters=chapters,
        settings=tuple(_settings(path, block, chapters)),
        figures=_figures(path, block),
    )
    _require_declared(path, sweep)
    require_few(len(sweep.settings) * len(params_files), f"{path}, over all studies")
    for params_file in params_files:
        _require_possible(path, sweep, params_file)
    return sweep


def _block(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise InputError(f"{path}: there is no such sweep file. Check its name.")
    block = read_yaml(path.read_text(encoding="utf-8-sig"), str(path))
    if not isinstance(block, dict):
        raise InputError(f"{path}: expected `key: value` lines; found {KINDS[type(block)]}.")
    refuse_unknown(str(path), block, KEYS)
    return block


def _name(path: Path, block: Mapping[str, Any]) -> str:
    name = block.get("name", path.stem)
    if not isinstance(name, str) or not ID.fullmatch(name):
        raise InputError(f"{path}, name: {name!r}; expected lower-case words joined by `_`.")
    return name


def _names(path: Path, block: Mapping[str, Any], key: str) -> list[str]:
    names = block.get(key)
    if not isinstance(names, list) or not names or not all(isinstance(n, str) for n in names):
        raise InputError(f"{path}, {key}: {names!r}; expected a list of names.")
    if len(set(names)) < len(names):
        raise InputError(f"{path}, {key}: {names!r} has a name twice. Delete one.")
    return names


def _figures(path: Path, block: Mapping[str, Any]) -> bool:
    figures = block.get("figures", False)
    if not isinstance(figures, bool):
        raise InputError(f"{path}, figures: {figures!r}; expected true or false.")
    return figures


def _settings(path: Path, block: Mapping[str, Any], chapters: Sequence[Chapter]) -> list[Setting]:
    given = [key for key in WAYS if key in block]
    if len(given) != 1:
        found = ", ".join(given) or "none"
        raise InputError(f"{path}: settings are given in one of {', '.join(WAYS)}; found {found}.")
    (key,) = given
    return WAYS[key](block[key], f"{path}, {key}", _settable(chapters))


def _settable(chapters: Sequence[Chapter]) -> dict[str, Limit[Any]]:
    """All that can be set; what is a setting of another chapter is refused with its own words."""
    own = {
        name: named(name, parameter.default, parameter.meaning)
        for chapter in chapters
        for name, parameter in declared_parameters(chapter.source).items()
        if name not in (*SHARED, RULES)
    }
    known = {SEED: named(SEED, 1, "of all random numbers"), **own, **Settings.declared}
    return {name: limit for name, limit in known.items() if limit.decides} | Rules.declared


def _with_earlier(asked: Sequence[str], known: Mapping[str, Chapter]) -> list[str]:
    """The chapters and all that they come after, in the project's order."""
    wanted, waiting = set(asked), list(asked)
    while waiting:
        earlier = set(known[waiting.pop()].after) - wanted
        wanted |= earlier
        waiting += earlier
    return [name for name in known if name in wanted]


def _require_declared(path: Path, sweep: Sweep) -> None:
    """Refuse a chapter's setting that none of the sweep's chapters has."""
    there = {name for one in sweep.chapters for name in declared_parameters(one.source)}
    for name in sweep.axes:
        if name not in {SEED, *Rules.declared, *there}:
            raise InputError(
                f"{path}: {name!r} is a setting of no chapter of this sweep "
                f"({', '.join(one.name for one in sweep.chapters)}), so that it would change "
                f"nothing. Add its chapter, or take it out."
            )


def _require_possible(path: Path, sweep: Sweep, params_file: Path) -> None:
    """Refuse settings that contradict themselves, or what the study sets."""
    own = read_params(params_file)[RULES]
    wrong = []
    for number, setting in enumerate(sweep.settings, start=1):
        try:
            Rules.of(own | rules_in(setting), f"setting {number} {setting!r}")
        except InputError as error:
            wrong.append(str(error))
    if wrong:
        raise InputError(
            f"{path}, for {params_file.stem}: {len(wrong)} of {len(sweep.settings)} settings "
            f"contradict themselves; nothing was run. The first: {wrong[0]} Or give those that are "
            f"meant in `list:`."
        )


def rules_in(setting: Mapping[str, Any]) -> Setting:
    """What of a setting is a rule of the whole study."""
    return {name: value for name, value in setting.items() if name in Rules.declared}
