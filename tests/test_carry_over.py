"""What is left of the first administration on the second scan."""

import math

import numpy as np
import pandas as pd
import pytest

from compendium.errors import InputError
from compendium.operating.tsh import draw_study
from compendium.rules import Rules
from compendium.synthetic.truth import TRUTHS
from compendium.tsh.carry_over import (
    HALF_LIFE_I124_DAYS,
    corrected,
    effective_half_life_days,
    key_numbers,
    longest_credible_half_life_days,
    residual_suv,
    side_by_side,
)

RNG = np.random.default_rng(1)
REGISTERED = Rules()


def pairs(low=10.0, high=12.0, days=2 * HALF_LIFE_I124_DAYS, activities=(60.0, 30.0)):
    return pd.DataFrame(
        {
            "patient_id": ["P1"],
            "suv_max_low": [low],
            "suv_max_high": [high],
            "interval_days": [days],
            "activity_mbq_low": [activities[0]],
            "activity_mbq_high": [activities[1]],
        }
    )


def test_rates_add_up():
    assert effective_half_life_days(math.inf) == HALF_LIFE_I124_DAYS
    assert effective_half_life_days(HALF_LIFE_I124_DAYS) == pytest.approx(HALF_LIFE_I124_DAYS / 2)


def test_physical_decay_leaves_what_is_known():
    """31 % of 124I is left after 7 days and 10 % after 14."""
    left = [
        residual_suv(pairs(1, 1, days, (1, 1)), HALF_LIFE_I124_DAYS, REGISTERED)[0]
        for days in (7, 14)
    ]
    assert left == pytest.approx([0.31, 0.10], abs=0.005)


def test_residual_by_hand():
    """SUV 10, two half-lives, twice the activity at first: 10 · 2 / 4 = 5 on the second scan."""
    assert residual_suv(pairs(), HALF_LIFE_I124_DAYS, REGISTERED)[0] == pytest.approx(5.0)


def test_a_measured_residual_takes_the_place_of_the_predicted():
    """SUV 8 of the first administration two half-lives after it, twice the activity: 8 · 2 / 4."""
    measured = pd.concat([pairs(), pairs()], ignore_index=True)
    measured["residual_scan_suv"] = [8.0, math.nan]
    measured["residual_scan_days"] = [2 * HALF_LIFE_I124_DAYS, math.nan]
    found = residual_suv(measured, HALF_LIFE_I124_DAYS, REGISTERED)
    assert found.tolist() == pytest.approx([4.0, 5.0])


def test_a_measured_residual_still_washes_out_until_the_second_scan():
    measured = pairs().assign(residual_scan_suv=8.0, residual_scan_days=2 * HALF_LIFE_I124_DAYS)
    half_life = effective_half_life_days(2.0)  # half leaves the lesion in the two days of uptake
    assert residual_suv(measured, half_life, REGISTERED)[0] == pytest.approx(2.0)


def test_measuring_or_predicting_agree_where_the_half_life_is_true():
    """True effective half-life T: what the residual scan reads follows from the first scan."""
    half_life, days = 2.5, 8.0
    lesion = pairs(days=10.0)
    reading = 10.0 * 2 ** (-days / half_life) / 2 ** (-days / HALF_LIFE_I124_DAYS)
    # The first scan was two days after its administration, the residual scan ten days after it.
    measured = lesion.assign(residual_scan_suv=reading, residual_scan_days=days + 2)
    expected = residual_suv(lesion, half_life, REGISTERED)[0]
    assert residual_suv(measured, half_life, REGISTERED)[0] == pytest.approx(expected)


def test_correction_takes_it_off():
    lesion = corrected(pairs(), HALF_LIFE_I124_DAYS, REGISTERED).iloc[0]
    assert lesion["suv_max_high"] == pytest.approx(7.0)
    assert lesion["residual_share"] == pytest.approx(5 / 12)
    assert lesion["credible"]


@pytest.mark.parametrize(("high", "credible", "left"), [(10.0, True, 5.0), (9.9, False, 4.95)])
def test_beyond_the_bound_only_the_bound_is_taken_off(high, credible, left):
    lesion = corrected(pairs(high=high), HALF_LIFE_I124_DAYS, REGISTERED).iloc[0]
    assert lesion["credible"] == credible
    assert lesion["suv_max_high"] == pytest.approx(left)


def test_the_longest_credible_half_life_is_where_the_share_meets_the_bound():
    lesion = pairs(high=9.0)
    longest = longest_credible_half_life_days(lesion, REGISTERED)[0]
    share = residual_suv(lesion, longest, REGISTERED)[0] / 9.0
    assert longest < HALF_LIFE_I124_DAYS
    assert share == pytest.approx(0.5)
    assert longest_credible_half_life_days(pairs(high=100.0), REGISTERED)[0] == HALF_LIFE_I124_DAYS
    assert longest_credible_half_life_days(pairs(high=20.0), REGISTERED)[0] == HALF_LIFE_I124_DAYS


@pytest.mark.parametrize("days", [0.0, -1.0, 4.2])
def test_an_impossible_half_life_is_an_error(days):
    with pytest.raises(InputError, match="expected over 0, at most the physical 4.176 d"):
        residual_suv(pairs(), days, REGISTERED)
    with pytest.raises(InputError, match="expected more than 0"):
        effective_half_life_days(0.0)


@pytest.mark.slow
def test_side_by_side_brackets_and_recovers_the_truth():
    """40 studies drawn with carry-over (biological half-life 20 d): too high without correction,
    too low with the largest, right with the true half-life."""
    truth = TRUTHS["carry_over"]
    rng = np.random.default_rng(4)
    logs = np.mean(
        [
            np.log(side_by_side(draw_study(truth, rng), [20.0], rng, REGISTERED)["estimate"])
            for _ in range(40)
        ],
        axis=0,
    )
    uncorrected, true, largest = logs - math.log(truth.tsh.ratio)
    assert uncorrected > 0.05
    assert largest < 0
    assert abs(true) < 0.05


def test_side_by_side_labels_what_is_not_estimable_and_counts_the_incredible():
    rows = side_by_side(pairs(high=6.0), [2.5], RNG, REGISTERED)
    assert rows["analysis"].tolist() == [
        "not corrected",
        "biological half-life 2.5 d",
        "largest correction, no washout",
    ]
    assert rows["not_credible"].tolist() == [0, 0, 1]
    assert rows["reason"].str.startswith("1 patient").all()


def test_key_numbers_say_where_the_bound_is():
    found = key_numbers(pairs(high=6.0), RNG, REGISTERED)
    assert found["not_credible"] == 1
    assert (
        found["longest_half_life"]
        == longest_credible_half_life_days(pairs(high=6.0), REGISTERED)[0]
    )
    assert found["credible"] == 50
    assert found["ratio_corrected"].reason.startswith("1 patient")
    assert key_numbers(pairs().head(0), RNG, REGISTERED)["longest_half_life"] == "none"
