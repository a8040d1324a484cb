"""Tables in the schema's types with the files behind them, so that a check can name the place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from compendium.study.problems import Problem, Severity
from compendium.study.reading import RawTable


@dataclass(frozen=True)
class Tables:
    """Tables in the schema's types, indexed by row in the file, and the files behind them."""

    typed: Mapping[str, pd.DataFrame]
    raw: Mapping[str, RawTable]

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.typed[name]

    def problems(
        self,
        name: str,
        rows: pd.DataFrame,
        column: str,
        found: str,
        expected: str,
        remedy: str,
        severity: Severity = "error",
    ) -> Iterator[Problem]:
        """One problem for each of the rows of a table.

        Args:
            rows: rows of the table, with further columns for `found`, if any.
            column: where the problem is.
            found: what is there; fields in braces are filled in from the row's columns.
        """
        if rows.empty:
            return
        for row, record in zip(rows.index, rows.to_dict("records"), strict=True):
            cells = {str(name): cell for name, cell in record.items()}
            value = cells.get(column)
            yield Problem(
                file=self.raw[name].file,
                sheet=self.raw[name].sheet,
                table=name,
                row=int(row),
                patient="" if pd.isna(cells["patient_id"]) else str(cells["patient_id"]),
                column=column,
                value="" if pd.isna(value) else str(value),
                found=found.format(**cells),
                expected=expected,
                remedy=remedy,
                severity=severity,
            )


def true_where(flags: pd.Series) -> pd.Series:
    """Plain booleans, False where it is not known."""
    return flags.fillna(False).astype(bool)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values, None where missing: neither a worker nor a CSV file knows others."""
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in table.to_dict("records")
    ]
