"""Implausible edits of a sound study: none that can change a class or an estimate is silent."""

import datetime as dt
from collections.abc import Callable, Iterator

import pandas as pd
import pytest

from compendium.errors import InputError
from compendium.study.declared import Declared, declared, settled
from compendium.study.evidence import days_of_history
from compendium.study.evidence_rows import rows_twice_or_lost
from compendium.study.evidence_values import values_against_values
from compendium.study.located import Tables
from compendium.study.problems import Problem, errors_of
from compendium.study.reading import RawTable

TOLD = Declared(dt.date(2025, 6, 30), {})
Edited = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def sound(demo_drawn) -> Edited:
    return {name: table.copy() for name, table in demo_drawn.tables.items()}


def found(tables: Edited) -> Iterator[Problem]:
    raw = {name: RawTable(name, f"{name}.csv", "", table) for name, table in tables.items()}
    located = Tables(tables, raw)
    yield from days_of_history(located, TOLD)
    yield from values_against_values(located)
    yield from rows_twice_or_lost(located)


def test_the_sound_study_has_no_error(sound):
    assert errors_of(found(sound)) == []


def put(table: str, column: str, value: object) -> Callable[[Edited], None]:
    """Give the first filled cell of a column a value; a callable changes the one that is there."""

    def edit(tables: Edited) -> None:
        cells = tables[table]
        row = cells.index[cells[column].notna()][0]
        tables[table].loc[row, column] = value(cells.at[row, column]) if callable(value) else value

    return edit


def whole(table: str, column: str, factor: float) -> Callable[[Edited], None]:
    def edit(tables: Edited) -> None:
        tables[table][column] = tables[table][column] * factor

    return edit


def shifted(table: str, column: str, days: int) -> Callable[[Edited], None]:
    def edit(tables: Edited) -> None:
        tables[table][column] = tables[table][column] + days

    return edit


