"""Whether the images are of the patient, scan and tracer that the table says: before measurement.

Each scan's row is compared with what its header says, and the scans of the study with each other.
What de-identification removed cannot be compared: it is said to be not provable. No message holds
an identifier or a date of a header.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from compendium.calendar import DAYS_PER_YEAR
from compendium.studies import TRACERS
from compendium.study.images import fault_of
from compendium.study.located import Tables, records
from compendium.study.problems import Problem
from compendium.study.verdicts import Contradiction, Verdict
from petsuv.identity import Identity, identity_of_region, identity_of_series

SEXES = {"female": "F", "male": "M"}
# How far header and table may differ; beyond it they are not of one person or administration.
WEIGHT_SHARE = 0.15  # the table's weight is of another day
HEIGHT_CM = 10.0
AGE_YEARS = 2.0
ACTIVITY_SHARE = 0.10  # what is left in the syringe may be counted or not

Row = Mapping[str, Any]


@dataclass(frozen=True)
class _Scan:
    """A row of pet_scan with what its files say, and what is known of its patient."""

    row: Row
    person: Row
    series: Identity
    residual: Identity
    region: Identity
    verdict: Verdict

    @property
    def name(self) -> str:
        return str(self.row["scan_id"])

    @property
    def patient(self) -> str:
        return str(self.row["patient_id"])


def compare_identity(
    rows: Iterable[Row], people: Iterable[Row], dicom_dir: Path
) -> dict[str, Verdict]:
    """What table and headers say of each scan, by scan_id.

    Args:
        rows: of pet_scan, None where missing.
        people: of patient; columns that are not there count as missing.
        dicom_dir: the study's folder of images.
    """
    by_id = {str(person["patient_id"]): person for person in people}
    scans = [_read(row, by_id.get(str(row["patient_id"]), {}), dicom_dir) for row in rows]
    for scan in scans:
        _compare_with_table(scan)
        _compare_region(scan)
    _compare_patient_ids(scans, {name.casefold(): name for name in by_id})
    _compare_dates(scans)
    _compare_series(scans)
    return {scan.name: scan.verdict for scan in scans}


def identity_problems(tables: Tables, dicom_dir: Path) -> Iterator[Problem]:
    """Every contradiction of a study's tables with the headers of its images."""
    scans, people = (records(tables[name]) for name in ("pet_scan", "patient"))
    scans = [row for row in scans if row["scan_id"] and row["patient_id"]]
    verdicts = compare_identity(scans, people, dicom_dir)
    frame = tables["pet_scan"]
    for scan_id, verdict in verdicts.items():
        rows = frame[frame["scan_id"] == scan_id]
        for one in verdict.contradictions:
            braced = one.found.replace("{", "{{").replace("}", "}}")
            yield from tables.problems(
                "pet_scan", rows, one.column, braced, one.expected, one.remedy
            )


def _read(row: Row, person: Row, dicom_dir: Path) -> _Scan:
    def of(column: str) -> Identity:
        is_file = column == "region_file"
        name = row.get(column)
        if name is None or fault_of(dicom_dir, name, is_file=is_file):
            return Identity()
        if is_file:
            return identity_of_region(dicom_dir / str(name))
        chosen = row.get("series") if column == "series_dir" else None
        return identity_of_series(dicom_dir / str(name), chosen)

    return _Scan(
        row, person, of("series_dir"), of("residual_series_dir"), of("region_file"), Verdict()
    )


def _compare_with_table(scan: _Scan) -> None:
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
    sex = SEXES.get(str(person.get("sex")), "")
    wrong = Contradiction(
        "patient_id",
        f"the header of {scan.name} says sex {header.sex}, the table that {scan.patient} is "
        f"{person.get('sex')}",
        "the same",
    )
    known = bool(sex and header.sex in SEXES.values())
    verdict.note("sex", wrong if sex != header.sex else None, known=known)
    for topic, column, given, stated, limit, unit in _quantities(scan):
        known = given is not None and stated is not None
        wrong = Contradiction(
            column,
            f"{topic} in the header of {scan.name} is {stated or 0:g} {unit}, in the table "
            f"{given or 0:g} {unit}",
            f"the same within {limit:g} {unit}",
        )
        apart = known and abs((given or 0) - (stated or 0)) > limit
        verdict.note(topic, wrong if apart else None, known=known)


def _quantities(
    scan: _Scan,
) -> Iterator[tuple[str, str, float | None, float | None, float, str]]:
    """Topic, column, value of the table, value of the header, greatest difference, unit."""
    row, person, header = scan.row, scan.person, scan.series
    weight, height = person.get("weight_kg"), person.get("height_cm")
    activity, age = row.get("injected_activity_mbq"), person.get("age_years")
    day = row.get("scan_day")
    at_scan = None if age is None or day is None else age + day / DAYS_PER_YEAR
    tall = None if header.height_m is None else header.height_m * 100
    yield ("activity", "injected_activity_mbq", activity, header.dose_mbq,
           round(ACTIVITY_SHARE * (activity or 0), 1), "MBq")  # fmt: skip
    yield ("weight", "patient_id", weight, header.weight_kg,
           round(WEIGHT_SHARE * (weight or 0), 1), "kg")  # fmt: skip
    yield "height", "patient_id", height, tall, HEIGHT_CM, "cm"
    yield "age", "patient_id", at_scan, header.age_years, AGE_YEARS, "years"


