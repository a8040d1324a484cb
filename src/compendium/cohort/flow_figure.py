"""The flow of patients (STROBE), drawn from the ledger; and what is missing in the tables."""

import re
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from compendium.figures.style import COLOURS, WIDTH_MM, new_figure, said

FONT_POINTS = 7.0
LINE_MM = 3.4
RULE_MM = 8.0
PADDING_MM = 1.8
GAP_MM = 7.0
MARGIN_MM = 2.0
BOX_GAP_MM = 4.0
PAGE_MM = WIDTH_MM["double"] - 2 * MARGIN_MM
SLOT_MM = PAGE_MM / 3
BOX_MM = SLOT_MM - BOX_GAP_MM
SIDE_MM = 1.85 * SLOT_MM


@dataclass(frozen=True)
class _Box:
    """A box by its centre and size, in mm; y grows upwards."""

    x: float
    y: float
    width: float
    height: float

    @property
    def top(self) -> float:
        return self.y + self.height / 2

    @property
    def bottom(self) -> float:
        return self.y - self.height / 2


def flow_diagram(flow: pd.DataFrame, groups: pd.DataFrame) -> Figure:
    """A STROBE flow diagram of one study: candidates, exclusions by rule, groups.

    Args:
        flow: the study's rows of `membership.flow_of`.
        groups: the study's rows of `populations.flow_groups`.
    """
    if flow.empty:
        return said("nobody is a candidate")
    candidates, eligible = flow["before"].iloc[0], flow["after"].iloc[-1]
    reasons = [("", "Excluded", _excluded(candidates, eligible))]
    reasons += [
        (rule, _reason(text), removed)
        for rule, text, removed in flow[["rule", "text", "removed"]].to_numpy()
    ]
    levels = _levels(groups)
    side_mm = _height(len(reasons))
    below_mm = len(levels) * (GAP_MM + _height(2))
    height_mm = 2 * _height(2) + side_mm + 2 * BOX_GAP_MM + below_mm + 2 * MARGIN_MM
    figure = new_figure("double", height_mm)
    axes = _page(figure, height_mm)
    x = MARGIN_MM + SLOT_MM / 2
    first = _Box(x, height_mm - MARGIN_MM - _height(2) / 2, BOX_MM, _height(2))
    side_x = MARGIN_MM + PAGE_MM - BOX_GAP_MM / 2 - SIDE_MM / 2
    side = _Box(side_x, first.bottom - BOX_GAP_MM - side_mm / 2, SIDE_MM, side_mm)
    last = _Box(x, side.bottom - BOX_GAP_MM - _height(2) / 2, BOX_MM, _height(2))
    _draw(axes, first, f"Candidates\nn = {candidates}")
    _list(axes, side, reasons)
    _draw(axes, last, f"Eligible\nn = {eligible}")
    _line(axes, [(x, first.bottom), (x, last.top)])
    _line(axes, [(x, side.y), (side.x - side.width / 2, side.y)])
    _branches(axes, levels, {"": last})
    return figure


def group_tree(root: str, patients: object, groups: pd.DataFrame) -> Figure:
    """Groups below those whom they are part of, level by level.

    Args:
        root: name of all of them; `patients`, how many they are.
        groups: as `populations.flow_groups` returns, of one study.
    """
    levels = _levels(groups)
    below_mm = len(levels) * (GAP_MM + _height(2))
    height_mm = _height(2) + below_mm + 2 * MARGIN_MM
    figure = new_figure("double", height_mm)
    axes = _page(figure, height_mm)
    middle, top = MARGIN_MM + PAGE_MM / 2, height_mm - MARGIN_MM
    box = _Box(middle, top - _height(2) / 2, BOX_MM, _height(2))
    _draw(axes, box, f"{root}\nn = {patients}")
    _branches(axes, levels, {"": box})
    return figure


def flow_from(flow: pd.DataFrame, groups: pd.DataFrame, study: str) -> Figure:
    """The diagram of one study, from tables of all as they are published.

    Args:
        flow: the table `eligibility_flow`; groups: `groups`, or the sets of one study.
    """
    own = groups[groups["study"] == study] if "study" in groups else groups
    return flow_diagram(flow[flow["study"] == study], own)


def tree_from(groups: pd.DataFrame, parts: pd.DataFrame, root: str, of: str) -> Figure:
    """Groups below one of a published table of groups.

    Args:
        groups: the table `groups`; of: which of them is at the root.
        parts: as `group_tree` takes; root: the name of all.
    """
    return group_tree(root, groups.loc[groups["group"] == of, "patients"].iloc[0], parts)


