"""A published table as notebooks and book show it: words, units, formats, no raw missing value."""

import html
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from compendium import formatting

HIDDEN_COUNT = re.compile(r"[<≥]?\d+|…")


def html_table(
    frame: pd.DataFrame,
    caption: str,
    formats: Mapping[str, str],
    headings: Mapping[str, str],
    max_rows: int,
    file: str,
    instead: Mapping[tuple[int, str], str] = MappingProxyType({}),
) -> str:
    """A table as HTML that scrolls sideways where the page is narrow.

    Args:
        frame: its rows, of which the first are shown.
        caption: one sentence, or empty.
        formats: Python format spec (or `p`) by column.
        headings: the columns to show, in order, with what stands above each.
        max_rows: how many rows are shown.
        file: where all are.
        instead: what stands in cells, by place of the row and column, in place of their values.
    """
    rest = f"<p>{max_rows} of {len(frame)} rows; all are in <code>{file}</code>.</p>"
    rest = rest if len(frame) > max_rows else ""
    texts = {c: "" for c in headings if is_text(frame[c])}
    frame = frame[list(headings)].astype(dict.fromkeys(texts, object)).fillna(texts).head(max_rows)
    number = {c: " class=number" * _is_number(frame[c]) for c in headings}
    head = "".join(
        f'<th scope="col"{number[c]}>{html.escape(heading)}</th>' for c, heading in headings.items()
    )
    specs = {c: formats.get(c) or _default_format(frame[c]) for c in headings}
    rows = [
        "".join(
            f"<td{number[c]}>{html.escape(instead.get((place, c)) or _cell(row[c], specs[c]))}</td>"
            for c in headings
        )
        for place, row in enumerate(frame.to_dict("records"))
    ]
    body = "".join(f"<tr>{cells}</tr>" for cells in rows)
    title = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="table-scroll" tabindex="0"><table class="results">{title}<thead><tr>{head}'
        f"</tr></thead><tbody>{body}</tbody></table></div>{rest}"
    )


def is_text(column: "pd.Series[Any]") -> bool:
    """True for a column that holds nothing but text; what is missing there is shown empty."""
    if pd.api.types.is_numeric_dtype(column):
        return False
    return all(isinstance(value, str) for value in column.dropna())


def _is_number(column: "pd.Series[Any]") -> bool:
    """True for numbers, and for counts of which some are shown as `<5`, `≥5` or `…`."""
    kinds = pd.api.types
    if kinds.is_numeric_dtype(column):
        return not kinds.is_bool_dtype(column)
    known = column.dropna().tolist()
    return bool(known) and all(HIDDEN_COUNT.fullmatch(str(value)) for value in known)


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
    shown = formatting.value(value.item() if isinstance(value, np.generic) else value, spec)
    return formatting.isotopes(shown) if isinstance(value, str) else shown
