"""Months in days, as the limits of the rules count them."""

import pytest

from compendium.calendar import DAYS_PER_MONTH, whole_days


def test_a_month_is_a_twelfth_of_a_julian_year():
    assert DAYS_PER_MONTH == 30.4375


@pytest.mark.parametrize(("months", "days"), [(12, 365), (14, 426), (24, 730)])
def test_months_are_whole_days(months, days):
    assert whole_days(months) == days
