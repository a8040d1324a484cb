"""A published table as notebooks and book show it: words, units, formats, no raw missing value."""

import html
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from compendium import formatting


def html_table(
    frame: pd.DataFrame,
    caption: str,
    formats: Mapping[str, str],
    headings: Mapping[str, str],
    max_rows: int,
    file: str,
) -> str:
    """A table as HTML that scrolls sideways where the page is narrow.

    Args:
        frame: its rows, of which the first are shown.
        caption: one sentence, or empty.
        formats: Python format spec (or `p`) by column.
        headings: the columns to show, in order, with what stands above each.
        max_rows: how many rows are shown.
        file: where all are.
    """
    total, frame = len(frame), frame.head(max_rows)
    kinds = pd.api.types
    numeric = {
        c
        for c in headings
        if kinds.is_numeric_dtype(frame[c]) and not kinds.is_bool_dtype(frame[c])
    }
    specs = {c: formats.get(c) or _default_format(frame[c]) for c in headings}
    head = "".join(
        f'<th scope="col"{" class=number" if c in numeric else ""}>{html.escape(h)}</th>'
        for c, h in headings.items()
    )
    rows = []
    for record in frame[list(headings)].to_dict("records"):
        texts = {c: html.escape(_cell(v, specs[str(c)])) for c, v in record.items()}
        cells = "".join(
            f"<td{' class=number' if c in numeric else ''}>{text}</td>" for c, text in texts.items()
        )
        rows.append(f"<tr>{cells}</tr>")
    rest = f"<p>{max_rows} of {total} rows; all are in <code>{file}</code>.</p>"
    rest = rest if total > max_rows else ""
    title = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="table-scroll" tabindex="0"><table class="results">{title}<thead><tr>{head}'
        f"</tr></thead><tbody>{''.join(rows)}</tbody></table></div>" + rest
    )


def _default_format(column: "pd.Series[Any]") -> str:
    """None, one or two decimals: one where no value has more, or where all are 10 or more."""
    if not pd.api.types.is_float_dtype(column):
        return "d"
    finite = column[np.isfinite(column.astype(float))]
    if (finite == finite.round()).all():
        return "d"
    one = (finite == finite.round(1)).all() or (finite.abs() >= 10).all()
    return ".1f" if one and len(finite) > 1 else ".2f"


def _cell(value: object, spec: str) -> str:
    if value is pd.NA or value is pd.NaT:
        return formatting.DASH
    if isinstance(value, str) and (value in formatting.WORDS or formatting.CODE.fullmatch(value)):
        return formatting.words(value)
    return formatting.value(value.item() if isinstance(value, np.generic) else value, spec)
