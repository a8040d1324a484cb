"""What the disclosure gate found, and what a person has looked at and excused."""

import fnmatch
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from compendium.errors import InputError


@dataclass(frozen=True)
class Finding:
    """Something that must not be published, and where it stands.

    Attributes:
        kind: what it is, such as `date` or `small cell`.
        place: file and place in it.
        found: the thing itself, masked so that the message does not leak it again.
    """

    kind: str
    place: str
    found: str = ""

    def __str__(self) -> str:
        """One line of a list."""
        return f"{self.place}: {self.kind} {self.found}".rstrip()


@dataclass(frozen=True)
class Excuse:
    """One line of the allow-list: kind and place (with * and ?), and why it may be published."""

    kind: str
    place: str
    reason: str

    def excuses(self, finding: Finding) -> bool:
        """True where the finding is of this kind and at such a place."""
        return fnmatch.fnmatchcase(finding.kind, self.kind) and fnmatch.fnmatchcase(
            finding.place, self.place
        )


def allow_template(found: Iterable[Finding]) -> str:
    """An allow-list of all that was found, to be cut down and given reasons by a person."""
    unique = dict.fromkeys((finding.kind, finding.place) for finding in found)
    entries = [{"kind": kind, "place": place, "reason": ""} for kind, place in unique]
    text: str = yaml.safe_dump(entries, allow_unicode=True, sort_keys=False, width=1000)
    return text


def read_allow_list(path: Path) -> list[Excuse]:
    """The excuses of a study; none where there is no file.

    Raises:
        InputError: an entry lacks its kind, place or reason, or has something else.
    """
    if not path.is_file():
        return []
    entries = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    if not isinstance(entries, list):
        raise InputError(f"{path}: expected a list of entries with kind, place and reason.")
    excuses = []
    for number, entry in enumerate(entries, start=1):
        keys = set(entry) if isinstance(entry, dict) else set()
        if keys != {"kind", "place", "reason"} or len(str(entry["reason"]).split()) < 3:
            raise InputError(
                f"{path}, entry {number}: expected kind, place and a reason of some words. Say who "
                f"decided and why, or remove the entry."
            )
        excuses.append(Excuse(str(entry["kind"]), str(entry["place"]), str(entry["reason"])))
    return excuses
