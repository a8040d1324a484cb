"""Effect sizes with intervals (compendium.statistics.intervals).

Origins: reference/ties_expected.csv as of test_ranks; the pairs of ptc-hscore and their authors'
own R results: the public data named in data/external.yml. Tolerance 1e-4 for limits that R finds by
a root finder.
"""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from compendium.statistics.intervals import (
    exponentiated,
    hodges_lehmann,
    hodges_lehmann_paired,
    holm,
)
from compendium.statistics.ranks import rank_sum_p, settled, signed_rank_p
from compendium.synthetic.trop2 import draw_trop2_patients
from compendium.synthetic.truth import TRUTHS

REFERENCE = Path(__file__).parent / "reference"
TIES = pd.read_csv(REFERENCE / "ties_data.csv")
EXPECTED = pd.read_csv(REFERENCE / "ties_expected.csv", index_col="set")
STUDIES, PER_GROUP = 2000, 30


def sides(name: str) -> tuple[np.ndarray, np.ndarray]:
    rows = TIES[TIES["set"] == name]
    return tuple(rows.loc[rows["group"] == g, "value"].to_numpy(float) for g in (0, 1))


def accepted_by(points, p_of_shift):
    """Lowest and highest accepted shift, by trying every candidate and every gap between two."""
    points = np.unique(settled(points))
    shifts = np.concatenate([points, (points[1:] + points[:-1]) / 2, points[[0, -1]] + [-1, 1]])
    taken = shifts[[p_of_shift(shift) > 0.05 for shift in shifts]]
    below, above = points[points <= taken.min()], points[points >= taken.max()]
    return (
        below.max() if len(below) else -math.inf,
        above.min() if len(above) else math.inf,
    )


FEW_VALUES = st.lists(st.integers(0, 3).map(float), min_size=4, max_size=9)


class TestHeavyTies:
    @pytest.mark.slow
    @settings(max_examples=50, deadline=None)
    @given(FEW_VALUES, FEW_VALUES, st.integers(0, 2))
    def test_interval_of_groups_holds_just_what_the_test_accepts(self, first, second, shift):
        a, b = np.array(first), np.array(second) + shift
        found = hodges_lehmann(a, b)
        if found.estimable:
            differences = np.subtract.outer(b, a).ravel()
            expected = accepted_by(differences, lambda s: rank_sum_p(a, b - s))
            assert (found.low, found.high) == expected
            assert (found.low <= 0 <= found.high) or found.p <= 0.05

    @pytest.mark.slow
    @settings(max_examples=50, deadline=None)
    @given(FEW_VALUES)
    def test_interval_of_pairs_holds_just_what_the_test_accepts(self, values):
        d = np.array(values) - 1
        found = hodges_lehmann_paired(d)
        if found.estimable:
            walsh = np.add.outer(d, d)[np.triu_indices(len(d))] / 2
            expected = accepted_by(walsh, lambda s: signed_rank_p(d - s))
            assert (found.low, found.high) == expected

    def test_where_one_shift_alone_is_accepted_the_test_is_told_and_no_interval(self):
        found = hodges_lehmann([100.0] * 5, [200.0] * 5)
        assert found.reason == "no shift but 100 is accepted, as 5 of 10 values are 100"
        assert found.p == pytest.approx(2 / 252)
        found = hodges_lehmann_paired([3.0] * 7)
        assert found.reason == "no shift but 3 is accepted, as 7 of 7 values are 3"
        assert (found.p, found.method) == (2 / 128, "Wilcoxon signed-rank test, exact")

    def test_many_zeros_and_no_difference_do_not_make_an_interval_of_a_point(self):
        # 21 and 20 of 27 are 0: every other shift is rejected, and 0 at p 0.18 is not.
        rows = pd.read_csv(REFERENCE / "many_zeros.csv")
        found = hodges_lehmann(*(rows.loc[rows["g"] == g, "v"] for g in (0, 1)))
        assert found.reason == "no shift but 0 is accepted, as 41 of 54 values are 0"
        assert found.p == pytest.approx(0.177, abs=5e-4)


