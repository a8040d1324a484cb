"""Table 1 against R, on 383 real patients brought in by a mapping; and its tests one by one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from study_tables import tables

from compendium.cohort.table_one import characteristics, differences, table_one
from compendium.intake.adopting import adopt
from compendium.intake.mapping import Mapping
from compendium.intake.workbook import read_mapping, write_mapping
from compendium.statistics.intervals import hodges_lehmann
from compendium.study import load_study

REFERENCE = Path(__file__).parent / "reference" / "table_one_uci_expected.csv"
NAMES = {
    "Age": "age_years",
    "Gender": "sex",
    "Smoking": "smoking",
    "Hx.Radiothreapy": "radiotherapy",
    "Pathology": "histology",
    "Risk": "risk",
    "Stage": "stage",
    "Response": "response",
    "Adenopathy": "adenopathy",
}
KEPT = {
    "Smoking": "smoking",
    "Hx Radiothreapy": "radiotherapy",
    "Risk": "risk",
    "Stage": "stage",
    "Response": "response",
    "Adenopathy": "adenopathy",
    "Recurred": "recurred",
}
LEVELS = {
    "F": "female",
    "M": "male",
    "Papillary": "ptc_unspecified",
    "Micropapillary": "ptc_microcarcinoma",
    "Follicular": "ftc",
    "Hurthel cell": "oncocytic",
}


@pytest.fixture(scope="module")
def uci(external, root, tmp_path_factory):
    """The UCI patients as a study, adopted by the proposed mapping and a few decisions."""
    source = pd.read_csv(external("clinical/uci-dtc-recurrence/thyroid_diff.csv"))
    source.insert(0, "Patient", [f"UCI{row:03d}" for row in range(2, len(source) + 2)])
    project = tmp_path_factory.mktemp("project")
    (project / "pyproject.toml").touch()
    (project / "notebooks").mkdir()
    source.to_csv(project / "source.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMPENDIUM_ROOT", str(project))
        adopt([project / "source.csv"], "uci")
        book = project / "data" / "uci" / "intake" / "mapping.xlsx"
        write_mapping(book, decided(read_mapping(book)))
        assert adopt([project / "source.csv"], "uci").open == []
        return load_study("data/uci")


def decided(mapping: Mapping) -> Mapping:
    """The proposed mapping of the UCI table with what a person decides."""
    columns = [
        replace(rule, target=f"covariate: {KEPT[rule.column]}") if rule.column in KEPT else rule
        for rule in mapping.columns
    ]
    becomes = {"Papillary": "ptc_unspecified", "Micropapillary": "ptc_microcarcinoma",
               "Follicular": "ftc", "Hurthel cell": "oncocytic", "Multi-Focal": "yes",
               "Uni-Focal": "no"}  # fmt: skip
    values = [replace(v, becomes=becomes.get(v.value, v.becomes)) for v in mapping.values]
    fixed = mapping.fixed | {
        "patient.study": "TROP2", "pathology.braf_v600e": "not_tested",
        "pathology.tert_promoter": "not_tested",
    }  # fmt: skip
    return replace(mapping, columns=columns, values=values, fixed=fixed)


@pytest.fixture(scope="module")
def reference():
    """R 4.2.2: counts, mean, SD, quartiles (type 7), Welch, Wilcoxon, chi-squared, Fisher, SMD."""
    return pd.read_csv(REFERENCE)


@pytest.fixture(scope="module")
def described(uci):
    people = characteristics(uci.tables)
    return table_one(people, "recurred", ("No", "Yes"), list(NAMES.values()))


def test_all_patients_are_there(uci, described):
    assert len(uci.tables["patient"]) == 383
    assert described.iloc[0][["overall", "No", "Yes"]].astype(int).tolist() == [383, 275, 108]
    assert (described["missing"].dropna() == 0).all()


def test_counts_and_shares_agree_with_r(described, reference):
    ours = described.set_index(["variable", "level"])
    categories = reference[reference["level"].notna()]
    assert len(categories) == len(ours) - 2  # n, and age
    for row in categories.itertuples():
        line = ours.loc[(NAMES[row.variable], LEVELS.get(row.level, row.level))]
        assert line["No"] == f"{row.no:.0f} ({row.no_sd:.1f})"
        assert line["Yes"] == f"{row.yes:.0f} ({row.yes_sd:.1f})"


@pytest.mark.slow
def test_age_agrees_with_r(uci, described, reference):
    row = reference.iloc[0]
    line = described[described["variable"] == "age_years"].iloc[0]
    assert line["No"] == f"{row['no']:.1f} ({row['no_sd']:.1f})"
    assert line["Yes"] == f"{row['yes']:.1f} ({row['yes_sd']:.1f})"
    assert line["smd"] == pytest.approx(row["smd"], rel=1e-9)
    # R's is the normal approximation, ours of drawn permutations.
    assert line["p"] == pytest.approx(reference.iloc[1]["p"], abs=2e-4)
    assert "Wilcoxon rank-sum test, Monte Carlo" in line["method"]
    skewed = table_one(
        characteristics(uci.tables), "recurred", ("No", "Yes"), ["age_years"], skewed=("age_years",)
    ).iloc[1]
    assert (skewed["No"], skewed["Yes"]) == ("36.0 [28.0, 46.0]", "44.5 [31.8, 62.0]")
    assert skewed["p"] == line["p"]


def test_p_values_agree_with_r(described, reference):
    ours = described.dropna(subset="p").set_index("variable")
    for variable, rows in reference[reference["level"].notna()].groupby("variable"):
        fisher = float(rows["test"].iloc[0].split("fisher p=")[1])
        assert ours.loc[NAMES[variable], "p"] == pytest.approx(fisher, rel=1e-8)


def two_groups(first, second):
    return pd.DataFrame({"group": ["1"] * len(first) + ["2"] * len(second), "x": [*first, *second]})


def difference(first, second):
    return differences(two_groups(first, second), "group", ("1", "2"), ["x"])["x"][1]


@pytest.mark.parametrize(
    ("first", "second", "test"),
    [
        ([1.0, 2.0, 3.0], [2.0, 3.0, 4.0], "Wilcoxon rank-sum test, exact"),
        ([1, 2, 3], [4, 5, 6], "Wilcoxon rank-sum test, exact"),
        (["a", "b", "a"], ["b", "b", "a"], "Fisher's exact test"),
        (["a", "b", "c"], ["b", "b", "a"], "Fisher–Freeman–Halton exact test"),
    ],
)
def test_the_test_fits_the_variable(first, second, test):
    found = difference(first, second)
    assert found.method.endswith(test)
    assert 0 < found.p <= 1


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ([1.0, 1.0], [1.0, 1.0], "all 4 values are equal"),
        ([np.nan, np.nan], [1.0, 2.0], "0 in the reference group"),
        (["a", "a"], ["a", "a"], "1 class; at least 2 needed"),
    ],
)
def test_what_cannot_be_tested_has_its_reason(first, second, reason):
    assert difference(first, second).reason.startswith(reason)


def test_three_against_three_have_the_p_of_the_exact_test():
    # 2 of 20 divisions are as far apart; the normal approximation has 0.081.
    found = difference([1.0, 2.0, 3.0], [4.0, 5.0, 6.0])
    assert found.p == pytest.approx(0.1)
    assert found == hodges_lehmann([1, 2, 3], [4, 5, 6])


@pytest.mark.parametrize("gap", [None, "12"])
def test_a_whole_number_covariate_is_a_number_whether_complete_or_not(gap):
    people = characteristics(
        tables(
            patient=[{"patient_id": p} for p in "ABCD"],
            pathology=[{"patient_id": "A"}],
            covariate=[
                {"patient_id": p, "variable": "nodes", "value": v}
                for p, v in zip("ABCD", ["3", "5", "9", gap], strict=True)
            ],
        )
    ).assign(group=["x", "x", "y", "y"])
    line = table_one(people, "group", ("x", "y"), ["nodes"]).iloc[1]
    assert (line["level"], line["x"]) == ("", "4.0 (1.4)")
    assert (line["effect"], line["missing"]) == ("shift", int(gap is None))


@pytest.mark.parametrize(
    ("first", "second", "smd"),
    [
        (["a"] * 3, ["b"] * 3, np.inf),
        (["a", "b", "a"], ["c"] * 3, np.inf),
        ([1.0] * 3, [2.0] * 3, np.inf),
        (["a", "b", "b"], ["a", "b", "b"], 0.0),
        ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], 0.0),
        ([2.0] * 3, [2.0] * 3, 0.0),
        ([1.0, 2.0], [3.0], np.nan),  # an SD takes two; so known for two patients, one in each
        ([1.0, np.nan], [3.0, np.nan], np.nan),
        ([1.0, 2.0, 3.0], [2.0, 3.0, 4.0], 1.0),
    ],
)
def test_the_difference_of_groups_without_a_common_value_has_its_reason(first, second, smd):
    line = table_one(two_groups(first, second), "group", ("1", "2"), ["x"]).iloc[1]
    assert line["smd"] == pytest.approx(smd, nan_ok=True)
    assert line["smd_reason"] == ("the groups have no value in common" if smd == np.inf else "")


def test_missing_values_are_counted_and_untested_is_missing():
    people = characteristics(
        tables(
            patient=[{"patient_id": p} for p in "ABCD"],
            pathology=[
                {"patient_id": "A", "braf_v600e": "mutant", "tumour_diameter_mm": 10},
                {"patient_id": "B", "braf_v600e": "not_tested", "tumour_diameter_mm": 20},
                {"patient_id": "C", "braf_v600e": "wild_type"},
            ],
        )
    ).assign(group=["x", "x", "y", "y"])
    found = table_one(people, "group", ("x", "y"), ["braf_v600e", "tumour_diameter_mm"])
    missing = found.dropna(subset="missing").set_index("variable")["missing"]
    assert missing.to_dict() == {"braf_v600e": 2, "tumour_diameter_mm": 2}
    assert found["level"].tolist() == ["", "mutant", "wild_type", "no value in a group"]


def test_an_empty_group_leaves_the_other_described():
    people = pd.DataFrame({"group": ["x", "x"], "age": [1.0, 2.0]})
    found = table_one(people, "group", ("x", "y"), ["age"])
    assert found["x"].tolist() == ["2", "1.5 (0.7)"]
    assert found["y"].tolist() == ["0", ""]
    assert found["reason"].iloc[1] == "0 in the compared group; at least 1 needed"
    assert found["smd"].isna().all()


def test_where_nobody_is_in_either_group_every_variable_has_its_row():
    people = pd.DataFrame({"group": ["z"], "age": [1.0], "sex": ["f"]})
    found = table_one(people, "group", ("x", "y"), ["age", "sex"])
    assert found["variable"].tolist() == ["n", "age", "sex"]
    assert found.iloc[0][["overall", "x", "y"]].tolist() == ["0", "0", "0"]
    assert found["level"].tolist() == ["", "no value in a group", "no value in a group"]
    assert found["p"].isna().all()


def test_the_second_group_less_the_first_is_the_difference():
    people = pd.DataFrame({"group": list("bbbaaa"), "age": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]})
    first = table_one(people, "group", ("a", "b"), ["age"])["smd"].iloc[1]
    second = table_one(people, "group", ("b", "a"), ["age"])["smd"].iloc[1]
    assert first == -second == -3.0  # 3 years at an SD of 1


def test_characteristics_sum_up_lesions_courses_and_covariates():
    found = characteristics(
        tables(
            patient=[{"patient_id": "A"}, {"patient_id": "B"}],
            pathology=[{"patient_id": "A"}],
            lesion=[
                {"patient_id": "A", "lesion_id": "L1", "diameter_mm": 8, "site": "bone"},
                {"patient_id": "A", "lesion_id": "L2", "diameter_mm": 12},
            ],
            rai_course=[
                {"patient_id": "A", "course": 2, "activity_gbq": 7.4, "tg_pre_ng_per_ml": 9},
                {"patient_id": "A", "course": 1, "activity_gbq": 3.7, "tg_pre_ng_per_ml": 20},
            ],
            covariate=[
                {"patient_id": "A", "variable": "bmi", "value": "24.5"},
                {"patient_id": "A", "variable": "smoking", "value": "no"},
                {"patient_id": "B", "variable": "bmi", "value": None},
            ],
        )
    ).set_index("patient_id")
    a, b = found.loc["A"], found.loc["B"]
    assert (a["lesions"], a["largest_lesion_mm"], a["bone_metastasis"]) == (2, 12, True)
    assert a["activity_gbq"] == pytest.approx(11.1)
    assert (a["rai_courses"], a["first_tg_pre_ng_per_ml"]) == (2, 20)
    assert (a["bmi"], a["smoking"]) == (24.5, "no")
    assert (b["lesions"], b["rai_courses"]) == (0, 0)
    assert pd.isna(b["bmi"])
    assert pd.isna(b["activity_gbq"])
