"""`compendium suv` without a region file: made, marked in table and SEG, read back as marked."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from click.testing import CliRunner, Result

import petsuv
from compendium.cli.pet import suv
from compendium.errors import Refused
from petsuv.testing.images import write_phantom
from petsuv.testing.phantom import Grid, Sphere, add_sphere

GRID = Grid((40, 40, 40), 4.0)
LESION = Sphere("L", (2.0, 2.0, 80.0), 14.0, 10.0)
LIVER = Sphere("liver", (-50.0, -50.0, 120.0), 22.0, 2.0)


@pytest.fixture(scope="module")
def pet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A phantom of SUV 1 with a lesion of 10 and a liver of 2."""
    image = np.ones(GRID.shape, dtype=np.float32)
    add_sphere(image, GRID, LIVER)
    add_sphere(image, GRID, LESION)
    folder: Path = tmp_path_factory.mktemp("phantom") / "pet"
    write_phantom(folder, image, GRID, ManufacturerModelName="mCT")
    return folder


def run(pet: Path, out: Path, *options: object) -> Result:
    return CliRunner().invoke(suv, [str(pet), "--out", str(out), *map(str, options)])


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_a_sphere_is_measured_and_marked(pet: Path, tmp_path: Path) -> None:
    done = run(pet, tmp_path / "t.csv", "--sphere", "2,2,80,20")
    assert done.exit_code == 0, done.output
    (row,) = rows_of(tmp_path / "t.csv")
    assert (row["region"], row["made"]) == ("sphere_1", "sphere of 20 mm at 2, 2, 80")
    assert "without_segmentation(sphere of 20 mm at 2, 2, 80)" in row["flags"]
    assert float(row["suv_mean"]) == pytest.approx(10.0, rel=1e-3)


def test_negative_coordinates_are_coordinates(pet: Path, tmp_path: Path) -> None:
    done = run(pet, tmp_path / "t.csv", "--box", "-50,-50,120,20,20,20")
    assert done.exit_code == 0, done.output
    assert float(rows_of(tmp_path / "t.csv")[0]["suv_mean"]) == pytest.approx(2.0, rel=1e-3)


def test_several_are_numbered_and_one_refused_has_its_reason(pet: Path, tmp_path: Path) -> None:
    options = ("--sphere", "2,2,80,20", "--sphere", "900,2,80,20", "--grow", "2,2,80")
    done = run(pet, tmp_path / "t.csv", *options)
    assert done.exit_code == 0, done.output
    found = [(row["region"], row["number"], row["status"]) for row in rows_of(tmp_path / "t.csv")]
    assert found == [
        ("sphere_1", "1", "ok"),
        ("sphere_2", "2", "refused"),
        ("grown_1", "3", "ok"),
    ]


@pytest.mark.parametrize(
    ("by", "says"),
    [
        (("--grow-by", "share"), "41% of the maximum, from SUV 10"),
        (("--grow-by", "suv", "--grow-suv", "5.5"), "SUV 5.5"),
        (("--grow-by", "percist", "--liver", "-50,-50,120"), "1.5 x liver 2 + 2 SD"),
    ],
)
def test_growing_by_each_threshold(pet: Path, tmp_path: Path, by: Any, says: str) -> None:
    done = run(pet, tmp_path / "t.csv", "--grow", "6,6,76", *by)
    assert done.exit_code == 0, done.output
    (row,) = rows_of(tmp_path / "t.csv")
    assert says in row["made"]
    assert float(row["suv_max"]) == pytest.approx(10.0, rel=1e-3)
    assert float(row["volume_ml"]) == pytest.approx(4 / 3 * np.pi * 1.4**3, rel=0.25)


def test_percist_without_a_liver_is_refused(pet: Path, tmp_path: Path) -> None:
    done = run(pet, tmp_path / "t.csv", "--grow", "2,2,80", "--grow-by", "percist")
    assert done.exit_code != 0
    assert "expected --liver x,y,z" in str(done.exception)


@pytest.mark.parametrize("options", [(), ("--region", "x.dcm", "--sphere", "0,0,0,10")])
def test_one_source_of_regions_is_asked_for(pet: Path, tmp_path: Path, options: Any) -> None:
    done = run(pet, tmp_path / "t.csv", *options)
    assert done.exit_code == 2
    assert "Give either --region, or --sphere" in done.output


@pytest.mark.parametrize("given", ["1,2,3", "1,2,3,x", "1,2,3,4,5"])
def test_what_are_no_four_numbers_is_refused(pet: Path, tmp_path: Path, given: str) -> None:
    done = run(pet, tmp_path / "t.csv", "--sphere", given)
    assert done.exit_code == 2
    assert "expected x,y,z,diameter" in done.output


def test_the_seg_says_how_and_is_read_back_as_made(pet: Path, tmp_path: Path) -> None:
    seg = tmp_path / "seg.dcm"
    run(pet, tmp_path / "t.csv", "--grow", "2,2,80", "--sphere", "2,2,80,20", "--seg", seg)
    items = pydicom.dcmread(seg).SegmentSequence
    assert [one.SegmentAlgorithmType for one in items] == ["SEMIAUTOMATIC", "SEMIAUTOMATIC"]
    assert items[1].SegmentDescription == (
        "grown over 41% of the maximum, from SUV 10, within 60 mm"
    )
    assert items[0].SegmentAlgorithmName == "petsuv sphere of 20 mm at 2, 2, 80"
    done = run(pet, tmp_path / "again.csv", "--region", seg)
    assert done.exit_code == 0, done.output
    made, again = rows_of(tmp_path / "t.csv"), rows_of(tmp_path / "again.csv")
    by_name = {row["region"]: row for row in made}
    for row in again:
        assert row["suv_mean"] == by_name[row["region"]]["suv_mean"]
        assert row["n_voxels"] == by_name[row["region"]]["n_voxels"]
        assert row["made"]
        assert "without_segmentation(" in row["flags"]


