"""Figures of the TSH chapter: what is drawn, and what is said where there is nothing to draw."""

import math

import numpy as np
import pandas as pd
import pytest

from compendium.estimates import Estimate, not_estimable
from compendium.operating.tsh import draw_study
from compendium.rules import Rules
from compendium.synthetic.truth import TRUTHS
from compendium.tsh import figures as uptake
from compendium.tsh import limit_figures as uptake_limits
from compendium.tsh.carry_over import CURVE_DAYS, side_by_side
from compendium.tsh.effect import patient_mean_ratio
from compendium.uptake.projection import Projection

RNG = np.random.default_rng(5)
PAIRS = draw_study(TRUTHS["assumed"], RNG)
EFFECT = patient_mean_ratio(PAIRS, RNG)


def drawn(figure):
    """The figure after drawing, which raises where something cannot be drawn."""
    figure.canvas.draw()
    return figure


def words(figure):
    return [
        text.get_text() for text in drawn(figure).findobj(match=lambda o: hasattr(o, "get_text"))
    ]


def test_slopes_have_a_panel_a_patient_and_a_line_a_lesion():
    figure = drawn(uptake.paired_slopes(PAIRS))
    panels = [axes for axes in figure.axes if axes.get_visible()]
    assert len(panels) == PAIRS["patient_id"].nunique()
    lines = [line for axes in panels for line in axes.lines if len(line.get_xdata()) == 2]
    assert len(lines) == len(PAIRS)


@pytest.mark.slow
def test_slopes_go_on_in_a_second_row():
    many = pd.concat([PAIRS, PAIRS.assign(patient_id=PAIRS["patient_id"] + "b")])
    figure = drawn(uptake.paired_slopes(many))
    assert sum(axes.get_visible() for axes in figure.axes) == 20


def test_a_patient_keeps_its_colour_in_every_figure():
    assert uptake.patient_colours(["b", "a", "b"]) == uptake.patient_colours(["a", "b"])
    assert len(set(uptake.patient_colours([str(i) for i in range(12)]).values())) == 12


@pytest.mark.parametrize(
    "effect",
    [EFFECT, not_estimable("1 patients"), Estimate(estimate=1.2, low=0.0, high=math.inf)],
    ids=["estimable", "not estimable", "no bounds"],
)
def test_waterfall_counts_the_kinds_in_its_legend(effect):
    figure = drawn(uptake.waterfall(PAIRS, effect))
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    both = (PAIRS["visibility"] == "both").sum()
    assert f"visible on both ({both})" in labels
    assert ("geometric mean of patients, 95% CI" in labels) == effect.estimable


def test_course_names_who_left_the_protocol():
    labs = pd.DataFrame(
        {"patient_id": "P1", "lab_day": [90, 98, 108], "tsh_miu_per_l": [0.1, 30.0, 80.0]}
    )
    scans = pd.DataFrame(
        {
            "patient_id": ["P1", "P2"],
            "day_low": [100.0, 100.0],
            "tsh_low": [30.0, 25.0],
            "tsh_high": [80.0, np.nan],
            "interval_days": [10.0, np.nan],
            "deviation": ["second scan at TSH 80, not above 100 mIU/L", "no scan at high"],
        }
    )
    figure = uptake.tsh_course(labs, scans, low_range=(20.0, 40.0), high_above=100.0)
    assert "P1" in words(figure)
    assert "P2" not in words(figure)


def test_both_scans_say_refused_where_one_is():
    seen = Projection("S", "P", "124I", coronal=np.ones((9, 6), np.float32))
    lost = Projection("T", "P", "124I", reason="no date")
    figure = uptake.both_scans({"P, ×1.2": (seen, lost)})
    assert words(figure).count("refused") == 1


def test_carry_over_curve_is_drawn_with_and_without_bounds():
    curve = side_by_side(PAIRS, CURVE_DAYS[::6], RNG, Rules())
    drawn(uptake_limits.carry_over_curve(curve))
    drawn(uptake_limits.carry_over_curve(curve.assign(low=0.0, high=math.inf)))


def test_forest_has_ticks_where_its_range_is_short():
    row = {"label": "x", **EFFECT.as_row()}
    figure = drawn(uptake_limits.ratio_forest(pd.DataFrame([row]), "Ratio"))
    assert len(figure.axes[0].get_xticks()) >= 3


def test_what_would_separate_has_a_row_a_design():
    figure = drawn(uptake_limits.what_would_separate())
    assert len(figure.axes[0].get_yticks()) == len(uptake_limits.DESIGNS)
    assert all(
        len(row) == len(uptake_limits.ALIASED_WITH) for row in uptake_limits.DESIGNS.values()
    )


def test_doses_have_a_point_a_lesion():
    doses = pd.DataFrame(
        {"patient_id": ["a", "a", "b"], "dose_low": [1.0, 30.0, 90.0], "dose_high": [2.0, 20.0, 99]}
    )
    figure = drawn(uptake_limits.projected_dose(doses, 7.4, (20.0, 80.0)))
    points = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert sum(len(line.get_xdata()) for line in points) == 3


@pytest.mark.parametrize(
    "figure",
    [
        lambda: uptake.paired_slopes(PAIRS.head(0)),
        lambda: uptake.waterfall(PAIRS.head(0), not_estimable("0 patients")),
        lambda: uptake.both_scans({}),
        lambda: uptake_limits.carry_over_curve(side_by_side(PAIRS.head(0), [5.0], RNG, Rules())),
        lambda: uptake_limits.ratio_forest(pd.DataFrame(), "Ratio"),
        lambda: uptake_limits.projected_dose(pd.DataFrame(columns=["dose_low"]), 7.4, (20.0,)),
    ],
    ids=["slopes", "waterfall", "projections", "carry-over", "forest", "dose"],
)
def test_nothing_to_draw_is_said(figure):
    found = drawn(figure())
    assert found.axes == []
    assert len(found.texts) == 1
