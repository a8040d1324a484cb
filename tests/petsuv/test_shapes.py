"""Spheres, boxes and grown regions on phantoms of known truth; leaks are cut or refused."""

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from petsuv.errors import InputError
from petsuv.growing import by_fixed_suv, by_liver, by_share, grown
from petsuv.region import Region
from petsuv.rules import Growing
from petsuv.shapes import box, how_made, index_of, sphere
from petsuv.testing.volumes import volume
from petsuv.volume import Volume

RULES = Growing()
MM = (4.0, 4.0, 4.0)
SHAPE = (40, 40, 40)
MIDDLE = (80.0, 80.0, 80.0)


def ball(centre_mm: tuple[float, ...], radius_mm: float) -> NDArray[np.bool_]:
    """Voxels (z, y, x) whose centres lie in a ball given as (x, y, z)."""
    z, y, x = np.indices(SHAPE) * 4.0
    apart = (x - centre_mm[0]) ** 2 + (y - centre_mm[1]) ** 2 + (z - centre_mm[2]) ** 2
    return np.asarray(apart <= radius_mm**2)


def phantom(*lesions: tuple[NDArray[np.bool_], float]) -> Volume:
    """Background of SUV 1 with lesions; a lesion's middle is the hottest place."""
    suv = np.ones(SHAPE)
    for mask, value in lesions:
        suv[mask] = value
    return volume(suv, MM)


def whole(region: Region) -> NDArray[np.bool_]:
    return region.require().mask(SHAPE)


class TestSphere:
    def test_takes_the_voxels_whose_centres_are_in_it_or_on_it(self) -> None:
        made = sphere(phantom().series, MIDDLE, 40.0)
        assert (whole(made) == ball(MIDDLE, 20.0)).all()
        assert made.n_voxels == 515

    def test_says_how_it_was_made(self) -> None:
        made = sphere(phantom().series, MIDDLE, 40.0)
        assert how_made(made) == "sphere of 40 mm at 80, 80, 80"
        assert made.flags == ("without_segmentation(sphere of 40 mm at 80, 80, 80)",)

    def test_measures_the_known_uptake(self) -> None:
        pet = phantom((ball(MIDDLE, 16.0), 7.5))
        assert set(pet.suv_of(sphere(pet.series, MIDDLE, 30.0)).tolist()) == {7.5}

    def test_volume_is_near_that_of_the_sphere(self) -> None:
        made = sphere(phantom().series, (81.3, 79.2, 80.7), 60.0)
        assert made.n_voxels * 0.064 == pytest.approx(math.pi / 6 * 60**3 / 1000, rel=0.02)

    def test_outside_the_image_is_refused_and_half_outside_is_flagged(self) -> None:
        out = sphere(phantom().series, (900.0, 80.0, 80.0), 20.0)
        assert "lies outside the PET image" in out.reason
        half = sphere(phantom().series, (0.0, 80.0, 80.0), 40.0)
        assert [flag.split("(")[0] for flag in half.flags] == [
            "without_segmentation",
            "leaves_image",
        ]

    def test_between_the_voxels_is_refused(self) -> None:
        assert "without any voxel" in sphere(phantom().series, (82.0, 82.0, 82.0), 2.0).reason

    @pytest.mark.parametrize("diameter_mm", [0.0, -1.0, math.nan])
    def test_no_size_is_refused(self, diameter_mm: float) -> None:
        with pytest.raises(InputError, match="expected above 0"):
            sphere(phantom().series, MIDDLE, diameter_mm)


def test_a_box_takes_its_edges_along_x_y_z() -> None:
    made = box(phantom().series, MIDDLE, (8.0, 16.0, 24.0))
    z, y, x = np.nonzero(whole(made))
    assert [(v.min() * 4, v.max() * 4) for v in (x, y, z)] == [(76, 84), (72, 88), (68, 92)]
    assert made.n_voxels == 3 * 5 * 7


def test_a_point_goes_to_its_voxel_on_turned_axes() -> None:
    series = phantom().series
    for index in ((0, 0, 0), (3, 5, 7)):
        assert index_of(series, series.point_mm(index)).tolist() == list(index)


