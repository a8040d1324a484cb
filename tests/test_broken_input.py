"""Every way we know of getting a study wrong gives a message with the place and the remedy."""

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from study_tables import Rows, valid_rows, write_csv

from compendium.rules import Rules
from compendium.study import examine
from compendium.study.problems import Problem, errors_of
from compendium.tables import COLUMNS, MODELS

pytestmark = pytest.mark.slow  # some 130 studies, each written, read and checked

Break = Callable[[Rows], object]


def put(name: str, row: int, **cells: str | None) -> Break:
    """Set cells of the row-th row; None takes a cell away."""

    def change(rows: Rows) -> None:
        for column, cell in cells.items():
            if cell is None:
                for line in rows[name]:
                    line.pop(column, None)
            else:
                for line in rows[name]:
                    line.setdefault(column, "")
                rows[name][row][column] = cell

    return change


def repeat(name: str, row: int, **cells: str) -> Break:
    """Append a copy of the row-th row, with other cells."""
    return lambda rows: rows[name].append({**rows[name][row], **cells})


def both(*changes: Break) -> Break:
    return lambda rows: [change(rows) for change in changes]


def drop(name: str, row: int) -> Break:
    return lambda rows: rows[name].pop(row)


# name, what is broken, table, row in the file, column, words of the message
CELLS = [
    ("unknown code", put("patient", 0, sex="femal"), "patient", 2, "sex", "Did you mean female?"),
    ("code cut short", put("patient", 0, sex="F"), "patient", 2, "sex", "Did you mean female?"),
    ("code in the plural", put("lesion", 0, site="LUNGS"), "lesion", 2, "site", "mean lung?"),
    ("unknown tracer", put("pet_scan", 0, tracer="FDG"), "pet_scan", 2, "tracer", "'FDG'"),
    ("word for a number", put("patient", 0, age_years="old"), "patient", 2, "age_years",
     "number only"),
    ("unit behind a number", put("lesion", 0, diameter_mm="12 mm"), "lesion", 2, "diameter_mm",
     "without its unit"),
    ("comma of thousands or decimals", put("lesion", 0, diameter_mm="1,234"), "lesion", 2,
     "diameter_mm", "could be 1.234 or 1234"),
    ("point beside decimal commas", both(put("lesion", 0, diameter_mm="7,5"),
     put("lesion", 1, diameter_mm="1.250")), "lesion", 3, "diameter_mm",
     "may be 1.250 or 1250"),
    ("a limit where nothing is censored", put("lesion", 0, diameter_mm="<5"), "lesion", 2,
     "diameter_mm", "takes no < or >"),
    ("a sign without its limit", put("lab", 0, tg_ng_per_ml="<"), "lab", 2, "tg_ng_per_ml",
     "Write the limit of detection behind the sign"),
    ("below nothing", put("lab", 0, tg_ng_per_ml="<0"), "lab", 2, "tg_ng_per_ml",
     "Nothing lies below 0"),
    ("a sign behind the value", put("lab", 0, tg_ng_per_ml="0.04<"), "lab", 2, "tg_ng_per_ml",
     "number only"),
    ("beyond the range", put("lab", 0, tsh_miu_per_l=">2000"), "lab", 2, "tsh_miu_per_l",
     "at most 1000"),
    ("two signs that differ", put("lab", 0, tg_ng_per_ml="<0.04", tg_ng_per_ml_sign=">"), "lab", 2,
     "tg_ng_per_ml_sign", "tg_ng_per_ml has the sign < itself"),
    ("a sign of no value", put("lab", 0, tg_ng_per_ml="", tg_ng_per_ml_sign="<"), "lab", 2,
     "tg_ng_per_ml_sign", "tg_ng_per_ml has no value"),
    ("a sign that is none", put("lab", 0, tg_ng_per_ml_sign="~"), "lab", 2, "tg_ng_per_ml_sign",
     "Write one of <, ≤, ≥, >"),
    ("not a number by name", put("lab", 0, tg_ng_per_ml="nan"), "lab", 2, "tg_ng_per_ml",
     "number only"),
    ("infinite number", put("lab", 0, tg_ng_per_ml="1e999"), "lab", 2, "tg_ng_per_ml",
     "number only"),
    ("number above its range", put("patient", 0, age_years="461"), "patient", 2, "age_years",
     "at most 120"),
    ("number below its range", put("ihc_read", 0, pct_0="-10"), "ihc_read", 2, "pct_0",
     "at least 0"),
    ("metres for centimetres", put("patient", 0, height_cm="1.60"), "patient", 2, "height_cm",
     "unit (cm)"),
    ("zero where there is something", put("lesion", 0, diameter_mm="0"), "lesion", 2,
     "diameter_mm", "above 0"),
    ("half a day", put("lab", 0, lab_day="400.5"), "lab", 2, "lab_day", "whole number"),
    ("whole number beyond counting", put("lab", 0, lab_day="1e30"), "lab", 2, "lab_day",
     "whole number"),
    ("day a century off", put("lab", 0, lab_day="-99999"), "lab", 2, "lab_day", "-36525"),
    ("course zero", put("rai_course", 0, course="0"), "rai_course", 2, "course", "at least 1"),
    ("date in place of a day", put("lab", 0, lab_day="2019-03-07"), "lab", 2, "lab_day",
     "days since day 0"),
    ("neither yes nor no", put("lesion", 0, structural="perhaps"), "lesion", 2, "structural",
     "yes or no"),
    ("empty identifier", put("patient", 0, patient_id=""), "patient", 2, "patient_id",
     "patient_id is empty"),
    ("empty code", put("pathology", 0, histology=""), "pathology", 2, "histology", "is empty"),
    ("empty number", put("ihc_read", 0, pct_2=""), "ihc_read", 2, "pct_2", "may not be empty"),
    ("empty yes or no", put("lesion", 0, structural=""), "lesion", 2, "structural", "is empty"),
    ("empty day", put("follow_up", 0, last_contact_day=""), "follow_up", 2, "last_contact_day",
     "is empty"),
    ("blank in an identifier", put("lesion", 0, lesion_id="L 1"), "lesion", 2, "lesion_id",
     "letters, digits, _ and - only"),
    ("Chinese identifier", put("lesion", 0, lesion_id="左肺"), "lesion", 2, "lesion_id",
     "letters, digits, _ and - only"),
    ("time of day only", put("pet_scan", 0, administered_at="09:30"), "pet_scan", 2,
     "administered_at", "[not shown]"),
    ("capitals in a variable's name", lambda rows: rows.update(covariate=[
        {"patient_id": "P001", "variable": "Smoking", "value": "no"}]), "covariate", 2, "variable",
     "[a-z]"),
]  # fmt: skip

