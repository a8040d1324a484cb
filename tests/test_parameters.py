"""Strict parameters: every wrong setting is named before any cell runs."""

from pathlib import Path

import nbformat
import pytest

from compendium.errors import InputError
from compendium.parameters import declared_parameters, notebook_parameters, read_params

CELL = """study_dir = "data/demo"  # folder of the study
results_dir = "results/demo"
seed = 1
tg_ratio = 0.7  # post/pre, 1
blind = True
sites = ["lung", "bone"]  # a # in a comment
marker = "#1"  # a # in the text
"""


def notebook(folder: Path, source: str = CELL, *, tags: int = 1, name: str = "02_x") -> Path:
    book = nbformat.v4.new_notebook()
    for _ in range(tags):
        cell = nbformat.v4.new_code_cell(source)
        cell.metadata["tags"] = ["parameters"]
        book.cells.append(cell)
    path = folder / f"{name}.ipynb"
    nbformat.write(book, path)
    return path


def params(folder: Path, own: str = "{}", extra: str = "") -> Path:
    path = folder / "p.yml"
    path.write_text(
        f"study_dir: data/x\nresults_dir: results/x\nseed: 7\n{extra}\nnotebooks:\n  02_x: {own}\n"
    )
    return path


def test_declared_names_defaults_and_meanings(tmp_path):
    declared = declared_parameters(notebook(tmp_path))
    assert [(p.name, p.default, p.meaning) for p in declared.values()][3:] == [
        ("tg_ratio", 0.7, "post/pre, 1"),
        ("blind", True, ""),
        ("sites", ["lung", "bone"], "a # in a comment"),
        ("marker", "#1", "a # in the text"),
    ]


def test_settings_of_the_study_and_of_the_notebook_replace_defaults(tmp_path):
    effective = notebook_parameters(notebook(tmp_path), params(tmp_path, "{tg_ratio: 1}"))
    assert effective["study_dir"] == "data/x"
    assert effective["seed"] == 7
    assert effective["tg_ratio"] == 1.0
    assert type(effective["tg_ratio"]) is float
    assert effective["sites"] == ["lung", "bone"]


@pytest.mark.parametrize(
    ("own", "extra", "named"),
    [
        ("{tg_ration: 1}", "", ["02_x", "'tg_ration'", "Did you mean 'tg_ratio'"]),
        ("{tg_ratio: high}", "", ["tg_ratio", "'high'", "a text", "expected a number"]),
        ("{blind: 1}", "", ["blind", "1 is a whole number", "true or false"]),
        ("{seed: 3}", "", ["'seed'", "top of the file"]),
        ("{sites: lung}", "", ["sites", "'lung'", "expected a list"]),
        ("{sites: [1]}", "", ["sites", "1 is a whole number", "expected a text"]),
        ("{tg_ratio: }", "", ["tg_ratio", "empty"]),
        ("{tg_ratio: 1, tg_ratio: 2}", "", ["'tg_ratio' is given twice"]),
        ("{}", "sed: 3", ["unknown key 'sed'", "Did you mean 'seed'"]),
        ("3", "", ["expected a mapping"]),
        ("{", "", ["not readable as YAML"]),
    ],
)
def test_wrong_settings_are_named(tmp_path, own, extra, named):
    with pytest.raises(InputError) as error:
        notebook_parameters(notebook(tmp_path), params(tmp_path, own, extra))
    for words in named:
        assert words in str(error.value)


def test_settings_for_a_notebook_that_does_not_exist(tmp_path):
    file = tmp_path / "p.yml"
    file.write_text("study_dir: a\nresults_dir: b\nseed: 1\nnotebooks: {02_y: {}}\n")
    with pytest.raises(InputError, match="unknown key '02_y'.*Did you mean '02_x'"):
        notebook_parameters(notebook(tmp_path), file)


@pytest.mark.parametrize("key", ["study_dir", "results_dir", "seed"])
def test_a_missing_key_of_the_study_is_named(tmp_path, key):
    lines = {"study_dir": "a", "results_dir": "b", "seed": "1"}
    del lines[key]
    file = tmp_path / "p.yml"
    file.write_text("".join(f"{name}: {value}\n" for name, value in lines.items()))
    with pytest.raises(InputError, match=f"the key '{key}' is missing"):
        read_params(file)


def test_a_params_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="no such params file"):
        read_params(tmp_path / "none.yml")


@pytest.mark.parametrize(
    ("source", "tags", "words"),
    [
        (CELL, 0, "0 cells are tagged"),
        (CELL, 2, "2 cells are tagged"),
        ("import os", 1, "is not `name = value`"),
        ("x = f()", 1, "must be a number"),
        ("x = None", 1, "must be a number"),
        ("x = (1, 2)", 1, "must be a number"),
    ],
)
def test_a_parameters_cell_that_is_not_one(tmp_path, source, tags, words):
    with pytest.raises(InputError, match=words):
        declared_parameters(notebook(tmp_path, source, tags=tags))
