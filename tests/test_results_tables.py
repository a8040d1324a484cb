"""Tables of the book: what is the same in all rows is said once, isotopes are as in text."""

import sys
from types import SimpleNamespace

import pandas as pd
import pytest
from docutils import nodes
from mini_study import ROOT

from compendium.formatting import isotopes
from compendium.publish.reuse import columns_file, columns_meant
from compendium.published import Table
from compendium.results.record import Place, output_of_table

sys.path.insert(0, str(ROOT / "book" / "_ext"))

from compendium_book.published import Made
from compendium_book.tables import results_table

ROWS = pd.DataFrame(
    {"factor": ["age", "TERT", "BRAF"], "n": [30, 30, 30], "p": [None] * 3, "hr": [1.2, 3.4, 0.6]}
)


def shown(tmp_path, frame: pd.DataFrame = ROWS, **said: object) -> tuple[list[str], list[str]]:
    """Headings of a table, and the notes under it."""
    table = Table("factors", frame, rows="estimate", caption="Factors.", **said)
    output = output_of_table(table, Place("c", 1), ())
    (tmp_path / "tables").mkdir(exist_ok=True)
    frame.to_csv(tmp_path / output.file, index=False)
    made, *notes = results_table(Made(output, "05_survival"), tmp_path)
    heads = [one.astext() for one in next(made.findall(nodes.thead)).findall(nodes.entry)]
    return heads, [note.astext() for note in notes]


def test_a_column_that_says_the_same_in_all_rows_is_said_once(tmp_path):
    assert shown(tmp_path) == (["Factor", "Hr"], ["In all rows: n 30."])


def test_a_column_that_differs_in_one_row_stays(tmp_path):
    frame = ROWS.assign(n=[30, 30, 28])
    assert shown(tmp_path, frame) == (["Factor", "n", "Hr"], [])


def test_rows_that_are_not_shown_count_too(tmp_path):
    frame = ROWS.assign(n=[30, 30, 28])
    heads, (rest,) = shown(tmp_path, frame, max_rows=2)
    assert heads == ["Factor", "n", "Hr"]
    assert rest.startswith("2 of 3 rows")


def test_p_has_its_own_format_unless_another_is_given(tmp_path):
    frame = pd.DataFrame({"factor": ["a", "b"], "p": [0.0964, 0.0004]})
    for formats, first in (({}, "0.096"), ({"p": ".4f"}, "0.0964")):
        table = Table("t", frame, rows="estimate", caption="T.", formats=formats)
        assert f">{first}<" in table.html()
        assert (
            output_of_table(table, Place("c", 1), ()).formats["p"] == (formats or {"p": "p"})["p"]
        )


def test_one_row_keeps_its_columns(tmp_path):
    assert shown(tmp_path, ROWS.head(1)) == (["Factor", "n", "Hr"], [])


@pytest.mark.parametrize(
    ("rows", "names"), [("variable", ["sex", "", "age"]), ("estimate", ["sex", "sex", "age"])]
)
def test_a_variable_is_named_once_above_its_levels(tmp_path, rows, names):
    frame = pd.DataFrame(
        {"variable": ["sex", "sex", "age"], "level": ["f", "m", ""], "n": [1, 2, 3],
         "smd": [0.5, None, None]}
    )  # fmt: skip
    output = output_of_table(Table("t", frame, rows=rows, caption="T."), Place("c", 1), ())
    (tmp_path / "tables").mkdir()
    frame.to_csv(tmp_path / output.file, index=False)
    made, *_ = results_table(Made(output, "01_cohort"), tmp_path)
    lines = [[one.astext() for one in row] for row in next(made.findall(nodes.tbody))]
    assert [line[0] for line in lines] == names
    assert [line[2] for line in lines] == ["1", "2", "3"]
    assert [line[3] for line in lines] == ["0.50", "" if rows == "variable" else "–", "–"]
    traced = [
        one["data"]["where"] for one in made.findall() if "data" in getattr(one, "attributes", {})
    ]
    assert [one for one in traced if one.endswith("· n")] == ["sex · n", "sex · n", "age · n"]


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("courses of 131I: 2", "courses of ¹³¹I: 2"),
        ("124I and 18F-Trop2, 68Ga", "¹²⁴I and ¹⁸F-Trop2, ⁶⁸Ga"),
        ("TSH124I", "TSH124I"),
        ("1131I, 131 I, 131In", "1131I, 131 I, 131In"),
    ],
)
def test_mass_numbers_are_raised(text, printed):
    assert isotopes(text) == printed


def test_each_column_of_a_file_has_its_meaning(tmp_path):
    table = Table("factors", ROWS, rows="estimate", caption="F.", columns={"hr": "Hazard ratio"})
    output = output_of_table(table, Place("c", 1), ())
    ROWS.to_csv(tmp_path / "f.csv", index=False)
    output = SimpleNamespace(**{**vars(output), "frame": lambda folder: ROWS})
    assert columns_file(output) == "tables/factors.columns.csv"
    lines = columns_meant(output, tmp_path).splitlines()
    assert lines[0] == "column,meaning,holds,shown_in_book"
    assert "factor,Factor,text,no" in lines
    assert "hr,Hazard ratio,number,yes" in lines


def test_the_first_column_is_no_exception(tmp_path):
    frame = ROWS.assign(n=[30, 29, 28])[["p", "n", "factor", "hr"]].assign(p="Trop2")
    assert shown(tmp_path, frame) == (["n", "Factor", "Hr"], ["In all rows: p Trop2."])
