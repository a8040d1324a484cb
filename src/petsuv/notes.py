"""What a conversion used, where each quantity came from, and what a reader should know of it."""

from dataclasses import dataclass, field
from datetime import datetime

SEPARATOR = "; "  # between flags in one cell


@dataclass(frozen=True)
class Quantity:
    """A number, time or text that was used.

    Attributes:
        source: the tag it came from, or who supplied it.
    """

    value: float | str | datetime
    unit: str
    source: str


@dataclass
class Notes:
    """Quantities by name and flags, in the order in which they arose."""

    quantities: dict[str, Quantity] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)

    def take(self, name: str, value: float | str | datetime, unit: str, source: str) -> None:
        """Record a quantity."""
        self.quantities[name] = Quantity(value, unit, source)

    def flag(self, text: str) -> None:
        """Record a flag, once, without the mark that separates flags in a cell."""
        text = text.replace(SEPARATOR.strip(), ",")
        if text not in self.flags:
            self.flags.append(text)


@dataclass(frozen=True)
class Overrides:
    """What a person supplies beside the header.

    Attributes:
        administered_at: date and time of administration in the header's clock.
        table_administered_at: the same by the study's own table; used where the header has none.
        weight_kg: body weight in place of the header's.
        supplied_by: who gave them, for the audit row.
        table: what the study's own table of scans is called.
    """

    administered_at: datetime | None = None
    table_administered_at: datetime | None = None
    weight_kg: float | None = None
    supplied_by: str = "command line"
    table: str = "study table"
