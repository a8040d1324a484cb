"""The commands suv, extract and dose: tables, exit status, messages."""

import csv
import subprocess
import sys

import pandas as pd
import pytest
from click.testing import CliRunner
from pet_study import lesion, scan, study, write_scan

from compendium.cli.pet import SUV_COLUMNS, dose, extract, suv
from compendium.errors import InputError, Refused
from petsuv.testing.contours import rectangle, write_rtstruct
from petsuv.testing.series import SUV_PER_BQML, write_series
from petsuv.text import uid_of


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture
def pet(tmp_path):
    folder = write_series(tmp_path / "pet")
    regions = {"L1": [rectangle(-5, -7, 5, 3, 3)], "empty": []}
    return folder, write_rtstruct(tmp_path / "rs.dcm", regions)


def run(command, *arguments):
    return CliRunner().invoke(command, [str(one) for one in arguments])


class TestSuv:
    def test_writes_a_row_a_region(self, pet, tmp_path):
        out = tmp_path / "new" / "table.csv"
        result = run(suv, pet[0], "--region", pet[1], "--out", out)
        assert result.exit_code == 0, result.output
        assert "1 of 2 regions measured" in result.output
        assert "region empty: without any voxel" in result.stderr
        found = rows_of(out)
        assert tuple(found[0]) == SUV_COLUMNS
        assert [(row["region"], row["status"]) for row in found] == [
            ("L1", "ok"),
            ("empty", "refused"),
        ]
        # Voxels 36..38, 41..43, 46..48 of slice 1 hold ten times their number.
        assert float(found[0]["suv_min"]) == pytest.approx(360 * SUV_PER_BQML)
        assert float(found[0]["suv_median"]) == pytest.approx(420 * SUV_PER_BQML)
        assert float(found[0]["suv_mean"]) == pytest.approx(420 * SUV_PER_BQML)
        assert float(found[0]["suv_max"]) == pytest.approx(480 * SUV_PER_BQML)
        assert float(found[0]["volume_ml"]) == pytest.approx(9 * 0.048)
        assert found[1]["suv_max"] == ""

    def test_takes_one_region_by_name(self, pet, tmp_path):
        out = tmp_path / "t.csv"
        arguments = (pet[0], "--region", pet[1], "--out", out, "--region-name")
        assert run(suv, *arguments, "L1").exit_code == 0
        assert [row["region"] for row in rows_of(out)] == ["L1"]
        empty = run(suv, *arguments, "empty")
        assert isinstance(empty.exception, Refused)
        assert rows_of(out)[0]["status"] == "refused"
        assert isinstance(run(suv, *arguments, "L7").exception, InputError)

    def test_takes_one_of_equal_names_by_number(self, pet, tmp_path):
        twins = [("L1", [rectangle(-5, -7, 5, 3, z)]) for z in (3, 6)]
        path, out = write_rtstruct(tmp_path / "twins.dcm", twins), tmp_path / "t.csv"
        assert run(suv, pet[0], "--region", path, "--out", out).exit_code == 0
        assert [row["number"] for row in rows_of(out)] == ["1", "2"]
        arguments = (pet[0], "--region", path, "--out", out, "--region-number")
        assert run(suv, *arguments, 2).exit_code == 0
        (found,) = rows_of(out)
        assert (found["region"], found["number"]) == ("L1", "2")
        assert float(found["suv_max"]) == pytest.approx(780 * SUV_PER_BQML)

    def test_a_refused_series_leaves_no_older_value_behind(self, pet, tmp_path):
        out = tmp_path / "t.csv"
        run(suv, pet[0], "--region", pet[1], "--out", out)
        write_series(pet[0], Units="PROPCNTS")
        result = run(suv, pet[0], "--region", pet[1], "--out", out)
        assert "(0054,1001) Units is PROPCNTS" in str(result.exception)
        found = rows_of(out)
        assert [row["status"] for row in found] == ["refused"]
        assert "PROPCNTS" in found[0]["reason"]

    def test_fills_skipped_slices_only_if_asked(self, pet, tmp_path):
        skipped = {"L1": [rectangle(-5, -7, 5, 3, z) for z in (0, 6)]}
        path = write_rtstruct(tmp_path / "skipped.dcm", skipped)
        for more, count, flag in (((), "18", "skipped"), (("--fill-skipped",), "27", "filled")):
            out = tmp_path / f"{flag}.csv"
            assert run(suv, pet[0], "--region", path, "--out", out, *more).exit_code == 0
            row = rows_of(out)[0]
            assert row["n_voxels"] == count
            assert row["flags"].startswith(f"slices_{flag}(")

    def test_takes_regions_of_another_study_only_if_asked(self, pet, tmp_path):
        regions = {"L1": [rectangle(-5, -7, 5, 3, 3)]}
        path = write_rtstruct(tmp_path / "own.dcm", regions, StudyInstanceUID=uid_of("its own"))
        refused = run(suv, pet[0], "--region", path, "--out", tmp_path / "t.csv")
        assert "(0020,000D) Study Instance UID" in str(refused.exception)
        taken = run(suv, pet[0], "--region", path, "--out", tmp_path / "t.csv", "--other-study")
        assert taken.exit_code == 0, taken.output

    def test_overrides_are_recorded(self, pet, tmp_path):
        out = tmp_path / "t.csv"
        result = run(
            suv, pet[0], "--region", pet[1], "--region-name", "L1", "--out", out,
            "--weight-kg", 77, "--administered-at", "2025-03-12T11:00:00",
        )  # fmt: skip
        assert result.exit_code == 0, result.output
        row = rows_of(out)[0]
        assert float(row["suv_max"]) == pytest.approx(480 * 77_000 / 370e6)
        assert "weight_override(77 kg, header 70)" in row["flags"]
        assert "administered_at_override" in row["flags"]

    @pytest.mark.parametrize(
        "wrong", [("--weight-kg", "-3"), ("--weight-kg", "0"), ("--administered-at", "Monday")]
    )
    def test_impossible_overrides_are_usage_errors(self, pet, tmp_path, wrong):
        result = run(suv, pet[0], "--region", pet[1], "--out", tmp_path / "t.csv", *wrong)
        assert result.exit_code == 2
        assert wrong[0] in result.output

    @pytest.mark.parametrize("name", ["no_series", "no_region"])
    def test_missing_input_is_named(self, pet, tmp_path, name):
        folder, path = (
            (tmp_path / name, pet[1]) if name == "no_series" else (pet[0], tmp_path / name)
        )
        result = run(suv, folder, "--region", path, "--out", tmp_path / "t.csv")
        assert isinstance(result.exception, InputError)
        assert name in str(result.exception)

    @pytest.mark.slow
    def test_as_a_process_exits_2_with_the_reason_on_standard_error(self, pet, tmp_path):
        write_series(pet[0], PatientWeight=None)
        program = [sys.executable, "-c", "from compendium.cli import main; main()"]
        done = subprocess.run(
            [*program, "suv", pet[0], "--region", pet[1], "--out", tmp_path / "t.csv"],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr.startswith("Error: ")
        assert "(0010,1030) Patient's Weight is missing or empty" in done.stderr
        assert "Traceback" not in done.stderr

    @pytest.mark.slow
    def test_loads_no_table_library(self, pet, tmp_path):
        program = (
            "import sys\nfrom compendium.cli.pet import suv\n"
            "suv(sys.argv[1:], standalone_mode=False)\n"
            "slow = {'pandas', 'SimpleITK', 'highdicom', 'matplotlib', 'scipy'}\n"
            "slow &= set(sys.modules)\n"
            "raise SystemExit(f'loaded {slow}' if slow else 0)"
        )
        arguments = [pet[0], "--region", pet[1], "--region-name", "L1", "--out", tmp_path / "t.csv"]
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr


@pytest.fixture
def small(tmp_path, monkeypatch):
    """The command finds a study of a good and a broken scan."""
    write_scan(tmp_path, "good")
    write_scan(tmp_path, "counts", Units="PROPCNTS")
    made = study(
        tmp_path,
        [scan("good", "P1"), scan("counts", "P2")],
        [lesion("P1", "L1"), lesion("P2", "L1")],
    )
    monkeypatch.setattr("compendium.study.load_study", lambda _: made)
    return made


class TestExtract:
    def test_writes_both_tables_and_a_count(self, small, tmp_path):
        out = tmp_path / "out"
        result = run(extract, "small", "--out", out, "--workers", 1, "--quiet")
        assert result.exit_code == 0, result.output
        assert "1 of 2 series converted, 2 of 3 lesions measured" in result.output
        assert "Refused: counts: counts: (0054,1001) Units" in result.stderr
        lesions, audit = (rows_of(out / f"{name}.csv") for name in ("lesion_suv", "series_audit"))
        assert [(row["scan_id"], row["lesion_id"], row["n_voxels"]) for row in lesions] == [
            ("good", "L1", "27"),
            ("good", "L2", "12"),
            ("counts", "L1", ""),
        ]
        assert [row["status"] for row in audit] == ["ok", "refused"]
        meanings = rows_of(out / "lesion_suv_columns.csv")
        assert {row["column"] for row in meanings} < set(lesions[0])

    def test_strict_is_an_error_after_everything_is_written(self, small, tmp_path):
        out = tmp_path / "out"
        result = run(extract, "small", "--out", out, "--workers", 1, "--quiet", "--strict")
        assert isinstance(result.exception, Refused)
        assert "1 of 2 series converted" in str(result.exception)
        assert (out / "series_audit.csv").is_file()

    @pytest.mark.slow
    def test_writes_exports_and_pictures_on_demand(self, small, tmp_path):
        out = tmp_path / "out"
        result = run(
            extract, "small", "--out", out, "--workers", 1, "--quiet", "--export", "--pictures"
        )
        assert result.exit_code == 0, result.output
        assert sorted(path.name for path in (out / "export").iterdir()) == [
            "good_pet.json",
            "good_seg.dcm",
            "good_sr.dcm",
        ]
        assert sorted(path.name for path in (out / "pictures").iterdir()) == [
            "contact_sheet.png",
            "good.png",
        ]

    def test_shows_a_progress_bar(self, small, tmp_path):
        result = run(extract, "small", "--out", tmp_path / "out", "--workers", 1)
        assert "PET series: 100%" in result.stderr


class TestDose:
    def test_writes_a_row_a_lesion(self, tmp_path):
        table = pd.DataFrame(
            {
                "patient_id": ["007", "008"], "tsh_level": ["low", None], "lesion_id": ["1", "1"],
                "tracer": ["124I", "18F-Trop2"], "uptake_time_h": [48.0, 1.0],
                "mean_kbq_per_ml": [10.0, 9.0], "injected_activity_mbq": [50.0, 370.0],
                "reason": [None, None],
            }
        )  # fmt: skip
        table.to_csv(tmp_path / "lesion_suv.csv", index=False)
        result = run(dose, tmp_path / "lesion_suv.csv", "--out", tmp_path / "dose.csv")
        assert result.exit_code == 0, result.output
        assert "1 of 1 lesions projected (exploratory)" in result.output
        row = rows_of(tmp_path / "dose.csv")[0]
        assert (row["patient_id"], row["lesion_id"]) == ("007", "1")
        assert float(row["gy_per_gbq"]) == pytest.approx(6.1463, abs=2e-4)

    def test_names_a_missing_table(self, tmp_path):
        result = run(dose, tmp_path / "gone.csv", "--out", tmp_path / "dose.csv")
        assert "gone.csv" in str(result.exception)
