"""Figures as others see them: kept, drawn again, grouped, or left out with the reason."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module

import pandas as pd

from compendium.figures.style import as_svg, said
from compendium.public_forms import Form, Grouped, LeftOut, Redrawn, Steps
from compendium.results.record import Output
from compendium.rows import Row, Sensitivity
from compendium.suppression.counts import QUOTED, Counts
from compendium.suppression.grouped import draw_grouped, draw_steps, grouped_people, public_steps

PERSONS = LeftOut("a mark is of one person")
COUNTING = LeftOut("it names counts that are not shown to others")
MARKS = re.compile(r"[.:;] ")  # what follows tells of the marks, which are others here
DRAWN_TEXT = re.compile(r"<!--(.*?)-->", re.DOTALL)


@dataclass(frozen=True)
class Shared:
    """A figure as others see it.

    Attributes:
        output: its record.
        svg: the picture.
        data: the rows that it draws, where these are groups of the persons of the record's.
    """

    output: Output
    svg: bytes
    data: pd.DataFrame | None = None


def public_figure(
    output: Output,
    svg: bytes,
    data: pd.DataFrame | None,
    tables: Mapping[str, pd.DataFrame],
    counts: Counts,
) -> Shared:
    """A figure as others see it.

    Args:
        output: the record of a figure.
        svg: as the notebook drew it.
        data: the rows that it draws, as the notebook published them; None where it has none.
        tables: public tables by id; `fig_<id>` has the figure's own rows.
        counts: how counts are shown.
    """
    form = output.form or _otherwise(output, svg.decode())
    if form is None:
        return Shared(_described(output, counts), svg)
    match form:
        case Grouped() if data is not None:
            dots = grouped_people(data, form, counts)
            drawing = draw_grouped(dots, form, counts.least)
            described = _described(output, counts, _of_groups(form, counts))
            return Shared(described, as_svg(drawing), dots)
        case Steps(by) if data is not None:
            steps = public_steps(data, by, counts)
            note = f"Here a step is of {counts.least} events or more; nobody censored has a mark."
            drawing = draw_steps(steps, counts.least)
            return Shared(_described(output, counts, note), as_svg(drawing), steps)
        case Redrawn(function, others, arguments, note) if set(others) <= set(tables):
            frames = [tables[name] for name in others]
            module, _, name = function.rpartition(".")
            drawing = getattr(import_module(module), name)(*frames, **arguments)
            return Shared(_described(output, counts, note), as_svg(drawing))
        case _:
            reason = form.reason if isinstance(form, LeftOut) else PERSONS.reason
            note = f"Not shown in this copy: {reason}."
            return Shared(_described(output, counts, note), as_svg(said(note, "double")))


def _otherwise(output: Output, svg: str) -> Form | None:
    """What becomes of a figure that does not say it: None where all may see it."""
    if output.sensitivity is Sensitivity.NONE:
        return None
    if output.rows is Row.STEP:
        return Steps()
    if output.sensitivity is Sensitivity.PERSON:
        return PERSONS
    counted = any(QUOTED.search(text) for text in DRAWN_TEXT.findall(svg))
    return COUNTING if counted else None


def _of_groups(form: Grouped, counts: Counts) -> str:
    dot = f"Here a dot is the mean of {counts.least} patients or more."
    return f"{dot} {form.note}".strip()


def _described(output: Output, counts: Counts, note: str = "") -> Output:
    said = counts.text(output.caption)
    caption = f"{MARKS.split(said)[0].rstrip('.')}. {note}" if note else said
    row = Row.GROUP if note and output.sensitivity is not Sensitivity.NONE else output.rows
    alt = f"{counts.text(output.alt)}. {note}".removesuffix(". ")
    public = replace(output, caption=caption, alt=alt, public={})
    return replace(public, rows=row, sensitivity=row.sensitivity)
