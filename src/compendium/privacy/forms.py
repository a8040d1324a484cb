"""A form of identifier: how it looks, and a further check of what looks so."""

import re
from collections.abc import Callable
from dataclasses import dataclass

# Borders in mixed text: a Chinese character beside a number or a Latin word is no part of it.
START, END = r"(?<![A-Za-z0-9_])", r"(?![A-Za-z0-9_])"
HAN = r"\u3400-\u9fff"

Check = Callable[[re.Match[str]], bool]


@dataclass(frozen=True)
class Form:
    """One form of identifier.

    Attributes:
        kind: what it tells of.
        look: its pattern; the first group that matched, or the whole, is what is found.
        check: a further check of what looks so.
    """

    kind: str
    look: re.Pattern[str]
    check: Check = lambda found: True


def forms(kind: str, *looks: str, check: Check = lambda found: True) -> list[Form]:
    """Forms of one kind that share a check."""
    return [Form(kind, re.compile(look), check) for look in looks]


def found_text(found: re.Match[str]) -> str:
    """What is found: the first group that matched, or the whole."""
    return next((group for group in found.groups() if group), found[0]).strip()


def listed(words: str) -> list[str]:
    """Words that are written one after the other."""
    return words.split()
