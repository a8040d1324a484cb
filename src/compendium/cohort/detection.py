"""Laboratory values beyond a limit of detection: how many there are in each column."""

from collections.abc import Collection, Mapping

import pandas as pd

from compendium.comparing import ABOVE, BELOW, signs
from compendium.tables import COLUMNS


def beyond_detection(tables: Mapping[str, pd.DataFrame], patients: Collection[str]) -> pd.DataFrame:
    """Values below and above a limit of detection, of each column of laboratory values.

    Args:
        tables: a study's tables.
        patients: pseudonyms of those who are counted.

    Returns:
        table, column, values (quantified or not), below, above (their limits); tables without a row
        are left out.
    """
    rows = []
    for name, columns in COLUMNS.items():
        own = tables[name][tables[name]["patient_id"].isin(patients)]
        for column in (one.name for one in columns.values() if one.laboratory and len(own)):
            sign = signs(own, column)
            rows.append(
                {
                    "table": name,
                    "column": column,
                    "values": int(own[column].notna().sum()),
                    "below": int(sign.isin(BELOW).sum()),
                    "above": int(sign.isin(ABOVE).sum()),
                }
            )
    return pd.DataFrame(rows, columns=["table", "column", "values", "below", "above"])
