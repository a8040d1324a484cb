"""What a notebook's roles stand for: numbers, limits, sources, references, by the latest results.

JupyterLab shows `` {num}`id` `` as its id, the book the number. This gives both the same words.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from compendium import formatting
from compendium.bibliography import BIBLIOGRAPHY, entries_of
from compendium.errors import UserError
from compendium.notebook_file import chapter_files, read_notebook
from compendium.parameters import read_params
from compendium.params_files import params_of
from compendium.pipeline.exploring import BESIDE, FOLDER, published_as
from compendium.rules import Rules
from compendium.rules.in_words import said
from compendium.strict_yaml import read_yaml

ROLE = re.compile(r"\{(num|rule|needs|shown|analysis)\}`([^`]+)`")
CLAIMS = "book/claims.yml"
HEADING = re.compile(r"^\(([\w-]+)\)=\s*\n#+ +(.+)$", re.M)


def roles_of(root: Path, study: str, notebook: str) -> dict[str, dict[str, str]]:
    """The words in place of a notebook's roles.

    Args:
        root: the project's folder.
        study: of params/<study>.yml.
        notebook: its name.

    Returns:
        `spans` by the text of a role {num}, {rule}, {claim}, {analysis}, {needs} or {shown};
        `cites` by the key of a source; `refs` by the label of a section, table or figure.
    """
    params = read_params(params_of(study))
    results_dir = root / str(params["results_dir"])
    numbers = latest_numbers(results_dir)
    rules = Rules(**params["rules"])
    source = root / "notebooks" / f"{notebook}.ipynb"
    cells = read_notebook(source).cells
    texts = [cell.source for cell in cells if cell.kind == "markdown"]
    spans = dict(_spans("\n".join([*texts, *(cell.caption for cell in cells)]), numbers, rules))
    refs = references(root) | dict(_captioned(results_dir))
    return {"spans": claimed(root) | spans, "cites": citations(root), "refs": refs}


def latest_numbers(results_dir: Path) -> dict[str, dict[str, Any]]:
    """Every number by id: as it was explored last, else as published.

    A chapter counts as explored where nothing was published of it since.
    """
    found: dict[str, dict[str, Any]] = {}
    for record in sorted((results_dir / "numbers").glob("*.json")):
        found |= _by_id(record)
    for record in sorted((results_dir / FOLDER).glob("*/numbers/*.json")):
        told = json.loads(record.read_text(encoding="utf-8"))
        if told.get(BESIDE, "") == published_as(results_dir, record.stem):
            found |= _by_id(record)
    return found


def claimed(root: Path) -> dict[str, str]:
    """What the sources give, by the name of the claim; nothing where the book has none."""
    path = root / CLAIMS
    claims = read_yaml(path.read_text(encoding="utf-8"), CLAIMS) if path.is_file() else {}
    return {
        name: formatting.of_source(one["value"], one.get("unit", ""))
        for name, one in claims.items()
        if one.get("value") is not None
    }


def _captioned(results_dir: Path) -> Iterator[tuple[str, str]]:
    """How each published figure's caption begins, by the label of the figure."""
    for record in sorted((results_dir / "numbers").glob("*.json")):
        for one in json.loads(record.read_text(encoding="utf-8"))["published"]:
            if one["kind"] == "figure" and one["caption"]:
                title = re.split(r"[.:;](?:\s|$)", one["caption"], maxsplit=1)[0]
                yield formatting.anchor("fig", one["id"]), f"Figure: {title}"


def _by_id(record: Path) -> dict[str, dict[str, Any]]:
    told = json.loads(record.read_text(encoding="utf-8"))
    return {str(entry["id"]): entry for entry in told["numbers"]}


def _spans(
    text: str, numbers: Mapping[str, Mapping[str, Any]], rules: Rules
) -> Iterator[tuple[str, str]]:
    for role, content in ROLE.findall(text):
        name, _, part = content.partition("|")
        name, part = name.strip(), part.strip()
        if role in ("needs", "shown"):
            yield content, ""
        elif role == "analysis":
            yield content, content.partition("<")[0].strip()
        elif role == "num" and name in numbers:
            yield content, shown_number(numbers[name], part)
        elif role == "rule" and name in Rules.declared:
            yield content, said(rules, name, part)


def shown_number(entry: Mapping[str, Any], part: str) -> str:
    """A number as the prose asks for it; a part that it does not have is named."""
    try:
        return formatting.reported(entry, part)
    except KeyError:
        return f"{entry['id']}: no part {part!r}"


def with_roles(
    text: str, results_dir: Path, numbers: Mapping[str, Mapping[str, Any]], rules: Rules
) -> str:
    """A text with its numbers and limits in place of their roles, such as a caption.

    Args:
        results_dir: the study's, for numbers of other chapters.
        numbers: of the running chapter, by id; the role of one that is nowhere stays as it is.
    """
    words = dict(_spans(text, latest_numbers(results_dir) | dict(numbers), rules))
    return ROLE.sub(lambda found: words.get(found[2], found[0]), text)


def citations(root: Path) -> dict[str, str]:
    """Author and year of each source of the bibliography, by its key."""
    return {key: _cited(entry) for key, entry in entries_of(root / BIBLIOGRAPHY).items()}


def _cited(fields: Mapping[str, str]) -> str:
    names = [name.split(",")[0].strip(" {}") for name in fields.get("author", "").split(" and ")]
    who = names[0] if len(names) < 3 else f"{names[0]} et al."
    who = " and ".join(names) if len(names) == 2 and names[1] != "others" else who
    who = f"{names[0]} et al." if names[-1] == "others" else who
    return f"{who} {fields.get('year', '')}".strip()


def references(root: Path) -> dict[str, str]:
    """The title of each labelled section, and what stands for each figure, by its label."""
    found: dict[str, str] = {}
    texts = [path.read_text(encoding="utf-8") for path in sorted((root / "book").glob("*.md"))]
    for path in chapter_files(root / "notebooks"):
        cells = read_notebook(path).cells
        texts += [cell.source for cell in cells if cell.kind == "markdown"]
        for cell in cells:
            figure = cell.metadata.get("mystnb", {}).get("figure", {})
            if "name" in figure:
                found[str(figure["name"])] = f"the figure {figure['name']}"
    for text in texts:
        found |= {label: title.strip() for label, title in HEADING.findall(text)}
    return found


def answer(root: Path, study: str, path: str) -> dict[str, Any]:
    """What the server tells of a notebook that is open; empty where it is none of the project."""
    try:
        return {**roles_of(root, study, Path(path).stem)}
    except (UserError, ValueError, KeyError):  # the notebook itself says what is wrong
        return {"spans": {}, "cites": {}, "refs": {}}
