"""Log-rank and restricted means against R, by hand, and where they mean nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survival_reference import expected, exponential, veteran

from compendium.errors import InputError
from compendium.survival.groups import log_rank, restricted_mean, restricted_mean_difference
from compendium.survival.times import survival_times

R = expected("survival_groups")


@pytest.mark.parametrize("column", ["trt", "celltype"])
def test_log_rank_agrees_with_r(column):
    data, times = veteran()
    known = R[R["what"].str.endswith(f"~ {column}")].iloc[0]
    found = log_rank(times, data[column])
    assert found.estimate == pytest.approx(known["estimate"], rel=1e-10)
    assert found.p == pytest.approx(known["p"], rel=1e-9)
    assert found.unit == f"chi-squared, {known['df']:.0f} df"


@pytest.mark.parametrize("row", R[R["tau"].notna()].to_dict("records"), ids=str)
def test_restricted_mean_agrees_with_r(row):
    data, times = veteran()
    if row["what"].startswith("rmst"):
        found = restricted_mean(times.take(data["trt"] == int(row["what"][-1])), row["tau"])
    else:
        found = restricted_mean_difference(times, data["trt"] == 2, row["tau"])
        assert found.p == pytest.approx(row["p"], rel=1e-9)
    # The normal quantile in R's limits is exact; the values have 12 digits.
    assert found.estimate == pytest.approx(row["estimate"], rel=1e-10)
    assert found.low == pytest.approx(row["lower"], rel=1e-9)
    assert found.high == pytest.approx(row["upper"], rel=1e-9)


def test_log_rank_by_hand_with_delayed_entry():
    # At 2: one of group 1 dies, at risk 1 + 1 (the last is yet to enter). At 4: one of group 0 of
    # 1 + 1. Excess of group 1: (1 - 1/2) + (0 - 1/2) = 0.
    times = survival_times([2, 4, 6], [1, 1, 0], [0, 0, 3])
    assert log_rank(times, [1, 0, 1]).estimate == pytest.approx(0)
    # Without entry group 1 has 2 of 3 at risk at 2: excess (1 - 2/3) + (0 - 1/2) = -1/6.
    variance = 2 / 9 + 1 / 4
    ignored = log_rank(times.from_origin(), [1, 0, 1])
    assert ignored.estimate == pytest.approx((1 / 6) ** 2 / variance)


def test_area_by_hand():
    # Survival 1 to day 2, 1/2 to day 4: area 3; Greenwood's variance (area after 2)² · 1/(2·1).
    found = restricted_mean(survival_times([2, 5], [1, 0]), 4)
    assert found.estimate == 3
    assert found.high - found.estimate == pytest.approx(1.959964 * np.sqrt(1 / 2), abs=1e-6)


def test_area_begins_where_the_curve_does():
    times = survival_times([3, 5, 6], [1, 0, 0], [1, 1, 2])
    assert restricted_mean(times, 4, start=2).estimate == pytest.approx(1 + 2 / 3)


@pytest.mark.parametrize(
    ("until", "reason"),
    [
        (9, "follow-up ends at 5 days, before 9"),
        (1, "no event before 1 days in one group, so no variance"),
    ],
)
def test_says_why_there_is_no_restricted_mean(until, reason):
    assert restricted_mean(survival_times([2, 5], [1, 0]), until).reason == reason


def test_events_at_one_time_leave_a_restricted_mean_without_variance():
    times = survival_times([5, 5, 5, 5], [1, 1, 1, 1])
    assert restricted_mean(times, 5).reason == "the events up to 5 days leave no variance"
    found = restricted_mean_difference(times, [0, 0, 1, 1], 5)
    assert found.reason == "the events up to 5 days leave no variance"


def test_says_why_groups_cannot_be_compared():
    times = survival_times([1, 2, 8, 9], [1, 1, 1, 1], [0, 0, 5, 5])
    assert log_rank(times, [1, 1, 1, 1]).reason == "one group only"
    apart = survival_times([2, 9], [1, 1], [0, 5])
    assert log_rank(apart, [0, 1]).reason == "the groups are never at risk together"
    assert restricted_mean_difference(times, [True] * 4, 2).reason == "one group only"
    with pytest.raises(InputError, match="group has 2 labels; expected 4"):
        log_rank(times, [1, 2])


def test_groups_may_meet_through_a_third():
    # 0 and 1 are at risk together at day 1, 1 and 2 at day 6; 0 and 2 never.
    times = survival_times([2, 1, 9, 6, 8], [0, 1, 0, 1, 0], [0, 0, 0, 4, 4])
    found = log_rank(times, [0, 1, 1, 2, 2])
    # Excess of groups 1, 2: (0, 1/3); variance (4/9, -2/9; -2/9, 2/9), inverse (9/2, 9/2; 9/2, 9).
    assert found.unit == "chi-squared, 2 df"
    assert found.estimate == pytest.approx(1)
    # With everybody of a risk set dying nothing is compared.
    assert log_rank(survival_times([1, 1], [1, 1]), [0, 1]).reason == (
        "the groups are never at risk together"
    )


@pytest.mark.slow
@given(seed=st.integers(0, 10_000), delayed=st.booleans())
@settings(deadline=None, max_examples=50)
def test_log_rank_is_observed_less_expected(seed, delayed):
    # The definition, death by death: Mantel, Cancer Chemother Rep 1966;50:163–170.
    rng = np.random.default_rng(seed)
    times = exponential(rng, 24, delayed=delayed)
    group = rng.integers(0, 3, 24)
    excess, variance = np.zeros(3), np.zeros((3, 3))
    for t in np.unique(times.time[times.event]):
        here = (times.entry < t) & (times.time >= t)
        n, died = here.sum(), (here & times.event & (times.time == t)).sum()
        share = np.array([(here & (group == g)).sum() / n for g in range(3)])
        of_group = [(here & times.event & (times.time == t) & (group == g)).sum() for g in range(3)]
        excess += of_group - died * share
        variance += died * (n - died) / max(n - 1, 1) * (np.diag(share) - np.outer(share, share))
    found = log_rank(times, group)
    if found.reason:
        assert np.linalg.matrix_rank(variance[1:, 1:], tol=1e-10) < 2 or len(set(group)) < 3
        return
    known = excess[1:] @ np.linalg.solve(variance[1:, 1:], excess[1:])
    assert found.estimate == pytest.approx(known, rel=1e-9, abs=1e-12)
