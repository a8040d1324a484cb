"""What came of comparing a scan's row with what its files say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from petsuv.identity import Identity

Row = Mapping[str, Any]

WHICH = "Give the scan the series and regions that were made of it, or correct the table."


@dataclass(frozen=True)
class Contradiction:
    """Table and header, or two headers, that cannot both be right; by the column concerned."""

    column: str
    found: str
    expected: str
    remedy: str = WHICH

    def __str__(self) -> str:
        return f"{self.found}; expected {self.expected}. {self.remedy}"


@dataclass
class Verdict:
    """What was compared of a scan.

    Attributes:
        agree: what table and header say alike.
        unproven: what one of them, or both, do not say.
    """

    agree: list[str] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)
    contradictions: list[Contradiction] = field(default_factory=list)

    def note(self, topic: str, contradiction: Contradiction | None, *, known: bool) -> None:
        """File a topic under what came of it."""
        if not known:
            self.unproven.append(topic)
        elif contradiction is None:
            self.agree.append(topic)
        else:
            self.contradictions.append(contradiction)

    @property
    def summary(self) -> str:
        """In a line, for the audit."""
        parts = (("agree", self.agree), ("not provable", self.unproven))
        return ", but ".join(f"{word}: {', '.join(topics)}" for word, topics in parts if topics)


@dataclass(frozen=True)
class Compared:
    """A row of pet_scan with what its files say, and what is known of its patient."""

    row: Row
    person: Row
    series: Identity
    residual: Identity
    region: Identity
    registration: Identity
    verdict: Verdict

    @property
    def name(self) -> str:
        """The scan_id."""
        return str(self.row["scan_id"])

    @property
    def patient(self) -> str:
        """The patient_id of the table."""
        return str(self.row["patient_id"])
