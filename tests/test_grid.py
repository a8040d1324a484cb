"""Operating characteristics of every analysis: shares with their error, true values, the grid."""

import math

import numpy as np
import pandas as pd
import pytest
from printed import faults
from statsmodels.stats.proportion import proportion_confint

from compendium.estimates import Estimate, not_estimable
from compendium.operating import analyses, outputs
from compendium.operating.figures import rejections_by_size
from compendium.operating.grid import _row, simulated_studies
from compendium.operating.monte_carlo import bias_of, percent, wilson
from compendium.operating.tsh import (
    DETECTION_LIMIT_SUV,
    detection_limit_suv,
    operating_characteristics,
)
from compendium.published import Number
from compendium.synthetic.truth import TRUTHS
from compendium.tsh.margin import Verdict


@pytest.mark.parametrize(("hits", "trials"), [(0, 20), (20, 20), (7, 20), (950, 1000)])
def test_wilson_is_that_of_statsmodels_and_stays_a_share(hits, trials):
    known = proportion_confint(hits, trials, method="wilson")
    assert wilson(hits, trials) == pytest.approx(known, abs=1e-12)
    assert 0 <= wilson(hits, trials)[0] <= wilson(hits, trials)[1] <= 1


def test_no_trial_has_no_share():
    assert all(math.isnan(value) for value in percent("coverage", []).values())


def test_bias_of_a_ratio_is_in_percent_and_of_a_difference_in_its_unit():
    logs = np.log([1.0, 4.0])
    found = bias_of(logs, 1.6, log=True)
    assert (found["mean"], found["bias"]) == pytest.approx((2.0, 25.0))
    assert found["bias_error"] == pytest.approx(
        100 * 2 / 1.6 * np.log(4) / math.sqrt(2) / math.sqrt(2)
    )
    found = bias_of(np.array([10.0, 20.0]), 12.0, log=False)
    assert (found["mean"], found["bias"], found["bias_error"]) == pytest.approx((15.0, 3.0, 5.0))


@pytest.mark.parametrize(
    ("found", "rejects", "value"),
    [
        (Estimate(estimate=2.0, low=0.9, high=3.0, p=0.04), True, 2.0),
        (Estimate(estimate=2.0, low=1.1, high=3.0, p=0.06), False, 2.0),
        (Estimate(estimate=2.0, low=1.1, high=3.0), True, 2.0),  # no p: by the interval
        (Estimate(estimate=2.0, low=0.9, high=3.0), False, 2.0),
        (not_estimable("2 deaths"), False, math.nan),
        (Verdict(1.25, Estimate(estimate=2.0, low=1.3, high=3.0), 0.01, 0.9, "gain"), True, 2.0),
        (Verdict(1.25, Estimate(estimate=2.0, low=1.1, high=3.0), 0.1, 0.9, "undecided"), False, 2),
    ],
)
def test_what_counts_as_a_rejection(found, rejects, value):
    row = _row(found, 1.0)
    assert row["rejects"] == rejects
    assert row["value"] == pytest.approx(value, nan_ok=True)


def test_the_limit_is_the_studys_own_median_or_assumed_of_none():
    pairs = pd.DataFrame({"limit_low": [0.30, 0.31, np.nan], "limit_high": [0.318, 0.4, np.inf]})
    assert detection_limit_suv(pairs) == 0.31
    assert detection_limit_suv(pairs.iloc[:0]) == DETECTION_LIMIT_SUV
    assert detection_limit_suv(pd.DataFrame()) == DETECTION_LIMIT_SUV  # a study without 124I


@pytest.mark.parametrize(
    ("codes", "tried"),
    [
        (["TROP2", "TROP2"], ["TROP2"]),
        (["TSH124I"], ["TSH124I"]),
        (["TSH124I", "TROP2"], ["TROP2", "TSH124I"]),
        (["FDG"], ["TROP2", "TSH124I"]),
    ],
)
def test_a_study_has_the_analyses_that_are_its_own(codes, tried):
    assert analyses.simulated(codes) == tried


def test_an_analysis_of_a_scan_is_tried_for_studies_with_such_scans_only():
    found = pd.DataFrame({"analysis": list(analyses.ANALYSES)})
    without = set(analyses.made_with(found, ["124I"])["analysis"])
    assert set(analyses.ANALYSES) - without == {analyses.SUV}
    assert len(analyses.made_with(found, ["18F-Trop2"])) == len(found)


