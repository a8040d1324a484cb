"""The lesion browser: choose a scan, look at it, click a lesion. Shows what the model has."""

import html
from typing import Any

import ipywidgets as widgets
import pandas as pd

from compendium.errors import UserError
from compendium.explore.opened import Opened
from compendium.explore.scans import told
from compendium.explore.scans.adjusting import Adjustment
from compendium.explore.scans.controls import Redrawing
from compendium.explore.scans.picture import Grid, grid_of, image_of, outlines_of, sites_of
from compendium.explore.scans.seen import Seen, suv_at
from compendium.explore.scans.study_pet import Scans, both_scans, log_ratios, scan_list
from compendium.explore.scans.view import PetView
from compendium.study.located import records

ALL = ("all", "")
NARROW = widgets.Layout(width="190px")
WIDE = widgets.Layout(width="98%")


class PetBrowser(widgets.VBox):  # type: ignore[misc]  # of a library without types
    """The scans of a study, one or both of a patient shown, a lesion told of.

    Args:
        opened: the study.
        patient: whose scans are listed at first; all where empty.
        window: SUV shown in full black, g/mL.
    """

    def __init__(self, opened: Opened, patient: str = "", window: float = 10.0) -> None:
        self.opened = opened
        self.scans = Scans(opened)
        self.lesion_suv = opened.published_table("lesion_suv")
        self.shown: list[Adjustment] = []
        self.listed = pd.DataFrame()
        self._filters(patient)
        self.said = widgets.HTML()
        self.view = PetView(window=window)
        self.lesion = widgets.HTML()
        self.ratios = widgets.HTML()
        self.redrawing = Redrawing(self)
        self.place = widgets.VBox([])
        super().__init__([self._chooser(), self.said, self._knobs(window), self.place])
        self.view.observe(lambda _: self.tell(), "selected")
        self.view.observe(lambda _: self.read_out(), "crosshair")
        self.list_scans()

    def _filters(self, patient: str) -> None:
        scans = scan_list(self.opened)
        choices = {c: sorted(set(scans[c]) - {""}) for c in ("tracer", "tsh_level", "state")}
        self.patient = widgets.Text(patient, description="Patient", layout=NARROW)
        self.tracer, self.level, self.state = (
            widgets.Dropdown(
                options=[ALL, *zip(told_, told_, strict=True)], description=name, layout=NARROW
            )
            for name, told_ in zip(("Tracer", "TSH", "State"), choices.values(), strict=True)
        )
        self.both = widgets.Checkbox(False, description="both TSH scans", indent=False)
        self.scan = widgets.Select(options=[], rows=7, description="Scan", layout=WIDE)
        for one in (self.patient, self.tracer, self.level, self.state):
            one.observe(lambda _: self.list_scans(), "value")
        self.scan.observe(lambda _: self.show_scan(), "value")
        self.both.observe(lambda _: self.show_scan(), "value")

    def _chooser(self) -> widgets.Widget:
        row = widgets.HBox([self.patient, self.tracer, self.level, self.state, self.both])
        return widgets.VBox([row, self.scan])

    def _knobs(self, window: float) -> widgets.Widget:
        knobs = {
            "window": widgets.FloatSlider(window, min=0.5, max=50, step=0.5, description="SUV"),
            "zoom": widgets.FloatSlider(1.0, min=1, max=6, step=0.5, description="Zoom"),
            "angle": widgets.IntSlider(0, min=0, max=358, step=2, description="Turn °"),
        }
        for name, knob in knobs.items():
            widgets.jslink((knob, "value"), (self.view, name))
        turning = widgets.Play(min=0, max=358, step=6, interval=120)
        turning.repeat = True
        widgets.jslink((turning, "value"), (self.view, "angle"))
        return widgets.HBox([*knobs.values(), turning])

    def list_scans(self) -> None:
        """List the scans that the filters leave, and open the first."""
        self.listed = scan_list(
            self.opened,
            patient_id=self.patient.value,
            tracer=self.tracer.value,
            tsh_level=self.level.value,
            state=self.state.value,
        )
        shown = self.scan.value
        names = self.listed["scan_id"].tolist()
        lines = [_line(row) for row in records(self.listed)]
        self.scan.options = list(zip(lines, names, strict=True))
        if not names:
            self._nothing("No scan is left by these filters.")
            return
        self.scan.value = shown if shown in names else names[0]

    def show_scan(self) -> None:
        """Show the chosen scan, or both of its patient."""
        if self.scan.value is None:
            return
        try:
            self._show_scan(str(self.scan.value))
        except UserError as reason:
            self._nothing(str(reason))

    def _show_scan(self, scan_id: str) -> None:
        row = self.listed.set_index("scan_id").loc[scan_id]
        names, alone = self._together(scan_id, str(row["patient_id"]))
        seen = [self.scans.see(name) for name in names]
        said = alone + "".join(f"<b>{html.escape(s.scan_id)}</b>{told.scan_page(s)}" for s in seen)
        self.shown = [Adjustment(one) for one in seen if one.loaded is not None]
        self.said.value = said
        if not self.shown:
            self.place.children = []
            return
        self._show()
        self.redrawing.opened_scan()
        self.place.children = [self.view, self.redrawing.box, self.ratios, self.lesion]

    def _together(self, scan_id: str, patient_id: str) -> tuple[list[str], str]:
        """Which scans are shown, and why one alone where both were asked for."""
        if not self.both.value:
            return [scan_id], ""
        try:
            return list(both_scans(self.opened, patient_id)), ""
        except UserError as reason:
            return [scan_id], f"<p>{html.escape(str(reason))}</p>"

    def _show(self) -> None:
        seen = [one.seen for one in self.shown]
        drawn = [one for one in seen if one.drawn]
        first = next(iter(drawn[0].drawn)) if drawn else ""
        with self.view.hold_sync():
            self.view.images = [image_of(one, _title(one)) for one in seen]
            self.view.mode = "look"
            self.view.selected = ""
            self._outline()
            self.view.crosshair = self._middle(drawn[0], first) if drawn else _centre(seen[0])
            self.view.selected = first
        self.read_out()
        self._tell_ratios()

    def _outline(self) -> None:
        told_ = []
        for one in self.shown:
            now = one.now if one.steps else one.seen
            told_.append(outlines_of(now, now.drawn, sites_of(now)))
        self.view.outlines = told_

    def _middle(self, seen: Seen, lesion_id: str) -> list[float]:
        row = seen.row(lesion_id)
        point = [row[f"suv_max_{axis}_mm"] for axis in "xyz"]
        grid = self.grid(seen)
        return [float(at) for at in grid.axes @ point]

    def grid(self, seen: Seen) -> Grid:
        """The picture's voxels of a scan."""
        return grid_of(seen.require().volume.series)

    def changed(self, number: int, adjustment: Adjustment) -> None:
        """Take an adjustment of a shown scan, and show it."""
        self.shown[number] = adjustment
        self._outline()
        self.tell()
        self._tell_ratios()

    def read_out(self) -> None:
        """Say the SUV under the crosshair, of each scan, by the engine."""
        self.view.readouts = [self._at(one.seen) for one in self.shown]

    def _at(self, seen: Seen) -> str:
        grid = self.grid(seen)
        index = grid.index(grid.voxel_at(self.view.crosshair))
        suv = suv_at(seen.require().volume, index)
        place = ", ".join(f"{at:.0f}" for at in seen.require().volume.series.point_mm(index))
        return f"SUV {suv:.2f} at {place} mm"

    def tell(self) -> None:
        """Tell of the selected lesion, on each scan."""
        name, pages = self.view.selected, []
        for one in self.shown:
            now = one.now if one.steps else one.seen
            if any(row["lesion_id"] == name for row in now.extracted.lesions):
                page = told.lesion_page(now, name, self.lesion_suv)
                pages.append(f"<div><b>{html.escape(now.scan_id)}</b>{page}</div>")
        self.lesion.value = "".join(pages)

    def _tell_ratios(self) -> None:
        self.ratios.value = ""
        if len(self.shown) == 2:
            low, high = (one.now if one.steps else one.seen for one in self.shown)
            self.ratios.value = told.ratio_page(log_ratios(self.opened, low, high))

    def _nothing(self, reason: str) -> None:
        self.shown = []
        self.place.children = []
        self.said.value = f"<p>{html.escape(reason)}</p>"


def _line(row: dict[str, Any]) -> str:
    told_ = [row["scan_id"], row["tracer"], f"{row['tsh_level']} TSH" if row["tsh_level"] else ""]
    day = f"day {row['scan_day']}" if not pd.isna(row["scan_day"]) else ""
    reason = f"{row['state']}: {row['reason']}" if row["reason"] else row["state"]
    return " · ".join(str(part) for part in (*told_, day, reason) if part)


def _title(seen: Seen) -> str:
    row = seen.scan.row
    level = f", {row['tsh_level']} TSH" if row["tsh_level"] else ""
    return f"{row['scan_id']}: {row['tracer']}{level}"


def _centre(seen: Seen) -> list[float]:
    grid = grid_of(seen.require().volume.series)
    middle = [size // 2 for size in grid.shape]
    return [float(at) for at in grid.axes @ grid.point_mm(middle)]