class TestHodgesLehmann:
    def test_shift_is_the_median_of_all_differences(self):
        found = hodges_lehmann([1, 2, 4], [3, 7], unit="points")
        # Differences 2, 1, -1, 6, 5, 3: the median of -1 1 2 3 5 6 is 2.5.
        assert (found.estimate, found.n, found.unit) == (2.5, 5, "points")
        assert (found.low, found.high) == (-math.inf, math.inf)

    def test_interval_is_made_of_ordered_differences(self):
        # 4 and 4: P(U = 0) = 1/70, P(U <= 1) = 2/70: the outermost differences are the limits.
        found = hodges_lehmann([1.0, 2.1, 3.3, 4.6], [11.0, 12.4, 13.7, 14.9])
        assert found.p == pytest.approx(2 / 70)
        assert (found.low, found.high) == pytest.approx((11.0 - 4.6, 14.9 - 1.0))

    @pytest.mark.parametrize("name", ["ozone", "balanced", "unbalanced", "heavy"])
    def test_agrees_with_r_on_ties(self, name):
        found = hodges_lehmann(*sides(name))
        assert found.p == pytest.approx(EXPECTED.loc[name, "exact_p"], rel=1e-10)
        assert found.low == pytest.approx(EXPECTED.loc[name, "low"], abs=1e-4)
        assert found.high == pytest.approx(EXPECTED.loc[name, "high"], abs=1e-4)
        assert found.method == "Hodges–Lehmann shift, Wilcoxon rank-sum test, exact"

    @pytest.mark.slow
    def test_many_values_are_tested_by_drawn_permutations_and_say_so(self):
        rng = np.random.default_rng(1)
        first, second = rng.normal(size=180), rng.normal(0.2, size=170)
        found = hodges_lehmann(first, second)
        assert "Monte Carlo of 100,000 permutations (standard error of p 0.00" in found.method
        expected = stats.mannwhitneyu(second, first, method="asymptotic")
        assert found.p == pytest.approx(expected.pvalue, abs=0.002)
        assert (found.low > 0 or found.high < 0) == (found.p <= 0.05)

    @pytest.mark.parametrize(
        ("reference", "compared", "reason"),
        [
            ([], [1.0], "0 in the reference group; at least 1 needed"),
            ([1.0], [], "0 in the compared group; at least 1 needed"),
            ([50.0, 50.0], [50.0], "all 3 values are equal"),
        ],
    )
    def test_says_why_it_is_not_estimable(self, reference, compared, reason):
        found = hodges_lehmann(reference, compared)
        assert found.reason == reason
        assert math.isnan(found.estimate)

    @settings(max_examples=30, deadline=None)
    @given(
        st.lists(st.integers(0, 60), min_size=4, max_size=12),
        st.lists(st.integers(0, 60), min_size=4, max_size=12),
        st.integers(-50, 50),
    )
    def test_interval_moves_with_the_data_and_holds_what_the_test_accepts(self, a, b, shift):
        found = hodges_lehmann(a, b)
        if not found.estimable:
            return
        moved = hodges_lehmann(a, np.array(b) + shift)
        if moved.estimable:
            assert moved.estimate == pytest.approx(found.estimate + shift)
            assert moved.low == pytest.approx(found.low + shift)
        assert found.low <= found.estimate <= found.high
        if found.low < 0 < found.high:
            first, second = np.array(a, float), np.array(b, float)
            nearest = min(rank_sum_p(first, second - e) for e in (1e-3, -1e-3))
            assert max(found.p, nearest) > 0.05
        elif found.low > 0 or found.high < 0:
            assert found.p <= 0.05


