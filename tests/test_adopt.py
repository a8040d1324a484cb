"""A hospital's own files become a valid study by a mapping workbook, and nothing is guessed."""

import datetime as dt
import os
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from hospital import write_hospital
from study_tables import valid_rows

from compendium import files
from compendium.cli.adopt import adopt as command
from compendium.errors import InputError
from compendium.intake.adopting import Outcome, adopt
from compendium.intake.dates import as_date
from compendium.intake.sources import read_sources
from compendium.intake.vocabulary import column_words, propose, targets, unit_factor, value_words
from compendium.intake.workbook import SHEETS
from compendium.rules import Rules
from compendium.study import examine
from compendium.study.dictionary import redcap_fields, redcap_label
from compendium.study.problems import errors_of
from compendium.study.spreadsheets import LARGEST_MB
from compendium.tables import COLUMNS, MODELS, key_of


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.setenv("COMPENDIUM_ROOT", str(tmp_path))
    return tmp_path


class Killed(BaseException):
    """The process ends here, so that nothing is put in order afterwards."""


def killed_at(when: str):
    """A `replace` at which the process ends: before the tables change places, or in the middle."""
    replace, places = os.replace, {"before": "tables", "between": ".tables.new.partial"}

    def replaced(old, new):
        if Path(old).name == places.get(when) or Path(new).name == when:
            raise Killed
        replace(old, new)

    return replaced


def csv_file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "source.csv"
    path.write_bytes(text.encode(encoding))
    return path


def book_of(project: Path) -> Path:
    return project / "data" / "s" / "intake" / "mapping.xlsx"


def edit(project: Path, sheet: str, change: dict[str, str], **where: str) -> None:
    """Change cells of the mapping's row that has these cells; a row without them is added."""
    book = openpyxl.load_workbook(book_of(project))
    header = SHEETS[sheet]
    for row in book[sheet].iter_rows(min_row=2):
        cells = dict(zip(header, row, strict=False))
        if where and all(str(cells[name].value or "") == text for name, text in where.items()):
            for name, value in change.items():
                cells[name].value = value
            break
    else:
        book[sheet].append([change.get(name) for name in header])
    book.save(book_of(project))


def table(project: Path, name: str) -> pd.DataFrame:
    path = project / "data" / "s" / "tables" / f"{name}.csv"
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def twice(source: Path) -> Outcome:
    adopt([source], "s")
    return adopt([source], "s")


SMALL = "病例号,性别,年龄,手术日期,T分期,BRAF,首次碘治疗日期\n"


