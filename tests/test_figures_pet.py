"""PET pictures: what is drawn, where, and what is said."""

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from printed import faults

from compendium.uptake.figures import (
    contact_sheet,
    lesion_key,
    projections,
    shown_picture,
)
from compendium.uptake.projection import Outline, Projection

pytestmark = pytest.mark.slow


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
        assert figure.axes[-1].get_xlabel() == "SUV by body weight (g/mL); S1, ¹⁸F-Trop2"
        assert "10 cm" in texts(figure)
        assert {"R", "L", "A", "P"} <= set(texts(figure))

    @pytest.mark.parametrize("n", [1, 2, 9])
    def test_are_printable_however_near_the_lesions_lie(self, n):
        assert faults(projections(picture(n=n))) == []

    def test_set_no_number_on_an_outline(self):
        axes = projections(picture(n=6)).axes[0]
        numbers = [text for text in axes.texts if text.get_text().isdigit()]
        outlines = next(one for one in axes.collections if isinstance(one, LineCollection))
        right = np.concatenate(outlines.get_segments())[:, 0].max()
        assert len(numbers) == 6
        assert all(text.get_position()[0] > right or text.xy[0] < right for text in numbers)

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
        assert faults(figure) == []
        figure.savefig(tmp_path / "sheet.svg")

    def test_shortens_long_names_in_the_middle(self):
        figure = contact_sheet([picture("HOSPITAL7_P0012_baseline") for _ in range(9)])
        assert figure.axes[0].get_title() == "HOSPIT…eline"
        assert faults(figure) == []

    @pytest.mark.parametrize("count", [0, 1, 9, 10])
    def test_grows_by_rows(self, count, tmp_path):
        contact_sheet([picture() for _ in range(count)]).savefig(tmp_path / "sheet.svg")

    def test_can_be_all_refused(self, tmp_path):
        contact_sheet([Projection("S2", "P2", "124I", reason="no")]).savefig(tmp_path / "s.svg")
