"""What each figure shows: a sentence of its numbers, in its caption and alternative text."""

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from compendium import formatting
from compendium.publish.applying import applying
from compendium.publish.wording import worded
from compendium.strict_yaml import read_yaml

FILE = "findings.yml"
NUMBER = re.compile(r"\{num\}`([^`|]+)(?:\|([^`]*))?`")
Record = dict[str, Any]


def read_findings(book: Path) -> dict[str, str]:
    """The sentences of a book's figures, by the figure's id; none where it has no file of them."""
    path = book / FILE
    return read_yaml(path.read_text(encoding="utf-8"), FILE) if path.is_file() else {}


def with_findings(
    records: Sequence[Record], findings: Mapping[str, str], parts: Collection[str]
) -> list[Record]:
    """Records of runs whose figures say what they show.

    Args:
        records: of all chapters, the p of the plan's families among their numbers.
        findings: sentences with the roles of a page, by the id of a figure.
        parts: what the study holds.

    Raises:
        InputError: a sentence of a figure that is drawn asks for a number that nobody reports.
    """
    numbers = {entry["id"]: entry for record in records for entry in record["numbers"]}

    def saying(output: Record) -> Record:
        if output["kind"] != "figure" or output["id"] not in findings:
            return output
        where = f"{FILE}, {output['id']}"
        text = applying(findings[output["id"]], parts, where)
        said = " ".join(worded(text, numbers, (), where).split())
        if not said:
            return output
        caption = f"{output['caption']} {said}".strip()
        return output | {"caption": caption, "alt": f"{output['alt']}. {as_read(said, numbers)}"}

    return [
        record | {"published": [saying(output) for output in record["published"]]}
        for record in records
    ]


def as_read(text: str, numbers: Mapping[str, Mapping[str, Any]]) -> str:
    """A text with its numbers in place of their roles, for where there is no markup."""
    return NUMBER.sub(
        lambda found: formatting.reported(numbers[found[1].strip()], (found[2] or "").strip()), text
    )
