"""The random-intercept model.

Origin of reference/mixed_expected.csv: R 4.2.2, lme4 1.1-31, lmerTest 3.1-3 (Satterthwaite),
pbkrtest 0.5.2 (Kenward–Roger), 12 digits, on reference/mixed_data.csv (two simulated sets of
lesions in patients, and the sleepstudy data of Belenky et al. 2003 as distributed with lme4).
Tolerance 1e-5 relative: R's own optimiser and numerical Hessian are good to about 1e-6.
"""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from compendium.errors import InputError, NotEstimable
from compendium.statistics.mixed import MixedFit, random_intercept

REFERENCE = Path(__file__).parent / "reference"
TERMS = {"(Intercept)": "intercept"}


def reference_fit(dataset: str) -> MixedFit:
    data = pd.read_csv(REFERENCE / "mixed_data.csv").query("dataset == @dataset")
    if dataset == "lesions_log_ratio":
        return random_intercept(data["y"], data["patient"])
    if dataset == "lesions_two_groups":
        return random_intercept(data["y"], data["patient"], group=data["x"])
    return random_intercept(data["y"], data["patient"], covariates={"Days": data["x"]})


@pytest.mark.parametrize(
    "expected",
    [pytest.param(row, id=f"{row.dataset}-{row.term}") for row in
     pd.read_csv(REFERENCE / "mixed_expected.csv").itertuples()],
)  # fmt: skip
def test_agrees_with_lmertest_and_pbkrtest(expected):
    fit = reference_fit(expected.dataset)
    term = TERMS.get(expected.term, expected.term)
    i = fit.terms.index(term)
    found = {
        "estimate": fit.beta[i],
        "se": fit.se[i],
        "df_satterthwaite": fit.df_satterthwaite[i],
        "p_satterthwaite": fit.estimate(term, df="satterthwaite", scale="difference").p,
        "se_kr": fit.se_kr[i],
        "df_kr": fit.df_kr[i],
        "p_kr": fit.estimate(term, scale="difference").p,
        "var_patient": fit.var_patient,
        "var_residual": fit.var_residual,
    }
    assert found == pytest.approx({key: getattr(expected, key) for key in found}, rel=1e-5)


# Marker: tumour less adjacent tissue, its SE and p (Satterthwaite df 14), variance between
# patients and residual. Origin as above, of H ~ tumor + (1 | Pair_ID).
PTC_PAIRS = {
    "BAX": (20.3513333333, 5.03928815295, 0.00122033961504, 1713.39898312, 190.458188163),
    "BCL2": (-23.43, 5.84685226943, 0.00129738636281, 424.85524409, 256.392610954),
    "FN1": (41.964, 9.17504460717, 0.00043363856843, 719.101440736, 631.360826576),
}


@pytest.mark.parametrize("marker", PTC_PAIRS)
def test_agrees_with_lmertest_on_real_pairs_of_tissue(marker, external):
    path = external("clinical/ptc-hscore/ihc_hscore_deidentified.csv")
    pairs = pd.read_csv(path).query("Marker == @marker")
    values = np.concatenate([pairs["Con_H_score"], pairs["Tumor_H_score"]])
    tumour = np.repeat([0, 1], len(pairs))
    fit = random_intercept(values, np.tile(pairs["Pair_ID"], 2), covariates={"tumour": tumour})
    p = fit.estimate("tumour", scale="difference").p
    found = (fit.beta[1], fit.se_kr[1], p, fit.var_patient, fit.var_residual)
    assert found == pytest.approx(PTC_PAIRS[marker], rel=1e-5)
    assert fit.df_kr[1] == pytest.approx(14)
    assert fit.df_satterthwaite[1] == pytest.approx(14)


def test_balanced_data_give_the_t_test_of_patient_means():
    """With as many lesions in each patient the model is the t-test of the patients' means."""
    rng = np.random.default_rng(1)
    patients = np.repeat(np.arange(8), 4)
    values = rng.normal(0, 1, 8)[patients] + rng.normal(0, 0.5, 32) + 0.4
    fit = random_intercept(values, patients)
    means = values.reshape(8, 4).mean(axis=1)
    theory = stats.ttest_1samp(means, 0)
    for df in ("satterthwaite", "kenward_roger"):
        found = fit.estimate("intercept", df=df, scale="difference")
        low, high = theory.confidence_interval()
        assert (found.estimate, found.p) == pytest.approx((means.mean(), theory.pvalue), rel=1e-7)
        assert (found.low, found.high) == pytest.approx((low, high), rel=1e-7)
    assert fit.df_kr[0] == pytest.approx(7)


def test_ratio_is_the_exponential_of_the_difference():
    fit = reference_fit("lesions_two_groups")
    difference = fit.estimate("group", scale="difference")
    ratio = fit.estimate("group")
    assert ratio.estimate == pytest.approx(math.exp(difference.estimate))
    assert (ratio.low, ratio.high) == pytest.approx(
        (math.exp(difference.low), math.exp(difference.high))
    )
    assert (ratio.n, ratio.p) == (14, difference.p)
    assert ratio.method == "random-intercept model, Kenward–Roger df 11.7"


