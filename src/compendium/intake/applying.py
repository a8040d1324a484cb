"""A study's tables from a hospital's sources by a mapping in which everything is decided."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from compendium.intake.dates import as_date
from compendium.intake.mapping import ID, ColumnRule, Mapping, kept_rows
from compendium.intake.sources import Source, as_text
from compendium.intake.vocabulary import MISSING, covariate_of, target_column, targets
from compendium.study.cells import CellError, read_number, split_sign
from compendium.tables import COLUMNS, MODELS, Column, key_of

PLACE = "place"
_REASON = MISSING.removesuffix(")") + ": "


@dataclass(frozen=True)
class Adopted:
    """What became of the sources.

    Attributes:
        tables: every cell as text, in the names of the study's tables.
        conflicts: rows of one key that contradict each other, one line each.
    """

    tables: dict[str, pd.DataFrame]
    conflicts: list[str]


def apply(sources: Sequence[Source], mapping: Mapping) -> Adopted:
    """The study's tables, one row a key; rows that say the same or complete each other are one."""
    becomes = {(rule.target, rule.value): rule.becomes for rule in mapping.values}
    parts: dict[str, list[pd.DataFrame]] = {}
    reasons: list[tuple[str, str, str, str]] = []
    gone = _left_out_patients(sources, mapping)
    conflicts: list[str] = []
    for source in sources:
        conflicts += _without_patient(source, mapping)
        for table, part in _parts(source, mapping, becomes, reasons):
            parts.setdefault(table, []).append(part[~part["patient_id"].isin(gone)])
    reasons = [reason for reason in reasons if reason[0] not in gone]
    tables: dict[str, pd.DataFrame] = {}
    for name in MODELS:
        if name in parts:
            whole = _with_fixed(name, pd.concat(parts[name], ignore_index=True), mapping)
            tables[name], found = _one_row_a_key(name, whole)
            conflicts += found
    if reasons:
        tables["missing_reason"] = _reasons(reasons, tables.get("missing_reason"))
    return Adopted(tables, conflicts)


def _left_out_patients(sources: Sequence[Source], mapping: Mapping) -> set[str]:
    """Patients whom a filter takes out of the sheet of patients, and so out of all sheets."""
    gone: set[str] = set()
    for source in sources:
        own = [rule for rule in mapping.columns if rule.sheet == source.sheet]
        ids = next((rule.column for rule in own if rule.target == ID), None)
        of_patients = any(r.target.startswith("patient.") and r.target != ID for r in own)
        if ids is not None and of_patients:
            kept = kept_rows(source, mapping)
            texts = source.cells[ids].map(as_text)
            gone |= set(texts[~kept]) - set(texts[kept])
    return gone


def _without_patient(source: Source, mapping: Mapping) -> list[str]:
    """The rows of a sheet that hold something and no patient's number, in one line."""
    used = [r for r in mapping.columns if r.sheet == source.sheet and target_column(r.target)]
    ids = [rule.column for rule in used if rule.target == ID]
    others = [r.column for r in used if r.target != ID and r.column in source.cells]
    if not ids or not others:
        return []
    cells = source.cells.loc[kept_rows(source, mapping)]
    cells = cells[cells[ids[0]].map(as_text) == ""]
    rows = [str(row) for row, line in cells[others].iterrows() if any(map(as_text, line))]
    if not rows:
        return []
    listed = ", ".join(rows[:5]) + (f" and {len(rows) - 5} more" if len(rows) > 5 else "")
    return [
        f"{source.place}, row {listed}: no {ids[0]!r}; give the patient's number, or leave the "
        f"rows out in the sheet filters ({ids[0]}, leave out, and an empty value)"
    ]


