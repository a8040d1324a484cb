"""Response to 131I: each rule with a patient whom it takes, one whom it spares, and its limit."""

import pandas as pd
import pytest
from study_tables import tables

from compendium.disease.response import (
    classify_response,
    course_uptake,
    tg_ratios,
)
from compendium.rules import Rules

REGISTERED = Rules()
FIRST, LAST = 100, 500  # days of the two courses


def patient(
    uptake=(("avid", "avid"), ("avid", "avid")),
    tg=((10, 2), (10, 2)),
    sums=((90, 30), (490, 30), (1300, 30)),
    structural=(True, True),
    **cells,
):
    """One patient with two courses and two lesions.

    Args:
        uptake: of each lesion at each course; tg: before and after each course, ng/mL.
        sums: day and sum of diameters (mm) of each assessment, and further cells of it.
        cells: of every course.
    """
    days = (FIRST, LAST)[: len(uptake)]
    return tables(
        patient=[{"patient_id": "P"}],
        rai_course=[
            {"patient_id": "P", "course": i + 1, "course_day": day, "tg_pre_ng_per_ml": tg[i][0],
             "tg_post_ng_per_ml": tg[i][1], **cells}
            for i, day in enumerate(days)
        ],
        lesion=[
            {"patient_id": "P", "lesion_id": f"L{k}", "structural": seen}
            for k, seen in enumerate(structural)
        ],
        lesion_uptake=[
            {"patient_id": "P", "lesion_id": f"L{k}", "course": i + 1, "uptake": found}
            for i, course in enumerate(uptake) for k, found in enumerate(course)
        ],
        response_assessment=[
            {"patient_id": "P", "assessment_day": day, "sum_target_diameters_mm": sum_mm,
             **(more[0] if more else {})}
            for day, sum_mm, *more in sums
        ],
    )  # fmt: skip


NONE, ALL = ("non_avid", "non_avid"), ("avid", "avid")
MIXED = ("avid", "non_avid")
SHORT = ((90, 30), (490, 30), (600, 30))
NEW = {"new_lesion": True}
GONE = {"lesions_disappeared": True}

CASES = [
    # R1: no uptake at the first course, and no significant fall of Tg
    ("R1: no uptake, Tg rises", {"uptake": (NONE, NONE), "tg": ((10, 12), (10, 2))},
     "non_responder", "R1"),
    ("R1: no uptake, ratio 0.71", {"uptake": (NONE, NONE), "tg": ((100, 71), (10, 2))},
     "non_responder", "R1"),
    ("R1 spares a ratio of exactly 0.70", {"uptake": (NONE, ALL), "tg": ((100, 70), (10, 2))},
     "responder", "long_term"),
    ("R1 spares uptake", {"tg": ((10, 12), (10, 12))}, "responder", "long_term"),
    ("R1 looks at the first course only", {"uptake": (ALL, NONE), "tg": ((10, 2), (10, 12))},
     "responder", "long_term"),
    ("R1 does not take what only iodine could show", {"uptake": (NONE, ALL),
     "tg": ((10, 12), (10, 2)), "structural": (False, False)}, "responder", "long_term"),
    ("R1 unknown: other assay", {"uptake": (NONE, ALL), "tg": ((10, 12), (10, 2)),
     "tg_comparable": False}, "indeterminate", "r1_not_assessable"),
    ("R1 unknown: TgAb", {"uptake": (NONE, ALL), "tg": ((10, 12), (10, 2)),
     "tgab_negative": False}, "indeterminate", "r1_not_assessable"),
    ("R1 unknown: no Tg", {"uptake": (NONE, ALL), "tg": ((None, 12), (10, 2))}, "indeterminate",
     "r1_not_assessable"),
    ("R1 unknown: lesions of the first course unread, Tg not falling", {"uptake":
     (("not_assessed", "not_assessed"), ALL), "tg": ((10, 12), (10, 2))}, "indeterminate",
     "r1_not_assessable"),
    ("R1 spares unread lesions where Tg falls", {"uptake": (("not_assessed", "not_assessed"), ALL),
     "tg": ((10, 2), (10, 2))}, "responder", "long_term"),
    ("R1 unknown does not outweigh disappearance", {"uptake": (NONE, ALL), "tg": ((None, 12),
     (10, 2)), "sums": ((90, 30), (1300, 0, GONE))}, "responder", "disappeared"),
    # R2: uptake in some lesions only, after one course
    ("R2: mixed", {"uptake": (MIXED, ALL)}, "non_responder", "R2"),
    ("R2: mixed at a later course", {"uptake": (ALL, MIXED)}, "non_responder", "R2"),
    ("R2 spares a lesion that is not structural", {"uptake": (MIXED, ALL),
     "structural": (True, False)}, "responder", "long_term"),
    ("R2 takes an avid lesion that is not structural", {"uptake": (MIXED, ALL),
     "structural": (False, True)}, "non_responder", "R2"),
    ("R2 spares lesions that differ between courses only", {"uptake": (ALL, NONE)}, "responder",
     "long_term"),
    ("R2 spares what was not assessed", {"uptake": (("avid", "not_assessed"), ALL)}, "responder",
     "long_term"),
    # R3: progression within 12 months (365 d) of a course with uptake
    ("R3: 365 d after a course", {"sums": ((490, 30), (LAST + 365, 36))}, "non_responder", "R3"),
    ("R3 spares 366 d", {"sums": ((490, 30), (LAST + 366, 36))}, "indeterminate",
     "late_progression"),
    ("R3: after the first of two courses", {"sums": ((90, 30), (400, 36), (490, 36), (1300, 36))},
     "non_responder", "R3"),
    ("R3: new lesion", {"sums": ((490, 30), (700, 20, NEW), (1300, 20))}, "non_responder", "R3"),
    ("R3 spares progression without uptake", {"uptake": (NONE, NONE), "sums": ((490, 30),
     (700, 40))}, "indeterminate", "no_uptake_recorded"),
    ("R3 spares growth below 5 mm", {"sums": ((490, 12), (700, 16.9), (1300, 16.9))}, "responder",
     "long_term"),
    ("R3 spares progression before the course", {"sums": ((10, 20), (90, 40), (490, 40),
     (1300, 40))}, "responder", "long_term"),
    # more than one rule
    ("R1 and R2", {"uptake": (NONE, MIXED), "tg": ((10, 12), (10, 2))}, "non_responder", "R1+R2"),
    ("R2 and R3", {"uptake": (MIXED, ALL), "sums": ((490, 30), (700, 40))}, "non_responder",
     "R2+R3"),
    # responders, and those of whom too little is known
    ("long term: exactly 24 months (730 d)", {"sums": ((490, 30), (LAST + 730, 30))}, "responder",
     "long_term"),
    ("followed for 729 d", {"sums": ((490, 30), (LAST + 729, 30))}, "indeterminate",
     "short_follow_up"),
    ("progression after 24 months", {"sums": ((490, 30), (LAST + 731, 40))}, "responder",
     "long_term"),
    ("progression in between", {"sums": ((490, 30), (LAST + 700, 40), (1500, 40))},
     "indeterminate", "late_progression"),
    ("disappeared, followed briefly", {"sums": ((90, 30), (600, 0, GONE))}, "responder",
     "disappeared"),
    ("disappeared, and came back later", {"sums": ((90, 30), (600, 0, GONE), (1000, 20))},
     "indeterminate", "late_progression"),
    ("no assessment after the last course", {"sums": ((90, 30), (490, 30))}, "indeterminate",
     "short_follow_up"),
    ("no uptake recorded", {"uptake": ((), ())}, "indeterminate", "no_uptake_recorded"),
    ("no course", {"uptake": ()}, "indeterminate", "not_treated"),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "label", "rule"), [c[1:] for c in CASES],
                         ids=[c[0] for c in CASES])  # fmt: skip
