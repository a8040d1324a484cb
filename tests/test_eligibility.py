"""Eligibility: each rule takes one patient and spares another."""

import pytest
from study_tables import tables, together

from compendium.cohort.eligibility import candidates_of, eligibility_rules
from compendium.cohort.membership import cohort_of, judge
from compendium.rules import Rules
from compendium.tables import COLUMNS

RULES = eligibility_rules(Rules())


def candidate(
    study="TROP2",
    histology="ptc_classic",
    courses=1,
    followed=True,
    lesion=True,
    scans=(),
    **cells,
):
    """The tables of one candidate who is eligible but for the given cells."""
    return tables(
        patient=[{"patient_id": "P", "study": study, **cells}],
        pathology=[{"patient_id": "P", "histology": histology}] if histology else [],
        rai_course=[
            {"patient_id": "P", "course": i + 1, "course_day": 60 + 200 * i} for i in range(courses)
        ],
        follow_up=[{"patient_id": "P"}] if followed else [],
        lesion=[{"patient_id": "P", "lesion_id": "L1"}] if lesion else [],
        pet_scan=[
            {"patient_id": "P", "scan_id": "S", "tracer": "124I", "scan_day": day} for day in scans
        ],
    )


FOUND = ", of lesions, uptake and assessments: 1, 0, 0"
# study, rule, verdict, the candidate, the value that decided
VERDICTS = [
    ("TROP2", "AGE", "kept", {"age_years": 18},
     "age 18 at enrolment (18 on day 0)"),
    ("TROP2", "AGE", "removed", {"age_years": 17.8},
     "age 17 at enrolment (17.8 on day 0)"),
    ("TROP2", "AGE", "kept", {"age_years": 17.9},
     "age 18 at enrolment (17.9 on day 0)"),  # the first course is on day 60
    ("TROP2", "AGE", "kept", {"age_years": 75},
     "age 75 at enrolment (75 on day 0)"),
    ("TROP2", "AGE", "removed", {"age_years": 75.9},
     "age 76 at enrolment (75.9 on day 0)"),
    ("TROP2", "I1", "kept", {"histology": "ptc_tall_cell"}, "total thyroidectomy: yes; histology: "
     "ptc_tall_cell"),
    ("TROP2", "I1", "removed", {"histology": "ftc"}, "total thyroidectomy: yes; histology: ftc"),
    ("TROP2", "I1", "removed", {"histology": None}, "total thyroidectomy: yes; histology: not "
     "recorded"),
    ("TROP2", "I1", "removed", {"total_thyroidectomy": False},
     "total thyroidectomy: no; histology: ptc_classic"),
    ("TROP2", "I1", "removed", {"total_thyroidectomy": None}, "total thyroidectomy: not recorded; "
     "histology: ptc_classic"),
    ("TROP2", "I2", "kept", {"courses": 1}, "courses of 131I: 1"),
    ("TROP2", "I2", "removed", {"courses": 0}, "courses of 131I: 0"),
    ("TROP2", "E1", "kept", {}, "severe comorbidity: no"),
    ("TROP2", "E1", "removed", {"severe_comorbidity": True}, "severe comorbidity: yes"),
    ("TROP2", "E1", "unknown", {"severe_comorbidity": None}, "severe comorbidity: not recorded"),
    ("TROP2", "E2", "kept", {}, f"data complete: yes; rows in follow_up: 1{FOUND}"),
    ("TROP2", "E2", "removed", {"follow_up_complete": False},
     f"data complete: no; rows in follow_up: 1{FOUND}"),
    ("TROP2", "E2", "unknown", {"follow_up_complete": None},
     f"data complete: not recorded; rows in follow_up: 1{FOUND}"),
    ("TROP2", "E2", "removed", {"lesion": False}, "data complete: yes; rows in follow_up: 1, of "
     "lesions, uptake and assessments: 0, 0, 0"),
    ("TROP2", "E2", "removed", {"followed": False},
     f"data complete: yes; rows in follow_up: 0{FOUND}"),
    ("TSH124I", "AGE", "kept", {"age_years": 90},
     "age 90 at enrolment (90 on day 0)"),
    ("TSH124I", "AGE", "kept", {"age_years": 16, "scans": (2500, 2300)},
     "age 22 at enrolment (16 on day 0)"),
    ("TSH124I", "AGE", "removed", {"age_years": 17},
     "age 17 at enrolment (17 on day 0)"),
    ("TSH124I", "I1", "kept", {}, "total thyroidectomy: yes"),
    ("TSH124I", "I1", "removed", {"total_thyroidectomy": False}, "total thyroidectomy: no"),
    ("TSH124I", "I2", "kept", {"histology": "oncocytic"}, "histology: oncocytic"),
    ("TSH124I", "I2", "removed", {"histology": "pdtc"}, "histology: pdtc"),
    ("TSH124I", "I3", "kept", {}, "distant metastasis: yes"),
    ("TSH124I", "I3", "removed", {"distant_metastasis": False}, "distant metastasis: no"),
    ("TSH124I", "I3", "removed", {"distant_metastasis": None}, "distant metastasis: not recorded"),
    ("TSH124I", "E1", "kept", {}, "sex: female; pregnant or lactating: no"),
    ("TSH124I", "E1", "kept", {"sex": "male", "pregnant_or_lactating": None},
     "sex: male; pregnant or lactating: not recorded"),
    ("TSH124I", "E1", "unknown", {"pregnant_or_lactating": None},
     "sex: female; pregnant or lactating: not recorded"),
    ("TSH124I", "E1", "removed", {"pregnant_or_lactating": True},
     "sex: female; pregnant or lactating: yes"),
    ("TSH124I", "E2", "kept", {}, "hepatic or renal dysfunction: no"),
    ("TSH124I", "E2", "removed", {"hepatic_or_renal_dysfunction": True},
     "hepatic or renal dysfunction: yes"),
    ("TSH124I", "E3", "kept", {}, "tolerates PET: yes"),
    ("TSH124I", "E3", "removed", {"tolerates_pet": False}, "tolerates PET: no"),
    ("TSH124I", "E3", "unknown", {"tolerates_pet": None}, "tolerates PET: not recorded"),
]  # fmt: skip


