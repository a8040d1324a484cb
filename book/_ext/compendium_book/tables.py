"""Results tables: as the notebook shows them, numbered, with each value traced."""

import difflib
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from compendium import formatting
from compendium.formatting import anchor
from compendium.results.record import Output
from compendium.rows import Row
from compendium_book.numbers import traced
from compendium_book.published import Made, load

MANY_COLUMNS = 7


class ResultsTable(SphinxDirective):
    """```{results-table} id```: a table that a notebook reports, wherever it is wanted.

    With `:columns:` it shows these alone, under a `:caption:` if there is one, and has a label of
    its own, `article-tab-<id>`.
    """

    required_arguments = 1
    option_spec = {  # noqa: RUF012  as docutils reads it
        "columns": directives.unchanged,
        "caption": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        """Build the table from its file, as the notebook's cell shows it.

        Raises:
            ExtensionError: no notebook shows a table of that id.
        """
        srcdir = self.env.app.srcdir
        tables = {name: t for name, t in load(srcdir).tables.items() if t.output.max_rows}
        table_id = self.arguments[0]
        if table_id not in tables:
            near = difflib.get_close_matches(table_id, tables, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ExtensionError(
                f"{self.env.docname}, line {self.lineno}: no notebook shows the table "
                f"{table_id!r}.{hint}"
            )
        table, name = tables[table_id], anchor("tab", table_id)
        if columns := self.options.get("columns", "").split():
            headings = table.output.headings
            shown = {one: headings[one] for one in columns if one in headings}
            caption = self.options.get("caption", table.caption)
            table = replace(table, output=replace(table.output, headings=shown, caption=caption))
            name = f"article-{name}"
        found = results_table(table, srcdir / "_shown", name, chosen=bool(columns))
        for text in list(found[0].findall(nodes.Text)) if columns else ():
            if text == formatting.DASH:  # an article's table is blank where it has nothing to say
                text.parent.replace(text, nodes.Text(""))
        self.state.document.note_explicit_target(found[0], found[0])
        return list(found)


def results_table(
    table: Made, folder: Path, name: str = "", *, chosen: bool = False
) -> list[nodes.Element]:
    """The docutils table, and the notes under it, of a published table in a folder of results.

    A column that says the same in all rows is said once, under the table, unless columns were
    chosen. So are a variable and what is said of it as a whole, in the first row of its levels.
    """
    soup = BeautifulSoup(table.output.html(folder), "html.parser")
    head, body, numeric = _filled(
        [_texts(row) for row in soup.select("thead tr")],
        [_texts(row) for row in soup.select("tbody tr")],
        ["number" in (cell.get("class") or []) for cell in soup.select("thead tr th")],
    )
    same = {} if chosen else _same(table.output, folder, head[0], body)
    head, body, numeric = _without(same, head, body, numeric)
    name = name or anchor("tab", table.output.id)
    classes = ["results", "colwidths-auto"] + ["wide"] * (len(numeric) >= MANY_COLUMNS)
    node = nodes.table("", ids=[name], names=[name], classes=classes)
    node += nodes.title("", table.caption)
    group = nodes.tgroup("", cols=len(numeric))
    node += group
    group.extend(nodes.colspec("", colwidth=1) for _ in numeric)
    group += nodes.thead("", *(_row(texts, numeric) for texts in head))
    rows = [_row(texts, numeric, table, head[0], number) for number, texts in enumerate(body)]
    if table.output.rows is Row.VARIABLE:
        _name_once(rows)
    group += nodes.tbody("", *rows)
    after = soup.find("p")
    notes = [_in_all_rows(table, {h: t for h, t in same.values() if t != formatting.DASH})]
    notes += [[nodes.Text(after.get_text())]] if after else []
    return [node, *(nodes.paragraph("", "", *one, classes=["note"]) for one in notes if one)]


def _name_once(rows: list[nodes.row]) -> None:
    """Blank in a variable's further levels its name, and what is said of it as a whole."""
    names = [row[0].astext() for row in rows]
    for row, name, above in zip(rows[1:], names[1:], names[:-1], strict=True):
        if name != above:
            continue
        for place, cell in enumerate(row):
            if place == 0 or cell.astext() == formatting.DASH:
                row[place] = nodes.entry("", nodes.paragraph())


def _same(
    output: Output, folder: Path, head: list[str], body: list[list[str]]
) -> dict[int, tuple[str, str]]:
    """Columns that say the same in all rows, with heading and text, by place."""
    if len(body) < 2 or len(head) < 3:
        return {}
    frame = output.frame(folder)
    columns = {title: column for column, title in output.headings.items()}
    found = {}
    for place, title in enumerate(head):
        texts = {row[place] for row in body}
        if len(texts) == 1 and frame[columns[title]].nunique(dropna=False) == 1:
            found[place] = title, texts.pop()
    return found


def _without(
    places: Collection[int], head: list[list[str]], body: list[list[str]], numeric: list[bool]
) -> tuple[list[list[str]], list[list[str]], list[bool]]:
    kept = [place for place in range(len(numeric)) if place not in places]
    rows = [[[row[place] for place in kept] for row in part] for part in (head, body)]
    return rows[0], rows[1], [numeric[place] for place in kept]


def _in_all_rows(table: Made, said: Mapping[str, str]) -> list[nodes.Node]:
    """One sentence in place of columns that say the same in all rows; nothing without any."""
    parts: list[nodes.Node] = []
    for title, text in said.items():
        parts.append(nodes.Text(f"{', ' if parts else 'In all rows: '}{title} "))
        parts.append(_traced(table, text, title, 0))
    return [*parts, nodes.Text(".")] if parts else []


def _traced(table: Made, text: str, where: str, number: int) -> traced:
    data = {"table": table.output.id, "row": number + 1, "where": where}
    return traced(text, text, data=data, target=anchor("listed", table.output.id))


def _filled(
    head: list[list[str]], body: list[list[str]], numeric: list[bool]
) -> tuple[list[list[str]], list[list[str]], list[bool]]:
    """The table without columns that are empty in all rows, such as a reason nobody needs."""
    kept = [i for i in range(len(numeric)) if not body or any(row[i] for row in body)]
    return (
        [[row[i] for i in kept] for row in head],
        [[row[i] for i in kept] for row in body],
        [numeric[i] for i in kept],
    )


def _texts(row: Tag) -> list[str]:
    return [cell.get_text() for cell in row.find_all(["th", "td"])]


def _row(
    texts: list[str],
    numeric: list[bool],
    table: Made | None = None,
    headings: list[str] | None = None,
    number: int = 0,
) -> nodes.row:
    """A row; values of a body row lead to their provenance."""
    row = nodes.row()
    for column, text in enumerate(texts):
        right = numeric[column] if column < len(numeric) else False
        entry = nodes.entry("", classes=["number"] if right else [])
        valued = any(character.isdigit() for character in text)
        if table is not None and headings is not None and valued and (column or right):
            where = f"{texts[0]} · {headings[column]}" if column else headings[0]
            entry += nodes.paragraph("", "", _traced(table, text, where, number))
        else:
            entry += nodes.paragraph("", text)
        row += entry
    return row
