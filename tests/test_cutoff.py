"""What a cut-off is worth.

Origin of the maxstat columns of reference/ties_expected.csv: coin 1.4-2 maxstat_test (R 4.2.2), one
million permutations; the exact p must lie within their 99 % interval, the statistic agrees to 1e-9.
"""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compendium.errors import NotEstimable
from compendium.statistics.auc import auc_delong
from compendium.statistics.cutoff import (
    PARTED,
    bootstrap_cutoff,
    candidate_cuts,
    maximally_selected,
    naive_p,
    standardised,
)

REFERENCE = Path(__file__).parent / "reference"
DATA = pd.read_csv(REFERENCE / "ties_data.csv")
EXPECTED = pd.read_csv(REFERENCE / "ties_expected.csv", index_col="set").dropna()


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def by_enumeration(score: np.ndarray, event: np.ndarray) -> float:
    cuts = candidate_cuts(score)
    reached = np.abs(standardised(score, event, cuts)).max()
    orders = list(itertools.combinations(range(len(score)), int(event.sum())))
    least = 0
    for order in orders:
        other = np.zeros(len(score), dtype=bool)
        other[list(order)] = True
        least += np.abs(standardised(score, other, cuts)).max() >= reached - 1e-9
    return least / len(orders)


class TestMaximallySelected:
    @pytest.mark.parametrize("name", EXPECTED.index)
    def test_agrees_with_r(self, name):
        rows, expected = DATA[DATA["set"] == name], EXPECTED.loc[name]
        score, event = rows["value"].to_numpy(float), rows["group"].to_numpy() == 1
        found = maximally_selected(score, event)
        reached = np.abs(standardised(score, event, candidate_cuts(score))).max()
        assert reached == pytest.approx(expected["maxstat"], abs=1e-9)
        assert expected["maxstat_p_low"] <= found.p <= expected["maxstat_p_high"]
        # R parts at <= c, here at >= the next value.
        assert found.estimate == min(score[score > expected["maxstat_cut"]])

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=6, max_size=10))
    def test_p_equals_enumeration_with_any_ties(self, rows):
        score = np.array([row[0] for row in rows], float)
        event = np.array([row[1] for row in rows])
        found = maximally_selected(score, event)
        if found.estimable:
            order = np.argsort(event, kind="stable")
            assert found.p == pytest.approx(by_enumeration(score[order], event[order]))

    def test_search_costs(self):
        score, event = rng(3).normal(size=60).round(1), np.repeat([False, True], 30)
        found = maximally_selected(score, event)
        reached = np.abs(standardised(score, event, candidate_cuts(score))).max()
        assert found.p > naive_p(reached)

    def test_rejects_a_true_null_in_at_most_five_percent(self):
        event = np.repeat([False, True], 20)
        p = [maximally_selected(rng(i).normal(size=40).round(1), event).p for i in range(400)]
        assert np.mean(np.array(p) <= 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)

    @pytest.mark.parametrize(
        ("score", "event", "reason"),
        [
            ([1.0, 2, 3, 4], [False] * 4, "0 in the compared group; at least 2 needed"),
            ([1.0] * 4, [False, True] * 2, "all 4 values are equal"),
            ([0.0] * 19 + [1.0], [False, True] * 10, "no cut-off leaves a tenth of the patients"),
        ],
    )
    def test_says_why_it_is_not_estimable(self, score, event, reason):
        assert maximally_selected(score, event).reason.startswith(reason)


def test_candidates_leave_a_tenth_on_either_side():
    assert candidate_cuts(np.arange(1.0, 11.0)).tolist() == [2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert candidate_cuts(np.arange(1.0, 21.0)).tolist() == list(range(3, 20))
    with pytest.raises(NotEstimable):
        candidate_cuts(np.ones(5))


class TestBootstrap:
    def test_separated_groups_stay_apart(self):
        found = bootstrap_cutoff(np.arange(20.0), 100 + np.arange(20.0), rng())
        assert found.cut == 100
        assert found.estimates["as_seen"].tolist() == [1, 1, 1]
        assert found.estimates["corrected"].to_numpy() == pytest.approx(1, abs=0.1)

    def test_by_hand_the_best_cut_has_the_greatest_youden_index(self):
        # At >= 5: sensitivity 4/5, specificity 4/5. No other cut does better.
        found = bootstrap_cutoff([1, 2, 3, 4, 9], [2, 5, 6, 7, 8], rng(), resamples=50)
        assert found.cut == 5
        assert found.estimates["as_seen"].tolist() == pytest.approx([0.8, 0.8, 0.8])

    def test_noise_looks_better_than_it_is(self):
        first, second = rng(4).normal(size=30), rng(5).normal(size=30)
        table = bootstrap_cutoff(first, second, rng(3)).estimates.set_index("measure")
        assert table.loc[PARTED, "as_seen"] > 0.5
        assert table.loc[PARTED, "corrected"] < table.loc[PARTED, "as_seen"] - 0.03

    @pytest.mark.slow
    def test_optimism_is_what_new_patients_show(self):
        seen, corrected, new = [], [], []
        for study in range(150):
            draw = rng(study)
            low, high = draw.normal(0, 1, 30), draw.normal(0.9, 1, 30)
            found = bootstrap_cutoff(low, high, draw, resamples=100)
            table = found.estimates.set_index("measure").loc[PARTED]
            seen.append(table["as_seen"])
            corrected.append(table["corrected"])
            fresh = draw.normal(0, 1, 4000) < found.cut, draw.normal(0.9, 1, 4000) >= found.cut
            new.append((fresh[0].mean() + fresh[1].mean()) / 2)
        assert np.mean(seen) - np.mean(new) > 0.03
        # Mean of 150 studies, each with a standard error near 0.05: three of 0.004.
        assert np.mean(corrected) == pytest.approx(np.mean(new), abs=0.012)

    def test_auc_is_that_of_delong_with_a_like_interval(self):
        first, second = rng(1).normal(size=30), rng(2).normal(0.8, 1, 30)
        found, delong = bootstrap_cutoff(first, second, rng(3)).auc, auc_delong(first, second)
        assert found.estimate == pytest.approx(delong.estimate)
        assert (found.low, found.high) == pytest.approx((delong.low, delong.high), abs=0.04)

    def test_is_the_same_for_the_same_generator(self):
        one, two = (bootstrap_cutoff(range(10), range(4, 14), rng(5)) for _ in range(2))
        assert (one.cuts == two.cuts).all()

    def test_is_labelled_where_there_is_no_cutoff(self):
        found = bootstrap_cutoff([1.0] * 3, [2.0] * 9, rng())
        assert found.reason == "3 in the reference group; at least 5 needed"
        assert found.auc.reason == found.reason
        assert {e.reason for e in found.numbers().values()} == {found.reason}
        assert np.isnan(found.interval()).all()
