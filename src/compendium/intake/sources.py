"""A hospital's files as tables: header found among titles, totals and blank rows named, left out.

Nothing is changed but what a file does to its own cells: checkboxes of one question become one
column, a cell merged over several rows stands in each of them, and a number that is shown with
leading zeros keeps them.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from compendium.errors import InputError
from compendium.study.cells import read_text
from compendium.study.spreadsheets import (
    formulas_without_result,
    merged_down,
    read_lines,
    read_sheets,
)

HEADER_WITHIN = 30
_TOTAL = re.compile(
    r"(合计|总计|小计|共计|总和|平均|均值|total|sum|mean|average|subtotal)\b.*", re.I
)
_NOTE = re.compile(r"(注|备注|说明|制表|填表|统计|note|remark|prepared|source)\s*[::].*", re.I)
_RAW_BOX = re.compile(r"(.+)___(.+)")
_LABELLED_BOX = re.compile(r"(.+) \(choice=(.+)\)")
_CHECKED = {"1": True, "checked": True, "0": False, "unchecked": False, "": False}


@dataclass(frozen=True)
class Source:
    """A table of a hospital's file.

    Attributes:
        file: as messages name it; `sheet` is empty for a CSV file.
        cells: text, or Excel's own dates and numbers, one column a header; the index is the row.
        skipped: rows that are left out, and why.
        also_called: other words for a column, from the project's own data dictionary.
    """

    file: str
    sheet: str
    cells: pd.DataFrame
    skipped: Sequence[tuple[int, str]] = field(default_factory=list)
    also_called: Mapping[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """File and sheet."""
        return f"{self.file}, sheet {self.sheet}" if self.sheet else self.file


def read_sources(paths: Sequence[Path]) -> list[Source]:
    """All tables of the files, in their order.

    Raises:
        InputError: a file cannot be read, or has no table.
    """
    sources: list[Source] = []
    for path in paths:
        try:
            sheets, stale = _sheets_of(path)
        except (OSError, ValueError) as error:
            raise InputError(
                f"{path.name}: it cannot be read ({error}); expected an .xlsx workbook without a "
                "password, or a CSV file. Open it in Excel and save it again."
            ) from error
        if stale:
            title, row, _, formula = stale[0]
            raise InputError(
                f"{path.name}, sheet {title}, row {row}: {formula} has no result yet; expected a "
                "value. Open the workbook in Excel and save it."
            )
        found = [_table(path.name, title, lines) for title, lines in sheets.items()]
        tables = [table for table in found if table is not None]
        if not tables:
            raise InputError(f"{path.name}: no table here; expected a header over rows of cells.")
        sources += tables
    return sources


def _sheets_of(path: Path) -> tuple[dict[str, list[list[Any]]], list[tuple[str, int, str, str]]]:
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        sheets, merged = read_sheets(path), merged_down(path)
        filled = {name: _unmerged(lines, merged.get(name, [])) for name, lines in sheets.items()}
        return filled, formulas_without_result(path)
    return {"": [*read_lines(path.read_bytes())]}, []


def _unmerged(lines: list[list[Any]], merged: list[tuple[int, int, int]]) -> list[list[Any]]:
    """The lines with what stands in a cell that is merged over several rows in each of them."""
    for column, first, last in merged:
        if first <= len(lines) and column <= len(lines[first - 1]):
            for line in lines[first:last]:
                line[column - 1 : column] = [lines[first - 1][column - 1]]
    return lines


def _table(file: str, sheet: str, lines: list[list[Any]]) -> Source | None:
    at = _header_at(lines)
    if at is None:
        return None
    header = _named(lines, at)
    used = [i for i, name in enumerate(header) if name]
    skipped = [(row, "above the header") for row in range(1, at + 1) if _filled(lines[row - 1])]
    numbers, rows = [], []
    for row, line in enumerate(lines[at + 1 :], start=at + 2):
        cells = [line[i] if i < len(line) else None for i in used]
        reason = _no_observation(cells, [str(lines[at][i]) for i in used])
        if reason:
            skipped.append((row, reason))
            continue
        if any(_text(cell) for i, cell in enumerate(line) if i >= len(header) or not header[i]):
            raise InputError(
                f"{file}{', sheet ' + sheet if sheet else ''}, row {row}: a cell under no header; "
                "expected a name above each column. Name the column, or delete the cell."
            )
        numbers.append(row)
        rows.append([cell.strip() if isinstance(cell, str) else cell for cell in cells])
    names = [header[i] for i in used]
    table = pd.DataFrame(rows, index=pd.Index(numbers), columns=pd.Index(names), dtype=object)
    return Source(file, sheet, _boxes_joined(table), skipped)


def _header_at(lines: list[list[Any]]) -> int | None:
    """The row that names the columns: the first that is as full as the rows under it, all words."""
    counts = [len(_filled(line)) for line in lines]
    widest = max(counts[: HEADER_WITHIN * 4], default=0)
    for at, line in enumerate(lines[:HEADER_WITHIN]):
        filled = _filled(line)
        words = all(isinstance(cell, str) and not _is_number(cell) for cell in filled)
        if words and len(filled) >= max(2, 0.6 * widest) and len(set(map(str, filled))) > 1:
            below = lines[at + 1] if at + 1 < len(lines) else []
            under = _filled(below)
            deeper = all(isinstance(c, str) and not _is_number(c) for c in under)
            if len(under) > len(filled) and deeper and len(filled) < 0.9 * widest:
                continue  # a row of groups over the header proper
            return at
    return None


def _named(lines: list[list[Any]], at: int) -> list[str]:
    """The header's names; one that is there twice takes the group above it, else its number."""
    names = [_text(cell) for cell in lines[at]]
    twice = {name for name, n in Counter(names).items() if n > 1 and name}
    if twice and at > 0 and len(_filled(lines[at - 1])) > 1:
        group, groups = "", []
        above = [_text(cell) for cell in lines[at - 1]]
        for cell in [*above, *[""] * (len(names) - len(above))]:
            group = cell or group
            groups.append(group)
        names = [f"{g} {n}" if n in twice and g else n for g, n in zip(groups, names, strict=False)]
    seen: Counter[str] = Counter()
    for i, name in enumerate(names):
        seen[name] += 1
        if name and seen[name] > 1:
            names[i] = f"{name} ({seen[name]})"
    return names


