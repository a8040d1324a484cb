"""Reporting checklists: items as data, each tied to a place of the book."""

from pathlib import Path
from typing import Any

import yaml
from sphinx.errors import ExtensionError

from compendium_book.markdown import pipe_table, plain

ORDER = ("strobe", "remark", "stard")
KEYS = {"item", "asks", "at", "absent"}


def checklists(folder: Path) -> str:
    """All checklists as Markdown; their labels are resolved, or refused, by Sphinx.

    Raises:
        ExtensionError: an item has neither a place nor a reason, or has a key that means nothing.
    """
    parts = []
    for name in ORDER:
        listed = yaml.safe_load((folder / f"{name}.yml").read_text(encoding="utf-8"))
        rows = [_row(name, item) for item in listed["items"]]
        parts.append(
            f"(checklist-{name})=\n## {listed['name']}\n\nAfter {{cite}}`{listed['cites']}`."
        )
        parts.append(pipe_table(("Item", "What is asked", "Where"), rows))
    return "\n\n".join(parts)


def _row(name: str, item: dict[str, Any]) -> tuple[str, str, str]:
    number = item.get("item", "?")
    if not set(item) <= KEYS or not item.get("asks"):
        raise ExtensionError(f"checklists/{name}.yml, item {number}: expected {sorted(KEYS)}.")
    if bool(item.get("at")) == bool(item.get("absent")):
        raise ExtensionError(
            f"checklists/{name}.yml, item {number}: expected `at`, the labels of places in the "
            f"book, or `absent`, the reason why there is none."
        )
    at = item.get("at", {})
    if not isinstance(at, dict) or not all(at.values()):
        raise ExtensionError(
            f"checklists/{name}.yml, item {number}: expected `at` as label: what is found there, "
            f"words or num: and the id of a number."
        )
    places = "<br>".join(_place(label) for label in at)
    return str(number), plain(item["asks"]), places or f"*{plain(item['absent'])}*"


def target_of(place: str) -> str:
    """The label of a place that may be given with a title of its own, `Size <limits-size>`."""
    return place.rpartition("<")[2].removesuffix(">")


def _place(label: str) -> str:
    return f"{{numref}}`{label}`" if label.startswith(("fig-", "tab-")) else f"{{ref}}`{label}`"
