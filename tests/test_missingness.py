"""What is missing is counted patient by patient, and gaps are told from what does not apply."""

import pandas as pd
import pytest
from printed import faults
from study_tables import tables

from compendium.cohort.detection import beyond_detection
from compendium.cohort.missing_figure import missingness
from compendium.cohort.missingness import missing_counts, missing_shares


@pytest.fixture
def study():
    return tables(
        patient=[{"patient_id": "A", "height_cm": 160}, {"patient_id": "B"}],
        pathology=[{"patient_id": "A", "t_stage": "T1"}, {"patient_id": "B", "t_stage": "T2"}],
        lab=[
            {"patient_id": "A", "lab_day": 1, "tg_ng_per_ml": 2},
            {"patient_id": "A", "lab_day": 2},
        ],
        follow_up=[{"patient_id": "A"}, {"patient_id": "B"}],
        missing_reason=[
            {"patient_id": "B", "table_name": "patient", "column_name": "height_cm",
             "reason": "lost"},
        ],
    )  # fmt: skip


def test_shares_by_patient(study):
    shares = missing_shares(study, ["B", "A"])
    assert shares.columns.tolist() == ["B", "A"]
    assert shares.loc[("patient", "height_cm")].tolist() == [1.0, 0.0]
    assert shares.loc[("lab", "tg_ng_per_ml"), "A"] == 0.5
    assert pd.isna(shares.loc[("lab", "tg_ng_per_ml"), "B"])  # no row in lab


def test_a_gene_that_was_not_tested_is_a_gap_and_a_tested_one_is_none():
    study = tables(
        patient=[{"patient_id": name} for name in "ABC"],
        pathology=[
            {"patient_id": "A", "braf_v600e": "not_tested", "n_stage": "NX"},
            {"patient_id": "B", "braf_v600e": "mutant", "n_stage": "N0"},
            {"patient_id": "C", "braf_v600e": "wild_type", "n_stage": None},
        ],
    )
    shares = missing_shares(study, ["A", "B", "C"])
    assert shares.loc[("pathology", "braf_v600e")].tolist() == [1.0, 0.0, 0.0]
    assert shares.loc[("pathology", "n_stage")].tolist() == [1.0, 0.0, 1.0]
    counts = missing_counts(study, ["A", "B", "C"]).set_index(["table", "column"])
    assert counts.loc[("pathology", "braf_v600e"), ["values", "missing"]].tolist() == [3, 1]


def test_a_death_of_unknown_cause_is_a_gap_and_a_living_patient_is_none():
    study = tables(
        patient=[{"patient_id": "A"}, {"patient_id": "B"}],
        follow_up=[
            {"patient_id": "A", "vital_status": "dead", "death_day": 9, "death_cause": "unknown"},
            {"patient_id": "B", "vital_status": "alive"},
        ],
    )
    assert missing_shares(study, ["A", "B"]).loc[("follow_up", "death_cause")].tolist() == [
        1.0,
        0.0,
    ]


def test_what_does_not_apply_is_no_gap(study):
    columns = {column for _, column in missing_shares(study, ["A", "B"]).index}
    assert not columns & {"death_day", "tki_start_day", "patient_name", "tsh_level", "note"}


def test_a_column_that_a_study_may_leave_out_and_did_is_no_gap():
    courses = [{"patient_id": "A", "course": 1}, {"patient_id": "A", "course": 2}]
    without = tables(patient=[{"patient_id": "A"}], rai_course=courses)
    assert ("rai_course", "tg_post_day") not in missing_shares(without, ["A"]).index
    courses[0]["tg_post_day"] = 160
    collected = tables(patient=[{"patient_id": "A"}], rai_course=courses)
    assert missing_shares(collected, ["A"]).loc[("rai_course", "tg_post_day"), "A"] == 0.5


def test_counts_with_reasons(study):
    counts = missing_counts(study, ["A", "B"]).set_index(["table", "column"])
    height = counts.loc[("patient", "height_cm")]
    assert height[["values", "missing", "share", "with_reason"]].tolist() == [2, 1, 0.5, 1]
    assert counts.loc[("pathology", "t_stage"), "missing"] == 0


@pytest.mark.slow
def test_the_picture_has_a_row_for_each_variable_with_a_gap(study):
    shares = missing_shares(study, ["A", "B"])
    figure = missingness(shares, pd.Series({"A": "responder", "B": "non_responder"}))
    axes = figure.axes[0]
    assert {text.get_text() for text in axes.texts} == {"Responders (1)", "Non-responders (1)"}
    assert faults(figure) == []
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert "patient: height, cm" in labels
    assert "pathology: t_stage" not in labels
    assert len(labels) == int(shares.gt(0).any(axis=1).sum())


def test_a_complete_study_has_a_picture_that_says_so(study):
    nothing = missing_shares(study, ["A", "B"]) * 0
    figure = missingness(nothing, pd.Series({"A": "x", "B": "x"}))
    assert [text.get_text() for text in figure.texts] == ["no value is missing"]


def test_values_beyond_a_limit_of_detection_are_counted_by_column():
    labs = [
        {"patient_id": "A", "lab_day": 1, "tsh_miu_per_l": "<0.005", "tg_ng_per_ml": ">500"},
        {"patient_id": "A", "lab_day": 2, "tsh_miu_per_l": "≤0.01", "tg_ng_per_ml": 3.0},
        {"patient_id": "B", "lab_day": 1, "tg_ng_per_ml": "<0.04"},
    ]
    found = beyond_detection(tables(lab=labs), ["A"]).set_index("column")
    assert found.loc["tsh_miu_per_l", ["values", "below", "above"]].tolist() == [2, 2, 0]
    assert found.loc["tg_ng_per_ml", ["values", "below", "above"]].tolist() == [2, 0, 1]
    assert set(found["table"]) == {"lab"}
