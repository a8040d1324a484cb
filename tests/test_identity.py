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
from petsuv.testing.series import FRAME, iodine_124, write_series
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


def verdicts_of(rows, folder, people=PEOPLE):
    return compare_identity(rows, people, folder / "dicom", Rules())


def refused(rows, folder, people=PEOPLE):
    verdicts = verdicts_of(rows, folder, people)
    return {name for name, verdict in verdicts.items() if verdict.contradictions}


class TestSwappedScans:
    def test_a_right_table_is_accepted(self, folder):
        rows = rows_of_four()
        assert refused(rows, folder) == set()
        verdict = verdicts_of(rows, folder)["T1_low"]
        assert verdict.agree == [
            "nuclide", "sex", "PatientID of the regions", "study of the regions",
            "frame of reference of the regions", "series of the regions", "PatientID", "dates",
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
        (found,) = verdicts_of(rows, folder)["T1_low"].contradictions
        assert found.column == "tracer"
        assert "names 124I, the table 18F-Trop2" in str(found)

    def test_of_an_agent_that_is_not_the_study_s_are_told_apart(self, tmp_path):
        for name in ("fluorodeoxyglucose", "18F-Trop2"):
            write_scan(tmp_path / name, "P1", dose={"Radiopharmaceutical": name})
        told, spared = (
            verdicts_of([scan("P1", "P1")], tmp_path / name, [])["P1"]
            for name in ("fluorodeoxyglucose", "18F-Trop2")
        )
        assert "agent (the header names FDG)" in told.unproven
        assert not told.contradictions
        assert "FDG" not in spared.summary

    def test_with_the_regions_left_behind_are_refused(self, folder):
        rows = rows_of_four()
        rows[0] |= {"region_file": "T1_high_rs.dcm"}
        assert refused(rows, folder) == {"T1_low"}
        rows[0] |= {"region_file": "T2_low_rs.dcm"}
        found, *_ = verdicts_of(rows, folder)["T1_low"].contradictions
        assert "another (0010,0020) Patient ID" in str(found)

    def test_say_no_identifier_and_no_date(self, folder):
        rows = exchanged(rows_of_four(), "T1_low", "T2_high")
        for verdict in verdicts_of(rows, folder).values():
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

    @pytest.mark.parametrize(("hour", "wrong"), [("11:00", False), ("23:30", True)])
    def test_of_the_time_of_administration(self, folder, hour, wrong):
        # T1_low was given at 11:00 of 10 March.
        rows = rows_of_four()
        rows[0] |= {"administered_at": f"2025-03-10T{hour}:00"}
        found = verdicts_of(rows, folder)["T1_low"].contradictions
        assert [one.column for one in found] == ["administered_at"] * wrong
        assert "12.5 h after" in str(found) or not wrong

    def test_follow_the_study_s_own_limits(self, folder):
        rows = rows_of_four()
        rows[0] |= {"injected_activity_mbq": 330.0}
        limits = Rules(same_activity_shares=[0.01, 0.2])
        verdict = compare_identity(rows, PEOPLE, folder / "dicom", limits)["T1_low"]
        assert "activity" in verdict.agree


class TestRegions:
    """Of one patient, whose two scans say nothing but what is given."""

    def verdict(self, tmp_path, regions_of, study=("low", "high"), frame=""):
        for level, uid in zip(("low", "high"), study, strict=True):
            write_scan(tmp_path, f"P1_{level}", StudyInstanceUID=uid_of(uid),
                       FrameOfReferenceUID=frame)  # fmt: skip
        rows = [scan(f"P1_{level}", "P1") for level in ("low", "high")]
        rows[0] |= {"region_file": f"P1_{regions_of}_rs.dcm"}
        return verdicts_of(rows, tmp_path, [])["P1_low"]

    def test_of_the_scan_are_taken(self, tmp_path):
        verdict = self.verdict(tmp_path, "low")
        assert {"study of the regions", "series of the regions"} <= {*verdict.agree}

    def test_of_another_study_are_refused(self, tmp_path):
        (wrong,) = self.verdict(tmp_path, "high", frame=FRAME).contradictions
        assert str(wrong).startswith(
            "the region file of P1_low has another (0020,000D) Study Instance UID"
        )

    def test_of_another_study_are_taken_where_the_study_says_so(self, tmp_path):
        write_scan(tmp_path, "P1")
        write_scan(tmp_path, "P2", PatientID="P1", StudyInstanceUID=uid_of("of its own"))
        rows = [scan("P1", "P1", region_file="P2_rs.dcm")]
        for rules, taken in ((Rules(), False), (Rules(other_study=True), True)):
            found = compare_identity(rows, [], tmp_path / "dicom", rules)["P1"].contradictions
            assert bool(found) != taken

    def test_drawn_on_another_scan_are_refused_without_a_frame(self, tmp_path):
        (wrong,) = self.verdict(tmp_path / "a", "high", ("one", "one")).contradictions
        assert "was drawn on the series of P1_high" in str(wrong)
        assert not self.verdict(tmp_path / "b", "high", ("one", "one"), FRAME).contradictions


def test_an_examination_is_of_one_patient(tmp_path):
    for name, study_uid in (("P1", "one"), ("P2", "one"), ("P3", "three")):
        write_scan(tmp_path, name, StudyInstanceUID=uid_of(study_uid))
    rows = [scan(name, name) for name in ("P1", "P2", "P3")]
    assert refused(rows, tmp_path, []) == {"P1", "P2"}
    assert refused(rows[:2], tmp_path, []) == set()  # one for all, as some put in place


@pytest.mark.parametrize(("day", "wrong"), [(9, False), (10, False), (11, True)])
def test_a_residual_scan_comes_before_the_scan(tmp_path, day, wrong):
    write_dated(tmp_path, "P1_high", 10)
    write_dated(tmp_path, "P1_residual", day)
    rows = [scan("P1_high", "P1", tracer="124I", residual_series_dir="P1_residual")]
    assert refused(rows, tmp_path, []) == ({"P1_high"} if wrong else set())


class TestPatientIds:
    def ids(self, tmp_path, *ids, removed=None):
        for number, patient_id in enumerate(ids, start=1):
            write_scan(tmp_path, f"P{number}", PatientID=patient_id, PatientIdentityRemoved=removed)
        rows = [scan(f"P{number}", f"P{number}") for number in range(1, len(ids) + 1)]
        people = [{"patient_id": row["patient_id"]} for row in rows]
        return compare_identity(rows, people, tmp_path / "dicom", Rules())

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
        return verdicts_of(rows, tmp_path, [])["P1_low"]

    @pytest.mark.slow
    def test_of_the_study_serve_where_others_were_removed(self, tmp_path):
        gone = {"SeriesDate": "", "AcquisitionDate": ""}
        assert "dates" in self.verdicts(tmp_path / "a", 10, **gone).agree
        assert self.verdicts(tmp_path / "b", 11, **gone).contradictions

    @pytest.mark.slow
    def test_that_the_file_says_were_removed_are_not_provable(self, tmp_path):
        gone = {"LongitudinalTemporalInformationModified": "REMOVED"}
        assert "dates" in self.verdicts(tmp_path / "a", 11, **gone).unproven
        kept = {"LongitudinalTemporalInformationModified": "MODIFIED"}
        assert self.verdicts(tmp_path / "b", 11, **kept).contradictions

    @pytest.mark.slow
    def test_that_are_one_in_all_headers_are_not_provable(self, tmp_path):
        assert "dates" in self.verdicts(tmp_path, 0).unproven


def test_one_series_is_not_two_scans(tmp_path):
    for name in ("P1_a", "P1_b"):
        write_scan(tmp_path, name, SeriesInstanceUID=uid_of("one"))
    rows = [scan("P1_a", "P1"), scan("P1_b", "P1")]
    found = verdicts_of(rows, tmp_path, [])
    assert "P1_a and P1_b are one series" in str(found["P1_b"].contradictions[0])


def test_nothing_is_known_of_what_cannot_be_read(tmp_path):
    rows = [scan("P1", "P1", residual_series_dir="gone")]
    verdict = verdicts_of(rows, tmp_path, [])["P1"]
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
        found = [*identity_problems(Tables(tables, {"pet_scan": raw}), folder / "dicom", Rules())]
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
