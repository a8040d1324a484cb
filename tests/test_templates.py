"""A new study begins with templates that validate, explain themselves and refuse wrong entries."""

import datetime as dt
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from openpyxl.utils.datetime import from_excel
from study_tables import valid_rows, write_csv

from compendium.cli.study import new_study as new_study_command
from compendium.cli.study import validate
from compendium.errors import InputError
from compendium.parameters import declared_parameters, notebook_parameters
from compendium.rules import Rules
from compendium.settings import Settings
from compendium.studies import STUDIES
from compendium.study import examine, load_study, templates
from compendium.study.params_template import SEED
from compendium.study.template_workbook import (
    FILL_IN,
    IF_ANY,
    NOT_NEEDED,
    in_template,
    write_workbook,
)
from compendium.study.templates import new_study, tables_of
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
        "data/mine/study.yml",
        "params/mine.yml",
    ]
    assert "compendium make mine`" in (project / "data/mine/README.md").read_text()


@pytest.fixture(scope="module")
def workbooks(tmp_path_factory, root):
    """Workbooks of a new study by the flags with which it was begun."""
    kept = {}

    def book(**flags) -> openpyxl.Workbook:
        key = tuple(sorted(flags.items()))
        if key not in kept:
            path = tmp_path_factory.mktemp("book") / "mine.xlsx"
            studies = flags.get("studies", ())
            wanted = tables_of(studies, pet=flags.get("pet", False))
            as_days = flags.get("as_days", False)
            write_workbook(path, wanted, studies or tuple(STUDIES), as_days=as_days)
            kept[key] = openpyxl.load_workbook(path)
        return kept[key]

    return book


def rules_of(sheet) -> dict[str, object]:
    """The rule of the cells under each header, as the file has it."""
    header = {cell.column_letter: cell.value for cell in sheet[1]}
    return {
        header[str(rule.sqref).split(":")[0].rstrip("0123456789")]: rule
        for rule in sheet.data_validations.dataValidation
    }


@pytest.mark.parametrize("as_days", [False, True])
def test_the_workbook_has_a_sheet_a_table_and_every_column_explained(workbooks, as_days):
    book = workbooks(as_days=as_days)
    assert book.sheetnames == ["README", *MODELS]
    for name in MODELS:
        for cell in book[name][1]:
            day = cell.value.removesuffix("_date") + "_day"
            column = COLUMNS[name].get(cell.value) or COLUMNS[name][day]
            assert column.description in cell.comment.text
            assert column.zh in cell.comment.text
            dated = cell.value.endswith("_date")
            assert ("a date, such as" if dated else column.expected()) in cell.comment.text


@pytest.mark.parametrize("name", MODELS)
def test_every_code_is_in_its_drop_down_list_as_read_back_from_the_file(workbooks, name):
    rules = rules_of(workbooks()[name])
    for column in in_template(name).values():
        if column.codes or column.kind == "yes_no":
            codes = column.codes or ("yes", "no")
            assert rules[column.name].type == "list"
            assert rules[column.name].formula1 == f'"{",".join(codes)}"'


@pytest.mark.parametrize("name", MODELS)
def test_days_are_dates_with_a_rule_that_takes_every_date_of_a_life(workbooks, name):
    book, days = workbooks(), workbooks(as_days=True)
    headers = [cell.value for cell in book[name][1]]
    assert not [header for header in headers if header.endswith("_day")]
    for header in (header for header in headers if header.endswith("_date")):
        rule = rules_of(book[name])[header]
        assert (rule.type, rule.operator) == ("date", None)  # None is between
        low, high = (from_excel(int(limit)) for limit in (rule.formula1, rule.formula2))
        assert low <= dt.datetime(1935, 6, 1) < dt.datetime(2090, 1, 1) <= high
        letter = next(cell.column_letter for cell in book[name][1] if cell.value == header)
        assert book[name].column_dimensions[letter].number_format == "yyyy-mm-dd"
    for header, rule in rules_of(days[name]).items():
        if header.endswith("_day"):
            assert (rule.type, rule.formula1, rule.formula2) == ("whole", "-36525", "36525")


def test_numbers_have_their_limits_and_laboratory_values_none_that_forbids_a_sign(workbooks):
    lesion, lab = (rules_of(workbooks()[name]) for name in ("lesion", "lab"))
    assert (lesion["diameter_mm"].type, lesion["diameter_mm"].formula1) == ("decimal", "0")
    assert set(lab) == {"lab_date", "tgab_negative"}


TISSUE = ["patient", "pathology", "ihc_read", "rai_course", "lesion", "lesion_uptake", "lab",
          "response_assessment", "follow_up"]  # fmt: skip


