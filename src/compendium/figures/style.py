"""One plot style for the whole book: journal widths, safe colours, the SYNTHETIC mark.

Every function that draws returns a Figure of its own: nothing here or in seaborn touches another.
"""

import hashlib
import io
import math
import re
import textwrap
from collections.abc import Iterable
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

MM_PER_INCH = 25.4
WIDTH_MM = {"single": 85.0, "double": 180.0}
SMALLEST_PT = 7.0  # of any letter at these widths, which are those of print
WRAP = {"single": 44, "double": 96}  # characters of a sentence in place of a figure

# Okabe & Ito's palette (Color Universal Design, 2008), told apart in the three common kinds of
# colour blindness; the same group has the same colour in every figure.
BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, GREY = "#56B4E9", "#CC79A7", "#595959"
OLIVE = "#999933"  # P. Tol's muted palette, for the yellow that white paper swallows
LIGHT, PALE = "#B0B0B0", "#E4E4E4"  # lines that guide the eye, areas behind
COLOURS = {
    "responder": BLUE,
    "non_responder": VERMILION,
    "indeterminate": GREY,
    "rapid": PURPLE,
    "intermediate": OLIVE,
    "stable": GREEN,
    "low": SKY,
    "high": ORANGE,
}
CYCLE = [BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, GREY]
DASHED = (0, (4, 3))

STYLE: Any = {
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": SMALLEST_PT,
    "axes.titlesize": 8,
    "axes.labelsize": SMALLEST_PT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.prop_cycle": cycler(color=CYCLE),
    "xtick.labelsize": SMALLEST_PT,
    "ytick.labelsize": SMALLEST_PT,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.fontsize": SMALLEST_PT,
    "legend.title_fontsize": SMALLEST_PT,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "svg.hashsalt": "compendium",  # without it element names, and so the files, differ each time
    "svg.fonttype": "path",
}
CLIP = re.compile(rb'<clipPath id="(p[0-9a-f]{10})">\s*(.*?)\s*</clipPath>', re.DOTALL)
SCHEME = "scheme"  # label of a figure that shows no data


def apply_style() -> None:
    """Set the style for all figures made from here on."""
    mpl.rcParams.update(STYLE)


def new_figure(
    width: Literal["single", "double"] = "single", height_mm: float = 65.0, *, scheme: bool = False
) -> Figure:
    """An empty figure at a journal's column width, in the compendium's style, tightly laid out.

    Args:
        width: one column or two.
        height_mm: without the mark of synthetic data.
        scheme: it will show no data, so that no mark belongs on it.
    """
    apply_style()
    size = (WIDTH_MM[width] / MM_PER_INCH, height_mm / MM_PER_INCH)
    return Figure(figsize=size, layout="constrained", label=SCHEME if scheme else "")


def said(reason: str, width: Literal["single", "double"] = "single") -> Figure:
    """A figure that says why there is nothing to draw."""
    lines = textwrap.wrap(reason, WRAP[width])
    figure = new_figure(width, height_mm=14 + 4 * len(lines))
    figure.text(
        0.5, 0.5, "\n".join(lines), ha="center", va="center", style="italic", color=GREY
    )  # fmt: skip
    return figure


def letter(panels: Iterable[Axes]) -> None:
    """Name panels a, b, c, … at their upper left."""
    for name, axes in zip("abcdefgh", panels, strict=False):
        axes.set_title(name, loc="left", weight="bold")


def stamp_synthetic(figure: Figure) -> None:
    """Mark a figure as showing synthetic data, below everything it draws; a scheme shows none."""
    if figure.get_label() == SCHEME:
        return
    width, height = figure.get_size_inches()
    strip_inches = 0.16
    figure.set_size_inches(width, height + strip_inches)
    engine = figure.get_layout_engine()
    share = strip_inches / (height + strip_inches)
    if engine is not None:
        engine.set(rect=(0, share, 1, 1 - share))  # type: ignore[call-arg]
    else:
        figure.subplots_adjust(bottom=max(figure.subplotpars.bottom, 2 * share))
    figure.text(
        0.995, 0.01, "SYNTHETIC DATA", ha="right", va="bottom", color=VERMILION, weight="bold"
    )


def as_svg(figure: Figure, title: str = "") -> bytes:
    """The figure as an SVG file, the same whenever it is drawn.

    The layout's last bits are not those of the last time, and matplotlib names what cuts a drawing
    off by them; here it is named by what the file says of it.
    """
    drawn = io.BytesIO()
    told = {"Date": None} | ({"Title": title} if title else {})
    figure.savefig(drawn, format="svg", metadata=told)
    svg = drawn.getvalue()
    for name, content in CLIP.findall(svg):
        svg = svg.replace(name, b"p" + hashlib.sha256(content).hexdigest()[:10].encode())
    return svg


def plain_log_ticks(axes: Axes, values: np.ndarray) -> None:
    """Round ticks written out on a logarithmic y axis, and limits that hold the values."""
    finite = values[np.isfinite(values) & (values > 0)]
    low, high = float(finite.min()) / 1.25, float(finite.max()) * 1.25
    bases = (1, 2, 5) if high / low > 10 else (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [base * 10.0**power for power in powers for base in bases]
    axes.set_ylim(low, high)
    axes.yaxis.set_major_locator(FixedLocator([t for t in ticks if low <= t <= high]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
