"""Does each place that a checklist names say there what its row says that it does?"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError

from compendium_book.checklists import ORDER, target_of
from compendium_book.published import load

NUMBER = "num:"


def require_answers(app: Sphinx, env: BuildEnvironment) -> None:
    """Sphinx event: look in each place for the words and numbers that its row promises.

    Not in a book for others, where a sentence may stand in the place of what is hidden.

    Raises:
        ExtensionError: a place does not hold them; all such places are named.
    """
    if not load(app.srcdir).settings["whole"]:
        return
    lacking = []
    places: dict[str, nodes.Element | None] = {}
    read = cache(env.get_doctree)
    for where, label, promised in _promises(Path(app.srcdir) / "checklists"):
        if label not in places:
            places[label] = _place(env, label, read)
        place = places[label]
        if place is None:
            continue  # Sphinx itself refuses a label that is nowhere
        lacking += [f"{where}: {label} does not hold {w!r}" for w in missing(place, promised)]
    if lacking:
        raise ExtensionError(
            "; ".join(lacking) + ". Say it there, or have the row name what is said and where."
        )


def missing(place: nodes.Element, promised: list[str]) -> list[str]:
    """The words and numbers that a part of a page does not hold.

    Args:
        place: a section with all below it, or a figure or table with its caption.
        promised: words, found in any case and over line ends, or `num:` and a number's id.
    """
    text = _plain(" ".join(_said(place)))
    shown = place.findall(nodes.Element)
    numbers = {f"{NUMBER}{node['data']['num']}" for node in shown if "num" in node.get("data", {})}
    return [
        one
        for one in promised
        if (one not in numbers if one.startswith(NUMBER) else _plain(one) not in text)
    ]


def _promises(folder: Path) -> Iterator[tuple[str, str, list[str]]]:
    for name in ORDER:
        path = folder / f"{name}.yml"
        if not path.is_file():
            continue
        listed: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        for item in listed["items"]:
            for place, promised in item.get("at", {}).items():
                words = [promised] if isinstance(promised, str) else list(promised)
                yield f"checklists/{path.name}, item {item['item']}", target_of(place), words


def _place(
    env: BuildEnvironment, label: str, read: Callable[[str], nodes.document]
) -> nodes.Element | None:
    docname, anchor = env.get_domain("std").anonlabels.get(label, ("", ""))  # type: ignore[attr-defined]
    if not docname:
        return None
    page = read(docname)
    return next((node for node in page.findall(nodes.Element) if anchor in node["ids"]), None)


def _said(place: nodes.Element) -> Iterator[str]:
    """The prose, captions and tables of a part of a page; the code that it shows says nothing."""
    for block in place.findall(nodes.TextElement):
        within = isinstance(block.parent, nodes.TextElement)
        if not within and not isinstance(block, nodes.literal_block):
            yield block.astext()


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).casefold()
