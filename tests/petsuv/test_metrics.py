"""Rule 10: figures of a lesion, worked by hand and against IBSI."""

import math

import numpy as np
import pytest

from petsuv.metrics import (
    PEAK_RADIUS_MM,
    Background,
    contrast_figures,
    local_background,
    peak,
    region_background,
    resolution_flag,
    uptake_figures,
)
from petsuv.region import refused_region
from petsuv.rules import Rules
from petsuv.testing.volumes import region, volume

RULES = Rules()


def ball(shape, centre, radius):
    distance = np.linalg.norm(np.indices(shape).transpose(1, 2, 3, 0) - centre, axis=3)
    return distance <= radius


class TestIbsiDigitalPhantom:
    """IBSI 1 reference values, doi:10.1148/radiol.2020191145; the phantom is CC BY 4.0."""

    @pytest.fixture
    def phantom(self, external):
        import SimpleITK as sitk

        folder = external("pet/ibsi-digital-phantom")
        values, mask = (
            sitk.GetArrayFromImage(sitk.ReadImage(str(folder / name)))
            for name in ("image/phantom.nii.gz", "mask/mask.nii.gz")
        )
        return volume(values.astype(float), (2.0, 2.0, 2.0)), region(mask > 0)

    def test_peak(self, phantom):
        local, best = peak(*phantom)
        assert local == pytest.approx(2.6, abs=0.005)
        assert best == pytest.approx(3.1, abs=0.005)

    def test_maximum_and_mean(self, phantom):
        found = uptake_figures(*phantom, RULES)
        assert found["suv_max"] == 6
        assert found["suv_mean"] == pytest.approx(2.15, abs=0.005)
        assert found["suv_median"] == 1
        assert found["n_voxels"] == 74


class TestPeak:
    def test_sphere_holds_one_millilitre(self):
        assert 4 / 3 * math.pi * PEAK_RADIUS_MM**3 == pytest.approx(1000)

    def test_one_hot_voxel_is_shared_by_its_sphere(self):
        # On a grid of 4 mm the sphere of 6.2 mm takes 1 + 6 + 12 voxels: 4 and 5.66 mm away.
        suv = np.zeros((9, 9, 9))
        suv[4, 4, 4] = 19.0
        assert peak(volume(suv, (4, 4, 4)), region(suv > 0)) == (1.0, 1.0)

    def test_global_is_centred_where_it_is_highest(self):
        suv = np.zeros((11, 11, 11))
        suv[2, 2, 2] = 20.0  # alone and hottest
        suv[6:9, 6:9, 6:9] = 10.0  # a warm block
        local, best = peak(volume(suv, (4, 4, 4)), region(suv > 0))
        assert local == pytest.approx(20 / 19)
        assert best == pytest.approx(10)

    def test_takes_the_higher_of_two_equal_maxima(self):
        suv = np.zeros((11, 11, 11))
        suv[2, 2, 2] = suv[8, 8, 8] = 19.0
        suv[8, 8, 7] = 9.5
        assert peak(volume(suv, (4, 4, 4)), region(suv == 19))[0] == pytest.approx(1.5)

    def test_at_the_edge_takes_what_is_in_the_image(self):
        suv = np.zeros((5, 5, 5))
        suv[0, 0, 0] = 7.0
        # A corner has 1 + 3 + 3 voxels of the sphere.
        assert peak(volume(suv, (4, 4, 4)), region(suv > 0))[0] == pytest.approx(1.0)


class TestUptake:
    @pytest.fixture
    def lesion(self):
        suv = np.ones((6, 8, 8))
        suv[2, 3, 3:7] = [10.0, 5.0, 4.0, 3.0]
        mask = np.zeros(suv.shape, dtype=bool)
        mask[2, 3, 3:7] = True
        return volume(suv, (3.0, 4.0, 4.0)), region(mask)

    def test_by_hand(self, lesion):
        found = uptake_figures(*lesion, RULES)
        assert found["n_voxels"] == 4
        assert found["volume_ml"] == pytest.approx(4 * 0.048)
        assert (found["suv_max"], found["suv_min"]) == (10, 3)
        assert found["suv_mean"] == 5.5
        assert found["suv_median"] == 4.5
        assert [found[f"suv_max_{axis}_mm"] for axis in "xyz"] == [12.0, 12.0, 6.0]
        # At 41 % of 10 the voxels of 10 and 5 stay; at SUV 4 that of 4 too.
        assert found["mtv_share_ml"] == pytest.approx(2 * 0.048)
        assert found["tlg_share_g"] == pytest.approx(15 * 0.048)
        assert found["mtv_fixed_ml"] == pytest.approx(3 * 0.048)
        assert found["tlg_fixed_g"] == pytest.approx(19 * 0.048)

    def test_activity_by_hand(self, lesion):
        found = uptake_figures(*lesion, RULES)
        # SUV 5.5 of 370 MBq in 70 kg: 29.07 kBq/mL, 5.5/70 000 of the activity in each gram.
        assert found["mean_kbq_per_ml"] == pytest.approx(5.5 * 370e3 / 70e3)
        assert found["percent_activity_per_g"] == pytest.approx(100 * 5.5 / 70_000)
        assert found["percent_activity"] == pytest.approx(100 * 5.5 / 70_000 * 4 * 0.048)
        assert found["sul_max"] == pytest.approx(8.0)
        assert found["suv_bsa_max"] == pytest.approx(2.6)

    def test_a_threshold_is_reached_at_equality(self):
        suv = np.zeros((3, 3, 3))
        suv[1, 1, 0:2] = [10.0, 4.1]
        found = uptake_figures(volume(suv), region(suv > 0), Rules(volume_suv=4.1))
        assert found["mtv_share_ml"] == found["mtv_fixed_ml"] == pytest.approx(2 * 0.048)