DATES = [
    ("date without day 0", "2019-03-07", None, "lab", "lab_date", "index_date of P001"),
    ("day before month, or not", "07/03/2019", "2018-03-07", "lab", "lab_date", "year first"),
    ("no such day", "2019-02-30", "2018-03-07", "lab", "lab_date", "no such day"),
    ("serial number of Excel", "43531", "2018-03-07", "lab", "lab_date", "year first"),
    ("month only", "2019-03", "2018-03-07", "lab", "lab_date", "year first"),
    ("unreadable day 0", "2019-03-07", "7 March", "patient", "index_date", "[not shown]"),
]

KEYS = [
    ("patient twice", repeat("patient", 0), "patient", 5, "patient_id", "already in row 2"),
    ("pathology twice", repeat("pathology", 0), "pathology", 5, "patient_id", "already in row 2"),
    ("read twice", repeat("ihc_read", 0), "ihc_read", 4, "patient_id, block_id, reader_id",
     "P001, B1, R1 is there already in row 2"),
    ("scan twice", repeat("pet_scan", 0, patient_id="P002"), "pet_scan", 5, "scan_id",
     "already in row 2"),
    ("lesion twice", repeat("lesion", 0), "lesion", 8, "patient_id, lesion_id", "already in row 2"),
    ("uptake twice", repeat("lesion_uptake", 0), "lesion_uptake", 4,
     "patient_id, lesion_id, course", "already in row 2"),
    ("sample twice", repeat("lab", 0), "lab", 3, "patient_id, lab_day", "already in row 2"),
]  # fmt: skip

