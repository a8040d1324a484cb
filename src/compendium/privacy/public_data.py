"""Why what the gate finds in a chapter of public data may be published: the licence of the set.

Such a chapter reads nothing of the study; that is held when it is made. What the gate finds in it
is of people whom others have published. The reason is proposed in the table of excuses, bound as
any other to what was found, and a person sees it there before the book is made.
"""

from collections.abc import Iterator

from compendium.external import SETS, Listed, register
from compendium.notebook_file import read_notebook
from compendium.privacy.findings import Finding
from compendium.results.reading import Results, Run

KINDS = ("small cell", "row a person")
"""What public patients are found by. A name or a number needs a reason that a person gives."""


def reasons(results: Results, found: list[Finding]) -> dict[Finding, str]:
    """A reason for each finding that is in a chapter of public data.

    Returns:
        The licences and origins of the sets of whose people the place tells, by finding.
    """
    places = dict(_places(results))
    said = {}
    for one in found:
        inside = [part for name, parts in places.items() if name in one.place for part in parts]
        if inside and one.kind in KINDS:
            said[one] = _licence(results, sorted(set(inside)))
    return said


def _places(results: Results) -> Iterator[tuple[str, list[str]]]:
    """Files and numbers of chapters of public data, with the sets that they tell of."""
    for run in (run for run in results.runs if run.of_public_data):
        held = [str(part) for part in run.record["public"]]
        of_cell = _of_cells(run, held)
        yield f"{run.notebook}.", held
        for output in run.published:
            yield output.file, of_cell.get(output.cell_id, held)


def _of_cells(run: Run, held: list[str]) -> dict[str, list[str]]:
    cells = read_notebook(run.source).cells
    needs = {cell.id: cell.metadata.get("compendium", {}).get("needs", []) for cell in cells}
    return {cell: [p for p in parts if p in SETS] or held for cell, parts in needs.items()}


def _licence(results: Results, parts: list[str]) -> str:
    listed: dict[str, Listed] = {}
    for one in register(results.root):
        listed.setdefault(one.part, one)
    named = "; ".join(f"{part}: {listed[part].source}" for part in parts)
    return f"Published by others and of nobody in this study. {named}"