class TestGrowing:
    def test_finds_the_lesion_and_nothing_else(self) -> None:
        lesion = ball(MIDDLE, 14.0)
        pet = phantom((lesion, 10.0), (ball((140.0, 80.0, 80.0), 10.0), 10.0))
        made = grown(pet, (84.0, 80.0, 76.0), by_share(RULES), RULES)
        assert (whole(made) == lesion).all()
        assert how_made(made) == "grown over 41% of the maximum, from SUV 10, within 60 mm"

    @pytest.mark.parametrize(("rim", "taken"), [(4.1, True), (4.0999, False)])
    def test_a_voxel_at_the_share_belongs(self, rim: float, taken: bool) -> None:
        pet = phantom((ball(MIDDLE, 14.0), rim), (ball(MIDDLE, 8.0), 10.0))
        made = grown(pet, MIDDLE, by_share(RULES), RULES)
        assert made.n_voxels == ball(MIDDLE, 14.0 if taken else 8.0).sum()

    def test_a_fixed_suv_holds_for_all(self) -> None:
        pet = phantom((ball(MIDDLE, 14.0), 4.0), (ball(MIDDLE, 8.0), 30.0))
        assert (whole(grown(pet, MIDDLE, by_fixed_suv(RULES), RULES)) == ball(MIDDLE, 14.0)).all()

    def test_a_seed_in_the_background_is_refused(self) -> None:
        made = grown(phantom(), MIDDLE, by_fixed_suv(RULES), RULES)
        assert "SUV 1 is the highest within 10 mm of the seed; expected at least 4" in made.reason

    def test_a_seed_outside_the_image_is_refused(self) -> None:
        made = grown(phantom(), (-90.0, 80.0, 80.0), by_share(RULES), RULES)
        assert "the seed -90, 80, 80 mm lies outside the PET image" in made.reason

    def test_a_faint_lesion_that_floods_the_background_is_refused(self) -> None:
        made = grown(phantom((ball(MIDDLE, 10.0), 2.0)), MIDDLE, by_share(RULES), RULES)
        assert "reaches the limit of 60 mm from its maximum" in made.reason

    def test_a_hotter_neighbour_is_refused(self) -> None:
        pet = phantom((ball(MIDDLE, 14.0), 6.0), (ball((104.0, 80.0, 80.0), 12.0), 20.0))
        made = grown(pet, MIDDLE, by_share(RULES), RULES)
        assert "reaches a hotter place, SUV 20 over 6" in made.reason

    def test_a_bridge_to_a_hotter_neighbour_is_cut_and_flagged(self) -> None:
        lesion, other = ball((60.0, 80.0, 80.0), 14.0), ball((120.0, 80.0, 80.0), 14.0)
        bridge = np.zeros(SHAPE, dtype=bool)
        bridge[20, 20, 15:30] = True
        made = grown(
            phantom((bridge, 6.0), (lesion, 6.0), (other, 20.0)),
            (60.0, 80.0, 80.0),
            by_share(RULES),
            RULES,
        )
        found = whole(made)
        assert not (found & other).any()
        assert found[lesion].mean() > 0.9
        assert made.flags[1].startswith("leak_cut(reaches the limit of 60 mm from its maximum; ")

    def test_a_long_thin_lesion_is_refused_and_never_cut_to_its_core(self) -> None:
        lesion = np.zeros(SHAPE, dtype=bool)
        lesion[18:23, 18:23, 3:38] = True  # 140 mm long, nothing beside it
        pet = phantom((lesion, 6.0), (ball(MIDDLE, 5.0), 9.0))
        refused = grown(pet, MIDDLE, by_share(RULES), RULES)
        assert "reaches the limit of 60 mm from its maximum" in refused.reason
        wider = replace(RULES, reach_mm=90.0)
        assert (whole(grown(pet, MIDDLE, by_share(wider), wider)) == lesion).all()

    def test_neighbours_that_share_a_wide_face_are_not_parted(self) -> None:
        one, other = ball((64.0, 80.0, 80.0), 18.0), ball((92.0, 80.0, 80.0), 18.0)
        pet = phantom((one, 6.0), (other, 20.0))
        made = grown(pet, (56.0, 80.0, 80.0), by_share(RULES), RULES)
        assert "expected a lesion apart from what surrounds it" in made.reason

    def test_a_lesion_that_touches_nothing_is_not_cut(self) -> None:
        made = grown(phantom((ball(MIDDLE, 14.0), 10.0)), MIDDLE, by_share(RULES), RULES)
        assert len(made.flags) == 1

    def test_on_other_spacings_too(self) -> None:
        suv = np.ones((20, 40, 40))
        z, y, x = np.indices(suv.shape)
        lesion = ((x - 20) * 2.0) ** 2 + ((y - 20) * 2.0) ** 2 + ((z - 10) * 5.0) ** 2 <= 144
        suv[lesion] = 9.0
        pet = volume(suv, (5.0, 2.0, 2.0))
        made = grown(pet, (40.0, 40.0, 50.0), by_share(RULES), RULES)
        assert (made.require().mask(suv.shape) == lesion).all()


class TestPercist:
    def liver(self, pet: Volume, name: str = "liver") -> Region:
        return sphere(pet.series, (40.0, 40.0, 40.0), RULES.reference_mm, name)

    def test_the_limit_is_worked_from_the_liver(self) -> None:
        pet = phantom()
        values = pet.suv[ball((40.0, 40.0, 40.0), 15.0)]
        pet.suv[ball((40.0, 40.0, 40.0), 15.0)] = 2.0 + 0.1 * (-1.0) ** np.arange(len(values))
        stored = volume(pet.suv, MM)
        sd = float(stored.suv_of(self.liver(stored)).std(ddof=1))
        mean = float(stored.suv_of(self.liver(stored)).mean())
        assert by_liver(stored, self.liver(stored), RULES).suv == pytest.approx(1.5 * mean + 2 * sd)

    def test_what_is_over_it_is_taken_and_what_is_under_is_not(self) -> None:
        liver = (ball((40.0, 40.0, 40.0), 20.0), 2.0)
        for uptake, n_voxels in ((3.01, int(ball((110.0, 110.0, 110.0), 12.0).sum())), (2.99, 0)):
            pet = phantom(liver, (ball((110.0, 110.0, 110.0), 12.0), uptake))
            threshold = by_liver(pet, self.liver(pet), RULES)
            assert grown(pet, (108.0, 112.0, 108.0), threshold, RULES).n_voxels == n_voxels

    def test_a_proposed_liver_is_not_used_unseen(self) -> None:
        pet = phantom()
        with pytest.raises(InputError, match="a program proposed it"):
            by_liver(pet, self.liver(pet, "liver (proposed)"), RULES)
