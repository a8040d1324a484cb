"""A table of another form is brought in by a mapping, which is checked as strictly as a table."""

import pytest

from compendium.errors import InputError
from compendium.study.mapping import map_source

HEAD = "study_dir: data/x\nresults_dir: results/x\nseed: 1\n"
GOOD = """
mapping:
  tables:
    patient:
      patient_id: {row: "X{:02d}"}
      study: {value: TROP2}
      sex: {column: Gender, codes: {F: female, M: male}}
      age_years: {column: Age}
  covariates:
    smoking: {column: Smoking}
"""
SOURCE = "Age,Gender,Smoking\n41,F,no\n52,M,\n"


def mapped(tmp_path, mapping=GOOD, source=SOURCE):
    params, file = tmp_path / "x.yml", tmp_path / "source.csv"
    params.write_text(HEAD + mapping)
    file.write_text(source)
    return map_source(params, file)


def test_columns_values_rows_and_codes(tmp_path):
    tables = mapped(tmp_path)
    assert tables["patient"].to_dict("list") == {
        "patient_id": ["X02", "X03"],
        "study": ["TROP2", "TROP2"],
        "sex": ["female", "male"],
        "age_years": ["41", "52"],
    }
    assert tables["covariate"].to_dict("list") == {
        "patient_id": ["X02", "X03"],
        "variable": ["smoking", "smoking"],
        "value": ["no", ""],
    }


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("mapping:", "title: none\nmappin:", "unknown key 'mappin'"),
        ("tables:", "table:", "no mapping here"),
        ("patient:", "patients:", "there is no table patients; .* Did you mean patient?"),
        ("age_years:", "age:", "there is no column age; .* Correct it"),
        ("column: Age", "column: Ages", "the source has no column Ages; .* Did you mean Age?"),
        ("column: Age", "col: Age", "expected one of `column`"),
        ("column: Age", "column: Age, value: 3", "expected one of `column`"),
        ("{column: Age}", "Age", "expected one of `column`"),
        ("M: male", "W: male", "row 3 of the source has 'M', which has no code"),
    ],
)
def test_a_wrong_mapping_is_named(tmp_path, old, new, words):
    with pytest.raises(InputError, match=words):
        mapped(tmp_path, GOOD.replace(old, new, 1))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("Age,Gender,Smoking\n41,F\n", "not every row has the 3 cells"),
        ('Age,Gender\n41,"F\n', "it cannot be read"),
    ],
)
def test_a_wrong_source_is_named(tmp_path, source, words):
    with pytest.raises(InputError, match=words):
        mapped(tmp_path, source=source)


def test_a_source_that_is_not_there_is_named(tmp_path):
    params = tmp_path / "x.yml"
    params.write_text(HEAD + GOOD)
    with pytest.raises(InputError, match=r"nowhere.csv: it cannot be read"):
        map_source(params, tmp_path / "nowhere.csv")
