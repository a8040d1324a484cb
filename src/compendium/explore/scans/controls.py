"""The controls that redraw lesions: sphere, grown region, brush, undo, save."""

import html
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import ipywidgets as widgets
import pandas as pd

from compendium.errors import UserError
from compendium.explore.opened import Opened
from compendium.explore.scans import keeping, told
from compendium.explore.scans.adjusting import SHARE, SUV, Adjustment
from compendium.explore.scans.picture import Grid
from compendium.explore.scans.seen import Seen
from compendium.explore.scans.view import PetView


class Shows(Protocol):
    """What shows the scans that are redrawn.

    Attributes:
        shown: one adjustment a scan.
        lesion_suv: the table of that name as published.
    """

    opened: Opened
    view: PetView
    shown: list[Adjustment]
    lesion_suv: pd.DataFrame

    def grid(self, seen: Seen) -> Grid:
        """The picture's voxels of a scan."""

    def changed(self, number: int, adjustment: Adjustment) -> None:
        """Take an adjustment of a shown scan, and show it."""


class Redrawing:
    """What redraws the lesions of the shown scan, or of the first or second of two.

    Args:
        browser: whose scans are redrawn.
    """

    def __init__(self, browser: Shows) -> None:
        self.browser = browser
        self.which = widgets.Dropdown(options=[("", 0)], description="Scan")
        self.name = widgets.Text(description="Region", placeholder="lesion, or a new name")
        self.size = widgets.BoundedFloatText(15, min=1, max=200, description="mm")
        self.how = widgets.Dropdown(
            options=[("share of maximum", SHARE), ("SUV", SUV)], description="Grow by"
        )
        self.least = widgets.FloatText(0.41, description="from")
        self.mode = widgets.ToggleButtons(
            options=["look", "paint", "erase"], style={"button_width": "60px"}
        )
        self.brush = widgets.FloatSlider(8, min=1, max=60, step=1, description="Brush mm")
        self.who = widgets.Text(description="Who")
        self.why = widgets.Text(description="Why", layout=widgets.Layout(width="50%"))
        self.folder = widgets.Text(
            str(keeping.folder_of(browser.opened)), description="To",
            layout=widgets.Layout(width="60%"),
        )  # fmt: skip
        self.drafts = widgets.Dropdown(options=[], description="Draft")
        self.said, self.table = widgets.HTML(), widgets.HTML()
        self.box = self._laid_out()
        self.how.observe(self._usual_least, "value")
        widgets.link((self.mode, "value"), (browser.view, "mode"))
        widgets.link((self.brush, "value"), (browser.view, "brush"))
        widgets.link((self.name, "value"), (browser.view, "selected"))
        browser.view.on_stroke(self.stroke)

    def _laid_out(self) -> widgets.Widget:
        def button(text: str, act: Callable[[], None]) -> widgets.Button:
            made = widgets.Button(description=text, layout=widgets.Layout(width="auto"))
            made.on_click(lambda _: self._safely(act))
            return made

        self.take_up = widgets.HBox([self.drafts, button("Take up the draft", self.take_draft)])
        rows = [
            self.take_up,
            widgets.HBox([self.which, self.name, self.mode, self.brush]),
            widgets.HBox([self.size, button("Sphere at crosshair", self.sphere)]),
            widgets.HBox([self.how, self.least, button("Grow from crosshair", self.grow)]),
            widgets.HBox([button("Take region away", self.remove), button("Undo", self.undo)]),
            widgets.HBox([self.who, self.why]),
            widgets.HBox([self.folder, button("Save as new DICOM SEG", self.save)]),
            self.said,
            self.table,
        ]
        accordion = widgets.Accordion([widgets.VBox(rows)])
        accordion.set_title(0, "Redraw lesions")
        return accordion

    def _usual_least(self, _: object) -> None:
        self.least.value = 0.41 if self.how.value == SHARE else 4.0

    def opened_scan(self) -> None:
        """Show which scans there are, and drafts of them."""
        shown = self.browser.shown
        self.which.options = [(one.seen.scan_id, n) for n, one in enumerate(shown)]
        self.which.value = 0
        self.mode.value = "look"
        self.said.value = self.table.value = ""
        self._safely(self._list_drafts)

    def _list_drafts(self) -> None:
        found = [
            (f"{one.seen.scan_id}, {draft.words}"[:120], (number, draft))
            for number, one in enumerate(self.browser.shown)
            for draft in keeping.drafts(self.browser.opened, one.seen)
        ]
        self.drafts.options = found
        self.take_up.layout.display = "" if found else "none"
        if found:
            self.drafts.value = found[-1][1]
            self._say("An adjustment that was not saved is there, of a kernel that ended or of "
                      "another browser. Take it up, or begin anew.")  # fmt: skip

    @property
    def number(self) -> int:
        """Of the scan that is redrawn."""
        return int(self.which.value or 0)

    @property
    def current(self) -> Adjustment:
        """The scan that is redrawn."""
        return self.browser.shown[self.number]

    def _at_crosshair(self) -> list[float]:
        seen = self.current.seen
        grid = self.browser.grid(seen)
        index = grid.index(grid.voxel_at(self.browser.view.crosshair))
        return [float(at) for at in seen.require().volume.series.point_mm(index)]

    def sphere(self) -> None:
        """A sphere at the crosshair."""
        place, size = self._at_crosshair(), float(self.size.value)
        self._take(self.current.sphere(self.name.value, place, size, datetime.now()))

    def grow(self) -> None:
        """A region grown from the crosshair."""
        how, least = str(self.how.value), float(self.least.value)
        place = self._at_crosshair()
        self._take(self.current.grow(self.name.value, place, how, least, datetime.now()))

    def remove(self) -> None:
        """The region is taken away."""
        self._take(self.current.remove(self.name.value, datetime.now()))

    def undo(self) -> None:
        """As before the last step."""
        self._take(self.current.undo())

    def stroke(self, number: int, voxels: list[list[int]]) -> None:
        """Take what was painted or erased in a picture; refused, the picture is as it was."""
        self._safely(lambda: self._stroke(number, voxels))

    def _stroke(self, number: int, voxels: list[list[int]]) -> None:
        try:
            self.which.value = number
            now = self.current
            grid = self.browser.grid(now.seen)
            index = [grid.index(voxel) for voxel in voxels]
            draw = now.erase if self.mode.value == "erase" else now.paint
            self._take(draw(self.name.value, index, datetime.now()))
        finally:
            self.browser.view.send_state("outlines")  # the brush drew before the engine did

    def take_draft(self) -> None:
        """Go on with the chosen draft."""
        number, draft = self.drafts.value
        self.which.value = number
        seen = self.browser.shown[number].seen
        self._take(keeping.take_up(self.browser.opened, seen, draft))
        self.take_up.layout.display = "none"

    def save(self) -> None:
        """Save as a new file; never over another."""
        kept = keeping.save(
            self.browser.opened, self.current, self.who.value, self.why.value, datetime.now(),
            Path(self.folder.value),
        )  # fmt: skip
        self._say(f"Saved as {kept.seg}, with {kept.record.name} beside it. {kept.how_to_use}")

    def _take(self, adjustment: Adjustment) -> None:
        rows = adjustment.lesions  # measured before anything is shown
        self.browser.changed(self.number, adjustment)
        not_kept = keeping.keep_draft(self.browser.opened, adjustment)
        redrawn = rows[rows["lesion_id"].isin(adjustment.changed)]
        before = adjustment.seen.lesions
        self.table.value = told.changed_table(redrawn, before, self.browser.lesion_suv)
        self._say(not_kept or (adjustment.steps[-1].words if adjustment.steps else "As filed."))

    def _say(self, text: str) -> None:
        self.said.value = f"<p>{html.escape(text)}</p>"

    def _safely(self, act: Callable[[], Any]) -> None:
        """Do it; a refusal is said here, and nothing is changed."""
        try:
            act()
        except UserError as reason:
            self._say(f"Refused. {reason}")
