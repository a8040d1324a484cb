"""The demo judged as real: others see no person and no small count of it, and all answers."""

import math
import pickle
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from compendium.privacy import disclosure, public_data
from compendium.results.reading import Results, read_results
from compendium.rows import Sensitivity
from compendium.suppression.counts import Counts
from compendium.suppression.linked import bounds
from compendium.suppression.public import (
    cells_hidden,
    protection_of,
    public_results,
    sets_of,
)

pytestmark = pytest.mark.built
LEAST = 5
MOST_HIDDEN = 0.25


@pytest.fixture(scope="module")
def whole(root: Path) -> Results:
    return read_results(root / "params" / "demo.yml")


@pytest.fixture(scope="module")
def shown(whole: Results, once: Callable[..., Path]) -> Results:
    def make(folder: Path) -> None:
        made = public_results(whole, folder / "results", LEAST)
        (folder / "shown.pickle").write_bytes(pickle.dumps(made))

    return pickle.loads((once("public", make) / "shown.pickle").read_bytes())


def test_every_hidden_count_of_the_linked_tables_stays_hidden(whole):
    found = protection_of(whole, LEAST)
    left = [limits for one in sets_of(whole) for limits in bounds(one, found).values()]
    assert len(left) > 50
    assert max(low for low, _ in left) <= 1 + 1e-6
    assert min(high for _, high in left) >= LEAST - 1 - 1e-6


def test_it_is_no_book_of_blanks(shown):
    tables = {
        output.id: (output, output.frame(shown.folder))
        for run in shown.runs
        for output in run.published
        if output.kind != "figure"
    }
    found = cells_hidden(tables, Counts(LEAST))
    assert found["cells"] > 500
    assert found["hidden"] / found["cells"] <= MOST_HIDDEN


def test_the_gate_finds_no_person_and_no_small_cell(shown):
    found = disclosure.scan(shown, people=True)
    of_others = public_data.reasons(shown, found)  # public patients, each excused by a licence
    kinds = ("small cell", "row a person", "pseudonym")
    assert [f for f in found if f.kind in kinds and f not in of_others] == []


def test_no_row_and_no_mark_is_of_a_person(shown):
    assert not [
        output.id
        for run in shown.runs
        if not run.of_public_data
        for output in run.published
        if output.sensitivity is Sensitivity.PERSON
    ]


def test_measures_are_those_of_the_analysis(whole, shown):
    """Every measure that is shown is the private one; registered answers are among them."""
    same = 0
    for name, entry in shown.numbers.items():
        private = whole.numbers[name]
        if isinstance(entry["value"], float) and not private["people"]:
            assert math.isclose(entry["value"], private["value"], rel_tol=1e-3, abs_tol=5e-4)
            same += 1
    assert same > 50
    for answer in ("trop2_shift", "trop2_auc", "trop2_adjusted_or", "tsh_ratio", "hr_trop2_pfs"):
        assert shown.numbers[answer]["value"] is not None, answer


def test_no_cell_shows_what_it_did_not_publish(shown):
    """Whatever a cell displays of itself stays with the study's own people."""
    for run in shown.runs:
        notebook = pd.read_json(run.executed, typ="series")
        for cell in notebook["cells"]:
            for output in cell.get("outputs", []):
                assert output["metadata"].get("compendium"), (run.notebook, cell["id"])
