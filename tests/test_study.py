"""A study is loaded from CSV or from a workbook, and says what is wrong with it."""

import datetime as dt
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from study_tables import Rows, as_generated, valid_rows, write_csv, write_images

from compendium.cohort.eligibility import eligibility_rules
from compendium.cohort.membership import judge
from compendium.disease.progression import classify_progression
from compendium.disease.response import classify_response
from compendium.errors import InputError
from compendium.files import project_root
from compendium.rules import Rules
from compendium.study import Study, examine, load_study
from compendium.study.nearest import closest
from compendium.synthetic.study import make_study
from compendium.synthetic.truth import TRUTHS
from compendium.synthetic.writing import confirmations, write_table
from compendium.tables import MODELS


@pytest.fixture
def rows() -> Rows:
    return valid_rows()


def write_workbook(rows: Rows, study_dir: Path) -> Path:
    """The rows as one workbook with a sheet a table, numbers and texts as Excel holds them."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in rows.items():
        sheet = book.create_sheet(name)
        sheet.append(list(lines[0]))
        for line in lines:
            sheet.append([as_excel(cell) for cell in line.values()])
    study_dir.mkdir(parents=True, exist_ok=True)
    book.save(study_dir / "study.xlsx")
    write_images(study_dir)
    return study_dir


def as_excel(cell: object) -> object:
    if isinstance(cell, str):
        try:
            return float(cell)
        except ValueError:
            return cell or None
    return cell


@pytest.mark.slow
def test_a_valid_study_has_no_problem_and_all_tables_in_their_types(rows, tmp_path):
    study, problems = examine(write_csv(rows, tmp_path), Rules(), images=True)
    assert problems == []
    assert set(study.tables) == set(MODELS)
    for name, model in MODELS.items():
        model.validate(study.tables[name])
    assert len(study.tables["covariate"]) == 0
    assert study.name == tmp_path.name
    assert study.dicom_dir == tmp_path / "dicom"


@pytest.mark.slow
def test_a_study_is_synthetic_where_every_file_is_the_generator_s(rows, tmp_path):
    write_csv(rows, tmp_path)
    (tmp_path / "truth.json").write_text("{}")
    assert not load_study(tmp_path).synthetic
    as_generated(tmp_path)
    (tmp_path / ".DS_Store").write_text("of a Mac")
    assert load_study(tmp_path).synthetic


@pytest.mark.parametrize("change", ["another table", "one more", "one gone", "other images"])
def test_a_copied_demo_with_another_file_is_a_real_study(rows, tmp_path, change):
    write_csv(rows, tmp_path)
    series = tmp_path / "dicom" / "drawn"
    series.mkdir(parents=True)
    (series / "1.dcm").write_text("drawn")
    as_generated(tmp_path)
    patient = next(tmp_path.rglob("patient.csv"))
    match change:
        case "another table":
            patient.write_text(patient.read_text() + "\n")
        case "one more":
            patient.with_name("lab2.csv").write_text("x\n")
        case "one gone":
            patient.unlink()
        case "other images":
            (series / "1.dcm").write_text("theirs")
    assert not Study(tmp_path.name, tmp_path, {}).synthetic


@pytest.mark.slow
def test_workbook_and_csv_give_the_same_tables(rows, tmp_path):
    of_csv = load_study(write_csv(rows, tmp_path / "csv"))
    of_book = load_study(write_workbook(rows, tmp_path / "book"))
    for name in MODELS:
        pd.testing.assert_frame_equal(of_csv.tables[name], of_book.tables[name])


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_is_read_in_the_encodings_that_excel_writes(rows, tmp_path, encoding):
    for row in rows["patient"]:
        row["note"] = "甲状腺乳头状癌"
    study = load_study(write_csv(rows, tmp_path, encoding=encoding))
    assert list(study.tables["patient"]["note"]) == ["甲状腺乳头状癌"] * 3


@pytest.mark.slow
@pytest.mark.parametrize("separator", [";", "\t"])
def test_csv_is_read_with_the_separators_that_excel_writes(rows, tmp_path, separator):
    write_csv(rows, tmp_path)
    for path in (tmp_path / "tables").glob("*.csv"):
        pd.read_csv(path, dtype=str).to_csv(path, sep=separator, index=False)
    assert len(load_study(tmp_path).tables["patient"]) == 3


@pytest.mark.slow
def test_empty_lines_and_columns_are_passed_over_and_rows_keep_their_number(rows, tmp_path):
    write_csv(rows, tmp_path)
    path = tmp_path / "tables" / "lab.csv"
    header, line = path.read_text().splitlines()
    path.write_text(f"{header}\n\n , , , , \n{line.replace('0.05', 'low')}\n")
    _, problems = examine(tmp_path, Rules())
    assert [(p.row, p.column) for p in problems] == [(4, "tsh_miu_per_l")]


@pytest.mark.slow
def test_dates_become_days_and_do_not_leave_the_loader(rows, tmp_path):
    for row, date in zip(
        rows["patient"], ["2018-03-07", "2019/1/31", "2020年2月29日"], strict=True
    ):
        row["index_date"] = date
    rows["lab"] = [
        {"patient_id": "P001", "lab_date": date, "tsh_miu_per_l": "", "tg_ng_per_ml": "",
         "tgab_negative": ""}
        for date in ("2018-03-07", "2019-03-07", "2018.3.6", "2018-03-08 00:00:00")
    ]  # fmt: skip
    study = load_study(write_csv(rows, tmp_path))
    assert list(study.tables["lab"]["lab_day"]) == [0, 365, -1, 1]
    assert "index_date" not in study.tables["patient"]


@pytest.mark.slow
def test_date_cells_of_excel_become_days(rows, tmp_path):
    for row in rows["patient"]:
        row["index_date"] = dt.datetime(2018, 3, 7)
    rows["lab"] = [{"patient_id": "P001", "lab_date": dt.datetime(2018, 4, 6)}]
    rows["lab"][0] |= {"tsh_miu_per_l": "", "tg_ng_per_ml": "", "tgab_negative": ""}
    study = load_study(write_workbook(rows, tmp_path))
    assert list(study.tables["lab"]["lab_day"]) == [30]


@pytest.mark.slow
def test_names_and_record_numbers_do_not_leave_the_loader(rows, tmp_path):
    for row in rows["patient"]:
        row |= {"patient_name": "A. Person", "record_number": "12345678"}
    study = load_study(write_csv(rows, tmp_path))
    assert not {"patient_name", "record_number"} & set(study.tables["patient"])


@pytest.mark.slow
def test_sheets_that_are_no_table_are_passed_over_where_they_are_known_or_empty(rows, tmp_path):
    write_workbook(rows, tmp_path)
    book = openpyxl.load_workbook(tmp_path / "study.xlsx")
    book.create_sheet("README").append(["Read me"])
    book.create_sheet("Sheet1")
    book.save(tmp_path / "study.xlsx")
    assert load_study(tmp_path).problems(Rules()) == []


@pytest.mark.slow
def test_all_errors_are_named_at_once(rows, tmp_path):
    rows["patient"][0]["sex"] = "femal"
    rows["patient"][1]["age_years"] = "161"
    rows["lesion"][2]["patient_id"] = "P009"
    with pytest.raises(InputError) as caught:
        load_study(write_csv(rows, tmp_path))
    assert str(caught.value).replace(f"{tmp_path}/tables/", "").splitlines() == [
        "patient.csv, row 2 (P001), column sex: sex is 'femal'; expected one of: "
        "female, male, other. Did you mean female? Correct the code.",
        "patient.csv, row 3 (P002), column age_years: age_years is '161'; "
        "expected a number of at least 0 and at most 120 a. Check the value and its unit (a).",
        "lesion.csv, row 4 (P009), column patient_id: there is no patient P009; "
        "expected a patient_id of the patient table. Correct it, or add the patient.",
    ]


@pytest.mark.slow
def test_more_than_twenty_errors_are_counted(rows, tmp_path):
    for row in rows["lesion"]:
        row |= {"site": "knee", "diameter_mm": "-1", "structural": "perhaps", "lesion_id": "L 1"}
    with pytest.raises(InputError, match=r"\d+ in all; `\S*compendium validate` lists"):
        load_study(write_csv(rows, tmp_path))


@pytest.mark.slow
def test_two_time_points_of_one_level_are_one_administration(rows, tmp_path):
    rows["pet_scan"].insert(2, {**rows["pet_scan"][1], "scan_id": "S2b", "scan_day": "101"})
    rows["pet_scan"][2]["series_dir"] = "S2b"
    _, problems = examine(write_csv(rows, tmp_path), Rules())
    assert problems == []


@pytest.mark.slow
def test_values_beyond_a_limit_of_detection_keep_their_signs(rows, tmp_path):
    rows["lab"] = [
        {**rows["lab"][0], "lab_day": str(day), "tg_ng_per_ml": cell, "tsh_miu_per_l": "<0.005"}
        for day, cell in enumerate(("<0.04", "＞500", "≥ 1,5", "3.2", ""))
    ]
    rows["pet_scan"][2]["tsh_miu_per_l"] = ">100"
    study, problems = examine(write_csv(rows, tmp_path), Rules())
    assert problems == []
    lab = study.tables["lab"]
    assert lab["tg_ng_per_ml"].tolist()[:4] == [0.04, 500, 1.5, 3.2]
    assert lab["tg_ng_per_ml_sign"].fillna("").tolist() == ["<", ">", "≥", "", ""]
    assert lab["tsh_miu_per_l_sign"].tolist() == ["<"] * 5
    MODELS["lab"].validate(lab)
    assert study.tables["pet_scan"]["tsh_miu_per_l_sign"].fillna("").tolist() == ["", "", ">"]


@pytest.mark.slow
def test_signs_in_a_column_of_their_own_are_read_too(rows, tmp_path):
    rows["lab"][0] |= {"tg_ng_per_ml": "0.04", "tg_ng_per_ml_sign": "＜"}
    lab = load_study(write_csv(rows, tmp_path)).tables["lab"]
    assert lab.loc[0, ["tg_ng_per_ml", "tg_ng_per_ml_sign"]].tolist() == [0.04, "<"]


@pytest.mark.slow
@pytest.mark.parametrize("tsh", ["≥100", ">75", "<30"])
def test_a_tsh_that_is_not_known_to_be_in_its_window_is_a_deviation(rows, tmp_path, tsh):
    rows["pet_scan"][2]["tsh_miu_per_l"] = tsh
    _, problems = examine(write_csv(rows, tmp_path), Rules())
    assert [problem.severity for problem in problems] == ["deviation"]
    assert f"TSH at the high-TSH scan is {tsh} mIU/L; expected above 100 mIU/L" in str(problems[0])


@pytest.mark.slow
@pytest.mark.parametrize("weak", ["18", "22"])
def test_percentages_that_were_rounded_are_taken(rows, tmp_path, weak):
    rows["ihc_read"][0]["pct_1"] = weak
    study = load_study(write_csv(rows, tmp_path))
    assert study.tables["ihc_read"].loc[0, "pct_1"] == float(weak)
    with pytest.raises(InputError, match="expected 100, or 99 to 101 by rounding"):
        load_study(tmp_path, Rules(ihc_sum_points=1.0))


@pytest.mark.slow
def test_deviations_do_not_stop_the_analysis(rows, tmp_path):
    rows["pet_scan"][2]["tsh_miu_per_l"] = "97"
    study = load_study(write_csv(rows, tmp_path))
    assert [p.severity for p in study.problems(Rules())] == ["deviation"]


def test_a_folder_that_is_not_there_is_named():
    with pytest.raises(InputError, match=r"data/nowhere: there is no such folder .* new-study"):
        load_study("data/nowhere")


def test_the_project_is_found_upwards_or_by_the_environment(root, tmp_path, monkeypatch):
    monkeypatch.delenv("COMPENDIUM_ROOT", raising=False)
    monkeypatch.chdir(root / "src" / "compendium")
    assert project_root() == root
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="no pyproject.toml here or above"):
        project_root()
    monkeypatch.setenv("COMPENDIUM_ROOT", str(root))
    assert project_root() == root


@pytest.mark.slow
def test_the_synthetic_study_is_the_same_study_in_both_forms(tmp_path):
    drawn = make_study(TRUTHS["assumed"], 7, n_responders=4, n_non_responders=4)
    (tmp_path / "csv" / "tables").mkdir(parents=True)
    (tmp_path / "book").mkdir()
    for form in ("csv", "book"):
        (tmp_path / form / "study.yml").write_text(confirmations(drawn.tables))
    with pd.ExcelWriter(tmp_path / "book" / "study.xlsx") as book:
        for name, table in drawn.tables.items():
            write_table(table, tmp_path / "csv" / "tables" / f"{name}.csv")
            typed = pd.read_csv(tmp_path / "csv" / "tables" / f"{name}.csv")
            typed.to_excel(book, sheet_name=name, index=False)
    of_csv, of_book = load_study(tmp_path / "csv"), load_study(tmp_path / "book")
    assert [str(p).split(":", 1)[1] for p in of_csv.problems(Rules())] == [
        str(p).split(":", 1)[1] for p in of_book.problems(Rules())
    ]
    for name in MODELS:
        pd.testing.assert_frame_equal(of_csv.tables[name], of_book.tables[name])
    rules = Rules()
    for classify, how in (
        (judge, eligibility_rules(rules)),
        (classify_response, rules),
        (classify_progression, rules),
    ):
        pd.testing.assert_frame_equal(classify(of_csv.tables, how), classify(of_book.tables, how))


@pytest.mark.parametrize(
    ("word", "words", "hint"),
    [
        ("M", ["female", "male", "other"], "Did you mean male? "),
        ("ptc_clasic", ["ptc_classic", "ptc_other", "pdtc"], "Did you mean ptc_classic? "),
        ("PTC", ["ptc_classic", "ptc_other", "pdtc"], ""),  # another tumour is no help
        ("", ["male"], ""),
    ],
)
def test_a_short_form_is_never_taken_for_another_word(word, words, hint):
    assert closest(word, words) == hint


@pytest.mark.slow
def test_a_study_is_read_anew_when_a_byte_of_it_differs_and_what_was_handed_out_is_ones_own(
    rows, tmp_path
):
    folder = write_csv(rows, tmp_path)
    first = load_study(folder)
    first.tables["patient"].loc[0, "age_years"] = 99
    first.found.clear()
    again = load_study(folder)
    assert again.tables["patient"].loc[0, "age_years"] == 46
    assert again.located is first.located  # not read a second time
    rows["patient"][0]["age_years"] = 47
    write_csv(rows, tmp_path)
    assert load_study(folder).tables["patient"].loc[0, "age_years"] == 47
