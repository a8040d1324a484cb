"""Kappa and AC2, and their intervals in small tables.

Origins: weighted kappa of the 4×4 table SexualFun (Agresti 1990, as distributed with vcd 1.4-11) by
vcd, R 4.2.2, 12 digits; AC1 and AC2 of the same table by irrCAC 0.4.4 (Python port of Gwet's
irrCAC), raw ratings, 12 digits. Tolerance 1e-9. Standard errors are checked by these; the
intervals, which are not theirs, by hand and by coverage.
"""

import math

import numpy as np
import pytest
from scipy import stats

from compendium.errors import InputError
from compendium.statistics import kappa
from compendium.statistics.kappa import gwet_ac2, weighted_kappa

SEXUAL_FUN = np.array([[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]])
Z95 = stats.norm.ppf(0.975)
T90 = stats.t.ppf(0.975, 90)


class TestKappa:
    @pytest.mark.parametrize(
        ("weights", "estimate", "low", "high"),
        [
            ("unweighted", 0.129330254042, -0.00512039901292, 0.263780907096),
            ("linear", 0.237380627558, 0.0838834319912, 0.390877823125),
            ("quadratic", 0.332045586247, 0.141345947423, 0.522745225071),
        ],
    )
    def test_estimate_and_error_agree_with_r(self, weights, estimate, low, high):
        assert weighted_kappa(SEXUAL_FUN, weights).estimate == pytest.approx(estimate, abs=1e-9)
        error = kappa._kappa(SEXUAL_FUN, weights)[1]
        assert error == pytest.approx((high - low) / (2 * Z95), abs=1e-9)

    def test_interval_by_hand(self):
        # 1/4 in each of four cells: 8.25, 1.25 | 2.25, 4.25 of 16. Observed 12.5/16 = 0.78125,
        # chance (9.5·10.5 + 6.5·5.5)/256 = 0.529297, kappa 0.535270; Fleiss' error of it:
        smoothed = np.array([[8.25, 1.25], [2.25, 4.25]]) / 16
        chance, centre = 0.529296875, (0.78125 - 0.529296875) / (1 - 0.529296875)
        rows, columns = smoothed.sum(axis=1), smoothed.sum(axis=0)
        diagonal = sum(
            smoothed[i, i] * (1 - (rows[i] + columns[i]) * (1 - centre)) ** 2 for i in (0, 1)
        )
        off = sum(
            smoothed[i, 1 - i] * (columns[i] + rows[1 - i]) ** 2 * (1 - centre) ** 2 for i in (0, 1)
        )
        variance = diagonal + off - (centre - chance * (1 - centre)) ** 2
        half = stats.t.ppf(0.975, 14) * math.sqrt(variance / 16) / (1 - chance) / (1 - centre**2)
        found = weighted_kappa([[8, 1], [2, 4]])
        assert math.atanh(found.low) == pytest.approx(math.atanh(centre) - half)
        assert math.atanh(found.high) == pytest.approx(math.atanh(centre) + half)

    @pytest.mark.parametrize("weights", ["quadratic", "linear", "unweighted"])
    def test_full_agreement_has_a_lower_limit(self, weights):
        found = weighted_kappa(np.diag([9, 12, 6]), weights)
        assert (found.estimate, found.high) == (pytest.approx(1), 1)
        assert 0.3 < found.low < 0.9

    def test_one_band_for_all_is_not_estimable_while_ac2_is(self):
        table = [[0, 0, 0], [0, 0, 0], [0, 0, 12]]
        assert weighted_kappa(table).reason == "both readers put all 12 blocks into one band"
        found = gwet_ac2(table)
        assert (found.estimate, found.high) == (1, 1)
        assert 0 < found.low < 1

    @pytest.mark.parametrize(
        ("table", "estimate"),
        [([[6, 4], [0, 0]], 0), ([[0, 5], [5, 0]], -1), ([[5, 0], [0, 5]], 1)],
    )
    def test_no_interval_is_a_point(self, table, estimate):
        # One reader with one band; perfect disagreement; perfect agreement: the variance is 0.
        found = weighted_kappa(table)
        assert found.estimate == pytest.approx(estimate)
        assert -1 <= found.low <= found.estimate <= found.high <= 1
        assert found.high - found.low > 0.3

    @pytest.mark.parametrize("table", [[[1, 0], [0, 0]], [[0, 1], [0, 0]]])
    def test_one_block_has_no_interval(self, table):
        for measure in (weighted_kappa, gwet_ac2):
            assert measure(table).reason == "1 block read by both; at least 2 needed"

    def test_one_band_and_unknown_weights(self):
        assert weighted_kappa([[8]]).reason == "1 band; at least 2 needed"
        with pytest.raises(InputError, match="weights 'cubic'; expected one of quadratic"):
            weighted_kappa(SEXUAL_FUN, "cubic")

    @pytest.mark.parametrize("measure", [weighted_kappa, gwet_ac2])
    @pytest.mark.slow
    def test_interval_covers_the_truth_at_twenty(self, measure):
        truth = np.array([[0.25, 0.08, 0.02], [0.06, 0.2, 0.06], [0.02, 0.06, 0.25]])
        expected = measure(truth * 1e6).estimate
        tables = np.random.default_rng(3).multinomial(20, truth.ravel(), 400).reshape(-1, 3, 3)
        found = [measure(table) for table in tables]
        covered = np.mean([one.low <= expected <= one.high for one in found])
        # At least 93.5 %, less two binomial standard errors of 400 tables.
        assert covered >= 0.935 - 2 * math.sqrt(0.935 * 0.065 / 400)


@pytest.mark.parametrize(
    ("weights", "estimate", "low", "high"),
    [
        ("unweighted", 0.158191339483, 0.02409238677, 0.292290292195),
        ("linear", 0.27300314295, 0.128196190334, 0.417810095566),
        ("quadratic", 0.378020265004, 0.196399504105, 0.559641025903),
    ],
)
def test_ac2_and_its_error_agree_with_irrcac(weights, estimate, low, high):
    found = gwet_ac2(SEXUAL_FUN, weights)
    assert found.estimate == pytest.approx(estimate, abs=1e-9)
    table, of_weights = kappa._table(SEXUAL_FUN, weights)
    error = kappa._ac2(table, of_weights)[1]
    assert error == pytest.approx((high - low) / (2 * T90), abs=1e-9)
