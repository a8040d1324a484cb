"""Figures of survival draw what they are given, or say why not."""

import numpy as np
import pandas as pd
import pytest
from printed import faults
from survival_reference import veteran

from compendium.prediction.decision import decision_curve
from compendium.prediction.outputs import form
from compendium.survival.check_figures import hazard_along, net_benefit, schoenfeld_residuals
from compendium.survival.check_figures import hazard_curve as draw_curve
from compendium.survival.checks import hazard_curve, schoenfeld
from compendium.survival.competing import incidence_at
from compendium.survival.figures import (
    Panel,
    incidence_curves,
    survival_curves,
)
from compendium.survival.kaplan_meier import number_at_risk
from compendium.survival.observation_figure import time_under_observation
from compendium.survival.times import survival_times

pytestmark = pytest.mark.slow

DATA, TIMES = veteran()
FEW = survival_times([1.0, 2.0, 3.0], [1, 0, 1])


def words(figure):
    texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    return [text.get_text().replace("\n", " ") for text in texts]


def test_numbers_under_the_axis_are_those_at_risk():
    groups = {"standard": TIMES.take(DATA["trt"] == 1), "test": TIMES.take(DATA["trt"] == 2)}
    figure = survival_curves([Panel("Trial", "Survival", "Days", groups)], least_at_risk=1)
    axes, table = figure.axes
    ticks = [t for t in axes.get_xticks() if 0 <= t <= axes.get_xlim()[1]]
    shown = [text.get_text() for text in table.texts]
    for name, times in groups.items():
        counts = [str(n) for n in number_at_risk(times, ticks)]
        start = shown.index(name) + 1
        assert shown[start : start + len(ticks)] == counts
    assert axes.get_legend() is not None
    assert axes.get_xlabel() == "Days"
    assert faults(figure) == []


def test_a_panel_without_a_curve_is_a_line_under_the_others():
    panels = [Panel("A", "S", "Days", {"": FEW}), Panel("B", "S", "Days", {"": TIMES})]
    figure = survival_curves(panels, least_at_risk=5)
    assert figure.get_supxlabel() == "A: not estimable: never 5 patients at risk at once"
    curve, table = figure.axes
    assert (curve.get_title(), table.axison) == ("B", False)
    assert curve.get_title(loc="left") == ""  # one panel needs no letter
    assert faults(figure) == []
    both = survival_curves([panels[1]] * 2, least_at_risk=5)
    assert [axes.get_title(loc="left") for axes in both.axes[:2]] == ["a", "b"]
    assert both.get_supxlabel() == ""


def test_no_curve_is_drawn_from_one_death():
    one, two = (survival_times([3, 4, 6, 7, 8, 9], [n > 1, 1, 0, 0, 0, 0]) for n in (1, 2))
    panels = [Panel("OS", "S", "Days", {"": one}), Panel("PFS", "S", "Days", {"": two})]
    figure = survival_curves(panels, least_at_risk=1)
    assert [axes.get_title() for axes in figure.axes if axes.axison] == ["PFS"]
    assert figure.get_supxlabel() == "OS: not estimable: under 2 events"
    kept = survival_curves(panels[:1], least_at_risk=1, least_events=0)
    assert kept.axes[0].axison


def test_panels_without_a_curve_are_one_sentence():
    figure = survival_curves([Panel("PFS", "S", "Days", {"": FEW})], least_at_risk=5)
    assert words(figure) == ["PFS: not estimable: never 5 patients at risk at once"]
    assert figure.axes == []


def test_a_curve_begins_where_enough_are_at_risk():
    late = survival_times([3, 6, 7, 8, 9], [1, 1, 1, 0, 0], [0, 2, 2, 4, 5])
    axes = survival_curves([Panel("A", "S", "Days", {"": late})], least_at_risk=4).axes[0]
    curve, _, start = axes.lines  # and marks of censoring
    # At risk after day 5: those of 6, 7, 8 and 9; the event of day 3 came before.
    assert curve.get_xdata().tolist() == [5, 6, 7, 9]
    assert curve.get_ydata().tolist() == pytest.approx([1, 3 / 4, 1 / 2, 1 / 2])
    assert start.get_xdata() == [5]


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
    keys = [text.get_text() for text in figure.legends[0].get_texts()]
    assert keys == ["before entry", "at risk", "progression", "death", "by entry: not at risk"]
    assert faults(figure) == []
    many = pd.concat([endpoint.assign(patient_id=f"Q{i}") for i in range(30)])
    assert time_under_observation(many).axes[0].get_yticklabels() == []


def test_incidence_names_each_cause_with_its_events():
    cause = np.where(TIMES.event, np.where(DATA["prior"] > 0, "cancer", "other"), "")
    causes = {"cancer": "Cancer", "other": "Other"}
    figure = incidence_curves(TIMES, cause, causes, least_at_risk=1, xlabel="Days")
    legend = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    events = int((cause == "cancer").sum())
    assert legend[0] == f"Cancer ({events} of 137)"
    assert faults(figure) == []
    late = incidence_curves(FEW, ["a", "", "b"], {"a": "A"}, least_at_risk=9, xlabel="Days")
    assert words(late) == ["not estimable: never 9 patients at risk at once"]


def test_no_curve_is_drawn_from_the_few_deaths_that_have_no_number():
    cause = np.where(TIMES.event, "cancer", "")
    cause[np.flatnonzero(TIMES.event)[:4]] = "other"
    causes = {"cancer": "Cancer", "other": "Other"}
    figure = incidence_curves(TIMES, cause, causes, least_at_risk=1, xlabel="Days")
    assert len(figure.axes[0].lines) == 1
    said = figure.axes[0].get_title(loc="left").replace("\n", " ")
    assert said == "not estimable: 4 events of the cause other; at least 5 needed"
    assert incidence_at(TIMES, cause, "other", 90, least_at_risk=1).reason in said


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
    ],
)
def test_what_cannot_be_drawn_says_why(figure):
    assert words(figure)[0].startswith("not estimable: 2 events")


def test_a_form_without_a_curve_is_drawn_again_without_a_value():
    (figure,) = form(hazard_curve(FEW, [1.0, 2.0, 3.0]), np.array([1.0]))
    again = {"xlabel": "Trop2 H-score"}  # and no reference that is not a number
    assert figure.public.arguments == again
    assert words(draw_curve(figure.data, **again))[0] == "not estimable"
    (drawn,) = form(hazard_curve(TIMES, DATA["karno"]), DATA["karno"].to_numpy())
    assert drawn.public.arguments == again | {"reference": 60.0}


def test_checks_are_drawn_with_their_axes_named():
    figure = schoenfeld_residuals(schoenfeld(TIMES, DATA[["karno", "age"]]), "Days")
    assert [axes.get_xlabel() for axes in figure.axes] == ["Days", "Days"]
    assert figure.axes[1].get_ylabel() == "log hazard ratio of age"
    assert faults(figure) == []
    along = hazard_along(hazard_curve(TIMES, DATA["karno"]), DATA["karno"].to_numpy(), "Karnofsky")
    assert along.axes[0].get_ylabel() == "Hazard ratio against 60 (log scale)"
    assert faults(along) == []
    curve = decision_curve(
        TIMES, DATA[["karno"]], np.random.default_rng(1), horizon=90.0, resamples=3
    )
    figure = net_benefit(curve, "Risk")
    assert figure.axes[0].get_xlabel() == "Risk"
    assert faults(figure) == []
