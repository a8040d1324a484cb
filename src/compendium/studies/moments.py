"""Days of patients with the rows that say so, by the sources that a study declares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from compendium.errors import InputError
from compendium.studies.conditions import NO_RULES, RuleValues
from compendium.studies.endpoints import Source

Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Moment:
    """A day of a patient.

    Attributes:
        day: since day 0.
        source: what it was, and where it comes from.
        row: the row that says so.
        kind: code of the event; empty where it is none.
        free_day: last day known free of it, where it was seen at a visit.
    """

    day: int
    source: Source
    row: str
    kind: str = ""
    free_day: int | None = None


def moments(tables: Tables, source: Source, rules: RuleValues = NO_RULES) -> dict[str, Moment]:
    """A source's day of each patient who has one, by patient_id.

    Raises:
        InputError: there is no such table, or it has no such column.
    """
    table = tables.get(source.table)
    if table is None or source.column not in table:
        raise InputError(
            f"{source.description}: there is no {source.table}.{source.column}; expected a day "
            f"in a table of the study or in one that is derived. Correct the source in studies/."
        )
    rows = table[table[source.column].notna()]
    if source.where is not None:
        rows = rows[source.where.holds(rows, rules).fillna(False).astype(bool)]
    rows = rows.sort_values(source.column, kind="stable")
    rows = rows.drop_duplicates("patient_id", keep=source.take)
    return {str(row["patient_id"]): _moment(row, source) for row in rows.to_dict("records")}


def _moment(row: Mapping[Any, Any], source: Source) -> Moment:
    words = {name: "unknown" if pd.isna(cell) else cell for name, cell in row.items()}
    free = row[source.free] if source.free else None
    return Moment(
        day=int(row[source.column]),
        source=source,
        row=source.names_row.format(**words),
        kind=source.kind.format(**words),
        free_day=None if free is None or pd.isna(free) else int(free),
    )


def first_of(
    tables: Tables, sources: Sequence[Source], rules: RuleValues = NO_RULES
) -> dict[str, Moment]:
    """Each patient's day by the first source that has one."""
    found: dict[str, Moment] = {}
    for source in sources:
        found = moments(tables, source, rules) | found
    return found
