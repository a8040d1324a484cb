"""Exact rank tests with ties.

Origin of reference/ties_expected.csv: R 4.2.2 on reference/ties_data.csv (ozone: May and August of
R's airquality; the others simulated). exact_p: exactRankTests 0.8-35 wilcox.exact and coin 1.4-2
wilcox_test(distribution = "exact"), which agree. low, high: wilcox.test(conf.int = TRUE),
whose root finder is good to 1e-4. maxstat: coin maxstat_test, one million permutations.
"""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from compendium.errors import InputError
from compendium.statistics import ranks
from compendium.statistics.ranks import (
    finite,
    rank_sum_p,
    rank_sum_test,
    settled,
    signed_rank_p,
    signed_rank_test,
)

REFERENCE = Path(__file__).parent / "reference"
DATA = pd.read_csv(REFERENCE / "ties_data.csv")
EXPECTED = pd.read_csv(REFERENCE / "ties_expected.csv", index_col="set")
TWO_GROUPS = ("ozone", "balanced", "unbalanced", "heavy")


def sides(name: str) -> tuple[np.ndarray, np.ndarray]:
    rows = DATA[DATA["set"] == name]
    return tuple(rows.loc[rows["group"] == g, "value"].to_numpy(float) for g in (0, 1))


def by_enumeration(reference: np.ndarray, compared: np.ndarray) -> float:
    pooled = rankdata(np.concatenate([reference, compared]))
    expected = pooled.mean() * len(compared)
    observed = abs(pooled[len(reference) :].sum() - expected)
    sums = [abs(sum(c) - expected) for c in itertools.combinations(pooled, len(compared))]
    return float(np.mean(np.array(sums) >= observed - 1e-9))


class TestRankSum:
    def test_three_against_three_without_overlap_is_two_of_twenty(self):
        assert rank_sum_p(np.array([1.0, 2, 3]), np.array([4.0, 5, 6])) == pytest.approx(2 / 20)

    def test_all_equal_is_one(self):
        assert rank_sum_p(np.ones(4), np.ones(5)) == pytest.approx(1)

    @pytest.mark.parametrize("name", TWO_GROUPS)
    def test_agrees_with_exact_r(self, name):
        assert rank_sum_p(*sides(name)) == pytest.approx(EXPECTED.loc[name, "exact_p"], rel=1e-10)

    @pytest.mark.parametrize("name", TWO_GROUPS)
    @pytest.mark.slow
    def test_drawn_permutations_agree_with_exact_r_within_their_error(self, name, monkeypatch):
        monkeypatch.setattr(ranks, "EXACT_UP_TO", 0)
        found, p = rank_sum_test(*sides(name)), EXPECTED.loc[name, "exact_p"]
        assert found.p == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / 100_000) + 1e-5)
        assert found.name.startswith("Wilcoxon rank-sum test, Monte Carlo of 100,000 permutations")
        assert rank_sum_test(*sides(name)) == found  # always the same permutations

    def test_more_than_100_values_are_still_exact(self):
        # 117 patients by grade; coin wilcox_test(distribution = "exact"): 0.157076.
        rows = pd.read_csv(REFERENCE / "graded_over_100.csv")
        grade = rows["n_stage"].map({"N0": 0.0, "N1a": 1.0, "N1b": 2.0})
        responder = rows["rai_response"] == "responder"
        found = rank_sum_test(grade[responder].to_numpy(), grade[~responder].to_numpy())
        assert found.p == pytest.approx(0.157076, abs=5e-7)
        assert found.name == "Wilcoxon rank-sum test, exact"

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(st.integers(0, 6), min_size=1, max_size=6),
        st.lists(st.integers(0, 6), min_size=1, max_size=5),
    )
    def test_equals_enumeration_with_any_ties(self, reference, compared):
        first, second = np.array(reference, float), np.array(compared, float)
        assert rank_sum_p(first, second) == pytest.approx(by_enumeration(first, second))

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.integers(0, 40), min_size=2, max_size=40), st.data())
    def test_does_not_depend_on_order_or_direction(self, values, data):
        cut = data.draw(st.integers(1, len(values) - 1))
        first, second = np.array(values[:cut], float), np.array(values[cut:], float)
        p = rank_sum_p(first, second)
        assert 0 < p <= 1
        assert rank_sum_p(second, first) == pytest.approx(p)
        assert rank_sum_p(-first[::-1], -second) == pytest.approx(p)


class TestSignedRank:
    def test_five_rises_are_two_of_thirty_two(self):
        assert signed_rank_p(np.array([1.0, 2, 3, 4, 5])) == pytest.approx(2 / 32)

    def test_zeros_are_left_out(self):
        assert signed_rank_p(np.array([0.0, 1, 2, 3, 4, 5, 0])) == pytest.approx(2 / 32)
        assert signed_rank_p(np.zeros(3)) == 1

    def test_agrees_with_exact_r(self):
        _, differences = sides("paired")
        assert signed_rank_p(differences) == pytest.approx(
            EXPECTED.loc["paired", "exact_p"], rel=1e-10
        )

    def test_drawn_signs_agree_with_exact_r_within_their_error(self, monkeypatch):
        monkeypatch.setattr(ranks, "EXACT_PAIRS", 0)
        _, differences = sides("paired")
        found, p = signed_rank_test(differences), EXPECTED.loc["paired", "exact_p"]
        assert found.p == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / 100_000) + 1e-5)
        assert found.name.startswith("Wilcoxon signed-rank test, Monte Carlo of 100,000")


def test_settled_makes_ties_of_rounding_noise():
    assert len(np.unique(settled([0.1 + 0.2, 0.3]))) == 1
    assert len(np.unique(settled([1e-9, 2e-9]))) == 2
    assert settled([0.0, 0.0]).tolist() == [0, 0]


def test_missing_values_are_an_error_that_names_the_argument():
    with pytest.raises(InputError, match=r"marker: 2 of 3 values are missing .* Drop the missing"):
        finite([1.0, np.nan, np.inf], "marker")
    with pytest.raises(InputError, match=r"marker: an array of shape \(2, 1\)"):
        finite([[1.0], [2.0]], "marker")
