"""Several centres side by side: each a study with its params, none of which contradicts another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd

from compendium.errors import InputError
from compendium.parameters import RULES, rules_of
from compendium.params_files import params_of
from compendium.pipeline.chapters import Chapter, all_chapters
from compendium.pipeline.fingerprint import Present
from compendium.pipeline.freshness import why_stale
from compendium.study import Study, load_study

UNIQUE = {"patient": "patient_id", "pet_scan": "scan_id"}
"""Identifiers that no two centres may share, by table."""


@dataclass(frozen=True)
class Centre:
    """One centre.

    Attributes:
        name: of its params file.
        now: its study and params.
        study: its tables, all valid.
    """

    name: str
    now: Present
    study: Study

    @property
    def study_dir(self) -> str:
        """The folder of its tables, as its params file names it."""
        return str(self.now.params["study_dir"])

    @cached_property
    def chapters(self) -> dict[str, Chapter]:
        """The chapters that ran for it and are fresh.

        Raises:
            InputError: one is not.
        """
        found = {}
        for name, chapter in all_chapters(self.now.root).items():
            if not (self.now.results_dir / "numbers" / f"{name}.json").is_file():
                continue
            if why := why_stale(chapter, self.now):
                raise InputError(
                    f"{self.name}: the results of {name} are not those of now: {why}. Make them "
                    f"anew, or delete them and combine the studies' tables alone."
                )
            found[name] = chapter
        return found


def centres_of(names: Sequence[str], base: Present) -> list[Centre]:
    """The centres by the names of their params files, once it is sure that they go together.

    Args:
        base: the project.

    Raises:
        InputError: fewer than two, a study is not valid, or two contradict each other; both facts
            are named.
    """
    if len(set(names)) < max(len(names), 2):
        raise InputError(
            f"{', '.join(names)}: expected two centres or more, each once, by the names of their "
            f"params files."
        )
    centres = []
    for name in names:
        now = base.under(params_of(name))
        rules = rules_of(now.params[RULES], str(now.params_file))
        centres.append(Centre(name, now, load_study(str(now.params["study_dir"]), rules)))
    for one, other in combinations(centres, 2):
        for said in _contradictions(one, other):
            raise InputError(said)
    return centres


def _contradictions(one: Centre, other: Centre) -> Iterator[str]:
    if (one.now.root / one.study_dir).resolve() == (other.now.root / other.study_dir).resolve():
        yield (
            f"{one.name} and {other.name} are one study: both params files name "
            f"{other.study_dir}. Give each centre its own folder."
        )
    if one.study.synthetic != other.study.synthetic:
        made, real = (one, other) if one.study.synthetic else (other, one)
        yield (
            f"{made.study_dir} is synthetic, {real.study_dir} is not: patients who do not exist "
            f"are not counted beside others. Take one of them out."
        )
    yield from _rules(one, other)
    yield from _settings(one, other)
    yield from _shared(one, other)


def _rules(one: Centre, other: Centre) -> Iterator[str]:
    values = [rules_of(c.now.params[RULES], str(c.now.params_file)) for c in (one, other)]
    yield from _differing("rule", one, other, *values)


def _settings(one: Centre, other: Centre) -> Iterator[str]:
    """Settings of chapters that differ: a centre's number would be another analysis."""
    blocks = [c.now.params["notebooks"] for c in (one, other)]
    for chapter in sorted({*blocks[0], *blocks[1]}):
        own = [
            {n: v for n, v in block.get(chapter, {}).items() if n != "workers"} for block in blocks
        ]
        yield from _differing(f"{chapter}, setting", one, other, *own)


def _differing(
    what: str, one: Centre, other: Centre, first: Mapping[str, Any], second: Mapping[str, Any]
) -> Iterator[str]:
    for name in dict.fromkeys([*first, *second]):
        values = [held.get(name, "the default") for held in (first, second)]
        if values[0] != values[1]:
            yield (
                f"{what} {name} is {values[0]!r} in {one.now.params_file} and {values[1]!r} in "
                f"{other.now.params_file}. Centres are combined under one set of rules: give both "
                f"the same, and make them anew."
            )


def _shared(one: Centre, other: Centre) -> Iterator[str]:
    for table, column in UNIQUE.items():
        ids = [c.study.tables[table][column] for c in (one, other)]
        if both := sorted(set(ids[0]) & set(ids[1])):
            places = " and ".join(
                f"{_file(centre, table)}, row {_row(centre, table, column, both[0])}"
                for centre in (one, other)
            )
            more = f", and {len(both) - 1} more" if len(both) > 1 else ""
            yield (
                f"{column} {both[0]} is in {places}{more}; expected each in one centre. Is it one "
                f"patient, take him out of one; are they two, give each centre's a prefix."
            )


def _file(centre: Centre, table: str) -> str:
    return Path(centre.study.located.raw[table].file).as_posix()


def _row(centre: Centre, table: str, column: str, value: str) -> int:
    """The row in the file."""
    rows: pd.DataFrame = centre.study.located[table]
    return int(rows.index[rows[column] == value][0])
