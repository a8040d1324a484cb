"""What can tell who a person is, found in text by form: names, dates, numbers, addresses, machines.

The forms are those of a Chinese hospital's records, in Chinese and Latin script. A form is only a
sign: the gate in `disclosure` decides by place, and excuses say what a person has looked at.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from compendium.privacy import latin_names, names
from compendium.privacy.dates import DATES
from compendium.privacy.forms import HAN, Form, found_text
from compendium.privacy.numbers import NUMBERS
from compendium.privacy.places import DICOM_STANDARD_ROOT, PLACES
from compendium.privacy.readings import normal, readings

__all__ = ["DICOM_STANDARD_ROOT", "FORMS", "Hit", "find", "masked", "normal"]

FORMS: list[Form] = [*names.NAMES, *latin_names.NAMES, *DATES, *NUMBERS, *PLACES]
# What a text must hold for the forms of a kind to be tried, for speed.
_NEEDS = {
    "name, Chinese": re.compile(f"[{HAN}]"),
    "vehicle": re.compile(f"[{HAN}]"),
    **dict.fromkeys(
        ("citizen number", "telephone", "record number", "bank card", "GPS", "UID", "bed", "birth"),
        re.compile(r"\d"),
    ),
    "date": re.compile(r"\d|[月年节]"),
    "old age": re.compile(r"(?i)\d|ninety|hundred|[十百]"),
    "e-mail": re.compile(r"(?i)@|#|\bat\b"),
    "name, other script": re.compile("[^\x00-\u036f\u2000-\u303f\u4e00-\u9fff]"),
}
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?\b10\.\d{4,}/[^\s\"<>]+")


@dataclass(frozen=True)
class Hit:
    """A place in a text that has the form of an identifier."""

    kind: str
    text: str


def find(text: str) -> Iterator[Hit]:
    """Everything in a text that has the form of an identifier, each once a kind."""
    seen: set[Hit] = set()
    for reading in readings(text):
        plain = _DOI.sub(" ", reading)
        possible = {kind: bool(needed.search(plain)) for kind, needed in _NEEDS.items()}
        for form in FORMS:
            if not possible.get(form.kind, True):
                continue
            for found in form.look.finditer(plain):
                hit = Hit(form.kind, found_text(found))
                if hit not in seen and form.check(found):
                    seen.add(hit)
                    yield hit


def masked(text: str) -> str:
    """The first character and the length of a leak: enough to find it, not to leak it again."""
    text = " ".join(text.split())
    return text[:1] + "*" * min(len(text) - 1, 7)
