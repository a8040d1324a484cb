"""What is wrong with a sheet as a whole is one error, and hides no list of what follows from it."""

import datetime as dt
from collections.abc import Callable

import openpyxl
import pytest
from study_tables import Rows, valid_rows, write_csv, write_images

from compendium.rules import Rules
from compendium.study import examine, load_study
from compendium.study.problems import errors_of
from compendium.tables import COLUMNS

START = dt.date(2015, 3, 7)


@pytest.fixture
def rows() -> Rows:
    return valid_rows()


@pytest.fixture
def dated(rows) -> Rows:
    """All days as dates, so that every one of them hangs on the table of patients."""
    for name, lines in rows.items():
        for line in lines:
            for column in COLUMNS[name].values():
                if column.is_day and column.name in line:
                    day = line.pop(column.name)
                    date = (START + dt.timedelta(int(day))).isoformat() if day else ""
                    line[column.date_name] = date
            if name == "patient":
                line["index_date"] = START.isoformat()
    return rows


def title_over(rows: Rows) -> openpyxl.Workbook:
    """A workbook with a merged title over the header of the table of patients."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in rows.items():
        sheet = book.create_sheet(name)
        if name == "patient":
            sheet.append(["甲状腺癌患者登记表"])
            sheet.merge_cells("A1:F1")
        sheet.append(list(lines[0]))
        for line in lines:
            sheet.append([cell or None for cell in line.values()])
    return book


def titled(name: str) -> Callable[[openpyxl.Workbook], None]:
    def change(book: openpyxl.Workbook) -> None:
        book["patient"].delete_rows(1)
        book["patient"].title = name

    return change


def ids_under_another_name(book: openpyxl.Workbook) -> None:
    book["patient"].delete_rows(1)
    book["patient"]["A1"] = "patientid"


CAUSES = [
    ("merged row above", lambda book: None, "the header is in row 2; expected"),
    ("name in Chinese", titled("患者"), "sheet 患者: it has the columns of the table patient"),
    ("name of a copy", titled("patient (2)"), "Rename it to patient."),
    ("column of ids renamed", ids_under_another_name, "Did you mean patientid? Name it patient_id"),
    ("header lost", lambda book: book["patient"].delete_rows(1, 2), "names no column of the table"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("change", "words"), [c[1:] for c in CAUSES], ids=[c[0] for c in CAUSES])
def test_what_is_wrong_with_a_whole_sheet_is_one_error(dated, tmp_path, change, words):
    book = title_over(dated)
    change(book)
    book.save(tmp_path / "study.xlsx")
    write_images(tmp_path)
    found = errors_of(examine(tmp_path, Rules(), images=True)[1])
    assert len(found) == 1, "\n".join(map(str, found))
    assert words in str(found[0])
    assert "Until then the tables are not compared with each other." in str(found[0])


def test_a_renamed_file_is_one_error(rows, tmp_path):
    write_csv(rows, tmp_path)
    (tmp_path / "tables/patient.csv").rename(tmp_path / "tables/病人.csv")
    found = errors_of(examine(tmp_path, Rules())[1])
    assert len(found) == 1
    assert "expected a file named patient.csv. Rename it to patient.csv." in str(found[0])


@pytest.mark.slow
def test_a_second_sheet_of_a_table_is_no_renamed_one(rows, tmp_path):
    write_csv(rows, tmp_path)
    (tmp_path / "tables/patient2.csv").write_bytes((tmp_path / "tables/patient.csv").read_bytes())
    found = errors_of(examine(tmp_path, Rules())[1])
    assert [problem.found for problem in found] == ["there is no table patient2"]


@pytest.mark.slow
def test_dates_without_any_day_0_are_one_error_a_column(dated, tmp_path):
    for line in dated["patient"]:
        line["index_date"] = ""
    found = errors_of(examine(write_csv(dated, tmp_path), Rules())[1])
    columns = [p.column for p in found if "no patient has an index_date" in str(p)]
    assert len(columns) >= 6
    assert not [p for p in found if p.column in columns and p.row != 1]


@pytest.mark.slow
def test_two_chinese_ids_never_match_each_other(rows, tmp_path):
    rows["patient"][0]["patient_id"] = "张三"
    rows["lab"][0]["patient_id"] = "李四"
    found = [str(p) for p in examine(write_csv(rows, tmp_path), Rules())[1]]
    strangers = [line for line in found if "there is no patient 李四" in line]
    assert len(strangers) == 1
    assert "Correct it, or add the patient." in strangers[0]
    assert not [line for line in found if "Write it as there: 张三" in line]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("column", "typed", "read"),
    [
        ("n_stage", "N1", "N1"),
        ("n_stage", "Nx", "NX"),
        ("m_stage", "MX", "MX"),
        ("m_stage", "Mx", "MX"),
    ],
)
def test_stages_that_a_pathologist_writes_are_codes(rows, tmp_path, column, typed, read):
    rows["pathology"][0][column] = typed
    assert load_study(write_csv(rows, tmp_path)).tables["pathology"].at[0, column] == read
