"""The numbers of a sweep as one tidy table, setting by number, and how each run ended."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from compendium.files import write_whole
from compendium.pipeline.chapters import Chapter
from compendium.results.provenance import FORMAT, read_record
from compendium.sweeps import runs as kept
from compendium.sweeps.asked import Sweep
from compendium.sweeps.cost import PARTS
from compendium.sweeps.runs import Run
from compendium.version import commit, package_version

MEASURES = ("low", "high", "n", "p")


def write_tables(folder: Path, sweep: Sweep, runs: Sequence[Run], root: Path) -> None:
    """Write numbers.csv, numbers.parquet, runs.csv, costs.csv and sweep.json of one study's runs.

    Args:
        folder: the sweep's, in the study's results.
        sweep: what was asked for.
        runs: those of the study.
        root: the project.
    """
    numbers = pd.DataFrame([row for run in runs for row in _numbers(run, sweep, root)])
    ended = pd.DataFrame([row for run in runs for row in _ended(run, sweep, root)])
    costs = costs_of(sweep, runs, root)
    for name, table in (("numbers", numbers), ("runs", ended), ("costs", costs)):
        text = table.to_csv(index=False, lineterminator="\n")
        write_whole(folder / f"{name}.csv", text.encode())
    write_whole(folder / "numbers.parquet", numbers.to_parquet(index=False))
    record = _record(sweep, runs, ended, costs, root)
    write_whole(folder / "sweep.json", json.dumps(record, ensure_ascii=False, indent=1).encode())


def _record(
    sweep: Sweep, runs: Sequence[Run], ended: pd.DataFrame, costs: pd.DataFrame, root: Path
) -> dict[str, Any]:
    """What a sweep of one study was, for the page of the book: no number of it."""
    seconds = costs.groupby("chapter")[list(PARTS)].median()
    return {
        "format": FORMAT,
        "name": sweep.name,
        "chapters": [chapter.name for chapter in sweep.chapters],
        "axes": {name: _values(sweep, name) for name in sweep.axes},
        "settings": len(runs),
        "states": ended.groupby("chapter")["state"]
        .value_counts()
        .unstack(fill_value=0)
        .T.to_dict(),
        "shared": {name: int(n) for name, n in _shared(ended).items()},
        "seconds": seconds.round(2).T.to_dict(),
        "fingerprints": {one.name: _fingerprint(one, runs, root) for one in sweep.chapters},
        "package_version": package_version(),
        "commit": commit(root),
    }


def _values(sweep: Sweep, name: str) -> list[Any]:
    """The values that an axis takes, each once, in their order."""
    found: list[Any] = []
    for setting in sweep.settings:
        if name in setting and setting[name] not in found:
            found.append(setting[name])
    return found


def _shared(ended: pd.DataFrame) -> pd.Series:
    return ended["result_of"].ne("").groupby(ended["chapter"]).sum()


def _fingerprint(chapter: Chapter, runs: Sequence[Run], root: Path) -> dict[str, str]:
    """What the chapter's runs were made from, settings apart; empty where none came to its end."""
    for run in runs:
        if not kept.failure(run, chapter, root):
            record = read_record(root / run.folder / "provenance" / f"{chapter.name}.json")
            if record:
                return dict(record["fingerprint"])
    return {}


def _numbers(run: Run, sweep: Sweep, root: Path) -> Iterator[dict[str, Any]]:
    """Each number of each chapter that came to its end, with the setting that it is under."""
    for chapter in sweep.chapters:
        if kept.failure(run, chapter, root):
            continue
        record = read_record(root / run.folder / "numbers" / f"{chapter.name}.json")
        for entry in record.get("numbers", ()):
            yield {**_of(run, sweep), "chapter": chapter.name, **measured(entry)}


def costs_of(sweep: Sweep, runs: Sequence[Run], root: Path) -> pd.DataFrame:
    """Processor seconds of each run that was not taken from another, by part.

    Returns:
        study, setting, chapter, process, wall (s, from start to end), and PARTS (s).
    """
    rows = [
        {"study": run.study, "setting": run.id, "chapter": chapter.name, **spent}
        for run in runs
        for chapter in sweep.chapters
        if (spent := kept.cost(run, chapter, root))
    ]
    columns = ["study", "setting", "chapter", "process", "wall", *PARTS]
    return pd.DataFrame(rows, columns=columns)


def said_of(folder: Path) -> Iterator[str]:
    """The cost of a run of a sweep in words, a line a chapter.

    Args:
        folder: the sweep's.
    """
    costs = pd.read_csv(folder / "costs.csv")
    for chapter, of_chapter in costs.groupby("chapter"):
        median = of_chapter[list(PARTS)].median()
        whole = of_chapter[list(PARTS)].sum(axis=1).median()
        parts = ", ".join(f"{part} {median[part]:.2f}" for part in PARTS)
        yield f"{chapter}: {len(of_chapter)} run, median {whole:.2f} s of the processor ({parts})"


def failed_in(folder: Path) -> str:
    """How many settings of a sweep failed, in words; empty where none did.

    Args:
        folder: the sweep's.
    """
    runs = pd.read_csv(folder / "runs.csv", dtype=str)
    failed = runs.loc[runs["state"] == "failed", "setting"].nunique()
    return f"{folder.name}: {failed} of {runs['setting'].nunique()} settings failed" * bool(failed)


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
