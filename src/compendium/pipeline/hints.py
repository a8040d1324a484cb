"""The data dictionary behind a table's headings: what a column means, and in what unit."""

import html
import re
from collections.abc import Iterable

from compendium.tables import COLUMNS


def meaning_of(column: str) -> str:
    """What a column of the study's tables means, with its unit; empty for any other."""
    for columns in COLUMNS.values():
        if column in columns:
            found = columns[column]
            return f"{found.description} ({found.unit})" if found.unit else found.description
    return ""


def hinted(table: str, columns: Iterable[str]) -> str:
    """A table as HTML whose headings explain themselves when pointed at.

    Args:
        table: as `html_table` gives it.
        columns: in the order of its headings; those that the data dictionary knows get a hint.
    """
    hints = iter([meaning_of(name) for name in columns])

    def with_hint(found: re.Match[str]) -> str:
        said = next(hints, "")
        return f'{found[0]} title="{html.escape(said)}"' if said else found[0]

    return re.sub(r'<th scope="col"', with_hint, table)