def test_what_is_not_a_study_is_neither_drawn_nor_told(monkeypatch):
    monkeypatch.setattr(analyses, "MANY", {"TSH124I": 200})
    asked = {"truths": ["assumed"], "studies": 3, "limit_suv": 0.31, "workers": 1}
    found = simulated_studies(np.random.default_rng(1), sizes={"TSH124I": [6]}, **asked)
    assert set(found["study"]) == {"TSH124I"}
    said = {part.id for part in outputs.registered(found) if isinstance(part, Number)}
    assert "operating_ratio_coverage_assumed" in said
    assert "operating_shift_coverage_assumed" not in said


def test_truths_that_say_the_same_of_a_study_share_what_is_drawn(monkeypatch):
    monkeypatch.setattr(analyses, "MANY", {"TSH124I": 200})
    asked = {"studies": 3, "limit_suv": 0.31, "workers": 1, "sizes": {"TSH124I": [6]}}
    truths = ["assumed", "null", "confounded"]
    found = simulated_studies(np.random.default_rng(1), truths=truths, **asked)
    assumed, null, confounded = (
        found[found["truth"] == truth].drop(columns="truth").reset_index(drop=True)
        for truth in truths
    )
    pd.testing.assert_frame_equal(assumed, confounded)  # they differ in what they say of Trop2
    assert not assumed.equals(null)


def test_no_tsh_study_is_an_empty_table_and_an_empty_figure():
    found = operating_characteristics(np.random.default_rng(1), truths=[], n_studies=5)
    assert list(found["coverage"]) == []
    assert [part.id for part in outputs.drawing(found)] == ["operating_tsh"]
    numbers = [part for part in outputs.methods(found) if isinstance(part, Number)]
    assert all(part.found.reason.endswith("was not simulated") for part in numbers)


@pytest.fixture(scope="module")
def true():
    truths = ["assumed", "null", "carry_over"]
    return analyses.true_values(truths, list(analyses.MANY), np.random.default_rng(1), 0.31)


@pytest.mark.slow
def test_without_an_effect_the_true_values_are_those_of_none(true):
    null = true["null"]
    assert null[analyses.SHIFT] == pytest.approx(0, abs=3)
    assert null[analyses.AUC] == pytest.approx(0.5, abs=0.01)
    assert null[analyses.SUV] == pytest.approx(1, abs=0.03)
    assert null[analyses.HR] == pytest.approx(1, abs=0.03)
    assert null[analyses.TSH] == 1


@pytest.mark.slow
def test_with_an_effect_they_are_on_its_side(true):
    assumed = true["assumed"]
    assert assumed[analyses.SHIFT] > 40
    assert assumed[analyses.AUC] > 0.65
    assert assumed[analyses.HR] > 1.1
    assert assumed[analyses.TSH] == TRUTHS["assumed"].tsh.ratio
    assert assumed[analyses.AVIDITY] > 0
    alike = true["carry_over"]
    assert alike[analyses.HR] == assumed[analyses.HR]
    assert alike[analyses.AVIDITY] > assumed[analyses.AVIDITY]


@pytest.fixture(scope="module")
def simulated():
    return [
        simulated_studies(
            np.random.default_rng(5),
            truths=["assumed", "null"],
            sizes={"TROP2": [30], "TSH124I": [6]},
            studies=30,
            limit_suv=0.31,
            workers=workers,
        )
        for workers in (1, 2)
    ]


@pytest.mark.slow
def test_every_analysis_has_a_row_whatever_the_workers(simulated):
    one, other = simulated
    pd.testing.assert_frame_equal(one, other)
    assert len(one) == len(analyses.ANALYSES) * 2
    assert (one["studies"] == 30).all()
    shares = one[["coverage_low", "coverage", "coverage_high"]].dropna()
    assert (shares.diff(axis=1).iloc[:, 1:] >= -1e-9).all(axis=None)
    assert shares.max(axis=None) <= 100
    said = one[["gain", "no_gain", "loss", "undecided"]].dropna()
    assert (said.sum(axis=1) <= 100 + 1e-9).all()
    assert len(said) == 4  # two margins under two truths


@pytest.mark.slow
def test_the_figure_has_a_panel_a_study_and_truth(simulated):
    figure = rejections_by_size(simulated[0], "assumed", "null")
    assert len(figure.axes) == 4
    assert faults(figure) == []
