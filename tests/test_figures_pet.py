"""PET pictures: what is drawn, where, and what is said."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection

from compendium.uptake.figures import (
    contact_sheet,
    lesion_key,
    projections,
    shown_picture,
    suv_by_group,
)
from compendium.uptake.projection import Outline, Projection


def picture(scan_id="S1", n=2, **changes):
    coronal = np.zeros((20, 12), dtype=np.float32)
    outlines = []
    for number in range(n):
        front, side = np.zeros((20, 12), dtype=bool), np.zeros((20, 8), dtype=bool)
        front[3 + number : 5 + number, 2:4] = side[3 + number : 5 + number, 5] = True
        outlines.append(Outline(f"L{number + 1}", front, side))
    fields = dict(
        coronal=coronal,
        sagittal=np.zeros((20, 8), dtype=np.float32),
        spacing_mm=(3.0, 4.0, 5.0),
        outlines=tuple(outlines),
    )
    return Projection(scan_id, "P1", "18F-Trop2", **(fields | changes))


def texts(figure):
    return [text.get_text() for ax in figure.axes for text in ax.texts]


class TestProjections:
    def test_number_every_lesion_in_both_views(self):
        front, side, _ = projections(picture()).axes
        for ax in (front, side):
            assert {"1", "2"} <= {text.get_text() for text in ax.texts}

    def test_outline_the_voxels(self):
        front = projections(picture(n=1)).axes[0]
        lines = next(one for one in front.collections if isinstance(one, LineCollection))
        points = np.concatenate(lines.get_segments())
        # Rows 3 and 4 of 3 mm, columns 2 and 3 of 5 mm: eight edges round 10..20 × 9..15 mm.
        assert len(lines.get_segments()) == 8
        assert points.min(axis=0).tolist() == [10, 9]
        assert points.max(axis=0).tolist() == [20, 15]

    def test_show_millimetres_alike_in_both_directions(self):
        image = projections(picture()).axes[0].images[0]
        assert image.get_extent() == [0, 60, 0, 60]
        assert image.axes.get_aspect() == 1

    def test_have_a_scale_in_suv(self):
        figure = projections(picture(), suv_window=7.0)
        assert figure.axes[0].images[0].get_clim() == (0, 7)
        assert figure.axes[-1].get_xlabel() == "SUV by body weight (g/mL)"
        assert "10 cm" in texts(figure)
        assert {"R", "L", "A", "P"} <= set(texts(figure))

    def test_keep_numbers_apart(self):
        front = projections(picture(n=2)).axes[0]
        places = {
            text.get_text(): text.get_position() for text in front.texts if text.get_text() in "12"
        }
        assert abs(places["1"][1] - places["2"][1]) > 16

    def test_can_be_drawn_without_a_lesion(self, tmp_path):
        projections(picture(n=0)).savefig(tmp_path / "none.svg")

    def test_have_a_key(self):
        assert lesion_key(picture()).to_dict("list") == {
            "number": [1, 2],
            "lesion_id": ["L1", "L2"],
        }

    def test_shown_large_is_the_named_one_or_that_with_most_lesions(self):
        shown = [picture("A", 1), picture("B", 2), picture("C", 2), picture("D", 2, reason="no")]
        assert shown_picture(shown, "A", "18F-Trop2").scan_id == "A"
        assert shown_picture(shown, "", "18F-Trop2").scan_id == "B"
        assert shown_picture(shown, "D", "124I").scan_id == "B"

    def test_shown_large_can_be_none(self, tmp_path):
        none = shown_picture([picture("D", reason="no")], "", "18F-Trop2")
        figure = projections(none)
        assert "refused" in texts(figure)
        figure.savefig(tmp_path / "none.svg")


class TestContactSheet:
    def test_has_a_place_for_every_scan_and_says_what_was_refused(self, tmp_path):
        refused = Projection("S2", "P2", "124I", reason="no date")
        flagged = picture("S3", flags=("midnight",))
        figure = contact_sheet([picture(), refused, flagged])
        assert [ax.get_title() for ax in figure.axes[:3]] == ["S1", "S2", "S3*"]
        assert [text.get_text() for text in figure.axes[1].texts] == ["refused"]
        assert len(figure.axes[0].images) == 2
        figure.savefig(tmp_path / "sheet.svg")

    @pytest.mark.parametrize("count", [0, 1, 9, 10])
    def test_grows_by_rows(self, count, tmp_path):
        contact_sheet([picture() for _ in range(count)]).savefig(tmp_path / "sheet.svg")

    def test_can_be_all_refused(self, tmp_path):
        contact_sheet([Projection("S2", "P2", "124I", reason="no")]).savefig(tmp_path / "s.svg")


class TestSuvByGroup:
    def test_draws_every_lesion_in_its_patients_column(self):
        rows = pd.DataFrame(
            {
                "patient_id": ["A", "A", "B", "C"], "group": ["stable"] * 3 + ["rapid"],
                "suv_max": [4.0, 16.0, 2.0, 9.0],
            }
        )  # fmt: skip
        ax = suv_by_group(rows, ["stable", "rapid"]).axes[0]
        dots = [line for line in ax.lines if line.get_marker() == "o"]
        assert [sorted(line.get_ydata()) for line in dots] == [[2.0], [4.0, 16.0], [9.0]]
        bars = [line.get_ydata()[0] for line in ax.lines if line.get_marker() != "o"]
        assert bars == pytest.approx([2, 8, 9])
        assert ax.get_ylabel() == "SUVmax (g/mL)"
        assert [label.get_text() for label in ax.get_xticklabels()] == [
            "stable\n2 patients",
            "rapid\n1 patient",
        ]

    def test_keeps_the_place_of_an_empty_group(self, tmp_path):
        rows = pd.DataFrame({"patient_id": ["A"], "group": ["stable"], "suv_max": [4.0]})
        suv_by_group(rows, ["stable", "rapid"]).savefig(tmp_path / "one.svg")