def half_lost(table: str) -> Callable[[Edited], None]:
    def edit(tables: Edited) -> None:
        patients = tables[table]["patient_id"].unique()
        kept = set(patients[: len(patients) // 2])
        tables[table] = tables[table][tables[table]["patient_id"].isin(kept)]

    return edit


def refractory_before(column: str) -> Callable[[Edited], None]:
    def edit(tables: Edited) -> None:
        own = tables["follow_up"]
        row = own.index[own["rai_refractory_day"].notna()][0]
        own.loc[row, column] = own.at[row, "rai_refractory_day"] - 1

    return edit


def two_of(tables: Edited) -> tuple[str, pd.Series]:
    own = tables["rai_course"].dropna(subset=["tg_pre_ng_per_ml", "tg_post_ng_per_ml"])
    return own["patient_id"].iloc[0], own


def patient_twice(tables: Edited) -> None:
    patient, _ = two_of(tables)
    for name, table in tables.items():
        if "patient_id" in table:
            again = table[table["patient_id"] == patient].assign(patient_id="X999")
            tables[name] = pd.concat([table, again], ignore_index=True)


def exchanged(tables: Edited) -> None:
    own = tables["rai_course"].sort_values(["patient_id", "course"])
    earlier = own.groupby("patient_id")["tg_post_ng_per_ml"].shift()
    own["tg_pre_ng_per_ml"] = earlier.fillna(own["tg_pre_ng_per_ml"])
    pre, post = own["tg_pre_ng_per_ml"].copy(), own["tg_post_ng_per_ml"].copy()
    own["tg_pre_ng_per_ml"], own["tg_post_ng_per_ml"] = post, pre
    tables["rai_course"] = own


def stage(size_mm: float, t: str, extension: str = "none") -> Callable[[Edited], None]:
    def edit(tables: Edited) -> None:
        row = tables["pathology"].index[0]
        names = ["t_stage", "tumour_diameter_mm", "extrathyroidal_extension"]
        tables["pathology"].loc[row, names] = [t, size_mm, extension]

    return edit


def bone_without_metastasis(tables: Edited) -> None:
    lesions = tables["lesion"]
    patient = lesions.loc[lesions["site"] == "bone", "patient_id"].iloc[0]
    people = tables["patient"]
    tables["patient"].loc[people["patient_id"] == patient, "distant_metastasis"] = False


def middle_sum(factor: float) -> Callable[[Edited], None]:
    def edit(tables: Edited) -> None:
        own = tables["response_assessment"]
        large = own[own["sum_target_diameters_mm"] > 20].groupby("patient_id")
        rows = next(rows for _, rows in large if len(rows) > 4)
        own.loc[rows.index[2], "sum_target_diameters_mm"] *= factor

    return edit


def index_dates(first: dt.date) -> Callable[[Edited], None]:
    def edit(tables: Edited) -> None:
        tables["patient"]["index_date"] = first

    return edit


def administered(tables: Edited) -> None:
    tables["patient"]["index_date"] = dt.date(2015, 1, 1)
    tables["pet_scan"].loc[tables["pet_scan"].index[0], "administered_at"] = "1920-01-01T10:00:00"


REFUSED: list[tuple[str, Callable[[Edited], None], str]] = [
    ("age 119", put("patient", "age_years", 119.0), "age_years is 119"),
    ("age 2", put("patient", "age_years", 2.0), "age_years is 2; in months"),
    ("weight in jin", whole("patient", "weight_kg", 2), "body-mass index"),
    ("weight in lb", whole("patient", "weight_kg", 2.2), "body-mass index"),
    ("Tg before in ug/mL", put("rai_course", "tg_pre_ng_per_ml", lambda x: x / 1000), "Tg is"),
    ("Tg after x1000", put("rai_course", "tg_post_ng_per_ml", lambda x: x * 1000), "Tg is"),
    ("Tg 1e9", put("lab", "tg_ng_per_ml", 1e9), "in ng/L it would be 1e+06"),
    ("Tg of lab x1000", whole("lab", "tg_ng_per_ml", 1000), "times the patients' Tg"),
    ("Tg exchanged", exchanged, "times the Tg before a course is that after the next"),
    ("TSH at courses / 10", whole("rai_course", "tsh_miu_per_l", 0.1), "median of the whole col"),
    ("30 GBq", put("rai_course", "activity_gbq", 30.0), "in mCi it would be 1.11 GBq"),
    ("courses in mCi", whole("rai_course", "activity_gbq", 1 / 0.037), "median of the whole"),
    ("injected in mCi", whole("pet_scan", "injected_activity_mbq", 1 / 37), "in mCi it would be"),
    ("lesions in cm", whole("lesion", "diameter_mm", 0.1), "median of the whole column"),
    ("one lesion in cm", put("lesion", "diameter_mm", 1.8), "in cm it would be 18 mm"),
    ("tumours in cm", whole("pathology", "tumour_diameter_mm", 0.1), "median of the whole"),
    ("one tumour in cm", put("pathology", "tumour_diameter_mm", 1.4), "in cm it would be 14 mm"),
    ("sum in cm", middle_sum(0.1), "that of the assessment beside it"),
    ("sum x10", middle_sum(10), "that of the assessment beside it"),
    ("sum 0", put("response_assessment", "sum_target_diameters_mm", 0.0), "the sum is 0"),
    ("course before surgery", put("rai_course", "course_day", -400), "before the surgery"),
    ("course years before", put("rai_course", "course_day", -4000), "long before the surgery"),
    ("sample before birth", put("lab", "lab_day", -36000), "before birth"),
    ("PET before surgery", put("pet_scan", "scan_day", -5), "before the surgery"),
    ("PET before birth", put("pet_scan", "scan_day", -36000), "before birth"),
    ("PET before resistance", put("pet_scan", "scan_day", 1), "rai_refractory_day is"),
    ("last contact in 40 years", put("follow_up", "last_contact_day", 14600), "all else known"),
    ("all contacts + 10 years", shifted("follow_up", "last_contact_day", 3650), "after all else"),
    ("resistance beyond age", put("follow_up", "rai_refractory_day", 36000), "105 or more"),
    ("TKI before resistance", refractory_before("tki_start_day"), ", rai_refractory_day"),
    ("entry before resistance", refractory_before("study_entry_day"), ", rai_refractory_day"),
    ("entry before surgery", put("follow_up", "study_entry_day", -3), "before the surgery"),
    ("bone without metastasis", bone_without_metastasis, "distant_metastasis is no"),
    ("T1 of 60 mm", stage(60, "T1"), "t_stage is T1, tumour_diameter_mm 60"),
    ("T1 with gross extension", stage(10, "T1", "gross"), "extrathyroidal_extension gross"),
    ("patient twice", patient_twice, "have the same"),
    ("half of response lost", half_lost("response_assessment"), "have no row in response"),
    ("half of courses lost", half_lost("rai_course"), "have no row in rai_course"),
    ("surgery after the freeze", index_dates(dt.date(2106, 5, 2)), "after the data freeze"),
    ("history after the freeze", index_dates(dt.date(2025, 1, 1)), "after the data freeze"),
    ("administered in 1920", administered, "is not within a week of scan_day"),
]


@pytest.mark.parametrize(
    ("edit", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_an_implausible_edit_is_refused(sound, edit, words):
    tables = {name: table.copy() for name, table in sound.items()}
    edit(tables)
    errors = errors_of(found(tables))
    assert [problem for problem in errors if words in problem.found], errors[:3]


def test_a_surgery_after_the_freeze_is_one_error_and_not_one_a_day(sound):
    tables = {name: table.copy() for name, table in sound.items()}
    dates = [dt.date(2106, 5, 2)] + [dt.date(2010, 1, 1)] * (len(tables["patient"]) - 1)
    tables["patient"]["index_date"] = dates
    patient = tables["patient"]["patient_id"].iloc[0]
    errors = [p for p in errors_of(found(tables)) if p.patient == patient]
    assert [p.column for p in errors] == ["index_date"]


def lesion_twice(tables: Edited) -> None:
    again = tables["lesion"].dropna(subset="diameter_mm").iloc[[0]].assign(lesion_id="L99")
    tables["lesion"] = pd.concat([tables["lesion"], again], ignore_index=True)


def no_thyroidectomy(tables: Edited) -> None:
    patient = tables["rai_course"]["patient_id"].iloc[0]
    people = tables["patient"]
    people.loc[people["patient_id"] == patient, "total_thyroidectomy"] = False


def no_assessments(tables: Edited) -> None:
    tables["response_assessment"] = tables["response_assessment"].iloc[:0]


def anaplastic(tables: Edited) -> None:
    patient = tables["rai_course"]["patient_id"].iloc[0]
    own = tables["pathology"]
    own.loc[own["patient_id"] == patient, "histology"] = "atc"


TOLD_OF: list[tuple[str, Callable[[Edited], None], str]] = [
    ("lesion twice", lesion_twice, "L99 has the site and the diameter"),
    ("131I without thyroidectomy", no_thyroidectomy, "total_thyroidectomy is no"),
    ("no assessments", no_assessments, "have no row in response_assessment"),
    ("histology atc", anaplastic, "histology is atc, and 131I was given"),
    ("T1 of 30 mm", stage(30, "T1"), "T1 over 20 mm"),
    ("TSH x1000", put("lab", "tsh_miu_per_l", 250.0), "TSH is 250"),
]


@pytest.mark.parametrize(
    ("edit", "words"), [case[1:] for case in TOLD_OF], ids=[case[0] for case in TOLD_OF]
)
def test_what_changes_no_estimate_is_told(sound, edit, words):
    tables = {name: table.copy() for name, table in sound.items()}
    edit(tables)
    assert [p for p in found(tables) if words in p.found and p.severity == "notice"]


def test_a_confirmed_contradiction_is_a_notice_with_its_reason(tmp_path):
    (tmp_path / "study.yml").write_text(
        "data_freeze: 2025-06-30\nconfirmed:\n"
        "- {patient: P1, table: lab, column: tg_ng_per_ml, why: diluted twice}\n"
    )
    told = declared(tmp_path)
    problem = Problem(file="lab.csv", table="lab", patient="P1", column="tg_ng_per_ml",
                      found="x", expected="y", remedy="z.")  # fmt: skip
    (confirmed,) = settled([problem], told)
    assert (confirmed.severity, confirmed.remedy) == ("notice", "Confirmed: diluted twice.")
    (other,) = settled([problem], TOLD)
    assert other.severity == "error"
    assert "study.yml" in other.remedy
    assert told.data_freeze == dt.date(2025, 6, 30)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("freeze: 2025-06-30\n", "expected the keys data_freeze and confirmed"),
        ("data_freeze: soon\n", "expected a date"),
        ("confirmed:\n- {patient: P1}\n", "Complete it"),
        ("[" * 3000 + "\n", "not readable as YAML"),
    ],
)
def test_a_wrong_study_yml_is_named(tmp_path, text, words):
    (tmp_path / "study.yml").write_text(text)
    with pytest.raises(InputError, match=words):
        declared(tmp_path)
