"""Dose per GBq of 131I from 124I: worked by hand, boundaries, and what must be refused."""

import math

import pytest

from compendium.errors import InputError
from compendium.tsh.dosimetry import RATE_131I_PER_H, dose_per_gbq, dose_rows


def row(**changes):
    return {
        "patient_id": "T001", "tsh_level": "low", "lesion_id": "L1", "tracer": "124I",
        "uptake_time_h": 48.0, "mean_kbq_per_ml": 10.0, "injected_activity_mbq": 50.0, "reason": "",
    } | changes  # fmt: skip


class TestOneTime:
    def test_by_hand(self):
        # 10 kBq/mL of 50 MBq are 200 kBq/mL per GBq. Apart from decay it stays so for ever: 1/λ is
        # 192.6/ln 2 = 277.863 h, and 200 · 277.863 kBq·h/mL · 1.106e-4 = 6.1463 Gy, at any hour.
        found = dose_per_gbq([48.0], [10.0], 50.0)
        assert found.gy_per_gbq == pytest.approx(6.1463, abs=2e-4)
        assert dose_per_gbq([24.0], [10.0], 50.0).gy_per_gbq == pytest.approx(found.gy_per_gbq)
        assert found.effective_half_life_h == pytest.approx(192.6)
        assert "upper bound" in found.note

    def test_is_proportional(self):
        one, two = (dose_per_gbq([24.0], [c], 50.0).gy_per_gbq for c in (3.0, 6.0))
        assert two == pytest.approx(2 * one)


class TestSeveralTimes:
    def test_mono_exponential_washout_by_hand(self):
        # Biological half-life 100 h: effective rate λ131 + ln 2/100.
        rate = math.log(2) / 100
        times = [24.0, 48.0, 96.0]
        found = dose_per_gbq(times, [20 * math.exp(-rate * t) for t in times], 40.0)
        effective = RATE_131I_PER_H + rate
        per_gbq = 20 * math.exp(-rate * 24) / 40 * 1000
        left = math.exp(-RATE_131I_PER_H * 24)
        expected = 1.106e-4 * per_gbq * ((1 - left) / RATE_131I_PER_H + left / effective)
        assert found.gy_per_gbq == pytest.approx(expected)
        assert found.effective_half_life_h == pytest.approx(math.log(2) / effective)
        assert (found.n_times, found.note) == (3, "")

    def test_order_does_not_matter(self):
        up = dose_per_gbq([24.0, 72.0], [8.0, 5.0], 40.0)
        assert dose_per_gbq([72.0, 24.0], [5.0, 8.0], 40.0) == up

    def test_rising_uptake_is_bounded_by_decay_and_noted(self):
        found = dose_per_gbq([24.0, 72.0], [5.0, 8.0], 40.0)
        assert found.effective_half_life_h == pytest.approx(192.6)
        assert found.note.startswith("uptake does not fall")
        # Flat biology in between: its geometric mean at every time.
        same = dose_per_gbq([24.0], [math.sqrt(40.0)], 40.0)
        assert found.gy_per_gbq == pytest.approx(same.gy_per_gbq)


@pytest.mark.parametrize(
    ("hours", "values", "activity"),
    [
        ([], [], 50), ([24.0], [1.0, 2.0], 50), ([0.0], [1.0], 50), ([24.0], [0.0], 50),
        ([24.0], [1.0], 0), ([24.0, 24.0], [1.0, 2.0], 50), ([24.0], [math.nan], 50),
    ],
)  # fmt: skip
def test_impossible_input_is_refused(hours, values, activity):
    with pytest.raises(InputError, match="dose"):
        dose_per_gbq(hours, values, activity)


class TestRows:
    def test_one_a_lesion_and_administration(self):
        found = dose_rows([row(), row(tsh_level="high"), row(tracer="18F-Trop2")])
        assert [(one["tsh_level"], one["n_times"]) for one in found] == [("low", 1), ("high", 1)]

    def test_scans_at_one_level_are_time_points(self):
        found = dose_rows([row(), row(uptake_time_h=96.0, mean_kbq_per_ml=6.0)])
        assert len(found) == 1
        assert found[0]["n_times"] == 2

    def test_a_refused_scan_gives_its_reason(self):
        found = dose_rows([row(mean_kbq_per_ml=math.nan, reason="no date")])
        assert found[0]["reason"] == "no date"
        assert math.isnan(found[0]["gy_per_gbq"])

    def test_different_activities_are_not_one_administration(self):
        found = dose_rows([row(), row(uptake_time_h=96.0, injected_activity_mbq=74.0)])
        assert "different activities" in found[0]["reason"]
