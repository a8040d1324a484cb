"""The ledger, the cohort and its flow: everybody is accounted for."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from study_tables import tables

from compendium.cohort.eligibility import eligibility_rules
from compendium.cohort.membership import cohort_of, flow_of, judge, with_classes
from compendium.cohort.populations import flow_groups
from compendium.disease.progression import classify_progression
from compendium.disease.response import classify_response
from compendium.errors import InputError
from compendium.rules import Rules

CRITERIA = eligibility_rules(Rules())
CHOICES = st.fixed_dictionaries(
    {
        "study": st.sampled_from(["TROP2", "TSH124I"]),
        "age_years": st.sampled_from([16.0, 18.0, 50.0, 75.0, 76.0]),
        "total_thyroidectomy": st.sampled_from([True, False, None]),
        "severe_comorbidity": st.sampled_from([True, False, None]),
        "follow_up_complete": st.sampled_from([True, False, None]),
        "distant_metastasis": st.sampled_from([True, False, None]),
        "pregnant_or_lactating": st.sampled_from([True, False, None]),
        "tolerates_pet": st.sampled_from([True, False, None]),
    }
)

CRITERIA = eligibility_rules(Rules())


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(st.lists(CHOICES, min_size=1, max_size=12))
def test_nobody_is_lost_in_the_flow(people):
    patients = [{**cells, "patient_id": f"P{i}"} for i, cells in enumerate(people)]
    study = tables(
        patient=patients,
        pathology=[{"patient_id": row["patient_id"]} for row in patients],
        follow_up=[{"patient_id": row["patient_id"]} for row in patients],
    )
    ledger = judge(study, CRITERIA)
    cohort, flow = cohort_of(ledger), flow_of(ledger, CRITERIA)
    assert sorted(cohort["patient_id"]) == sorted(study["patient"]["patient_id"])
    assert (flow["before"] - flow["removed"] == flow["after"]).all()
    for name, steps in flow.groupby("study"):
        own = cohort[cohort["study"] == name]
        assert steps["before"].iloc[0] == len(own)
        assert steps["after"].iloc[-1] == own["eligible"].sum()
        assert (steps["before"].iloc[1:].to_numpy() == steps["after"].iloc[:-1].to_numpy()).all()


def test_a_flow_is_not_drawn_from_the_ledger_of_other_rules():
    ledger = judge(tables(patient=[{"patient_id": "P"}], pathology=[{"patient_id": "P"}]), CRITERIA)
    with pytest.raises(InputError, match="not among the rules given"):
        flow_of(ledger, CRITERIA[:2])


def test_classes_are_for_the_eligible_of_trop2_and_courses_for_non_responders():
    cohort = pd.DataFrame(
        {
            "patient_id": ["A", "B", "C", "D", "T"],
            "study": ["TROP2"] * 4 + ["TSH124I"],
            "eligible": [True, True, True, False, True],
            "excluded_by": [None, None, None, "AGE", None],
        }
    )
    responses = pd.DataFrame(
        {
            "patient_id": list("ABCDT"),
            "rai_response": [
                "responder",
                "non_responder",
                "non_responder",
                "responder",
                "responder",
            ],
            "response_rule": ["long_term", "R1", "R2", "long_term", "long_term"],
        }
    )
    progressions = pd.DataFrame({"patient_id": ["A", "B"], "progression": ["stable", "rapid"]})
    classes = with_classes(cohort, responses, progressions).set_index("patient_id")
    assert classes["rai_response"].fillna("").tolist() == [
        "responder", "non_responder", "non_responder", "", ""
    ]  # fmt: skip
    assert classes["progression"].fillna("").tolist() == ["", "rapid", "not_assessed", "", ""]
    scans = tables(pet_scan=[{"patient_id": "T", "tsh_level": level} for level in ("low", "high")])
    groups = flow_groups(scans | {"cohort": classes.reset_index()}).set_index("group")["patients"]
    assert groups.to_dict() == {
        "responder": 1, "indeterminate": 0, "non_responder": 2, "rapid": 1, "intermediate": 0,
        "stable": 0, "not_assessed": 1, "low+high": 1,
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("study", ["TROP2", "TSH124I"])
def test_a_study_alone_with_the_two_needed_tables_has_a_flow_for_both(study):
    bare = tables(patient=[{"patient_id": "P", "study": study}], pathology=[{"patient_id": "P"}])
    ledger = judge(bare, CRITERIA)
    flow = flow_of(ledger, CRITERIA).groupby("study")
    assert flow["before"].first().to_dict() == {"TROP2": 0, "TSH124I": 0, study: 1}
    classes = with_classes(
        cohort_of(ledger), classify_response(bare, Rules()), classify_progression(bare, Rules())
    )
    groups = flow_groups(bare | {"cohort": classes}).groupby("study")["patients"].sum()
    assert groups.to_dict() == {"TROP2": 0, "TSH124I": 0, study: int(study == "TSH124I")}


@pytest.mark.slow
def test_the_rules_find_the_classes_that_the_synthetic_study_was_drawn_with(demo_drawn):
    drawn = demo_drawn
    classes = with_classes(
        cohort_of(judge(drawn.tables, CRITERIA)),
        classify_response(drawn.tables, Rules()),
        classify_progression(drawn.tables, Rules()),
    )
    found = classes[classes["study"] == "TROP2"].set_index("patient_id")
    truth = drawn.patients.set_index("patient_id").loc[found.index]
    analysed = truth["role"] == "analysed"
    assert found["eligible"][truth.index[analysed]].all()
    assert (found["rai_response"] == truth["rai_response"])[truth.index[analysed]].all()
    short = truth.index[truth["role"] == "short_follow_up"]
    assert (found["rai_response"][short] == "indeterminate").all()
    removed = {
        "not_papillary": "I1", "no_total_thyroidectomy": "I1", "no_rai_course": "I2",
        "severe_comorbidity": "E1", "follow_up_incomplete": "E2", "under_18": "AGE",
        "over_75": "AGE", "over_75_and_incomplete": "AGE",
    }  # fmt: skip
    for role, rule in removed.items():
        assert (found["excluded_by"][truth.index[truth["role"] == role]] == rule).all(), role
