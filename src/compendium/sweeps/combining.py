"""Tables of several centres in one, with the centre as a column. Nothing is pooled or estimated."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from compendium.errors import InputError
from compendium.files import sha256, write_whole
from compendium.parameters import RULES, rules_of
from compendium.results.provenance import read_record
from compendium.study.declared import declared
from compendium.sweeps.centres import Centre
from compendium.sweeps.tables import measured
from compendium.tables import COLUMNS
from compendium.version import package_version

CENTRE = "centre"
RECORD = "combined.json"


def combine(centres: Sequence[Centre], folder: Path) -> list[str]:
    """Write the tables, the chapters' tables and the numbers of all centres, each in one file.

    Args:
        centres: as `centres_of` returns.
        folder: where to; new, or of an earlier `combine`.

    Returns:
        The files, from the folder.

    Raises:
        InputError: the folder holds something else, a centre's results are not fresh, or two have
            a table with other columns.
    """
    if folder.is_dir() and any(folder.iterdir()) and not (folder / RECORD).is_file():
        raise InputError(f"{folder}: holds other files. Name a new folder.")
    tables = {f"tables/{name}.csv": frame for name, frame in _of_studies(centres)}
    tables |= {f"results/{name}.csv": frame for name, frame in _of_results(centres)}
    numbers = [row for centre in centres for row in _numbers(centre)]
    tables |= {"numbers.csv": pd.DataFrame(numbers)} if numbers else {}
    for gone in read_record(folder / RECORD).get("files", {}):
        (folder / gone).unlink(missing_ok=True)
    for name, frame in tables.items():
        write_whole(folder / name, frame.to_csv(index=False, lineterminator="\n").encode())
    record = _record(centres) | {"files": {name: sha256(folder / name) for name in tables}}
    write_whole(folder / RECORD, json.dumps(record, ensure_ascii=False, indent=1).encode())
    return list(tables)


def _of_studies(centres: Sequence[Centre]) -> Iterator[tuple[str, pd.DataFrame]]:
    """Each table of the schema that a centre has rows of, its columns in the schema's order."""
    for name, columns in COLUMNS.items():
        held = [(c.name, c.study.tables[name]) for c in centres if len(c.study.tables[name])]
        if held:
            there = {column for _, table in held for column in table}
            order = [column for column in columns if column in there]
            parts = [table.reindex(columns=order).astype(object) for _, table in held]
            yield name, _below(parts, [centre for centre, _ in held])


def _of_results(centres: Sequence[Centre]) -> Iterator[tuple[str, pd.DataFrame]]:
    """Each table that chapters wrote for all centres."""
    files = [
        {file for one in c.chapters.values() for file in one.writes if file.startswith("tables/")}
        for c in centres
    ]
    for file in sorted(set.intersection(*files)):
        paths = [c.now.results_dir / file for c in centres]
        parts = [pd.read_csv(path, dtype=str, keep_default_na=False) for path in paths]
        for path, part in zip(paths[1:], parts[1:], strict=True):
            if list(part) != list(parts[0]):
                only = sorted(map(str, set(part) ^ set(parts[0]))) or map(str, part)
                raise InputError(
                    f"{path} and {paths[0]} have other columns ({', '.join(only)}). Make both "
                    f"centres with the same version and settings."
                )
        yield Path(file).stem, _below(parts, [c.name for c in centres])


def _below(parts: Sequence[pd.DataFrame], names: Sequence[str]) -> pd.DataFrame:
    """Tables below each other, with the centre in front."""
    if any(CENTRE in part for part in parts):
        raise InputError(f"A table has a column {CENTRE!r} already. Rename it.")
    whole = pd.concat(parts, keys=names, names=[CENTRE]).reset_index(CENTRE)
    return whole[[CENTRE, *parts[0].columns]]


def _numbers(centre: Centre) -> Iterator[dict[str, Any]]:
    for chapter in centre.chapters:
        record = read_record(centre.now.results_dir / "numbers" / f"{chapter}.json")
        for entry in record["numbers"]:
            yield {CENTRE: centre.name, "chapter": chapter} | measured(entry)


def _record(centres: Sequence[Centre]) -> dict[str, Any]:
    """What was combined: versions, the rules that all centres have, and each centre."""
    first = centres[0].now
    return {
        "package_version": package_version(),
        "rules": rules_of(first.params[RULES], str(first.params_file)).departures,
        "centres": [
            {
                "centre": centre.name,
                "patients": len(centre.study.tables["patient"]),
                "synthetic": centre.study.synthetic,
                "data_freeze": declared(centre.study.path).data_freeze.isoformat(),
                "study": centre.now.contents.identity,
                "chapters": list(centre.chapters),
            }
            for centre in centres
        ],
    }