def test_singular_fit_says_so_and_keeps_the_patients_degrees_of_freedom():
    """Patients' means closer together than the lesions' spread allows: variance 0."""
    values = [-1.0, 1.0, -1.1, 1.1, -0.9, 0.9]
    fit = random_intercept(values, [1, 1, 2, 2, 3, 3])
    assert fit.singular
    assert fit.var_patient == 0
    assert fit.var_residual == pytest.approx(np.var(values, ddof=1))
    assert fit.df_satterthwaite[0] == 5  # as lmerTest: lesions minus fixed effects
    assert fit.df_kr[0] == pytest.approx(2)  # patients minus one: lesions are not independent
    assert "singular" in fit.estimate("intercept").method


def test_one_lesion_a_patient_is_ordinary_least_squares():
    values, group = [1.0, 2.0, 4.0, 3.0, 5.0, 9.0], [0, 0, 0, 1, 1, 1]
    fit = random_intercept(values, list("abcdef"), group=group)
    theory = stats.ttest_ind(values[3:], values[:3])
    assert fit.estimate("group", scale="difference").p == pytest.approx(theory.pvalue)
    assert fit.df_kr == pytest.approx([4, 4])
    assert "one lesion a patient" in fit.note


@pytest.mark.parametrize(
    ("values", "patients", "group", "reason"),
    [
        ([1.0, 2.0], ["a", "a"], None, "1 patient with a value; at least 2 needed"),
        ([1.0], ["a"], None, "1 patient with a value; at least 2 needed"),
        ([], [], None, "0 patients with a value; at least 2 needed"),
        ([0.0, 0.0, 0.0], ["a", "b", "b"], None, "identical"),
        ([1.0, 1.0, 2.0, 2.0, 4.0], list("aabbc"), None, "between the lesions of a patient"),
        ([1.0, 2.0, 3.0], ["a", "b", "c"], [0, 1, 1], "1 patient in one of the two groups"),
        ([1.0, 2.0, 3.0], ["a", "b", "c"], [1, 1, 1], "does not vary"),
    ],
    ids=[
        "one patient",
        "one lesion",
        "nothing",
        "identical",
        "alike in patients",
        "one in a group",
        "one group",
    ],
)
def test_what_the_data_do_not_carry_is_named(values, patients, group, reason):
    with pytest.raises(NotEstimable, match=reason):
        random_intercept(values, patients, group=group)


def test_missing_values_and_unknown_terms_are_the_callers_errors():
    with pytest.raises(InputError, match="missing or infinite"):
        random_intercept([1.0, math.nan, 2.0], [1, 2, 3])
    with pytest.raises(InputError, match="no term 'grp'; it has intercept"):
        reference_fit("lesions_log_ratio").estimate("grp")


@settings(max_examples=40, deadline=None)
@given(
    shift=st.floats(-50, 50),
    scale=st.floats(0.01, 100),
    seed=st.integers(0, 2**32 - 1),
)
def test_shift_and_scale_pass_through(shift, scale, seed):
    rng = np.random.default_rng(seed)
    patients = rng.integers(0, 6, 25)
    values = rng.normal(size=6)[patients] + rng.normal(size=25)
    base = random_intercept(values, patients)
    moved = random_intercept(shift + scale * values, patients)
    assert moved.beta[0] == pytest.approx(shift + scale * base.beta[0], rel=1e-6, abs=1e-6 * scale)
    assert moved.se_kr[0] == pytest.approx(scale * base.se_kr[0], rel=1e-5)
    assert moved.df_kr[0] == pytest.approx(base.df_kr[0], rel=1e-4)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_no_neighbouring_variance_ratio_has_a_higher_likelihood(seed):
    """The restricted likelihood, written out with full matrices, is highest at the fit."""
    rng = np.random.default_rng(seed)
    patients = rng.integers(0, 5, 18)
    values = rng.normal(size=5)[patients] * rng.uniform(0, 2) + rng.normal(size=18)
    fit = random_intercept(values, patients)
    same = (patients[:, None] == patients[None, :]).astype(float)

    def deviance(var_patient: float) -> float:
        covariance = var_patient * same + fit.var_residual * np.eye(18)
        inverse, one = np.linalg.inv(covariance), np.ones(18)
        information = one @ inverse @ one
        residual = values - one @ inverse @ values / information
        quadratic = residual @ inverse @ residual
        return np.linalg.slogdet(covariance)[1] + math.log(information) + quadratic

    best = deviance(fit.var_patient)
    for var_patient in fit.var_patient * np.array([0.5, 0.9, 0.99, 1.01, 1.1, 2]) + 1e-3:
        assert deviance(var_patient) >= best - 1e-8
