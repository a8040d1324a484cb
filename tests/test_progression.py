"""Rapid or stable: each criterion with a patient whom it takes, one whom it spares, its limit."""

import pandas as pd
import pytest
from study_tables import tables, together

from compendium.disease.progression import (
    classify_around,
    classify_progression,
    rapid_by_criterion,
)
from compendium.rules import Rules

RESISTANT = 600  # day of resistance


def patient(
    sums=((590, 100), (1000, 101)),
    tsh=((650, 0.05),),
    tg=(),
    refractory=RESISTANT,
    tki=None,
    local=(),
    **follow_up,
):
    """One patient: sums (day, mm, further cells), TSH (day, mIU/L), suppressed Tg (day, ng/mL)."""
    return tables(
        patient=[{"patient_id": "P"}],
        rai_course=[{"patient_id": "P", "course_day": 400}],
        response_assessment=[
            {
                "patient_id": "P",
                "assessment_day": day,
                "sum_target_diameters_mm": sum_mm,
                **(more[0] if more else {}),
            }
            for day, sum_mm, *more in sums
        ],
        lab=[
            *({"patient_id": "P", "lab_day": day, "tsh_miu_per_l": value} for day, value in tsh),
            *({"patient_id": "P", "lab_day": day, "tg_ng_per_ml": value} for day, value in tg),
        ],
        local_therapy=[
            {"patient_id": "P", "therapy_day": day, "therapy": "ablation"} for day in local
        ],
        follow_up=[
            {"patient_id": "P", "rai_refractory_day": refractory, "tki_start_day": tki, **follow_up}
        ],
    )


YEAR = 366
DIED = {"death_day": 1400, "vital_status": "dead", "death_cause": "thyroid_cancer",
        "last_contact_day": 1400}  # fmt: skip