def _excluded(candidates: object, eligible: object) -> object:
    """How many are left out; what is shown of both where either is not a number."""
    try:
        return int(candidates) - int(eligible)  # type: ignore[call-overload]
    except ValueError:
        return f"{candidates} less {eligible}"


def _reason(text: str) -> str:
    """A removal in words: an inclusion criterion that is not met, or an exclusion that is."""
    kind, words = text.split(": ", 1)
    plain = f"not met: {words[0].lower()}{words[1:]}" if kind == "Inclusion" else words
    return re.sub(r"\b(\d{2,3})I\b", r"$^{\1}$I", plain)


def _levels(groups: pd.DataFrame) -> list[list[tuple[str, str, str]]]:
    """Groups by depth: (group, parent, text)."""
    texts = groups["label"] + "\nn = " + groups["patients"].astype(str)
    rows = list(zip(groups["group"], groups["parent"], texts, strict=True))
    levels: list[list[tuple[str, str, str]]] = []
    parents = {""}
    while parents:
        levels.append([row for row in rows if row[1] in parents])
        parents = {group for group, _, _ in levels[-1]}
    return [level for level in levels if level]


def _branches(
    axes: Axes, levels: list[list[tuple[str, str, str]]], parents: dict[str, _Box]
) -> None:
    """Each level of groups below its parents, spread over the page's width."""
    for level in levels:
        slot = PAGE_MM / max(len(level), 3)
        top = min(box.bottom for box in parents.values()) - GAP_MM
        boxes: dict[str, _Box] = {}
        for position, (group, parent, text) in enumerate(level):
            x = parents[parent].x if len(level) == 1 else MARGIN_MM + slot * (position + 0.5)
            box = _Box(x, top - _height(2) / 2, slot - BOX_GAP_MM, _height(2))
            _draw(axes, box, text, COLOURS.get(group, "black"))
            bend = top + GAP_MM / 2
            above = parents[parent]
            _line(axes, [(above.x, above.bottom), (above.x, bend), (x, bend), (x, top)])
            boxes[group] = box
        parents = boxes


def _height(lines: int) -> float:
    return lines * LINE_MM + 2 * PADDING_MM


def _page(figure: Figure, height_mm: float) -> Axes:
    """Axes over the whole figure, in mm."""
    axes = figure.add_subplot()
    axes.set_xlim(0, WIDTH_MM["double"])
    axes.set_ylim(0, height_mm)
    axes.set_axis_off()
    return axes


def _draw(axes: Axes, box: _Box, text: str, colour: str = "black") -> None:
    """A box with its text in the middle."""
    _frame(axes, box, colour)
    axes.text(box.x, box.y, text, ha="center", va="center", fontsize=FONT_POINTS, linespacing=1.35)


def _list(axes: Axes, box: _Box, entries: list[tuple[str, str, object]]) -> None:
    """A box with one line an entry: rule, words, and the numbers below each other at the right."""
    _frame(axes, box, "black")
    left, right = box.x - box.width / 2 + PADDING_MM, box.x + box.width / 2 - PADDING_MM
    for position, (rule, words, patients) in enumerate(entries):
        y = box.top - PADDING_MM - (position + 0.5) * LINE_MM
        weight = "bold" if position == 0 else "normal"
        common: Any = {"y": y, "va": "center_baseline", "fontsize": FONT_POINTS, "weight": weight}
        axes.text(left, s=rule, ha="left", **common)
        axes.text(left + RULE_MM * bool(rule), s=words, ha="left", **common)
        axes.text(right, s=f"n = {patients}", ha="right", **common)


def _frame(axes: Axes, box: _Box, colour: str) -> None:
    corner = (box.x - box.width / 2, box.bottom)
    axes.add_patch(
        Rectangle(corner, box.width, box.height, facecolor="white", edgecolor=colour, lw=0.9)
    )


def _line(axes: Axes, points: list[tuple[float, float]]) -> None:
    """A line along the points, with an arrow's head at its end."""
    xs, ys = zip(*points[:-1], strict=True)
    if len(points) > 2:
        axes.plot(xs, ys, color="black", lw=0.7, solid_joinstyle="miter", clip_on=False)
    axes.annotate(
        "",
        xy=points[-1],
        xytext=points[-2],
        arrowprops={"arrowstyle": "-|>", "lw": 0.7, "color": "black", "shrinkA": 0, "shrinkB": 0},
    )