def test_a_made_region_bears_the_name_that_it_is_given(pet: Path, tmp_path: Path) -> None:
    seg = tmp_path / "seg.dcm"
    asked = ("--sphere", "2,2,80,20", "--grow", "2,2,80", "--name", "L1", "--seg", seg)
    done = run(pet, tmp_path / "t.csv", *asked)
    assert done.exit_code == 0, done.output
    assert [row["region"] for row in rows_of(tmp_path / "t.csv")] == ["L1", "grown_1"]
    assert {one.SegmentLabel for one in pydicom.dcmread(seg).SegmentSequence} == {"L1", "grown_1"}


@pytest.mark.parametrize("names", [("L1", "L2"), ("liver (proposed)",), (" ",)])
def test_names_that_are_no_names_are_refused(pet: Path, tmp_path: Path, names: Any) -> None:
    asked = [part for name in names for part in ("--name", name)]
    done = run(pet, tmp_path / "t.csv", "--sphere", "2,2,80,20", *asked)
    assert "expected at most 1 different names" in str(done.exception)


def test_a_made_region_keeps_its_mark_when_it_is_exported_again(pet: Path, tmp_path: Path) -> None:
    from petsuv.export import write_exports

    run(pet, tmp_path / "t.csv", "--sphere", "2,2,80,20", "--seg", tmp_path / "seg.dcm")
    series = petsuv.load(pet)
    (region,) = series.regions(tmp_path / "seg.dcm")
    rows = [row | {"lesion_id": region.name} for row in series.measure(region)]
    write_exports(tmp_path, "x", series, [region], rows)
    (item,) = pydicom.dcmread(tmp_path / "x_seg.dcm").SegmentSequence
    assert item.SegmentAlgorithmType == "SEMIAUTOMATIC"
    assert item.SegmentAlgorithmName == "petsuv sphere of 20 mm at 2, 2, 80"


def test_a_drawn_region_bears_no_mark(pet: Path, tmp_path: Path) -> None:
    from petsuv.region import Region
    from petsuv.segmentation import Segment, series_segmentation

    series = petsuv.load(pet).series
    drawn = Region("L1", (18, 18, 18), np.ones((4, 4, 4), dtype=bool))
    series_segmentation(series, [Segment(drawn)]).save_as(tmp_path / "seg.dcm")
    run(pet, tmp_path / "t.csv", "--region", tmp_path / "seg.dcm")
    (row,) = rows_of(tmp_path / "t.csv")
    assert row["made"] == ""
    assert "without_segmentation" not in row["flags"]


def test_references_are_proposed_by_name_or_refused(pet: Path, tmp_path: Path) -> None:
    done = run(pet, tmp_path / "t.csv", "--propose-references")
    assert isinstance(done.exception, Refused)  # a liver of 45 mL is none
    assert rows_of(tmp_path / "t.csv")[0]["region"] == "liver (proposed)"
    assert "expected at least 200 mL for a liver" in rows_of(tmp_path / "t.csv")[0]["reason"]


def test_a_proposal_has_its_own_status(tmp_path: Path) -> None:
    wide = Grid((40, 50, 90), 4.0)
    image = np.full(wide.shape, 0.3, dtype=np.float32)
    add_sphere(image, wide, Sphere("liver", (-64.0, 2.0, 80.0), 46.0, 2.0))
    write_phantom(tmp_path / "pet", image, wide)
    done = run(tmp_path / "pet", tmp_path / "t.csv", "--propose-references")
    assert done.exit_code == 0, done.output
    liver, aorta = rows_of(tmp_path / "t.csv")
    assert (liver["region"], liver["status"]) == ("liver (proposed)", "proposed")
    assert float(liver["suv_mean"]) == pytest.approx(2.0, rel=0.01)
    assert (aorta["region"], aorta["status"]) == ("aorta (proposed)", "refused")


def test_recovery_stands_beside_the_measured_value(pet: Path, tmp_path: Path) -> None:
    curve = tmp_path / "curve.csv"
    curve.write_text(
        "scanner,figure,diameter_mm,coefficient\n"
        "mCT,suv_mean,10,0.4\nmCT,suv_mean,20,0.8\nmCT,suv_mean,60,0.8\n"
    )
    plain, with_it = tmp_path / "plain.csv", tmp_path / "with.csv"
    run(pet, plain, "--sphere", "2,2,80,26")
    done = run(pet, with_it, "--sphere", "2,2,80,26", "--recovery", curve)
    assert done.exit_code == 0, done.output
    (before,), (row,) = rows_of(plain), rows_of(with_it)
    assert row["suv_mean"] == before["suv_mean"]
    assert "suv_mean_recovered" not in before
    assert float(row["suv_mean_recovered"]) == pytest.approx(float(row["suv_mean"]) / 0.8)
    other = run(pet, with_it, "--sphere", "2,2,80,26", "--recovery", curve, "--scanner", "Vision")
    assert "no curve of scanner 'Vision'" in str(other.exception)
