"""The mapping of a hospital's columns and values: proposed, edited by a person, replayed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from compendium.intake.dates import as_date
from compendium.intake.redcap import fields_of
from compendium.intake.sources import Source, as_text
from compendium.intake.vocabulary import (
    LEFT_OUT,
    plain_value,
    propose,
    target_column,
    targets,
    unit_factor,
    value_words,
)
from compendium.study.cells import CellError, read_number, read_whole, split_sign
from compendium.tables import Column

DATE_READINGS = (
    "year first",
    "day first",
    "month first",
    "yyyymmdd",
    "Excel number",
    "days since day 0",
)
ID = "patient.patient_id"
KEPT_HERE = ("patient.index_date", "patient.note")
SHOWN_EXAMPLES = 3
_NUMBERED = {"rai_course.course": "{n}", "lesion.lesion_id": "L{n}", "ihc_read.reader_id": "R{n}"}


@dataclass(frozen=True)
class ColumnRule:
    """What becomes of a source's column.

    Attributes:
        sheet, column: the source; examples: some of its cells, identifiers masked.
        target: table.column of the study, or `(left out)`.
        number: which of several of a table this column belongs to (first course: 1).
        factor: by which numbers are multiplied; None where nobody has said.
        dates: one of DATE_READINGS, or empty.
    """

    sheet: str
    column: str
    examples: str
    target: str
    number: int = 1
    factor: float | None = 1.0
    dates: str = ""


@dataclass(frozen=True)
class ValueRule:
    """What a value becomes: a code, `(missing)`, `(missing: reason)`, or empty: not decided."""

    target: str
    value: str
    count: int
    becomes: str


@dataclass(frozen=True)
class RowFilter:
    """Rows of a sheet that are kept, or left out, by a column's value."""

    sheet: str
    column: str
    keep: bool
    value: str


@dataclass
class Mapping:
    """All rules of a study's intake; `fixed` has the value of columns that no source has."""

    columns: list[ColumnRule] = field(default_factory=list)
    values: list[ValueRule] = field(default_factory=list)
    filters: list[RowFilter] = field(default_factory=list)
    fixed: dict[str, str] = field(default_factory=dict)


def proposed(sources: Sequence[Source]) -> Mapping:
    """The mapping that the list of words suggests for the sources."""
    columns = [rule for source in sources for rule in _columns_of(source)]
    mapping = Mapping(columns=columns)
    taken = {rule.target for rule in columns}
    mapping.fixed = {name: value for name, value in _fixed(taken)}
    mapping.values = values_found(sources, mapping)
    return mapping


def _columns_of(source: Source) -> list[ColumnRule]:
    known = fields_of(source)
    rules = []
    seen: set[tuple[str, int]] = set()
    for name in map(str, source.cells):
        target, number = known[name] if name in known else propose(name)
        if known and name not in known:
            target = ""
        unkept = target in targets() and not targets()[target].kept and target not in KEPT_HERE
        if target not in targets() or (target, number) in seen or unkept:
            target = ""
        seen.add((target, number) if target else ("", 0))
        rules.append(_rule(source, name, target, number))
    if not any(rule.target == ID for rule in rules) and rules:
        return [ColumnRule(r.sheet, r.column, r.examples, LEFT_OUT) for r in rules]
    return rules


def _rule(source: Source, name: str, target: str, number: int) -> ColumnRule:
    column = targets().get(target)
    cells = source.cells[name]
    dated = column is not None and (column.is_day or column.name == "index_date")
    factor = unit_factor(name, column) if column and column.kind == "number" else 1.0
    return ColumnRule(
        sheet=source.sheet,
        column=name,
        examples=_examples(cells, column),
        target=target or LEFT_OUT,
        number=number,
        factor=factor,
        dates=_date_reading(cells) if dated else "",
    )


def _examples(cells: pd.Series, column: Column | None) -> str:
    """Some cells; of what is not a code or a measurement only the form: letters A, digits 9."""
    texts = [text for text in dict.fromkeys(cells.map(as_text)) if text][:SHOWN_EXAMPLES]
    open_kind = column is not None and (column.codes or column.kind in ("number", "yes_no"))
    if not open_kind:
        texts = [re.sub(r"[^\W\d_]", "A", re.sub(r"\d", "9", text))[:20] for text in texts]
    return " | ".join(dict.fromkeys(texts))


