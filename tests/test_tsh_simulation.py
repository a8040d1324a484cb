"""Operating characteristics of the TSH analyses: each named truth is recovered.

1,000 studies of ten patients are drawn from each truth; bias and coverage are printed to standard
error, where they show under pytest-xdist too. Limits are three Monte Carlo standard errors wide.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from printed import faults

from compendium.operating.figures import operating_figure
from compendium.operating.monte_carlo import wilson
from compendium.operating.tsh import (
    CORRECTED,
    PRIMARY,
    TSH_TRUTHS,
    WRONG,
    draw_study,
    operating_characteristics,
    primary_numbers,
)
from compendium.synthetic.truth import TRUTHS

pytestmark = pytest.mark.slow

STUDIES = 1000
SHOWN = ["truth", "ratio_true", "method", "studies", "ratio", "bias", "coverage", "rejects"]


@pytest.fixture(scope="module")
def recovered(once) -> pd.DataFrame:
    def simulate(folder: Path) -> None:
        found = operating_characteristics(
            np.random.default_rng(2025),
            truths=TSH_TRUTHS,
            n_studies=STUDIES,
            methods=(PRIMARY, CORRECTED, WRONG),
            workers=1,
        )
        found.to_pickle(folder / "found.pickle")

    return pd.read_pickle(once("recovered", simulate) / "found.pickle")


def test_every_truth_is_recovered_over_1000_studies(recovered, capsys):
    with capsys.disabled():
        print("\n" + recovered[SHOWN].round(2).to_string(index=False), file=sys.stderr)
    right = {"assumed": PRIMARY, "null": PRIMARY, "inverted_u": PRIMARY, "carry_over": CORRECTED}
    for truth, method in right.items():
        row = recovered.set_index(["truth", "method"]).loc[(truth, method)]
        assert row["not_estimable"] == 0
        assert abs(row["bias"]) < 3 * row["bias_error"], truth
        error = 100 * (0.95 * 0.05 / STUDIES) ** 0.5
        assert row["coverage"] == pytest.approx(95, abs=3 * error), truth


def test_residual_activity_biases_what_is_not_corrected(recovered):
    row = recovered.set_index(["truth", "method"]).loc[("carry_over", PRIMARY)]
    assert row["bias"] > 5
    assert row["coverage"] < 90


def test_lesions_taken_for_independent_reject_far_too_often(recovered):
    row = recovered.set_index(["truth", "method"]).loc[("null", WRONG)]
    assert row["rejects"] > 15


def test_the_result_does_not_depend_on_the_number_of_workers():
    runs = [
        operating_characteristics(
            np.random.default_rng(3),
            truths=["null"],
            n_studies=60,
            methods=(PRIMARY,),
            workers=workers,
        )
        for workers in (1, 2)
    ]
    pd.testing.assert_frame_equal(*runs)


def test_one_patient_is_counted_as_not_estimable():
    row = operating_characteristics(
        np.random.default_rng(1),
        truths=["null"],
        n_studies=5,
        methods=(PRIMARY,),
        n_patients=1,
        workers=1,
    ).iloc[0]
    assert row["not_estimable"] == 5
    assert np.isnan(row["ratio"])


def test_a_drawn_study_has_the_kinds_that_its_limit_makes():
    study = draw_study(TRUTHS["assumed"], np.random.default_rng(1), detection_limit_suv=2.0)
    low, high = study["suv_max_low"] >= 2.0, study["suv_max_high"] >= 2.0
    assert (study["visibility"] == "both").equals(low & high)
    assert (study["visibility"] == "only_high").equals(~low & high)
    assert (study["visibility"] == "only_low").equals(low & ~high)


def test_the_text_has_its_numbers_or_says_what_was_not_simulated(recovered):
    some = recovered[recovered["truth"] != "carry_over"]
    found = primary_numbers(some)
    assert found["bias_null"] == pytest.approx(
        some.set_index(["truth", "method"]).loc[("null", PRIMARY), "bias"]
    )
    assert found["corrected_bias"].reason == "truth carry_over was not simulated"
    assert primary_numbers(recovered)["corrected_coverage"] > 90


def test_the_figure_has_a_row_a_method(recovered):
    figure = operating_figure(recovered)
    assert faults(figure) == []
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == [PRIMARY, CORRECTED, WRONG]


def test_no_interval_of_a_coverage_goes_beyond_all_studies():
    low, high = wilson(98, 100)
    row = {"truth": "null", "method": "a", "bias": 1.0, "bias_error": 2.0}
    row |= {"coverage": 98.0, "coverage_low": 100 * low, "coverage_high": 100 * high}
    figure = operating_figure(pd.DataFrame([row]))
    bias, coverage = (axes.collections[-1].get_segments()[0][:, 0] for axes in figure.axes)
    assert bias.tolist() == pytest.approx([1 - 1.96 * 2, 1 + 1.96 * 2])
    assert coverage.tolist() == pytest.approx([93.00, 99.45], abs=0.01)  # Wilson, 98 of 100