BETWEEN = [
    ("stranger", put("lab", 0, patient_id="P999"), "lab", 2, "patient_id", "no patient P999"),
    ("patient spelt otherwise", put("lab", 0, patient_id="p-1"), "lab", 2, "patient_id",
     "Write it as there: P001."),
    ("no pathology", drop("pathology", 1), "patient", 3, "patient_id", "no row in pathology"),
    ("no follow-up", drop("follow_up", 2), "patient", 4, "patient_id", "no row in follow_up"),
    ("lesion without row", put("lesion_uptake", 0, lesion_id="L9"), "lesion_uptake", 2, "lesion_id",
     "P001 has no lesion_id L9 in lesion"),
    ("course without row", put("lesion_uptake", 0, course="7"), "lesion_uptake", 2, "course",
     "P001 has no course 7 in rai_course"),
    ("stain of 110 %", put("ihc_read", 0, pct_1="30"), "ihc_read", 2, "pct_0",
     "pct_0 + pct_1 + pct_2 + pct_3 is 110; expected 100, or 98 to 102 by rounding"),
    ("stain of 102.1 %", put("ihc_read", 0, pct_1="22.1"), "ihc_read", 2, "pct_0", "is 102.1;"),
    ("stain of 97.9 %", put("ihc_read", 0, pct_1="17.9"), "ihc_read", 2, "pct_0", "is 97.9;"),
    ("more membrane than stain", put("ihc_read", 0, pct_membranous="95"), "ihc_read", 2,
     "pct_membranous", "only 90% of the cells stain"),
    ("block of two tissues", put("ihc_read", 1, tissue="metastasis"), "ihc_read", 3, "tissue",
     "block B1 is metastasis here and primary in an earlier row"),
    ("second clone", repeat("ihc_read", 1, reader_id="R3", antibody_clone="EPR20043"), "ihc_read",
     4, "antibody_clone", "clones are not interchangeable"),
    ("dead without a day", put("follow_up", 1, death_day=""), "follow_up", 3, "death_day",
     "P002 is dead without a day of death"),
    ("alive with a day of death", put("follow_up", 0, death_day="2000"), "follow_up", 2,
     "death_day", "P001 is alive with death_day 2000"),
    ("dead without a cause", put("follow_up", 1, death_cause=""), "follow_up", 3, "death_cause",
     "dead without a cause"),
    ("alive with a cause", put("follow_up", 0, death_cause="other"), "follow_up", 2, "death_cause",
     "alive with a cause"),
    ("death before diagnosis", put("follow_up", 1, death_day="-5", last_contact_day="-5"),
     "follow_up", 3, "death_day", "before the diagnosis"),
    ("death after last contact", put("follow_up", 1, death_day="1010"), "follow_up", 3,
     "last_contact_day", "last contact is day 1000, death day 1010"),
    ("course after death", put("rai_course", 2, course_day="1001"), "rai_course", 4, "course_day",
     "after the death on day 1000"),
    ("sample after last contact", put("lab", 0, lab_day="2001"), "lab", 2, "lab_day",
     "after the last contact on day 2000"),
    ("assessment after death", put("response_assessment", 1, assessment_day="1001"),
     "response_assessment", 3, "assessment_day", "after the death"),
    ("scan after last contact", put("pet_scan", 0, scan_day="2500"), "pet_scan", 2, "scan_day",
     "after the last contact"),
    ("inhibitor after last contact", put("follow_up", 0, tki_start_day="2100"), "follow_up", 2,
     "tki_start_day", "after the last contact"),
    ("entry after last contact", put("follow_up", 0, study_entry_day="2100"), "follow_up", 2,
     "study_entry_day", "after the last contact"),
    ("resistance after last contact", put("follow_up", 0, rai_refractory_day="2100"), "follow_up",
     2, "rai_refractory_day", "after the last contact"),
    ("resistance before treatment", put("follow_up", 0, rai_refractory_day="10"), "follow_up", 2,
     "rai_refractory_day", "before the first course on day 60"),
    ("second course first", put("rai_course", 1, course_day="30"), "rai_course", 3, "course_day",
     "the one before it on day 60"),
    ("course skipped", put("rai_course", 1, course="3"), "rai_course", 3, "course",
     "course number 2 is called 3"),
    ("disappeared but measured", put("response_assessment", 1, sum_target_diameters_mm="12"),
     "response_assessment", 3, "lesions_disappeared", "sum of diameters is above 0"),
    ("disappeared but new", put("response_assessment", 1, new_lesion="yes"), "response_assessment",
     3, "lesions_disappeared", "there is progression"),
    ("pregnant man", put("patient", 1, pregnant_or_lactating="yes"), "patient", 3,
     "pregnant_or_lactating", "a man is pregnant"),
    ("weight in jin", put("patient", 0, weight_kg="170"), "patient", 2, "weight_kg",
     "body-mass index of 66.4"),
    ("record number as pseudonym", repeat("patient", 0, patient_id="P1234567"), "patient", 5,
     "patient_id", "looks like a record or identity number"),
    ("course of a responder", put("investigator_class", 1, progression="rapid"),
     "investigator_class", 3, "progression", "progression is rapid in a patient who is responder"),
    ("reason for no table", put("missing_reason", 0, table_name="patients"), "missing_reason", 2,
     "table_name", "Did you mean patient?"),
    ("reason for no column", put("missing_reason", 0, column_name="height"), "missing_reason", 2,
     "column_name", "Did you mean height_cm?"),
    ("reason for a filled cell", put("patient", 1, height_cm="170"), "missing_reason", 2,
     "column_name", "patient.height_cm of P002 is filled in"),
]  # fmt: skip

