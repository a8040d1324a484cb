"""Doubling times: worked by hand, at zero growth, and the same for one patient as for many."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compendium.calendar import DAYS_PER_YEAR
from compendium.disease.growth import (
    doubling_time_years,
    doublings_per_year,
    tg_doubling_time_years,
    tumour_volume_doubling_time_years,
)
from compendium.errors import NotEstimable

YEARLY = np.arange(4) * DAYS_PER_YEAR


@pytest.mark.parametrize(
    ("tg", "years"),
    [
        ([1, 2, 4, 8], 1.0),  # doubles each year
        ([1, 4, 16, 64], 0.5),
        ([8, 4, 2, 1], -1.0),  # halves each year
        ([3, 3, 3, 3], math.inf),
        ([10, 12, 14.4, 17.28], math.log(2) / math.log(1.2)),  # 20 % a year
    ],
)
def test_tg_doubling_time_by_hand(tg, years):
    assert tg_doubling_time_years(YEARLY, np.array(tg, dtype=float), 4) == pytest.approx(years)


@pytest.mark.parametrize(
    ("days", "tg", "reason"),
    [
        ([0, 90, 180], [1, 2, 3], "3 Tg values under TSH suppression; at least 4 needed"),
        ([5, 5, 5, 5], [1, 2, 3, 4], "1 distinct day of Tg"),
        ([0, 1, 2, 3], [1, 0, 2, 3], "no logarithm"),
    ],
)
def test_tg_doubling_time_says_why_there_is_none(days, tg, reason):
    with pytest.raises(NotEstimable, match=reason):
        tg_doubling_time_years(np.array(days, dtype=float), np.array(tg, dtype=float), 4)


def test_a_fifth_more_diameter_in_a_year_doubles_the_volume_in_fifteen_months():
    years = tumour_volume_doubling_time_years(365.25, 10, 12)
    assert years * 12 == pytest.approx(15.2, abs=0.05)  # 1.2³ is 1.728


@pytest.mark.parametrize(
    ("first", "last", "years"),
    [(10, 20, 1 / 3), (10, 10 * 2 ** (1 / 3), 1.0), (20, 10, -1 / 3), (10, 10, math.inf)],
)
def test_volume_goes_with_the_cube_of_the_diameter(first, last, years):
    found = tumour_volume_doubling_time_years(DAYS_PER_YEAR, first, last)
    assert found == pytest.approx(years)


@pytest.mark.parametrize(("days", "first", "last"), [(0, 10, 12), (100, 0, 12), (100, 10, 0)])
def test_volume_doubling_time_says_why_there_is_none(days, first, last):
    with pytest.raises(NotEstimable, match="two diameters above 0 mm"):
        tumour_volume_doubling_time_years(days, first, last)


def samples(days, values, patient="P"):
    return pd.DataFrame({"patient_id": patient, "day": days, "value": values})


@given(
    st.lists(
        st.tuples(st.integers(0, 4000), st.floats(0.01, 1e4)),
        min_size=4,
        max_size=9,
        unique_by=lambda pair: pair[0],
    ),
    st.floats(0.01, 1000),
)
@pytest.mark.slow
def test_many_patients_are_computed_as_one_is_and_the_unit_does_not_matter(pairs, factor):
    days, tg = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    both = pd.concat([samples(days, tg), samples(days, tg * factor, "Q")])
    rates = doublings_per_year(both, "day", "value", least_values=4)
    assert rates["P"] == pytest.approx(rates["Q"], rel=1e-6, abs=1e-6)
    alone = tg_doubling_time_years(days, tg, 4)
    assert doubling_time_years(alone) == pytest.approx(rates["P"], rel=1e-6, abs=1e-9)


def test_too_few_values_or_zeros_leave_the_rate_missing():
    rates = doublings_per_year(
        pd.concat([samples([0, 1, 2], [1, 2, 3]), samples([0, 1, 2, 3], [0, 1, 2, 4], "Q")]),
        "day",
        "value",
        least_values=4,
    )
    assert rates.isna().all()


def test_two_sums_of_diameters_give_the_two_point_formula():
    rate = doublings_per_year(samples([0, 200], [30, 40]), "day", "value", dimensions=3)["P"]
    assert rate == pytest.approx(1 / tumour_volume_doubling_time_years(200, 30, 40))
