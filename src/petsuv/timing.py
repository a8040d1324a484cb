"""To what moment the voxels of a series with decay correction START are corrected.

This is where tools disagree: the moment is taken from the first source that may be trusted, is
compared with what the header says elsewhere, and is refused where the header does not say it.
"""

import math
import re

import numpy as np
from numpy.typing import NDArray

from petsuv.errors import Refused
from petsuv.header import Header, label_of
from petsuv.notes import Notes
from petsuv.nuclides import Decay
from petsuv.series import Series
from petsuv.text import moment_of, seconds

FloatArray = NDArray[np.float64]
Candidate = tuple[str, float]  # where it stood; seconds of the header's clock

SERIES_TIME_SLACK_S = 1.0
SPREAD_S = 2.0
DISAGREEMENT = 0.01
FARTHEST_S = 12 * 3600  # no scan lasts half a day: a time beyond is not this acquisition's
AT_ONCE_S = 1.0
BY_FRAME = f"acquisition − {label_of('frame_reference')}"
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

    The first of: a decay date-time; the series' time, when it is not later than the acquisition;
    acquisition less frame reference time, when neither decay factor nor frame duration contradicts
    it; the first acquisition, where no frame reference time is given and decay factors confirm it
    or all slices were acquired at once. What else the header says is compared with it.

    Raises:
        Refused: none of them; the message says why of each.
    """
    why_not: list[str] = []
    by_frame, by_factor = _from_frame_reference(series, decay), _from_decay_factor(series, decay)
    stated = _stated_times(series, notes, why_not)
    taken = (
        next(iter(stated), None)
        or _by_frames(series, decay, by_frame, by_factor, why_not)
        or _first_acquisition(series, decay, by_factor, notes, why_not)
    )
    if taken is None:
        raise Refused(
            f"{series.place}: {label_of('decay_correction')} is START, but the start is not given: "
            f"{', '.join(why_not)}; expected a decay date-time, a series time at or before the "
            "acquisition, or frame reference times. Export the original series from the scanner."
        )
    source, reference = taken
    for name in DECAY_DATETIMES:
        flag_offset(series.header, name, notes)
    compared = [*stated[1:], (BY_FRAME, by_frame), ("first acquisition", scan_start_s(series))]
    for other, time_s in (*compared, (label_of("decay_factor"), by_factor)):
        if time_s is not None:
            flag_disagreement(notes, other, time_s - reference, decay)
    notes.take("reference_time", moment_of(reference), "", source)
    return reference


def flag_disagreement(notes: Notes, source: str, difference_s: float, decay: Decay) -> None:
    """Flag another source of the reference time that would change SUV by over 1 %."""
    change = _change(difference_s, decay)
    if abs(change) > DISAGREEMENT:
        notes.flag(f"reference_time_disagrees({change:+.1%} by {source})")


def flag_offset(header: Header, name: str, notes: Notes) -> None:
    """Flag an offset from UTC that cannot be brought to the header's clock, which states none."""
    field = header[name]
    if re.search(r"[+-]\d{4}$", field.text) and not header["timezone"]:
        notes.flag(f"offset_from_utc_taken_for_the_scanners({field.tag})")


def _change(difference_s: float, decay: Decay) -> float:
    """Relative change of SUV by another reference time."""
    return math.expm1(min(decay.rate_per_s * difference_s, 50.0))


def _stated_times(series: Series, notes: Notes, why_not: list[str]) -> list[Candidate]:
    """Decay date-times, then the series' time when it is not later than the acquisition.

    A time that is half a day and more away from the acquisition is of other dates: it was not
    shifted with them, or they were not.
    """
    header = series.header
    stated: list[Candidate] = []
    for name in DECAY_DATETIMES:
        tag, moment = header[name].tag, header.moment(name)
        if moment and not _of_other_days(series, tag, seconds(moment), notes, why_not):
            stated.append((tag, seconds(moment)))
    tag, moment = header["series_time"].tag, header.moment("series_date", "series_time")
    if moment is None:
        why_not.append(f"{tag} or its date is missing")
    elif np.isnan(series.acquired_s).any():
        why_not.append(f"{_missing_of_acquisition(header)} is missing")
    elif seconds(moment) > series.acquired_s.min() + SERIES_TIME_SLACK_S:
        why_not.append(f"{tag} {header['series_time'].text} is after the first acquisition")
    elif not _of_other_days(series, tag, seconds(moment), notes, why_not):
        stated.append((tag, seconds(moment)))
    return stated


