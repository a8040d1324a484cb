"""One style: print widths, the mark of synthetic data, and a check that finds what it should."""

import re

import pytest
from printed import faults

from compendium.figures.style import COLOURS, WIDTH_MM, as_svg, new_figure, said, stamp_synthetic
from compendium.studies.trop2 import GROUPS


def test_a_figure_of_data_is_marked_and_a_scheme_is_not():
    data, scheme = new_figure(), new_figure(scheme=True)
    for figure in (data, scheme):
        stamp_synthetic(figure)
    assert [text.get_text() for text in data.texts] == ["SYNTHETIC DATA"]
    assert scheme.texts == []


def test_the_mark_lies_below_what_is_drawn():
    figure = new_figure()
    figure.subplots().set_xlabel("Years since resistance")
    stamp_synthetic(figure)
    assert faults(figure) == []


@pytest.mark.parametrize("width", list(WIDTH_MM))
def test_a_reason_fits_its_figure(width):
    figure = said("not estimable: " + "none of these patients was seen again " * 4, width)
    assert faults(figure) == []
    assert figure.get_figwidth() * 25.4 == pytest.approx(WIDTH_MM[width])


def test_groups_of_patients_have_a_colour_each_and_a_name():
    drawn = [code for code in GROUPS if code != "not_assessed"]
    assert len({COLOURS[code] for code in drawn}) == len(drawn)


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda axes: axes.text(0.5, 0.5, "tiny", fontsize=6), "'tiny' has 6 pt"),
        (lambda axes: axes.figure.text(0.9, 0.5, "too far to the right"), "is cut off"),
        (lambda axes: axes.text(0.5, 0.5, "nan of 3"), "'nan of 3'"),
        (lambda axes: [axes.text(0.2, 0.5, word) for word in ("one", "other")], "overlaps"),
        (lambda axes: axes.figure.set_figwidth(2), "mm wide"),
    ],
)
def test_what_an_editor_would_send_back_is_found(spoil, fault):
    figure = new_figure()
    axes = figure.subplots()
    assert faults(figure) == []
    spoil(axes)
    assert any(fault in found for found in faults(figure)), faults(figure)


def test_a_file_is_the_same_whatever_the_last_bits_of_the_layout_are():
    made = []
    for nudge in (0.0, 1e-15):
        figure = new_figure()
        figure.set_layout_engine("none")
        axes = figure.add_axes((0.1 + nudge, 0.1, 0.8, 0.8))
        axes.plot([0, 1], [0, 1])
        made.append(as_svg(figure, "a line"))
    assert made[0] == made[1]
    named = re.findall(rb'<clipPath id="(p[0-9a-f]{10})">', made[0])
    assert len(named) == 1
    assert b"url(#" + named[0] + b")" in made[0]
