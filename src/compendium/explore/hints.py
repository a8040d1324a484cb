"""Tables with the data dictionary behind each heading: what a column means, and in what unit."""

import html
import re

import pandas as pd

from compendium.formatting import heading
from compendium.table_html import html_table
from compendium.tables import COLUMNS


def meaning_of(column: str) -> str:
    """What a column of the study's tables means, with its unit; empty for any other."""
    for columns in COLUMNS.values():
        if column in columns:
            found = columns[column]
            return f"{found.description} ({found.unit})" if found.unit else found.description
    return ""


def shown_table(frame: pd.DataFrame, caption: str = "", max_rows: int = 200) -> str:
    """A table as HTML, whose headings explain themselves when pointed at.

    Args:
        frame: its rows; columns that the data dictionary knows get their meaning as a hint.
    """
    headings = {str(name): heading(str(name)) for name in frame.columns}
    table = html_table(frame, caption, {}, headings, max_rows, "the study's tables")
    hints = iter([meaning_of(name) for name in headings])

    def hinted(found: re.Match[str]) -> str:
        said = next(hints)
        return f'{found[0]} title="{html.escape(said)}"' if said else found[0]

    return re.sub(r'<th scope="col"', hinted, table)
