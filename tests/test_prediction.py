"""Concordance against R, optimism where it must be, and measures that are refused."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sksurv.metrics import (
    concordance_index_censored,
    cumulative_dynamic_auc,
    integrated_brier_score,
)
from sksurv.util import Surv
from survival_reference import expected, exponential, veteran, veteran_delayed

from compendium.errors import NotEstimable
from compendium.prediction.performance import (
    MEASURES,
    cox_prediction,
    dynamic_auc,
    harrell_c,
    integrated_brier,
    optimism_corrected,
    performance,
    uno_c,
)
from compendium.survival.cox import fit_cox
from compendium.survival.kaplan_meier import kaplan_meier
from compendium.survival.times import survival_times

R = expected("concordance").set_index("what")["C"]
COX = expected("cox")
REFERENCE = Path(__file__).parent / "reference"


def test_c_agrees_with_r():
    # Counts of pairs: exact to the 12 digits that R prints.
    data, times = veteran()
    assert harrell_c(times, data["lp"]) == pytest.approx(R["Harrell C"], abs=1e-11)
    assert uno_c(times, data["lp"]) == pytest.approx(R["Uno C"], abs=1e-11)
    assert uno_c(times, data["lp"], 144) == pytest.approx(R["Uno C, ymax"], abs=1e-10)


def test_c_with_delayed_entry_agrees_with_r():
    data, times = veteran_delayed()
    known = COX[COX["model"] == "delayed"]
    risk = fit_cox(data[known["term"]], times, penalty=False).risk(data[known["term"]])
    assert harrell_c(times, risk) == pytest.approx(known["harrell_c"].iloc[0], abs=1e-11)


def test_pairs_by_hand():
    # Comparable: (1,2) (1,3) (1,4) (2,3) (2,4) — 3 is censored; risks: right, tied, wrong, …
    times = survival_times([1, 2, 3, 4], [1, 1, 0, 1])
    assert harrell_c(times, [3, 2, 3, 4]) == pytest.approx((1 + 0.5 + 0 + 0 + 0) / 5)
    # Who enters after a death is not compared with it.
    late = survival_times([1, 2, 3, 4], [1, 1, 0, 1], [0, 0, 1, 2])
    assert harrell_c(late, [3, 2, 3, 4]) == pytest.approx((1 + 0) / 2)


@pytest.mark.slow
@given(seed=st.integers(0, 10_000))
def test_c_is_scikit_survivals_without_delayed_entry(seed):
    rng = np.random.default_rng(seed)
    times = exponential(rng, 25, delayed=False)
    risk = rng.integers(0, 5, 25).astype(float)
    try:
        mine = harrell_c(times, risk)
    except NotEstimable:
        return
    theirs = concordance_index_censored(times.event, times.time, risk)[0]
    assert mine == pytest.approx(theirs)
    assert harrell_c(times, -risk) == pytest.approx(1 - mine)


def test_uno_is_harrell_without_censoring_and_refused_with_entry():
    times = survival_times([1, 2, 3, 4], [1, 1, 1, 1])
    assert uno_c(times, [3, 2, 3, 4]) == pytest.approx(harrell_c(times, [3, 2, 3, 4]))
    with pytest.raises(NotEstimable, match="Uno's C is not defined with delayed entry"):
        uno_c(survival_times([1, 2], [1, 1], [0, 1]), [1, 2])
    with pytest.raises(NotEstimable, match="no two patients can be compared"):
        harrell_c(survival_times([1, 2], [0, 0]), [1, 2])


def test_auc_weighs_by_the_censoring_before_an_event_that_ties_with_one():
    # An event and two censorings at 1, one event at 2, two followed on. Before 2 a third is left of
    # the six minus one: G(1-) = 1, G(2-) = 3/5, so that the cases weigh 1 and 5/3.
    times = survival_times([1, 1, 1, 2, 3, 4], [1, 0, 0, 1, 0, 1])
    risk = [5.0, 9, 9, 1, 2, 3]
    # Case of risk 5 beats both, case of risk 1 neither: 1 · 2 / ((1 + 5/3) · 2).
    assert dynamic_auc(times, risk, 2.5) == pytest.approx(1 / (1 + 5 / 3))


def test_auc_of_tied_times_agrees_with_timeroc():
    # 24 patients, three times at which events and censorings tie: 0.752 with the weight just before
    # the event; just after it, as scikit-survival has it, 0.728.
    rows = pd.read_csv(REFERENCE / "dynamic_auc_ties.csv")
    times = survival_times(rows["time_months"], rows["event"])
    assert dynamic_auc(times, rows["x"], 12.0) == pytest.approx(0.752, abs=5e-4)


@pytest.mark.slow
@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_auc_and_brier_are_scikit_survivals_where_events_and_censorings_do_not_tie(seed):
    rng = np.random.default_rng(seed)
    moments, happened = np.sort(rng.exponential(size=30)), rng.random(30) < 0.5
    happened[[0, -1]] = True  # an event by each time, and a censoring curve that does not end at 0
    times = survival_times(moments, happened)
    at = np.quantile(times.time, [0.2, 0.35, 0.5, 0.65])
    risk = rng.integers(0, 5, 30).astype(float)
    known = Surv.from_arrays(times.event, times.time)
    theirs = cumulative_dynamic_auc(known, known, risk, at)[0]
    assert [dynamic_auc(times, risk, t) for t in at] == pytest.approx(theirs.tolist())
    survival = rng.random((30, 4))
    expected = integrated_brier_score(known, known, survival, at)
    assert integrated_brier(times, survival, at) == pytest.approx(expected)


def test_brier_by_hand():
    # Nobody censored: squared errors at 1.5 of survival 0.5 for all are 1/4; at 2.5 of 1: two of
    # three had the event, so 2/3; the mean over time by one trapezium is 11/24.
    times = survival_times([1, 2, 3], [1, 1, 1])
    survival = np.array([[0.5, 1.0]] * 3)
    assert integrated_brier(times, survival, np.array([1.5, 2.5])) == pytest.approx(11 / 24)


@pytest.mark.parametrize(
    ("horizon", "reason"),
    [
        (0.5, "0 events by 0.5 years; at least 1 needed"),
        (3.0, "0 patients followed beyond 3 years; at least 1 needed"),
    ],
)
def test_auc_needs_both_sides(horizon, reason):
    with pytest.raises(NotEstimable, match=re.escape(reason)):
        dynamic_auc(survival_times([1, 2, 3], [1, 0, 1], unit="years"), [1, 2, 3], horizon)


def test_auc_and_brier_are_not_defined_with_delayed_entry():
    late = survival_times([1, 2, 3], [1, 0, 1], [0, 1, 0])
    with pytest.raises(NotEstimable, match="AUC is not defined with delayed entry"):
        dynamic_auc(late, [1, 2, 3], 1.5)
    with pytest.raises(NotEstimable, match="Brier score is not defined with delayed entry"):
        integrated_brier(late, np.ones((3, 2)), np.array([1.0, 1.5]))


def test_survival_of_the_average_patient_is_near_the_curve():
    data, times = veteran()
    x = data[["age"]].to_numpy(float)
    model = cox_prediction(x, times)
    found = model.survival(x.mean(axis=0, keepdims=True), np.array([0.5, 90.0, 180.0]))[0]
    assert found[0] == 1
    # Age has next to no effect here, so the model is the Kaplan–Meier curve but for its exponent.
    assert found[1] == pytest.approx(kaplan_meier(times).at(90).estimate, abs=0.02)
    assert found[2] == pytest.approx(kaplan_meier(times).at(180).estimate, abs=0.02)


def test_a_perfect_model_has_measures_at_their_best():
    times = survival_times(np.arange(1.0, 41.0), np.ones(40))
    x = np.arange(40.0, 0.0, -1.0)[:, None]
    found = performance(cox_prediction(x, times), x, times, 20.5)
    assert (found["harrell_c"], found["uno_c"], found["auc"]) == (1, 1, 1)
    assert found["brier"] < 0.1


def test_optimism_is_what_noise_gains_by_being_fitted():
    rng = np.random.default_rng(4)
    times = exponential(rng, 60, delayed=False)
    noise = pd.DataFrame(rng.normal(size=(60, 3)), columns=["a", "b", "c"])
    found = optimism_corrected(times, noise, rng, horizon=4.0, resamples=60)
    apparent = performance(cox_prediction(noise.to_numpy(), times), noise.to_numpy(), times, 4.0)
    assert set(found) == set(MEASURES)
    assert found["harrell_c"].estimate < apparent["harrell_c"]
    assert found["auc"].estimate < apparent["auc"]
    assert found["brier"].estimate > apparent["brier"]
    assert abs(found["harrell_c"].estimate - 0.5) < 0.1
    assert found["harrell_c"].low < found["harrell_c"].estimate < found["harrell_c"].high
    assert f"apparent {apparent['harrell_c']:.3f}" in found["harrell_c"].method


def test_same_seed_same_numbers():
    data, times = veteran()
    ask = {"horizon": 90.0, "resamples": 5}
    one, two = (
        optimism_corrected(times, data[["age"]], np.random.default_rng(1), **ask) for _ in range(2)
    )
    assert one == two


def test_with_delayed_entry_only_harrells_c_is_told():
    data, times = veteran_delayed()
    found = optimism_corrected(
        times, data[["karno"]], np.random.default_rng(1), horizon=90.0, resamples=10
    )
    assert found["harrell_c"].estimable
    for name in ("uno_c", "auc", "brier"):
        assert found[name].reason == f"{MEASURES[name]} is not defined with delayed entry"


def test_too_few_events_and_too_late_a_horizon_are_said():
    data, times = veteran()
    rng = np.random.default_rng(1)
    few = optimism_corrected(times.take(np.arange(9)), data[["age"]].iloc[:9], rng, horizon=90)
    assert {e.reason for e in few.values()} == {"9 events; at least 10 needed"}
    late = optimism_corrected(times, data[["age"]], rng, horizon=5000, resamples=5)
    assert late["auc"].reason == "cumulative/dynamic AUC is not defined at this horizon"
