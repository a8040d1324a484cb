"""Reported numbers in prose, and the page that lists them all."""

import difflib

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective, SphinxRole

from compendium import formatting
from compendium.formatting import anchor
from compendium_book.published import load

LIST_PAGE = "numbers"
UNBROKEN = 16  # letters; a longer result may go over the end of a line


class traced(nodes.Inline, nodes.TextElement):
    """A printed result that leads to its provenance: a number of prose, or a cell of a table."""


def visit_traced(self: object, node: traced) -> None:
    """Open a link to the list of numbers, which the page's script turns into a card."""
    builder = self.builder  # type: ignore[attr-defined]
    page = builder.get_relative_uri(
        self.docnames[-1] if hasattr(self, "docnames") else builder.current_docname, LIST_PAGE
    )
    data = {f"data-{name}": str(value) for name, value in node["data"].items()}
    self.body.append(  # type: ignore[attr-defined]
        self.starttag(  # type: ignore[attr-defined]
            node, "a", "", CLASS="traced", href=f"{page}#{node['target']}", **data
        )
    )


def depart_traced(self: object, node: traced) -> None:
    """Close the link."""
    self.body.append("</a>")  # type: ignore[attr-defined]


def visit_plain(self: object, node: traced) -> None:
    """Builders without links show the bare text."""


class NumberRole(SphinxRole):
    """`{num}`id`` or `{num}`id|part``: a reported number, or a part of it."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Print the number as its notebook reported it.

        Raises:
            ExtensionError: no notebook reports it, or it has no such part.
        """
        number_id, _, part = self.text.partition("|")
        return [number_node(self.env.app, number_id.strip(), part.strip(), self.where())], []

    def where(self) -> str:
        """Page and line, for messages."""
        return f"{self.env.docname}, line {self.lineno}"


def number_node(app: Sphinx, number_id: str, part: str, where: str) -> traced:
    """The node of a reported number.

    Raises:
        ExtensionError: no notebook reports it, or it has no such part.
    """
    numbers = load(app.srcdir).numbers
    if number_id not in numbers:
        near = difflib.get_close_matches(number_id, numbers, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ExtensionError(f"{where}: no notebook reports the number {number_id!r}.{hint}")
    try:
        text = formatting.reported(numbers[number_id], part)
    except KeyError:
        raise ExtensionError(f"{where}: {number_id!r} has no part {part!r}.") from None
    return traced(
        text,
        text,
        data={"num": number_id},
        target=anchor("num", number_id),
        classes=["short"] * (len(text) <= UNBROKEN),
    )


class ReportedNumber(SphinxDirective):
    """A line that a notebook's cell shows: what it is, and the number with its interval."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Print label and number."""
        entry = load(self.env.app.srcdir).numbers[self.arguments[0]]
        part = "" if entry["low"] is None else "ci"
        where = f"{self.env.docname}, line {self.lineno}"
        node = number_node(self.env.app, self.arguments[0], part, where)
        return [nodes.paragraph("", "", nodes.Text(f"{entry['label']}: "), node)]
