"""The scans of a study against each other: patients, days between, and series told twice."""

from collections.abc import Mapping
from itertools import combinations

from compendium.study.verdicts import Compared, Contradiction
from petsuv.identity import Identity


def compare_scans(scans: list[Compared], pseudonyms: Mapping[str, str]) -> None:
    """What the headers of several scans say together of who and when.

    Args:
        pseudonyms: patient_id of the table by its text in lower case.
    """
    _compare_patient_ids(scans, pseudonyms)
    _compare_dates(scans)
    _compare_residuals(scans)
    _compare_series(scans)
    _compare_studies(scans)


def _compare_patient_ids(scans: list[Compared], pseudonyms: Mapping[str, str]) -> None:
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


def _says_nothing(identity: Identity, scans: list[Compared]) -> bool:
    """Whether a PatientID stands for anybody: identity removed, and the same in all patients."""
    if not identity.removed:
        return False
    others = {scan.patient for scan in scans if scan.series.patient_id == identity.patient_id}
    return others == {scan.patient for scan in scans if scan.series.patient_id}


def _compare_dates(scans: list[Compared]) -> None:
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


def _compare_residuals(scans: list[Compared]) -> None:
    """A residual scan was made before the second administration, so before its scan."""
    for scan in scans:
        days = [(b - a).days for a in scan.series.dates for b in scan.residual.dates]
        if days and min(days) > 0:
            found = f"by their headers the residual scan of {scan.name} is {_days(min(days))} it"
            scan.verdict.contradictions.append(
                Contradiction("residual_series_dir", found, "a scan before the administration")
            )


def _one_date_for_all(scans: list[Compared]) -> bool:
    """Whether one date stands in all headers of several patients: it was put in place of theirs."""
    told = [scan for scan in scans if scan.series.dates]
    patients = {scan.patient for scan in told}
    dates = {day for scan in told for day in scan.series.dates}
    return len(dates) == 1 and 1 < len(patients) < len(told)


def _days(days: int) -> str:
    return f"{abs(days)} days {'before' if days < 0 else 'after'}"


def _compare_series(scans: list[Compared]) -> None:
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


def _compare_studies(scans: list[Compared]) -> None:
    """An examination is of one patient, unless all scans bear one UID, which then says nothing."""
    uids = {scan.series.study_uid for scan in scans} - {""}
    for one, two in combinations(scans, 2) if len(uids) > 1 else ():
        if one.series.study_uid == two.series.study_uid != "" and one.patient != two.patient:
            found = (
                f"{one.name} of {one.patient} and {two.name} of {two.patient} are of one "
                "(0020,000D) Study Instance UID"
            )
            wrong = Contradiction("series_dir", found, "examinations of one patient each")
            for scan in (one, two):
                scan.verdict.contradictions.append(wrong)
