"""Agreement of two readers.

Origins: ICC(2,1) of the example of Shrout & Fleiss 1979 by psych 2.2.9, and weighted kappa of the
4×4 table SexualFun (Agresti 1990, as distributed with vcd 1.4-11) by vcd, both R 4.2.2, 12 digits;
AC1 and AC2 of the same table by irrCAC 0.4.4 (Python port of Gwet's irrCAC), raw ratings, 12
digits. Tolerance 1e-9 throughout.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compendium.errors import InputError, NotEstimable
from compendium.trop2.agreement import (
    MEASURES,
    band_table,
    bland_altman,
    gwet_ac2,
    icc_agreement,
    icc_by_patient,
    paired_reads,
    reader_agreement,
    weighted_kappa,
)
from compendium.trop2.ihc import BANDS, scored

SHROUT_FLEISS = [
    [9, 2, 5, 8],
    [6, 1, 3, 2],
    [8, 4, 6, 8],
    [7, 1, 2, 6],
    [10, 5, 6, 9],
    [6, 2, 4, 7],
]
SEXUAL_FUN = [[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]]


def reads(*rows) -> pd.DataFrame:
    """Rows of patient, block, reader, percentage of 3+ cells."""
    table = pd.DataFrame(rows, columns=["patient_id", "block_id", "reader_id", "pct_3"])
    return scored(table.assign(tissue="primary", pct_0=100 - table["pct_3"], pct_1=0.0, pct_2=0.0))


class TestIcc:
    def test_agrees_with_r(self):
        found = icc_agreement(SHROUT_FLEISS)
        expected = (0.289763779528, 0.0187865133747, 0.761084369649)
        assert (found.estimate, found.low, found.high) == pytest.approx(expected, abs=1e-9)
        assert found.n == 6

    def test_a_constant_bias_is_disagreement(self):
        x = np.arange(0.0, 100, 10)
        assert icc_agreement(np.column_stack([x, x])).estimate == 1
        assert icc_agreement(np.column_stack([x, x + 30])).estimate < 0.75

    @pytest.mark.parametrize(
        ("ratings", "reason"),
        [
            ([[1.0, 2.0]], "1 blocks read by all readers; at least 2 needed"),
            ([[1.0], [2.0]], "1 readers; at least 2 needed"),
            ([[5.0, 5.0], [5.0, 5.0]], "all 4 ratings are equal"),
            ([[5.0, 7.0], [5.0, 7.0]], "the 2 blocks do not differ"),
        ],
    )
    def test_says_why_it_is_not_estimable(self, ratings, reason):
        assert icc_agreement(ratings).reason == reason

    @given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=3, max_size=15))
    def test_lies_within_its_interval(self, pairs):
        found = icc_agreement(pairs)
        # Below 0 the approximate degrees of freedom vanish, and the formula with them.
        if found.estimable and found.estimate > 0:
            assert found.low - 1e-9 <= found.estimate <= found.high + 1e-9 <= 1 + 2e-9

    def test_resampling_patients_widens_the_interval_when_blocks_repeat(self):
        rng = np.random.default_rng(1)
        level = rng.normal(150, 60, 12)
        error = rng.normal(0, 40, 12)
        rows = [
            (f"P{p}", "primary", f"A{b}", level[p], level[p] + error[p])
            for p in range(12)
            for b in range(4)
        ]
        pairs = pd.DataFrame(rows, columns=["patient_id", "tissue", "block_id", "a", "b"])
        by_block = icc_agreement(pairs[["a", "b"]])
        by_patient = icc_by_patient(pairs, rng)
        assert by_patient.estimate == pytest.approx(by_block.estimate)
        assert by_patient.high - by_patient.low > by_block.high - by_block.low


class TestKappa:
    @pytest.mark.parametrize(
        ("weights", "estimate", "low", "high"),
        [
            ("unweighted", 0.129330254042, -0.00512039901292, 0.263780907096),
            ("linear", 0.237380627558, 0.0838834319912, 0.390877823125),
            ("quadratic", 0.332045586247, 0.141345947423, 0.522745225071),
        ],
    )
    def test_agrees_with_r(self, weights, estimate, low, high):
        found = weighted_kappa(SEXUAL_FUN, weights)
        assert (found.estimate, found.low, found.high) == pytest.approx(
            (estimate, low, high), abs=1e-9
        )

    @pytest.mark.parametrize("weights", ["quadratic", "linear", "unweighted"])
    def test_full_agreement_has_no_spread(self, weights):
        found = weighted_kappa(np.diag([3, 4, 2]), weights)
        assert (found.estimate, found.low, found.high) == pytest.approx((1, 1, 1), abs=1e-7)

    def test_one_band_for_all_is_not_estimable_while_ac2_is(self):
        table = [[0, 0, 0], [0, 0, 0], [0, 0, 12]]
        assert weighted_kappa(table).reason == "both readers put all 12 blocks into one band"
        assert gwet_ac2(table).estimate == 1

    @pytest.mark.parametrize("table", [[[1, 0], [0, 0]], [[0, 1], [0, 0]]])
    def test_one_block_has_no_interval(self, table):
        for measure in (weighted_kappa, gwet_ac2):
            assert measure(table).reason == "1 blocks read by both; at least 2 needed"

    def test_no_block_and_unknown_weights(self):
        assert weighted_kappa(np.zeros((3, 3))).reason == "0 blocks read by both; at least 1 needed"
        with pytest.raises(InputError, match="weights 'cubic'; expected one of quadratic"):
            weighted_kappa(SEXUAL_FUN, "cubic")


@pytest.mark.parametrize(
    ("weights", "estimate", "low", "high"),
    [
        ("unweighted", 0.158191339483, 0.02409238677, 0.292290292195),
        ("linear", 0.27300314295, 0.128196190334, 0.417810095566),
        ("quadratic", 0.378020265004, 0.196399504105, 0.559641025903),
    ],
)
def test_ac2_agrees_with_irrcac(weights, estimate, low, high):
    found = gwet_ac2(SEXUAL_FUN, weights)
    assert (found.estimate, found.low, found.high) == pytest.approx((estimate, low, high), abs=1e-9)


class TestBlandAltman:
    def test_by_hand(self):
        # Differences 1, 0, 1, 0: mean 0.5, SD 0.57735; limits 0.5 ± 1.95996 × 0.57735.
        limits = bland_altman([1, 2, 3, 4], [2, 2, 4, 4])
        assert limits["bias"].estimate == 0.5
        assert limits["lower"].estimate == pytest.approx(-0.63159, abs=1e-5)
        assert limits["upper"].estimate == pytest.approx(1.63159, abs=1e-5)
        # Mean ± t(0.975, 3) × SD/2 = 0.5 ± 3.18245 × 0.288675.
        assert limits["bias"].high == pytest.approx(1.418693, abs=1e-6)

    @pytest.mark.parametrize("n", [0, 1, 2])
    def test_too_few_blocks(self, n):
        limits = bland_altman(np.arange(n), np.arange(n))
        assert {limit.reason for limit in limits.values()} == {
            f"{n} blocks read by both; at least 3 needed"
        }


class TestReaders:
    def test_only_blocks_of_both_are_paired(self):
        table = reads(("P1", "A", "x", 10.0), ("P1", "A", "y", 20.0), ("P2", "A", "x", 30.0))
        pairs = paired_reads(table)
        assert pairs[["patient_id", "x", "y"]].to_numpy().tolist() == [["P1", 30.0, 60.0]]

    def test_the_two_busiest_of_three_readers(self):
        rows = [(f"P{i}", "A", r, 10.0 * i) for i in range(4) for r in ("c", "a")]
        assert list(paired_reads(reads(*rows, ("P0", "A", "b", 1.0))).columns[-2:]) == ["a", "c"]

    def test_one_reader_is_a_labelled_result(self):
        found = reader_agreement(reads(("P1", "A", "x", 10.0)), np.random.default_rng(1))
        reasons = {e.reason for e in (*found.estimates.values(), *found.limits.values())}
        assert reasons == {"one reader; agreement needs two readers"}
        assert len(found.table()) == len(MEASURES) + 3

    def test_two_readers_without_a_common_block(self):
        with pytest.raises(NotEstimable, match="0 blocks read by both x and y"):
            paired_reads(reads(("P1", "A", "x", 10.0), ("P2", "A", "y", 20.0)))

    def test_every_measure_is_estimated(self):
        rng = np.random.default_rng(2)
        rows = []
        for i in range(25):
            truth = rng.uniform(5, 90)
            rows += [(f"P{i}", "A", r, float(round(truth + rng.normal(0, 4)))) for r in "xy"]
        found = reader_agreement(reads(*rows), rng)
        assert [e.reason for e in found.estimates.values()] == [""] * 4
        assert found.estimates[MEASURES[0]].estimate > 0.9
        assert found.readers == ("x", "y")


def test_band_table_keeps_empty_bands():
    table = band_table(["low", "high"], ["low", "moderate"], BANDS)
    assert table.to_numpy().tolist() == [[1, 0, 0], [0, 0, 0], [0, 1, 0]]
