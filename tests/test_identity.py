"""Identity before measurement: what table and headers say of patient, scan and tracer."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

import pandas as pd
import pytest
from pet_study import lesion, scan, study, write_scan

from compendium.rules import Rules
from compendium.study.identity import compare_identity, identity_problems
from compendium.study.located import Tables
from compendium.study.reading import RawTable
from compendium.uptake.lesions import extract_study
from petsuv.identity import identity_of_series
from petsuv.testing.series import iodine_124, write_series
from petsuv.text import uid_of

DAY_0 = date(2025, 3, 12)
INTERVALS = {"T1": 12, "T2": 13, "T3": 14, "T4": 13}


def write_dated(folder, scan_id, day, **changes):
    """A 124I scan two days after its administration, `day` days after day 0."""
    when = DAY_0 + timedelta(days=day)
    given = f"{when - timedelta(days=2):%Y%m%d}110000"
    dates = dict.fromkeys(("StudyDate", "SeriesDate", "AcquisitionDate"), f"{when:%Y%m%d}")
    write_scan(
        folder,
        scan_id,
        dose=iodine_124(given),
        **{"FrameOfReferenceUID": uid_of("frame", scan_id), **dates, **changes},
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Four patients with a low and a high 124I scan each, hospital numbers in the headers."""
    base = tmp_path_factory.mktemp("four")
    for number, (patient, days) in enumerate(INTERVALS.items()):
        sex = "FM"[number % 2]
        for level, day in (("low", 7 * number), ("high", 7 * number + days)):
            write_dated(base, f"{patient}_{level}", day, PatientID=f"88{number}", PatientSex=sex)
    return base


def rows_of_four(**changes):
    """Rows of pet_scan with every column blank that can be."""
    blank = dict.fromkeys(("injected_activity_mbq", "fwhm_mm", "tsh_miu_per_l"))
    return [
        scan(f"{patient}_{level}", patient, tracer="124I", tsh_level=level,
             scan_day=100 + (days if level == "high" else 0), **blank) | changes
        for patient, days in INTERVALS.items()
        for level in ("low", "high")
    ]  # fmt: skip


PEOPLE = [
    {"patient_id": patient, "sex": sex, "age_years": 50.0, "weight_kg": None, "height_cm": None}
    for patient, sex in zip(INTERVALS, ("female", "male") * 2, strict=True)
]


def exchanged(rows, one, two):
    """The series and regions of two scans exchanged."""
    images = {row["scan_id"]: (row["series_dir"], row["region_file"]) for row in rows}
    images[one], images[two] = images[two], images[one]
    return [
        row | dict(zip(("series_dir", "region_file"), images[row["scan_id"]], strict=True))
        for row in rows
    ]


def refused(rows, folder, people=PEOPLE):
    verdicts = compare_identity(rows, people, folder / "dicom")
    return {name for name, verdict in verdicts.items() if verdict.contradictions}


