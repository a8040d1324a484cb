"""Figures of survival draw what they are given, or say why not."""

import numpy as np
import pandas as pd
import pytest
from survival_reference import veteran

from compendium.prediction.decision import decision_curve
from compendium.survival.check_figures import hazard_along, net_benefit, schoenfeld_residuals
from compendium.survival.checks import hazard_curve, schoenfeld
from compendium.survival.figures import (
    Panel,
    incidence_curves,
    said,
    survival_curves,
    time_under_observation,
)
from compendium.survival.kaplan_meier import number_at_risk
from compendium.survival.times import survival_times

DATA, TIMES = veteran()
FEW = survival_times([1.0, 2.0, 3.0], [1, 0, 1])


def words(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_numbers_under_the_axis_are_those_at_risk():
    groups = {"standard": TIMES.take(DATA["trt"] == 1), "test": TIMES.take(DATA["trt"] == 2)}
    figure = survival_curves([Panel("Trial", "Survival", "Days", groups)])
    axes, table = figure.axes
    ticks = [t for t in axes.get_xticks() if 0 <= t <= axes.get_xlim()[1]]
    shown = [text.get_text() for text in table.texts]
    for name, times in groups.items():
        counts = [str(n) for n in number_at_risk(times, ticks)]
        start = shown.index(name) + 1
        assert shown[start : start + len(ticks)] == counts
    assert axes.get_legend() is not None
    assert axes.get_xlabel() == "Days"


def test_a_curve_without_enough_at_risk_is_a_sentence():
    figure = survival_curves(
        [Panel("A", "S", "Days", {"": FEW}), Panel("B", "S", "Days", {"": TIMES})],
        least_at_risk=5,
    )
    assert any("never 5 patients at risk" in text.replace("\n", " ") for text in words(figure))
    assert (
        figure.axes[1].get_title(loc="left") == "b" or figure.axes[0].get_title(loc="left") == "a"
    )


def test_every_patient_has_a_line_in_time_under_observation():
    endpoint = pd.DataFrame(
        {
            "patient_id": ["P1", "P2", "P3", "P4"],
            "entry_days": [100.0, 300.0, 50.0, None],
            "time_days": [400.0, 200.0, 60.0, None],
            "kind": ["progression", "progression", "other", ""],
            "reason": ["", "not at risk", "", "no PET recorded"],
        }
    )
    figure = time_under_observation(endpoint)
    labels = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert labels == ["P3", "P1", "P2"]
    assert figure.axes[0].get_xlabel() == "Time since origin (years)"


def test_incidence_names_each_cause_with_its_events():
    cause = np.where(TIMES.event, np.where(DATA["prior"] > 0, "cancer", "other"), "")
    causes = {"cancer": "Cancer", "other": "Other"}
    figure = incidence_curves(TIMES, cause, causes, least_at_risk=1, xlabel="Days")
    legend = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    events = int((cause == "cancer").sum())
    assert legend[0] == f"Cancer ({events} of 137)"
    late = incidence_curves(FEW, ["a", "", "b"], {"a": "A"}, least_at_risk=9, xlabel="Days")
    assert "never 9 patients" in words(late)[0]


@pytest.mark.parametrize(
    "figure",
    [
        schoenfeld_residuals(schoenfeld(FEW, pd.DataFrame({"x": [1.0, 2.0, 3.0]})), "Days"),
        hazard_along(hazard_curve(FEW, [1.0, 2.0, 3.0]), np.array([1.0]), "x"),
        net_benefit(
            decision_curve(
                FEW, pd.DataFrame({"x": [1.0, 2.0, 3.0]}), np.random.default_rng(1), horizon=2.0
            ),
            "Risk",
        ),
        said("not estimable: 2 events"),
    ],
)
def test_what_cannot_be_drawn_says_why(figure):
    assert words(figure)[0].replace("\n", " ").startswith("not estimable: 2 events")


def test_checks_are_drawn_with_their_axes_named():
    figure = schoenfeld_residuals(schoenfeld(TIMES, DATA[["karno", "age"]]), "Days")
    assert [axes.get_xlabel() for axes in figure.axes] == ["Days", "Days"]
    assert figure.axes[1].get_ylabel() == "log hazard ratio of age"
    along = hazard_along(hazard_curve(TIMES, DATA["karno"]), DATA["karno"].to_numpy(), "Karnofsky")
    assert along.axes[0].get_ylabel() == "Hazard ratio against 60 (log scale)"
    curve = decision_curve(
        TIMES, DATA[["karno"]], np.random.default_rng(1), horizon=90.0, resamples=3
    )
    assert net_benefit(curve, "Risk").axes[0].get_xlabel() == "Risk"
