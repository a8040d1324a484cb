"""Cumulative incidence by hand, against Kaplan–Meier and lifelines, and with delayed entry."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import AalenJohansenFitter
from survival_reference import exponential

from compendium.errors import InputError, NotEstimable
from compendium.survival.competing import cumulative_incidence, incidence_at
from compendium.survival.kaplan_meier import kaplan_meier
from compendium.survival.times import survival_times

CAUSES = ["cancer", "other", "cancer", ""]


def test_by_hand():
    # At risk 4, 3, 2: incidence of cancer 1/4 at 1, unchanged at 2, plus 1/2 · 1/2 at 3.
    times = survival_times([1, 2, 3, 4], [1, 1, 1, 0])
    found = cumulative_incidence(times, CAUSES, "cancer")
    assert found.incidence.tolist() == pytest.approx([1 / 4, 1 / 4, 1 / 2])
    assert (found.events, found.competing) == (2, 1)


def test_who_enters_late_is_not_at_risk_before():
    times = survival_times([1, 2, 3, 4], [1, 1, 1, 0], [0, 0, 0, 2])
    found = cumulative_incidence(times, CAUSES, "cancer")
    assert found.incidence.tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3 + 1 / 3 * 1 / 2])


def test_nobody_left_before_others_enter_is_not_estimable():
    times = survival_times([2, 5, 6, 7], [1, 1, 1, 0], [0, 3, 3, 3])
    with pytest.raises(NotEstimable, match="all at risk at 2 days have the event while 3 patients"):
        cumulative_incidence(times, CAUSES, "cancer")


@pytest.mark.slow
@given(seed=st.integers(0, 10_000))
def test_causes_add_up_to_one_minus_survival(seed):
    rng = np.random.default_rng(seed)
    times = exponential(rng, 30, delayed=False)
    cause = np.where(times.event, rng.choice(["a", "b"], 30), "").astype(object)
    a, b = (cumulative_incidence(times, cause, name) for name in ("a", "b"))
    np.testing.assert_allclose(a.incidence + b.incidence, 1 - kaplan_meier(times).survival)


@pytest.mark.slow
@given(seed=st.integers(0, 10_000), delayed=st.booleans())
def test_a_single_cause_has_greenwoods_variance(seed, delayed):
    times = exponential(np.random.default_rng(seed), 30, delayed=delayed)
    try:
        curve = kaplan_meier(times)
    except NotEstimable:
        return
    found = cumulative_incidence(times, np.where(times.event, "a", ""), "a")
    left = curve.survival > 0
    expected = curve.variance * curve.survival**2
    np.testing.assert_allclose(found.variance[left], expected[left], atol=1e-12)


def test_agrees_with_lifelines_without_ties():
    # lifelines 0.30.3 breaks ties at random; distinct times need none. Same delta method.
    rng = np.random.default_rng(3)
    time, code = rng.exponential(10, 80), rng.integers(0, 3, 80)
    theirs = AalenJohansenFitter(calculate_variance=True).fit(time, code, event_of_interest=1)
    cause = np.array(["", "a", "b"], dtype=object)[code]
    mine = cumulative_incidence(survival_times(time, code > 0), cause, "a")
    for at in (3.0, 10.0):
        last = int(np.searchsorted(mine.time, at, "right")) - 1
        density, variance = theirs.cumulative_density_, theirs.variance_
        assert mine.incidence[last] == pytest.approx(density.loc[:at].iloc[-1, 0], abs=1e-12)
        assert mine.variance[last] == pytest.approx(np.ravel(variance.loc[:at])[-1], abs=1e-12)


def test_says_why_incidence_is_not_estimable():
    times = survival_times([1, 2, 3, 4], [1, 1, 1, 0])
    ask = {"least_at_risk": 1, "least_events": 1}
    assert incidence_at(times, CAUSES, "cancer", 3, **ask).estimate == pytest.approx(1 / 2)
    assert incidence_at(times, CAUSES, "sepsis", 3, **ask).reason == (
        "0 events of the cause sepsis; at least 1 needed"
    )
    assert incidence_at(times, CAUSES, "cancer", 9, **ask).reason == "follow-up is from 0 to 4 days"
    late = incidence_at(times, CAUSES, "cancer", 3, least_at_risk=5, least_events=1)
    assert (late.reason, late.events) == ("never 5 patients at risk at once", 3)
    few = incidence_at(times, CAUSES, "cancer", 3, least_at_risk=1)
    assert few.reason == "2 events of the cause cancer; at least 5 needed"
    before = incidence_at(times, CAUSES, "other", 1, **ask)
    # All four were followed to day 1: nobody of four has an exact limit of 1 - 0.025 ** (1 / 4).
    assert (before.estimate, before.low) == (0.0, 0.0)
    assert before.high == pytest.approx(1 - 0.025 ** (1 / 4))


def test_where_all_had_the_event_incidence_has_an_exact_lower_limit():
    times = survival_times([1, 2, 2], [1, 1, 1])
    found = incidence_at(times, ["cancer"] * 3, "cancer", 2, least_at_risk=1, least_events=1)
    assert (found.estimate, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(0.025 ** (1 / 2))  # of the two at risk at the end


def test_an_event_without_a_cause_is_an_error():
    with pytest.raises(InputError, match="1 events have no cause"):
        cumulative_incidence(survival_times([1, 2], [1, 1]), ["a", None], "a")
