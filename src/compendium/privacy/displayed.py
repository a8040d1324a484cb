"""Counts of few people, and rows a person, in what a notebook's cells show beside its results.

A published table says what its columns count; what a cell prints or displays says nothing, so that
every whole number of few counts here, in a table of whole numbers and beside words for people.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from compendium.published import PERSON_KEYS

_PEOPLE = (
    "patients?|people|persons?|subjects?|participants?|men|women|males?|females?|deaths?|"
    "events?|cases?|lesions?|responders?"
)
_FEW_WORDS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
}
_COUNTED = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<![\d.])(\d+) ?(?:/|of|out of) ?\d+(?![\d./])",
        r"(?<![\d.])(\d+) ?\( ?\d+(?:\.\d+)? ?%",
        r"(?i)\b(?:n|count|events?|deaths?|patients?|人数|例数) ?[=:] ?(\d+)(?![\d.])",
        rf"(?i)(?<![\w.])(\d+|one|two|three|four) (?:{_PEOPLE})\b",
        r"(?<![\d.])(\d+|[一二两三四])\s?(?:例|名患|名男|名女|人(?!份)|位患)",
        r"""['"][^'"]*['"]: (\d+)(?=[,}])""",
    )
)
_TOLD = re.compile(
    r"(?<![\w.,:<>≤≥–-])(?<!than )(?<!the )(?<!needs )(?<!least )(?<!under )"
    r"(?<!below )(?<!most )(?<!every )(?<!of )"
    r"(?<!or )(?<!to )(?<!cell )(?<!first )(?<!by )"
    r"(\d+) (?:of (?:the )?\d+ )?(?:patients?|people|persons?|participants?|women|men|deaths?)\b"
    r"|(?<![\d.第少于过])(\d+) ?(?:例|名)(?:患者|病人|女性|男性|死亡)"
)
_SERIES = re.compile(r"^(?:Name: .*, )?(?:Length: \d+, )?dtype: [uU]?[iI]nt\d+$")
_NO_PEOPLE = re.compile(
    r"(?i)age|stage|grade|year|day|month|week|order|rank|step|index|number of draws|seed|score|"
    r"row|cell|fold|version|bin|level|threshold"
)


def small_counts(outputs: list[dict[str, Any]], threshold: int) -> Iterator[str]:
    """What in a cell's outputs counts few people, in a few words each.

    Args:
        outputs: of one cell, as nbformat has them.
        threshold: counts from 1 to below it are small.
    """
    for output in outputs:
        data = output.get("data", {})
        if _is_published(data):
            continue
        if "text/html" in data:
            yield from _in_tables(_text(data["text/html"]), threshold)
        else:
            yield from _in_text(_text(data.get("text/plain", output.get("text", ""))), threshold)


def told(text: str, threshold: int) -> Iterator[str]:
    """What a sentence of a page says of few people, such as `2 patients died`; no limit of a rule.

    Numbers of the record are hidden before a page is made: only what somebody typed is left.
    """
    for found in _TOLD.finditer(text):
        if _small(found[1] or found[2], threshold):
            yield found[0]


def persons(outputs: list[dict[str, Any]]) -> Iterator[str]:
    """Columns of displayed tables that make a row a person."""
    for output in outputs:
        data = output.get("data", {})
        text = _text(data.get("text/html", data.get("text/plain", output.get("text", ""))))
        if not _is_published(data):
            heads = text.split("</thead>")[0] if "<thead" in text else text[:400]
            yield from (key for key in PERSON_KEYS if re.search(rf"\b{key}\b", heads))


def _is_published(data: dict[str, Any]) -> bool:
    """Whether it is shown by a Report, whose record says what it counts; not a bare data frame."""
    shown = _text(data.get("text/html", ""))
    drawn = "image/svg+xml" in data
    return drawn or ('scope="col"' in shown and "dataframe" not in shown)


def _text(content: Any) -> str:
    return "".join(content) if isinstance(content, list) else str(content)


def _small(text: str, threshold: int) -> bool:
    number = _FEW_WORDS.get(text.lower(), int(text) if text.isdigit() else 0)
    return 0 < number < threshold


def _in_text(text: str, threshold: int) -> Iterator[str]:
    lines = text.splitlines()
    for line in lines:
        for pattern in _COUNTED:
            yield from (m[0] for m in pattern.finditer(line) if _small(m[1], threshold))
    if lines and _SERIES.match(lines[-1].strip()):
        for line in lines[:-1]:
            last = line.split()[-1:]
            if last and _small(last[0], threshold):
                yield f"count {last[0]}"
    else:
        yield from _in_rows([line.split() for line in lines], threshold)


def _in_rows(rows: list[list[str]], threshold: int) -> Iterator[str]:
    """Small counts in a printed table: columns of whole numbers, from the right."""
    body = [row for row in rows if len(row) >= 2 and re.fullmatch(r"-?[\d.]+|NaN", row[-1])]
    width = min(map(len, body), default=1)
    if len(body) < 2:
        return
    heads = next((row for row in rows if row not in body and len(row) >= width - 1), [])
    for place in range(1, width):
        column = [row[-place] for row in body]
        head = heads[-place] if place <= len(heads) else ""
        if all(cell.isdigit() for cell in column) and not _NO_PEOPLE.search(head):
            yield from (f"{head or 'count'} {cell}" for cell in column if _small(cell, threshold))


def _in_tables(text: str, threshold: int) -> Iterator[str]:
    reader = _Table()
    reader.feed(text)
    width = max(map(len, reader.body), default=0)
    for place in range(1, width + 1):
        column = [row[-place] for row in reader.body if len(row) >= place]
        head = reader.heads[-place] if place <= len(reader.heads) else ""
        whole = all(re.fullmatch(r"\d+(?:\.0)?|NaN|", cell) for cell in column)
        for cell in column:
            counts = [m[1] for pattern in _COUNTED for m in pattern.finditer(cell)]
            counts += [cell.removesuffix(".0")] if whole and place < width else []
            if not _NO_PEOPLE.search(head) and any(_small(one, threshold) for one in counts):
                yield f"{head or 'count'} {cell}"


class _Table(HTMLParser):
    """The cells of a data frame's table: its last row of headings, and its body."""

    def __init__(self) -> None:
        super().__init__()
        self.heads: list[str] = []
        self.body: list[list[str]] = []
        self._row: list[str] = []
        self._head = False
        self._open = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """A row or a cell begins."""
        if tag == "thead":
            self._head = True
        elif tag == "tr":
            self._row = []
        elif tag in ("td", "th"):
            self._row.append("")
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        """A row ends."""
        if tag == "thead":
            self._head = False
        elif tag in ("td", "th"):
            self._open = False
        elif tag == "tr" and self._head:
            # A second row of headings names the index; the columns' names stand in the first.
            self.heads = self.heads if any(self.heads) else self._row
        elif tag == "tr":
            self.body.append(self._row)

    def handle_data(self, data: str) -> None:
        """Text of a cell."""
        if self._open:
            self._row[-1] += data.strip()
