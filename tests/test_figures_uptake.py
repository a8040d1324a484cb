"""Figures of the TSH chapter: what is drawn, and what is said where there is nothing to draw."""

import math

import numpy as np
import pandas as pd
import pytest
from printed import faults

from compendium.estimates import Estimate, not_estimable
from compendium.operating.tsh import draw_study
from compendium.rules import Rules
from compendium.synthetic.truth import TRUTHS
from compendium.tsh import figures as uptake
from compendium.tsh import limit_figures as uptake_limits
from compendium.tsh.carry_over import CURVE_DAYS, side_by_side
from compendium.tsh.effect import patient_mean_ratio
from compendium.tsh.scan_figure import both_scans
from compendium.uptake.projection import Outline, Projection

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(5)
PAIRS = draw_study(TRUTHS["assumed"], RNG)
EFFECT = patient_mean_ratio(PAIRS, RNG)


def drawn(figure):
    """The figure after drawing, which raises where something cannot be drawn, fit for print."""
    assert faults(figure) == []
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


def scan(hottest: float, **changes) -> Projection:
    """A scan of 40 slices and 30 columns of 4 mm, with a lesion at 40–48 by 80–88 mm."""
    coronal, lesion = np.full((40, 30), 0.1, np.float32), np.zeros((40, 30), bool)
    coronal[35:] = 50.0  # an organ that no lesion is
    lesion[20:22, 10:12] = True
    coronal[lesion] = hottest
    outlines = (Outline("L1", lesion, lesion),)
    views = {"coronal": coronal, "outlines": outlines, "spacing_mm": (4.0, 4.0, 4.0)}
    return Projection("S", "P", "124I", **(views | changes))


class TestBothScans:
    def test_share_a_scale_that_ends_above_the_hottest_lesion(self):
        figure = both_scans({"P1": (scan(0.31), scan(0.57)), "P2": (scan(4.0), scan(8.2))})
        windows = [axes.images[0].get_clim() for axes in figure.axes[:4]]
        assert windows == [(0, pytest.approx(top)) for top in (0.6, 0.6, 9, 9)]
        assert faults(figure) == []

    def test_are_cut_to_the_lesions_on_the_same_place(self):
        low, high = both_scans({"P1": (scan(1.0), scan(2.0))}).axes[:2]
        assert low.get_xlim() == high.get_xlim()
        left, right = low.get_xlim()
        bottom, top = low.get_ylim()
        assert ((left + right) / 2, (bottom + top) / 2) == pytest.approx((44, 84))
        assert right - left == pytest.approx(180)
        assert low.get_aspect() == 1

    def test_number_a_lesion_alike_on_both(self):
        low, high = both_scans({"P1": (scan(1.0), scan(2.0))}).axes[:2]
        for axes in (low, high):
            assert "1" in [text.get_text() for text in axes.texts]

    def test_say_refused_where_one_is(self):
        lost = Projection("T", "P", "124I", reason="no date")
        assert words(both_scans({"P, ×1.2": (scan(1.0), lost)})).count("refused") == 1
        assert words(both_scans({"P, ×1.2": (lost, lost)})).count("refused") == 2

    def test_show_all_where_no_lesion_was_drawn(self):
        assert faults(both_scans({"P": (scan(1.0, outlines=()), scan(1.0))})) == []


def test_carry_over_curve_is_drawn_with_and_without_bounds():
    curve = side_by_side(PAIRS, CURVE_DAYS[::6], RNG, Rules())
    drawn(uptake_limits.carry_over_curve(curve))
    drawn(uptake_limits.carry_over_curve(curve.assign(low=0.0, high=math.inf)))


@pytest.mark.parametrize(("beyond", "panels"), [(0, 1), (2, 2)])
def test_lesions_beyond_the_bound_have_a_panel_where_there_are_any(beyond, panels):
    curve = side_by_side(PAIRS, CURVE_DAYS[::6], RNG, Rules()).assign(not_credible=beyond)
    figure = drawn(uptake_limits.carry_over_curve(curve))
    assert len(figure.axes) == panels
    assert figure.axes[-1].get_xlabel() == uptake_limits.EFFECTIVE


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
    assert len(figure.axes[0].collections[0].get_offsets()) == 3
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "b"]


@pytest.mark.parametrize(
    "figure",
    [
        lambda: uptake.paired_slopes(PAIRS.head(0)),
        lambda: uptake.waterfall(PAIRS.head(0), not_estimable("0 patients")),
        lambda: both_scans({}),
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
