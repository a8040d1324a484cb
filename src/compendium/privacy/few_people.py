"""Rows a person, and counts of few people, in what a run's record says was published."""

import json
from collections.abc import Iterable, Iterator

import pandas as pd

from compendium.privacy import displayed, small_cells
from compendium.privacy.findings import Finding, digest_of
from compendium.privacy.piece import Piece
from compendium.results.reading import Results, Run
from compendium.results.record import Output
from compendium.rows import Row, Sensitivity

ROWS_NAMED = 5


def few_people(results: Results, threshold: int) -> Iterator[Finding]:
    """Everything of a study's results that tells of one or of few people.

    Args:
        results: as they are to be published.
        threshold: counts from 1 to below it are small.
    """
    for run in results.runs:
        data = {}
        for output in (output for output in run.published if output.kind != "figure"):
            frame = data[output.figure] = output.frame(results.folder)
            yield from _of_table(run.notebook, output, frame, threshold)
        for output in (output for output in run.published if output.kind == "figure"):
            yield from _of_figure(output, data.get(output.id), threshold)
        for number_id, part in small_cells.small_numbers(run.record["numbers"], threshold):
            place = f"numbers/{run.notebook}.json, {number_id}, {part}"
            yield _finding("small cell", place, "", results.numbers[number_id][part])
        yield from _shown(run, threshold)


# Copies of files, which are searched as what they are, and what sources say of their patients.
_OF_OTHERS = ("html/files/", "html/claims.html")


def few_told(pages: Iterable[Piece], threshold: int) -> Iterator[Finding]:
    """Counts of few people in the sentences of finished pages.

    Args:
        pages: what is said there, not the files that the pages lead to.
        threshold: counts from 1 to below it are small.
    """
    for piece in pages:
        if ".html" in piece.place and not piece.place.startswith(_OF_OTHERS):
            for said in dict.fromkeys(displayed.told(piece.text, threshold)):
                yield _finding("small cell", piece.place, said, said)


def _finding(kind: str, place: str, found: str, what: object) -> Finding:
    """A finding with the hash of what was found, which may be a whole table."""
    said = what.to_csv(index=False) if isinstance(what, pd.DataFrame | pd.Series) else str(what)
    return Finding(kind, place, found, digest_of(kind, said))


def _shown(run: Run, threshold: int) -> Iterator[Finding]:
    """Counts of few, and rows a person, that a cell prints or displays beside its results."""
    cells = json.loads(run.executed.read_text(encoding="utf-8"))["cells"]
    for number, cell in enumerate(cells, start=1):
        place = f"notebooks/{run.notebook}.ipynb, cell {number}, output"
        outputs = cell.get("outputs", [])
        for said in dict.fromkeys(displayed.small_counts(outputs, threshold)):
            yield _finding("small cell", place, said, said)
        for column in dict.fromkeys(displayed.persons(outputs)):
            yield _finding("row a person", place, f"displayed, by {column}", outputs)


def _of_table(
    notebook: str, output: Output, frame: pd.DataFrame, threshold: int
) -> Iterator[Finding]:
    """What a table must not show: rows of persons, their pseudonyms, small counts."""
    if output.sensitivity is Sensitivity.PERSON and output.max_rows and len(frame):
        place = f"notebooks/{notebook}.ipynb, {output.file}"
        yield _finding("row a person", place, "", frame)
    for column in output.names:
        yield _finding("pseudonym", f"{output.file}, column {column}", "", frame[column])
    for column, rows in small_cells.small_cells(frame, output.people, threshold).items():
        place = f"{output.file}, column {column}, {_rows(rows)}"
        yield _finding("small cell", place, "", frame[column])


def _of_figure(output: Output, data: pd.DataFrame | None, threshold: int) -> Iterator[Finding]:
    """What a figure must not draw: persons, and steps of curves of few of them."""
    if data is not None and data.empty:
        return
    if output.rows is Row.STEP and data is not None:
        steps, at_risk = small_cells.small_steps(data, threshold)
        if steps:
            yield _finding("small cell", output.file, f"in {steps} Kaplan–Meier steps", data)
        if at_risk:
            yield _finding("small cell", output.file, f"at risk at {at_risk} times", data)
    elif output.sensitivity is Sensitivity.PERSON:
        yield _finding("row a person", output.file, "drawn, a mark each", data)


def _rows(rows: list[int]) -> str:
    named = ", ".join(map(str, rows[:ROWS_NAMED]))
    return (
        f"rows {named} and {len(rows) - ROWS_NAMED} more"
        if len(rows) > ROWS_NAMED
        else (f"row{'s' * (len(rows) > 1)} {named}")
    )
