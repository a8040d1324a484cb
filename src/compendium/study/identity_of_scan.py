"""One scan: its row in the table and its region file against the header of its series."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from compendium.calendar import DAYS_PER_YEAR
from compendium.rules import Rules
from compendium.studies import TRACERS
from compendium.study.verdicts import Compared, Contradiction
from petsuv.identity import Identity

FILES = {
    "region_file": ("region file", "regions"),
    "registration_file": ("registration", "registration"),
}
SEXES = {"female": "F", "male": "M"}


@dataclass(frozen=True)
class Quantity:
    """A number that table and header both may give.

    Attributes:
        column: of pet_scan, that the contradiction is laid to.
        most: greatest difference.
    """

    topic: str
    column: str
    table: float | None
    header: float | None
    most: float
    unit: str


def compare_with_table(scan: Compared, rules: Rules) -> None:
    """Nuclide, sex, time of administration and quantities, as far as both give them."""
    _compare_words(scan)
    _compare_administration(scan, rules)
    for one in _quantities(scan, rules):
        known = one.table is not None and one.header is not None
        found, expected = (one.header or 0.0), (one.table or 0.0)
        wrong = Contradiction(
            one.column,
            f"{one.topic} in the header of {scan.name} is {found:g} {one.unit}, in the table "
            f"{expected:g} {one.unit}",
            f"the same within {one.most:g} {one.unit}",
        )
        apart = known and abs(expected - found) > one.most
        scan.verdict.note(one.topic, wrong if apart else None, known=known)


def _compare_words(scan: Compared) -> None:
    row, person, header, verdict = scan.row, scan.person, scan.series, scan.verdict
    tracer = TRACERS.get(str(row["tracer"]))
    nuclide = tracer.nuclide if tracer else ""
    wrong = Contradiction(
        "tracer",
        f"the header of {scan.name} names {header.nuclide}, the table {row['tracer']}",
        f"{nuclide}, the nuclide of {row['tracer']}",
    )
    known = bool(nuclide and header.nuclide)
    verdict.note("nuclide", wrong if header.nuclide != nuclide else None, known=known)
    if header.agent and header.agent not in str(row["tracer"]):  # the console's habit, or a mix-up
        verdict.unproven.append(f"agent (the header names {header.agent})")
    sex = SEXES.get(str(person.get("sex")), "")
    wrong = Contradiction(
        "patient_id",
        f"the header of {scan.name} says sex {header.sex}, the table that {scan.patient} is "
        f"{person.get('sex')}",
        "the same",
    )
    known = bool(sex and header.sex in SEXES.values())
    verdict.note("sex", wrong if sex != header.sex else None, known=known)


def _compare_administration(scan: Compared, rules: Rules) -> None:
    """When the dose was given; without a topic where the table leaves it to the header."""
    given, stated = scan.row.get("administered_at"), scan.series.administered
    if not isinstance(given, str) or stated is None:
        return
    try:
        hours = (datetime.fromisoformat(given) - stated).total_seconds() / 3600
    except ValueError:  # another check names the cell
        return
    wrong = Contradiction(
        "administered_at",
        f"administration in the table lies {abs(hours):.1f} h {'before' if hours < 0 else 'after'} "
        f"that in the header of {scan.name}",
        f"the same within {rules.same_administration_hours:g} h",
    )
    apart = abs(hours) > rules.same_administration_hours
    scan.verdict.note("administration", wrong if apart else None, known=True)


def _quantities(scan: Compared, rules: Rules) -> Iterator[Quantity]:
    row, person, header = scan.row, scan.person, scan.series
    weight, activity = person.get("weight_kg"), row.get("injected_activity_mbq")
    age, day = person.get("age_years"), row.get("scan_day")
    at_scan = None if age is None or day is None else age + day / DAYS_PER_YEAR
    tall = None if header.height_m is None else header.height_m * 100
    _, share = rules.same_activity_shares
    most = round(share * (activity or 0), 1)
    yield Quantity("activity", "injected_activity_mbq", activity, header.dose_mbq, most, "MBq")
    most = round(rules.same_weight_share * (weight or 0), 1)
    yield Quantity("weight", "patient_id", weight, header.weight_kg, most, "kg")
    most = rules.same_height_cm
    yield Quantity("height", "patient_id", person.get("height_cm"), tall, most, "cm")
    yield Quantity("age", "patient_id", at_scan, header.age_years, rules.same_age_years, "years")


def compare_regions(scan: Compared, scans: Iterable[Compared], rules: Rules) -> None:
    """Patient, study, series and frame of reference of the region file against the series'.

    Args:
        scans: all of the study; regions that were drawn on another of them are not this one's.
        rules: whether region files may be of another study.
    """
    if not scan.row.get("region_file"):
        return
    series, region, joined = scan.series, scan.region, scan.registration
    _note_patient(scan, "region_file", region)
    if scan.row.get("registration_file"):
        _note_patient(scan, "registration_file", joined)
    elif not rules.other_study:
        same = region.is_of_study(series.study_uid)
        _note(scan, "region_file", "study", "(0020,000D) Study Instance UID", same)
    same = None
    if series.frames and region.frames:
        meet = bool(series.frames & region.frames)
        same = meet or series.frames | region.frames <= joined.frames
    _note(scan, "region_file", "frame of reference", "(0020,0052) Frame of Reference UID", same)
    others = {one.name for one in scans if _is_drawn_on(region, one.series, series)}
    others = set() if same else others  # at its place in both
    wrong = Contradiction(
        "region_file",
        f"the region file of {scan.name} was drawn on the series of {', '.join(sorted(others))}",
        f"regions of {scan.name}, or of CT in its frame of reference",
    )
    known = bool(series.series_uid and region.drawn_on)
    scan.verdict.note("series of the regions", wrong if others else None, known=known)


def _is_drawn_on(region: Identity, other: Identity, own: Identity) -> bool:
    """Whether regions were drawn on another scan's series, and not on the own one."""
    return other.series_uid in region.drawn_on and own.series_uid not in region.drawn_on


def _note_patient(scan: Compared, column: str, file: Identity) -> None:
    known = scan.series.patient_id and file.patient_id
    same = scan.series.patient_id == file.patient_id if known else None
    _note(scan, column, "PatientID", "(0010,0020) Patient ID", same)


def _note(scan: Compared, column: str, topic: str, element: str, same: bool | None) -> None:
    """File what a region or registration file says beside its series; None for not provable."""
    file, of = FILES[column]
    wrong = Contradiction(
        column,
        f"the {file} of {scan.name} has another {element} than its series",
        "that of the series",
    )
    scan.verdict.note(f"{topic} of the {of}", None if same else wrong, known=same is not None)
