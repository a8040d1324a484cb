"""Projected dose of 131I at both TSH levels.

By hand: 1 % per g of 1 GBq is 10 MBq/g; without washout the integral of decay is 192.6 h / ln 2, so
that the dose is 1.106e-4 · 1e4 · 277.86 = 307.3 Gy a GBq.
"""

import math

import numpy as np
import pandas as pd
import pytest

from compendium.rules import Rules
from compendium.tsh.projected_dose import crossings, projected_doses

GY_A_PERCENT = 1.106e-4 * 1e4 * 192.6 / math.log(2)

PAIRS = pd.DataFrame(
    {
        "patient_id": ["P1", "P1", "P2", "P2", "P3"],
        "lesion_id": ["L1", "L2", "L1", "L2", "L1"],
        "site": "lung",
        "percent_activity_per_g_low": [0.01, 0.02, 0.05, np.nan, 0.0],
        "percent_activity_per_g_high": [0.03, 0.01, 0.05, 0.01, 0.01],
    }
)


def test_dose_by_hand_whatever_the_time_of_the_scan():
    """Without washout the biological concentration is constant, and so its time does not matter."""
    timed = PAIRS.assign(uptake_hours_low=24.0, uptake_hours_high=[48.0, np.nan, 96.0, 48.0, 48.0])
    for pairs in (PAIRS, timed):
        doses = projected_doses(pairs, Rules(therapy_gbq=4.0))
        assert doses["gy_per_gbq_low"].tolist() == pytest.approx(
            [0.01 * GY_A_PERCENT, 0.02 * GY_A_PERCENT, 0.05 * GY_A_PERCENT]
        )
        assert doses["dose_high"].tolist() == pytest.approx(
            [0.12 * GY_A_PERCENT, 0.04 * GY_A_PERCENT, 0.20 * GY_A_PERCENT]
        )


def test_a_lesion_without_a_value_at_both_levels_has_no_row():
    assert projected_doses(PAIRS, Rules())["lesion_id"].tolist() == ["L1", "L2", "L1"]


def test_lesions_that_cross_are_counted():
    """4 GBq give 12.3, 24.6 and 61.5 Gy at the low level, 36.9, 12.3 and 61.5 at the high."""
    row = crossings(projected_doses(PAIRS, Rules(therapy_gbq=4.0)), [20.0]).iloc[0]
    assert row.to_dict() == {
        "threshold_gy": 20.0,
        "lesions": 3,
        "at_low": 2,
        "at_high": 2,
        "gained": 1,
        "lost": 1,
        "patients_gained": 1,
    }


def test_nothing_measured_is_an_empty_table():
    doses = projected_doses(PAIRS.head(0), Rules())
    assert doses.empty
    assert crossings(doses, [20.0])["lesions"].tolist() == [0]
