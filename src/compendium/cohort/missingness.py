"""What is missing in a study's tables, patient by patient."""

from collections.abc import Mapping

import pandas as pd

from compendium.tables import COLUMNS
from compendium.tables.columns import Column

UNINTENDED = ("not recorded", "not measured", "not measurable", "not read", "not assessed")
"""How the schema words an empty cell that a complete study would not have."""
NOT_KNOWN = ("not_tested", "TX", "NX", "MX", "not_assessed", "unknown")
"""Codes that say that a value is not known: a gap like an empty cell."""


def missing_shares(tables: Mapping[str, pd.DataFrame], patients: list[str]) -> pd.DataFrame:
    """The share of missing values of each variable in each patient.

    Only columns are looked at whose empty cells mean a gap, as an empty day of death does not, or
    which have a code for one: a gene that was not tested is not known. A column that a study may
    leave out and that holds nothing is not looked at.

    Args:
        tables: a study's tables.
        patients: pseudonyms, in the order of the columns wanted.

    Returns:
        One row a variable (index: table, column), one column a patient: 0 to 1, missing where the
        patient has no row in the table. Tables without a row are left out.
    """
    shares = {}
    for name, columns in COLUMNS.items():
        table = tables[name]
        if table.empty or name == "covariate":
            continue
        for column in columns.values():
            collected = not column.optional or (column.kept and table[column.name].notna().any())
            coded = set(column.codes or ()) & set(NOT_KNOWN)
            means_gap = coded or column.missing.startswith(UNINTENDED)
            if column.kept and collected and means_gap:
                gaps = _gaps(table[column.name], column).groupby(table["patient_id"]).mean()
                shares[name, column.name] = gaps.reindex(patients)
    frame = pd.DataFrame(shares).T
    frame.index.names = ["table", "column"]
    return frame


def missing_counts(tables: Mapping[str, pd.DataFrame], patients: list[str]) -> pd.DataFrame:
    """Missing values by variable, with how many of them have a reason.

    Returns:
        table, column, values (cells of these patients), missing, share, with_reason (patients).
    """
    reasons = tables["missing_reason"]
    reasons = reasons[reasons["patient_id"].isin(patients)]
    given = reasons.groupby(["table_name", "column_name"])["patient_id"].nunique()
    rows = []
    for name, column in missing_shares(tables, patients).index:
        cells = tables[name].loc[tables[name]["patient_id"].isin(patients), column]
        gaps = _gaps(cells, COLUMNS[name][column])
        rows.append(
            {
                "table": name,
                "column": column,
                "values": len(cells),
                "missing": int(gaps.sum()),
                "share": float(gaps.mean()) if len(cells) else float("nan"),
                "with_reason": int(given.get((name, column), 0)),
            }
        )
    return pd.DataFrame(rows)


def _gaps(cells: pd.Series, column: Column) -> pd.Series:
    """Which cells are gaps: codes of what is not known, and empty cells that mean one."""
    coded = cells.isin(NOT_KNOWN).astype(bool)
    return coded | cells.isna() if column.missing.startswith(UNINTENDED) else coded
