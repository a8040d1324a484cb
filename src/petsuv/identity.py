"""Whose a series or region file is, and of when, as far as the file says."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from petsuv.body import read_body
from petsuv.dose import read_dose_bq
from petsuv.elements import Elements, RawFile, Source, read_head
from petsuv.errors import Refused, UserError
from petsuv.files import header_of_file, pet_file
from petsuv.header import STRUCTURE_SET, TAGS, Header, modality_of
from petsuv.notes import Notes, Overrides
from petsuv.nuclides import Nuclide, agent_of, read_decay
from petsuv.registration import read_registration
from petsuv.rules import DAYS_PER_YEAR
from petsuv.text import parse_moment, text_of

T = TypeVar("T")

FRAME, REFERENCED = TAGS["frame_of_reference"], STRUCTURE_SET["referenced_instance"]
DRAWN_ON = (FRAME, STRUCTURE_SET["referenced_series"], STRUCTURE_SET["shared_frames"])

YEARS_OF_UNIT = {"Y": 1.0, "M": 1 / 12, "W": 7 / DAYS_PER_YEAR, "D": 1 / DAYS_PER_YEAR}
# What stands for a patient whose identity was taken away, whoever it was.
PLACEHOLDERS = re.compile(
    r"(anon\w*|de-?id\w*|removed|unknown|none|no ?id|patient|phantom|test|x+|0+|-+)[\W_]*", re.I
)


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What a file says of patient and examination; empty or None where it does not.

    Attributes:
        patient_id: (0010,0020), in lower case, as it is to be compared.
        removed: whether the file says that the identity was removed, or names a placeholder.
        dates: of acquisition and series, else of the study.
        administered: when the dose was given, where date and time are stated.
        agent: where it is one that every console knows, such as FDG.
        frames: frames of reference.
        drawn_in, drawn_on: studies and series that a region file says it was drawn on.
    """

    patient_id: str = ""
    removed: bool = False
    birth_date: str = ""
    age_years: float | None = None
    sex: str = ""
    weight_kg: float | None = None
    height_m: float | None = None
    nuclide: str = ""
    agent: str = ""
    dose_mbq: float | None = None
    dates: frozenset[date] = frozenset()
    administered: datetime | None = None
    series_uid: str = ""
    study_uid: str = ""
    frames: frozenset[str] = frozenset()
    drawn_in: frozenset[str] = frozenset()
    drawn_on: frozenset[str] = frozenset()

    def is_of_study(self, study_uid: str) -> bool | None:
        """Whether a region file is of that study and drawn in it; None where neither is said."""
        if not study_uid or not (self.study_uid or self.drawn_in):
            return None
        own = self.study_uid in ("", study_uid)
        return own and (not self.drawn_in or study_uid in self.drawn_in)


def identity_of_series(folder: Path, chosen: str | None = None) -> Identity:
    """What the first file of a folder's PET series says; nothing where none can be read.

    Args:
        chosen: SeriesInstanceUID or Series Number, where there are several.
    """
    try:
        header = header_of_file(pet_file(folder, chosen), str(folder))
    except (UserError, OSError):
        return Identity()
    dates = _dates(header)
    body = _or_none(lambda: read_body(header, Overrides(), Notes()))
    nuclide = _or_none(lambda: read_decay(header, Notes()).nuclide)
    return Identity(
        patient_id=header["patient_id"].text.casefold(),
        removed=_is_removed(header["patient_id"].text, header["identity_removed"].text),
        birth_date=header["birth_date"].text,
        age_years=_age_years(header, dates),
        sex=header["sex"].text.upper(),
        weight_kg=body.weight_kg if body else None,
        height_m=body.height_m if body else None,
        nuclide=nuclide.name if nuclide else "",
        agent=agent_of(header),
        dose_mbq=_dose_mbq(header, nuclide),
        dates=dates,
        administered=_or_none(lambda: header.moment("start_datetime")),
        series_uid=header["series_uid"].text,
        study_uid=header["study_uid"].text,
        frames=_said(header["frame_of_reference"].text),
    )


def identity_of_region(path: Source) -> Identity:
    """What a DICOM region file says; nothing for any other file, or one that cannot be read."""
    tags = [TAGS[name] for name in ("patient_id", "identity_removed", "study_uid")]
    try:
        if not modality_of(path):
            return Identity()
        file = read_head(path, (*tags, *DRAWN_ON))
        drawn_in = [*_drawn_in(file)]
        series = [*file.items(file.values.get(STRUCTURE_SET["referenced_series"]))]
        series += [one for _, study in drawn_in for one in _series_of(file, study)]
    except (UserError, OSError):
        return Identity()
    patient, removed, study = (text_of(file.values.get(tag)) for tag in tags)
    frames = [text_of(item.get(FRAME)) for item in (file.values, *(item for item, _ in drawn_in))]
    return Identity(
        patient_id=patient.casefold(),
        removed=_is_removed(patient, removed),
        study_uid=study,
        frames=_said(*frames),
        drawn_in=_said(*(text_of(one.get(REFERENCED)) for _, one in drawn_in)),
        drawn_on=_said(*(text_of(one.get(STRUCTURE_SET["series"])) for one in series)),
    )


def identity_of_registration(path: Path) -> Identity:
    """Whose a Spatial Registration is, and the frames of reference that it joins."""
    try:
        frames = frozenset(read_registration(path).to_common)
    except UserError:
        return Identity()
    return replace(identity_of_region(path), frames=frames)


def _drawn_in(file: RawFile) -> Iterator[tuple[Elements, Elements]]:
    """Frame of reference and study of each place that a structure set was drawn in."""
    for frame in file.items(file.values.get(STRUCTURE_SET["shared_frames"])):
        studies = file.items(frame.get(STRUCTURE_SET["studies"]))
        yield from ((frame, study) for study in studies or [{}])


def _series_of(file: RawFile, study: Elements) -> list[Elements]:
    return file.items(study.get(STRUCTURE_SET["series_items"]))


def _said(*texts: str) -> frozenset[str]:
    return frozenset(texts) - {""}


def _or_none(read: Callable[[], T]) -> T | None:
    with suppress(Refused):
        return read()
    return None


def _is_removed(patient_id: str, said: str) -> bool:
    return said.upper() == "YES" or PLACEHOLDERS.fullmatch(patient_id) is not None


def _dose_mbq(header: Header, nuclide: Nuclide | None) -> float | None:
    dose = _or_none(lambda: read_dose_bq(header, nuclide, Notes())) if nuclide else None
    return None if dose is None else dose / 1e6


def _dates(header: Header) -> frozenset[date]:
    """Days on which it was acquired; none where the file says that dates were taken away."""
    if header["dates_modified"].text.upper() == "REMOVED":
        return frozenset()
    texts = [header[name].text for name in ("acquisition_date", "series_date")]
    texts.append(header["acquisition_datetime"].text[:8])
    told = [text for text in texts if text] or [header["study_date"].text]
    moments = (parse_moment(f"{text}0000") for text in told)
    return frozenset(moment.date() for moment in moments if moment)


def _age_years(header: Header, dates: frozenset[date]) -> float | None:
    """Age at the scan, by (0010,1010) or by the date of birth."""
    stated = re.fullmatch(r"(\d{1,3})([YMWD])", header["age"].text.upper())
    if stated:
        return int(stated[1]) * YEARS_OF_UNIT[stated[2]]
    born = parse_moment(f"{header['birth_date'].text}0000")
    return (min(dates) - born.date()).days / DAYS_PER_YEAR if born and dates else None
