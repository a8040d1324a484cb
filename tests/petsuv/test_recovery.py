"""Recovery curves: between measured spheres, never beyond; beside the uncorrected value."""

from pathlib import Path

import numpy as np
import pytest

from petsuv.errors import InputError, Refused
from petsuv.recovery import Curve, read_curves, recovered, sphere_diameter_mm
from petsuv.testing.phantom import (
    Grid,
    Sphere,
    add_sphere,
    blurred,
    recovery_at_centre,
    sphere_mask,
)

HEADING = "scanner,figure,diameter_mm,coefficient\n"
ROWS = "mCT,suv_mean,10,0.4\nmCT,suv_mean,20,0.8\nmCT,suv_mean,40,1.0\n"


def table(folder: Path, rows: str = ROWS) -> Path:
    path = folder / "curve.csv"
    path.write_text(HEADING + rows)
    return path


@pytest.mark.parametrize(
    ("diameter_mm", "coefficient"), [(10, 0.4), (15, 0.6), (20, 0.8), (30, 0.9), (40, 1.0)]
)
def test_between_spheres_by_a_straight_line(
    tmp_path: Path, diameter_mm: float, coefficient: float
) -> None:
    (curve,) = read_curves(table(tmp_path))
    assert curve.coefficient(diameter_mm) == pytest.approx(coefficient)


@pytest.mark.parametrize("diameter_mm", [9.9, 40.1])
def test_beyond_the_spheres_nothing_is_guessed(tmp_path: Path, diameter_mm: float) -> None:
    (curve,) = read_curves(table(tmp_path))
    with pytest.raises(Refused, match="expected 10 to 40 mm, the spheres that were measured"):
        curve.coefficient(diameter_mm)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("mCT,suv_mean,10,0.4\nmCT,suv_mean,20,0.8\n", "2 spheres; expected at least 3"),
        (ROWS + "mCT,suv_mean,10,0.5\n", "0.5 at 10 mm; an earlier row has 0.4"),
        ("mCT,tlg,10,0.4\n", "figure 'tlg'; expected one of suv_max"),
        ("mCT,suv_mean,-3,0.4\n", "diameter_mm '-3'; expected a number above 0"),
        ("mCT,suv_mean,10,40\n", "coefficient '40'; expected a number above 0, up to 1.5"),
        ("mCT,suv_mean,10,\n", "coefficient ''; expected a number"),
    ],
)
def test_what_is_no_measured_curve_is_refused(tmp_path: Path, rows: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_curves(table(tmp_path, rows))


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("scanner,diameter_mm\nmCT,10\n")
    with pytest.raises(InputError, match="no column figure, coefficient"):
        read_curves(tmp_path / "c.csv")


def test_another_scanner_is_refused_with_those_known(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no curve of scanner 'Vision'; expected one of mCT"):
        recovered({"volume_ml": 4.0}, read_curves(table(tmp_path)), "Vision")


def test_the_corrected_value_stands_beside_the_measured_one(tmp_path: Path) -> None:
    row = {"volume_ml": np.pi / 6 * 1.5**3, "suv_mean": 3.0, "suv_max": 5.0}
    found = recovered(row, read_curves(table(tmp_path)), "MCT ")
    assert found["recovery_diameter_mm"] == pytest.approx(15.0)
    assert found["suv_mean_recovered"] == pytest.approx(5.0)
    assert "suv_max_recovered" not in found
    assert row["suv_mean"] == 3.0


def test_too_small_a_lesion_has_its_reason_and_no_value(tmp_path: Path) -> None:
    found = recovered({"volume_ml": 0.1, "suv_mean": 3.0}, read_curves(table(tmp_path)), "mCT")
    assert "suv_mean_recovered" not in found
    assert "diameter 5.8 mm; expected 10 to 40 mm" in str(found["recovery_note"])


def test_a_phantom_of_known_truth_is_recovered() -> None:
    """Cold background, so that the whole contrast is the sphere's; curve by the formula."""
    grid = Grid((50, 50, 50), 2.0)
    centre = (1.0, 1.0, 50.0)
    diameters = (10.0, 13.0, 17.0, 22.0, 28.0)
    curve = Curve(
        "made",
        "suv_max",
        tuple((d, float(recovery_at_centre(np.array(d), 6.0))) for d in diameters),
    )
    for diameter in (11.5, 12.0, 15.0):
        image = np.zeros(grid.shape, dtype=np.float32)
        add_sphere(image, grid, Sphere("L", centre, diameter / 2, 8.0))
        seen = blurred(image, 6.0, grid)
        voxels, mask = sphere_mask(grid, centre, diameter / 2)
        volume_ml = np.pi / 6 * diameter**3 / 1000
        row = {"volume_ml": volume_ml, "suv_max": float(seen[voxels][mask].max())}
        assert row["suv_max"] < 7.95
        found = recovered(row, [curve], "made")
        assert found["suv_max_recovered"] == pytest.approx(8.0, rel=0.05)


def test_diameter_of_a_sphere_of_a_volume() -> None:
    assert sphere_diameter_mm(np.pi / 6) == pytest.approx(10.0)
