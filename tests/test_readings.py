"""SUVmax that persons read: whole without images, compared with them, and never mixed unsaid."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from study_tables import table, valid_rows, write_csv

from compendium.rules import Rules
from compendium.study import examine, load_study
from compendium.study.problems import errors_of
from compendium.trop2.suv_groups import ratio_of_groups
from compendium.uptake import outputs
from compendium.uptake.lesions import audit_table, extract_study, lesion_table
from compendium.uptake.readings import MEASURED, origins, readings_by_lesion, with_readings

READ = {"reader_id": "R1", "software": "MIM", "software_version": "7.1"}


def reading(scan: str, lesion: str, suv_max: float, **cells: object) -> dict[str, object]:
    patient = scan.removeprefix("S")
    return {"patient_id": patient, "scan_id": scan, "lesion_id": lesion, "suv_max": suv_max, **READ,
            **cells}  # fmt: skip


def study(readings: list[dict[str, object]], *, images: bool = False) -> SimpleNamespace:
    scan = {"tracer": "18F-Trop2", "scan_day": 900, "series_dir": "x" if images else None}
    scans = [{"scan_id": f"S{p}", "patient_id": p, **scan} for p in ("P1", "P2")]
    lesions = [
        {"patient_id": p, "lesion_id": name, "diameter_mm": 12.0}
        for p in ("P1", "P2")
        for name in ("L1", "L2")
    ]
    return SimpleNamespace(
        tables={
            "pet_scan": table("pet_scan", scans),
            "lesion": table("lesion", lesions),
            "lesion_reading": table("lesion_reading", readings),
        }
    )


def measured(value: float, lesion: str = "L1") -> pd.DataFrame:
    row = {"scan_id": "SP1", "patient_id": "P1", "lesion_id": lesion, "status": "ok", "reason": "",
           "suv_max": value}  # fmt: skip
    return lesion_table([row])


def test_readers_of_a_lesion_become_their_mean_with_who_read_in_what():
    second = {"reader_id": "R2", "software_version": None}
    found = readings_by_lesion(
        table("lesion_reading", [reading("SP1", "L1", 8.0), reading("SP1", "L1", 9.0, **second)])
    )
    assert found.loc[("SP1", "L1"), "suv_max"] == 8.5
    assert found.loc[("SP1", "L1"), "origin"] == "read by R1 in MIM 7.1 and read by R2 in MIM"


def test_a_scan_without_images_has_its_readings_and_says_so():
    given = study([reading("SP1", "L1", 8.0), reading("SP2", "L1", 4.0)])
    lesions, audit = with_readings(given, lesion_table([]), audit_table([]), Rules())
    rows = lesions.set_index(["scan_id", "lesion_id"])
    assert rows.loc[("SP1", "L1"), ["status", "suv_max"]].tolist() == ["ok", 8.0]
    assert rows.loc[("SP1", "L1"), "origin"] == "read by R1 in MIM 7.1"
    assert rows.loc[("SP1", "L2"), "reason"] == "not read, and there are no images"
    assert audit[["n_lesions", "n_measured", "units"]].to_numpy().tolist() == [
        [2, 1, "SUV as read"], [2, 1, "SUV as read"],
    ]  # fmt: skip
    assert origins(lesions) == "SUVmax read by R1 in MIM 7.1"


@pytest.mark.parametrize(("read", "kept"), [(8.0, True), (8.79, True), (8.81, False), (0.8, False)])
def test_a_reading_beside_images_is_compared_and_a_difference_refused_with_both(read, kept):
    given = study([reading("SP1", "L1", read)], images=True)
    lesions, _ = with_readings(given, measured(8.0), audit_table([]), Rules())
    (row,) = lesions.to_dict("records")
    assert (row["status"] == "ok", row["origin"]) == (kept, MEASURED)
    assert kept == (row["suv_max"] == 8.0) == (row["reason"] == "")
    if not kept:
        assert f"SUVmax is 8 in the images, and {read:.3g} read by R1 in MIM 7.1" in row["reason"]
        assert np.isnan(row["suv_max"])


@pytest.mark.slow
def test_both_shares_are_rules(rows, tmp_path):
    given = study([reading("SP1", "L1", 8.9)], images=True)
    wide = Rules(reading_suv_share=0.2)
    kept, _ = with_readings(given, measured(8.0), audit_table([]), wide)
    assert kept["status"].tolist() == ["ok"]
    rows["lesion_reading"].append(
        {**rows["lesion_reading"][0], "reader_id": "R2", "suv_max": "8.5"}
    )
    folder = write_csv(rows, tmp_path)
    assert errors_of(examine(folder, Rules())[1])
    assert not errors_of(examine(folder, Rules(readers_suv_share=0.4))[1])


def test_a_study_without_readings_is_as_it_was():
    lesions, audit = with_readings(study([], images=True), measured(8.0), audit_table([]), Rules())
    assert set(lesions["origin"]) == {MEASURED}
    assert origins(lesions) == ""
    assert len(audit) == 0


def test_the_method_of_a_ratio_says_what_was_read_and_what_was_measured():
    rng = np.random.default_rng(1)
    lesions = pd.DataFrame(
        {
            "patient_id": [f"P{n // 2}" for n in range(24)],
            "group": ["rapid" if n < 12 else "stable" for n in range(24)],
            "suv_max": rng.lognormal(1, 0.5, 24),
            "status": "ok",
            "origin": ["read by R1 in MIM 7.1"] * 20 + [MEASURED] * 4,
        }
    )
    said = "SUVmax of several origins: 4 lesions measured in the images, 20 lesions read by R1"
    assert said in ratio_of_groups(lesions).method
    assert "SUVmax" not in ratio_of_groups(lesions.assign(origin=MEASURED)).method


@pytest.fixture
def rows():
    rows = valid_rows()
    for scan in rows["pet_scan"]:
        scan["series_dir"] = scan["region_file"] = ""
    rows["lesion_reading"] = [
        {"patient_id": scan["patient_id"], "scan_id": scan["scan_id"],
         "lesion_id": lesion["lesion_id"], "suv_max": "6.5", **READ}
        for scan in rows["pet_scan"]
        for lesion in rows["lesion"]
        if lesion["patient_id"] == scan["patient_id"]
    ]  # fmt: skip
    return rows


@pytest.mark.slow
def test_a_study_whose_suvmax_was_read_is_whole(rows, tmp_path):
    given = load_study(write_csv(rows, tmp_path))
    lesions, audit = extract_study(given, Rules(), workers=1, progress=False)
    assert lesions["status"].eq("ok").all()
    assert len(lesions) == len(rows["lesion_reading"])
    assert len(audit) == len(rows["pet_scan"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda r: r.pop("lesion_reading"), "has no images, and no row in lesion_reading"),
        (lambda r: r["lesion_reading"][0].update(lesion_id="L77"), "has no lesion_id L77"),
        (lambda r: r["lesion_reading"][0].update(scan_id="S77"), "has no scan_id S77 in pet_scan"),
        (lambda r: r["lesion_reading"].append({**r["lesion_reading"][0], "reader_id": "R2",
         "suv_max": "65"}), "readers found 6.5 and 65"),
        (lambda r: r["lesion_reading"].append(dict(r["lesion_reading"][0])), "is there already"),
    ],
)  # fmt: skip
def test_readings_that_contradict_are_refused(rows, tmp_path, change, words):
    change(rows)
    found = errors_of(examine(write_csv(rows, tmp_path), Rules())[1])
    assert [problem for problem in found if words in problem.found]


@pytest.mark.slow
def test_two_programs_are_told(rows, tmp_path):
    rows["lesion_reading"][0]["software"] = "syngo.via"
    found = examine(write_csv(rows, tmp_path), Rules())[1]
    assert [p.severity for p in found if "2 programs: MIM, syngo.via" in p.found] == ["deviation"]


def test_the_origin_is_a_column_where_persons_read_it_and_none_where_all_was_measured():
    given = study([reading("SP1", "L1", 8.0), reading("SP2", "L1", 4.0)])
    read, audit = with_readings(given, lesion_table([]), audit_table([]), Rules())
    for published, frame in ((outputs.lesions, read), (outputs.audit, audit)):
        (shown,) = published(frame)
        assert shown.headings["origin"] == "SUVmax from"
        (measured_only,) = published(frame.assign(origin=MEASURED))
        assert "origin" not in measured_only.headings
        assert "origin" in measured_only.frame
