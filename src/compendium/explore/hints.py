"""Tables of the bench, with the data dictionary behind each heading."""

import pandas as pd

from compendium.formatting import heading
from compendium.pipeline.hints import hinted
from compendium.table_html import html_table

STYLE = """<style>
.jp-OutputArea table.results :is(th, td) { text-align: left; white-space: normal; }
.jp-OutputArea table.results .number { text-align: right; white-space: nowrap; }
</style>"""  # a notebook sets every cell to the right


def shown_table(frame: pd.DataFrame, caption: str = "", max_rows: int = 200) -> str:
    """A table as HTML, whose headings explain themselves when pointed at.

    Args:
        frame: its rows; columns that the data dictionary knows get their meaning as a hint.
    """
    headings = {str(name): heading(str(name)) for name in frame.columns}
    table = html_table(frame, caption, {}, headings, max_rows, "the study's tables")
    return STYLE + hinted(table, headings)
