"""The derived class and the investigator's: kappa against R, and the list of disagreements."""

import pandas as pd
import pytest

from compendium.cohort.disagreement import class_kappa, cross_table, disagreements, paired_classes

# Agresti's sexual-fun table, 91 couples; vcd::Kappa of R 4.2.2 gives unweighted 0.129330254042,
# 95 % CI -0.00512039901292 to 0.263780907096.
SEXUAL_FUN = [[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]]


def pairs_of(counts):
    rows = [
        {"patient_id": f"P{i}{j}{k}", "derived": f"class {i}", "investigator": f"class {j}"}
        for i, line in enumerate(counts)
        for j, count in enumerate(line)
        for k in range(count)
    ]
    return pd.DataFrame(rows)


def test_kappa_agrees_with_r():
    found = class_kappa(pairs_of(SEXUAL_FUN))
    assert found.n == 91
    assert found.estimate == pytest.approx(0.129330254042, abs=1e-10)
    # R's large-sample interval is -0.005 to 0.264; that of the smoothed table is near.
    assert (found.low, found.high) == pytest.approx((-0.005, 0.264), abs=0.01)


def test_kappa_of_full_agreement_is_one():
    found = class_kappa(pairs_of([[15, 0], [0, 15]]))
    assert (found.estimate, found.high) == (1.0, 1.0)
    assert 0.5 < found.low < 1


def test_kappa_of_one_class_says_why_there_is_none():
    found = class_kappa(pairs_of([[5, 3]]))
    assert found.reason == "8 patients, one side with 1 class; 2 needed"


def test_patients_whom_the_rules_could_not_assess_take_no_part_in_kappa():
    pairs = pairs_of([[5, 1], [1, 5]])
    unassessed = pairs.head(3).assign(derived="not_assessed")
    more = pd.concat([pairs, unassessed], ignore_index=True)
    assert class_kappa(more) == class_kappa(pairs)


def test_only_patients_with_both_classes_are_compared():
    cohort = pd.DataFrame(
        {"patient_id": list("ABCD"), "rai_response": ["responder", "responder", None, "x"]}
    )
    own = pd.DataFrame(
        {"patient_id": list("ABC"), "rai_response": ["responder", "non_responder", "responder"]}
    )
    pairs = paired_classes(cohort, own, "rai_response")
    assert pairs["patient_id"].tolist() == ["A", "B"]
    table = cross_table(pairs)
    assert table.to_dict("records") == [
        {"derived": "responder", "investigator_non_responder": 1, "investigator_responder": 1}
    ]
    rules = pd.DataFrame({"patient_id": ["A", "B"], "rule": ["long_term", "disappeared"]})
    assert disagreements(pairs, rules).to_dict("records") == [
        {"patient_id": "B", "derived": "responder", "investigator": "non_responder",
         "rule": "disappeared"}
    ]  # fmt: skip
