"""Captions and references to them as Word's own fields, which follow when something is moved."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

CAPTIONS = ("ImageCaption", "TableCaption")
LABEL = re.compile(r"(Figure|Table) (\d+)")
Element = Any  # of lxml, whose own types docx does not show


@dataclass(frozen=True)
class Caption:
    """A caption and where links lead that mean it.

    Attributes:
        paragraph: the element of the paragraph.
        label: Figure or Table.
        number: as the book counts.
        names: bookmarks that are open round it.
    """

    paragraph: Element
    label: str
    number: int
    names: frozenset[str]

    @property
    def bookmark(self) -> str:
        """The bookmark of label and number; Word hides those that begin so."""
        return f"_Ref_{self.label}_{self.number}"


def make_fields(document: Document) -> None:
    """Number captions by fields, refer to them by fields, and drop links that lead nowhere."""
    found = list(captions(document))
    places = {(name, f"{one.label} {one.number}"): one for one in found for name in one.names}
    for number, one in enumerate(found):
        _number(one, number)
    known = {mark.get(qn("w:name")) for mark in document.element.body.iter(qn("w:bookmarkStart"))}
    for link in list(document.element.body.iter(qn("w:hyperlink"))):
        anchor = link.get(qn("w:anchor"))
        if anchor is None:
            continue
        if meant := places.get((anchor, _text(link).strip())):
            _replace(link, field(f"REF {meant.bookmark} \\h", _text(link)))
        elif anchor not in known:
            _replace(link, list(link))


def captions(document: Document) -> Iterator[Caption]:
    """Every numbered caption, in the document's order."""
    names: dict[str, str] = {}
    for element in document.element.body.iter():
        if element.tag == qn("w:bookmarkStart"):
            names[element.get(qn("w:id"))] = element.get(qn("w:name"))
        elif element.tag == qn("w:bookmarkEnd"):
            names.pop(element.get(qn("w:id")), None)
        elif (
            element.tag == qn("w:p")
            and style_of(element) in CAPTIONS
            and (found := LABEL.match(_text(element)))
        ):
            yield Caption(element, found[1], int(found[2]), frozenset(names.values()))


def field(instruction: str, shown: str) -> list[Element]:
    """The runs of a field: its instruction and what it shows until Word counts anew."""
    runs = [OxmlElement("w:r") for _ in range(3)]
    for run, kind in zip(runs, ("begin", "separate", "end"), strict=True):
        sign = OxmlElement("w:fldChar")
        sign.set(qn("w:fldCharType"), kind)
        run.append(sign)
    return [runs[0], run_of(f" {instruction} ", "w:instrText"), runs[1], run_of(shown), runs[2]]


def _number(one: Caption, identity: int) -> None:
    """Put the label as text and the number as a field into a bookmark, and the rest after it."""
    first = next(run for run in one.paragraph.iter(qn("w:r")) if _text(run).strip())
    said = LABEL.match(_text(first))
    if said is None or said[0] != f"{one.label} {one.number}":
        return
    start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    start.set(qn("w:name"), one.bookmark)
    for mark in (start, end):
        mark.set(qn("w:id"), str(100_000 + identity))
    label = run_of(f"{one.label} ")
    number = field(f"SEQ {one.label} \\* ARABIC", str(one.number))
    rest = _text(first)[said.end() :]
    _replace(first, [start, label, *number, end, *([run_of(rest)] if rest else [])])


def run_of(text: str, tag: str = "w:t") -> Element:
    """A run of text, or of another element that holds text."""
    run, part = OxmlElement("w:r"), OxmlElement(tag)
    part.set(qn("xml:space"), "preserve")
    part.text = text
    run.append(part)
    return run


def _replace(old: Element, new: list[Element]) -> None:
    for element in new:
        old.addprevious(element)
    old.getparent().remove(old)


def style_of(paragraph: Element) -> str:
    """The id of a paragraph's style."""
    style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
    return "" if style is None else str(style.get(qn("w:val")))


def _text(element: Element) -> str:
    return "".join(part.text or "" for part in element.iter(qn("w:t")))
