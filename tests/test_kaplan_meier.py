"""Kaplan–Meier curves by hand, against R with and without delayed entry, and as they must be."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from survival_reference import expected, exponential, veteran, veteran_delayed

from compendium.errors import NotEstimable
from compendium.survival.kaplan_meier import (
    kaplan_meier,
    median_follow_up,
    number_at_risk,
    reliable_from,
)
from compendium.survival.times import survival_times

R = expected("kaplan_meier")


def of(group):
    if group == "delayed":
        return veteran_delayed()[1]
    data, times = veteran()
    return times if group == "all" else times.take(data["trt"] == int(group[-1]))


@pytest.mark.parametrize("row", R[R["quantity"] == "survival"].to_dict("records"), ids=str)
def test_survival_and_its_log_log_limits_agree_with_r(row):
    # The same closed form; R prints 12 digits.
    times = of(row["group"])
    found = kaplan_meier(times).at(row["time"])
    for mine, theirs in ((found.estimate, "estimate"), (found.low, "lower"), (found.high, "upper")):
        assert mine == pytest.approx(row[theirs], abs=1e-11)
    assert number_at_risk(times, [row["time"]])[0] == row["n_risk"]


@pytest.mark.parametrize("row", R[R["quantity"] == "median"].to_dict("records"), ids=str)
def test_median_agrees_with_r(row):
    found = kaplan_meier(of(row["group"])).median()
    assert (found.estimate, found.low, found.high) == (row["estimate"], row["lower"], row["upper"])
    assert (found.n, found.events) == (row["n"], row["events"])


def test_curve_by_hand():
    # At risk 4, 3 (one censored at 2 still counts at 2), 1.
    curve = kaplan_meier(survival_times([1, 2, 2, 5], [1, 1, 0, 1]))
    assert curve.at_risk.tolist() == [4, 3, 1]
    assert curve.survival.tolist() == pytest.approx([3 / 4, 1 / 2, 0])
    assert curve.variance[:2].tolist() == pytest.approx([1 / 12, 1 / 12 + 1 / 6])
    assert curve.median().estimate == 3.5  # flat at one half from 2 to 5: the middle, as in R


def test_who_enters_later_is_not_at_risk_before():
    curve = kaplan_meier(survival_times([1, 2, 3, 4], [1, 1, 1, 1], [0, 0, 0, 2]))
    assert curve.at_risk.tolist() == [3, 2, 2, 1]


def test_before_the_first_event_survival_has_an_exact_lower_limit():
    # Nobody of two had it: 0.025 ** (1 / 2); of the four, one left at 1 and one enters at 1.
    found = kaplan_meier(survival_times([5, 6, 1, 7], [1, 0, 0, 1], [0, 0, 0, 1])).at(2)
    assert (found.estimate, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(math.sqrt(0.025))
    assert found.method.endswith("no event before: exact lower limit of 2 followed that long")


def test_where_all_had_the_event_survival_has_an_exact_upper_limit():
    found = kaplan_meier(survival_times([1, 2, 2], [1, 1, 1])).at(2)
    assert (found.estimate, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(1 - math.sqrt(0.025))  # of the two at risk at 2
    everyone = kaplan_meier(survival_times([1, 1, 1], [1, 1, 1])).at(1)
    assert everyone.high == pytest.approx(1 - 0.025 ** (1 / 3))  # as of a binomial 0 of 3


def test_survival_is_not_told_beyond_follow_up():
    found = kaplan_meier(survival_times([5, 6], [1, 0])).at(7)
    assert found.reason == "follow-up is from 0 to 6 days"


def test_a_median_that_is_not_reached_is_said():
    found = kaplan_meier(survival_times([1, 2, 3, 4], [1, 0, 0, 0])).median()
    assert found.reason == "median not reached: survival is 0.75 at the last of 1 event"
    nobody = kaplan_meier(survival_times([1, 2], [0, 0])).median()
    assert nobody.reason == "median not reached: no event"


def test_an_early_risk_set_of_one_does_not_decide_the_curve():
    times = survival_times([1, 9, 10, 11], [1, 1, 0, 0], [0, 2, 3, 4])
    with pytest.raises(NotEstimable, match="all 1 at risk at 1 days have the event while 3"):
        kaplan_meier(times)
    assert reliable_from(times, 3) == 4
    curve = kaplan_meier(times, start=4)
    assert (curve.survival.tolist(), curve.n) == ([pytest.approx(2 / 3)], 3)
    assert "given event-free at 4 days" in curve.at(10).method


def test_nobody_at_risk_for_a_while_breaks_the_curve():
    # All who entered by 3 are censored by 3; how many die until 4, when others enter, nobody knows.
    times = survival_times([2, 3, 7, 8], [1, 0, 1, 1], [0, 1, 4, 5])
    with pytest.raises(NotEstimable, match="nobody is at risk after 3 days while 2 patients enter"):
        kaplan_meier(times)
    assert kaplan_meier(times, start=4).survival.tolist() == pytest.approx([1 / 2, 0])
    # Who enters on that very day carries the curve on.
    met = survival_times([2, 3, 7, 8], [1, 0, 1, 1], [0, 1, 3, 5])
    assert kaplan_meier(met).survival.tolist() == pytest.approx([1 / 2, 1 / 4, 0])


def test_reliable_from_the_origin_or_never():
    times = survival_times([3, 4], [1, 1])
    assert reliable_from(times, 2) == 0
    with pytest.raises(NotEstimable, match="never 3 patients at risk at once"):
        reliable_from(times, 3)
    with pytest.raises(NotEstimable, match="nobody is observed after 9 days"):
        kaplan_meier(times, start=9)


def test_at_risk_at_the_origin_are_those_observed_from_it():
    times = survival_times([3, 4, 9], [1, 1, 0], [0, 1, 0])
    assert number_at_risk(times, [0, 2, 4, 5]).tolist() == [2, 3, 2, 1]


def test_follow_up_counts_from_entry_and_to_censoring():
    # Observed 2, 4 and 6 days; the one of 4 had the event. Reverse curve: 2/3 at 2, 0 at 6.
    found = median_follow_up(survival_times([2, 5, 9], [0, 1, 0], [0, 1, 3]))
    assert (found.estimate, found.method) == (6, "reverse Kaplan–Meier of time since entry")
    assert median_follow_up(survival_times([2, 5], [1, 1])).reason.startswith("too few")


@pytest.mark.slow
@given(seed=st.integers(0, 10_000), delayed=st.booleans())
def test_curve_falls_and_lies_within_its_limits(seed, delayed):
    times = exponential(np.random.default_rng(seed), 30, delayed=delayed)
    try:
        steps = kaplan_meier(times).steps()
    except NotEstimable:
        return
    assert (np.diff(steps["survival"]) <= 0).all()
    inside = steps.dropna()
    assert ((inside["low"] < inside["survival"]) & (inside["survival"] < inside["high"])).all()


def test_real_progression_free_interval_of_thyroid_cancer(external):
    # TCGA Clinical Data Resource: 52 events in 506 patients with time at risk.
    data = pd.read_csv(external("clinical/tcga-thca/tcga_cdr_THCA.csv"))
    data = data[data["PFI.time"] > 0]
    times = survival_times(data["PFI.time"] / 365.25, data["PFI"], unit="years")
    curve = kaplan_meier(times)
    found = curve.at(5.0)
    assert (found.n, found.events) == (506, 52)
    theirs = KaplanMeierFitter().fit(times.time, times.event)
    assert found.estimate == pytest.approx(float(theirs.predict(5.0)), abs=1e-12)
    assert found.low < found.estimate < found.high
    assert curve.median().reason.startswith("median not reached")
    assert number_at_risk(times, [0.0])[0] == 506
