"""When the dose was given, and whether a scan may follow it after that time."""

from datetime import datetime, timedelta

from petsuv.errors import Refused
from petsuv.notes import Notes, Overrides
from petsuv.nuclides import Decay
from petsuv.series import Series
from petsuv.text import moment_of, parse_moment, seconds
from petsuv.timing import flag_offset

SAME_DAY_HALF_LIFE_S = 11.5 * 3600  # beyond it a scan may follow on any later day
SAME_CLOCK_TIME_S = 60.0


def administered_s(
    series: Series, reference_s: float | None, decay: Decay, overrides: Overrides, notes: Notes
) -> float | None:
    """When the dose was given, in seconds of the header's clock; None where nothing says it.

    Raises:
        Refused: a half-life of half a day or more, and no date with the time, though it is needed.
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
        flag_offset(header, "start_datetime", notes)
        if table is not None and abs(seconds(stated) - seconds(table)) > SAME_CLOCK_TIME_S:
            hours = (table - stated).total_seconds() / 3600
            notes.flag(f"administered_at_differs_from_table(table {hours:+.2f} h)")
        return _taken(notes, stated, header["start_datetime"].tag)
    if table is not None:
        notes.flag("administered_at_from_table")
        return _taken(notes, table, f"{overrides.table}, administered_at")
    if decay.half_life_s >= SAME_DAY_HALF_LIFE_S:
        if header["decay_correction"].text == "ADMIN":
            notes.flag("administration_date_unknown(not needed: voxels are corrected to it)")
            return None
        raise header["start_datetime"].refusal(
            f"date and time of administration: with {decay.nuclide.name} a scan may follow on any "
            f"later day, and {header['start_time'].tag} has no date",
            f"Give it by --administered-at, or as administered_at in the {overrides.table}.",
        )
    return _on_scan_day(series, reference_s, notes)


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
    given, scanned = (
        notes.quantities[name].source if name in notes.quantities else "the acquisition's time"
        for name in ("administered_at", "reference_time")
    )
    limit_s = decay.nuclide.half_lives_to_scan * decay.half_life_s
    if not 0 <= uptake_s < limit_s:
        raise Refused(
            f"{place}: the scan is {uptake_s / 3600:.2f} h after the administration by {given} "
            f"and {scanned}; expected 0 to {limit_s / 3600:.1f} h "
            f"({decay.nuclide.half_lives_to_scan:g} half-lives of {decay.nuclide.name}). One of "
            "both is wrong: have it corrected at its source. Only where it is the administration's "
            "that is wrong, give that by --administered-at."
        )
    notes.take("uptake_time_h", uptake_s / 3600, "h", "scan − administration")
