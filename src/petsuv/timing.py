"""When the dose was given, and to what moment the voxels are decay-corrected.

This is where tools disagree: each moment is taken from the first source that may be trusted, is
compared with what the header says elsewhere, and is refused where the header does not say it.
"""

import math
import re
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from petsuv.errors import Refused
from petsuv.header import Header, label_of
from petsuv.notes import Notes, Overrides
from petsuv.nuclides import Decay
from petsuv.series import Series
from petsuv.text import moment_of, parse_moment, seconds

FloatArray = NDArray[np.float64]

SERIES_TIME_SLACK_S = 1.0
SPREAD_S = 2.0
DISAGREEMENT = 0.01
SAME_DAY_HALF_LIFE_S = 11.5 * 3600  # beyond it a scan may follow on any later day
SAME_CLOCK_TIME_S = 60.0
DECAY_DATETIMES = ("decay_correction_datetime", "ge_scan_datetime", "siemens_decay_datetime")


def frame_average_s(duration_s: FloatArray, decay_rate_per_s: float) -> FloatArray:
    """Time from the start of a frame to when its activity is the frame's average, in s."""
    exponent = decay_rate_per_s * duration_s
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(exponent > 0, exponent / -np.expm1(-exponent), np.nan)
    return np.log(ratio) / decay_rate_per_s


def scan_start_s(series: Series) -> float | None:
    """Earliest acquisition, or the series' time where no acquisition time is given."""
    if not np.isnan(series.acquired_s).all():
        return float(np.nanmin(series.acquired_s))
    moment = series.header.moment("series_date", "series_time")
    return None if moment is None else seconds(moment)


def reference_time_s(series: Series, decay: Decay, notes: Notes) -> float:
    """The moment to which voxels with decay correction START are corrected.

    Raises:
        Refused: neither a decay date-time, nor a series time before the acquisition, nor frame
            reference times that agree with each other.
    """
    candidates = _stated_times(series)
    derived = _from_frame_reference(series, decay)
    if derived is not None:
        candidates.append((f"acquisition − {label_of('frame_reference')}", derived))
    if not candidates:
        raise Refused(
            f"{series.place}: {label_of('decay_correction')} is START, but the start is not given: "
            f"no decay date-time, {label_of('series_time')} "
            f"{series.header['series_time'].text or 'missing'} is not at or before the first "
            f"acquisition, and {label_of('frame_reference')} gives no common time; expected one of "
            "these. Export the original series from the scanner."
        )
    source, reference = candidates[0]
    for name in DECAY_DATETIMES:
        _flag_offset(series.header, name, notes)
    for other, time_s in candidates[1:]:
        flag_disagreement(notes, other, time_s - reference, decay)
    started = scan_start_s(series)
    if started is not None:
        flag_disagreement(notes, "first acquisition", started - reference, decay)
    by_factor = _from_decay_factor(series, decay)
    if by_factor is not None:
        flag_disagreement(notes, label_of("decay_factor"), by_factor - reference, decay)
    notes.take("reference_time", moment_of(reference), "", source)
    return reference


def flag_disagreement(notes: Notes, source: str, difference_s: float, decay: Decay) -> None:
    """Flag another source of the reference time that would change SUV by over 1 %."""
    change = math.expm1(min(decay.rate_per_s * difference_s, 50.0))
    if abs(change) > DISAGREEMENT:
        notes.flag(f"reference_time_disagrees({change:+.1%} by {source})")


def _stated_times(series: Series) -> list[tuple[str, float]]:
    """Decay date-times, then the series' time when it is not later than the acquisition."""
    header = series.header
    stated = []
    for name in DECAY_DATETIMES:
        if (moment := header.moment(name)) is not None:
            stated.append((header[name].tag, seconds(moment)))
    moment = header.moment("series_date", "series_time")
    # A comparison with nan is False: without acquisition times the series' time is not trusted.
    if moment is not None and seconds(moment) <= series.acquired_s.min() + SERIES_TIME_SLACK_S:
        stated.append((header["series_time"].tag, seconds(moment)))
    return stated


def _from_frame_reference(series: Series, decay: Decay) -> float | None:
    average_s = frame_average_s(series.duration_s, decay.rate_per_s)
    return _common(series.acquired_s + average_s - series.frame_reference_s, SPREAD_S)