class TestHospital:
    @pytest.mark.slow
    def test_is_a_valid_study_after_one_decision(self, project):
        source = write_hospital(project / "hospital.xlsx")
        first = adopt([source], "s")
        assert first.proposed
        assert first.open == []
        assert not (project / "data" / "s" / "tables").exists()
        row = {"sheet": "患者总表", "column": "入组", "rule": "leave out", "value": "否"}
        edit(project, "filters", row)
        second = adopt([source], "s")
        assert second.open == []
        _, problems = examine("data/s", Rules())
        assert errors_of(problems) == []

        patients = table(project, "patient").set_index("patient_id")
        assert len(patients) == 39
        assert patients.loc["0001", ["sex", "height_cm", "weight_kg", "index_date"]].tolist() == [
            "male", "165", "60", "2018-01-02",
        ]  # fmt: skip
        courses = table(project, "rai_course")
        assert len(courses) == 39 * 3
        one = courses[courses["patient_id"] == "0005"]
        assert one["course"].tolist() == ["1", "2", "3"]
        assert one["activity_gbq"].tolist() == ["5.55"] * 3
        assert one["tsh_miu_per_l"].tolist() == ["＞100"] * 3
        assert one["tg_post_ng_per_ml"].tolist() == ["<0.04"] * 3
        pathology = table(project, "pathology").set_index("patient_id")
        assert pathology.loc["0001", ["histology", "t_stage", "tumour_diameter_mm"]].tolist() == [
            "ptc_classic", "T4", "25",
        ]  # fmt: skip
        assert set(pathology["braf_v600e"]) == {"mutant", "wild_type", "not_tested"}
        assert set(table(project, "lab")["tgab_negative"]) == {"yes"}

    def test_titles_totals_and_notes_are_named(self, project):
        source = write_hospital(project / "hospital.xlsx", patients=3)
        told = [(row, why) for one in read_sources([source]) for row, why in one.skipped]
        assert told == [(1, "above the header"), (6, "blank"), (7, "a total (合计)"), (8, "a note")]

    def test_identifiers_are_masked_in_the_mapping(self, project):
        source = write_hospital(project / "hospital.xlsx", patients=3)
        adopt([source], "s")
        with zipfile.ZipFile(book_of(project)) as parts:
            texts = "".join(parts.read(name).decode() for name in parts.namelist())
        assert "某某" not in texts
        assert "13800000000" not in texts
        assert "0003" not in texts

    def test_every_drop_down_is_kept_and_points_to_a_list(self, project):
        adopt([write_hospital(project / "hospital.xlsx", patients=3)], "s")
        book = openpyxl.load_workbook(book_of(project))
        lists = {
            column[0].value: [cell.value for cell in column[1:] if cell.value is not None]
            for column in book["lists"].iter_cols()
        }
        rules = {
            (sheet, str(rule.sqref).split(":")[0].rstrip("0123456789")): rule.formula1
            for sheet in SHEETS
            for rule in book[sheet].data_validations.dataValidation
        }
        assert {key[0] for key in rules} == {"columns", "values", "filters"}
        for formula in rules.values():
            assert formula.startswith("lists!$")
            assert len(formula) < 255
        assert len(lists["target"]) == len(targets()) + 1
        assert lists["pathology.t_stage"][: len(COLUMNS["pathology"]["t_stage"].codes)] == list(
            COLUMNS["pathology"]["t_stage"].codes
        )
        first, last = rules["columns", "D"].removeprefix("lists!").split(":")
        cells = [cell.value for (cell,) in book["lists"][f"{first}:{last}".replace("$", "")]]
        assert cells == lists["target"]


