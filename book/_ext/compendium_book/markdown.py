"""Small pieces of MyST Markdown."""

import re
from collections.abc import Iterable, Sequence


def pipe_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; bars and line breaks in cells are escaped."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(
        "| " + " | ".join(str(cell).replace("|", r"\|").replace("\n", " ") for cell in line) + " |"
        for line in lines
    )


def plain(text: str) -> str:
    """Text that Markdown must not read as markup."""
    return re.sub(r"([\\`*_{}\[\]<>$])", r"\\\1", text)
