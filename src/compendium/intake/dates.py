"""Dates as hospitals write them, by a reading that is stated and never guessed from one cell."""

import datetime as dt
import re

_READINGS = {
    "year first": r"(?P<y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?(?:[T ].*)?",
    "day first": r"(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<y>\d{4})",
    "month first": r"(?P<m>\d{1,2})[-/.](?P<d>\d{1,2})[-/.](?P<y>\d{4})",
    "yyyymmdd": r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)",
}
_EXCELS_DAY_0 = dt.date(1899, 12, 30)


def as_date(value: str, reading: str) -> str | None:
    """A date year first, or the days as they are; None where the cell does not fit the reading."""
    if reading == "days since day 0":
        return value if re.fullmatch(r"-?\d{1,5}", value) else None
    if reading == "Excel number":
        found = re.fullmatch(r"\d{5}", value)
        return (_EXCELS_DAY_0 + dt.timedelta(int(value))).isoformat() if found else None
    # a date cell of Excel is written year first, whatever the text cells of its column are
    for name in ("year first", reading):
        match = re.fullmatch(_READINGS.get(name, "(?!)"), value)
        if match:
            try:
                return dt.date(*(int(match[part]) for part in "ymd")).isoformat()
            except ValueError:
                return None
    return None