class TestDecisions:
    def test_what_no_rule_covers_is_listed_once_with_its_count(self, project):
        lines = "".join(f"{i:03d},男,50,2018-03-05,T3?,阳性,2018-05-05\n" for i in range(5))
        outcome = twice(csv_file(project, SMALL + lines))
        assert outcome.open == [
            "pathology.t_stage: 'T3?' (5 times) has no rule in the sheet values"
        ]
        assert not (project / "data" / "s" / "tables").exists()
        edit(project, "values", {"becomes": "T3"}, value="T3?")
        assert adopt([project / "source.csv"], "s").open == []
        assert table(project, "pathology")["t_stage"].tolist() == ["T3"] * 5

    def test_missing_with_a_reason(self, project):
        source = csv_file(project, "病例号,性别,身高\n01,男,未做\n02,女,170\n03,女,不详\n")
        twice(source)
        assert table(project, "patient")["height_cm"].tolist() == ["", "170", ""]
        assert table(project, "missing_reason").to_numpy().tolist() == [
            ["01", "patient", "height_cm", "not_done"]
        ]

    def test_a_column_of_which_the_study_has_none_is_kept_under_a_name(self, project):
        source = csv_file(project, "病例号,性别,吸烟,Risk\n01,男,yes,Low\n02,女,N/A,High\n")
        adopt([source], "s")
        edit(project, "columns", {"target": "covariate: smoking"}, column="吸烟")
        edit(project, "columns", {"target": "covariate: risk"}, column="Risk")
        assert adopt([source], "s").open == []
        assert table(project, "covariate").to_numpy().tolist() == [
            ["01", "smoking", "yes"], ["01", "risk", "Low"], ["02", "risk", "High"],
        ]  # fmt: skip
        edit(project, "columns", {"target": "covariate: Risk!"}, column="Risk")
        with pytest.raises(InputError, match="names no variable; .* such as covariate: smoking"):
            adopt([source], "s")

    def test_rows_without_a_patient_are_named_and_can_be_left_out(self, project):
        source = csv_file(project, "病例号,性别,身高\n01,男,170\n,女,165\n02,女,\n")
        outcome = twice(source)
        assert outcome.open == [
            "source.csv, row 3: no '病例号'; give the patient's number, or leave the rows out in "
            "the sheet filters (病例号, leave out, and an empty value)"
        ]
        edit(project, "filters", {"column": "病例号", "rule": "leave out"})
        assert adopt([source], "s").open == []
        assert table(project, "patient")["patient_id"].tolist() == ["01", "02"]

    def test_new_values_of_the_next_freeze_are_named(self, project):
        source = csv_file(project, SMALL + "001,男,50,2018-03-05,T3a,阳性,2018-05-05\n")
        twice(source)
        more = SMALL + "001,男,50,2018-03-05,T3a,阳性,2018-05-05\n002,女,50,2018-03-05,T2,可疑,\n"
        outcome = adopt([csv_file(project, more)], "s")
        assert "new value of pathology.braf_v600e: '可疑' (1 times)" in outcome.told
        assert outcome.open == [
            "pathology.braf_v600e: '可疑' (1 times) has no rule in the sheet values"
        ]
        edit(project, "values", {"becomes": "not_tested"}, value="可疑")
        assert adopt([source], "s").open == []
        assert table(project, "patient")["patient_id"].tolist() == ["001", "002"]

    def test_a_column_that_is_gone_is_named(self, project):
        twice(csv_file(project, SMALL + "001,男,50,2018-03-05,T3a,阳性,2018-05-05\n"))
        fewer = SMALL.replace(",年龄", "") + "001,男,2018-03-05,T3a,阳性,2018-05-05\n"
        outcome = adopt([csv_file(project, fewer)], "s")
        assert "the column '年龄' of the mapping is not there" in outcome.open[0]

    @pytest.mark.parametrize("when", ["before", "between"])
    def test_a_run_that_was_killed_leaves_the_earlier_tables_and_can_be_called_again(
        self, project, monkeypatch, when
    ):
        source = csv_file(project, SMALL + "001,男,50,2018-03-05,T3a,阳性,2018-05-05\n")
        twice(source)
        tables = project / "data" / "s" / "tables"
        (tables / "note.txt").write_text("of a person")
        before = {path.name: path.read_bytes() for path in tables.iterdir()}
        corrected = csv_file(project, SMALL + "001,男,51,2018-03-05,T3a,阳性,2018-05-05\n")
        with monkeypatch.context() as patch:
            patch.setattr(files.os, "replace", killed_at(when))
            with pytest.raises(Killed):
                adopt([corrected], "s")
        assert {path.name: path.read_bytes() for path in tables.iterdir()} == before
        if when == "between":
            os.replace(tables, tables.with_name(".tables.old.partial"))  # as a kill leaves it
        adopt([corrected], "s")
        assert table(project, "patient")["age_years"].tolist() == ["51"]
        assert (tables / "note.txt").read_text() == "of a person"
        assert [p.name for p in tables.parent.iterdir() if p.name.startswith(".")] == []

    def test_a_mapping_is_there_whole_or_not_at_all(self, project, monkeypatch):
        source = csv_file(project, SMALL + "001,男,50,2018-03-05,T3a,阳性,2018-05-05\n")
        with monkeypatch.context() as patch:
            patch.setattr(files.os, "replace", killed_at("mapping.xlsx"))
            with pytest.raises(Killed):
                adopt([source], "s")
        assert not book_of(project).exists()
        assert adopt([source], "s").proposed

    def test_tables_changed_by_hand_are_not_written_over(self, project):
        source = csv_file(project, SMALL + "001,男,50,2018-03-05,T3a,阳性,2018-05-05\n")
        twice(source)
        path = project / "data" / "s" / "tables" / "patient.csv"
        path.write_text(path.read_text().replace("50", "51"))
        with pytest.raises(InputError, match=r"patient\.csv: was not written by this command"):
            adopt([source], "s")

    def test_rows_of_one_patient_that_contradict_each_other(self, project):
        outcome = twice(
            csv_file(project, "病例号,性别,采血日期\n1,男,2019-01-01\n1,女,2019-02-01\n")
        )
        assert outcome.open == ["patient.sex of 1: 'male' in source.csv, row 2; 'female' in "
                                "source.csv, row 3"]  # fmt: skip

    def test_rows_of_one_patient_that_agree_are_one(self, project):
        twice(csv_file(project, "病例号,性别,采血日期\n1,男,2019-01-01\n1,,2019-02-01\n"))
        assert table(project, "patient").to_numpy().tolist() == [["1", "male"]]
        assert table(project, "lab")["lab_date"].tolist() == ["2019-01-01", "2019-02-01"]

    def test_dates_that_could_be_either_are_decided_by_a_person(self, project):
        source = csv_file(project, "病例号,性别,手术日期\n1,男,03/05/2019\n2,女,04/05/2019\n")
        outcome = adopt([source], "s")
        assert "'手术日期': the reading of its dates is empty" in outcome.open
        edit(project, "columns", {"dates": "day first"}, column="手术日期")
        adopt([source], "s")
        assert table(project, "patient")["index_date"].tolist() == ["2019-05-03", "2019-05-04"]

    def test_no_patients_number(self, project):
        with pytest.raises(InputError, match="no column is known for the patient's number"):
            adopt([csv_file(project, "颜色,大小\n红,1\n")], "s")

    @pytest.mark.parametrize(
        ("change", "where", "words"),
        [
            ({"target": "patient.sexx"}, {"column": "性别"}, "Did you mean patient.sex?"),
            ({"factor": "x"}, {"column": "年龄"}, "expected a number"),
            ({"dates": "any"}, {"column": "手术日期"}, "'any' is not known"),
        ],
    )
    def test_a_mapping_that_is_wrong_is_named(self, project, change, where, words):
        source = csv_file(project, SMALL + "001,男,50,2018-03-05,T3a,阳性,2018-05-05\n")
        adopt([source], "s")
        edit(project, "columns", change, **where)
        with pytest.raises(InputError, match=words):
            adopt([source], "s")