def _from_decay_factor(series: Series, decay: Decay) -> float | None:
    factor = np.where(series.decay_factor > 0, series.decay_factor, np.nan)
    average_s = frame_average_s(series.duration_s, decay.rate_per_s)
    times = series.acquired_s + average_s - np.log(factor) / decay.rate_per_s
    return _common(times, max(SPREAD_S, DISAGREEMENT / 2 / decay.rate_per_s))


def _common(times_s: FloatArray, spread_s: float) -> float | None:
    """The median of the slices' times when they agree, else None."""
    if np.isnan(times_s).any() or np.ptp(times_s) > spread_s:
        return None
    return float(np.median(times_s))


def administered_s(
    series: Series, reference_s: float | None, decay: Decay, overrides: Overrides, notes: Notes
) -> float | None:
    """When the dose was given, in seconds of the header's clock; None where nothing says it.

    Raises:
        Refused: a half-life of half a day or more, and no date with the time.
    """
    header = series.header
    stated = header.moment("start_datetime")
    _flag_clock_times(series, stated, notes)
    if overrides.administered_at is not None:
        had = "only a clock time" if header["start_time"] else "none"
        notes.flag(f"administered_at_override(header has {'another' if stated else had})")
        return _taken(notes, overrides.administered_at, overrides.supplied_by)
    table = overrides.table_administered_at
    if stated is not None:
        _flag_offset(header, "start_datetime", notes)
        if table is not None and abs(seconds(stated) - seconds(table)) > SAME_CLOCK_TIME_S:
            hours = (table - stated).total_seconds() / 3600
            notes.flag(f"administered_at_differs_from_table(table {hours:+.2f} h)")
        return _taken(notes, stated, header["start_datetime"].tag)
    if table is not None:
        notes.flag("administered_at_from_table")
        return _taken(notes, table, "study table pet_scan, administered_at")
    if decay.half_life_s >= SAME_DAY_HALF_LIFE_S:
        raise header["start_datetime"].refusal(
            f"date and time of administration: with {decay.nuclide.name} a scan may follow on any "
            f"later day, and {header['start_time'].tag} has no date",
            "Give it by --administered-at, or as administered_at in the study's pet_scan table.",
        )
    return _on_scan_day(series, reference_s, notes)


def _flag_offset(header: Header, name: str, notes: Notes) -> None:
    """Flag an offset from UTC that cannot be brought to the header's clock, which states none."""
    field = header[name]
    if re.search(r"[+-]\d{4}$", field.text) and not header["timezone"]:
        notes.flag(f"offset_from_utc_taken_for_the_scanners({field.tag})")


def _taken(notes: Notes, moment: datetime, source: str) -> float:
    notes.take("administered_at", moment, "", source)
    return seconds(moment)


def _flag_clock_times(series: Series, stated: datetime | None, notes: Notes) -> None:
    """Flag a start time whose time of day is not that of the start date-time."""
    time = series.header["start_time"]
    if stated is None or not time:
        return
    same_day = parse_moment(f"{stated:%Y%m%d}{time.text}")
    if same_day is None or abs((same_day - stated).total_seconds()) > SAME_CLOCK_TIME_S:
        notes.flag(f"start_time_disagrees({time.tag} {time.text}, {stated:%H%M%S} is used)")


def _on_scan_day(series: Series, reference_s: float | None, notes: Notes) -> float | None:
    """The start time on the reference time's date, or on the day before when it would be later."""
    time = series.header["start_time"]
    if not time or reference_s is None:
        return None
    reference = moment_of(reference_s)
    moment = parse_moment(f"{reference:%Y%m%d}{time.text}")
    if moment is None:
        raise time.refusal("HHMM[SS[.F]]")
    if moment > reference:
        moment -= timedelta(days=1)
        notes.flag("midnight(administered on the day before)")
    return _taken(notes, moment, f"{time.tag} on the scan's date")


def require_uptake_time(place: str, uptake_s: float, decay: Decay, notes: Notes) -> None:
    """Record the uptake time; refuse a negative or an unbelievably long one.

    Raises:
        Refused: the scan is before the administration, or too many half-lives after it.
    """
    limit_s = decay.nuclide.half_lives_to_scan * decay.half_life_s
    if not 0 <= uptake_s < limit_s:
        raise Refused(
            f"{place}: the scan is {uptake_s / 3600:.2f} h after the administration; expected 0 to "
            f"{limit_s / 3600:.1f} h ({decay.nuclide.half_lives_to_scan:g} half-lives of "
            f"{decay.nuclide.name}). A date or time is wrong: give the administration by "
            "--administered-at."
        )
    notes.take("uptake_time_h", uptake_s / 3600, "h", "scan − administration")
