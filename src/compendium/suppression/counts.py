"""How a count of people is shown to others: as a function of its value alone.

Equal counts look the same wherever they stand, so that no two tables can be held against each
other to learn more than either tells.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field

ONE = (
    r"(?:[a-z]+-)?(?:responder|patient|person|candidate|carrier|death|event|lesion|scan|pair|sample|"
    r"block|read|value)"
)
NOUNS = rf"(?:{ONE}s?|people|series)"
QUOTED = re.compile(
    rf"\b(?P<ratio>\d+(?: of \d+|(?:/\d+)+))(?= {NOUNS}\b)"
    rf"|(?<![\d.,–/-])(?P<count>\d+)(?= (?:(?:other|further|later|more) )?{NOUNS}\b)"
    r"|\bn = (?P<n>\d+)\b"
)
LIMIT = re.compile(r"(?:at least|at most|under|over|than|below|above|every|first|last)\s*$")
DECIMAL = re.compile(r"\d\.\d")
IN_CELL = re.compile(
    r"(?<![\d./])(?P<count>\d+)(?:/(?P<of>\d+))? \((?P<share>[\d.]+)(?P<sign>%?)\)"
    r"|(?<![\d./])(?P<ratio>\d+(?:/\d+)+)(?![\d./])"
    r"|^\s*(?P<whole>\d+)(?=\s*$| of \d)|(?<= of )(?P<all>\d+)"
)
MANY = 100_000  # more than any study has of anything


@dataclass(frozen=True)
class Counts:
    """A way to show counts.

    Attributes:
        least: counts from 1 to below it are not shown; others are rounded to a multiple of it.
        widened: counts of which it is shown only that they are not below it, because a smaller
            one could be worked out from them.
    """

    least: int
    widened: frozenset[int] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        """Refuse a threshold that would show every count."""
        if self.least < 2:
            raise ValueError(f"the threshold is {self.least}; expected 2 or more.")

    @property
    def few(self) -> str:
        """A count below the threshold."""
        return f"<{self.least}"

    def small(self, count: object) -> bool:
        """True for a count that is not shown; zero tells of nobody."""
        return isinstance(count, int | float) and 0 < count < self.least

    def shown(self, count: float) -> int | str | float:
        """A count as others see it; a missing one stays missing."""
        if math.isnan(count) or count == 0:
            return count
        if self.small(count):
            return self.few
        if int(count) in self.widened:
            return f"≥{self.least}"
        return int(self.least * ((count + self.least / 2) // self.least))

    def range(self, count: float) -> tuple[float, float]:
        """The least and the greatest count that is shown as this one is."""
        shown = self.shown(count)
        if shown == 0:
            return 0, 0
        if isinstance(shown, str):
            return (1, self.least - 1) if shown == self.few else (self.least, MANY)
        near = range(max(self.least, int(shown) - self.least), int(shown) + self.least)
        alike = [other for other in near if self.shown(other) == shown]
        return alike[0], alike[-1]

    def cell(self, text: str) -> str:
        """A cell that holds counts: `12 (40%)`, `12/30 (40%)`, `9/7/8`, `17 of 20`, `12`."""
        return IN_CELL.sub(self._in_cell, text)

    def _in_cell(self, found: re.Match[str]) -> str:
        if found["count"]:
            return self._with_share(found)
        return self._ratio(found["ratio"] or found["whole"] or found["all"])

    def text(self, text: str) -> str:
        """A text with the counts that it quotes; decimals beside a small one would tell it."""
        few = [found for found in QUOTED.finditer(text) if self._hides(found, text)]
        if few and DECIMAL.search(text):
            return f"rests on fewer than {self.least} people or events"
        quoted = QUOTED.sub(self._quoted(text), text)
        return re.sub(rf"(?<=fewer than {self.least} )({ONE})\b", r"\1s", quoted)

    def _hides(self, found: re.Match[str], text: str) -> bool:
        number = found["count"] or found["n"]
        limit = LIMIT.search(text[: found.start()])
        return not limit and number is not None and self.small(int(number))

    def _quoted(self, text: str) -> Callable[[re.Match[str]], str]:
        def replaced(found: re.Match[str]) -> str:
            if LIMIT.search(text[: found.start()]):
                return found[0]
            if found["ratio"]:
                return self._ratio(found["ratio"])
            shown = self.shown(int(found["count"] or found["n"]))
            if found["n"]:
                return f"n = {shown}"
            return self._in_words(shown)

        return replaced

    def _in_words(self, shown: object) -> str:
        if shown == self.few:
            return f"fewer than {self.least}"
        return (
            f"at least {self.least}"
            if isinstance(shown, str)
            else f"about {shown}" * bool(shown) or "0"
        )

    def _ratio(self, text: str) -> str:
        return re.sub(r"\d+", lambda found: str(self.shown(int(found[0]))), text)

    def _with_share(self, found: re.Match[str]) -> str:
        count, share = int(found["count"]), float(found["share"])
        of = int(found["of"]) if found["of"] else round(100 * count / share) if share else 0
        shown, whole = self.shown(count), self.shown(of)
        beside = f"/{whole}" if found["of"] else ""
        if isinstance(shown, str) or isinstance(whole, str):
            return f"{shown}{beside}"
        part = 100 * shown / whole if whole else share
        return f"{shown}{beside} ({min(part, 100):.0f}{found['sign']})"
