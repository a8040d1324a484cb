"""Axes of a sweep: which values a rule or a setting takes, and how they are combined."""

import math
from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np

from compendium.errors import InputError
from compendium.limits import KINDS, Limit, plain, refuse_unknown

MOST = 20_000  # settings of one sweep
ENDS = ("from", "to")
Setting = dict[str, Any]
Names = Mapping[str, Limit[Any]]  # every rule and setting that a sweep may set


def grid(axes: object, where: str, names: Names) -> list[Setting]:
    """Every combination of the axes' values.

    Args:
        axes: by name, a list of values, or `from`, `to` and the number of `steps`.
        where: their place, for messages.
        names: what can be set.

    Raises:
        InputError: no such rule or setting, a value that is not possible or is there twice, or
            more settings than a sweep has; said before they are made.
    """
    block = _mapping(axes, where)
    refuse_unknown(where, block, names)
    sizes = {name: _size(axis, f"{where}, {name}") for name, axis in block.items()}
    require_few(math.prod(sizes.values()), where, sizes)
    values = [_values(names[name], axis, where) for name, axis in block.items()]
    return [dict(zip(block, chosen, strict=True)) for chosen in product(*values)]


def listed(settings: object, where: str, names: Names) -> list[Setting]:
    """The settings that are written out one by one.

    Raises:
        InputError: as of `grid`, or a setting is there twice.
    """
    if not isinstance(settings, list) or not settings:
        raise InputError(
            f"{where}: expected a list of settings, such as `- {{tg_ratio: 0.6}}`; found "
            f"{KINDS.get(type(settings), 'another thing')}."
        )
    require_few(len(settings), where)
    found: list[Setting] = []
    for number, setting in enumerate(settings, start=1):
        place = f"{where}, setting {number}"
        block = _mapping(setting, place, empty=True)
        refuse_unknown(place, block, names)
        found.append({n: plain(names[n].checked(v, place)) for n, v in block.items()})
        if found[-1] in found[:-1]:
            raise InputError(f"{place}: {block!r} is there twice. Delete one of them.")
    return found


def drawn(block: object, where: str, names: Names) -> list[Setting]:
    """A random sample of settings, each another, the same for the same seed.

    Args:
        block: the number of `settings`, a `seed`, and `of`: by name a list of values, or `from`
            and `to`, between which each value is as likely as another.
        where: its place, for messages.
        names: what can be set.

    Raises:
        InputError: as of `grid`, or there are fewer different settings than are asked for.
    """
    given = _mapping(block, where)
    refuse_unknown(where, given, ("settings", "seed", "of"))
    number, seed = (_whole(given, key, where) for key in ("settings", "seed"))
    require_few(number, where)
    axes = _mapping(given.get("of"), f"{where}, of")
    refuse_unknown(f"{where}, of", axes, names)
    draws = {name: _draws(names[name], axis, f"{where}, of") for name, axis in axes.items()}
    there = math.prod(len(d) if isinstance(d, list) else math.inf for d in draws.values())
    if number > there:
        raise InputError(
            f"{where}, settings: {number} are asked for; the values make {there:.0f} different "
            f"ones. Ask for fewer, or take them all with `grid:`."
        )
    rng = np.random.default_rng(seed)
    found: dict[str, Setting] = {}
    while len(found) < number:
        one = {name: _draw(rng, names[name], draw) for name, draw in draws.items()}
        found.setdefault(repr(one), one)
    return list(found.values())


def require_few(number: int, where: str, sizes: Mapping[str, int] | None = None) -> None:
    """Refuse a sweep of more settings than can be run.

    Raises:
        InputError: with the count, and that of each axis.
    """
    if number > MOST:
        of = f" ({' × '.join(f'{name} {size:,}' for name, size in sizes.items())})" if sizes else ""
        raise InputError(
            f"{where}: {number:,} settings{of}; a sweep has at most {MOST:,}. Take fewer values, "
            f"or draw some of them with `random:`."
        )


def _mapping(block: object, where: str, *, empty: bool = False) -> dict[str, Any]:
    if not isinstance(block, dict) or not (block or empty):
        raise InputError(
            f"{where}: expected `name: values` lines; found {KINDS.get(type(block), 'a list')}."
        )
    return block


def _whole(block: Mapping[str, Any], key: str, where: str) -> int:
    value = block.get(key)
    if type(value) is not int or value < 1:
        raise InputError(f"{where}, {key}: {value!r}; expected a whole number from 1 on.")
    return value


def _size(axis: object, where: str) -> int:
    """How many values an axis has, without making them."""
    if isinstance(axis, list) and axis:
        return len(axis)
    if isinstance(axis, dict) and set(axis) == {*ENDS, "steps"}:
        return _whole(axis, "steps", where)
    raise InputError(
        f"{where}: {axis!r}; expected a list of values, such as [0.6, 0.7], or from, to and the "
        f"number of steps, such as {{from: 0.5, to: 0.9, steps: 5}}."
    )


def _values(limit: Limit[Any], axis: Any, where: str) -> list[Any]:
    items = axis if isinstance(axis, list) else _steps(limit, axis, where)
    found = [plain(limit.checked(item, where)) for item in items]
    for place, value in enumerate(found):
        if value in found[:place]:
            raise InputError(f"{where}, {limit.name}: {value!r} is there twice. Delete one.")
    return found


def _steps(limit: Limit[Any], axis: Mapping[str, Any], where: str) -> list[Any]:
    low, high = _ends(limit, axis, where)
    points = np.linspace(low, high, axis["steps"]).tolist()
    return [round(at) for at in points] if isinstance(limit.default, int) else points


def _draws(limit: Limit[Any], axis: object, where: str) -> list[Any] | tuple[Any, Any]:
    if isinstance(axis, list) and axis:
        return _values(limit, axis, where)
    if isinstance(axis, dict) and set(axis) == set(ENDS):
        return _ends(limit, axis, where)
    raise InputError(
        f"{where}, {limit.name}: {axis!r}; expected a list of values, or from and to, such as "
        f"{{from: 0.5, to: 0.9}}."
    )


def _ends(limit: Limit[Any], axis: Mapping[str, Any], where: str) -> tuple[Any, Any]:
    if isinstance(limit.default, bool) or not isinstance(limit.default, int | float):
        raise InputError(
            f"{where}, {limit.name}: from and to are of a number; {limit.expected} Write a list."
        )
    low, high = (limit.checked(axis[end], where) for end in ENDS)
    if not low < high:
        raise InputError(f"{where}, {limit.name}: from {low!r} to {high!r}; expected from < to.")
    return low, high


def _draw(rng: np.random.Generator, limit: Limit[Any], draw: list[Any] | tuple[Any, Any]) -> Any:
    if isinstance(draw, list):
        return draw[int(rng.integers(len(draw)))]
    low, high = draw
    if isinstance(limit.default, int):
        return int(rng.integers(low, high + 1))
    return float(rng.uniform(low, high))


# How settings can be given, by the key of a sweep file.
WAYS = {"grid": grid, "list": listed, "random": drawn}