def _of_other_days(
    series: Series, tag: str, time_s: float, notes: Notes, why_not: list[str]
) -> bool:
    """Whether a time cannot belong to the acquisition; says so of one that cannot."""
    first, last = series.acquired_s.min(), series.acquired_s.max()
    if not (time_s < first - FARTHEST_S or time_s > last + FARTHEST_S):
        return False
    reason = f"{tag} lies {(time_s - first) / 86_400:+.1f} days from the acquisition"
    why_not.append(reason)
    notes.flag(f"time_of_other_days({reason}, not used)")
    return True


def _missing_of_acquisition(header: Header) -> str:
    """The element of date or time that slices lack."""
    lacking = [name for name in ("acquisition_date", "acquisition_time") if not header[name]]
    return label_of(lacking[0] if lacking else "acquisition_time")


def _by_frames(
    series: Series,
    decay: Decay,
    by_frame: float | None,
    by_factor: float | None,
    why_not: list[str],
) -> Candidate | None:
    """Acquisition less frame reference time, unless it contradicts what else the header says."""
    tag = label_of("frame_reference")
    if np.isnan(series.acquired_s).any():
        return None
    if not (series.frame_reference_s > 0).all():
        why_not.append(f"{tag} is missing or 0")
    elif not (series.duration_s > 0).all():
        why_not.append(f"{label_of('frame_duration')} is missing")
    elif by_frame is None:
        why_not.append(f"{tag} gives no common time")
    elif by_frame > series.acquired_s.min() + SERIES_TIME_SLACK_S:
        why_not.append(f"{tag} is shorter than a frame of that duration can have")
    elif by_factor is not None and abs(_change(by_factor - by_frame, decay)) > DISAGREEMENT:
        why_not.append(f"{tag} is contradicted by {label_of('decay_factor')}")
    else:
        return BY_FRAME, by_frame
    return None


def _first_acquisition(
    series: Series, decay: Decay, by_factor: float | None, notes: Notes, why_not: list[str]
) -> Candidate | None:
    """The first acquisition, where decay factors confirm it or there is but one time."""
    acquired, tag = series.acquired_s, label_of("decay_factor")
    if np.isnan(acquired).any() or (series.frame_reference_s > 0).any():
        return None
    first = float(acquired.min())
    if by_factor is None and (series.decay_factor > 1).any():
        why_not.append(f"{tag} gives no common time")
    elif by_factor is not None and abs(_change(by_factor - first, decay)) > DISAGREEMENT:
        why_not.append(f"{tag} is not that of a start at the first acquisition")
    elif by_factor is None and np.ptp(acquired) > AT_ONCE_S:
        why_not.append(f"slices were acquired at several times and {tag} is missing")
    else:
        by = "all slices at once" if by_factor is None else f"confirmed by {tag}"
        notes.flag(f"reference_time_from_acquisition({by})")
        return label_of("acquisition_time"), first
    return None


def _from_frame_reference(series: Series, decay: Decay) -> float | None:
    """The common time that frame reference times give; 0 is a filler."""
    frame_reference_s = np.where(series.frame_reference_s > 0, series.frame_reference_s, np.nan)
    average_s = frame_average_s(series.duration_s, decay.rate_per_s)
    return _common(series.acquired_s + average_s - frame_reference_s, SPREAD_S)


def _from_decay_factor(series: Series, decay: Decay) -> float | None:
    """The common time that decay factors give; one of 1 would be for no time at all: a filler."""
    factor = np.where(series.decay_factor > 1, series.decay_factor, np.nan)
    average_s = frame_average_s(series.duration_s, decay.rate_per_s)
    times = series.acquired_s + average_s - np.log(factor) / decay.rate_per_s
    return _common(times, max(SPREAD_S, DISAGREEMENT / 2 / decay.rate_per_s))


def _common(times_s: FloatArray, spread_s: float) -> float | None:
    """The median of the slices' times when they agree, else None."""
    if np.isnan(times_s).any() or np.ptp(times_s) > spread_s:
        return None
    return float(np.median(times_s))