def test_cells_merged_over_rows_stand_in_each_of_them(project):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["病例号", "性别", "采血日期"])
    sheet.append([7, "男", "2019-01-01"])
    sheet.append([None, None, "2019-02-01"])
    sheet.append([8, "女", "2019-03-01"])
    for row in (2, 4):
        sheet.cell(row, 1).number_format = "000"
    sheet.merge_cells("A2:A3")
    sheet.merge_cells("B2:B3")
    book.save(project / "merged.xlsx")
    (source,) = read_sources([project / "merged.xlsx"])
    assert source.cells["病例号"].tolist() == ["007", "007", "008"]
    assert twice(project / "merged.xlsx").open == []
    assert table(project, "lab").to_numpy().tolist() == [
        ["007", "2019-01-01"], ["007", "2019-02-01"], ["008", "2019-03-01"],
    ]  # fmt: skip


def test_the_command_says_what_comes_next(project):
    source = csv_file(project, SMALL + "001,男,50,2018-03-05,T?,阳性,2018-05-05\n", "gb18030")
    first = CliRunner().invoke(command, [str(source), "--study", "s"])
    assert first.exit_code == 0, first.output
    assert "Next: look through data/s/intake/mapping.xlsx" in first.output
    second = CliRunner().invoke(command, [str(source), "--study", "s"])
    assert second.exit_code == 1
    assert "Nothing is written. Decide these 1" in second.output


def test_a_cell_does_not_steer_the_terminal(project):
    source = csv_file(project, "病例号,性别\n1,\x1b[31m\u202emale\n")
    CliRunner().invoke(command, [str(source), "--study", "s"])
    shown = CliRunner().invoke(command, [str(source), "--study", "s"]).output
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "u202emale" in shown


