"""Proportional hazards against today's R, residuals by their sums, splines by their shape."""

import numpy as np
import pandas as pd
import pytest
from survival_reference import expected, veteran, veteran_delayed

from compendium.errors import InputError
from compendium.survival.checks import (
    GLOBAL,
    hazard_curve,
    proportional_hazards,
    schoenfeld,
    spline_basis,
)
from compendium.survival.cox import fit_cox
from compendium.survival.times import survival_times

ZPH = expected("cox_zph")
TERMS = ["trt", "karno", "diagtime", "age", "prior"]


@pytest.mark.parametrize("transform", ["km", "rank", "identity", "log"])
def test_score_test_agrees_with_todays_r(transform):
    # R's iteration stops at 1e-9 of the likelihood, which leaves up to 5e-9 in a chi-squared.
    data, times = veteran()
    found = proportional_hazards(times, data[TERMS], transform=transform)
    for row in ZPH[ZPH["transform"] == transform].to_dict("records"):
        mine = found[GLOBAL if row["term"] == "GLOBAL" else row["term"]]
        assert mine.estimate == pytest.approx(row["chisq"], rel=1e-8)
        assert mine.p == pytest.approx(row["p"], rel=1e-7)
        assert mine.unit == f"chi-squared, {row['df']} df"


def test_age_is_proportional_where_the_old_approximation_said_not():
    data, times = veteran()
    assert proportional_hazards(times, data[TERMS])["age"].p == pytest.approx(0.1397, abs=1e-4)


def test_delayed_entry_is_respected():
    data, times = veteran_delayed()
    respected = proportional_hazards(times, data[["karno"]])["karno"]
    ignored = proportional_hazards(times.from_origin(), data[["karno"]])["karno"]
    assert respected.estimate != pytest.approx(ignored.estimate, rel=0.01)


@pytest.mark.slow
def test_mean_scaled_residual_is_the_coefficient():
    # The score is 0 at the estimate, so residuals sum to 0 before the coefficient is added.
    data, times = veteran()
    found = schoenfeld(times, data[TERMS])
    fit = fit_cox(data[TERMS], times, penalty=False)
    np.testing.assert_allclose(found.scaled.mean(axis=0), fit.coef, atol=1e-9)
    assert found.scaled.shape == (128, 5)


def test_residual_by_hand():
    # x = 1, 0, 0 and one death of x = 1 among all: at beta the mean is w / (w + 2).
    times = survival_times([1, 2, 3, 4], [1, 1, 1, 0])
    x = pd.DataFrame({"x": [1.0, 0.0, 1.0, 0.0]})
    found = schoenfeld(times, x, events_per_covariate=1)
    w = np.exp(found.coef[0])
    means = np.array([2 * w / (2 * w + 2), w / (w + 2), w / (w + 1)])
    variance = 1 / (means * (1 - means)).sum()
    raw = np.array([1.0, 0.0, 1.0]) - means
    np.testing.assert_allclose(found.scaled[:, 0], found.coef[0] + 3 * variance * raw, atol=1e-8)


def test_too_few_events_are_said():
    data, times = veteran()
    few = times.take(np.arange(30))
    found = proportional_hazards(few, data[TERMS].iloc[:30])
    assert set(found) == {*TERMS, GLOBAL}
    assert found["age"].reason == "26 events; at least 50 needed"
    assert schoenfeld(few, data[TERMS].iloc[:30]).reason == "26 events; at least 50 needed"
    with pytest.raises(InputError, match="transform is 'sqrt'"):
        proportional_hazards(times, data[TERMS], transform="sqrt")


def test_events_at_one_time_show_no_trend():
    times = survival_times([5, 5, 5, 8, 9], [1, 1, 1, 0, 0])
    found = proportional_hazards(
        times, pd.DataFrame({"x": [0.0, 2, 1, 4, 3]}), events_per_covariate=1
    )
    assert {e.reason for e in found.values()} == {"all 3 events are at one time"}


def test_spline_is_straight_beyond_the_outer_knots():
    knots = np.array([1.0, 2.0, 4.0])
    bend = spline_basis(np.array([0.0, 0.5, 1.0, 5.0, 6.0, 7.0]), knots)[:, 1]
    assert bend[:3].tolist() == [0, 0, 0]
    assert np.diff(bend[3:], 2)[0] == pytest.approx(0)
    # Harrell's formula at 3: (2³ - 1³ · 3/2) / 9.
    assert spline_basis(np.array([3.0]), knots)[0, 1] == pytest.approx((8 - 1.5) / 9)


def test_curve_is_1_at_its_reference():
    data, times = veteran()
    found = hazard_curve(times, data["karno"])
    near = found.frame.iloc[(found.frame["value"] - found.reference).abs().argmin()]
    assert near["hazard_ratio"] == pytest.approx(1, abs=0.03)
    assert (found.frame["low"] <= found.frame["hazard_ratio"]).all()


@pytest.mark.parametrize(("bent", "found"), [(False, False), (True, True)])
def test_a_bend_is_found_where_there_is_one(bent, found):
    rng = np.random.default_rng(11)
    x = rng.normal(size=300)
    log_hazard = 1.2 * np.abs(x) if bent else 0.8 * x
    times = survival_times(rng.exponential(np.exp(-log_hazard)), np.ones(300))
    assert (hazard_curve(times, x).p_nonlinear.p < 0.001) == found


@pytest.mark.parametrize(("events", "drawn"), [(19, False), (20, True)])
def test_curve_needs_events_for_a_line_and_a_bend(events, drawn):
    data, times = veteran()
    rows = np.flatnonzero(np.cumsum(times.event) <= events)
    found = hazard_curve(times.take(rows), data["karno"].iloc[rows])
    assert found.frame.empty != drawn
    reason = "" if drawn else "19 events for a line and one bend; at least 20 needed"
    assert found.p_nonlinear.reason == reason


def test_curve_needs_values_to_place_knots():
    _, times = veteran()
    found = hazard_curve(times, np.where(np.arange(137) < 3, 1.0, 0.0))
    assert "too few distinct values" in found.p_nonlinear.reason