SCANS = [
    ("tracer of the other study", put("pet_scan", 0, tracer="124I", tsh_level="low",
     tsh_miu_per_l="30"), "pet_scan", 2, "tracer", "a 124I scan of a patient of study TROP2"),
    ("iodine without a level", put("pet_scan", 1, tsh_level=""), "pet_scan", 3, "tsh_level",
     "a 124I scan without a TSH level"),
    ("level without iodine", put("pet_scan", 0, tsh_level="low"), "pet_scan", 2, "tsh_level",
     "a 18F-Trop2 scan with a TSH level"),
    ("two administrations at one level", put("pet_scan", 2, tsh_level="low"), "pet_scan", 4,
     "tsh_miu_per_l", "a second scan at the low TSH has tsh_miu_per_l 130, the first 32"),
    ("time points of two activities", both(put("pet_scan", 1, injected_activity_mbq="50"),
     repeat("pet_scan", 1, scan_id="S4", scan_day="101", injected_activity_mbq="37")), "pet_scan",
     5, "injected_activity_mbq", "has injected_activity_mbq 37, the first 50"),
    ("low level again after the high", repeat("pet_scan", 1, scan_id="S4", scan_day="120"),
     "pet_scan", 5, "scan_day", "a scan at the low TSH on day 120 follows one at the high TSH"),
    ("levels of two withdrawals", put("pet_scan", 2, scan_day="131"), "pet_scan", 4, "scan_day",
     "follows the low-TSH scan by 31 days; expected at most 30 days"),
    ("TSH of 41 at the low scan", put("pet_scan", 1, tsh_miu_per_l="41"), "pet_scan", 3,
     "tsh_miu_per_l", "protocol deviation"),
    ("TSH of 100 at the high scan", put("pet_scan", 2, tsh_miu_per_l="100"), "pet_scan", 4,
     "tsh_miu_per_l", "above 100 mIU/L"),
    ("TSH not recorded", put("pet_scan", 2, tsh_miu_per_l=""), "pet_scan", 4, "tsh_miu_per_l",
     "not recorded"),
    ("one level only", drop("pet_scan", 2), "pet_scan", 3, "tsh_level", "at the low TSH only"),
    ("high before low", put("pet_scan", 2, scan_day="90"), "pet_scan", 4, "scan_day",
     "does not follow the low-TSH scan on day 100"),
    ("scan of a responder", put("investigator_class", 0, rai_response="responder", progression=""),
     "pet_scan", 2, "tracer", "to the investigator a responder"),
    ("entry not given", put("follow_up", 0, study_entry_day=""), "pet_scan", 2, "scan_day",
     "no study_entry_day"),
    ("no such series", put("pet_scan", 0, series_dir="S9"), "pet_scan", 2, "series_dir",
     "there is no such folder"),
    ("path of a machine", put("pet_scan", 0, series_dir="D:\\PET\\1"), "pet_scan", 2, "series_dir",
     "not a path within the dicom folder"),
    ("path out of the study", put("pet_scan", 0, series_dir="../S1"), "pet_scan", 2, "series_dir",
     "not a path within the dicom folder"),
    ("no such region file", put("pet_scan", 0, region_file="S9.dcm"), "pet_scan", 2, "region_file",
     "there is no such file"),
    ("series of two scans", put("pet_scan", 2, series_dir="S2"), "pet_scan", 4, "series_dir",
     "belongs to an earlier scan"),
    ("no such residual series", put("pet_scan", 2, residual_series_dir="S4"), "pet_scan", 4,
     "residual_series_dir", "there is no such folder"),
]  # fmt: skip

