"""What of the book applies to a study: passages, cells and their results for which it has data.

A passage between `:::{needs} PART PART` and `:::`, and a line with {needs}`PART PART` in it, stand
in the book of a study that holds these parts, and none of those that are written not-PART. A
notebook's cell says so in its metadata.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from compendium.formatting import anchor
from compendium.notebook_file import chapter_files, read_notebook
from compendium.parts import require_parts
from compendium.publish.passages import kept, require_fences
from compendium.studies import STUDIES

TARGET = re.compile(r"^.*<([^>]+)>$")  # of a place with words of its own
SUBJECTS = "SUBJECTS"
NOT = "not-"
ABSENT = "This study does not hold what it needs."
LABEL = re.compile(r"^\((?P<label>[a-z0-9-]+)\)=\s*$", re.MULTILINE)


def applying(text: str, parts: Collection[str], where: str) -> str:
    """A text without the passages and lines that need what a study does not hold.

    Args:
        text: Markdown.
        parts: what the study holds.
        where: the text's name, for messages.

    Raises:
        InputError: a passage needs something that is no part.
    """

    def holds(words: str) -> bool:
        asked = words.split()
        lacking = {one for one in asked if one.startswith(NOT)}
        wanted = require_parts(set(asked) - lacking, where)
        unwanted = require_parts((one.removeprefix(NOT) for one in lacking), where)
        return wanted <= set(parts) and not unwanted & set(parts)

    require_fences(text, where)
    return kept(text, "needs", holds)


def titled(text: str, parts: Collection[str]) -> str:
    """A title with the studies that a book holds in place of SUBJECTS."""
    held = [study.subject for code, study in STUDIES.items() if code in parts]
    named = " and ".join(held) or "Studies"
    return text.replace(SUBJECTS, named[0].upper() + named[1:])


def applying_cells(
    cells: list[dict[str, Any]], parts: Collection[str], where: str
) -> Iterator[dict[str, Any]]:
    """The cells of a notebook that a study's book shows, their words as they apply."""
    for cell in cells:
        if not require_parts(_needs(cell), where) <= set(parts):
            continue
        if cell["cell_type"] == "markdown":
            cell = cell | {"source": applying("".join(cell["source"]), parts, where)}
        yield cell


def applying_record(
    record: Mapping[str, Any], cells: list[dict[str, Any]], parts: Collection[str]
) -> dict[str, Any]:
    """What a run published, without the numbers, tables and figures of cells that do not apply."""
    hidden = {cell.get("id") for cell in cells if not set(_needs(cell)) <= set(parts)}
    kept = {
        kind: [one for one in record[kind] if one["cell_id"] not in hidden]
        for kind in ("published", "numbers")
    }
    return {**record, **kept}


def keep_what_applies(
    root: Path, staged: Path, parts: Collection[str], drawn: Collection[str]
) -> None:
    """Leave in staged pages and checklists what applies to a study.

    Args:
        root: the project, whose notebooks and pages tell which places there are at all.
        staged: the pages.
        parts: what the study holds.
        drawn: labels of the tables and figures of its chapters.

    Raises:
        InputError: a passage, or a notebook, needs something that is no part.
    """
    for page in sorted(staged.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        page.write_text(titled(applying(text, parts, page.name), parts), encoding="utf-8")
    left_out = _labels(root / "book", root) | _declared(root)
    left_out -= _labels(staged, staged) | set(drawn)
    for path in sorted(staged.glob("checklists/*.yml")):
        listed = yaml.safe_load(path.read_text(encoding="utf-8"))
        listed["items"] = [_item(item, left_out, parts, path.name) for item in listed["items"]]
        path.write_text(yaml.safe_dump(listed, allow_unicode=True), encoding="utf-8")


def _item(
    item: dict[str, Any], left_out: Collection[str], parts: Collection[str], where: str
) -> dict[str, Any]:
    """An item of a checklist with those of its places, and of what they hold, in this book."""
    if "at" not in item:
        return item
    kept = {p: said for p, said in item["at"].items() if TARGET.sub(r"\1", p) not in left_out}
    promised = {place: list(_promised(said, parts, where)) for place, said in kept.items()}
    at = {place: words for place, words in promised.items() if words}
    rest = {key: value for key, value in item.items() if key != "at"}
    return rest | ({"at": at} if at else {"absent": ABSENT})


def _promised(
    said: Iterable[str | dict[str, list[str]]], parts: Collection[str], where: str
) -> Iterator[str]:
    """What a place is to hold; of `parts: [words]` the words where the study has those parts."""
    for one in said:
        if isinstance(one, str):
            yield one
            continue
        for needs, words in one.items():
            if require_parts(needs.split(), where) <= set(parts):
                yield from words


def _labels(pages: Path, notebooks: Path) -> set[str]:
    """The labels of sections in pages and in the notebooks beside them."""
    texts = [page.read_text(encoding="utf-8") for page in pages.glob("*.md")]
    for path in notebooks.glob("notebooks/*.ipynb"):
        texts += [cell.source for cell in read_notebook(path).cells if cell.kind == "markdown"]
    return {found["label"] for text in texts for found in LABEL.finditer(text)}


def _declared(root: Path) -> set[str]:
    """The labels of the tables and figures that the project's notebooks write."""
    found = set()
    for path in chapter_files(root / "notebooks"):
        notebook = read_notebook(path)
        require_parts(notebook.needs, path.name)
        for file in notebook.contract.get("writes", []):
            kind, _, name = str(file).partition("/")
            found.add(anchor(kind[:3], Path(name).stem))
    return found


def _needs(cell: Mapping[str, Any]) -> list[str]:
    return list(cell["metadata"].get("compendium", {}).get("needs", []))
