"""The widget that draws scans; what it shows is worked out elsewhere."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

Stroke = Callable[[int, list[list[int]]], None]


class PetView(anywidget.AnyWidget):
    """Scans one below the other: axial, coronal, sagittal, and a projection that turns.

    Attributes:
        images, outlines: as `picture.image_of` and `picture.outlines_of` give them, one a scan.
        crosshair: place along the pictures' axes (head, back, left), mm; of all scans together.
        selected: name of the lesion that is marked.
        window: SUV shown in full black, g/mL, of all scans together.
        readouts: what stands behind each scan's title.
        mode: look, paint or erase; brush: diameter of what is painted, mm.
    """

    _esm = Path(__file__).with_name("view.js")
    _css = Path(__file__).with_name("view.css")
    images: traitlets.List[Any] = traitlets.List().tag(sync=True)
    outlines: traitlets.List[Any] = traitlets.List().tag(sync=True)
    crosshair = traitlets.List([0.0, 0.0, 0.0]).tag(sync=True)
    selected = traitlets.Unicode("").tag(sync=True)
    window = traitlets.Float(10.0).tag(sync=True)
    zoom = traitlets.Float(1.0).tag(sync=True)
    angle = traitlets.Int(0).tag(sync=True)
    readouts = traitlets.List(traitlets.Unicode()).tag(sync=True)
    mode = traitlets.Enum(["look", "paint", "erase"], "look").tag(sync=True)
    brush = traitlets.Float(8.0).tag(sync=True)

    def on_stroke(self, take: Stroke) -> None:
        """Call this with the picture's number and its voxels when something was drawn."""

        def received(_: object, content: dict[str, Any], __: object) -> None:
            if content.get("kind") == "stroke":
                take(int(content["picture"]), content["voxels"])

        self.on_msg(received)
