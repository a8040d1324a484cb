"""The phantom's parts by their formulas: recovery, volume, noise."""

import math

import numpy as np
import pytest

import petsuv
from petsuv.segmentation import Segment, segmentation
from petsuv.testing.contours import sphere_contours, write_rtstruct
from petsuv.testing.images import write_phantom
from petsuv.testing.phantom import (
    Grid,
    Sphere,
    add_sphere,
    blurred,
    recovery_at_centre,
    sphere_mask,
    with_noise,
)

GRID = Grid()


def test_a_small_lesion_loses_contrast_as_the_formula_says():
    grid = Grid(shape=(41, 41, 41), voxel_mm=1.0)
    for diameter in (5.0, 8.0, 12.0, 20.0):
        image = np.zeros(grid.shape, dtype=np.float32)
        add_sphere(image, grid, Sphere("L1", (0, 0, 20), diameter / 2, 1.0))
        centre = float(blurred(image, 6.0, grid)[20, 20, 20])
        expected = float(recovery_at_centre(np.array([diameter]), 6.0)[0])
        # voxels of 1 mm stand for the continuous formula to about 1 %
        assert centre == pytest.approx(expected, abs=0.015)
        assert centre < 1


def test_recovery_by_hand():
    # A radius of one standard deviation keeps erf(1/√2) - √(2/π)·exp(-1/2) = 0.19875.
    sigma = 6.0 / (2 * math.sqrt(2 * math.log(2)))
    kept = recovery_at_centre(np.array([2 * sigma, 200.0]), 6.0)
    assert kept == pytest.approx([0.198748, 1.0], abs=1e-6)


def test_a_sphere_keeps_its_volume_on_the_grid():
    image = np.zeros(GRID.shape, dtype=np.float32)
    add_sphere(image, GRID, Sphere("L1", (13.3, -7.1, 401.9), 9.0, 2.0))
    volume = float(image.sum()) / 2 * GRID.voxel_mm**3
    assert volume == pytest.approx(4 / 3 * math.pi * 9**3, rel=0.01)
    assert image.max() == 2


def test_noise_grows_with_the_root_of_uptake_and_is_not_biased():
    grid = Grid(shape=(60, 60, 60))
    rng = np.random.default_rng(4)
    spread = {}
    for suv in (1.0, 4.0):
        noisy = with_noise(np.full(grid.shape, suv, dtype=np.float32), 0.10, grid, rng)
        assert noisy.mean() == pytest.approx(suv, rel=0.01)
        spread[suv] = noisy.std()
    assert spread[1.0] == pytest.approx(0.10, rel=0.03)
    assert spread[4.0] == pytest.approx(0.20, rel=0.03)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A sharp sphere of SUV 5 in a background of 1, with both kinds of region files."""
    folder = tmp_path_factory.mktemp("phantom")
    grid, sphere = Grid(shape=(12, 20, 22)), Sphere("L1", (3.0, -2.0, 21.0), 10.0, 5.0)
    image = np.ones(grid.shape, dtype=np.float32)
    add_sphere(image, grid, sphere)
    series = write_phantom(folder / "pet", image, grid)
    box, mask = sphere_mask(grid, sphere.centre, sphere.radius_mm)
    region = petsuv.Region("L1", tuple(part.start for part in box), mask)
    segmentation(series.header, [Segment(region)], "key").save_as(folder / "seg.dcm")
    planes = [grid.first_of_slice(index)[2] for index in range(grid.shape[0])]
    write_rtstruct(folder / "rs.dcm", {"L1": sphere_contours(sphere, planes)})
    return petsuv.load(folder / "pet"), image, region, folder


class TestWritten:
    def test_series_holds_the_image(self, written):
        pet, image, _, _ = written
        assert np.abs(pet.suv - image).max() < 5 / 32_767
        assert pet.flags == ()

    @pytest.mark.parametrize("name", ["seg.dcm", "rs.dcm"])
    def test_regions_are_the_spheres_voxels(self, written, name):
        pet, _, region, folder = written
        (found,) = pet.regions(folder / name)
        assert (found.name, found.flags) == ("L1", ())
        places = (np.argwhere(one.voxels) + one.start for one in (found, region))
        assert np.array_equal(*places)
        (row,) = pet.measure(found)
        assert row["suv_max"] == pytest.approx(5.0)
        assert row["n_voxels"] == region.n_voxels
