"""A new study begins with templates that validate, explain themselves and refuse wrong entries."""

from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from study_tables import valid_rows, write_csv

from compendium.cli.study import new_study as new_study_command
from compendium.cli.study import validate
from compendium.errors import InputError
from compendium.parameters import declared_parameters, notebook_parameters
from compendium.rules import Rules
from compendium.settings import Settings
from compendium.study import examine, load_study
from compendium.study.templates import SEED, new_study
from compendium.tables import COLUMNS, MODELS


@pytest.fixture
def project(tmp_path, monkeypatch, root) -> Path:
    """An empty project with one of our notebooks."""
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "notebooks").mkdir()
    source = root / "notebooks" / "02_trop2_ihc.ipynb"
    (tmp_path / "notebooks" / source.name).write_bytes(source.read_bytes())
    monkeypatch.setenv("COMPENDIUM_ROOT", str(tmp_path))
    return tmp_path


def test_a_new_study_is_a_workbook_a_readme_and_a_params_file(project):
    written = new_study(Path("data/mine"))
    assert [str(path.relative_to(project)) for path in written] == [
        "data/mine/mine.xlsx",
        "data/mine/README.md",
        "params/mine.yml",
    ]
    assert "make STUDY=mine" in (project / "data/mine/README.md").read_text()


def test_the_workbook_has_a_sheet_a_table_and_every_column_explained_in_both_languages(project):
    new_study(Path("data/mine"))
    book = openpyxl.load_workbook(project / "data/mine/mine.xlsx")
    assert book.sheetnames == ["README", *MODELS]
    for name in MODELS:
        for cell in book[name][1]:
            column = COLUMNS[name][cell.value]
            assert column.description in cell.comment.text
            assert column.zh in cell.comment.text
            assert column.expected() in cell.comment.text


def test_coded_values_have_drop_down_lists(project):
    new_study(Path("data/mine"))
    sheet = openpyxl.load_workbook(project / "data/mine/mine.xlsx")["lesion"]
    lists = {
        str(rule.sqref).split(":")[0][:-1]: rule.formula1
        for rule in sheet.data_validations.dataValidation
        if rule.type == "list"
    }
    header = {cell.value: cell.column_letter for cell in sheet[1]}
    assert lists[header["site"]] == '"lung,bone,lymph_node,thyroid_bed,liver,brain,other"'
    assert lists[header["structural"]] == '"yes,no"'
    numbers = [rule for rule in sheet.data_validations.dataValidation if rule.type == "decimal"]
    assert [(rule.operator, rule.formula1) for rule in numbers] == [(None, "0")]


@pytest.mark.parametrize("as_csv", [False, True])
@pytest.mark.slow
def test_a_template_lacks_nothing_but_patients(project, as_csv):
    new_study(Path("data/mine"), as_csv=as_csv)
    _, problems = examine("data/mine", Rules(), images=True)
    assert [problem.found for problem in problems] == ["there is no patient"]


@pytest.mark.parametrize("as_csv", [False, True])
def test_a_filled_template_loads(project, as_csv):
    new_study(Path("data/mine"), as_csv=as_csv)
    rows = valid_rows()
    if as_csv:
        write_csv(rows, project / "data/mine")
    else:
        path = project / "data/mine/mine.xlsx"
        book = openpyxl.load_workbook(path)
        for name, lines in rows.items():
            header = [cell.value for cell in book[name][1]]
            for line in lines:
                book[name].append([line.get(column) or None for column in header])
        book.save(path)
    assert len(load_study("data/mine").tables["patient"]) == 3


def test_the_workbook_is_the_same_each_time(project):
    first, second = (new_study(Path(f"data/{name}"))[0] for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()


def test_the_params_file_has_every_rule_and_parameter_with_its_meaning_and_default(project):
    new_study(Path("data/mine"))
    notebook, params = project / "notebooks/02_trop2_ihc.ipynb", project / "params/mine.yml"
    declared = declared_parameters(notebook)
    found = notebook_parameters(notebook, params)
    assert found.pop("study_dir") == "data/mine"
    assert found.pop("results_dir") == "results/mine"
    assert found.pop("seed") == SEED
    assert found == {name: declared[name].default for name in found}
    text = params.read_text()
    comments = " ".join(line.strip() for line in text.splitlines()).replace(" # ", " ")
    for limit in [*Rules.declared.values(), Settings.reader_rule, Settings.model_resamples]:
        assert limit.meaning in comments
        assert limit.range in comments
        assert f"  {limit.name}: " in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
    "study_dir", ["mine", "data/my study", "data/我的", "data/a/b", "data/../x", "/data/mine"]
)
def test_a_name_that_cannot_be_used_is_refused(project, study_dir):
    with pytest.raises(InputError, match="expected data/<name>"):
        new_study(Path(study_dir))


def test_nothing_is_overwritten(project):
    new_study(Path("data/mine"))
    with pytest.raises(InputError, match="data/mine: is there already"):
        new_study(Path("data/mine"))
    (project / "params/other.yml").touch()
    with pytest.raises(InputError, match=r"params/other.yml: is there already"):
        new_study(Path("data/other"))


def test_validate_has_an_exit_status_for_scripts_and_a_page_for_people(project):
    rows = valid_rows()
    rows["pet_scan"][2]["tsh_miu_per_l"] = "90"
    write_csv(rows, project / "data/mine")
    fine = CliRunner().invoke(validate, ["data/mine"])
    assert fine.exit_code == 0
    assert "0 errors, 1 deviation, 0 notices" in fine.output
    rows["patient"][0]["sex"] = "<b>"
    write_csv(rows, project / "data/mine")
    page = project / "page.html"
    broken = CliRunner().invoke(validate, ["data/mine", "--report", str(page)])
    assert broken.exit_code == 1
    assert "patient.csv, row 2 (P001), column sex" in broken.output
    text = page.read_text()
    assert "&lt;b&gt;" in text
    assert "<b>" not in text
    assert "http" not in text
    assert "1 error, 1 deviation, 0 notices" in text


def test_validate_looks_for_images_unless_told_not_to(project):
    write_csv(valid_rows(), project / "data/mine")
    (project / "data/mine/dicom/S1.dcm").unlink()
    assert CliRunner().invoke(validate, ["data/mine"]).exit_code == 1
    assert CliRunner().invoke(validate, ["data/mine", "--no-images"]).exit_code == 0


def test_new_study_says_what_to_do_next(project):
    found = CliRunner().invoke(new_study_command, ["data/mine", "--csv"])
    assert found.exit_code == 0
    assert found.output.splitlines()[0] == "data/mine/tables/patient.csv"
    assert "three steps" in found.output