class TestPairs:
    def test_pseudomedian_is_the_median_of_walsh_averages(self):
        # Walsh averages of 1, 2, 6: 1, 1.5, 3.5, 2, 4, 6; the median is 2.75.
        assert hodges_lehmann_paired([1, 2, 6]).estimate == 2.75

    def test_agrees_with_r_on_ties(self):
        found = hodges_lehmann_paired(sides("paired")[1])
        assert found.p == pytest.approx(EXPECTED.loc["paired", "exact_p"], rel=1e-10)
        assert found.low == pytest.approx(EXPECTED.loc["paired", "low"], abs=1e-4)
        assert found.high == pytest.approx(EXPECTED.loc["paired", "high"], abs=1e-4)

    @pytest.mark.parametrize("marker", ["BAX", "BCL2", "FN1"])
    def test_reproduces_the_authors_of_the_hscore_pairs(self, external, marker):
        folder = external("clinical/ptc-hscore")
        pairs = pd.read_csv(folder / "ihc_hscore_deidentified.csv").query("Marker == @marker")
        authors = pd.read_csv(folder / "ihc_paired_statistics.csv", index_col="Gene").loc[marker]
        difference = (pairs["Tumor_H_score"] - pairs["Con_H_score"]).to_numpy()
        found = hodges_lehmann_paired(difference)
        assert found.n == authors["Biological_pairs_n"]
        assert found.estimate == pytest.approx(authors["Wilcoxon_pseudomedian_difference"])
        assert found.low == pytest.approx(authors["Wilcoxon_CI_low"])
        assert found.high == pytest.approx(authors["Wilcoxon_CI_high"])
        assert found.p == pytest.approx(authors["Exact_Wilcoxon_P"], rel=1e-12)
        t = stats.ttest_1samp(difference, 0)
        assert t.pvalue == pytest.approx(authors["Paired_t_P"], rel=1e-9)
        assert t.confidence_interval().low == pytest.approx(
            authors["Mean_difference_CI_low"], rel=1e-9
        )

    def test_says_why_it_is_not_estimable(self):
        assert hodges_lehmann_paired([]).reason == "0 pairs; at least 1 needed"
        assert hodges_lehmann_paired([0, 0]).reason == "all 2 differences are 0"


def simulated(truth: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """H-scores of responders and non-responders, a row a study."""
    patients = STUDIES * PER_GROUP
    rng = np.random.default_rng(seed)
    drawn = draw_trop2_patients(TRUTHS[truth], patients, patients, rng)["h_score"].to_numpy()
    shape = (STUDIES, PER_GROUP)
    return drawn[:patients].reshape(shape), drawn[patients:].reshape(shape)


@pytest.mark.slow
def test_primary_rejects_a_true_null_in_five_percent_of_studies():
    first, second = simulated("null", 1)
    p = [rank_sum_p(settled(a), settled(b)) for a, b in zip(first, second, strict=True)]
    assert np.mean(np.array(p) <= 0.05) == pytest.approx(0.05, abs=0.01)


class TestFamily:
    def test_holm_by_hand(self):
        # 0.01 x 4 = 0.04; 0.02 x 3 = 0.06; 0.04 x 2 = 0.08; 0.03 is third: 0.03 x 2 = 0.06.
        assert holm([0.01, 0.04, 0.02, 0.03]) == pytest.approx([0.04, 0.06, 0.06, 0.06])

    def test_a_test_that_could_not_be_done_stays_in_the_family(self):
        adjusted = holm([0.01, np.nan, 0.6])
        assert adjusted[0] == pytest.approx(0.03)
        assert np.isnan(adjusted[1])
        assert adjusted[2] == 1

    @given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
    def test_never_below_p_and_in_the_same_order(self, p):
        adjusted = holm(p)
        assert (adjusted >= np.array(p)).all()
        assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= -1e-15).all()


def test_exponentiated_takes_the_limits_along():
    ratio = exponentiated(hodges_lehmann_paired(np.log([1.2, 1.5, 2.0])), unit="ratio")
    assert ratio.low == 0
    assert ratio.high == math.inf
    assert ratio.unit == "ratio"
