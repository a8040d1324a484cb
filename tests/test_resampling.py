"""Resampling by patients.

Origin of the sign-flip value 0.197265625: R 4.2.2, all 1,024 flips of the ten patient means of the
lesion log ratios in reference/mixed_data.csv, less 2; exact, so the tolerance is rounding.
"""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from compendium.errors import NotEstimable
from compendium.statistics import resampling
from compendium.statistics.resampling import (
    bca_limits,
    bootstrap,
    permutation,
    resampled,
    sign_flip,
)

REFERENCE = Path(__file__).parent / "reference"


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


class TestPermutation:
    def test_by_hand(self):
        # 20 divisions of 1..6 into threes; only 1 2 3 | 4 5 6 and its mirror are as far apart.
        found = permutation([1, 2, 3], [4, 5, 6], rng())
        assert found.p == pytest.approx(2 / 20)
        assert found.estimate == 3
        assert (found.low, found.high) == (-math.inf, math.inf)
        assert found.method.endswith("exact")

    def test_agrees_with_scipy(self):
        a, b = [1.0, 2, 3, 4], [3.0, 4, 5, 9, 7]
        expected = stats.permutation_test((b, a), lambda x, y: np.mean(x) - np.mean(y)).pvalue
        assert permutation(a, b, rng()).p == pytest.approx(expected)

    def test_interval_holds_the_shifts_that_the_test_accepts(self):
        a, b = rng(3).normal(size=8), rng(4).normal(1, 1, 7)
        found = permutation(a, b, rng())
        just = 1e-6
        assert permutation(a, b - (found.low - just), rng()).p <= 0.05
        assert permutation(a, b - (found.low + just), rng()).p > 0.05
        assert permutation(a, b - (found.high + just), rng()).p <= 0.05
        assert permutation(a, b - (found.high - just), rng()).p > 0.05

    @pytest.mark.slow
    def test_large_groups_are_drawn_at_random_and_say_so(self):
        a, b = rng(3).normal(size=30), rng(4).normal(0.8, 1, 30)
        found = permutation(a, b, rng())
        assert found.method.endswith("200,000 random rearrangements")
        t = stats.ttest_ind(b, a)
        assert found.p == pytest.approx(t.pvalue, abs=0.01)
        assert found.low == pytest.approx(t.confidence_interval().low, abs=0.05)

    def test_says_why_it_is_not_estimable(self):
        assert permutation([], [1.0], rng()).reason == "0 in the reference group; at least 1 needed"


class TestSignFlip:
    def test_ten_patients_all_up_reach_the_smallest_p(self):
        assert sign_flip(np.arange(1.0, 11.0), rng()).p == pytest.approx(2 / 1024)

    def test_agrees_with_r(self):
        lesions = pd.read_csv(REFERENCE / "mixed_data.csv").query("dataset == 'lesions_log_ratio'")
        found = sign_flip(lesions.groupby("patient")["y"].mean() - 2, rng())
        assert found.estimate == pytest.approx(0.16162215873)
        assert found.p == pytest.approx(0.197265625)

    def test_below_six_patients_nothing_can_be_rejected(self):
        found = sign_flip([1.0, 2, 3, 4, 5], rng())
        assert found.p == pytest.approx(2 / 32)
        assert (found.low, found.high) == (-math.inf, math.inf)
        assert math.isfinite(sign_flip([1.0, 2, 3, 4, 5, 6], rng()).low)

    @settings(max_examples=20, deadline=None)
    @given(st.lists(st.floats(-5, 5), min_size=6, max_size=9, unique=True))
    def test_interval_holds_the_means_that_the_test_accepts(self, values):
        found = sign_flip(values, rng())
        inside = (found.low + found.high) / 2
        shifted = np.array(values) - inside
        if shifted.any():
            assert sign_flip(shifted, rng()).p > 0.05

    @pytest.mark.slow
    def test_many_patients_are_flipped_at_random(self):
        found = sign_flip(rng(5).normal(0.4, 1, 40), rng())
        assert found.method.endswith("200,000 random rearrangements")
        assert found.p == pytest.approx(
            stats.ttest_1samp(rng(5).normal(0.4, 1, 40), 0).pvalue, abs=0.01
        )

    def test_says_why_it_is_not_estimable(self):
        assert sign_flip([], rng()).reason == "0 patients; at least 1 needed"
        assert sign_flip([0.0, 0.0], rng()).reason == "all 2 values are 0"


class TestBootstrap:
    def test_agrees_with_scipy_bca(self):
        values = rng(2).exponential(size=40)
        found = bootstrap(lambda rows: float(values[rows].mean()), 40, rng(), resamples=4000)
        expected = stats.bootstrap(
            (values,), np.mean, n_resamples=4000, random_state=rng(9), method="BCa"
        ).confidence_interval
        assert found.estimate == pytest.approx(values.mean())
        # Two draws of 4,000 resamples: limits differ by their Monte Carlo error.
        assert found.low == pytest.approx(expected.low, abs=0.03)
        assert found.high == pytest.approx(expected.high, abs=0.03)

    def test_is_the_same_for_the_same_generator(self):
        values = rng(2).normal(size=20)
        one, two = (bootstrap(lambda r: float(np.median(values[r])), 20, rng(7)) for _ in range(2))
        assert one == two

    def test_resamples_within_strata(self):
        strata = np.array([0] * 5 + [1] * 3)
        rows = resampled(strata, rng(), 20)
        assert rows.shape == (20, 8)
        assert (strata[rows] == strata).all()

    def test_draws_each_sample_and_stratum_in_turn(self):
        strata, one = np.array([1, 0, 1, 0, 0, 2]), rng(4)
        members = [np.flatnonzero(strata == code) for code in range(3)]
        expected = np.empty((7, 6), dtype=int)
        for row in expected:
            for own in members:
                row[own] = one.choice(own, len(own))
        assert (resampled(strata, rng(4), 7) == expected).all()

    def test_a_constant_statistic_has_no_interval(self):
        found = bootstrap(lambda rows: 1.0, 9, rng())
        assert found.reason == "every resample gives 1, which leaves no interval"
        with pytest.raises(NotEstimable, match="every resample gives 0.3"):
            bca_limits(0.3, 0.3 + 1e-16 * np.arange(10), np.ones(5), 0.95)

    def test_says_why_it_is_not_estimable(self):
        assert (
            bootstrap(lambda rows: 1.0, 2, rng()).reason == "2 rows to resample; at least 3 needed"
        )
        undefined = bootstrap(lambda rows: math.nan, 5, rng())
        assert undefined.reason == "the statistic is undefined in the sample"
        seldom = bootstrap(
            lambda rows: 1.0 if len(set(rows)) > 3 else math.nan, 5, rng(), resamples=200
        )
        assert "of 200 resamples" in seldom.reason


def test_enumeration_ends_where_the_docstrings_say():
    assert 2**17 <= resampling.ENUMERATE_UP_TO < 2**18