def test_rules(cells, label, rule):
    found = classify_response(patient(**cells), REGISTERED).iloc[0]
    assert (found["rai_response"], found["response_rule"]) == (label, rule)


@pytest.mark.parametrize(
    ("rules", "cells", "label"),
    [
        (Rules(tg_ratio=0.5), {"uptake": (NONE, ALL), "tg": ((10, 6), (10, 2))},
         "non_responder"),
        (Rules(tg_ratio=1.0), {"uptake": (NONE, ALL), "tg": ((10, 9), (10, 2))},
         "responder"),
        (Rules(r3_months=14), {"sums": ((490, 30), (LAST + 400, 36))}, "non_responder"),
        (Rules(long_term_months=6), {"sums": ((490, 30), (LAST + 183, 30))}, "responder"),
    ],
)  # fmt: skip
def test_every_limit_can_be_set(rules, cells, label):
    assert classify_response(patient(**cells), rules)["rai_response"].item() == label


@pytest.mark.parametrize(
    ("uptake", "structural", "lost"),
    [
        ((ALL, NONE), (True, True), True),
        ((ALL, MIXED), (True, True), True),
        ((NONE, ALL), (True, True), False),
        ((ALL, ALL), (True, True), False),
        ((ALL, MIXED), (True, False), False),
    ],
)
def test_loss_of_uptake_is_shown_and_changes_no_class(uptake, structural, lost):
    tables_ = patient(uptake=uptake, structural=structural)
    found = classify_response(tables_, REGISTERED).iloc[0]
    assert bool(found["loss_of_uptake"]) is lost
    if uptake == (ALL, NONE):
        assert found["rai_response"] == "responder"


def test_every_patient_has_one_class_and_one_rule():
    found = classify_response(
        tables(
            patient=[{"patient_id": "A"}, {"patient_id": "B"}], rai_course=[{"patient_id": "A"}]
        ),
        REGISTERED,
    )
    assert found["patient_id"].tolist() == ["A", "B"]
    assert found["rai_response"].tolist() == ["indeterminate"] * 2
    assert found["response_rule"].tolist() == ["short_follow_up", "not_treated"]


def test_tg_ratio_is_missing_where_it_cannot_be_compared():
    courses = pd.DataFrame(
        {
            "tg_pre_ng_per_ml": [10.0, 0.0, 10.0, 10.0],
            "tg_post_ng_per_ml": [5.0, 5.0, 5.0, 5.0],
            "tg_comparable": pd.array([True, True, None, True], dtype="boolean"),
            "tgab_negative": pd.array([True, True, True, False], dtype="boolean"),
        }
    )
    assert tg_ratios(courses).fillna(-1).tolist() == [0.5, -1, -1, -1]


def test_uptake_is_counted_by_course():
    counts = course_uptake(patient(uptake=(MIXED, ALL)))[["avid", "non_avid"]]
    assert counts.to_numpy().tolist() == [[1, 1], [2, 0]]