class TestBackground:
    def test_is_a_shell_round_the_lesion(self):
        suv = np.full((21, 21, 21), 2.0)
        lesion = ball(suv.shape, (10, 10, 10), 2)
        suv[ball(suv.shape, (10, 10, 10), 3)] = 50.0  # spill-out within 8 mm is left out
        found = local_background(volume(suv, (4, 4, 4)), region(lesion), [], RULES)
        assert (found.mean, found.sd) == (2.0, 0.0)
        assert found.source == "shell 8 to 16 mm"

    def test_keeps_away_from_other_lesions(self):
        suv = np.full((21, 21, 21), 2.0)
        lesion, other = (ball(suv.shape, (10, 10, x), 1) for x in (7, 12))
        suv[ball(suv.shape, (10, 10, 12), 2)] = 50.0
        near = local_background(volume(suv, (4, 4, 4)), region(lesion), [], RULES)
        away = local_background(volume(suv, (4, 4, 4)), region(lesion), [region(other)], RULES)
        assert near.mean > 2
        assert (away.mean, away.sd) == (2.0, 0.0)

    def test_is_unknown_where_nothing_is_left(self):
        suv = np.ones((2, 2, 2))
        assert local_background(volume(suv), region(suv > 0), [], RULES) is None

    def test_of_a_region_is_its_mean_and_sd(self):
        suv = np.zeros((3, 3, 3))
        suv[0, 0] = [1.0, 2.0, 3.0]
        liver = region(suv > 0, "liver")
        assert region_background(volume(suv), liver) == Background(2.0, 1.0, 3, "region liver")
        assert region_background(volume(suv), None) is None
        assert region_background(volume(suv), refused_region("liver", "outside")) is None


class TestAvidity:
    @pytest.mark.parametrize(
        ("suv_max", "mean", "sd", "avid"),
        [
            (2.61, 1.0, 0.5, True),
            (2.50, 1.0, 0.5, False),  # not above mean + 3 SD
            (1.50, 1.0, 0.1, True),  # reaches 1.5 times the mean
            (1.49, 1.0, 0.1, False),
            (1.65, 1.1, 0.1, True),  # 1.5 times 1.1 is above 1.65 by the last bit
            (1.0, 0.1, 0.3, False),  # 0.1 + 3 × 0.3 is under 1 by the last bit
        ],
    )
    def test_needs_both_limits(self, suv_max, mean, sd, avid):
        reference = {"background": Background(mean, sd, 50, "shell")}
        found = contrast_figures(suv_max, reference, RULES)
        assert found["avid"] is avid
        assert found["max_to_background"] == pytest.approx(suv_max / mean)

    def test_is_unknown_without_background(self):
        found = contrast_figures(5.0, {"background": None, "liver": None}, RULES)
        assert found["avid"] is None
        assert math.isnan(found["background_mean"])
        assert math.isnan(found["max_to_liver"])


class TestResolution:
    @pytest.mark.parametrize(
        ("diameter", "volume_ml", "fwhm", "flag"),
        [
            (11.9, 1.0, 6.0, "sub_resolution(11.9 mm by CT, FWHM 6 mm)"),
            (12.0, 1.0, 6.0, None),
            (5.0, 1.0, math.nan, None),
            (math.nan, 0.5236, 6.0, "sub_resolution(10 mm by volume, FWHM 6 mm)"),
            (math.nan, 1.0, 6.0, None),
        ],
    )
    def test_flag(self, diameter, volume_ml, fwhm, flag):
        assert resolution_flag(diameter, volume_ml, fwhm, RULES) == flag