def _no_observation(cells: list[Any], header: list[str]) -> str:
    """Why a row is no observation, or nothing."""
    filled = [text for cell in cells if (text := _text(cell))]
    if not filled:
        return "blank"
    if any(_TOTAL.fullmatch(text) for text in filled[:2]):
        return f"a total ({filled[0][:12]})"
    if len(cells) > 3 and len(filled) <= 2 and _NOTE.fullmatch(filled[0]):
        return "a note"
    if [_text(cell) for cell in cells] == header:
        return "the header again"
    return ""


def _boxes_joined(cells: pd.DataFrame) -> pd.DataFrame:
    """REDCap's checkboxes of one question as one column of what is checked."""
    joined: dict[str, dict[str, str]] = {}
    for name in map(str, cells):
        found = _RAW_BOX.fullmatch(name) or _LABELLED_BOX.fullmatch(name)
        if found and set(cells[name].map(_text).str.lower()) <= set(_CHECKED):
            joined.setdefault(found[1], {})[name] = found[2]
    for question, boxes in joined.items():
        checked = [cells[name].map(lambda c: _CHECKED[_text(c).lower()]) for name in boxes]
        marks = zip(*checked, strict=True)
        texts = ["; ".join(c for c, on in zip(boxes.values(), row, strict=True) if on)
                 for row in marks]  # fmt: skip
        cells = cells.drop(columns=list(boxes))
        cells[question] = pd.Series(texts, index=cells.index, dtype=object)
    return cells


def _filled(line: Sequence[Any]) -> list[Any]:
    return [cell for cell in line if _text(cell)]


def _text(cell: Any) -> str:
    """A cell as text; a date year first."""
    if cell is None or (isinstance(cell, float) and cell != cell):
        return ""
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return read_text(cell).strip()


as_text = _text


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"[\d\s.,/年月日:-]+", cell.strip()) is not None
