"""The schema: every column explained in both languages, with its unit, range, codes and gaps."""

import re

import pandas as pd
import pytest
from pandera.errors import SchemaErrors
from study_tables import table

from compendium.tables import COLUMNS, MODELS, chinese_title, empty_table, key_of

CHINESE = re.compile(r"[一-鿿]")


@pytest.mark.parametrize("name", MODELS)
def test_every_table_has_a_title_a_key_and_explained_columns(name):
    model = MODELS[name]
    assert (model.__doc__ or "").strip()
    assert CHINESE.search(chinese_title(model))
    assert set(key_of(model)) <= set(COLUMNS[name])
    for column in COLUMNS[name].values():
        assert CHINESE.search(column.zh), column.name
        assert column.unit or column.kind not in ("number",), column.name
        assert column.missing or column.name not in ("death_day", "tki_start_day")


@pytest.mark.parametrize("name", MODELS)
def test_an_empty_table_is_valid_and_its_key_is_never_empty(name):
    MODELS[name].validate(empty_table(MODELS[name]))
    assert not any(COLUMNS[name][key].missing for key in key_of(MODELS[name]))


@pytest.mark.parametrize(
    ("name", "column", "words"),
    [
        ("lesion", "site", "one of: lung, bone, lymph_node, thyroid_bed, liver, brain, other"),
        ("lesion", "structural", "yes or no"),
        ("lesion", "diameter_mm", "a number above 0 and at most 500 mm"),
        ("lesion", "lesion_id", "letters, digits, _ and - only"),
        ("ihc_read", "pct_1", "a number of at least 0 and at most 100%"),
        ("rai_course", "course", "a whole number of at least 1 and at most 30"),
        (
            "lab",
            "tg_ng_per_ml",
            "a number of at least 0 ng/mL, or one beyond a limit of detection as <0.04",
        ),
        ("ihc_read", "antibody_clone", "text"),
    ],
)
def test_what_a_cell_must_hold_is_said_in_words(name, column, words):
    assert COLUMNS[name][column].expected() == words


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"site": "knee"}, "isin"),
        ({"diameter_mm": 0.0}, "greater_than"),
        ({"lesion_id": "L 1"}, "str_matches"),
        ({"structural": None}, "not_nullable"),
    ],
)
def test_the_models_refuse_by_themselves(cells, fault):
    row = {"patient_id": "P", "lesion_id": "L1", "diameter_mm": 3.0, **cells}
    with pytest.raises(SchemaErrors, match=fault):
        MODELS["lesion"].validate(table("lesion", [row]), lazy=True)


def test_a_key_is_there_once_and_a_column_of_no_table_is_refused():
    rows = table("lesion", [{"patient_id": "P", "lesion_id": "L1"}] * 2)
    with pytest.raises(SchemaErrors, match="uniqueness"):
        MODELS["lesion"].validate(rows, lazy=True)
    with pytest.raises(SchemaErrors, match="volume_ml"):
        MODELS["lesion"].validate(rows.head(1).assign(volume_ml=1.0), lazy=True)


def test_what_identifies_a_person_is_known_and_all_but_two_are_dropped_on_loading():
    identifying = {
        f"{column.table}.{column.name}": column.kept
        for columns in COLUMNS.values()
        for column in columns.values()
        if column.identifies
    }
    assert identifying == {
        "patient.patient_name": False,
        "patient.record_number": False,
        "patient.index_date": False,
        "pet_scan.administered_at": True,  # the SUV needs it where the header lacks it
        "pet_scan.series": True,  # which one it is where a folder holds several
    }


def test_days_have_dates_as_their_other_name():
    column = COLUMNS["follow_up"]["death_day"]
    assert (column.is_day, column.date_name, column.unit) == (True, "death_date", "d")
    assert not COLUMNS["patient"]["age_years"].is_day


def test_text_columns_hold_text_and_yes_no_columns_booleans():
    lesion = empty_table(MODELS["lesion"])
    assert lesion.dtypes.astype(str).to_dict() == {
        "patient_id": "object",
        "lesion_id": "object",
        "site": "object",
        "diameter_mm": "float64",
        "structural": "boolean",
    }
    assert isinstance(lesion, pd.DataFrame)
