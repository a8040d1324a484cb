"""The dictionaries say of every column what the schema says, and REDCap can import its own."""

import pytest
from click.testing import CliRunner

from compendium.cli.study import dictionary
from compendium.study.dictionary import (
    REDCAP_COLUMNS,
    data_dictionary,
    given_name,
    redcap_dictionary,
)
from compendium.tables import COLUMNS, MODELS

# The rules by which REDCap's data dictionary is checked on import, as redcapAPI 2.x (R package,
# importMetaData and constants.R) states them.
FIELD_NAME = r"[a-z](?!.*__.*)[a-z0-9_]*[a-z0-9]"
CHOICES = r"[^|,]+,[^|]+(\|[^|,]+,[^|]+)*"
FIELD_TYPES = {"text", "notes", "dropdown", "radio", "checkbox", "yesno", "truefalse", "calc"}
LONGEST_NAME = 100


@pytest.fixture(scope="module")
def redcap():
    return redcap_dictionary()


def test_every_column_is_in_the_dictionary():
    found = data_dictionary()
    assert len(found) == sum(len(columns) for columns in COLUMNS.values())
    assert (found[["description", "zh", "expected", "missing"]] != "").all(axis=None)


class TestRedcap:
    def test_has_the_eighteen_columns_of_redcap(self, redcap):
        assert list(redcap.columns) == list(REDCAP_COLUMNS)
        assert len(REDCAP_COLUMNS) == 18

    def test_starts_with_the_record(self, redcap):
        first = redcap.iloc[0]
        assert (first["Variable / Field Name"], first["Form Name"]) == ("patient_id", "patient")

    def test_names_are_unique_and_allowed(self, redcap):
        names = redcap["Variable / Field Name"]
        assert not names.duplicated().any()
        assert names.str.fullmatch(FIELD_NAME).all()
        assert names.str.len().max() <= LONGEST_NAME
        assert redcap["Form Name"].str.fullmatch(FIELD_NAME).all()

    def test_forms_are_in_one_piece(self, redcap):
        forms = redcap["Form Name"]
        assert (forms != forms.shift()).sum() == forms.nunique() == len(MODELS)

    def test_types_and_choices_are_allowed(self, redcap):
        assert set(redcap["Field Type"]) <= FIELD_TYPES
        choices = redcap["Choices, Calculations, OR Slider Labels"]
        coded = redcap["Field Type"] == "dropdown"
        assert choices[coded].str.fullmatch(CHOICES).all()
        assert (choices[~coded] == "").all()

    def test_limits_are_for_validated_text_only(self, redcap):
        validation = redcap["Text Validation Type OR Show Slider Number"]
        dates = {"date_ymd", "datetime_seconds_ymd"}
        assert set(validation) == {"", "integer", "number", *dates}
        limits = redcap[["Text Validation Min", "Text Validation Max"]]
        assert (limits[validation.isin(["", *dates])] == "").all(axis=None)
        assert (redcap.loc[validation != "", "Field Type"] == "text").all()

    def test_days_are_given_as_dates_and_no_name_is_redcaps_own(self, redcap):
        fields = redcap.set_index("Variable / Field Name")
        validation = fields["Text Validation Type OR Show Slider Number"]
        assert validation[["course_date", "index_date"]].tolist() == ["date_ymd", "date_ymd"]
        assert not fields.index.str.endswith("_day").any()
        assert not fields.index.str.endswith("_complete").any()
        assert fields.loc["follow_up_complete_yn", "Form Name"] == "patient"

    def test_every_column_has_a_field_that_says_where_it_belongs(self, redcap):
        named = set(redcap["Field Annotation"].str.removeprefix("compendium: "))
        expected = {
            f"{t}.{given_name(one)}" for t, columns in COLUMNS.items() for one in columns.values()
            if not one.is_sign
        }  # fmt: skip
        assert expected - named == {f"{t}.patient_id" for t in COLUMNS if t != "patient"}

    def test_a_laboratory_value_may_be_typed_with_its_sign(self, redcap):
        by_place = redcap.set_index("Field Annotation")
        for place in ("lab.tg_ng_per_ml", "lab.tsh_miu_per_l", "pet_scan.tsh_miu_per_l"):
            field = by_place.loc[f"compendium: {place}"]
            assert field["Text Validation Type OR Show Slider Number"] == ""
        assert "compendium: lab.tg_ng_per_ml_sign" not in by_place.index

    def test_identifiers_are_marked(self, redcap):
        marked = redcap.loc[redcap["Identifier?"] == "y", "Variable / Field Name"]
        own = {name for name in marked if not name.endswith("_date")}
        assert own == {"patient_name", "record_number", "administered_at", "series"}
        names = redcap["Variable / Field Name"]
        assert set(names[names.str.endswith("_date")]) == set(marked) - own


def test_the_command_writes_either_dictionary(tmp_path):
    shown = CliRunner().invoke(dictionary, [])
    assert shown.output.splitlines()[0].startswith("table,column,description")
    out = tmp_path / "redcap.csv"
    written = CliRunner().invoke(dictionary, ["--format", "redcap", "--out", str(out)])
    assert written.exit_code == 0
    assert out.read_text().splitlines()[1].startswith("patient_id,patient,,text,")
