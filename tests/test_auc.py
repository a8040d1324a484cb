"""Area under the ROC curve, and its intervals.

Origins: reference/auc_expected.csv: pROC 1.18.0 on reference/auc_asah_data.csv (aSAH, Turck et al.,
Intensive Care Med 2010, as distributed with pROC), 12 digits; the public data named in
data/external.yml. Tolerance 1e-9.
"""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from compendium.statistics.auc import auc, auc_delong, auc_difference

REFERENCE = Path(__file__).parent / "reference"
ASAH = pd.read_csv(REFERENCE / "auc_asah_data.csv")
AUC = pd.read_csv(REFERENCE / "auc_expected.csv", index_col="predictor")


class TestOuterLimits:
    def test_limits_by_hand(self):
        # Placements of compared 3, 5, 6 among 1, 2, 4: 2/3, 1, 1; of reference: 1, 1, 2/3; AUC 8/9.
        # Both variances are 1/27, so that DeLong's error is the root of 2/81.
        found = auc([1, 2, 4], [3, 5, 6])
        assert found.estimate == pytest.approx(8 / 9)
        z = stats.norm.ppf(0.975)
        half = z * math.sqrt(2 / 81) / (8 / 81)
        limits = [1 / (1 + math.exp(side * half - math.log(8))) for side in (1, -1)]
        assert (found.low, found.high) == pytest.approx(limits)

    def test_without_overlap_the_interval_is_not_a_point(self):
        found = auc([1, 2, 3, 4], [5, 6, 7, 8])
        assert (found.estimate, found.high) == (1, 1)
        # Newcombe's method 5 by hand: (1 - x)^2 = z^2 x(1-x) {1 + 3(1-x)/(2-x) + 3x/(1+x)} / 16.
        x = found.low
        right = x * (1 - x) * (1 + 3 * (1 - x) / (2 - x) + 3 * x / (1 + x)) / 16
        assert (1 - x) ** 2 == pytest.approx(stats.norm.ppf(0.975) ** 2 * right, rel=1e-6)
        mirrored = auc([5, 6, 7, 8], [1, 2, 3, 4])
        assert (mirrored.estimate, mirrored.low) == (0, 0)
        assert mirrored.high == pytest.approx(1 - found.low, abs=1e-9)

    @pytest.mark.slow
    @given(
        st.lists(st.integers(0, 9), min_size=2, max_size=20),
        st.lists(st.integers(0, 9), min_size=2, max_size=20),
    )
    def test_is_the_mann_whitney_statistic_and_its_mirror(self, a, b):
        found = auc(a, b)
        if found.estimable:
            u = stats.mannwhitneyu(b, a).statistic
            assert found.estimate == pytest.approx(u / (len(a) * len(b)))
            mirrored = auc(b, a)
            assert mirrored.estimate == pytest.approx(1 - found.estimate)
            assert mirrored.low == pytest.approx(1 - found.high)
            assert 0 <= found.low <= found.estimate <= found.high <= 1

    @pytest.mark.parametrize(("n", "truth"), [(10, 0.5), (10, 0.8), (10, 0.95), (30, 0.9)])
    def test_covers_the_truth_where_delongs_does_not(self, n, truth):
        rng = np.random.default_rng(2)
        shift = math.sqrt(2) * stats.norm.ppf(truth)
        studies = [(rng.normal(size=n), rng.normal(shift, size=n)) for _ in range(600)]
        covered = [
            np.mean([one.low <= truth <= one.high for one in (method(*s) for s in studies)])
            for method in (auc, auc_delong)
        ]
        # At least 95 %, less two binomial standard errors of 600 studies.
        assert covered[0] >= 0.95 - 2 * math.sqrt(0.95 * 0.05 / 600)
        assert covered[1] < covered[0]

    def test_says_why_it_is_not_estimable(self):
        assert auc([1.0], [1.0, 2.0]).reason == "1 in the reference group; at least 2 needed"
        assert auc([3.0, 3.0], [3.0, 3.0]).reason == "all 4 values are equal"


class TestDeLong:
    @pytest.mark.parametrize("marker", ["s100b", "ndka", "wfns"])
    def test_agrees_with_proc(self, marker):
        poor = ASAH["outcome"] == "Poor"
        found = auc_delong(ASAH.loc[~poor, marker], ASAH.loc[poor, marker])
        expected = AUC.loc[marker]
        assert found.estimate == pytest.approx(expected["auc"], abs=1e-9)
        assert found.low == pytest.approx(expected["lower"], abs=1e-9)
        assert found.high == pytest.approx(expected["upper"], abs=1e-9)

    @pytest.mark.parametrize("other", ["ndka", "wfns"])
    def test_difference_agrees_with_proc(self, other):
        found = auc_difference(ASAH["outcome"] == "Poor", ASAH["s100b"], ASAH[other])
        expected = AUC.loc[f"DeLong paired test s100b - {other}"]
        assert found.estimate == pytest.approx(expected["auc"], abs=1e-9)
        assert (found.low, found.high) == pytest.approx(
            (expected["lower"], expected["upper"]), abs=1e-9
        )
        p = float(expected["note"].split("p=")[1])
        assert found.p == pytest.approx(p, rel=1e-6)

    @pytest.mark.parametrize(
        ("column", "auc", "low", "high"),
        [
            ("Age", 0.63569023569, 0.568573944243, 0.702806527137),
            ("Risk", 0.895824915825, 0.861032002697, 0.930617828953),
        ],
    )
    def test_agrees_with_proc_on_the_recurrences(self, external, column, auc, low, high):
        patients = pd.read_csv(external("clinical/uci-dtc-recurrence/thyroid_diff.csv"))
        grades = {"Low": 1, "Intermediate": 2, "High": 3}
        values = patients["Risk"].map(grades) if column == "Risk" else patients[column]
        recurred = patients["Recurred"] == "Yes"
        found = auc_delong(values[~recurred], values[recurred])
        assert (found.estimate, found.low, found.high) == pytest.approx((auc, low, high), abs=1e-9)

    def test_without_overlap_there_is_no_error(self):
        found = auc_delong([1, 2, 3, 4], [5, 6, 7, 8])
        assert found.reason == "the AUC is 1 and DeLong's error 0"

    def test_a_limit_beyond_1_is_1_and_says_so(self):
        found = auc_delong([1, 2, 3, 5], [4, 6, 7, 8])
        assert found.high == 1
        assert found.method == "AUC, DeLong; upper limit is the bound"

    def test_says_why_there_is_no_difference(self):
        alike = auc_difference([False, True] * 5, range(10), range(10))
        assert alike.reason == "the two markers order all patients alike"
