"""Days in months and years, and hours in days."""

import math

DAYS_PER_YEAR = 365.25
MONTHS_PER_YEAR = 12
DAYS_PER_MONTH = DAYS_PER_YEAR / MONTHS_PER_YEAR
HOURS_PER_DAY = 24


def whole_days(months: float) -> int:
    """Months as whole days, rounded down: 12 months are 365 d, 24 are 730 d."""
    return math.floor(months * DAYS_PER_MONTH)
