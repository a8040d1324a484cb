"""A run's results as others may see them, made before anything is rendered.

Pure functions on the typed record do the work; here its parts are put together and written, in the
form of any other results, so that book, gate and archive take them as they take those.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from compendium import formatting
from compendium.files import write_whole
from compendium.published import COUNT_IN_TEXT
from compendium.results.reading import Results, Run
from compendium.results.record import Output
from compendium.rows import Row, Sensitivity
from compendium.suppression.counts import Counts
from compendium.suppression.figures import Shared, public_figure
from compendium.suppression.linked import LinkedSet, Protection, linked_sets, protected
from compendium.suppression.numbers import public_number
from compendium.suppression.tables import BLANK, public_table

NUMBERS = "numbers"
Tables = dict[str, tuple[Output, pd.DataFrame]]


@dataclass(frozen=True)
class Seen:
    """What others see of all runs: how counts are shown, tables by id, numbers that are blank."""

    counts: Counts
    tables: Tables
    blank_numbers: set[str]


@dataclass(frozen=True)
class Shown:
    """What of one run others see, by id; `files` are the contents by name."""

    tables: Tables
    figures: dict[str, Shared]
    numbers: dict[str, dict[str, Any]]
    files: dict[str, bytes]


def public_results(results: Results, folder: Path, least: int) -> Results:
    """The results as others may see them, written into a folder.

    Args:
        results: of a real study, whole.
        folder: an empty one.
        least: counts from 1 to below it are hidden, others rounded to a multiple of it.
    """
    found = protection_of(results, least)
    tables: Tables = {}
    for run in _of_the_study(results):
        for output in _tables_of(run):
            blank = [(c.row, c.column) for c in found.blank if c.table == output.id]
            frame = output.frame(results.folder)
            tables[output.id] = public_table(output, frame, found.counts, blank)
    counted = numbers_of(results)["id"].tolist()
    blank_numbers = {counted[c.row] for c in found.blank if c.table == NUMBERS}
    runs = [
        _as_it_is(run, results, folder)
        if run.of_public_data
        else _written(run, results, folder, Seen(found.counts, tables, blank_numbers))
        for run in results.runs
    ]
    return replace(results, runs=runs, written_to=folder)


def protection_of(results: Results, least: int) -> Protection:
    """How a study's counts are shown, so that no hidden one can be worked out."""
    return protected(sets_of(results), Counts(least))


def sets_of(results: Results) -> list[LinkedSet]:
    """The counts of a study that are said to be linked."""
    outputs = [output for run in _of_the_study(results) for output in _tables_of(run)]
    frames = {o.id: o.frame(results.folder) for o in outputs if o.sensitivity is Sensitivity.GROUP}
    frames[NUMBERS] = numbers_of(results)
    return linked_sets(frames, {o.id: o.linked for o in outputs if o.id in frames})


def numbers_of(results: Results) -> pd.DataFrame:
    """The numbers of the text that count people, as a table: id and value."""
    runs = _of_the_study(results)
    counted = [e for run in runs for e in run.record["numbers"] if e["people"]]
    return pd.DataFrame(
        {"id": [e["id"] for e in counted], "value": [e["value"] for e in counted]}, dtype=object
    )


def cells_hidden(tables: Mapping[str, tuple[Output, pd.DataFrame]], counts: Counts) -> Counter[str]:
    """How many cells of counts there are in public tables, and how many of them are hidden."""
    found: Counter[str] = Counter()
    for output, frame in tables.values():
        for name in output.people:
            for value in frame[name].dropna():
                hidden = isinstance(value, str) and (counts.few in value or BLANK in value)
                counted = not isinstance(value, str) or COUNT_IN_TEXT.match(value) or hidden
                found["cells"] += bool(counted)
                found["hidden"] += hidden
    return found


def _of_the_study(results: Results) -> list[Run]:
    """The runs that tell of the study's people; what others have published needs no protection."""
    return [run for run in results.runs if not run.of_public_data]


