"""A model's performance less its optimism."""

import numpy as np
import pandas as pd
import pytest

from compendium.statistics.calibration import MEASURES, smoothed_share, validate_model


def simulated(n: int, seed: int, slopes: tuple[float, ...]) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    design = pd.DataFrame(
        rng.normal(size=(n, len(slopes))), columns=[f"x{i}" for i in range(len(slopes))]
    )
    event = rng.random(n) < 1 / (1 + np.exp(-(design.to_numpy() @ np.array(slopes))))
    return design, event


class TestValidation:
    @pytest.mark.slow
    def test_noise_is_found_out(self):
        design, event = simulated(60, 1, (0, 0, 0, 0))
        found = validate_model(design, event, np.random.default_rng(2), resamples=150)
        table = found.table.set_index("measure")
        assert table.loc["AUC", "apparent"] > 0.55
        assert table.loc["AUC", "corrected"] == pytest.approx(0.5, abs=0.12)
        assert table.loc["calibration slope", "corrected"] < 0.7
        assert table.loc["Brier score", "corrected"] > table.loc["Brier score", "apparent"]

    @pytest.mark.slow
    def test_a_large_sample_needs_little_correction(self):
        design, event = simulated(600, 3, (1.0, 0.5))
        found = validate_model(design, event, np.random.default_rng(4), resamples=60)
        assert found.table["optimism"].abs().max() < 0.05
        assert found.numbers()["model_slope"].estimate == pytest.approx(1, abs=0.06)
        middle = found.curve[found.curve["predicted"].between(0.3, 0.7)]
        assert (middle["observed"] - middle["predicted"]).abs().max() < 0.1

    def test_is_the_same_for_the_same_generator(self):
        design, event = simulated(40, 5, (1.0,))
        one, two = (
            validate_model(design, event, np.random.default_rng(6), resamples=30).table
            for _ in "ab"
        )
        pd.testing.assert_frame_equal(one, two)

    @pytest.mark.parametrize(
        ("events", "reason"),
        [
            ([True] * 5 + [False] * 20, "5 in the compared group; at least 10 needed"),
            ([False] * 25, "0 in the compared group; at least 1 needed"),
        ],
    )
    def test_is_labelled_where_it_cannot_be_judged(self, events, reason):
        design = pd.DataFrame({"x": np.arange(25.0)})
        found = validate_model(design, events, np.random.default_rng(1))
        assert found.reason == reason
        assert found.table["measure"].tolist() == list(MEASURES)
        assert {e.reason for e in found.numbers().values()} == {reason}


class TestSmoothedShare:
    def test_a_straight_line_stays_straight(self):
        predicted = np.linspace(0, 1, 101)
        smooth = smoothed_share(predicted, predicted, np.array([0.2, 0.5, 0.8]))
        assert smooth == pytest.approx([0.2, 0.5, 0.8])

    def test_nothing_is_said_outside_the_predictions(self):
        smooth = smoothed_share(
            np.array([0.4, 0.5, 0.6]), np.array([0.0, 1, 1]), np.array([0.1, 0.5])
        )
        assert np.isnan(smooth[0])
        assert 0 <= smooth[1] <= 1
