"""Strict parameters: every wrong setting is named before any cell runs."""

from pathlib import Path

import nbformat
import pytest

from compendium.errors import InputError
from compendium.parameters import (
    declared_parameters,
    from_namespace,
    notebook_parameters,
    read_params,
)

CELL = """study_dir = "data/demo"  # folder of the study
results_dir = "results/demo"
seed = 1
cut = 0.7  # post/pre, 1
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
        ("cut", 0.7, "post/pre, 1"),
        ("blind", True, ""),
        ("sites", ["lung", "bone"], "a # in a comment"),
        ("marker", "#1", "a # in the text"),
    ]


def test_settings_of_the_study_and_of_the_notebook_replace_defaults(tmp_path):
    effective = notebook_parameters(notebook(tmp_path), params(tmp_path, "{cut: 1}"))
    assert effective["study_dir"] == "data/x"
    assert effective["seed"] == 7
    assert effective["cut"] == 1.0
    assert type(effective["cut"]) is float
    assert effective["sites"] == ["lung", "bone"]


@pytest.mark.parametrize(
    ("own", "extra", "named"),
    [
        ("{cutt: 1}", "", ["02_x", "'cutt'", "Did you mean 'cut'"]),
        ("{cut: high}", "", ["cut", "'high'", "a text", "expected a number"]),
        ("{blind: 1}", "", ["blind", "1 is a whole number", "true or false"]),
        ("{seed: 3}", "", ["'seed'", "top of the file"]),
        ("{sites: lung}", "", ["sites", "'lung'", "expected a list"]),
        ("{sites: [1]}", "", ["sites", "1 is a whole number", "expected a list", "'lung'"]),
        ("{cut: }", "", ["cut", "empty"]),
        ("{cut: 1, cut: 2}", "", ["'cut' is given twice"]),
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


@pytest.mark.parametrize(
    ("results", "words"),
    [
        ("../outside", "'../outside' is not a folder inside the project; expected one of its own"),
        ("results/../../x", "is not a folder inside the project.* such as results/a"),
        ("/elsewhere/x", "is not a folder inside the project"),
        (".", "is not a folder inside the project"),
        ("data/a", "'data/a' and study_dir 'data/a' are not apart"),
        ("data/a/results", "are not apart; expected results in a folder of their own"),
        ("data", "are not apart"),
    ],
)
def test_results_outside_the_project_or_among_the_data_are_refused(
    tmp_path, monkeypatch, results, words
):
    monkeypatch.setenv("COMPENDIUM_ROOT", str(tmp_path))
    file = tmp_path / "params" / "x.yml"
    file.parent.mkdir()
    file.write_text(f"study_dir: data/a\nresults_dir: {results}\nseed: 1\n")
    with pytest.raises(InputError, match=words):
        read_params(file)


@pytest.mark.parametrize("results", ["results/a", "out", "results/../results/a"])
def test_results_have_a_folder_of_their_own(tmp_path, monkeypatch, results):
    monkeypatch.setenv("COMPENDIUM_ROOT", str(tmp_path / "project"))
    file = tmp_path / "again" / "x.yml"
    file.parent.mkdir()
    for place in (results, tmp_path / "again" / "results"):  # as `reproduce` writes them
        file.write_text(f"study_dir: data/a\nresults_dir: {place}\nseed: 1\n")
        assert read_params(file)["seed"] == 1


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


WITH_RULES = """study_dir = "a"
results_dir = "b"
seed = 1
rules = {}
workers = 2  # of the package, with its range
own = 1.5  # of this notebook
"""


def rules_of(tmp_path: Path, block: str) -> object:
    file = params(tmp_path, extra=f"rules: {block}")
    return notebook_parameters(notebook(tmp_path, WITH_RULES), file)["rules"]


def test_rules_reach_a_notebook_where_they_depart_from_the_registered(tmp_path):
    assert rules_of(tmp_path, "") == {}
    assert rules_of(tmp_path, "{tg_ratio: 0.7, tvdt_assessments: 3}") == {}
    found = rules_of(tmp_path, "{tg_ratio: 0.6, tsh_low: [25, 35]}")
    assert found == {"tg_ratio": 0.6, "tsh_low": [25.0, 35.0]}


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("{pd_share: 20}", "p.yml, rules, pd_share: 20 is not possible"),
        ("{tg_ratio: .nan}", "tg_ratio: nan is not a finite number"),
        ("{tg_ration: 1}", "p.yml, rules: unknown key 'tg_ration'. Did you mean 'tg_ratio'"),
        ("{r3_months: 012}", "line 4: YAML reads 012 as 10. Write the number"),
        ("{r3_months: 12:30}", "line 4: YAML reads 12:30 as 750."),
        ("{tg_ratio: 0:30.5}", "YAML reads 0:30.5 as 30.5."),
        ("{r3_months: 0x0c}", "YAML reads 0x0c as 12."),
        ("{least_at_risk: 1_0}", "YAML reads 1_0 as 10."),
        ("[tg_ratio]", "expected such as {tg_ratio: 0.6}"),
    ],
)
def test_rules_that_are_not_possible_stop_in_the_params_file(tmp_path, block, said):
    with pytest.raises(InputError) as error:
        rules_of(tmp_path, block)
    assert said in str(error.value)


@pytest.mark.parametrize("number", ["0", "-12", "+3", "0.5", "-0.25", "10", "100"])
def test_plain_decimals_are_read_as_they_stand(tmp_path, number):
    file = params(tmp_path, extra="title: x")
    file.write_text(file.read_text().replace("title: x", f"title: {number}"))
    assert read_params(file)["title"] == float(number)


def test_keys_of_earlier_params_files_are_named_with_their_new_place(tmp_path):
    file = tmp_path / "p.yml"
    file.write_text(
        "study_dir: a\nresults_dir: b\nseed: 1\nnotebooks:\n"
        "  01_cohort: {pd_share: 0.5}\n"
        "  02_trop2_ihc: {resamples: 200}\n"
        "  04_tsh_iodine_uptake: {background_rule: [3, 2]}\n"
    )
    with pytest.raises(InputError) as error:
        read_params(file)
    lines = str(error.value).splitlines()
    assert lines[0].startswith(f"{file}: limits stand in the block `rules:` now")
    assert lines[1:] == [
        "  - notebooks, 01_cohort: pd_share → rules: pd_share, once for the whole study",
        "  - notebooks, 02_trop2_ihc: resamples → notebooks, 02_trop2_ihc: cutoff_resamples",
        "  - notebooks, 04_tsh_iodine_uptake: background_rule → rules: avid_sds and avid_ratio, "
        "two numbers",
    ]


@pytest.mark.parametrize(
    ("source", "extra", "said"),
    [
        (CELL, "rules: {tg_ratio: 0.6}", "expected the line `rules = {}`"),
        (CELL + "rules = {'tg_ratio': 0.6}", "", "found {'tg_ratio': 0.6}"),
        (WITH_RULES, "", "'rules' is one for the whole study"),
    ],
)
def test_rules_of_a_study_come_from_its_params_file_alone(tmp_path, source, extra, said):
    own = "{rules: {tg_ratio: 1}}" if source == WITH_RULES else "{}"
    with pytest.raises(InputError) as error:
        notebook_parameters(notebook(tmp_path, source), params(tmp_path, own, extra))
    assert said in str(error.value)


def namespace(**changed: object) -> dict[str, object]:
    stored: dict[str, object] = {}
    exec(WITH_RULES, stored)
    return stored | changed


def test_a_running_notebook_is_held_against_what_is_registered(tmp_path):
    path = notebook(tmp_path, WITH_RULES)
    own, rules, found = from_namespace(path, namespace())
    assert (own["own"], own["workers"], rules.departures, found) == (1.5, 2, {}, [])
    _, rules, found = from_namespace(path, namespace(rules={"tg_ratio": 0.6}, workers=1))
    assert rules.tg_ratio == 0.6
    assert [(one["name"], one["value"], one["registered"]) for one in found] == [
        ("tg_ratio", 0.6, 0.7)
    ]


def test_a_default_that_was_edited_in_the_notebook_departs(tmp_path):
    edited = WITH_RULES + "cutoff_resamples = 200\n"
    found = from_namespace(notebook(tmp_path, edited), namespace(cutoff_resamples=200))[2]
    assert [(one["name"], one["value"], one["registered"]) for one in found] == [
        ("cutoff_resamples", 200, 2000)
    ]


def test_plain_papermill_hands_rules_over_as_text(tmp_path):
    path = notebook(tmp_path, WITH_RULES)
    assert from_namespace(path, namespace(rules="{tg_ratio: 0.6}"))[1].tg_ratio == 0.6
    with pytest.raises(InputError, match="reads 012 as 10"):
        from_namespace(path, namespace(rules="{r3_months: 012}"))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"rules": {"pd_share": 20}}, "rules, pd_share: 20 is not possible"),
        ({"rules": {"tvdt_years": -1}}, "rules, tvdt_years: -1 is not possible"),
        ({"workers": 0}, "workers: 0 is not possible; expected a whole number, at least 1"),
        ({"own": float("nan")}, "own: nan is not a finite number"),
        ({"own": "x"}, "own: 'x' is a text; expected a number, as in the notebook's default 1.5"),
        ({"tg_ratio": 70}, "tg_ratio = 70 has no effect by itself"),
    ],
)
def test_a_namespace_is_checked_as_a_params_file_is(tmp_path, changed, said):
    with pytest.raises(InputError) as error:
        from_namespace(notebook(tmp_path, WITH_RULES), namespace(**changed))
    assert said in str(error.value)