def _parts(
    source: Source,
    mapping: Mapping,
    becomes: dict[tuple[str, str], str],
    reasons: list[tuple[str, str, str, str]],
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Rows for each table from one sheet; a wide sheet has several for one row of its own."""
    rules = [r for r in mapping.columns if r.sheet == source.sheet and target_column(r.target)]
    own_id = next((rule for rule in rules if rule.target == ID), None)
    if own_id is None:
        return
    kept = kept_rows(source, mapping)
    ids = source.cells.loc[kept, own_id.column].map(as_text)
    groups: dict[tuple[str, int, str], list[ColumnRule]] = {}
    for rule in rules:
        if rule is not own_id:
            key = (_column(rule).table, rule.number, covariate_of(rule.target))
            groups.setdefault(key, []).append(rule)
    for (table, number, variable), group in groups.items():
        part = pd.DataFrame({"patient_id": ids})
        for rule in group:
            column = _column(rule)
            texts = source.cells.loc[kept, rule.column].map(as_text)
            values = _converted(texts, column, rule, becomes)
            part[_written_name(column, rule)] = values.where(
                ~values.str.startswith(MISSING[:-1]), ""
            )
            for why in values.unique():
                if why.startswith(_REASON):
                    reason = why.removeprefix(_REASON).removesuffix(")")
                    reasons += [(i, table, column.name, reason) for i in ids[values == why]]
        filled = (part.drop(columns="patient_id") != "").any(axis=1) & (part["patient_id"] != "")
        part[PLACE] = [f"{source.place}, row {row}" for row in part.index]
        part["n"] = number
        if variable:
            part["variable"] = variable
        yield table, part[filled]


def _column(rule: ColumnRule) -> Column:
    return target_column(rule.target) or targets()[rule.target]


def _written_name(column: Column, rule: ColumnRule) -> str:
    dated = column.is_day and rule.dates != "days since day 0"
    return column.date_name if dated else column.name


def _converted(
    texts: pd.Series, column: Column, rule: ColumnRule, becomes: dict[tuple[str, str], str]
) -> pd.Series:
    known = {
        text: _value(text, column, rule, becomes.get((rule.target, text), ""))
        for text in texts.unique()
    }
    return texts.map(known)


def _value(text: str, column: Column, rule: ColumnRule, given: str) -> str:
    if not text or given:
        return given
    if column.is_day or column.name == "index_date":
        return as_date(text, rule.dates) or text
    if column.name == "administered_at":
        return text.replace(" ", "T")
    if column.kind == "number" and rule.factor not in (None, 1.0):
        sign, number = split_sign(text) if column.laboratory else ("", text)
        try:
            return f"{sign}{read_number(number) * (rule.factor or 1.0):.10g}"
        except CellError:
            return text
    return text


def _with_fixed(name: str, rows: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    """Values that no source has; `{n}` is the column's number, or the row's turn in its patient."""
    order = rows["n"]
    if order.nunique() == 1:
        order = rows.groupby("patient_id")[_by_day(name, rows)].rank(method="dense").astype(int)
    for target, value in mapping.fixed.items():
        table, column = target.split(".")
        given = column in rows or targets()[target].date_name in rows
        if table == name and value and not given:
            rows[column] = [value.replace("{n}", str(turn)) for turn in order]
    return rows


def _by_day(name: str, rows: pd.DataFrame) -> str:
    """The column whose order is the rows' order: the table's day, else their place."""
    for column in COLUMNS[name].values():
        if column.is_day and column.date_name in rows:
            return column.date_name
        if column.is_day and column.name in rows:
            rows["day_order"] = pd.to_numeric(rows[column.name], errors="coerce").fillna(0)
            return "day_order"
    rows["file_order"] = range(len(rows))
    return "file_order"


def _one_row_a_key(name: str, rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Rows of one key as one, and those that contradict each other."""
    both = [w for column in COLUMNS[name].values() for w in (column.date_name, column.name)]
    columns = [written for written in dict.fromkeys(both) if written in rows]
    texts = rows[[*columns, PLACE]].astype(object).replace("", None)
    dated = {column.name: column.date_name for column in COLUMNS[name].values() if column.is_day}
    key = [dated.get(k, k) if dated.get(k, k) in texts else k for k in key_of(MODELS[name])]
    if not set(key) <= set(columns) or not texts.duplicated(key).any():
        return texts[columns].fillna(""), []
    complete = texts.dropna(subset=key)
    grouped = complete.groupby(key, sort=False)
    conflicts = []
    repeated = complete[complete.duplicated(key, keep=False)]
    for column in (c for c in columns if c not in key):
        number = repeated.groupby(key, sort=False)[column].nunique()
        for values in number.index[number > 1]:
            own = grouped.get_group(values if isinstance(values, tuple) else (values,))
            told = own.dropna(subset=column).drop_duplicates(column)
            shown = "hidden" if COLUMNS[name].get(column, None) is None else ""
            facts = [f"{'' if shown else repr(v) + ' '}in {p}" for v, p in
                     zip(told[column], told[PLACE], strict=True)]  # fmt: skip
            conflicts.append(f"{name}.{column} of {own['patient_id'].iloc[0]}: {'; '.join(facts)}")
    merged = grouped.first().reset_index()
    rest = texts[texts[key].isna().any(axis=1)]
    return pd.concat([merged, rest])[columns].fillna(""), conflicts


def _reasons(reasons: list[tuple[str, str, str, str]], given: pd.DataFrame | None) -> pd.DataFrame:
    names = ["patient_id", "table_name", "column_name", "reason"]
    own = pd.DataFrame(reasons, columns=names)
    whole = own if given is None else pd.concat([given, own])
    return whole.drop_duplicates(names[:3]).reset_index(drop=True)
