"""The words by which the people of some files are known, and text without them.

Every spelling counts: a name's parts in either order, with any sign or none between; a number with
other signs between its characters; a birth date in the forms in which people write it.
"""

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property

from pydicom.datadict import dictionary_has_tag, dictionary_VR, keyword_for_tag
from pydicom.dataset import Dataset

from compendium.privacy import identifiers

NUMBERS = (
    "PatientID",
    "OtherPatientIDs",
    "AccessionNumber",
    "AdmissionID",
    "StudyID",
    "MedicalRecordLocator",
    "PatientTelephoneNumbers",
    "RequestedProcedureID",
    "ServiceEpisodeID",
)
PLACES = ("InstitutionName", "InstitutionAddress", "PatientAddress")
BLANK = "***"
SIGN = r"[\s^_,.\-=/]*"
# Words that fields hold in place of a name; blanking them would blank what is harmless.
NO_NAMES = frozenset(
    ("anonymous", "anon", "anonymized", "deidentified", "patient", "phantom", "test", "unknown")
)


@dataclass
class OwnWords:
    """Patterns of everything by which a person of these files is known."""

    patterns: set[str] = field(default_factory=set)
    _cleaned: dict[tuple[str, bool], str] = field(default_factory=dict)

    def collect(self, dataset: Dataset) -> None:
        """Add the names, numbers and places of a data set, at every depth."""
        for tag in filter(_is_of_interest, list(dataset.keys())):
            element = dataset[tag]
            if element.VR == "SQ":
                for item in element.value:
                    self.collect(item)
            elif element.VR == "PN":
                self.patterns |= {p for name in _values(element) for p in _name_patterns(name)}
            elif element.keyword in NUMBERS:
                self.patterns |= {p for text in _values(element) for p in _number_patterns(text)}
            elif element.keyword in PLACES:
                self.patterns |= {p for text in _values(element) for p in _place_patterns(text)}
            elif element.keyword == "PatientBirthDate":
                self.patterns |= {p for text in _values(element) for p in _date_patterns(text)}

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        longest = sorted(self.patterns, key=lambda one: (-len(one), one))
        return re.compile("|".join(longest), re.IGNORECASE) if longest else None

    def blanked(self, text: str, *, forms: bool = True) -> str:
        """The text with what identifies replaced; the same text where nothing does.

        Args:
            forms: whether what only has the form of an identifier goes too.
        """
        asked = (text, forms)  # slices repeat each other
        if asked not in self._cleaned:
            self._cleaned[asked] = self._blank(text, forms)
        return self._cleaned[asked]

    def _blank(self, text: str, forms: bool) -> str:
        plain = identifiers.normal(text)
        cleaned = self._pattern.sub(BLANK, plain) if self._pattern else plain
        if forms:
            for hit in list(identifiers.find(cleaned)):
                cleaned = cleaned.replace(hit.text, BLANK)
            if next(identifiers.find(cleaned), None) is not None:
                return BLANK
        return text if cleaned == plain else cleaned


@cache
def _is_of_interest(tag: int) -> bool:
    """True for elements that hold words; the others need not be read."""
    if not dictionary_has_tag(tag):
        return False
    named = keyword_for_tag(tag)
    return (
        dictionary_VR(tag) in ("PN", "SQ")
        or named in (*NUMBERS, *PLACES)
        or (named == "PatientBirthDate")
    )


def _values(element: Iterable[object]) -> list[str]:
    value = element.value  # type: ignore[attr-defined]
    many = value if element.VM > 1 else [value]  # type: ignore[attr-defined]
    return [identifiers.normal(str(one)).strip(" \0") for one in many if one]


def _name_patterns(name: str) -> Iterator[str]:
    for spelling in name.split("="):
        parts = [part for part in re.split(r"[\s^_,.]+", spelling) if part.strip("*")]
        parts = [part for part in parts if part.casefold() not in NO_NAMES]
        for length in (2, 3):
            for some in itertools.permutations(parts[:4], length):
                if sum(map(len, some)) >= (2 if _is_chinese(some[0]) else 4):
                    yield _bounded(SIGN.join(map(re.escape, some)), some[0])
        for part in parts:
            if len(part) >= (2 if _is_chinese(part) else 3):
                yield _bounded(re.escape(part), part)


def _is_chinese(text: str) -> bool:
    return bool(re.search(r"[\u3400-\u9fff]", text))


def _bounded(pattern: str, text: str) -> str:
    """Whole words where words have bounds."""
    return pattern if _is_chinese(text) else rf"(?<![^\W\d_]){pattern}(?![^\W\d_])"


def _number_patterns(text: str) -> Iterator[str]:
    core = re.sub(r"[\W_]", "", text)
    digits = "".join(re.findall(r"\d", text)).lstrip("0")
    if len(core) >= 4:
        yield rf"(?<![^\W_]){SIGN.join(map(re.escape, core))}(?![^\W_])"
    if len(digits) >= 5:
        yield rf"(?<!\d)0*{SIGN.join(digits)}(?!\d)"


def _place_patterns(text: str) -> Iterator[str]:
    words = text.split()
    if len(text) >= 4:
        yield r"\s*".join(map(re.escape, words))


def _date_patterns(text: str) -> Iterator[str]:
    if not re.fullmatch(r"\d{8}", text):
        return
    year, month, day = text[:4], text[4:6].lstrip("0"), text[6:].lstrip("0")
    sign = r"[\s\-/.年月]{0,2}"
    for order in ((year, f"0?{month}", f"0?{day}"), (f"0?{day}", f"0?{month}", year)):
        yield rf"(?<!\d){sign.join(order)}(?!\d)"
    yield rf"(?<!\d)0?{month}{sign}0?{day}{sign}{year}(?!\d)"
