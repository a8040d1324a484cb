"""Every header variant of the synthetic study, without noise: SUV is what was put in."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from compendium.errors import Refused
from compendium.synthetic.headers import timing_of
from compendium.synthetic.scans import I124_VARIANTS, REFUSED_VARIANTS, TROP2_VARIANTS, Scan
from compendium.synthetic.series import write_series
from petsuv.notes import Overrides
from petsuv.series import load_series
from petsuv.suv import convert
from petsuv.testing.phantom import Grid

pytestmark = pytest.mark.slow

GRID = Grid((70, 6, 5))  # three beds
GIVEN = datetime(2026, 3, 2, 23, 20)
UPTAKE = {"18F-Trop2": timedelta(minutes=64), "124I": timedelta(hours=50)}
FLAGS = {
    "midnight": ["midnight"],
    "start_ge": ["midnight"],  # these two have the time of administration without its date
    "late_bed": ["midnight"],
    "mbq_dose": ["dose_in_mbq"],
}


def written(folder, tracer, variant):
    """A noise-free series whose SUV rises from voxel to voxel."""
    suv = (np.arange(np.prod(GRID.shape)).reshape(GRID.shape) % 97 + 3) / 10
    scan = Scan(
        scan_id=f"{tracer}_{variant}", patient_id="P1", sex="female", height_cm=164.0,
        weight_kg=58.3, tracer=tracer, scan_day=100, variant=variant, activity_mbq=151.7,
        administered_at=GIVEN, started_at=GIVEN + UPTAKE[tracer],
    )  # fmt: skip
    write_series(suv, scan, timing_of(scan, GRID.shape[0]), GRID, 1, folder / "series")
    return load_series(folder / "series"), suv


@pytest.mark.parametrize(
    ("tracer", "variant"),
    [
        *(("18F-Trop2", variant) for variant in TROP2_VARIANTS),
        *(("124I", variant) for variant in (*I124_VARIANTS, "table_date")),
    ],
)
def test_comes_out_as_it_went_in(tmp_path, tracer, variant):
    series, suv = written(tmp_path, tracer, variant)
    table = Overrides(table_administered_at=GIVEN if variant == "table_date" else None)
    found = convert(series, table)
    values = series.stored * found.suv_per_stored[:, None, None]
    # A stored value is the next of 32,767 steps up to the slice's maximum of 9.9.
    assert np.abs(values - suv).max() < 2e-4
    kinds = [flag.split("(")[0] for flag in found.flags]
    of_iodine = ["administered_at_from_table"] if variant == "table_date" else []
    assert kinds == (of_iodine if tracer == "124I" else FLAGS.get(variant, []))


@pytest.mark.parametrize("variant", REFUSED_VARIANTS)
def test_is_refused(tmp_path, variant):
    series, _ = written(tmp_path, "124I" if "124" in variant else "18F-Trop2", variant)
    with pytest.raises(Refused):
        convert(series)