COLUMN_CASES = [
    ("unknown column", put("lesion", 0, volume_ml="3"), "lesion", 1, "volume_ml", "no column"),
    ("misspelt column", put("lesion", 0, structral="yes"), "lesion", 1, "structral",
     "Did you mean structural?"),
    ("column of another unit", put("lesion", 0, diameter_cm="1"), "lesion", 1, "diameter_cm",
     "Did you mean diameter_mm?"),
    ("needed column absent", put("lesion", 0, site=None), "lesion", 1, "site",
     "the column site is not there"),
    ("column absent that may be empty", put("lesion", 0, diameter_mm=None), "lesion", 1,
     "diameter_mm", "It is taken as empty: not measurable."),
    ("days and dates", put("lab", 0, lab_date="2019-03-07"), "lab", 1, "lab_day",
     "lab_day and lab_date are both there"),
]  # fmt: skip

CASES = CELLS + KEYS + BETWEEN + SCANS + COLUMN_CASES


def assert_named(problems: list[Problem], table: str, row: int | None, column: str, words: str):
    """One of the problems is at that place, says those words, and what to do."""
    at_place = [p for p in problems if (p.table, p.row, p.column) == (table, row, column)]
    assert [p for p in at_place if words in str(p)], "\n".join(map(str, problems)) or "no problem"
    for problem in problems:
        assert problem.file
        assert problem.found
        assert problem.expected
        assert problem.remedy.endswith((".", "?)"))


@pytest.fixture(scope="module")
def images(tmp_path_factory) -> Path:
    """The images of the valid study, to be copied."""
    return write_csv(valid_rows(), tmp_path_factory.mktemp("valid"))


