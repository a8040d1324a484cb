"""Months in days, as the limits of the rules count them."""

import pytest

from compendium.calendar import DAYS_PER_MONTH, days_for, days_within


def test_a_month_is_a_twelfth_of_a_julian_year():
    assert DAYS_PER_MONTH == 30.4375


@pytest.mark.parametrize(("months", "least", "last"), [(12, 365, 366), (24, 730, 731)])
def test_an_anniversary_is_within_its_months_and_makes_them(months, least, last):
    assert (days_for(months), days_within(months)) == (least, last)