@pytest.mark.parametrize(
    ("studies", "pet", "shown"),
    [
        ((), False, list(MODELS)),
        (("TROP2",), False, TISSUE),
        (("TROP2",), True, [*TISSUE, "pet_scan"]),
        (("TSH124I",), False, ["patient", "pathology", "lesion", "pet_scan"]),
        (("TROP2", "TSH124I"), False, [*TISSUE, "pet_scan"]),
    ],
)
def test_sheets_that_the_chosen_studies_do_not_need_are_hidden(workbooks, studies, pet, shown):
    book = workbooks(studies=studies, pet=pet)
    assert [s.title for s in book if s.sheet_state == "visible"] == ["README", *shown]
    offered = rules_of(book["patient"])["study"].formula1
    assert offered == f'"{",".join(studies or STUDIES)}"'


def test_the_first_sheet_says_for_each_study_which_sheets_to_fill(workbooks):
    rows = [[cell.value for cell in row] for row in workbooks(studies=("TROP2",))["README"]]
    head, *lines = rows[: len(MODELS) + 1]
    assert head[3:] == ["TROP2: 9 of 15", "TROP2 + PET: 10 of 15", "TSH124I: 4 of 15"]
    by_table = {line[0].split(" ")[0]: line[3:] for line in lines}
    assert list(by_table) == list(MODELS)
    assert by_table["follow_up"] == [FILL_IN, FILL_IN, NOT_NEEDED]
    assert by_table["pet_scan"] == [NOT_NEEDED, FILL_IN, FILL_IN]
    assert by_table["local_therapy"] == [IF_ANY, IF_ANY, NOT_NEEDED]
    assert [line[0] for line in lines if "hidden" in line[0]] == [
        f"{name} (hidden 已隐藏)" for name in MODELS if name not in TISSUE
    ]


@pytest.mark.parametrize("as_csv", [False, True])
@pytest.mark.slow
def test_a_template_lacks_nothing_but_patients(project, as_csv):
    new_study(Path("data/mine"), as_csv=as_csv)
    _, problems = examine("data/mine", Rules(), images=True)
    assert [problem.found for problem in problems] == ["there is no patient"]


@pytest.mark.slow
@pytest.mark.parametrize("as_csv", [False, True])
def test_a_filled_template_loads(project, as_csv):
    new_study(Path("data/mine"), as_csv=as_csv, as_days=True)
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


@pytest.mark.slow
def test_a_template_filled_with_dates_is_a_study_in_days(project):
    new_study(Path("mine"), studies=["TROP2"])
    path = project / "data/mine/mine.xlsx"
    book = openpyxl.load_workbook(path)
    rows = valid_rows()
    start = dt.datetime(2015, 3, 7)
    for name in TISSUE:
        for line in rows[name]:
            line |= {"index_date": start, "study": "TROP2"}
            dated = {
                column.date_name: start + dt.timedelta(int(line[column.name]))
                for column in COLUMNS[name].values()
                if column.is_day and line.get(column.name)
            }
            header = [cell.value for cell in book[name][1]]
            book[name].append([({**line, **dated}).get(column) or None for column in header])
    book.save(path)
    found = load_study("data/mine").tables
    assert found["lab"]["lab_day"].tolist() == [int(row["lab_day"]) for row in rows["lab"]]


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
    "study_dir",
    ["data/my study", "data/我的", "data/a/b", "data/../x", "/data/mine", "a" * 300, "CON", "';"],
)
def test_a_name_that_cannot_be_used_is_refused(project, study_dir):
    with pytest.raises(InputError, match="cannot be a study; expected") as refused:
        new_study(Path(study_dir))
    assert len(str(refused.value)) < 200


def test_pet_is_that_of_a_study(project):
    with pytest.raises(InputError, match="of which study"):
        new_study(Path("mine"), pet=True)


def test_nothing_is_overwritten(project):
    new_study(Path("data/mine"))
    with pytest.raises(InputError, match="data/mine: is there already"):
        new_study(Path("data/mine"))
    (project / "params/other.yml").touch()
    with pytest.raises(InputError, match=r"params/other.yml: is there already"):
        new_study(Path("data/other"))


@pytest.mark.parametrize("as_csv", [True, False])
def test_a_run_that_was_stopped_leaves_no_half_of_a_study_and_can_be_called_again(
    project, monkeypatch, as_csv
):
    def stopped(*words, **how):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(templates, "_steps", stopped)
        with pytest.raises(KeyboardInterrupt):
            new_study(Path("mine"), as_csv=as_csv)
    assert list((project / "data").iterdir()) == []
    (project / "data" / ".mine.new.partial" / "dicom").mkdir(parents=True)  # as a kill leaves it
    written = new_study(Path("mine"), as_csv=as_csv)
    assert all(path.is_file() for path in written)
    assert [path.name for path in (project / "data").iterdir()] == ["mine"]


@pytest.mark.slow
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


@pytest.mark.slow
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
