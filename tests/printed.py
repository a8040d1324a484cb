"""What a journal's figure editor sends back: small, cut-off or overlapping letters, raw nan."""

import re
from itertools import combinations

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from compendium.figures.style import MM_PER_INCH, SMALLEST_PT, WIDTH_MM

TOUCH_PX = 1.5  # at 100 dpi, by which two boxes of letters may meet


def faults(figure: Figure) -> list[str]:
    """Faults of a figure as it would be printed; empty where there is none."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    found = []
    width_mm = figure.get_figwidth() * MM_PER_INCH
    if round(width_mm, 3) not in WIDTH_MM.values():
        found.append(f"{width_mm:.1f} mm wide")
    boxes = []
    for text in _shown(figure):
        words = text.get_text()
        if text.get_fontsize() < SMALLEST_PT - 1e-6:
            found.append(f"{words!r} has {text.get_fontsize():g} pt")
        if re.search(r"\bnan\b", words, re.IGNORECASE):
            found.append(f"{words!r}")
        box = Text.get_window_extent(text, canvas.get_renderer())  # of the letters, not an arrow
        page = figure.bbox
        if min(box.x0, box.y0) < -1 or box.x1 > page.x1 + 1 or box.y1 > page.y1 + 1:
            found.append(f"{words!r} is cut off")
        boxes.append((words, box))
    for (one, first), (other, second) in combinations(boxes, 2):
        shared = Bbox.intersection(first, second)
        if shared is not None and min(shared.width, shared.height) > TOUCH_PX:
            found.append(f"{one!r} overlaps {other!r}")
    return found


def _shown(figure: Figure) -> list[Text]:
    """Texts that are drawn: none that is hidden, empty, or of a tick outside its axis."""
    texts: list[Text] = []
    for axes in figure.axes:
        if not axes.get_visible():
            continue
        legend = axes.get_legend()
        texts += [*axes.texts, axes.title, axes._left_title, axes._right_title]
        texts += [] if legend is None else [*legend.get_texts(), legend.get_title()]
        if axes.axison:
            axes_of = [axes.xaxis, axes.yaxis]
            for child in axes.child_axes:
                axes_of += [child.xaxis, child.yaxis]
            for axis in axes_of:
                texts += [axis.label]
                texts += [tick.label1 for tick in axis._update_ticks() if tick.label1.get_visible()]
                texts += [tick.label2 for tick in axis._update_ticks() if tick.label2.get_visible()]
    texts += figure.texts
    texts += [figure._suptitle] if figure._suptitle else []
    texts += [figure._supxlabel] if getattr(figure, "_supxlabel", None) else []
    for legend in figure.legends:
        texts += [*legend.get_texts(), legend.get_title()]
    return [text for text in dict.fromkeys(texts) if text.get_visible() and text.get_text().strip()]
