"""Agreement of readers on measured values.

Origin: ICC(2,1) of the example of Shrout & Fleiss 1979 by psych 2.2.9, R 4.2.2, 12 digits;
tolerance 1e-9.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from compendium.statistics.agreement import bland_altman, icc_agreement, icc_of_clusters

SHROUT_FLEISS = [
    [9, 2, 5, 8],
    [6, 1, 3, 2],
    [8, 4, 6, 8],
    [7, 1, 2, 6],
    [10, 5, 6, 9],
    [6, 2, 4, 7],
]
Z95 = stats.norm.ppf(0.975)


class TestIcc:
    def test_agrees_with_r(self):
        found = icc_agreement(SHROUT_FLEISS)
        expected = (0.289763779528, 0.0187865133747, 0.761084369649)
        assert (found.estimate, found.low, found.high) == pytest.approx(expected, abs=1e-9)
        assert found.n == 6

    def test_a_constant_bias_is_disagreement(self):
        x = np.arange(0.0, 100, 10)
        assert icc_agreement(np.column_stack([x, x + 30])).estimate < 0.75

    @pytest.mark.parametrize(
        ("ratings", "reason"),
        [
            ([[1.0, 2.0]], "1 block read by all readers; at least 2 needed"),
            ([[1.0], [2.0]], "1 reader; at least 2 needed"),
            ([[5.0, 5.0], [5.0, 5.0]], "all 4 ratings are equal"),
            ([[0.3, 0.1 + 0.2], [0.1 + 0.2, 0.3]], "all 4 ratings are equal"),
            ([[5.0, 7.0], [5.0, 7.0]], "the 2 blocks do not differ"),
            ([[5.0, 5.0], [7.0, 7.0]], "the readers agree in all 2 blocks to the last digit"),
        ],
    )
    def test_says_why_it_is_not_estimable(self, ratings, reason):
        assert icc_agreement(ratings).reason == reason

    @pytest.mark.slow
    @given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=3, max_size=15))
    def test_lies_within_its_interval(self, pairs):
        found = icc_agreement(pairs)
        if found.estimable:
            assert -1 <= found.low <= found.estimate <= found.high <= 1

    def test_jackknife_by_hand(self):
        # Four blocks of a patient each: leave each out, take the rest to Fisher's scale.
        ratings = np.array([[10.0, 14], [52, 50], [90, 99], [31, 20]])
        found = icc_of_clusters(ratings, [1, 2, 3, 4])
        assert found.estimate == icc_agreement(ratings).estimate
        z = [math.atanh(icc_agreement(np.delete(ratings, i, 0)).estimate) for i in range(4)]
        error = math.sqrt(3 / 4 * sum((one - np.mean(z)) ** 2 for one in z))
        half = 3.18245 * error  # t(0.975, 3)
        assert math.atanh(found.high) - math.atanh(found.estimate) == pytest.approx(half, rel=1e-5)
        assert math.atanh(found.estimate) - math.atanh(found.low) == pytest.approx(half, rel=1e-5)

    def test_clusters_widen_the_interval_when_blocks_repeat(self):
        rng = np.random.default_rng(1)
        level, error = rng.normal(150, 60, 12), rng.normal(0, 40, 12)
        ratings = np.repeat(np.column_stack([level, level + error]), 4, axis=0)
        by_block = icc_agreement(ratings)
        by_patient = icc_of_clusters(ratings, np.repeat(np.arange(12), 4))
        assert by_patient.estimate == pytest.approx(by_block.estimate)
        assert by_patient.n == 12
        assert by_patient.high - by_patient.low > by_block.high - by_block.low

    def test_two_clusters_are_too_few(self):
        found = icc_of_clusters(SHROUT_FLEISS, [1, 1, 1, 2, 2, 2])
        assert found.reason == "2 clusters of blocks; at least 3 needed"


class TestBlandAltman:
    def test_by_hand(self):
        # Differences 1, 0, 1, 0: mean 0.5, SD 0.57735; limits 0.5 ± 1.95996 × 0.57735.
        limits = bland_altman([1, 2, 3, 4], [2, 2, 4, 4])
        assert limits["bias"].estimate == 0.5
        assert limits["lower"].estimate == pytest.approx(-0.63159, abs=1e-5)
        assert limits["upper"].estimate == pytest.approx(1.63159, abs=1e-5)
        # Mean ± t(0.975, 3) × SD/2 = 0.5 ± 3.18245 × 0.288675.
        assert limits["bias"].high == pytest.approx(1.418693, abs=1e-6)
        # The limits mirror each other about the mean.
        assert 0.5 - limits["lower"].low == pytest.approx(limits["upper"].high - 0.5)
        assert 0.5 - limits["lower"].high == pytest.approx(limits["upper"].low - 0.5)

    @pytest.mark.slow
    def test_interval_of_a_limit_is_exact(self):
        # Standard normal differences: the upper limit is 1.96, and either tail misses 2.5 %.
        drawn = np.random.default_rng(4).normal(size=(3000, 6))
        found = [bland_altman(np.zeros(6), row)["upper"] for row in drawn]
        below = np.mean([one.high < Z95 for one in found])
        above = np.mean([one.low > Z95 for one in found])
        # Three binomial standard errors of 3,000.
        assert (below, above) == pytest.approx((0.025, 0.025), abs=0.0086)

    @pytest.mark.parametrize("n", [0, 1, 2])
    def test_too_few_blocks(self, n):
        limits = bland_altman(np.arange(n), np.arange(n))
        assert {limit.reason for limit in limits.values()} == {
            f"{n} block{'' if n == 1 else 's'} read by both; at least 3 needed"
        }

    def test_a_constant_difference_has_no_limits(self):
        limits = bland_altman([1, 2, 3], [6, 7, 8])
        assert {limit.reason for limit in limits.values()} == {
            "the same difference, 5, in all 3 blocks"
        }

    def test_a_difference_constant_but_for_rounding_has_none(self):
        first = np.array([0.1, 0.7, 1.3, 2.9])
        assert np.ptp(first + 0.2 - first) > 0
        limits = bland_altman(first, first + 0.2)
        assert {limit.reason for limit in limits.values()} == {
            "the same difference, 0.2, in all 4 blocks"
        }