@pytest.mark.parametrize(
    ("broken", "table", "row", "column", "words"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_broken_tables_are_named(tmp_path, broken, table, row, column, words):
    rows = valid_rows()
    broken(rows)
    _, problems = examine(write_csv(rows, tmp_path), Rules(), images=True)
    assert_named(problems, table, row, column, words)


@pytest.mark.parametrize(("date", "day_0", "table", "column", "words"), [c[1:] for c in DATES],
                         ids=[case[0] for case in DATES])  # fmt: skip
def test_broken_dates_are_named(tmp_path, date, day_0, table, column, words):
    rows = valid_rows()
    rows["lab"][0] = {
        ("lab_date" if key == "lab_day" else key): (date if key == "lab_day" else cell)
        for key, cell in rows["lab"][0].items()
    }
    put("patient", 1, index_date="2018-03-07")(rows)
    if day_0:
        put("patient", 0, index_date=day_0)(rows)
    _, problems = examine(write_csv(rows, tmp_path), Rules())
    assert_named(problems, table, 2, column, words)
    if "not shown" in words:
        assert day_0 not in "\n".join(map(str, problems))


def line(study: Path, name: str, number: int, text: str) -> None:
    path = study / "tables" / f"{name}.csv"
    lines = path.read_text().splitlines()
    lines[number - 1 : number] = [text]
    path.write_text("\n".join(lines) + "\n")


def move_tables(study: Path, name: str) -> None:
    (study / "tables").rename(study / name)


def add_book(study: Path, name: str, sheets: dict[str, list[list[object]]]) -> None:
    shutil.rmtree(study / "tables", ignore_errors=True)
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, lines in sheets.items():
        sheet = book.create_sheet(title)
        for cells in lines:
            sheet.append(cells)
    book.save(study / name)


LESION = list(next(iter(valid_rows()["lesion"])))
FILES = [
    ("no tables", lambda study: move_tables(study, "table"), "no tables here"),
    ("both forms", lambda study: (study / "a.xlsx").touch(), "both a.xlsx and tables/*.csv"),
    ("two workbooks", lambda study: (shutil.rmtree(study / "tables"),
     (study / "a.xlsx").touch(), (study / "b.xlsx").touch()), "2 workbooks are here"),
    ("unknown table", lambda study: (study / "tables" / "patients.csv").write_text("a\n1\n"),
     "there is no table patients; expected a table of: patient, "),
    ("needed table absent", lambda study: (study / "tables" / "pathology.csv").unlink(),
     "the table pathology is not here"),
    ("no patient", lambda study: [
        path.write_text(path.read_text().splitlines()[0] + "\n")
        for path in (study / "tables").glob("*.csv")
    ], "patient.csv, row 2: there is no patient; expected one row a candidate"),
    ("follow_up table absent", lambda study: (study / "tables" / "follow_up.csv").unlink(),
     "there is no row in follow_up"),
    ("empty file", lambda study: (study / "tables" / "lab.csv").write_text(""),
     "lab.csv, row 1: there is no header"),
    ("header of blanks", lambda study: line(study, "lab", 1, " , , "), "there is no header"),
    ("not text", lambda study: (study / "tables" / "lab.csv").write_bytes(b"PK\x03\xff\xff\x00"),
     "lab.csv: it cannot be read"),
    ("open quotation mark", lambda study: line(study, "lab", 2, 'P001,"400,0.05,3.2,yes'),
     "lab.csv: it cannot be read"),
    ("too many cells", lambda study: line(study, "lab", 2, "P001,400,0,05,3.2,yes"),
     "lab.csv, row 2: 6 cells; expected 5"),
    ("too few cells", lambda study: line(study, "lab", 2, "P001,400"),
     "lab.csv, row 2: 2 cells; expected 5"),
    ("column without a name", lambda study: (line(study, "lab", 1,
     "patient_id,lab_day,,tsh_miu_per_l,tg_ng_per_ml,tgab_negative"),
     line(study, "lab", 2, "P001,400,x,0.05,3.2,yes")), "column 3 has no name"),
    ("column twice", lambda study: line(study, "lab", 1,
     "patient_id,lab_day,lab_day,tg_ng_per_ml,tgab_negative"), "column lab_day is there twice"),
    ("empty series folder", lambda study: (study / "dicom" / "S1" / "1.dcm").unlink(),
     "series_dir is 'S1': the folder is empty"),
    ("folder of no scan", lambda study: (study / "dicom" / "S7").mkdir(),
     "no scan of pet_scan names this folder"),
    ("not a workbook", lambda study: (shutil.rmtree(study / "tables"),
     (study / "a.xlsx").write_text("no")), "a.xlsx: it cannot be read as a workbook"),
    ("workbook of an old Excel", lambda study: (shutil.rmtree(study / "tables"),
     (study / "a.xls").write_bytes(b"\xd0\xcf\x11\xe0")), "save it again as “Excel workbook"),
    ("unknown sheet", lambda study: add_book(study, "a.xlsx", {"Lesions": [["a"], [1]]}),
     "a.xlsx, sheet Lesions: there is no table Lesions"),
    ("cells beside the table", lambda study: add_book(study, "a.xlsx", {"lesion": [LESION,
     ["P001", "L1", "lung", 12, "yes", None, "see report"]]}), "sheet lesion, row 2: 7 cells"),
    ("date cell in place of a day", lambda study: add_book(study, "a.xlsx", {"lab": [
        ["patient_id", "lab_day"], ["P001", dt.datetime(2019, 3, 7)]]}),
     "sheet lab, row 2 (P001), column lab_day: lab_day is '2019-03-07 00:00:00'"),
    ("date cell in place of a number", lambda study: add_book(study, "a.xlsx", {"lesion": [LESION,
     ["P001", "L1", "lung", dt.datetime(2019, 3, 7), "yes"]]}),
     "Format the cell as a number"),
    ("error of Excel", lambda study: add_book(study, "a.xlsx", {"lesion": [LESION,
     ["P001", "L1", "lung", "#DIV/0!", "yes"]]}), "diameter_mm is '#DIV/0!'"),
    ("formula without a result", lambda study: add_book(study, "a.xlsx", {"lesion": [LESION,
     ["P001", "L1", "lung", "=6+6", "yes"]]}), "row 2, column diameter_mm: =6+6 has no result yet"),
    ("a table that is no CSV", lambda study: (study / "tables" / "lab2.tsv").touch(),
     "lab2.tsv: it is not read"),
    ("truth value for a number", lambda study: add_book(study, "a.xlsx", {"lesion": [LESION,
     ["P001", "L1", "lung", True, "yes"]]}), "diameter_mm is 'TRUE'"),
]  # fmt: skip


@pytest.mark.parametrize(("broken", "words"), [c[1:] for c in FILES], ids=[c[0] for c in FILES])
def test_broken_files_are_named(tmp_path, images, broken, words):
    study = shutil.copytree(images, tmp_path / "study")
    broken(study)
    _, problems = examine(study, Rules(), images=True)
    assert [problem for problem in problems if words in str(problem)], "\n".join(map(str, problems))


def test_there_are_sixty_kinds_and_more():
    names = [case[0] for case in [*CASES, *DATES, *FILES]]
    assert len(set(names)) == len(names) >= 60


ODD_CELLS = st.one_of(
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=12),
    st.sampled_from(
        [
            "",
            "NA",
            "-1",
            "0",
            "1e308",
            "1,234",
            "1.234,5",
            "2019-03-07",
            "yes",
            "P001",
            "P002",
            "L1",
            "S1",
            "<0.1",
            "十",
            "１２",
            "٣",
            "\x00",
            "=1+1",
            "#REF!",
            "9" * 400,
        ]
    ),
    st.floats(allow_nan=True).map(str),
    st.integers().map(str),
)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_change_of_cells_ends_in_a_traceback(data, tmp_path_factory):
    rows = valid_rows()
    for _ in range(data.draw(st.integers(1, 5), label="changes")):
        name = data.draw(st.sampled_from(sorted(rows)), label="table")
        lines = rows[name]
        if not lines:
            continue
        position = data.draw(st.integers(0, len(lines) - 1), label="row")
        match data.draw(st.sampled_from(["cell", "cell", "cell", "drop", "repeat", "header"])):
            case "cell":
                column = data.draw(st.sampled_from(list(COLUMNS[name])), label="column")
                put(name, position, **{column: data.draw(ODD_CELLS)})(rows)
            case "drop":
                lines.pop(position)
            case "repeat":
                lines.append(dict(lines[position]))
            case "header":
                column = data.draw(st.sampled_from(list(lines[0])), label="column")
                for row in lines:
                    row[data.draw(st.just("x"))] = row.pop(column, "")
    study = write_csv(rows, tmp_path_factory.mktemp("mutant"))
    examined, problems = examine(study, Rules(), images=True)
    for problem in problems:
        assert problem.file
        assert problem.expected
        assert problem.remedy
        assert problem.row is None or problem.row >= 1
    assert set(examined.tables) == set(MODELS)
    if not errors_of(problems):
        for name, model in MODELS.items():
            model.validate(examined.tables[name])


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_change_of_bytes_ends_in_a_traceback(data, tmp_path_factory):
    study = write_csv(valid_rows(), tmp_path_factory.mktemp("mutant"))
    path = study / "tables" / f"{data.draw(st.sampled_from(['patient', 'lab', 'pet_scan']))}.csv"
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    path.write_bytes(bytes(raw))
    _, problems = examine(study, Rules(), images=True)
    assert all(problem.file and problem.expected and problem.remedy for problem in problems)


def test_a_brace_in_a_cell_is_quoted_as_it_is(tmp_path):
    reasons = "patient_id,table_name,column_name,reason\nP1,{,x,lost\nP1,patient,{0},lost\n"
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables/patient.csv").write_text("patient_id,study\nP1,TROP2\n")
    (tmp_path / "tables/pathology.csv").write_text("patient_id,histology\nP1,ptc_classic\n")
    (tmp_path / "tables/missing_reason.csv").write_text(reasons)
    _, problems = examine(tmp_path, Rules())
    said = {problem.found for problem in problems if problem.table == "missing_reason"}
    assert {"there is no table {", "the table patient has no column {0}"} <= said
