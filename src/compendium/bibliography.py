"""The book's bibliography, as it is written: each field on a line of its own, in braces."""

import re
from pathlib import Path

BIBLIOGRAPHY = "book/references.bib"  # from the project's folder
ENTRY = re.compile(r"^@\w+\{(?P<key>[^,\s]+),(?P<body>.*?)^\}", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r"^\s*(\w+)\s*=\s*\{(.*)\},?\s*$", re.MULTILINE)


def entries_of(path: Path) -> dict[str, dict[str, str]]:
    """The fields of each entry by its key, their names in small; nothing without the file."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return {
        found["key"]: {name.lower(): value for name, value in FIELD.findall(found["body"])}
        for found in ENTRY.finditer(text)
    }
