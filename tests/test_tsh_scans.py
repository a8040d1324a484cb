"""What is read again from the 124I images: residual scans, projections of both scans."""

import numpy as np
import pandas as pd
import pytest
from pet_study import lesion, scan, stored_values, study, write_scan

from compendium.rules import Rules
from compendium.tsh.scans import both_projections, residual_uptake
from petsuv.testing.series import iodine_124, write_series

DECAY_PER_DAY = 0.5 ** (86_400 / 360_806)


@pytest.fixture(scope="module")
def patients(tmp_path_factory):
    """P1 with both scans and a residual scan ten days after the first dose; P2 with the low one."""
    folder = tmp_path_factory.mktemp("tsh")
    two_days_before = iodine_124("20250310110000")
    for name in ("P1_low", "P1_high", "P2_low"):
        write_scan(folder, name, dose=two_days_before)
    write_series(
        folder / "dicom" / "P1_residual",
        stored=stored_values() // 4,
        dose=iodine_124("20250302110000"),
        PatientID="P1",
    )
    given = dict(tracer="124I", tsh_miu_per_l=30.0)
    scans = [
        scan("P1_low", "P1", tsh_level="low", **given),
        scan("P1_high", "P1", tsh_level="high", residual_series_dir="P1_residual", **given),
        scan("P2_low", "P2", tsh_level="low", **given),
    ]
    return study(folder, scans, [lesion("P1", "L1"), lesion("P1", "L9"), lesion("P2", "L1")])


def test_residual_is_read_in_the_regions_of_the_second_scan(patients):
    """Stored 2000 Bq/mL in L1, ten days after 370 MBq in 70 kg: SUV 2000 · 70 000 / (370e6 · f)."""
    table = residual_uptake(patients, Rules()).set_index("lesion_id")
    expected = 2000 * 70_000 / (370e6 * DECAY_PER_DAY**10)
    assert table.loc["L1", "residual_scan_suv"] == pytest.approx(expected, rel=1e-6)
    assert table.loc["L1", "residual_scan_days"] == pytest.approx(10)


def test_a_lesion_that_cannot_be_read_says_why(patients):
    table = residual_uptake(patients, Rules()).set_index("lesion_id")
    assert np.isnan(table.loc["L9", "residual_scan_suv"])
    assert "no region named L9" in table.loc["L9", "reason"]


def test_no_residual_scan_gives_no_row(patients):
    table = residual_uptake(patients, Rules())
    assert set(table["patient_id"]) == {"P1"}


PAIRS = pd.DataFrame(
    {
        "patient_id": ["P1", "P2"],
        "scan_id_low": ["P1_low", "P2_low"],
        "scan_id_high": ["P1_high", None],
    }
)


def test_both_scans_of_a_patient_or_none(patients):
    found = both_projections(patients, ["P2", "P1"], PAIRS, Rules())
    assert list(found) == ["P1"]
    low, high = found["P1"]
    assert (low.scan_id, high.scan_id) == ("P1_low", "P1_high")
    assert low.reason == ""