def _as_it_is(run: Run, results: Results, folder: Path) -> Run:
    """A run of public data with what it published as it is; the gate still looks at it."""
    names = [*run.record["outputs"], f"numbers/{run.notebook}.json"]
    for name in names:
        write_whole(folder / name, (results.folder / name).read_bytes())
    notebook = json.loads(run.executed.read_text(encoding="utf-8"))
    cells = [
        cell | {"outputs": [o for o in cell["outputs"] if o.get("metadata", {}).get("compendium")]}
        if cell["cell_type"] == "code"
        else cell
        for cell in notebook["cells"]
    ]
    executed = folder / "notebooks" / run.executed.name
    write_whole(executed, _json(notebook | {"cells": cells}))
    return replace(run, executed=executed)


def _tables_of(run: Run) -> list[Output]:
    return [output for output in run.published if output.kind != "figure"]


def _written(run: Run, results: Results, folder: Path, seen: Seen) -> Run:
    """A run with its files as others see them."""
    shown = _shown(run, results, seen)
    for name, content in shown.files.items():
        write_whole(folder / name, content)
    kept = [table for table, _ in shown.tables.values()] + [
        f.output for f in shown.figures.values()
    ]
    places = {output.id: place for place, output in enumerate(run.published)}
    record = run.record | {
        "hidden_below": seen.counts.least,
        "numbers": list(shown.numbers.values()),
        "published": [asdict(o) for o in sorted(kept, key=lambda output: places[output.id])],
        "outputs": {n: hashlib.sha256(c).hexdigest() for n, c in sorted(shown.files.items())},
    }
    write_whole(folder / "numbers" / f"{run.notebook}.json", _json(record))
    executed = folder / "notebooks" / run.executed.name
    notebook = json.loads(run.executed.read_text(encoding="utf-8"))
    cells = [_cell(cell, shown, folder) for cell in notebook["cells"]]
    write_whole(executed, _json(notebook | {"cells": cells}))
    return replace(run, record=record, executed=executed)


def _shown(run: Run, results: Results, seen: Seen) -> Shown:
    tables, counts = seen.tables, seen.counts
    frames = {name: frame for name, (_, frame) in tables.items()}
    own = {output.id: output for output in _tables_of(run)}
    data = {o.figure: o for o in own.values() if o.figure}
    figures = {}
    for output in (output for output in run.published if output.kind == "figure"):
        drawn = data[output.id].frame(results.folder) if output.id in data else None
        svg = (results.folder / output.file).read_bytes()
        figures[output.id] = public_figure(output, svg, drawn, frames, counts)
    shown = {
        name: tables[name]
        for name, output in own.items()
        if output.max_rows or output.sensitivity is not Sensitivity.PERSON
    }
    for figure, output in data.items():
        grouped = figures[figure].data
        if grouped is not None:
            record = replace(output, rows=Row.GROUP, sensitivity=Sensitivity.GROUP, texts=[])
            shown[output.id] = (replace(record, people=[], links=[], shares={}), grouped)
    files = {
        o.file: frame.to_csv(index=False, lineterminator="\n").encode()
        for o, frame in shown.values()
    }
    files |= {f.output.file: f.svg for f in figures.values()}
    numbers = {
        entry["id"]: public_number(entry, counts, blank=entry["id"] in seen.blank_numbers)
        for entry in run.record["numbers"]
    }
    return Shown(shown, figures, numbers, files)


def _cell(cell: dict[str, Any], shown: Shown, folder: Path) -> dict[str, Any]:
    """A cell with what it published as others see it, and nothing else that it displayed."""
    if cell["cell_type"] != "code":
        return cell
    outputs = [public for output in cell["outputs"] for public in _outputs(output, shown, folder)]
    return cell | {"outputs": outputs}


def _outputs(output: dict[str, Any], shown: Shown, folder: Path) -> Iterator[dict[str, Any]]:
    of = output.get("metadata", {}).get("compendium", {})
    name = of.get("id", "")
    match of.get("kind"):
        case "record":
            yield output
        case "number" if name in shown.numbers:
            entry = shown.numbers[name]
            part = "" if entry["low"] is None else "ci"
            text = f"{entry['label']}: {formatting.reported(entry, part)}"
            yield output | {"data": {"text/plain": text}}
        case "table" if name in shown.tables:
            table, frame = shown.tables[name]
            text = frame.head(table.max_rows).to_string(index=False)
            yield output | {"data": {"text/plain": text, "text/html": table.html(folder)}}
        case "figure" if name in shown.figures:
            figure = shown.figures[name]
            data = {"text/plain": figure.output.alt, "image/svg+xml": figure.svg.decode()}
            yield output | {"data": data}


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False).encode()
