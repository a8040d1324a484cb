"""What is counted, in words: 1 event, 2 events."""

import re

ONE_OF = re.compile(
    r"\b(bands|blocks|classes|clusters|days|deaths|events|foci|folds|lesions|pairs|patients|readers"
    r"|months|reasons|rows|samples|values|years)\b"
)
"""What is counted, in the plural."""


def counted(count: int, what: str) -> str:
    """A number and what is counted, which is given in the plural: 1 event, 2 events."""
    return f"{count} {one_of(what) if count == 1 else what}"


def one_of(what: str) -> str:
    """What is counted, given in the plural, in the singular."""
    return ONE_OF.sub(_singular, what, count=1)


def _singular(plural: re.Match[str]) -> str:
    return {"foci": "focus", "classes": "class"}.get(plural[0], plural[0].removesuffix("s"))