NEW = {"new_lesion": True}
# 26 % more diameter is one doubling of the volume; 20 % in a year are 0.79 doublings.
CASES = [
    ("stable", {}, "stable", "stable"),
    ("progression on the anniversary", {"sums": ((590, 100), (RESISTANT + YEAR, 120))}, "rapid",
     "pd"),
    ("progression one day later", {"sums": ((590, 100), (RESISTANT + YEAR + 1, 120))},
     "intermediate", "later"),
    ("progression after three years", {"sums": ((590, 100), (1000, 100), (1800, 120))},
     "intermediate", "later"),
    ("growth of a fifth in less than a year", {"sums": ((590, 100), (800, 120))}, "rapid",
     "pd+tvdt"),
    ("progression off suppression, slow", {"sums": ((590, 100), (RESISTANT + 360, 120)),
     "tsh": ((650, 0.5),)}, "not_assessed", "not_suppressed"),
    ("progression off suppression, fast", {"sums": ((590, 100), (800, 130)),
     "tsh": ((650, 0.5),)}, "not_assessed", "not_suppressed"),
    ("TSH below the limit of an assay", {"tsh": ((650, "<0.005"),)}, "stable", "stable"),
    ("TSH below 0.1", {"tsh": ((650, "<0.1"),)}, "stable", "stable"),
    ("TSH of at most 0.1", {"tsh": ((650, "≤0.1"),)}, "not_assessed", "not_suppressed"),
    ("TSH below 0.3 may be suppressed or not", {"tsh": ((650, "<0.3"),)}, "not_assessed",
     "not_suppressed"),
    ("half of the values below 0.3, the others low", {"tsh": ((650, "<0.3"), (660, 0.01),
     (670, 0.02))}, "stable", "stable"),
    ("TSH of exactly 0.1", {"tsh": ((650, 0.1),)}, "not_assessed", "not_suppressed"),
    ("median TSH below 0.1", {"tsh": ((650, 0.02), (700, 0.09), (800, 3.0))}, "stable", "stable"),
    ("suppressed until progression, not afterwards", {"sums": ((590, 100), (800, 120)),
     "tsh": ((650, 0.05), (700, 0.05), (850, 2.0), (880, 2.0), (900, 2.0))}, "rapid", "pd+tvdt"),
    ("TSH measured after the window only", {"tsh": ((RESISTANT + YEAR + 1, 0.05),)},
     "not_assessed", "not_suppressed"),
    ("TSH measured before resistance only", {"tsh": ((590, 0.05),)}, "not_assessed",
     "not_suppressed"),
    ("no TSH", {"tsh": ()}, "not_assessed", "not_suppressed"),
    ("imaged for 364 d", {"sums": ((590, 100), (RESISTANT + 364, 100))}, "not_assessed",
     "short_follow_up"),
    ("imaged for 365 d", {"sums": ((590, 100), (RESISTANT + 365, 100))}, "stable", "stable"),
    ("doubling time of a year, over four", {"sums": ((600, 100), (2061, 251.98421))}, "rapid",
     "tvdt"),
    ("doubling time of a year and a bit", {"sums": ((600, 100), (1331, 158))}, "intermediate",
     "later"),
    ("two images in less than half a year tell no doubling time", {"sums": ((611, 50), (790, 58)),
     "tsh": ((650, 0.05),)}, "not_assessed", "short_follow_up"),
    ("three images do", {"sums": ((611, 50), (700, 54), (790, 58))}, "rapid", "tvdt"),
    ("but not without 5 mm of growth", {"sums": ((611, 20), (700, 22), (790, 24))},
     "not_assessed", "short_follow_up"),
    ("the first pair of images is not taken for growth", {"sums": ((600, 20), (620, 20.6),
     (1330, 20.3))}, "stable", "stable"),
    ("inhibitor before progression", {"sums": ((590, 100), (800, 130)), "tki": 700},
     "not_assessed", "other_therapy"),
    ("inhibitor on the day of progression", {"sums": ((590, 100), (800, 130)), "tki": 800},
     "rapid", "pd+tvdt"),
    ("inhibitor on the day before progression", {"sums": ((590, 100), (800, 130)), "tki": 799},
     "not_assessed", "other_therapy"),
    ("inhibitor after the window, progression under it", {"sums": ((590, 100), (1030, 100),
     (1210, 130)), "tki": 1060}, "stable", "stable"),
    ("growth in small steps, over years", {"sums": ((590, 50), (1000, 54), (1500, 58),
     (2000, 63))}, "intermediate", "later"),
    ("ablation before progression", {"sums": ((590, 100), (800, 130)), "local": (700,)},
     "not_assessed", "other_therapy"),
    ("ablation before resistance is of no matter", {"local": (500,)}, "stable", "stable"),
    ("death of the cancer within the window", {"death_day": 900, "vital_status": "dead",
     "death_cause": "thyroid_cancer", "last_contact_day": 900, "sums": ((590, 100), (700, 100))},
     "rapid", "pd"),
    ("death of another cause", {"death_day": 900, "vital_status": "dead", "death_cause": "other",
     "last_contact_day": 900, "sums": ((590, 100), (700, 100))}, "not_assessed",
     "short_follow_up"),
    ("death of the cancer after the window, imaged through it", {**DIED,
     "sums": ((590, 100), (1000, 100))}, "intermediate", "later"),
    ("death of the cancer after the window, not imaged through it", {**DIED,
     "sums": ((590, 100), (900, 100))}, "not_assessed", "short_follow_up"),
    ("imaged for a year from the first image on, where none was near resistance", {"sums":
     ((300, 100), (RESISTANT + 240, 100), (RESISTANT + 605, 100))}, "stable", "stable"),
    ("imaged past the window, but for less than a year", {"sums":
     ((300, 100), (RESISTANT + 240, 100), (RESISTANT + 420, 100))}, "not_assessed",
     "short_follow_up"),
    ("a new lesion on the first image after resistance", {"sums": ((300, 100),
     (RESISTANT + 300, 100, NEW), (RESISTANT + 700, 100))}, "rapid", "pd"),
    ("an image at the end of the window that cannot be evaluated", {"sums": ((590, 100),
     (800, 100), (1000, None))}, "not_assessed", "short_follow_up"),
    ("no target to measure, and nothing new", {"sums": ((590, None), (1000, None))}, "stable",
     "stable"),
    ("shrinking", {"sums": ((590, 100), (1000, 50))}, "stable", "stable"),
]  # fmt: skip


@pytest.fixture(scope="module")
def classed():
    """The patients of CASES classed as one study."""
    study = together([patient(**cells) for _, cells, *_ in CASES])
    return classify_progression(study, Rules()).set_index("patient_id")


@pytest.mark.parametrize("case", range(len(CASES)), ids=[c[0] for c in CASES])
def test_rules(case, classed):
    found = classed.loc[str(case)]
    assert (found["progression"], found["progression_rule"]) == CASES[case][2:]


@pytest.mark.parametrize(
    ("limits", "label"),
    [
        (Rules(rapid_months=14), "rapid"),
        (Rules(tvdt_years=2), "rapid"),
        (Rules(suppressed_tsh=0.01), "not_assessed"),
        (Rules(pd_mm=25), "stable"),
        (Rules(stable_landmark_months=12), "stable"),
        (Rules(), "intermediate"),
    ],
)
def test_every_limit_can_be_set(limits, label):
    tables_ = patient(sums=((590, 100), (RESISTANT + 400, 120)))
    assert classify_progression(tables_, limits)["progression"].item() == label


