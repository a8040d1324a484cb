"""The Cox model against R, and Firth's against coxphf; delayed entry against its definition."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import CoxPHFitter
from survival_reference import REFERENCE, expected, exponential, veteran, veteran_delayed

from compendium.errors import NotEstimable
from compendium.survival.cox import chi2_p, fit_cox
from compendium.survival.profile_likelihood import profile
from compendium.survival.times import survival_times

COX = expected("cox")
FIRTH = expected("firth_cox")


def test_plain_model_agrees_with_r():
    # Both stop at a maximum to about 1e-9 of a standard error; R's values have 12 digits.
    data, times = veteran()
    known = COX[COX["model"] == "veteran"]
    fit = fit_cox(data[known["term"]], times, penalty=False)
    np.testing.assert_allclose(fit.coef, known["coef"], rtol=1e-8)
    np.testing.assert_allclose(fit.se, known["se"], rtol=1e-8)
    assert fit.log_likelihood == pytest.approx(known["loglik"].iloc[0], abs=1e-8)
    assert fit.log_likelihood_null == pytest.approx(known["loglik_null"].iloc[0], abs=1e-8)
    assert (fit.n, fit.events) == (137, 128)
    assert fit.likelihood_ratio == pytest.approx(43.2688334881, abs=1e-7)
    assert fit.p == pytest.approx(3.25929268974e-08, rel=1e-6)


def test_delayed_entry_agrees_with_r():
    data, times = veteran_delayed()
    known = COX[COX["model"] == "delayed"]
    fit = fit_cox(data[known["term"]], times, penalty=False)
    assert (fit.n, fit.events) == (99, 91)
    np.testing.assert_allclose(fit.coef, known["coef"], rtol=1e-8)
    np.testing.assert_allclose(fit.se, known["se"], rtol=1e-8)
    assert fit.log_likelihood == pytest.approx(known["loglik"].iloc[0], abs=1e-8)


@pytest.mark.parametrize(
    ("name", "tolerance"),
    # R's coxphf, quoted to 10 decimals, stops at a gradient of 1e-6; firthmodels' Python likewise.
    [("separation", 2e-8), ("breast", 2e-6)],
)
def test_firth_agrees_with_coxphf_and_firthmodels(name, tolerance):
    data = pd.read_csv(REFERENCE / f"firth_cox_{name}_data.csv")
    known = FIRTH[FIRTH["data"] == name]
    fit = fit_cox(data[known["term"]], survival_times(data["time"], data["event"]))
    found = profile(fit)
    np.testing.assert_allclose(fit.coef, known["coef"], atol=tolerance)
    np.testing.assert_allclose(fit.se, known["se"], atol=tolerance)
    np.testing.assert_allclose(found.low, known["profile_lower"], atol=tolerance)
    np.testing.assert_allclose(found.high, known["profile_upper"], atol=tolerance)
    np.testing.assert_allclose(found.p, known["lrt_p"], rtol=1e-5)


def test_firth_likelihood_ratio_agrees_with_coxphf():
    data = pd.read_csv(REFERENCE / "firth_cox_separation_data.csv")
    terms = ["separator", "x1", "x2", "x3"]
    fit = fit_cox(data[terms], survival_times(data["time"], data["event"]))
    assert fit.likelihood_ratio == pytest.approx(57.6071, abs=5e-5)


def test_separation_has_no_plain_estimate_and_a_finite_firth_one():
    times = survival_times([1, 2, 3, 4, 5, 6, 7, 8], [1, 1, 1, 1, 0, 0, 0, 0])
    x = np.array([1, 1, 1, 1, 0, 0, 0, 0.0])
    with pytest.raises(NotEstimable, match="separated: at no event .* use Firth's penalty"):
        fit_cox(x, times, penalty=False)
    fit = fit_cox(x, times)
    limits = profile(fit)
    assert 0 < limits.low[0] < fit.coef[0] < limits.high[0] < np.inf


@pytest.mark.parametrize(
    ("x", "event", "message"),
    [
        ([1, 2, 3, 4.0], [0, 0, 0, 0], "no event"),
        ([1, 1, 1, 1.0], [1, 1, 0, 1], "the same in all patients"),
        ([[1, 2], [2, 4], [3, 6], [4, 8.0]], [1, 1, 0, 1], "3 events do not tell 2 covariates"),
        # Who differs leaves before the first death: no risk set tells the covariate.
        ([1, 0, 0, 0.0], [0, 1, 1, 1], "do not tell the covariate"),
    ],
)
def test_says_why_a_model_cannot_be_fitted(x, event, message):
    with pytest.raises(NotEstimable, match=message):
        fit_cox(x, survival_times([1, 2, 3, 4], event))


@pytest.mark.slow
@given(seed=st.integers(0, 10_000))
@settings(deadline=None, max_examples=30)
def test_cutting_time_at_risk_in_two_changes_nothing(seed):
    # A patient at risk over (0, t] is two at risk over (0, s] and (s, t]: what entry means.
    rng = np.random.default_rng(seed)
    times = exponential(rng, 30, delayed=False)
    x = rng.normal(size=(30, 2))
    cut = rng.uniform(0.1, 0.4, 30)
    halves = survival_times(
        np.concatenate([cut, times.time]),
        np.concatenate([np.zeros(30, bool), times.event]),
        np.concatenate([np.zeros(30), cut]),
    )
    once, twice = fit_cox(x, times), fit_cox(np.vstack([x, x]), halves)
    np.testing.assert_allclose(once.coef, twice.coef, atol=1e-6)
    np.testing.assert_allclose(profile(once).high, profile(twice).high, atol=1e-5)


@pytest.mark.slow
@given(seed=st.integers(0, 10_000), scale=st.floats(0.01, 100), delayed=st.booleans())
@settings(deadline=None, max_examples=30)
def test_units_and_origin_of_a_covariate_do_not_matter(seed, scale, delayed):
    rng = np.random.default_rng(seed)
    times = exponential(rng, 30, delayed=delayed)
    x = rng.normal(size=(30, 2))
    fit, moved = fit_cox(x, times), fit_cox(x * [scale, 1] + [5, 0], times)
    np.testing.assert_allclose(fit.coef, moved.coef * [scale, 1], atol=1e-6)
    np.testing.assert_allclose(profile(fit).p, profile(moved).p, atol=1e-6)


def test_upper_tail_of_chi_squared():
    assert chi2_p(3.841458820694124, 1) == pytest.approx(0.05)
    assert chi2_p(-1e-9, 1) == 1.0


def test_real_thyroid_cancer_with_and_without_penalty(external):
    # TCGA Clinical Data Resource (Liu et al., Cell 2018): one of 507 patients has no time at risk.
    data = pd.read_csv(external("clinical/tcga-thca/tcga_cdr_THCA.csv"))
    data = data[data["PFI.time"] > 0]
    times = survival_times(data["PFI.time"], data["PFI"])
    assert (times.n, times.events) == (506, 52)
    x = np.column_stack([data["age_at_initial_pathologic_diagnosis"], data["gender"] == "MALE"])
    firth, plain = fit_cox(x, times), fit_cox(x, times, penalty=False)
    limits = profile(firth)
    frame = pd.DataFrame(x.astype(float), columns=["age", "male"])
    frame = frame.assign(time=times.time, event=times.event)
    theirs = CoxPHFitter().fit(frame, "time", "event")
    # lifelines stops at a Newton decrement of 1e-7.
    np.testing.assert_allclose(plain.coef, theirs.params_, atol=1e-5)
    np.testing.assert_allclose(plain.se, theirs.standard_errors_, atol=1e-5)
    # With 52 events the penalty moves an estimate by far less than its standard error.
    assert (abs(firth.coef - plain.coef) < 0.1 * plain.se).all()
    assert limits.low[0] > 0  # older patients progress more: known of thyroid cancer
