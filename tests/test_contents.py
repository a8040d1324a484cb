"""A study's content: its tables by their cells, its images by their bytes."""

from pathlib import Path

import openpyxl
import pytest

from compendium.pipeline.contents import StudyContents
from compendium.remembered import Remembered

CELLS = "patient_id,age\nP1,40\nP2,50\n"


def tables(study: Path) -> dict[str, str]:
    return StudyContents(study, Remembered()).tables()


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "patient.csv").write_text(CELLS)
    (tmp_path / "dicom" / "S1").mkdir(parents=True)
    (tmp_path / "dicom" / "S1" / "1.dcm").write_bytes(b"1")
    return tmp_path


@pytest.mark.parametrize(
    ("raw", "same"),
    [
        (CELLS.replace("\n", "\r\n").encode(), True),
        (CELLS.replace(",", ";").encode(), True),
        (b"\xef\xbb\xbf" + CELLS.encode(), True),
        (CELLS.replace("P1,40", '"P1","40"').encode(), True),
        (CELLS.replace("50", "50.0").encode(), False),
        (CELLS.replace("P1,40\nP2,50", "P2,50\nP1,40").encode(), False),
        (b'patient_id,age\n"P1,40', False),
    ],
    ids=["line ends", "semicolons", "mark", "quotes", "another cell", "order", "unreadable"],
)
def test_a_table_is_its_cells(study: Path, raw: bytes, same: bool) -> None:
    before = tables(study)
    (study / "tables" / "patient.csv").write_bytes(raw)
    assert (tables(study) == before) is same


def test_a_table_that_is_not_there_holds_nothing(study: Path) -> None:
    assert StudyContents(study, Remembered()).table("lab") == ""
    assert StudyContents(study / "none", Remembered()).tables() == {}


def save(study: Path, **sheets: list[list[object]]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(study / "study.xlsx")


class TestWorkbook:
    @pytest.fixture
    def study(self, tmp_path: Path) -> Path:
        save(tmp_path, Patient=[["patient_id"], ["P1"]], lab=[["day"], [3]])
        return tmp_path

    def test_is_read_sheet_by_sheet(self, study: Path) -> None:
        before = tables(study)
        save(study, Patient=[["patient_id"], ["P1"]], lab=[["day"], [4]])
        after = tables(study)
        assert before.keys() == after.keys() == {"patient", "lab"}
        assert before["patient"] == after["patient"]
        assert before["lab"] != after["lab"]

    def test_saved_again_is_the_same(self, study: Path) -> None:
        before, raw = tables(study), (study / "study.xlsx").read_bytes()
        book = openpyxl.load_workbook(study / "study.xlsx")
        book["lab"].column_dimensions["A"].width = 40
        book.save(study / "study.xlsx")
        assert (study / "study.xlsx").read_bytes() != raw
        assert tables(study) == before

    def test_a_formula_that_nothing_has_computed_counts(self, study: Path) -> None:
        save(study, Patient=[["patient_id"], ["P1"]], lab=[["day"], [None]])
        before = tables(study)
        save(study, Patient=[["patient_id"], ["P1"]], lab=[["day"], ["=1+2"]])
        assert tables(study)["lab"] != before["lab"]

    def test_while_it_is_open_in_excel_its_lock_is_no_table(self, study: Path) -> None:
        before = tables(study)
        (study / "~$study.xlsx").write_bytes(b"lock")
        assert tables(study) == before

    def test_that_cannot_be_read_is_its_bytes(self, study: Path) -> None:
        (study / "study.xlsx").write_bytes(b"no workbook")
        before = tables(study)
        (study / "study.xlsx").write_bytes(b"none either")
        assert tables(study) != before


class TestImage:
    def of(self, study: Path, name: str) -> str:
        return StudyContents(study, Remembered()).image(name)

    def test_is_a_series_folder_or_a_file(self, study: Path) -> None:
        before = self.of(study, "S1")
        assert self.of(study, "S1/1.dcm") != before
        (study / "dicom" / "S1" / "2.dcm").write_bytes(b"2")
        assert self.of(study, "S1") != before
        assert self.of(study, "S9") == ""

    def test_of_a_header_counts_with_the_voxels_beside_it(self, study: Path) -> None:
        (study / "dicom" / "mask.nhdr").write_text("NRRD0004")
        (study / "dicom" / "mask.raw").write_bytes(b"0")
        before = self.of(study, "mask.nhdr")
        (study / "dicom" / "mask.raw").write_bytes(b"1")
        assert self.of(study, "mask.nhdr") != before