@pytest.fixture(scope="module")
def judged():
    """The ledger of all candidates above, as one study."""
    study = together([candidate(study, **cells) for study, _, _, cells, _ in VERDICTS])
    return judge(study, RULES).set_index("rule")


@pytest.mark.parametrize("case", range(len(VERDICTS)))
def test_each_rule_takes_and_spares(case, judged):
    _, rule, verdict, _, value = VERDICTS[case]
    ledger = judged[judged["patient_id"] == str(case)]
    assert (ledger.at[rule, "verdict"], ledger.at[rule, "value"]) == (verdict, value)
    others = ledger.drop(rule)["verdict"]
    assert (others == "kept").all(), "one rule at a time"


def test_every_rule_has_a_taken_and_a_spared_patient_above():
    rules = {(rule.study, rule.id) for rule in RULES}
    for verdict in ("kept", "removed"):
        assert {(study, rule) for study, rule, found, *_ in VERDICTS if found == verdict} == rules


def test_every_rule_names_its_source():
    for rule in RULES:
        assert rule.source.startswith("NCT07314255" if rule.study == "TROP2" else "NCT04880798")


def test_the_first_rule_that_removes_is_the_one_counted():
    cohort = cohort_of(judge(candidate(age_years=80, courses=0, severe_comorbidity=True), RULES))
    assert cohort.to_dict("records") == [
        {"patient_id": "P", "study": "TROP2", "eligible": False, "excluded_by": "AGE"}
    ]


def test_ages_are_limits_that_can_be_set():
    older = eligibility_rules(Rules(max_age_years=85))
    assert cohort_of(judge(candidate(age_years=80), older))["eligible"].all()
    assert older[0].text == "Age 18–85 years"


def test_a_candidate_has_every_column_of_the_tables_with_one_row_each_and_their_numbers_of_rows():
    found = candidates_of(candidate(courses=2, followed=False)).iloc[0]
    assert (found["histology"], found["n_rai_course"], found["n_follow_up"]) == (
        "ptc_classic",
        2,
        0,
    )
    single = ("patient", "pathology", "follow_up", "investigator_class")
    names = [name for table in single for name in COLUMNS[table] if name != "patient_id"]
    assert len(names) == len(set(names)), "two of these tables have a column of one name"