def test_without_a_day_of_resistance_the_last_course_counts():
    found = classify_progression(patient(refractory=None), Rules()).iloc[0]
    assert found["anchor_day"] == 400


def test_rates_are_continuous_doublings_a_year():
    tg = [(RESISTANT + round(365.25 * year), 2.0**year) for year in range(4)]
    found = classify_progression(
        patient(sums=((600, 100), (965, 100)), tsh=(), tg=tg), Rules()
    ).iloc[0]
    assert found["tg_doublings_per_year"] == pytest.approx(1.0, rel=1e-3)
    assert found["volume_doublings_per_year"] == pytest.approx(0.0)


@pytest.mark.parametrize("values", [3, 4])
def test_a_tg_doubling_time_needs_four_values(values):
    tg = [(RESISTANT + 90 * i, 5.0 + i) for i in range(values)]
    found = classify_progression(patient(tg=tg), Rules())["tg_doublings_per_year"]
    assert found.isna().item() is (values < 4)


@pytest.mark.slow
def test_each_criterion_is_asked_under_suppression():
    rapid, off = patient(sums=((590, 100), (800, 120))), patient(tsh=((650, 0.5),))
    assert rapid_by_criterion(classify_progression(rapid, Rules()), Rules())["rapid"].tolist() == [
        1, 1, 0,
    ]  # fmt: skip
    found = rapid_by_criterion(classify_progression(off, Rules()), Rules())
    assert found["assessable"].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("sums", "label"),
    [
        (((850, 100), (1000, 100), (1180, 100)), "stable"),
        (((850, 100), (1000, 100), (1180, 120)), "rapid"),
        (((700, 100), (810, 130), (850, 130), (1180, 130)), "stable"),  # grew before that year
        (((1000, 100), (1180, 100)), "not_assessed"),  # imaged for less than half a year
    ],
)
def test_the_pace_around_the_pet_looks_at_its_year_only(sums, label):
    tables_ = patient(sums=sums, tsh=((900, 0.05), (1100, 0.05)))
    found = classify_around(tables_, pd.Series({"P": 1000}), Rules())
    assert found["progression"].item() == label


@pytest.mark.parametrize(("days_after", "label"), [(180, "rapid"), (400, "stable")])
def test_around_a_day_only_a_death_within_half_a_year_of_it_counts(days_after, label):
    died = {**DIED, "death_day": 1000 + days_after, "last_contact_day": 1000 + days_after}
    tables_ = patient(sums=((830, 100), (1100, 100)), tsh=((900, 0.05),), **died)
    found = classify_around(tables_, pd.Series({"P": 1000}), Rules())
    assert found["progression"].item() == label


def tg_growth(*values, assays=None):
    """The row of a patient with a Tg (ng/mL) every 100 days under suppression."""
    samples = [(700 + 100 * i, value) for i, value in enumerate(values)]
    study = patient(tg=samples)
    if assays:
        study["lab"]["tg_assay"] = [None, *assays]
    return classify_progression(study, Rules()).iloc[0]


@pytest.mark.slow
def test_a_tg_doubling_time_rests_on_quantified_values_and_says_how_many_it_leaves_out():
    plain = tg_growth(1.0, 2.0, 4.0, 8.0)
    assert plain["tg_doublings_per_year"] == pytest.approx(3.6525)
    assert plain["tg_left_out"] == 0
    censored = tg_growth("<0.04", 2.0, 4.0, 8.0, 16.0, ">500", 0.0)
    assert censored["tg_doublings_per_year"] == pytest.approx(3.6525)
    assert censored["tg_left_out"] == 3
    few = tg_growth("<0.04", 2.0, 4.0, 8.0)
    assert (pd.isna(few["tg_doublings_per_year"]), few["tg_left_out"]) == (True, 1)


@pytest.mark.slow
def test_a_tg_doubling_time_is_of_one_assay():
    values = (1.0, 20.0, 2.0, 4.0, 8.0)
    mixed = tg_growth(*values, assays=("old", "new", "old", "old", "old"))
    assert mixed["tg_left_out"] == 1
    by_hand = tg_growth(1.0, 2.0, 4.0, 8.0)["tg_doublings_per_year"]
    assert 0.5 * by_hand < mixed["tg_doublings_per_year"] < by_hand
    two = tg_growth(*values[:4], assays=("old", "new", "old", "new"))
    assert (pd.isna(two["tg_doublings_per_year"]), two["tg_left_out"]) == (True, 2)
