"""SUV by patient and course: every lesion, each patient's geometric mean, groups by name."""

import math

import pandas as pd
import pytest
from printed import faults

from compendium.trop2.suv_figure import suv_by_group

ROWS = pd.DataFrame(
    {
        "patient_id": ["A", "A", "B", "C"], "group": ["stable"] * 3 + ["rapid"],
        "suv_max": [4.0, 16.0, 2.0, 9.0],
    }
)  # fmt: skip


def test_every_lesion_is_a_dot_in_its_patients_column():
    axes = suv_by_group(ROWS, ["stable", "rapid"]).axes[0]
    dots = [tuple(at) for dots in axes.collections for at in dots.get_offsets()]
    assert sorted(dots) == [pytest.approx(at) for at in [(0, 2), (1, 4), (1, 16), (3, 9)]]


def test_a_bar_is_the_geometric_mean_of_a_patient():
    axes = suv_by_group(ROWS, ["stable", "rapid"]).axes[0]
    bars = [at for line in axes.lines for at in zip(*line.get_data(), strict=True)]
    bars = [(place, mean) for place, mean in bars if not math.isnan(mean)]
    assert sorted(bars) == [pytest.approx(bar) for bar in [(0, 2), (1, 8), (3, 9)]]


def test_groups_are_named_and_counted():
    figure = suv_by_group(ROWS, ["stable", "rapid"])
    axes = figure.axes[0]
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert labels == ["Stable\n2 patients", "Rapidly progressing\n1 patient"]
    assert axes.get_ylabel() == "SUVmax (g/mL)"
    assert faults(figure) == []


@pytest.mark.parametrize("rows", [ROWS.head(3), ROWS.head(0)])
def test_an_empty_group_keeps_its_place(rows):
    figure = suv_by_group(rows, ["stable", "rapid"])
    assert figure.axes[0].get_xticklabels()[1].get_text() == "Rapidly progressing\n0 patients"
    assert faults(figure) == []