class TestRedcap:
    """The dictionary's fields, filled in and exported raw or labelled, come back as the study."""

    @pytest.mark.parametrize("labelled", [False, True])
    @pytest.mark.slow
    def test_round_trip(self, project, labelled):
        rows = valid_rows()
        source = project / "redcap.csv"
        exported(rows, labelled=labelled).to_csv(source, index=False)
        outcome = twice(source)
        assert outcome.open == []
        study, problems = examine("data/s", Rules())
        assert errors_of(problems) == []
        for name, lines in rows.items():
            assert len(study.tables[name]) == len(lines), name
        follow_up = study.tables["follow_up"].set_index("patient_id")
        assert follow_up.loc["P001", "rai_refractory_day"] == 600
        assert study.tables["patient"]["follow_up_complete"].all()

    @pytest.mark.parametrize("labelled", [False, True])
    def test_a_project_with_fields_of_its_own_is_read_by_its_dictionary(self, project, labelled):
        dictionary = project / "dictionary.csv"
        dictionary.write_text(
            "Variable / Field Name,Form Name,Field Type,Field Label,"
            '"Choices, Calculations, OR Slider Labels",Field Annotation\n'
            "record_id,f,text,Record ID,,\n"
            'q1,f,radio,<b>Sex</b>,"1, Female | 2, Male",\n'
            "q2,f,text,Date of thyroidectomy,,\n"
            'braf,f,dropdown,Result of the gene,"1, Mutated | 2, Wild type | 9, Not done",\n'
            "tt,f,yesno,Total thyroidectomy performed?,,\n"
        )
        raw = "record_id,q1,q2,braf,tt,f_complete\n01,2,2018-03-05,1,1,2\n02,1,2018-03-06,9,0,2\n"
        words = (
            "Record ID,Sex,Date of thyroidectomy,Result of the gene,"
            "Total thyroidectomy performed?,Complete?\n"
            "01,Male,2018-03-05,Mutated,Yes,Complete\n02,Female,2018-03-06,Not done,No,Complete\n"
        )
        export = csv_file(project, words if labelled else raw)
        adopt([export, dictionary], "s")
        assert adopt([export, dictionary], "s").open == []
        assert table(project, "patient").to_numpy().tolist() == [
            ["01", "male", "yes", "2018-03-05"], ["02", "female", "no", "2018-03-06"],
        ]  # fmt: skip
        assert table(project, "pathology")["braf_v600e"].tolist() == ["mutant", "not_tested"]

    def test_checkboxes_are_one_column(self, project):
        csv_file(project, "record_id,site___lung,site___bone,lesion_complete\n1,1,0,2\n2,1,1,2\n")
        cells = read_sources([project / "source.csv"])[0].cells
        assert cells["site"].tolist() == ["lung", "lung; bone"]

    def test_redcaps_own_status_is_no_field(self, project):
        source = csv_file(
            project, "patient_id,redcap_event_name,sex,follow_up_complete\n1,a,male,2\n"
        )
        twice(source)
        assert list(table(project, "patient")) == ["patient_id", "sex"]


def exported(rows: dict[str, list[dict[str, str]]], *, labelled: bool) -> pd.DataFrame:
    """Rows as REDCap exports them: one a patient, and one an instance of each repeated form."""
    fields = redcap_fields()
    once = {name for name, model in MODELS.items() if key_of(model) == ("patient_id",)}
    patients = [row["patient_id"] for row in rows["patient"]]
    records = []
    for patient in patients:
        own = {f: _exported_cell(rows, c, patient) for f, c in fields.items() if c.table in once}
        records.append({"patient_id": patient} | own)
        for name in (name for name in rows if name not in once):
            lines = [row for row in rows[name] if row["patient_id"] == patient]
            for instance, row in enumerate(lines, start=1):
                own = {f: _cell(row, c) for f, c in fields.items() if c.table == name}
                mark = {"redcap_repeat_instrument": name, "redcap_repeat_instance": instance}
                records.append({"patient_id": patient} | mark | own)
    names = ["patient_id", "redcap_repeat_instrument", "redcap_repeat_instance"]
    order: list[str] = []
    for form in MODELS:
        order += [f for f, c in fields.items() if c.table == form and f != "patient_id"]
        order.append(f"{form}_complete")
    frame = pd.DataFrame(records).reindex(columns=[*names, *order]).fillna("")
    if labelled:
        own = {"redcap_repeat_instrument": "Repeat Instrument",
               "redcap_repeat_instance": "Repeat Instance"}  # fmt: skip
        frame.columns = [
            redcap_label(fields[n]) if n in fields else own.get(n, "Complete?") for n in frame
        ]
    return frame


def _exported_cell(rows: dict, column, patient: str) -> str:
    if column.name == "patient_id":
        return patient
    if column.name == "index_date":
        return "2018-03-05"
    found = [row for row in rows.get(column.table, []) if row["patient_id"] == patient]
    return _cell(found[0], column) if found else ""


