"""Projected dose of 131I."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import integrate

from compendium.errors import InputError
from compendium.projected_dose import (
    HALF_LIFE_I131_HOURS,
    crossings,
    dose_gy_per_gbq,
    projected_doses,
)


def test_no_washout_by_hand():
    """1 % per g of 1 GBq is 10 MBq/g; ∫ of physical decay is 192.6 h / ln 2 = 277.86 h."""
    expected = 1.106e-4 * 1e4 * 192.6 / math.log(2)
    assert dose_gy_per_gbq(1.0, 48.0, math.inf) == pytest.approx(expected)
    assert expected == pytest.approx(307.3, abs=0.1)


@pytest.mark.parametrize(("hours", "days"), [(24.0, 2.0), (48.0, 5.0), (96.0, 0.5)])
def test_agrees_with_the_integral_of_the_curve(hours, days):
    def kbq_per_ml(t: float) -> float:
        biological = 1.0 if t <= hours else 2 ** (-(t - hours) / (24 * days))
        return 0.02e4 * biological * 2 ** (-t / HALF_LIFE_I131_HOURS)

    area = sum(
        integrate.quad(kbq_per_ml, *part, epsrel=1e-10)[0]
        for part in ((0, hours), (hours, 1000), (1000, 20_000))
    )
    assert dose_gy_per_gbq(0.02, hours, days) == pytest.approx(1.106e-4 * area, rel=1e-6)


def test_an_impossible_half_life_is_an_error():
    with pytest.raises(InputError, match="biological half-life 0 d: expected more than 0"):
        dose_gy_per_gbq(1.0, 48.0, 0)


PAIRS = pd.DataFrame(
    {
        "patient_id": ["P1", "P1", "P2", "P2"],
        "lesion_id": ["L1", "L2", "L1", "L2"],
        "site": "lung",
        "percent_activity_per_g_low": [0.01, 0.02, 0.05, np.nan],
        "percent_activity_per_g_high": [0.03, 0.01, 0.05, 0.01],
    }
)


def test_lesions_that_cross_are_counted():
    """No washout, 48 h: 307.3 Gy a % per g and GBq; 4 GBq give 12.3, 24.6, 61.5 Gy at low."""
    doses = projected_doses(PAIRS, 4.0, math.inf)
    assert doses["dose_low"].tolist() == pytest.approx([12.29, 24.59, 61.46], abs=0.01)
    row = crossings(doses, [20.0]).iloc[0]
    assert row.to_dict() == {
        "threshold_gy": 20.0,
        "lesions": 3,
        "at_low": 2,
        "at_high": 2,
        "gained": 1,
        "lost": 1,
        "patients_gained": 1,
    }


def test_the_time_of_the_scan_counts_where_it_is_known():
    timed = PAIRS.assign(uptake_hours_low=24.0, uptake_hours_high=[48.0, np.nan, 48.0, 48.0])
    doses = projected_doses(timed, 1.0, 2.0)
    assert doses.loc[0, "dose_low"] == pytest.approx(float(dose_gy_per_gbq(0.01, 24.0, 2.0)))
    assert doses.loc[1, "dose_high"] == pytest.approx(float(dose_gy_per_gbq(0.01, 48.0, 2.0)))