class TestSwappedScans:
    def test_a_right_table_is_accepted(self, folder):
        rows = rows_of_four()
        assert refused(rows, folder) == set()
        verdict = compare_identity(rows, PEOPLE, folder / "dicom")["T1_low"]
        assert verdict.agree == [
            "nuclide", "sex", "PatientID of the regions", "frame of reference of the regions",
            "PatientID", "dates",
        ]  # fmt: skip
        assert verdict.unproven == ["activity", "weight", "height", "age"]
        assert verdict.summary.endswith("but not provable: activity, weight, height, age")

    @pytest.mark.parametrize("patient", INTERVALS)
    def test_within_a_patient_are_refused(self, folder, patient):
        swapped = {f"{patient}_low", f"{patient}_high"}
        assert refused(exchanged(rows_of_four(), *sorted(swapped)), folder) == swapped

    @pytest.mark.parametrize(("one", "two"), [*combinations(INTERVALS, 2)])
    @pytest.mark.parametrize("level", ["low", "high"])
    def test_of_two_patients_are_refused(self, folder, one, two, level):
        swapped = exchanged(rows_of_four(), f"{one}_{level}", f"{two}_{level}")
        assert {f"{one}_{level}", f"{two}_{level}"} <= refused(swapped, folder)

    @pytest.mark.parametrize(("one", "two"), [("T1", "T2"), ("T1", "T3"), ("T2", "T3")])
    def test_of_whole_patients_are_refused_by_sex_or_dates(self, folder, one, two):
        rows = rows_of_four()
        for level in ("low", "high"):
            rows = exchanged(rows, f"{one}_{level}", f"{two}_{level}")
        expected = {f"{patient}_{level}" for patient in (one, two) for level in ("low", "high")}
        assert refused(rows, folder) == expected

    def test_of_another_tracer_are_refused_with_both(self, folder):
        rows = rows_of_four()
        rows[0] |= {"tracer": "18F-Trop2"}
        (found,) = compare_identity(rows, PEOPLE, folder / "dicom")["T1_low"].contradictions
        assert found.column == "tracer"
        assert "names 124I, the table 18F-Trop2" in str(found)

    def test_with_the_regions_left_behind_are_refused(self, folder):
        rows = rows_of_four()
        rows[0] |= {"region_file": "T1_high_rs.dcm"}
        assert refused(rows, folder) == {"T1_low"}
        rows[0] |= {"region_file": "T2_low_rs.dcm"}
        (found, _) = compare_identity(rows, PEOPLE, folder / "dicom")["T1_low"].contradictions
        assert "another (0010,0020) Patient ID" in str(found)

    def test_say_no_identifier_and_no_date(self, folder):
        rows = exchanged(rows_of_four(), "T1_low", "T2_high")
        for verdict in compare_identity(rows, PEOPLE, folder / "dicom").values():
            text = " ".join(map(str, verdict.contradictions))
            assert "88" not in text
            assert "2025" not in text


class TestQuantities:
    @pytest.mark.parametrize(
        ("column", "agrees", "contradicts"),
        [
            ("weight_kg", 61.0, 59.0),
            ("height_cm", 184.0, 186.0),
            ("sex", "female", "male"),
        ],
    )
    def test_of_the_patient(self, folder, column, agrees, contradicts):
        # The headers say 70 kg, 1.75 m, F.
        for value, expected in ((agrees, set()), (contradicts, {"T1_low", "T1_high"})):
            people = [PEOPLE[0] | {column: value}, *PEOPLE[1:]]
            assert refused(rows_of_four(), folder, people) == expected

    @pytest.mark.parametrize(("activity", "wrong"), [(340.0, False), (330.0, True)])
    def test_of_the_dose(self, folder, activity, wrong):
        rows = rows_of_four()
        rows[0] |= {"injected_activity_mbq": activity}
        assert refused(rows, folder) == ({"T1_low"} if wrong else set())

    @pytest.mark.parametrize(("born", "wrong"), [("19740601", False), ("19650601", True)])
    def test_of_age(self, tmp_path, born, wrong):
        write_scan(tmp_path, "P1", PatientBirthDate=born)
        people = [{"patient_id": "P1", "sex": "female", "age_years": 50.0}]
        assert bool(refused([scan("P1", "P1")], tmp_path, people)) == wrong


class TestPatientIds:
    def ids(self, tmp_path, *ids, removed=None):
        for number, patient_id in enumerate(ids, start=1):
            write_scan(tmp_path, f"P{number}", PatientID=patient_id, PatientIdentityRemoved=removed)
        rows = [scan(f"P{number}", f"P{number}") for number in range(1, len(ids) + 1)]
        people = [{"patient_id": row["patient_id"]} for row in rows]
        return compare_identity(rows, people, tmp_path / "dicom")

    def test_of_another_patient_of_the_table(self, tmp_path):
        found = self.ids(tmp_path, "p2", "P1")
        (wrong,) = found["P1"].contradictions
        assert "is P2, another patient of the table" in str(wrong)

    def test_shared_by_two_patients(self, tmp_path):
        found = self.ids(tmp_path, "4711", "4711", "4712")
        assert [bool(one.contradictions) for one in found.values()] == [True, True, False]
        assert "is that of P2, too" in str(found["P1"].contradictions[0])

    @pytest.mark.parametrize(
        ("ids", "removed"),
        [
            (("", ""), None),
            (("ANONYMOUS", "ANONYMOUS"), None),
            (("4711", "4711"), "YES"),
        ],
    )
    def test_that_were_removed_are_not_provable(self, tmp_path, ids, removed):
        for verdict in self.ids(tmp_path, *ids, removed=removed).values():
            assert verdict.contradictions == []
            assert "PatientID" in verdict.unproven


