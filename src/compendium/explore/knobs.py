"""Sliders and choices for rules, with groups, flow and primary estimates beside the published."""

import html
import math
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from compendium.errors import UserError
from compendium.explore.opened import Opened
from compendium.explore.trying import SCORING, Trying, WhatIf
from compendium.files import project_root
from compendium.limits import Limit, plain
from compendium.rules import Rules
from compendium.settings import Settings
from compendium.studies import trop2, tsh124i

# What is offered at first, by study; `names` of `explore.sliders` asks for any other.
OFFERED = {
    trop2.CODE: (
        "tg_ratio", "tg_post_days", "r3_months", "long_term_months", "rapid_months",
        "stable_months", "trop2_nodes_count", "reader_rule", "block_rule",
    ),
    tsh124i.CODE: (
        "avid_sds", "avid_ratio", "detection_limit_suv", "tsh124i_nodes_count", "min_age_years",
    ),
}  # fmt: skip
WIDE = widgets.Layout(width="520px")
LABEL = {"description_width": "190px"}
STEPS = 40  # of a slider, about


class Sliders(widgets.VBox):  # type: ignore[misc]  # of a library without types
    """Rules to be moved, and what they lead to.

    Args:
        opened: the study.
        names: of rules and settings of scoring; those of the study's parts where none is given.
    """

    def __init__(self, opened: Opened, names: tuple[str, ...] = ()) -> None:
        self.trying = Trying(opened)
        codes = set(opened.tables["patient"]["study"])
        offered = [name for code, many in OFFERED.items() if code in codes for name in many]
        chapter = opened.settings("02_trop2_ihc")
        self.own = {name: self._own(opened, chapter, name) for name in names or offered}
        self.knobs = {name: knob_of(name, value) for name, value in self.own.items()}
        self.shown = widgets.HTML()
        self.said = widgets.HTML()
        self.file = widgets.Text("what_if.yml", description="Sweep file")
        for knob in self.knobs.values():
            knob.observe(lambda _: self.show(), "value")
        super().__init__([*self.knobs.values(), self._buttons(), self.said, self.shown])
        self.tried: WhatIf | None = None
        self.show()

    @staticmethod
    def _own(opened: Opened, chapter: dict[str, Any], name: str) -> Any:
        return plain(chapter[name] if name in SCORING else opened.rules[name])

    def _buttons(self) -> widgets.Widget:
        back = widgets.Button(description="Back to the study's", layout={"width": "auto"})
        keep = widgets.Button(description="Write this setting to a sweep", layout={"width": "auto"})
        back.on_click(lambda _: self.back())
        keep.on_click(lambda _: self.keep())
        return widgets.HBox([back, self.file, keep])

    @property
    def setting(self) -> dict[str, Any]:
        """What differs from the study's own."""
        values = {name: _typed(plain(knob.value)) for name, knob in self.knobs.items()}
        return {name: value for name, value in values.items() if value != self.own[name]}

    def show(self) -> None:
        """Work out and show what the setting leads to."""
        try:
            self.tried = self.trying.under(self.setting)
        except UserError as reason:
            self._say(f"Refused. {reason}")
            return
        self.shown.value = self.tried._repr_html_()
        self._say("")

    def back(self) -> None:
        """Set every rule to the study's own."""
        for name, knob in self.knobs.items():
            knob.value = tuple(own) if isinstance(own := self.own[name], list) else own

    def keep(self) -> None:
        """Write the setting to a new sweep file, in the project's folder unless it says another."""
        path = project_root() / Path(self.file.value)
        try:
            if self.tried is not None:
                self.tried.to_sweep(path)
                self._say(f"Written to {path}. The command sweep runs it.")
        except UserError as reason:
            self._say(f"Refused. {reason}")

    def _say(self, text: str) -> None:
        self.said.value = f"<p>{html.escape(text)}</p>" if text else ""


def _typed(value: Any) -> Any:
    """A slider's value as one would type it: 0.7, where the browser says 0.7000000000000001."""
    if isinstance(value, list):
        return [_typed(one) for one in value]
    return float(f"{value:.12g}") if isinstance(value, float) else value


def knob_of(name: str, value: Any) -> Any:
    """A slider, box or choice for a rule or a setting of scoring, at a value.

    Args:
        name: of it; value: the study's own.
    """
    limit = limit_of(name)
    words = f"{limit.meaning}, {limit.unit}".removesuffix(", ")
    usual = {"description": name, "layout": WIDE, "style": LABEL, "tooltip": words}
    if isinstance(value, bool):
        return widgets.Checkbox(value, **usual)
    if isinstance(value, str):
        return widgets.Dropdown(options=[*limit.choices] or [value], value=value, **usual)
    usual["continuous_update"] = True
    low, high = _ends(limit, value)
    if isinstance(value, list):
        kind = widgets.IntRangeSlider if isinstance(value[0], int) else widgets.FloatRangeSlider
        return kind(value=tuple(value), min=low, max=high, **usual)
    if isinstance(value, int):
        return widgets.IntSlider(value, min=low, max=high, **usual)
    return widgets.FloatSlider(value, min=low, max=high, step=_step(high - low), **usual)


def limit_of(name: str) -> Limit[Any]:
    """What is declared of a rule or a setting of scoring."""
    return Rules.declared.get(name) or Settings.declared[name]


def _ends(limit: Limit[Any], value: Any) -> tuple[Any, Any]:
    """From where to where a slider goes: about the study's own value, within what is possible."""
    numbers = value if isinstance(value, list) else [value]
    ends = limit.ends
    least = ends["ge"] if ends["ge"] is not None else ends["gt"]
    most = ends["le"] if ends["le"] is not None else ends["lt"]
    high = 2 * max(numbers) or 10
    low, high = max(least or 0, 0), min(high, most) if most is not None else high
    whole = all(isinstance(number, int) for number in numbers)
    step = 1 if whole else _step(high - low)
    low = low + step if ends["gt"] is not None and low == ends["gt"] else low
    high = high - step if ends["lt"] is not None and high == ends["lt"] else high
    low = min([low, *numbers])  # where the study's own value lies below the first step
    return (int(low), int(high)) if whole else (float(low), float(high))


def _step(width: float) -> float:
    """A round step of a slider of this width."""
    rough = width / STEPS
    unit = 10.0 ** math.floor(math.log10(rough))
    return min((unit * n for n in (1, 2, 5, 10)), key=lambda step: abs(step - rough))
