"""Rapid or stable: each criterion with a patient whom it takes, one whom it spares, its limit."""

import pytest
from study_tables import tables

from compendium.disease.progression import classify_progression
from compendium.rules import Rules

REGISTERED = Rules()

RESISTANT = 600  # day of resistance


def patient(
    sums=((590, 100), (1000, 101)), tsh=((650, 0.05),), tg=(), refractory=RESISTANT, tki=None
):
    """One patient: sums (day, mm), TSH (day, mIU/L), Tg under suppression (day, ng/mL)."""
    return tables(
        patient=[{"patient_id": "P"}],
        rai_course=[{"patient_id": "P", "course_day": 400}],
        response_assessment=[
            {"patient_id": "P", "assessment_day": day, "sum_target_diameters_mm": sum_mm}
            for day, sum_mm in sums
        ],
        lab=[
            *({"patient_id": "P", "lab_day": day, "tsh_miu_per_l": value} for day, value in tsh),
            *({"patient_id": "P", "lab_day": day, "tg_ng_per_ml": value} for day, value in tg),
        ],
        follow_up=[{"patient_id": "P", "rai_refractory_day": refractory, "tki_start_day": tki}],
    )


YEAR = 365
# 2.35 % more diameter in 90 d is a rate of 0.272 volume doublings a year; 20 % in a year, 0.79;
# 26 % in a year, exactly one doubling.
CASES = [
    ("stable", {}, "stable", "stable"),
    ("progression on day 365", {"sums": ((590, 100), (RESISTANT + YEAR, 120))}, "rapid", "pd"),
    ("progression on day 366", {"sums": ((590, 100), (RESISTANT + YEAR + 1, 120))}, "stable",
     "stable"),
    ("growth of a fifth in less than a year", {"sums": ((590, 100), (800, 120))}, "rapid",
     "pd+tvdt"),
    ("progression off suppression, slow", {"sums": ((590, 100), (RESISTANT + 360, 120)),
     "tsh": ((650, 0.5),)}, "not_assessed", "not_suppressed"),
    ("progression off suppression, fast", {"sums": ((590, 100), (800, 130)),
     "tsh": ((650, 0.5),)}, "rapid", "tvdt"),
    ("TSH of exactly 0.1", {"tsh": ((650, 0.1),)}, "not_assessed", "not_suppressed"),
    ("median TSH below 0.1", {"tsh": ((650, 0.02), (700, 0.09), (800, 3.0))}, "stable", "stable"),
    ("TSH measured after the window only", {"tsh": ((RESISTANT + YEAR + 1, 0.05),)},
     "not_assessed", "not_suppressed"),
    ("no TSH", {"tsh": ()}, "not_assessed", "not_suppressed"),
    ("assessed for 364 d", {"sums": ((590, 100), (RESISTANT + 364, 100))}, "not_assessed",
     "short_follow_up"),
    ("assessed for 365 d", {"sums": ((590, 100), (RESISTANT + 365, 100))}, "stable", "stable"),
    ("doubling time of a year, over two", {"sums": ((600, 100), (1331, 159))}, "rapid", "tvdt"),
    ("doubling time of a year and a bit", {"sums": ((600, 100), (1331, 158))}, "stable", "stable"),
    ("two sums within 89 d tell no doubling time", {"sums": ((611, 100), (700, 110)),
     "tsh": ((650, 0.05),)}, "not_assessed", "short_follow_up"),
    ("inhibitor before progression", {"sums": ((590, 100), (800, 130)), "tki": 700},
     "not_assessed", "short_follow_up"),
    ("inhibitor after progression", {"sums": ((590, 100), (800, 130)), "tki": 800}, "rapid",
     "pd+tvdt"),
    ("shrinking", {"sums": ((590, 100), (1000, 50))}, "stable", "stable"),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "label", "rule"), [c[1:] for c in CASES],
                         ids=[c[0] for c in CASES])  # fmt: skip
def test_rules(cells, label, rule):
    found = classify_progression(patient(**cells), REGISTERED).iloc[0]
    assert (found["progression"], found["progression_rule"]) == (label, rule)


@pytest.mark.parametrize(
    ("rules", "label"),
    [
        (Rules(rapid_months=14), "rapid"),
        (Rules(tvdt_years=2), "rapid"),
        (Rules(suppressed_tsh=0.01), "not_assessed"),
        (REGISTERED, "stable"),
    ],
)
def test_every_limit_can_be_set(rules, label):
    tables_ = patient(sums=((590, 100), (RESISTANT + 400, 120)))
    assert classify_progression(tables_, rules)["progression"].item() == label


def test_without_a_day_of_resistance_the_last_course_counts():
    found = classify_progression(patient(refractory=None), REGISTERED).iloc[0]
    assert found["anchor_day"] == 400


def test_rates_are_continuous_doublings_a_year():
    tg = [(RESISTANT + round(365.25 * year), 2.0**year) for year in range(4)]
    grown = patient(sums=((600, 100), (965, 100)), tsh=(), tg=tg)
    found = classify_progression(grown, REGISTERED).iloc[0]
    assert found["tg_doublings_per_year"] == pytest.approx(1.0, rel=1e-3)
    assert found["volume_doublings_per_year"] == pytest.approx(0.0)


@pytest.mark.parametrize("values", [3, 4])
def test_a_tg_doubling_time_needs_four_values(values):
    tg = [(RESISTANT + 90 * i, 5.0 + i) for i in range(values)]
    found = classify_progression(patient(tg=tg), REGISTERED)["tg_doublings_per_year"]
    assert found.isna().item() is (values < 4)