def _compare_region(scan: _Scan) -> None:
    """The region file's patient and frame of reference against those of the series."""
    if not scan.row.get("region_file"):
        return
    series, region = scan.series, scan.region
    wrong = Contradiction(
        "region_file",
        f"the region file of {scan.name} is of another (0010,0020) Patient ID than its series",
        "one patient",
    )
    known = bool(series.patient_id and region.patient_id)
    other = series.patient_id != region.patient_id
    scan.verdict.note("PatientID of the regions", wrong if other else None, known=known)
    wrong = Contradiction(
        "region_file",
        f"the region file of {scan.name} is in another (0020,0052) Frame of Reference UID than its "
        "series",
        "the frame of reference of the series",
    )
    known = bool(series.frames and region.frames)
    other = not series.frames & region.frames
    scan.verdict.note("frame of reference of the regions", wrong if other else None, known=known)


def _compare_patient_ids(scans: list[_Scan], pseudonyms: Mapping[str, str]) -> None:
    """PatientID and patient_id belong one to one, over the whole study."""
    told = [
        (scan, column, identity.patient_id)
        for scan in scans
        for column, identity in (
            ("series_dir", scan.series),
            ("residual_series_dir", scan.residual),
        )
        if identity.patient_id and not _says_nothing(identity, scans)
    ]
    for scan, column, own in told:
        named = pseudonyms.get(own, scan.patient)
        owners = {other.patient for other, _, found in told if found == own} - {scan.patient}
        siblings = {
            other.name for other, _, found in told if found != own and other.patient == scan.patient
        }
        found = f"(0010,0020) Patient ID in the header of {scan.name}, of {scan.patient},"
        wrong = None
        if named != scan.patient:
            wrong = f"{found} is {named}, another patient of the table"
        elif owners:
            wrong = f"{found} is that of {', '.join(sorted(owners))}, too"
        elif siblings:
            wrong = f"{found} is not that of {', '.join(sorted(siblings))} of the same patient"
        fault = Contradiction(column, wrong, "one PatientID a patient") if wrong else None
        scan.verdict.note("PatientID", fault, known=True)
    for scan in scans:
        if not any(other is scan and column == "series_dir" for other, column, _ in told):
            scan.verdict.note("PatientID", None, known=False)


def _says_nothing(identity: Identity, scans: list[_Scan]) -> bool:
    """Whether a PatientID stands for anybody: identity removed, and the same in all patients."""
    if not identity.removed:
        return False
    others = {scan.patient for scan in scans if scan.series.patient_id == identity.patient_id}
    return others == {scan.patient for scan in scans if scan.series.patient_id}


def _compare_dates(scans: list[_Scan]) -> None:
    """Days between the scans of a patient by their headers, and by scan_day."""
    compared: dict[str, list[Contradiction]] = {}
    for one, two in [] if _one_date_for_all(scans) else combinations(scans, 2):
        days = [scan.row.get("scan_day") for scan in (one, two)]
        if one.patient != two.patient or None in days:
            continue
        apart = sorted({(b - a).days for a in one.series.dates for b in two.series.dates}, key=abs)
        if not apart:
            continue
        given = int(days[1] or 0) - int(days[0] or 0)
        wrong = Contradiction(
            "scan_day",
            f"by their headers {two.name} is {_days(apart[0])} {one.name}, by scan_day "
            f"{_days(given)} it",
            "the same number of days",
        )
        for scan in (one, two):
            compared.setdefault(scan.name, []).extend([] if given in apart else [wrong])
    for scan in scans:
        found = compared.get(scan.name)
        for wrong in found or []:
            scan.verdict.note("dates", wrong, known=True)
        if not found:
            scan.verdict.note("dates", None, known=found is not None)


def _one_date_for_all(scans: list[_Scan]) -> bool:
    """Whether one date stands in all headers of several patients: it was put in place of theirs."""
    told = [scan for scan in scans if scan.series.dates]
    patients = {scan.patient for scan in told}
    dates = {day for scan in told for day in scan.series.dates}
    return len(dates) == 1 and 1 < len(patients) < len(told)


def _days(days: int) -> str:
    return f"{abs(days)} days {'before' if days < 0 else 'after'}"


def _compare_series(scans: list[_Scan]) -> None:
    """No series is two scans; a patient has one sex and one date of birth."""
    for one, two in combinations(scans, 2):
        same = one.series.series_uid and one.series.series_uid == two.series.series_uid
        faults = []
        if same:
            faults.append(
                f"{one.name} and {two.name} are one series by (0020,000E) Series Instance UID"
            )
        if one.patient == two.patient:
            faults += [
                f"{one.name} and {two.name} of {one.patient} differ in their headers' {what}"
                for what, a, b in (
                    ("(0010,0040) Patient's Sex", one.series.sex, two.series.sex),
                    (
                        "(0010,0030) Patient's Birth Date",
                        one.series.birth_date,
                        two.series.birth_date,
                    ),
                )
                if a and b and a != b
            ]
        for found in faults:
            wrong = Contradiction("series_dir", found, "a series of its own" if same else "one")
            for scan in (one, two):
                scan.verdict.contradictions.append(wrong)
