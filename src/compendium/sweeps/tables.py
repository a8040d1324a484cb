"""The numbers of a sweep as one tidy table, setting by number, and how each run ended."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from compendium.files import write_whole
from compendium.results.provenance import read_record
from compendium.sweeps import runs as kept
from compendium.sweeps.asked import Sweep
from compendium.sweeps.runs import Run

MEASURES = ("low", "high", "n", "p")


def write_tables(folder: Path, sweep: Sweep, runs: Sequence[Run], root: Path) -> None:
    """Write numbers.csv, numbers.parquet and runs.csv of one study's runs.

    Args:
        folder: the sweep's, in the study's results.
        sweep: what was asked for.
        runs: those of the study.
        root: the project.
    """
    numbers = pd.DataFrame([row for run in runs for row in _numbers(run, sweep, root)])
    ended = pd.DataFrame([row for run in runs for row in _ended(run, sweep, root)])
    for name, table in (("numbers", numbers), ("runs", ended)):
        text = table.to_csv(index=False, lineterminator="\n")
        write_whole(folder / f"{name}.csv", text.encode())
    write_whole(folder / "numbers.parquet", numbers.to_parquet(index=False))


def _numbers(run: Run, sweep: Sweep, root: Path) -> Iterator[dict[str, Any]]:
    """Each number of each chapter that came to its end, with the setting that it is under."""
    for chapter in sweep.chapters:
        if kept.failure(run, chapter, root):
            continue
        record = read_record(root / run.folder / "numbers" / f"{chapter.name}.json")
        for entry in record.get("numbers", ()):
            yield {**_of(run, sweep), "chapter": chapter.name, **measured(entry)}


def measured(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A number of a record as cells of a row: number, value, low, high, n, p, text, reason."""
    value, text = _parted(entry["value"])
    said: dict[str, Any] = {"number": entry["id"], "value": value}
    said |= {name: _number(entry[name]) for name in MEASURES}
    return said | {"text": text, "reason": entry["reason"]}


def _ended(run: Run, sweep: Sweep, root: Path) -> Iterator[dict[str, Any]]:
    """How each chapter ended under a setting, and whose result it is where it is shared."""
    shared = kept.origins(run, root)
    for chapter in sweep.chapters:
        message = kept.failure(run, chapter, root)
        there = (root / run.folder / "numbers" / f"{chapter.name}.json").is_file()
        state = "failed" if message else "finished" if there else "not run"
        more = {"state": state, "result_of": shared.get(chapter.name, ""), "message": message}
        yield {**_of(run, sweep), "chapter": chapter.name, **more}


def _of(run: Run, sweep: Sweep) -> dict[str, Any]:
    """The setting's name, and what it sets; lists as JSON, the study's own value empty."""
    values = {
        name: json.dumps(value) if isinstance(value, list) else value
        for name in sweep.axes
        for value in [run.setting.get(name)]
    }
    return {"study": run.study, "setting": run.id, **values}


def _parted(value: Any) -> tuple[float | None, str]:
    """A number's value as a number, or as a word where it is one."""
    try:
        return _number(value), ""
    except ValueError:
        return None, str(value)


def _number(value: Any) -> float | None:
    """A number as the record has it, in which one without end is a word."""
    return None if value is None else float(value)
