"""Response to 131I: each rule with a patient whom it takes, one whom it spares, and its limit."""

import pandas as pd
import pytest
from study_tables import tables, together

from compendium.disease.first_course import r1_ledger
from compendium.disease.metastases import course_uptake
from compendium.disease.response import classify_response
from compendium.rules import Rules

FIRST, LAST = 100, 500  # days of the two courses


def patient(
    uptake=(("avid", "avid"), ("avid", "avid")),
    tg=((10, 2), (10, 2)),
    sums=((90, 30), (490, 30), (1300, 30)),
    structural=(True, True),
    sites=("lung", "lung"),
    diameters=(20.0, 20.0),
    follow_up=None,
    local=(),
    **cells,
):
    """One patient with two courses and two lesions.

    Args:
        uptake: of each lesion at each course; tg: before and after each course, ng/mL.
        sums: day and sum of diameters (mm) of each assessment, and further cells of it.
        sites, diameters: of each lesion, mm.
        follow_up: cells of that row; local: days of surgery of lesions.
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
            {"patient_id": "P", "lesion_id": f"L{k}", "structural": structural[k],
             "site": sites[k], "diameter_mm": diameters[k]}
            for k in range(2)
        ],
        local_therapy=[
            {"patient_id": "P", "therapy_day": day, "therapy": "surgery"} for day in local
        ],
        follow_up=[{"patient_id": "P", **(follow_up or {})}],
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
NEW = {"new_lesion": True}
GONE = {"lesions_disappeared": True}
BED, NODE = ("thyroid_bed", "thyroid_bed"), ("lung", "lymph_node")
CANCER = {"vital_status": "dead", "death_cause": "thyroid_cancer"}
UNREAD = ("not_assessed", "not_assessed")

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
    ("R1 unknown: it could be non-response that then disappeared", {"uptake": (NONE, ALL),
     "tg": ((None, 12), (10, 2)), "sums": ((490, 30), (1300, 0, GONE))}, "indeterminate",
     "r1_not_assessable"),
    ("R1 unknown: TSH 29.9 at the course", {"uptake": (NONE, ALL), "tg": ((10, 12), (10, 2)),
     "tsh_miu_per_l": 29.9}, "indeterminate", "r1_not_assessable"),
    ("R1 unknown: TSH not recorded", {"uptake": (NONE, ALL), "tg": ((10, 12), (10, 2)),
     "tsh_miu_per_l": None}, "indeterminate", "r1_not_assessable"),
    ("R1: TSH of exactly 30", {"uptake": (NONE, ALL), "tg": ((10, 12), (10, 2)),
     "tsh_miu_per_l": 30.0}, "non_responder", "R1"),
    ("R1 unknown: a diagnostic activity", {"uptake": (NONE, ALL), "tg": ((10, 12), (10, 2)),
     "activity_gbq": 0.185}, "indeterminate", "r1_not_assessable"),
    ("R1: an activity of exactly 1.1 GBq", {"uptake": (NONE, ALL), "tg": ((10, 12), (10, 2)),
     "activity_gbq": 1.1}, "non_responder", "R1"),
    ("R1 spares a fall whatever the TSH", {"uptake": (NONE, ALL), "tg": ((10, 2), (10, 2)),
     "tsh_miu_per_l": 5.0}, "responder", "long_term"),
    ("R1: 3.0 to 2.1 is 0.70 and not above it", {"uptake": (NONE, ALL), "tg": ((3.0, 2.1),
     (10, 2))}, "responder", "long_term"),
    ("R1: from 0 to a quantified Tg is a rise", {"uptake": (NONE, ALL), "tg": ((0, 5), (10, 2))},
     "non_responder", "R1"),
    ("R1 unknown: both Tg below the functional sensitivity", {"uptake": (NONE, ALL),
     "tg": ((0.19, 0.15), (10, 2))}, "indeterminate", "r1_not_assessable"),
    ("R1 spares a fall below the functional sensitivity", {"uptake": (NONE, ALL),
     "tg": ((2.0, 0.1), (10, 2))}, "responder", "long_term"),
    ("R1 unknown: the fall below the functional sensitivity may be small", {"uptake": (NONE, ALL),
     "tg": ((0.25, 0.1), (10, 2))}, "indeterminate", "r1_not_assessable"),
    ("R1 unknown: the second Tg too early", {"uptake": (NONE, ALL), "tg": ((10, 12), (10, 2)),
     "tg_post_day": FIRST + 27}, "indeterminate", "r1_not_assessable"),
    ("R1: the second Tg four weeks after the course", {"uptake": (NONE, ALL),
     "tg": ((10, 12), (10, 2)), "tg_post_day": FIRST + 28}, "non_responder", "R1"),
    ("R1: one lesion without uptake, the other unread", {"uptake": (("non_avid", "not_assessed"),
     ALL), "tg": ((10, 12), (10, 2))}, "non_responder", "R1"),
    # values beyond a limit of detection: the ratio is an interval
    ("R1: from below a limit to a quantified Tg is a rise", {"uptake": (NONE, ALL),
     "tg": (("<0.04", 5), (10, 2))}, "non_responder", "R1"),
    ("R1: to above the limit is a rise", {"uptake": (NONE, ALL), "tg": ((400, ">500"), (10, 2))},
     "non_responder", "R1"),
    ("R1 spares a fall from above the limit", {"uptake": (NONE, ALL), "tg": ((">500", 350),
     (10, 2))}, "responder", "long_term"),
    ("R1 unknown: from above the limit to more than 0.70 of it", {"uptake": (NONE, ALL),
     "tg": ((">500", 351), (10, 2))}, "indeterminate", "r1_not_assessable"),
    ("R1 unknown: both above the limit", {"uptake": (NONE, ALL), "tg": ((">500", ">500"),
     (10, 2))}, "indeterminate", "r1_not_assessable"),
    ("R1 unknown: both below a limit", {"uptake": (NONE, ALL), "tg": (("<0.04", "<0.04"),
     (10, 2))}, "indeterminate", "r1_not_assessable"),
    ("R1 spares a fall to at most 0.70 of it", {"uptake": (NONE, ALL), "tg": ((1.0, "≤0.7"),
     (10, 2))}, "responder", "long_term"),
    ("R1 unknown: a fall to 0.70 of it or more", {"uptake": (NONE, ALL), "tg": ((1.0, "≥0.7"),
     (10, 2))}, "indeterminate", "r1_not_assessable"),
    ("R1 spares a fall below the laboratory's own limit", {"uptake": (NONE, ALL),
     "tg": ((0.25, "<0.1"), (10, 2))}, "responder", "long_term"),
    ("R1: TSH above 100", {"uptake": (NONE, ALL), "tg": ((10, 12), (10, 2)),
     "tsh_miu_per_l": ">100"}, "non_responder", "R1"),
    ("R1 unknown: TSH above 20", {"uptake": (NONE, ALL), "tg": ((10, 12), (10, 2)),
     "tsh_miu_per_l": ">20"}, "indeterminate", "r1_not_assessable"),
    # what is a metastasis
    ("a remnant takes iodine up", {"sites": BED}, "indeterminate", "remnant_only"),
    ("the bed takes up, the lung does not: no R2, no R3", {"uptake": (MIXED, MIXED),
     "sites": ("thyroid_bed", "lung"), "sums": ((490, 30), (700, 40))}, "indeterminate",
     "no_uptake_recorded"),
    ("R1 counts the lung although the bed takes up", {"uptake": (MIXED, MIXED),
     "sites": ("thyroid_bed", "lung"), "tg": ((10, 12), (10, 2))}, "non_responder", "R1"),
    ("R2: a node of 10 mm without uptake", {"uptake": (MIXED, ALL), "sites": NODE,
     "diameters": (20.0, 10.0)}, "non_responder", "R2"),
    ("R2 spares a node of 9.9 mm", {"uptake": (MIXED, ALL), "sites": NODE,
     "diameters": (20.0, 9.9)}, "responder", "long_term"),
    ("R2 spares a node without diameter", {"uptake": (MIXED, ALL), "sites": NODE,
     "diameters": (20.0, None)}, "responder", "long_term"),
    ("R2: another metastasis of any size", {"uptake": (MIXED, ALL), "diameters": (20.0, 4.0)},
     "non_responder", "R2"),
    ("diffuse uptake of the lungs without a correlate counts", {"structural": (False, False)},
     "responder", "long_term"),
    ("a remnant at the first course, the lung at the second", {"uptake":
     (("avid", "not_assessed"), ALL), "sites": ("thyroid_bed", "lung")}, "responder", "long_term"),
    # R2: uptake in some lesions only, after one course
    ("R2 spares a bed without uptake", {"uptake": (MIXED, MIXED), "sites": ("lung", "thyroid_bed")},
     "responder", "long_term"),
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
    # R3: progression within 12 months (to the anniversary) of a course with uptake
    ("R3: 366 d after a course", {"sums": ((490, 30), (LAST + 366, 36))}, "non_responder", "R3"),
    ("R3 spares 367 d", {"sums": ((490, 30), (LAST + 367, 36))}, "indeterminate",
     "late_progression"),
    ("R3: new lesion 31 d after the course", {"sums": ((490, 30), (LAST + 31, 30, NEW),
     (1300, 30))}, "non_responder", "R3"),
    ("R3 spares a new lesion within 30 d, which was there at the course", {"sums": ((490, 30),
     (LAST + 30, 30, NEW), (1300, 30))}, "responder", "long_term"),
    ("R3: the baseline is 183 d old", {"sums": ((LAST - 183, 20), (LAST + 20, 26), (1300, 26))},
     "non_responder", "R3"),
    ("R3 spares growth since a baseline of 184 d", {"sums": ((LAST - 184, 20), (LAST + 20, 26),
     (1300, 26))}, "responder", "long_term"),
    ("R3: back at 4 mm after all had disappeared", {"sums": ((490, 20), (600, 0, GONE),
     (770, 4))}, "non_responder", "R3"),
    ("R3: death of the cancer within the window", {"sums": ((490, 30), (680, 30)),
     "follow_up": CANCER | {"death_day": LAST + 300, "last_contact_day": LAST + 300}},
     "non_responder", "R3"),
    ("R3 spares death of another cause", {"sums": ((490, 30), (680, 30)), "follow_up":
     CANCER | {"death_day": LAST + 300, "last_contact_day": LAST + 300, "death_cause": "other"}},
     "indeterminate", "short_follow_up"),
    ("R3: under an inhibitor, too", {"sums": ((490, 30), (700, 40)),
     "follow_up": {"tki_start_day": 600}}, "non_responder", "R3"),
    ("R3: a new lesion of staging, and growth half a year later", {"sums": ((490, 30),
     (LAST + 20, 30, NEW), (700, 40), (1300, 40))}, "non_responder", "R3"),
    ("R3: regrowth over the nadir, under the baseline", {"sums": ((490, 50), (600, 30),
     (800, 37))}, "non_responder", "R3"),
    ("R3: death of the cancer, never imaged after the course", {"sums": ((490, 30),),
     "follow_up": CANCER | {"death_day": LAST + 330, "last_contact_day": LAST + 330}},
     "non_responder", "R3"),
    # what ends the credit of iodine
    ("an inhibitor from month 3 on", {"follow_up": {"tki_start_day": 600}}, "indeterminate",
     "other_therapy"),
    ("an inhibitor after 24 months of control", {"follow_up": {"tki_start_day": LAST + 730}},
     "responder", "long_term"),
    ("an inhibitor one day earlier", {"follow_up": {"tki_start_day": LAST + 729}},
     "indeterminate", "other_therapy"),
    ("disappeared under an inhibitor", {"sums": ((490, 30), (900, 0, GONE)),
     "follow_up": {"tki_start_day": 600}}, "indeterminate", "other_therapy"),
    ("disappeared before the inhibitor", {"sums": ((490, 30), (550, 0, GONE), (900, 0, GONE)),
     "follow_up": {"tki_start_day": 600}}, "responder", "disappeared"),
    ("the lesion was operated", {"local": (600,)}, "indeterminate", "other_therapy"),
    ("surgery before the last course is not what controls after it", {"local": (300,)},
     "responder", "long_term"),
    ("progression on the day on which the inhibitor was begun", {"sums": ((490, 30),
     (LAST + 500, 40)), "follow_up": {"tki_start_day": LAST + 500}}, "indeterminate",
     "late_progression"),
    ("R3: after the first of two courses", {"sums": ((90, 30), (400, 36), (490, 36), (1300, 36))},
     "non_responder", "R3"),
    ("R3: new lesion", {"sums": ((490, 30), (700, 20, NEW), (1300, 20))}, "non_responder", "R3"),
    ("R3 spares progression without uptake", {"uptake": (NONE, NONE), "sums": ((490, 30),
     (700, 40))}, "indeterminate", "no_uptake_recorded"),
    ("R3 spares growth below 5 mm", {"sums": ((490, 12), (700, 16.9), (1300, 16.9))}, "responder",
     "long_term"),
    ("R3: new lesion on the first image, three months after the course", {"sums": ((0, 30),
     (LAST + 90, 20, NEW), (1300, 20))}, "non_responder", "R3"),
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
    ("disappeared without uptake: operated", {"uptake": (UNREAD, UNREAD), "tg": ((10, 2),
     (10, 2)), "sums": ((490, 30), (600, 0, GONE))}, "indeterminate", "no_uptake_recorded"),
    ("disappeared, and came back later", {"sums": ((490, 30), (600, 0, GONE), (1000, 20))},
     "indeterminate", "late_progression"),
    ("no assessment after the last course", {"sums": ((90, 30), (490, 30))}, "indeterminate",
     "short_follow_up"),
    ("no uptake recorded", {"uptake": ((), ())}, "indeterminate", "no_uptake_recorded"),
    ("no course", {"uptake": ()}, "indeterminate", "not_treated"),
]  # fmt: skip


@pytest.fixture(scope="module")
def classed():
    """The patients of CASES classed as one study."""
    study = together([patient(**cells) for _, cells, *_ in CASES])
    return classify_response(study, Rules()).set_index("patient_id")


@pytest.mark.parametrize("case", range(len(CASES)), ids=[c[0] for c in CASES])
def test_rules(case, classed):
    found = classed.loc[str(case)]
    assert (found["rai_response"], found["response_rule"]) == CASES[case][2:]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("limits", "cells", "label"),
    [
        (Rules(tg_ratio=0.5), {"uptake": (NONE, ALL), "tg": ((10, 6), (10, 2))},
         "non_responder"),
        (Rules(tg_ratio=1.0), {"uptake": (NONE, ALL), "tg": ((10, 9), (10, 2))},
         "responder"),
        (Rules(r3_months=14), {"sums": ((490, 30), (LAST + 400, 36))}, "non_responder"),
        (Rules(long_term_months=6), {"sums": ((490, 30), (LAST + 183, 30))}, "responder"),
        (Rules(r1_first_course="metastatic"), {"uptake": (("avid", "avid"), MIXED),
         "sites": ("thyroid_bed", "thyroid_bed")}, "indeterminate"),
        (Rules(trop2_nodes_count=False), {"sites": ("lymph_node", "lymph_node")},
         "indeterminate"),
        (Rules(r2_node_mm=0), {"uptake": (MIXED, ALL), "sites": NODE, "diameters": (20, 5)},
         "non_responder"),
        (Rules(r2_other_mm=10), {"uptake": (MIXED, ALL), "diameters": (20, 9)}, "responder"),
        (Rules(staging_days=0), {"sums": ((490, 30), (LAST + 30, 30, NEW), (1300, 30))},
         "non_responder"),
        (Rules(baseline_days=365), {"sums": ((LAST - 184, 20), (LAST + 20, 26), (1300, 26))},
         "non_responder"),
        (Rules(cancer_death_is_progression=False), {"sums": ((490, 30), (680, 30)),
         "follow_up": CANCER | {"death_day": 800, "last_contact_day": 800}}, "indeterminate"),
        (Rules(other_treatment_ends_credit=False), {"follow_up": {"tki_start_day": 600}},
         "responder"),
        (Rules(r1_tsh_miu_per_l=20), {"uptake": (NONE, ALL), "tg": ((10, 12), (10, 2)),
         "tsh_miu_per_l": 25.0}, "non_responder"),
        (Rules(r1_activity_gbq=0.1), {"uptake": (NONE, ALL), "tg": ((10, 12), (10, 2)),
         "activity_gbq": 0.185}, "non_responder"),
    ],
)  # fmt: skip
def test_every_limit_can_be_set(limits, cells, label):
    assert classify_response(patient(**cells), limits)["rai_response"].item() == label


@pytest.mark.slow
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
    found = classify_response(tables_, Rules()).iloc[0]
    assert bool(found["loss_of_uptake"]) is lost
    assert bool(found["loss_everywhere"]) is (uptake == (ALL, NONE))
    if uptake == (ALL, NONE):
        assert found["rai_response"] == "responder"


@pytest.mark.slow
def test_every_patient_has_one_class_and_one_rule():
    found = classify_response(
        tables(
            patient=[{"patient_id": "A"}, {"patient_id": "B"}], rai_course=[{"patient_id": "A"}]
        ),
        Rules(),
    )
    assert found["patient_id"].tolist() == ["A", "B"]
    assert found["rai_response"].tolist() == ["indeterminate"] * 2
    assert found["response_rule"].tolist() == ["no_uptake_recorded", "not_treated"]


@pytest.mark.slow
def test_a_rising_tg_after_the_last_course_is_shown_beside_a_responder():
    found = classify_response(patient(tg=((10, 2), (2, 3))), Rules()).iloc[0]
    assert (found["rai_response"], found["biochemical"]) == ("responder", True)
    falling = classify_response(patient(tg=((10, 2), (3, 3))), Rules()).iloc[0]
    assert falling["biochemical"] is False or not falling["biochemical"]


@pytest.mark.slow
def test_the_first_treatment_is_the_first_course_ever_or_the_first_of_a_metastasis():
    # No metastasis at the first course; one without uptake and with a rising Tg at the second.
    late = patient(uptake=((), NONE), tg=((10, 2), (5, 10)))
    assert classify_response(late, Rules())["rai_response"].item() == "indeterminate"
    metastatic = Rules(r1_first_course="metastatic")
    assert classify_response(late, metastatic)["response_rule"].item() == "R1"


@pytest.mark.slow
def test_twelve_courses_are_judged_like_two():
    courses = range(1, 13)
    many = tables(
        patient=[{"patient_id": "P"}],
        rai_course=[
            {"patient_id": "P", "course": i, "course_day": 100 * i, "tg_pre_ng_per_ml": 10,
             "tg_post_ng_per_ml": 2} for i in courses
        ],
        lesion=[{"patient_id": "P", "lesion_id": "L"}],
        lesion_uptake=[
            {"patient_id": "P", "lesion_id": "L", "course": i, "uptake": "avid"} for i in courses
        ],
        response_assessment=[
            {"patient_id": "P", "assessment_day": day, "sum_target_diameters_mm": 30}
            for day in range(90, 2000, 90)
        ],
        follow_up=[{"patient_id": "P"}],
    )  # fmt: skip
    assert classify_response(many, Rules())["response_rule"].item() == "long_term"


def test_uptake_is_counted_by_course():
    counts = course_uptake(patient(uptake=(MIXED, ALL)), Rules())[["avid", "non_avid"]]
    assert counts.to_numpy().tolist() == [[1, 1], [2, 0]]


def twelve_courses(second_of_last_two="avid"):
    """A course every half year, the lung avid at each; two years after the last one."""
    days = [100 + 182 * number for number in range(12)]
    uptake = ["avid"] * 10 + [second_of_last_two, "avid"]
    return tables(
        patient=[{"patient_id": "P"}],
        rai_course=[
            {"patient_id": "P", "course": i + 1, "course_day": day, "tg_pre_ng_per_ml": 10,
             "tg_post_ng_per_ml": 2}
            for i, day in enumerate(days)
        ],
        lesion=[{"patient_id": "P", "lesion_id": name, "diameter_mm": 20.0} for name in "AB"],
        lesion_uptake=[
            {"patient_id": "P", "lesion_id": name, "course": i + 1,
             "uptake": found if name == "B" else "avid"}
            for i, found in enumerate(uptake) for name in "AB"
        ],
        response_assessment=[
            {"patient_id": "P", "assessment_day": day - 10, "sum_target_diameters_mm": 30}
            for day in [*days, days[-1] + 740]
        ],
        follow_up=[{"patient_id": "P", "last_contact_day": 5000}],
    )  # fmt: skip


@pytest.mark.slow
def test_of_twelve_courses_the_last_counts_for_control_and_any_for_partial_uptake():
    found = classify_response(twelve_courses(), Rules()).iloc[0]
    assert (found["rai_response"], found["response_rule"]) == ("responder", "long_term")
    partial = classify_response(twelve_courses("non_avid"), Rules()).iloc[0]
    assert (partial["rai_response"], partial["response_rule"]) == ("non_responder", "R2")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cells", "ratio", "verdict", "reason"),
    [
        ({"uptake": (NONE,), "tg": ((10, 9),)}, "0.9", "met", ""),
        ({"uptake": (NONE,), "tg": ((10, 7),)}, "0.7", "not met", ""),
        ({"uptake": (ALL,), "tg": ((">500", 400),)}, "0 to 0.8", "not met", ""),
        ({"uptake": (NONE,), "tg": ((">500", 400),)}, "0 to 0.8", "undetermined",
         "Tg ratio of 0 to 0.8, on both sides of 0.7"),
        ({"uptake": (NONE,), "tg": ((0.1, 0.1),)}, "", "undetermined",
         "both Tg below the functional sensitivity or the limit of detection"),
        ({"uptake": (UNREAD,), "tg": ((10, 12),)}, "1.2", "undetermined", "metastases unread"),
        ({"uptake": (NONE,), "tg": ((10, None),), "activity_gbq": 0.1}, "", "undetermined",
         "not known to be under TSH of 30 mIU/L or more with 1.1 GBq or more; a Tg is missing"),
    ],
)  # fmt: skip
def test_the_ledger_says_what_r1_rests_on_and_why_it_is_open(cells, ratio, verdict, reason):
    row = r1_ledger(patient(**cells), Rules()).iloc[0]
    assert (row["tg_ratio"], row["verdict"], row["reason"]) == (ratio, verdict, reason)
    met = classify_response(patient(**cells), Rules())["R1"].iloc[0]
    assert verdict == ("undetermined" if pd.isna(met) else "met" if met else "not met")


def test_the_ledger_shows_values_as_the_laboratory_wrote_them():
    tables_ = patient(uptake=(NONE,), tg=((">500", "<0.04"),), tsh_miu_per_l=">100")
    row = r1_ledger(tables_, Rules()).iloc[0]
    assert row[["tsh", "tg_pre", "tg_post"]].tolist() == [">100", ">500", "<0.04"]


@pytest.mark.slow
def test_a_node_without_diameter_counts_for_r2_where_any_size_does():
    study = patient(uptake=(MIXED, ALL), sites=NODE, diameters=(20.0, None))
    assert not classify_response(study, Rules())["R2"].item()
    assert classify_response(study, Rules(r2_node_mm=0.0))["R2"].item()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("uptake", "alone"), [((("non_avid", "avid"), NONE), True), ((ALL, NONE), False),
                          ((NONE, NONE), False)],
)  # fmt: skip
def test_uptake_in_nodes_of_the_neck_alone_is_told_apart(uptake, alone):
    study = patient(uptake=uptake, sites=NODE)
    assert bool(classify_response(study, Rules())["nodes_only"].item()) == alone
