"""Days in months and years, and hours in days.

Twelve months are 365 or 366 days. An event on the anniversary is within them, and who was followed
to the anniversary was followed for them: so windows are rounded up and least durations down.
"""

import math

from petsuv.rules import DAYS_PER_YEAR as DAYS_PER_YEAR  # read here by all rooms

MONTHS_PER_YEAR = 12
DAYS_PER_MONTH = DAYS_PER_YEAR / MONTHS_PER_YEAR
HOURS_PER_DAY = 24


def days_within(months: float) -> int:
    """The last day that is within so many months: 366 d for 12."""
    return math.ceil(months * DAYS_PER_MONTH)


def days_for(months: float) -> int:
    """The least days that make so many months: 365 d for 12, 730 d for 24."""
    return math.floor(months * DAYS_PER_MONTH)