class TestDates:
    def verdicts(self, tmp_path, days, **changes):
        """Two scans a patient, ten days apart by scan_day, so many days by their headers."""
        rows = []
        for patient in ("P1", "P2"):
            for level, day, scan_day in (("low", 0, 100), ("high", days, 110)):
                write_dated(tmp_path, f"{patient}_{level}", day, **changes)
                rows.append(scan(f"{patient}_{level}", patient, tracer="124I", tsh_level=level,
                                 scan_day=scan_day))  # fmt: skip
        return compare_identity(rows, [], tmp_path / "dicom")["P1_low"]

    def test_of_the_study_serve_where_others_were_removed(self, tmp_path):
        gone = {"SeriesDate": "", "AcquisitionDate": ""}
        assert "dates" in self.verdicts(tmp_path / "a", 10, **gone).agree
        assert self.verdicts(tmp_path / "b", 11, **gone).contradictions

    def test_that_the_file_says_were_removed_are_not_provable(self, tmp_path):
        gone = {"LongitudinalTemporalInformationModified": "REMOVED"}
        assert "dates" in self.verdicts(tmp_path / "a", 11, **gone).unproven
        kept = {"LongitudinalTemporalInformationModified": "MODIFIED"}
        assert self.verdicts(tmp_path / "b", 11, **kept).contradictions

    def test_that_are_one_in_all_headers_are_not_provable(self, tmp_path):
        assert "dates" in self.verdicts(tmp_path, 0).unproven


def test_one_series_is_not_two_scans(tmp_path):
    for name in ("P1_a", "P1_b"):
        write_scan(tmp_path, name, SeriesInstanceUID=uid_of("one"))
    rows = [scan("P1_a", "P1"), scan("P1_b", "P1")]
    found = compare_identity(rows, [], tmp_path / "dicom")
    assert "P1_a and P1_b are one series" in str(found["P1_b"].contradictions[0])


def test_nothing_is_known_of_what_cannot_be_read(tmp_path):
    rows = [scan("P1", "P1", residual_series_dir="gone")]
    verdict = compare_identity(rows, [], tmp_path / "dicom")["P1"]
    assert verdict.agree == verdict.contradictions == []


class TestBothCommands:
    @pytest.fixture
    def swapped(self, folder):
        return exchanged(rows_of_four(), "T1_low", "T1_high")

    def test_extract_refuses_with_both_facts(self, folder, swapped):
        one = study(folder, swapped, [lesion("T1", "L1")], PEOPLE)
        lesions, audit = extract_study(one, Rules(), workers=1, progress=False)
        audit = audit.set_index("scan_id")
        assert audit.loc["T1_low", "reason"].startswith(
            "T1_high: by their headers T1_high is 12 days before T1_low, by scan_day 12 days after"
        )
        assert audit["status"].value_counts().to_dict() == {"ok": 6, "refused": 2}
        assert "not provable: activity" in audit.loc["T2_low", "identity"]
        assert set(lesions.loc[lesions["patient_id"] == "T1", "status"]) == {"refused"}

    def test_validate_names_the_cell(self, folder, swapped):
        tables = {"pet_scan": pd.DataFrame(swapped), "patient": pd.DataFrame(PEOPLE)}
        raw = RawTable("pet_scan", "pet_scan.csv", "", tables["pet_scan"])
        found = [*identity_problems(Tables(tables, {"pet_scan": raw}), folder / "dicom")]
        assert [(one.row, one.column, one.severity) for one in found] == [
            (0, "scan_day", "error"),
            (1, "scan_day", "error"),
        ]


def test_a_header_that_says_nothing_gives_nothing(tmp_path):
    write_series(
        tmp_path / "bare", PatientID="", PatientSex="", PatientWeight="", PatientSize="",
        AcquisitionDate=None, SeriesDate=None, StudyDate="",
        RadiopharmaceuticalInformationSequence=None,
    )  # fmt: skip
    found = identity_of_series(tmp_path / "bare")
    expected = replace(found, patient_id="", sex="", weight_kg=None, height_m=None, nuclide="",
                       dose_mbq=None, dates=frozenset(), age_years=None)  # fmt: skip
    assert found == expected
