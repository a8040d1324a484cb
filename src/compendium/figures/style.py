"""One plot style for the whole book: journal widths, safe colours, the SYNTHETIC mark."""

from typing import Any, Literal

import matplotlib as mpl
from cycler import cycler
from matplotlib.figure import Figure

MM_PER_INCH = 25.4
WIDTH_MM = {"single": 89.0, "double": 183.0}

# Okabe & Ito's palette (Color Universal Design, 2008), told apart in the three common kinds of
# colour blindness; the same group has the same colour in every figure.
BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, YELLOW, GREY = "#56B4E9", "#CC79A7", "#F0E442", "#595959"
COLOURS = {
    "responder": BLUE,
    "non_responder": VERMILION,
    "indeterminate": GREY,
    "rapid": PURPLE,
    "stable": GREEN,
    "low": SKY,
    "high": ORANGE,
    "neutral": GREY,
}
CYCLE = [BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, GREY]

STYLE: Any = {
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 7,
    "axes.titlesize": 8,
    "axes.labelsize": 7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.prop_cycle": cycler(color=CYCLE),
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.fontsize": 6.5,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "svg.hashsalt": "compendium",  # without it element names, and so the files, differ each time
    "svg.fonttype": "path",
}


def apply_style() -> None:
    """Set the style for all figures made from here on."""
    mpl.rcParams.update(STYLE)


def new_figure(width: Literal["single", "double"] = "single", height_mm: float = 65.0) -> Figure:
    """An empty figure at a journal's column width, in the compendium's style, tightly laid out."""
    apply_style()
    size = (WIDTH_MM[width] / MM_PER_INCH, height_mm / MM_PER_INCH)
    return Figure(figsize=size, layout="constrained")


def stamp_synthetic(figure: Figure) -> None:
    """Mark a figure as showing synthetic data, below everything it draws."""
    width, height = figure.get_size_inches()
    strip_inches = 0.14
    figure.set_size_inches(width, height + strip_inches)
    engine = figure.get_layout_engine()
    share = strip_inches / (height + strip_inches)
    if engine is not None:
        engine.set(rect=(0, share, 1, 1 - share))  # type: ignore[call-arg]
    else:
        figure.subplots_adjust(bottom=max(figure.subplotpars.bottom, 2 * share))
    figure.text(
        0.995,
        0.01,
        "SYNTHETIC DATA",
        ha="right",
        va="bottom",
        fontsize=6,
        color=VERMILION,
        weight="bold",
    )