def _date_reading(cells: pd.Series) -> str:
    """How the column's dates are written, where its own cells leave no doubt."""
    texts = [text for text in cells.map(as_text).unique() if re.search(r"\d", text)]
    if all(re.match(r"\d{4}[-/.年]", text) for text in texts):
        return "year first"
    if all(re.fullmatch(r"(19|20)\d{6}", text) for text in texts):
        return "yyyymmdd"
    parts = [re.fullmatch(r"(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}", text) for text in texts]
    if all(parts):
        first = max(int(part[1]) for part in parts if part)
        second = max(int(part[2]) for part in parts if part)
        if (first > 12) != (second > 12):
            return "day first" if first > 12 else "month first"
        return ""
    if all(re.fullmatch(r"-?\d{1,4}", text) for text in texts):
        return "days since day 0"
    mixed = [text for text in texts if not re.match(r"\d{4}[-/.年]", text)]
    return "year first" if len(mixed) < len(texts) / 2 else ""


def _fixed(taken: set[str]) -> list[tuple[str, str]]:
    """Columns of the tables that are filled which no source has, and which may not be empty."""
    tables = {name.split(".")[0] for name in taken if name in targets()}
    rows = []
    for name, column in targets().items():
        if column.table not in tables or name in taken or column.name == "patient_id":
            continue
        if name in _NUMBERED or (not column.missing and not column.optional):
            rows.append((name, _NUMBERED.get(name, "")))
    return rows


def values_found(sources: Sequence[Source], mapping: Mapping) -> list[ValueRule]:
    """Every distinct value that needs a rule, with its count; known words are filled in."""
    counts: dict[tuple[str, str], int] = {}
    for source in sources:
        kept = kept_rows(source, mapping)
        for rule in mapping.columns:
            if rule.sheet != source.sheet or rule.column not in source.cells:
                continue
            column = target_column(rule.target)
            if column is None or column.name == "patient_id":
                continue
            cells = source.cells.loc[kept, rule.column].map(as_text)
            for value, count in cells[cells != ""].value_counts(sort=False).items():
                if _needs_rule(str(value), column, rule):
                    key = (rule.target, str(value))
                    counts[key] = counts.get(key, 0) + int(count)
    given = {(rule.target, rule.value): rule.becomes for rule in mapping.values}
    return [
        ValueRule(target, value, count, given.get((target, value), _word(target, value)))
        for (target, value), count in counts.items()
    ]


def _word(target: str, value: str) -> str:
    return value_words(target).get(plain_value(value, target), "")


def _needs_rule(value: str, column: Column, rule: ColumnRule) -> bool:
    if column.codes:
        return value not in column.codes
    if column.kind == "yes_no":
        return value not in ("yes", "no")
    if column.is_day or column.name == "index_date":
        return as_date(value, rule.dates) is None
    if column.kind == "text":
        return plain_value(value) in value_words(f"{column.table}.{column.name}")
    try:
        if column.kind == "whole":
            read_whole(value)
        else:
            read_number(split_sign(value)[1] if column.laboratory else value)
    except CellError:
        return True
    return False


def kept_rows(source: Source, mapping: Mapping) -> pd.Series:
    """Rows that the filters keep."""
    kept = pd.Series(True, index=source.cells.index)
    own = [f for f in mapping.filters if f.sheet == source.sheet and f.column in source.cells]
    for column in dict.fromkeys(f.column for f in own):
        texts = source.cells[column].map(as_text)
        wanted = [f.value for f in own if f.column == column and f.keep]
        unwanted = [f.value for f in own if f.column == column and not f.keep]
        kept &= (texts.isin(wanted) if wanted else True) & ~texts.isin(unwanted)
    return kept


def undecided(mapping: Mapping) -> list[str]:
    """What a person has yet to say, one line each."""
    lines = [
        f"{rule.target}: {rule.value!r} ({rule.count} times) has no rule in the sheet values"
        for rule in mapping.values
        if not rule.becomes
    ]
    for rule in mapping.columns:
        column = target_column(rule.target)
        if column is None:
            continue
        if rule.factor is None:
            lines.append(f"{rule.column!r}: the factor to {column.unit} is empty")
        if (column.is_day or column.name == "index_date") and not rule.dates:
            lines.append(f"{rule.column!r}: the reading of its dates is empty")
    return lines
