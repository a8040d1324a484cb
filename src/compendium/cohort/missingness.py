"""What is missing in a study's tables, patient by patient."""

from collections.abc import Mapping

import pandas as pd

from compendium.tables import COLUMNS

UNINTENDED = ("not recorded", "not measured", "not measurable", "not read", "not assessed")
"""How the schema words an empty cell that a complete study would not have."""


def missing_shares(tables: Mapping[str, pd.DataFrame], patients: list[str]) -> pd.DataFrame:
    """The share of missing values of each variable in each patient.

    Only columns are looked at whose empty cells mean a gap: an empty day of death is none, nor is
    a column that a study may leave out and that holds nothing.

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
            if column.kept and collected and column.missing.startswith(UNINTENDED):
                empty = table[column.name].isna().groupby(table["patient_id"]).mean()
                shares[name, column.name] = empty.reindex(patients)
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
        rows.append(
            {
                "table": name,
                "column": column,
                "values": len(cells),
                "missing": int(cells.isna().sum()),
                "share": float(cells.isna().mean()) if len(cells) else float("nan"),
                "with_reason": int(given.get((name, column), 0)),
            }
        )
    return pd.DataFrame(rows)
