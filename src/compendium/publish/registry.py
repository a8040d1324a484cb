"""Registry traceability: what was registered, item by item, and where the compendium answers it."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from compendium.errors import InputError
from compendium.notebook_file import chapter_files, read_notebook
from compendium.parts import study_parts
from compendium.studies import STUDIES
from compendium.studies.registration import Item

Numbers = Mapping[str, Mapping[str, Any]]
HEADING = re.compile(r"^\((?P<label>[a-z0-9-]+)\)=\s*\n#+ +(?P<title>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Answer:
    """A section of a chapter, and the reported numbers in it, that answer a registered item.

    Without a section: the data hold nothing that answers it.
    """

    item: str
    section: str
    numbers: tuple[str, ...]


@dataclass(frozen=True)
class Registry:
    """The registered items of both records, and their answers.

    Attributes:
        items: by record/id, such as NCT07314255/I1.
    """

    items: dict[str, Item]
    answers: tuple[Answer, ...]


def read_registry(
    parts: Collection[str] | None = None,
    sections: Collection[str] = (),
    numbers: Collection[str] = (),
) -> Registry:
    """The registered items and their answers as the studies declare them.

    Args:
        parts: what the data hold, everything by default; a study that is not among them has no
            item.
        sections: of the book; numbers: ids of those reported. Where the data lack a part, answers
            elsewhere and by other numbers are left out.
    """
    parts = study_parts() if parts is None else parts
    whole = set(parts) >= set(study_parts())
    items: dict[str, Item] = {}
    answers: list[Answer] = []
    for study in (study for code, study in STUDIES.items() if code in parts):
        for item in study.items:
            name = f"{study.record}/{item.id}"
            items[name] = item
            held = {one: ids for one, ids in item.answers.items() if whole or one in sections}
            for section, ids in (held or {"": ()}).items():
                told = ids if whole else tuple(one for one in ids if one in numbers)
                answers.append(Answer(name, section, told))
    return Registry(items, tuple(answers))


def sections_of(notebooks: Path) -> dict[str, str]:
    """The labelled headings of all notebooks of a folder: label to title."""
    return {
        found["label"]: found["title"]
        for path in chapter_files(notebooks)
        for cell in read_notebook(path).cells
        if cell.kind == "markdown"
        for found in HEADING.finditer(cell.source)
    }


def faults(registry: Registry, sections: Collection[str], numbers: Numbers) -> list[str]:
    """Items without an answer; answers without an item, section or number, or of other units."""
    answered = {answer.item for answer in registry.answers}
    found = [f"{item}: registered, and not answered" for item in registry.items.keys() - answered]
    for answer in registry.answers:
        if answer.item not in registry.items:
            found.append(f"{answer.item}: answered, and not registered")
        if answer.section and answer.section not in sections:
            found.append(f"{answer.item}: no notebook has a section {answer.section}")
        found += [
            f"{answer.item}: no number {number} is reported"
            for number in answer.numbers
            if number not in numbers
        ]
        found += _other_units(answer, registry.items.get(answer.item), numbers)
    return sorted(found)


def _other_units(answer: Answer, item: Item | None, numbers: Numbers) -> Iterator[str]:
    """Counts that answer an item and count something else than it asks for."""
    for number in answer.numbers:
        counted = numbers[number].get("unit") if number in numbers else None
        if item and number.startswith("n_") and counted is not None and counted != item.unit:
            yield (
                f"{answer.item}: {number} counts {counted or 'nothing that is named'}, expected "
                f"{item.unit or 'a unit of the item'}"
            )


def traceability(registry: Registry, sections: dict[str, str], numbers: Numbers) -> pd.DataFrame:
    """The mapping of registered items to their answers, complete in both directions.

    Args:
        sections: from `sections_of`.
        numbers: all reported numbers by id, each with its unit.

    Returns:
        One row an answer, in the registry's order: record, item, kind, text, section, title,
        numbers (ids).

    Raises:
        InputError: an item has no answer, or an answer has no item, section or number.
    """
    wrong = faults(registry, sections, numbers)
    if wrong:
        raise InputError(
            "registry traceability is not complete; expected an answer for every registered item, "
            "and an item, a section and numbers that count what it asks for every answer. Correct "
            "the study in src/compendium/studies or the notebooks:\n" + "\n".join(wrong)
        )
    by_item = {item: position for position, item in enumerate(registry.items)}
    rows = [
        {
            "record": answer.item.split("/")[0],
            "item": answer.item.split("/")[1],
            "kind": registry.items[answer.item].kind,
            "text": registry.items[answer.item].text,
            "section": answer.section,
            "title": sections.get(answer.section, ""),
            "numbers": answer.numbers,
        }
        for answer in sorted(registry.answers, key=lambda answer: by_item[answer.item])
    ]
    return pd.DataFrame(rows)
