"""Passages and lines of Markdown that stand under a condition.

:::{role} words    a passage up to `:::`; one may stand within another
{role}`words` text a line that stands where the condition holds
"""

import re
from collections.abc import Callable

from compendium.errors import InputError

FENCE = re.compile(r"^(?P<fence>:{3,})(?P<opens>\{.*)?[ \t]*$")


def kept(text: str, role: str, holds: Callable[[str], bool]) -> str:
    """A text without the passages and lines of a role whose condition does not hold.

    Args:
        text: Markdown.
        role: such as `needs`.
        holds: whether the words of a condition hold.
    """
    block = re.compile(
        rf"^(?P<fence>:{{3,}})\{{{role}\}}(?P<asked>[^\n]*)\n(?P<text>.*?)^(?P=fence)[ \t]*$\n?",
        re.MULTILINE | re.DOTALL,
    )
    line = re.compile(
        rf"^(?P<before>.*?) ?\{{{role}\}}`(?P<asked>[^`]+)`(?P<after>.*)$\n?", re.MULTILINE
    )
    while block.search(text):
        text = block.sub(lambda found: found["text"] if holds(found["asked"]) else "", text)
    while line.search(text):
        text = line.sub(
            lambda found: f"{found['before']}{found['after']}\n" if holds(found["asked"]) else "",
            text,
        )
    return text


def require_fences(text: str, where: str) -> None:
    """Each fence of colons has its end, and none stands in another of its length.

    Raises:
        InputError: names the line of the first that does not; what it holds would be misread.
    """
    open_at: dict[str, int] = {}
    for at, line in enumerate(text.splitlines(), 1):
        found = FENCE.match(line)
        if not found:
            continue
        fence = found["fence"]
        if bool(found["opens"]) == (fence in open_at):
            raise InputError(
                f"{where}, line {at}: {line.strip()!r} does not pair with the fences before it; "
                f"expected each to end, and one within another to have another number of colons."
            )
        if found["opens"]:
            open_at[fence] = at
        else:
            del open_at[fence]
    if open_at:
        fence, at = open_at.popitem()
        raise InputError(f"{where}, line {at}: {fence!r} has no end. Write {fence!r} after it.")
