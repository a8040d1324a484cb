"""RECIST categories from sums of diameters, at their limits, and the first progression."""

import pandas as pd
import pytest
from study_tables import table

from compendium.disease.recist import (
    assess_from,
    cancer_death_days,
    first_progression,
    with_cancer_deaths,
)
from compendium.rules import Rules


def series(*sums_and_days, **last):
    """Assessments of one patient from (day, sum in mm); `last` gives cells of the last one."""
    rows = [
        {"patient_id": "P", "assessment_day": day, "sum_target_diameters_mm": sum_mm}
        for day, sum_mm in sums_and_days
    ]
    rows[-1] |= last
    return table("response_assessment", rows)


def from_day(day):
    return pd.DataFrame({"patient_id": ["P"], "anchor_day": [day]}).astype({"anchor_day": "Int64"})


# assessments after a baseline of day 0, cells of the last one, its category
CATEGORIES = [
    ([(0, 25), (90, 30)], {}, "PD"),  # exactly 20 % and 5 mm
    ([(0, 25), (90, 29.9)], {}, "SD"),  # 19.6 %
    ([(0, 20), (90, 24.9)], {}, "SD"),  # 24.5 %, but 4.9 mm
    ([(0, 20), (90, 25)], {}, "PD"),  # 25 % and 5 mm
    ([(0, 100), (90, 119)], {}, "SD"),  # 19 mm, but 19 %
    ([(0, 100), (90, 120)], {}, "PD"),
    ([(0, 100), (90, 50), (180, 60)], {}, "PD"),  # over the nadir of 50, below the baseline
    ([(0, 100), (90, 50), (180, 59)], {}, "PR"),
    ([(0, 100), (90, 70)], {}, "PR"),  # exactly 30 % less
    ([(0, 100), (90, 71)], {}, "SD"),
    ([(0, 100), (90, 0)], {"lesions_disappeared": True}, "CR"),
    ([(0, 100), (90, 0), (180, 6)], {}, "PD"),  # back after it had disappeared
    ([(0, 100), (90, 50)], {"new_lesion": True}, "PD"),
    ([(0, 100), (90, 50)], {"non_target_progression": True}, "PD"),
    ([(0, 100), (90, 0), (180, 4)], {}, "PD"),  # at any size
    ([(0, 0), (90, 6)], {}, "PD"),
    ([(0, 20.1), (90, 25.1)], {}, "PD"),  # 5.0 mm, whatever the last bit
    ([(0, 1.5), (90, 1.8)], {}, "SD"),
    ([(0, None), (90, None)], {}, "NN"),  # non-target disease only
    ([(0, 30), (90, None)], {}, "NE"),
    ([(0, None), (90, None)], {"new_lesion": True}, "PD"),
    ([(0, 30), (90, None), (180, 40)], {}, "PD"),  # a gap does not hide the nadir
    ([(0, 0), (90, None)], {}, "NE"),  # targets only were gone: others may be left
]


@pytest.mark.parametrize(("sums", "last", "category"), CATEGORIES)
def test_categories(sums, last, category):
    found = assess_from(series(*sums, **last), from_day(0), Rules())
    assert found["recist"].iloc[0] == "baseline"
    assert found["recist"].iloc[-1] == category


def test_disease_that_is_back_is_progression_though_it_is_not_measured():
    gone = series((0, 20), (90, 0), (180, None))
    gone.loc[1, "lesions_disappeared"] = True
    assert assess_from(gone, from_day(0), Rules())["recist"].tolist() == ["baseline", "CR", "PD"]
    gone.loc[2, "lesions_disappeared"] = True
    assert assess_from(gone, from_day(0), Rules())["recist"].tolist() == ["baseline", "CR", "CR"]


