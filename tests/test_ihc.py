"""Scores of reads, one score a patient, two groups."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compendium.errors import InputError
from compendium.statistics.auc import auc_delong
from compendium.trop2.comparison import (
    compare_scores,
    comparison_row,
    group_summary,
    rule_sensitivity,
    tissue_difference,
)
from compendium.trop2.ihc import (
    h_band,
    h_score,
    immunoreactive_score,
    is_rounded,
    of_one_clone,
    one_score_each,
    proportion_class,
    reader_rules,
    rescaled,
    scored,
)

RESPONSE = ("responder", "non_responder")


def read(patient, block, reader, percentages, tissue="primary", clone="EPR20043", membranous=None):
    zero, one, two, three = percentages
    return {
        "patient_id": patient,
        "block_id": block,
        "reader_id": reader,
        "tissue": tissue,
        "antibody_clone": clone,
        "antibody_catalogue": None,
        "blinded": True,
        "pct_0": zero,
        "pct_1": one,
        "pct_2": two,
        "pct_3": three,
        "pct_membranous": np.nan if membranous is None else membranous,
    }


# P1: two blocks, two readers. A1: H 70 and 90, mean 80. A2: H 190 and 170, mean 180.
READS = pd.DataFrame(
    [
        read("P1", "A1", "a", (50, 35, 10, 5), membranous=30),
        read("P1", "A1", "b", (40, 40, 10, 10), membranous=40),
        read("P1", "A2", "a", (10, 20, 40, 30)),
        read("P1", "A2", "b", (20, 20, 30, 30), membranous=70),
        read("P1", "M1", "a", (0, 0, 0, 100), tissue="metastasis"),
        read("P2", "A1", "a", (100, 0, 0, 0)),
    ]
)


@pytest.mark.parametrize(
    ("percentages", "h", "irs"),
    [
        ((100, 0, 0, 0), 0, 0),
        ((0, 0, 0, 100), 300, 12),
        ((50, 30, 15, 5), 75, 2),  # weak prevails; 50 % is class 2
        ((49, 10, 31, 10), 102, 6),  # moderate prevails; 51 % is class 3
        ((95, 0, 2.5, 2.5), 12.5, 3),  # as many strong as moderate: strong; 5 % is class 1
    ],
)
def test_scores_by_hand(percentages, h, irs):
    _, one, two, three = percentages
    assert h_score([one], [two], [three]) == h
    assert immunoreactive_score([one], [two], [three]) == irs


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0, 0), (0.1, 1), (9.9, 1), (10, 2), (50, 2), (50.1, 3), (80, 3), (80.1, 4), (100, 4)],
)
def test_proportion_class_at_its_limits(share, expected):
    assert proportion_class([share]) == expected


@pytest.mark.parametrize(
    ("points", "band"),
    [(0, "low"), (100, "low"), (100.5, "moderate"), (200, "moderate"), (200.5, "high")],
)
def test_bands_at_their_limits(points, band):
    assert h_band([points])[0] == band


@given(st.lists(st.integers(0, 50), min_size=4, max_size=4).filter(lambda c: sum(c) > 0))
def test_counted_cells_stay_within_the_scales(cells):
    share = 100 * np.array(cells) / sum(cells)
    points = h_score([share[1]], [share[2]], [share[3]])[0]
    assert 0 <= points <= 300
    assert 0 <= immunoreactive_score([share[1]], [share[2]], [share[3]])[0] <= 12


class TestRoundedPercentages:
    """Shares that sum to 98 or 102 are taken for rounded, and scored as shares of 100."""

    @pytest.mark.parametrize(
        ("percentages", "h"),
        [
            ((48, 25, 15, 10), (25 + 30 + 30) / 0.98),
            ((50, 26, 15, 11), (26 + 30 + 33) / 1.02),
            ((33.3, 33.3, 0, 33.3), (33.3 + 99.9) / 0.999),
        ],
    )
    def test_are_rescaled(self, percentages, h):
        reads = pd.DataFrame([read("P1", "A1", "a", percentages)])
        assert is_rounded(reads).tolist() == [True]
        assert scored(reads)["h_score"].tolist() == [pytest.approx(h, abs=1e-8)]

    def test_those_that_sum_to_100_are_left_as_they_are(self):
        shares = (100 / 7, 300 / 7, 200 / 7, 100 / 7)
        reads = pd.DataFrame([read("P1", "A1", "a", shares)])
        assert is_rounded(reads).tolist() == [False]
        pd.testing.assert_frame_equal(rescaled(reads), reads, check_exact=True)

    def test_membranous_staining_is_another_question_and_stands(self):
        reads = pd.DataFrame([read("P1", "A1", "a", (48, 25, 15, 10), membranous=40)])
        assert scored(reads)["pct_membranous"].tolist() == [40]


class TestOneScoreEach:
    def test_default_is_the_mean_of_readers_in_the_highest_block(self):
        scores = one_score_each(READS).set_index(["patient_id", "tissue"])
        first = scores.loc[("P1", "primary")]
        assert first["h_score"] == 180
        assert first["band"] == "moderate"
        assert first["pct_membranous"] == 70  # of the same block; the missing one is left out
        assert (first["n_reads"], first["n_readers"], first["n_blocks"]) == (4, 2, 2)

    def test_tissues_are_kept_apart(self):
        scores = one_score_each(READS).set_index(["patient_id", "tissue"])
        assert scores.loc[("P1", "metastasis"), "h_score"] == 300
        assert ("P2", "metastasis") not in scores.index

    def test_mean_of_blocks(self):
        scores = one_score_each(READS, block_rule="mean").set_index(["patient_id", "tissue"])
        assert scores.loc[("P1", "primary"), "h_score"] == 130

    def test_a_third_reader_moves_the_mean_but_not_the_median(self):
        more = [read("P2", "A1", "b", (100, 0, 0, 0)), read("P2", "A1", "c", (0, 0, 0, 100))]
        third = pd.concat([READS, pd.DataFrame(more)])
        by = {
            rule: one_score_each(third, reader_rule=rule)
            .set_index("patient_id")
            .loc["P2"]["h_score"]
            for rule in ("mean", "median")
        }
        assert by == {"mean": 100, "median": 0}
        assert reader_rules(third) == ("mean", "median")

    def test_of_two_readers_the_median_is_no_rule_of_its_own(self):
        assert reader_rules(READS) == ("mean",)

    @pytest.mark.parametrize("rule", ["reader_rule", "block_rule"])
    def test_an_unknown_rule_is_named(self, rule):
        with pytest.raises(InputError, match=f"{rule} 'best' is unknown; expected one of"):
            one_score_each(READS, **{rule: "best"})

    def test_no_reads_give_no_scores(self):
        assert len(one_score_each(READS[:0])) == 0


class TestClone:
    def test_the_most_used_is_analysed(self):
        mixed = pd.concat([READS, READS[:1].assign(antibody_clone="SP295")])
        assert set(of_one_clone(mixed)["antibody_clone"]) == {"EPR20043"}
        assert len(of_one_clone(mixed, "SP295")) == 1

    def test_an_unknown_clone_is_named_with_the_known(self):
        with pytest.raises(InputError, match="antibody_clone 'X1': no read is of it; .*EPR20043"):
            of_one_clone(READS, "X1")

    def test_no_reads(self):
        assert len(of_one_clone(READS[:0])) == 0


def patients(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["rai_response", "h_score"])


class TestComparison:
    FOUR = patients(
        ("responder", 10.0),
        ("responder", 20.0),
        ("responder", np.nan),
        ("non_responder", 30.0),
        ("non_responder", 15.0),
        ("indeterminate", 300.0),
    )

    EIGHT = patients(
        *(("responder", score) for score in (10.0, 12.0, 14.0, 20.0, np.nan)),
        *(("non_responder", score) for score in (15.0, 30.0, 40.0, 50.0)),
        ("indeterminate", 300.0),
    )

    def test_shift_and_auc_by_hand(self):
        shift, auc = compare_scores(self.EIGHT, "rai_response", RESPONSE)
        # Of 16 differences, from -5 to 40, the middle two are 20; 15 pairs are ordered. The test
        # of four against four rejects where all differ: the limits are the ends of what differs.
        assert (shift.estimate, auc.estimate, shift.n) == (20, 15 / 16, 8)
        assert (shift.low, shift.high) == (-5, 40)

    def test_an_interval_as_wide_as_the_score_says_so_and_keeps_its_p(self):
        shift, _ = compare_scores(self.FOUR, "rai_response", RESPONSE)
        assert shift.reason == "the 95% interval would hold every value from −300 to 300"
        assert (shift.n, shift.p) == (4, pytest.approx(2 / 3))

    def test_summary_counts_the_missing(self):
        table = group_summary(self.FOUR, "rai_response", RESPONSE).set_index("rai_response")
        assert table.loc["responder", ["n", "missing", "median"]].tolist() == [2, 1, 15]

    def test_row_has_sizes_and_medians(self):
        row = comparison_row("all", self.EIGHT, "rai_response", RESPONSE)
        assert (row["n_reference"], row["n_compared"], row["median_compared"]) == (4, 4, 35)
        assert row["reason"] == ""

    @pytest.mark.parametrize(
        ("rows", "reason"),
        [
            ([("responder", 1.0)], "0 in the compared group"),
            ([("non_responder", 1.0)], "0 in the reference group"),
            ([("responder", 50.0), ("non_responder", 50.0)], "all 2 values are equal"),
            ([], "0 in the reference group"),
        ],
    )
    def test_says_why_it_is_not_estimable(self, rows, reason):
        frame = patients(*rows).astype({"h_score": float})
        assert comparison_row("x", frame, "rai_response", RESPONSE)["reason"].startswith(reason)


def test_rules_are_all_tried_and_every_score_by_the_default():
    people = pd.DataFrame({"patient_id": ["P1", "P2"], "rai_response": RESPONSE})
    table = rule_sensitivity(READS, people, "rai_response", RESPONSE)
    tried = list(table[["reader_rule", "block_rule", "score"]].itertuples(index=False, name=None))
    assert tried[:4] == [("mean", "highest", s) for s in
                         ("h_score", "irs", "pct_positive", "pct_membranous")]  # fmt: skip
    assert tried[4:] == [("mean", "mean", "h_score"), ("mean", "median", "h_score")]


def test_tissues_differ_within_patients():
    found = tissue_difference(one_score_each(READS), unit="points")
    assert (found.reason[:34], found.n) == ("the 95% interval would hold every ", 1)
    pairs = [(f"P{n}", tissue, 10.0 * n * (tissue == "metastasis")) for n in range(1, 7)
             for tissue in ("primary", "metastasis")]  # fmt: skip
    six = tissue_difference(pd.DataFrame(pairs, columns=["patient_id", "tissue", "h_score"]))
    # Walsh averages of 10, 20, … 60; at p = 2/64 all six signs alike are the rejection.
    assert (six.estimate, six.low, six.high, six.n) == (35, 10, 60, 6)
    without = one_score_each(READS[READS["tissue"] == "primary"])
    assert tissue_difference(without).reason == "0 pairs; at least 1 needed"


def test_scored_keeps_the_reads():
    table = scored(READS)
    assert table["h_score"].tolist()[:4] == [70, 90, 190, 170]
    assert list(table.columns[: len(READS.columns)]) == list(READS.columns)


def test_real_trop2_scores_with_heavy_ties_are_compared_exactly(external):
    scores = pd.read_csv(
        external("clinical/msk-trop2-hscore/TROP2_H-scores.txt"), sep="\t", na_values="n/a"
    )
    half = scores.dropna(subset=["Carcinoma H-score", "% Sarcoma"])
    predominant = half["% Sarcoma"] > 50
    frame = pd.DataFrame(
        {"group": predominant.map({False: "a", True: "b"}), "h_score": half["Carcinoma H-score"]}
    )
    shift, auc = compare_scores(frame, "group", ("a", "b"))
    # R 4.2.2: exactRankTests 0.8-35 (p), wilcox.test (limits, to 1e-4), pROC 1.18.0 (AUC).
    assert shift.p == pytest.approx(0.0130999253142, rel=1e-9)
    assert (shift.estimate, shift.low, shift.high) == pytest.approx((-50, -90, -5), abs=1e-4)
    assert auc.estimate == pytest.approx(0.298406862745, abs=1e-9)
    carcinoma = (half.loc[predominant == side, "Carcinoma H-score"] for side in (False, True))
    delong = auc_delong(*carcinoma)
    assert (delong.low, delong.high) == pytest.approx((0.155451023996, 0.441362701494), abs=1e-9)
