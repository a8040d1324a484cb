"""The limits in force: their table, their values in prose, and where a copy departs from them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxRole

from compendium.errors import InputError
from compendium.formatting import anchor, isotopes
from compendium.limits import Limit, in_words
from compendium.rules import Rules
from compendium.rules.in_words import STANDS, said
from compendium_book.markdown import pipe_table, plain
from compendium_book.published import Published, load

CITED = re.compile(r"\b[a-z]+\d{4}\b")


def rules_in_force(published: Published) -> Rules:
    """The rules by which this copy's results were made."""
    return Rules.of(published.settings["rules"], "rules of this copy")


class RuleRole(SphinxRole):
    """`{rule}`name``, or `{rule}`name|%`` for a share in percent: a limit's value in force.

    `{rule}`name|stands`` says how its default stands to its sources.
    """

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Print the value; one that departs from the registered value says so.

        Raises:
            ExtensionError: there is no such rule.
        """
        name, _, part = (one.strip() for one in self.text.partition("|"))
        published = load(self.env.app.srcdir)
        where = f"{self.env.docname}, line {self.lineno}"
        try:
            limit, value = value_of(published, name)
        except InputError as error:
            raise ExtensionError(f"{where}: {error}") from None
        text = said(rules_in_force(published), name, part)
        if value == limit.default or part == STANDS:
            return [nodes.Text(text)], []
        registered = f"departs from the registered value, {in_words(limit.default)}"
        return [nodes.abbreviation(text, text, explanation=registered, classes=["departs"])], []


def value_of(published: Published, name: str) -> tuple[Limit[Any], Any]:
    """A limit and its value in force.

    Raises:
        InputError: there is no such rule.
    """
    rules = rules_in_force(published)
    if name not in rules:
        raise InputError(f"there is no rule {name!r}; expected one of {', '.join(rules)}.")
    return Rules.declared[name], rules[name]


def rules_table(published: Published) -> str:
    """Every limit with its value in force, the registered one, its range, grounds and chapters."""
    rules = rules_in_force(published)
    return pipe_table(
        ("Limit", "Value", "Registered", "May be", "Grounds", "Read by"),
        (
            (
                f"[{plain(isotopes(limit.meaning))}]{{#{anchor('rule', name)}}}<br>`{name}`",
                _marked(rules[name], limit.default),
                in_words(limit.default),
                plain(limit.range) or "yes or no",
                _grounds(limit),
                ", ".join(_readers(name, published)) or "no chapter of this copy",
            )
            for name, limit in Rules.declared.items()
        ),
    )


def _grounds(limit: Limit[Any]) -> str:
    source = CITED.sub(r"{cite}`\g<0>`", plain(isotopes(limit.source)))
    return f"{limit.stands.capitalize()}: {source}" if source else limit.stands.capitalize()


def _marked(value: Any, registered: Any) -> str:
    return in_words(value) if value == registered else f"**{in_words(value)}**"


def _readers(name: str, published: Published) -> list[str]:
    return [
        f"{{doc}}`{published.titles[notebook]} </notebooks/{notebook}>`"
        for notebook, record in published.runs.items()
        if name in record["rules"]
    ]


def departures(record: Mapping[str, Any]) -> str:
    """Where a chapter's run departs from the registered values, as a box; empty if nowhere."""
    found: Sequence[Mapping[str, Any]] = record["departures"]
    if not found:
        return ""
    lines = [
        f"- `{one['name']}` is **{plain(in_words(one['value']))}**, registered "
        f"{plain(in_words(one['registered']))}: {plain(one['meaning'])}"
        for one in found
    ]
    head = "```{admonition} Other than registered\n:class: warning departs\n"
    return "\n".join([head, "This chapter was run with other values than the registered ones.", "",
                      *lines, "```"])  # fmt: skip


def departing(published: Published) -> str:
    """All departures of a copy in one line, with the chapters that have them."""
    by_name: dict[str, list[str]] = {}
    for notebook, record in published.runs.items():
        for one in record["departures"]:
            what = f"`{one['name']}` {in_words(one['value'])} ({in_words(one['registered'])})"
            by_name.setdefault(what, []).append(published.titles[notebook])
    if not by_name:
        return "none: every limit and setting is as registered"
    return "; ".join(f"**{what}** in {', '.join(where)}" for what, where in by_name.items())