def _cell(row: dict[str, str], column) -> str:
    text = str(row.get(column.name, ""))
    if column.is_day and text:
        return (dt.date(2018, 3, 5) + dt.timedelta(int(text))).isoformat()
    return {"yes": "1", "no": "0"}.get(text, text) if column.kind == "yes_no" else text


class TestWords:
    def test_every_target_of_the_list_is_a_column(self):
        assert set(column_words().values()) <= set(targets())

    def test_every_coded_column_knows_its_own_codes(self):
        for name, column in targets().items():
            for code in column.codes or ():
                assert value_words(name)[code.lower().replace("_", " ")] == code, name

    @pytest.mark.parametrize(
        ("header", "target", "number"),
        [
            ("Sex", "patient.sex", 1),
            ("首次碘治疗日期", "rai_course.course_day", 1),
            ("第2次碘剂量(mCi)", "rai_course.activity_gbq", 2),
            ("第三次治疗时TSH", "rai_course.tsh_miu_per_l", 3),
            ("Tg_2", "lab.tg_ng_per_ml", 2),
            ("颜色", "", 1),
        ],
    )
    def test_headers(self, header, target, number):
        assert propose(header) == (target, number)

    @pytest.mark.parametrize(
        ("target", "word", "code"),
        [
            ("pathology.t_stage", "t4a", "T4"),
            ("pathology.braf_v600e", "阳性", "mutant"),
            ("pathology.braf_v600e", "未做", "not_tested"),
            ("lab.tgab_negative", "阴性", "yes"),
            ("patient.severe_comorbidity", "阴性", "no"),
            ("pathology.histology", "ptc", "ptc_classic"),
            ("pathology.m_stage", "未知", "(missing)"),
        ],
    )
    def test_values(self, target, word, code):
        assert value_words(target)[word] == code

    @pytest.mark.parametrize(
        ("header", "target", "factor"),
        [
            ("剂量(mCi)", "rai_course.activity_gbq", 0.037),
            ("剂量(MBq)", "rai_course.activity_gbq", 0.001),
            ("剂量", "rai_course.activity_gbq", 1.0),
            ("大小(cm)", "pathology.tumour_diameter_mm", 10.0),
            ("Tg (pmol/L)", "lab.tg_ng_per_ml", None),
        ],
    )
    def test_units(self, header, target, factor):
        assert unit_factor(header, targets()[target]) == factor

    @pytest.mark.parametrize(
        ("text", "reading", "date"),
        [
            ("2019年3月7日", "year first", "2019-03-07"),
            ("07/03/2019", "day first", "2019-03-07"),
            ("07/03/2019", "month first", "2019-07-03"),
            ("20190307", "yyyymmdd", "2019-03-07"),
            ("43531", "Excel number", "2019-03-07"),
            ("-12", "days since day 0", "-12"),
            ("31/02/2019", "day first", None),
            ("2019", "year first", None),
        ],
    )
    def test_dates(self, text, reading, date):
        assert as_date(text, reading) == date


class TestBrokenWorkbooks:
    @pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml"])
    @pytest.mark.parametrize("content", [b"<a", b"", b"<a/>"])
    def test_broken_inside(self, tmp_path, part, content):
        whole = write_hospital(tmp_path / "whole.xlsx", patients=1)
        broken = tmp_path / "broken.xlsx"
        with zipfile.ZipFile(whole) as old, zipfile.ZipFile(broken, "w") as new:
            for name in old.namelist():
                new.writestr(name, content if name == part else old.read(name))
        if (part, content) == ("xl/worksheets/sheet1.xml", b"<a/>"):
            assert {source.sheet for source in read_sources([broken])} == {
                "随访",
                "检验",
                "免疫组化",
            }
            return
        with pytest.raises(InputError, match=r"broken\.xlsx: (it cannot be read|no table here)"):
            read_sources([broken])

    @pytest.mark.slow
    def test_what_would_fill_the_memory(self, tmp_path):
        bomb = tmp_path / "bomb.xlsx"
        with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as parts:
            parts.writestr("xl/workbook.xml", bytes(2**20))
            for number in range(LARGEST_MB + 1):
                parts.writestr(f"xl/worksheets/sheet{number}.xml", bytes(2**20))
        assert bomb.stat().st_size < 2**20
        with pytest.raises(InputError, match="would unpack to 402 MB"):
            read_sources([bomb])