@pytest.mark.parametrize(
    ("finding", "day", "category"),
    [("new_lesion", 190, "PD"), ("non_target_progression", 190, "PD"),
     ("new_lesion", 0, "baseline"), ("new_lesion", 20, "baseline")],
)  # fmt: skip
def test_what_a_reader_saw_on_the_first_image_is_progression_but_for_staging(
    finding, day, category
):
    images = series((-300, 20), (day, 30), (day + 100, 30))
    images.loc[1, finding] = True
    found = assess_from(images, from_day(0), Rules(), grace_days=30)
    assert found["recist"].tolist() == [category, "SD"]
    assert found["baseline_day"].tolist() == [day, day]


def test_limits_can_be_set():
    limits = Rules(pd_share=0.30, pd_mm=5)
    found = assess_from(series((0, 100), (90, 125)), from_day(0), limits)
    assert found["recist"].iloc[-1] == "SD"


def test_the_baseline_is_the_last_assessment_up_to_the_day_or_the_first_after_it():
    assessments = series((0, 20), (50, 40), (200, 40), (400, 60))
    assert assess_from(assessments, from_day(60), Rules())["assessment_day"].tolist() == [
        50,
        200,
        400,
    ]
    assert assess_from(assessments, from_day(50), Rules())["baseline_day"].tolist() == [50, 50, 50]
    assert assess_from(assessments, from_day(-10), Rules())["baseline_day"].unique().tolist() == [0]


def test_growth_before_the_baseline_is_no_progression_after_it():
    assessments = series((0, 20), (50, 40), (200, 40))
    assert first_progression(assessments, from_day(60), Rules())["progression_day"].isna().all()
    assert first_progression(assessments, from_day(0), Rules())["progression_day"].tolist() == [50]


def test_progression_lies_between_two_assessments():
    row = first_progression(
        series((0, 20), (90, 21), (180, 30), (270, 60)), from_day(10), Rules()
    ).iloc[0]
    assert (row["last_free_day"], row["progression_day"], row["last_assessment_day"]) == (
        90,
        180,
        270,
    )


def test_an_assessment_after_which_nothing_was_seen_has_no_row():
    assert len(first_progression(series((0, 20)), from_day(10), Rules())) == 0


def test_each_of_several_days_has_its_own_baseline():
    anchors = pd.concat([from_day(0), from_day(100)], ignore_index=True)
    found = first_progression(series((0, 20), (100, 30), (200, 40)), anchors, Rules())
    assert found["progression_day"].tolist() == [100, 200]


def test_an_old_image_is_no_baseline():
    assessments = series((0, 20), (200, 26), (400, 26))
    assert assess_from(assessments, from_day(183), Rules())["baseline_day"].tolist() == [0] * 3
    assert assess_from(assessments, from_day(184), Rules())["baseline_day"].tolist() == [200] * 2


def test_a_new_lesion_soon_after_the_day_was_there_on_it():
    assessments = series((0, 20), (30, 20), new_lesion=True)
    assert first_progression(assessments, from_day(0), Rules())["progression_day"].item() == 30
    staged = first_progression(assessments, from_day(0), Rules(), grace_days=30)
    assert staged["progression_day"].isna().all()


@pytest.mark.parametrize(("death_day", "by"), [(366, "cancer_death"), (367, None)])
def test_death_of_the_cancer_is_progression_within_the_window(death_day, by):
    died = table(
        "follow_up",
        [{"patient_id": "P", "vital_status": "dead", "death_day": death_day,
          "death_cause": "thyroid_cancer"}],
    )  # fmt: skip
    seen = first_progression(series((0, 20), (90, 20)), from_day(0), Rules())
    deaths = cancer_death_days({"follow_up": died})
    found = with_cancer_deaths(seen, from_day(0), deaths, 366).iloc[0]
    assert (found["progression_by"] if by else found["progression_day"] is pd.NA) == (by or True)


def test_an_assessment_that_cannot_be_evaluated_shows_no_absence_of_progression():
    images = series((0, 20), (100, 20), (800, None))
    found = first_progression(images, from_day(0), Rules()).iloc[0]
    assert (found["last_free_day"], found["last_assessment_day"]) == (100, 100)
    never_measured = series((0, None), (100, None), (800, None))
    assert first_progression(never_measured, from_day(0), Rules())["last_assessment_day"][0] == 800
