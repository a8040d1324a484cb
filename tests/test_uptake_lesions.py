"""Rule 11: a row a lesion, an audit row a series; a broken series never stops the others."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pet_study import lesion, scan, study, write_scan

import petsuv
from compendium.rules import Rules
from compendium.tsh.dosimetry import dose_table
from compendium.uptake.lesions import extract_study, flag_counts, project_study
from petsuv.segmentation import Segment, series_segmentation
from petsuv.shapes import how_made, marked, sphere
from petsuv.testing.contours import rectangle, write_rtstruct
from petsuv.testing.registrations import moved, write_registration
from petsuv.testing.series import FRAME, SUV_PER_BQML, iodine_124
from petsuv.text import uid_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    base = tmp_path_factory.mktemp("study")
    for name in ("good", "unread", "undrawn"):
        write_scan(base, name)
    write_scan(base, "grams", PatientWeight="70000")
    write_scan(base, "counts", Units="PROPCNTS")
    write_scan(base, "cut")
    broken = sorted((base / "dicom" / "cut").iterdir())[2]
    broken.write_bytes(broken.read_bytes()[:-100])
    return base


@pytest.fixture(scope="module")
def small(folder):
    scans = [
        scan("good", "P1"),
        scan("counts", "P2"),
        scan("cut", "P3"),
        scan("gone", "P4"),
        scan("grams", "P5", injected_activity_mbq=360.0),
        scan("unread", "P6", region_file="nowhere.dcm"),
        scan("undrawn", "P7", region_file=None),
    ]
    lesions = [lesion(f"P{n}", "L1") for n in range(1, 8)]
    lesions += [lesion("P1", "L2", 8.0), lesion("P1", "L9")]
    return study(folder, scans, lesions)


@pytest.fixture(scope="module")
def extracted(small):
    return extract_study(small, Rules(), workers=1, progress=False)


class TestLesionRows:
    def test_are_measured(self, extracted):
        row = extracted[0].query("scan_id == 'good' and lesion_id == 'L1'").iloc[0]
        assert row["status"] == "ok"
        assert row["n_voxels"] == 27
        assert row["suv_max"] == pytest.approx(8000 * SUV_PER_BQML)
        assert row["background_mean"] == pytest.approx(1000 * SUV_PER_BQML)
        assert row["max_to_background"] == pytest.approx(8)
        assert row["max_to_liver"] == pytest.approx(8)
        assert np.isnan(row["max_to_blood_pool"])
        assert row["avid"]
        assert row["uptake_time_h"] == pytest.approx(1)
        assert row["flags"] == ""

    def test_say_that_a_lesion_is_small(self, extracted):
        row = extracted[0].query("scan_id == 'good' and lesion_id == 'L2'").iloc[0]
        assert row["flags"] == "sub_resolution(8 mm by CT, FWHM 6 mm)"
        assert row["suv_max"] == pytest.approx(3000 * SUV_PER_BQML)

    def test_have_a_region_that_the_table_does_not_know(self, extracted):
        row = extracted[0].query("scan_id == 'grams' and lesion_id == 'L2'").iloc[0]
        assert row["status"] == "ok"
        assert "not_in_lesion_table" in row["flags"]

    @pytest.mark.parametrize(
        ("scan_id", "lesion_id", "words"),
        [
            ("good", "L9", "good_rs.dcm: no region named L9"),
            ("counts", "L1", "counts: (0054,1001) Units is PROPCNTS"),
            ("cut", "L1", "the file is cut short"),
            ("gone", "L1", "gone: no such folder"),
            ("unread", "L1", "nowhere.dcm: no such file"),
            ("undrawn", "L1", "no region file: no region named L1; expected"),
        ],
    )
    def test_are_refused_with_the_reason(self, extracted, scan_id, lesion_id, words):
        row = extracted[0].query(f"scan_id == '{scan_id}' and lesion_id == '{lesion_id}'").iloc[0]
        assert row["status"] == "refused"
        assert words in row["reason"]
        assert np.isnan(row["suv_max"])

    def test_are_one_for_each_lesion_and_scan(self, extracted):
        assert not extracted[0].duplicated(["scan_id", "lesion_id"]).any()
        assert len(extracted[0]) == 10

    @pytest.mark.slow
    def test_do_not_depend_on_the_number_of_workers(self, small, extracted):
        again = extract_study(small, Rules(), workers=2, progress=False)
        for one, other in zip(extracted, again, strict=True):
            pd.testing.assert_frame_equal(one, other)


class TestAuditRows:
    def test_are_one_a_series_with_its_outcome(self, extracted):
        audit = extracted[1].set_index("scan_id")
        assert audit["status"].to_dict() == {
            "good": "ok", "counts": "refused", "cut": "refused", "gone": "refused",
            "grams": "ok", "unread": "refused", "undrawn": "ok",
        }  # fmt: skip
        assert audit.loc["good", ["n_lesions", "n_measured"]].tolist() == [3, 2]

    def test_say_what_was_used_and_where_it_stood(self, extracted):
        row = extracted[1].set_index("scan_id").loc["good"]
        assert row["weight_kg"] == 70
        assert row["weight_kg_from"] == "(0010,1030) Patient's Weight"
        assert row["dose_bq"] == 370e6
        assert row["reference_time_from"] == "(0008,0031) Series Time"
        assert row["administered_at_from"].startswith("(0018,1078)")

    def test_compare_the_activity_with_the_studys_own_record(self, extracted):
        flags = extracted[1].set_index("scan_id").loc["grams", "flags"]
        assert flags == (
            "weight_in_grams(70000); activity_differs_from_table(370.0 MBq, table 360 MBq)"
        )

    def test_tell_neither_dates_nor_places_of_this_machine(self, small, extracted):
        for table in extracted:
            text = table.to_csv()
            assert str(small.path) not in text
            assert "20250312" not in text
            assert "2025-03-12" not in text

    def test_flags_are_counted_by_kind(self, extracted):
        found = flag_counts(extracted[1]).set_index("flag")
        assert found["n_series"].to_dict() == {
            "activity_differs_from_table": 1,
            "weight_in_grams": 1,
        }
        assert found.loc["weight_in_grams", "scans"] == "grams"


def test_a_fault_of_our_own_is_a_reason_too(folder, monkeypatch):
    from compendium.uptake import extraction

    def fail(*_):
        raise ZeroDivisionError("in the middle")

    monkeypatch.setattr(extraction, "uptake_figures", fail)
    one = study(folder, [scan("good", "P1")], [lesion("P1", "L1")])
    lesions, audit = extract_study(one, Rules(), workers=1, progress=False)
    assert lesions["reason"].tolist() == ["good: unforeseen ZeroDivisionError: in the middle"]
    assert audit["status"].tolist() == ["refused"]


def test_a_study_without_scans_has_empty_tables(folder):
    empty = study(folder, [scan("good", "P1")], [lesion("P1", "L1")])
    empty.tables["pet_scan"] = empty.tables["pet_scan"].iloc[:0]
    lesions, audit = extract_study(empty, Rules(), workers=2, progress=False)
    assert len(lesions) == len(audit) == 0
    assert {"scan_id", "lesion_id", "status"} <= set(lesions.columns)


def test_thresholds_are_parameters(folder):
    one = study(folder, [scan("good", "P1")], [lesion("P1", "L1")])
    rules = Rules(avid_ratio=9, background="region", shell_inner_mm=4, shell_outer_mm=8)
    row = extract_study(one, rules, workers=1, progress=False)[0].iloc[0]
    assert pd.isna(row["avid"])  # there is no region named background
    row = extract_study(one, Rules(avid_ratio=9), workers=1, progress=False)[0].iloc[0]
    assert not row["avid"]
    assert "not_visible" in row["flags"]


def drawn_as(folder, regions):
    write_rtstruct(
        folder / "dicom" / "drawn.dcm", regions, series_uid=uid_of("series", "good"), PatientID=""
    )
    one = study(folder, [scan("good", "P1", region_file="drawn.dcm")], [lesion("P1", "L1")])
    return lambda rules: extract_study(one, rules, workers=1, progress=False)[0]


def test_lesions_of_equal_names_are_told_apart_by_number(folder):
    twins = [("L1", [rectangle(7, 5, 17, 15, z)]) for z in (15, 18)]
    found = drawn_as(folder, twins)(Rules()).set_index("lesion_id")
    assert "several regions are named L1" in found.loc["L1", "reason"]
    assert "call the lesions L1_1, L1_2" in found.loc["L1", "reason"]
    assert found.loc[["L1_1", "L1_2"], "status"].tolist() == ["ok", "ok"]
    assert "name_repeated(2 regions are named L1)" in found.loc["L1_2", "flags"]


@pytest.mark.parametrize(("filled", "voxels"), [(False, 18), (True, 27)])
def test_skipped_slices_are_filled_by_rule(folder, filled, voxels):
    extract = drawn_as(folder, {"L1": [rectangle(7, 5, 17, 15, z) for z in (15, 21)]})
    row = extract(Rules(fill_skipped=filled)).iloc[0]
    assert row["n_voxels"] == voxels
    assert ("slices_filled" if filled else "slices_skipped") in row["flags"]


ELSEWHERE = uid_of("frame of another scanner")
NINE_UP = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 9], [0, 0, 0, 1]])


@pytest.mark.parametrize(
    ("owner", "frames", "found"),
    [
        ("good", (ELSEWHERE,), "ok"),
        ("other", (ELSEWHERE,), "the registration of good has another (0010,0020) Patient ID"),
        ("good", (), "another (0020,0052) Frame of Reference UID"),
    ],
)
def test_regions_of_another_scanner_come_by_their_registration(
    folder, tmp_path, owner, frames, found
):
    (tmp_path / "dicom").mkdir()
    (tmp_path / "dicom" / "good").symlink_to(folder / "dicom" / "good")
    lesions = {"L1": [rectangle(7, 5, 17, 15, z) for z in (6, 9, 12)]}
    about = {"series_uid": uid_of("CT"), "PatientID": "good", "StudyInstanceUID": uid_of("CT")}
    write_rtstruct(tmp_path / "dicom" / "rs.dcm", lesions, frame=ELSEWHERE, **about)
    items = [moved(frame, NINE_UP) for frame in frames]
    write_registration(tmp_path / "dicom" / "reg.dcm", FRAME, *items, PatientID=owner)
    row = scan("good", "P1", region_file="rs.dcm", registration_file="reg.dcm")
    one = study(tmp_path, [row], [lesion("P1", "L1")])
    lesions, audit = extract_study(one, Rules(), workers=1, progress=False)
    measured = lesions.iloc[0]
    if found == "ok":
        assert (measured["n_voxels"], measured["status"]) == (27, "ok")
        assert measured["suv_max"] == pytest.approx(8000 * SUV_PER_BQML)
        assert "registered(by reg.dcm)" in measured["flags"]
        assert "PatientID of the registration" in audit["identity"].item()
    else:
        assert found in measured["reason"]


def made_regions(folder, path, proposed, name="L1"):
    pet = petsuv.load(folder / "dicom" / "good")
    made = sphere(pet.series, (12, 10, 18), 12.0, name)
    if proposed:
        made = replace(made, flags=(marked(f"proposed, {how_made(made)}"),))
    how = how_made(made)
    series_segmentation(pet.series, [Segment(made, note=how, made=how)]).save_as(path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("proposed", "name"), [(False, "L1"), (True, "L1"), (False, "L1 (proposed)")]
)
def test_a_place_that_only_a_program_proposed_is_not_measured(folder, tmp_path, proposed, name):
    made_regions(folder, folder / "dicom" / "made.dcm", proposed, name)
    one = study(folder, [scan("good", "P1", region_file="made.dcm")], [lesion("P1", name)])
    row = extract_study(one, Rules(), workers=1, progress=False)[0].iloc[0]
    if proposed or name != "L1":
        assert "made.dcm, region L1" in row["reason"]
        assert "a program proposed its place" in row["reason"]
    else:
        assert row["status"] == "ok"
        assert "without_segmentation(sphere of 12 mm at 12, 10, 18)" in row["flags"]


def test_recovery_stands_beside_what_was_measured(folder, small, extracted, tmp_path):
    curve = tmp_path / "curve.csv"
    spheres = "".join(f"mCT,suv_max,{mm},{mm / 100}\n" for mm in (10, 20, 80))
    curve.write_text("scanner,figure,diameter_mm,coefficient\n" + spheres)
    write_scan(folder, "known", ManufacturerModelName="mCT")
    scans = [scan("known", "P1"), scan("good", "P2")]
    lesions = [lesion("P1", "L1", 15.0), lesion("P1", "L2", 8.0), lesion("P2", "L1")]
    one = study(folder, scans, lesions)
    found, _ = extract_study(one, Rules(), workers=1, progress=False, recovery=curve)
    first, small_one, other = (row for _, row in found.iloc[:3].iterrows())
    assert first["suv_max"] == pytest.approx(8000 * SUV_PER_BQML)
    assert first["suv_max_recovered"] == pytest.approx(8000 * SUV_PER_BQML / 0.15)
    assert np.isnan(first["suv_mean_recovered"])
    assert "diameter 8.0 mm; expected 10 to 80 mm" in small_one["recovery_note"]
    assert "no curve of scanner" in other["recovery_note"]
    assert (other["status"], np.isnan(other["suv_max_recovered"])) == ("ok", True)
    assert "suv_max_recovered" not in extracted[0]


def test_the_tables_date_serves_iodine(tmp_path):
    write_scan(tmp_path, "iodine", dose=iodine_124(None))
    undated = scan("iodine", "T1", tracer="124I", tsh_level="low")
    dated = undated | {"administered_at": "2025-03-09T11:00:00"}
    for row, status in ((undated, "refused"), (dated, "ok")):
        one = study(tmp_path, [row], [lesion("T1", "L1")])
        lesions, audit = extract_study(one, Rules(), workers=1, progress=False)
        assert lesions["status"].tolist()[0] == audit["status"].item() == status
    assert audit["flags"].item() == "administered_at_from_table"
    doses = dose_table(lesions)
    assert doses["n_times"].tolist() == [1, 1]
    assert (doses["gy_per_gbq"] > 0).all()
    wrong = undated | {"administered_at": "on Sunday"}
    _, audit = extract_study(study(tmp_path, [wrong], []), Rules(), workers=1, progress=False)
    assert "expected YYYY-MM-DDTHH:MM:SS" in audit["reason"].item()


@pytest.mark.slow
def test_exports_are_written_beside(folder, tmp_path):
    one = study(folder, [scan("good", "P1"), scan("counts", "P2")], [lesion("P1", "L1")])
    extract_study(one, Rules(), workers=1, progress=False, export_dir=tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["good_pet.json", "good_seg.dcm", "good_sr.dcm"]
    assert json.loads((tmp_path / "good_pet.json").read_text())["SUV"]["Flags"] == []


class TestProjections:
    def test_show_the_highest_value_along_the_sight(self, small):
        found = {
            one.scan_id: one for one in project_study(small, Rules(), workers=1, progress=False)
        }
        good = found["good"]
        assert good.coronal.shape == good.sagittal.shape == (12, 16)
        assert good.coronal[6, 5] == pytest.approx(8000 * SUV_PER_BQML)
        assert good.sagittal[6, 12] == pytest.approx(3000 * SUV_PER_BQML)
        assert [one.name for one in good.outlines] == ["L1", "L2"]
        assert np.argwhere(good.outlines[0].coronal)[0].tolist() == [5, 4]
        assert good.outlines[1].sagittal.sum() == 3 * 2

    def test_of_a_refused_series_have_the_reason(self, small):
        found = {
            one.scan_id: one for one in project_study(small, Rules(), workers=1, progress=False)
        }
        assert "PROPCNTS" in found["counts"].reason
        assert found["counts"].outlines == ()

    def test_have_the_head_up_and_the_right_side_left(self, tmp_path):
        write_scan(tmp_path, "turned", ImageOrientationPatient=["-1", "0", "0", "0", "1", "0"])
        one = study(tmp_path, [scan("turned", "P1", region_file=None)], [lesion("P1", "L1")])
        turned = project_study(one, Rules(), workers=1, progress=False)[0]
        # Columns run to the right and slices, as the normal, to the feet: both are turned back.
        assert turned.coronal[6, 10] == pytest.approx(8000 * SUV_PER_BQML)
        assert turned.coronal[6, 4] == pytest.approx(3000 * SUV_PER_BQML)
