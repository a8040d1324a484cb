"""The book's page of the sweeps of a study: what was set, what came of it, and what it cost.

It is in the books of the study's own investigators and of synthetic studies only: what a rule moves
tells of single patients, so that many settings side by side would undo the suppression.
"""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from compendium import formatting
from compendium.called import command
from compendium.results.provenance import FORMAT, read_record, sweep_files
from compendium.results.reading import Results

PAGE = "sweeps"
SUPPLEMENT = "Supplement"
SHOWN = 30  # numbers of a sweep; all are in its file
HEAD = """(sweeps)=
# Sweeps: the numbers under other settings

A sweep runs chapters again under many settings of their rules. None of its numbers is a result of
the study: it shows how far results move with what was chosen. Each run is kept, with its notebook,
in the folder of its sweep in the study's results.
"""


def add_sweeps(results: Results, staged: Path) -> None:
    """Stage the page, and name it in the contents, where the study has a sweep.

    Args:
        results: the study's.
        staged: the book's folder.
    """
    records = sweep_files(results.run_folder)[::2]
    if not records:
        return
    parts = [HEAD, *(section for path in records for section in _section(path, results))]
    (staged / f"{PAGE}.md").write_text("\n".join(parts), encoding="utf-8")
    place = staged / "_toc.yml"
    contents = yaml.safe_load(place.read_text(encoding="utf-8"))
    for part in contents["parts"]:
        if part["caption"] == SUPPLEMENT:
            part["chapters"].append({"file": PAGE})
    place.write_text(yaml.safe_dump(contents, allow_unicode=True), encoding="utf-8")


def _section(path: Path, results: Results) -> Iterator[str]:
    record = read_record(path)
    yield f"## {formatting.heading(path.parent.name)}\n"
    if why := _why_stale(record, results):
        renew = f"Run {command('sweep')} on its file again; what is fresh is not run again."
        yield f"It is not of the results of this book: {why}. {renew}\n"
        return
    yield from _provenance(record)
    numbers = pd.read_csv(path.with_name("numbers.csv"), keep_default_na=False, na_values=[""])
    yield from _moved(numbers, results.numbers)


def _why_stale(record: Mapping[str, Any], results: Results) -> str:
    """What of a sweep was made from something else than the chapters of the book; else empty."""
    if record.get("format") != FORMAT:
        return "its record is of another version"
    own = {run.notebook: run.fingerprint for run in results.runs}
    for chapter, held in record["fingerprints"].items():
        for part, value in held.items():
            if own.get(chapter, {}).get(part) != value:
                return f"{chapter} has another {part}"
    return ""


def _provenance(record: Mapping[str, Any]) -> Iterator[str]:
    axes = "; ".join(f"`{name}`: {_values(values)}" for name, values in record["axes"].items())
    yield f"{record['settings']} settings of {axes}.\n"
    yield "| Chapter | Runs | Taken from others | Failed | Processor, s a run | Made from |"
    yield "| :-- | --: | --: | --: | --: | :-- |"
    for chapter in record["chapters"]:
        states, shared = record["states"].get(chapter, {}), record["shared"].get(chapter, 0)
        spent = record["seconds"].get(chapter, {})
        parts = ", ".join(f"{part} {value:.2f}" for part, value in spent.items())
        made = " ".join(f"{k} `{v[:8]}`" for k, v in record["fingerprints"][chapter].items())
        cells = [
            chapter,
            sum(states.values()) - shared,
            shared,
            states.get("failed", 0),
            f"{sum(spent.values()):.2f} ({parts})" if spent else "–",
            made,
        ]
        yield f"| {' | '.join(map(str, cells))} |"
    commit = record["commit"] or "none"
    yield f"\nVersion {record['package_version']}, commit `{commit}`.\n"


def _values(values: list[Any], shown: int = 8) -> str:
    said = [json.dumps(value) for value in values]
    more = f" and {len(said) - shown} more" if len(said) > shown else ""
    return ", ".join(said[:shown]) + more


def _moved(numbers: pd.DataFrame, published: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A row a number with an interval that does not stay the same, those that move most first."""
    if numbers.empty:
        yield "No run came to its end.\n"
        return
    estimates = numbers[numbers["low"].notna() | numbers["reason"].notna()]
    rows = [_row(str(name), rows, published) for name, rows in estimates.groupby("number")]
    moving = sorted((row for row in rows if row), key=lambda row: -row[0])
    if not moving:
        yield "No number with an interval moves.\n"
        return
    yield "| Number | As published | Lowest | Median | Highest | Settings with an estimate |"
    yield "| :-- | --: | --: | --: | --: | --: |"
    yield from (line for _, line in moving[:SHOWN])
    left = len(moving) - SHOWN
    more = f" {left} more move less." if left > 0 else ""
    yield f"\nNumbers with an interval that move, by how far beside their interval's width.{more}\n"


def _row(
    name: str, rows: pd.DataFrame, published: Mapping[str, Mapping[str, Any]]
) -> tuple[float, str] | None:
    known = rows["value"].dropna()
    entry = published.get(name)
    if entry is None or known.nunique() < 2:
        return None
    width = float((rows["high"] - rows["low"]).median())
    spread = float(known.max() - known.min())
    far = spread / width if math.isfinite(width) and width > 0 else 0.0
    form = str(entry["format"])
    values = " | ".join(formatting.value(known.quantile(at), form) for at in (0.0, 0.5, 1.0))
    label = str(entry["label"]).replace("|", "/")
    said = formatting.reported(entry, "")
    return far, f"| {label} | {said} | {values} | {len(known)} of {len(rows)} |"
