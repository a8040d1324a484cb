"""Whether the images are of the patient, scan and tracer that the table says: before measurement.

Each scan's row is compared with what its header says, and the scans of the study with each other.
What de-identification removed cannot be compared: it is said to be not provable. No message holds
an identifier or a date of a header.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from compendium.rules import Rules
from compendium.study.identity_between import compare_scans
from compendium.study.identity_of_scan import compare_regions, compare_with_table
from compendium.study.images import FILE_COLUMNS, fault_of
from compendium.study.located import Tables, records
from compendium.study.problems import Problem
from compendium.study.verdicts import Compared, Row, Verdict
from petsuv.identity import (
    Identity,
    identity_of_region,
    identity_of_registration,
    identity_of_series,
)

READ_FILE = {"region_file": identity_of_region, "registration_file": identity_of_registration}


def compare_identity(
    rows: Iterable[Row], people: Iterable[Row], dicom_dir: Path, rules: Rules
) -> dict[str, Verdict]:
    """What table and headers say of each scan, by scan_id.

    Args:
        rows: of pet_scan, None where missing.
        people: of patient; columns that are not there count as missing.
        dicom_dir: the study's folder of images.
        rules: how far table and header may differ.
    """
    by_id = {str(person["patient_id"]): person for person in people}
    scans = [_read(row, by_id.get(str(row["patient_id"]), {}), dicom_dir) for row in rows]
    for scan in scans:
        compare_with_table(scan, rules)
        compare_regions(scan, scans, rules)
    compare_scans(scans, {name.casefold(): name for name in by_id})
    return {scan.name: scan.verdict for scan in scans}


def identity_problems(tables: Tables, dicom_dir: Path, rules: Rules) -> Iterator[Problem]:
    """Every contradiction of a study's tables with the headers of its images."""
    scans, people = (records(tables[name]) for name in ("pet_scan", "patient"))
    scans = [row for row in scans if row["scan_id"] and row["patient_id"]]
    verdicts = compare_identity(scans, people, dicom_dir, rules)
    frame = tables["pet_scan"]
    for scan_id, verdict in verdicts.items():
        rows = frame[frame["scan_id"] == scan_id]
        for one in verdict.contradictions:
            braced = one.found.replace("{", "{{").replace("}", "}}")
            yield from tables.problems(
                "pet_scan", rows, one.column, braced, one.expected, one.remedy
            )


def _read(row: Row, person: Row, dicom_dir: Path) -> Compared:
    def of(column: str) -> Identity:
        is_file = column in FILE_COLUMNS
        name = row.get(column)
        if name is None or fault_of(dicom_dir, name, is_file=is_file):
            return Identity()
        if is_file:
            return READ_FILE[column](dicom_dir / str(name))
        chosen = row.get("series") if column == "series_dir" else None
        return identity_of_series(dicom_dir / str(name), chosen)

    return Compared(
        row,
        person,
        series=of("series_dir"),
        residual=of("residual_series_dir"),
        region=of("region_file"),
        registration=of("registration_file"),
        verdict=Verdict(),
    )
