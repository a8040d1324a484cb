"""One element of a header as text, with the tag that it stood in."""

from dataclasses import dataclass

from petsuv.errors import Refused
from petsuv.text import decimal

AGAIN = "Export the series again from the archive."


@dataclass(frozen=True)
class Field:
    """One element of a header as text, and where it stood.

    Attributes:
        place: file or series, for messages.
        tag: (gggg,eeee) Name.
        text: the value as stored, without padding; empty when absent or empty.
    """

    place: str
    tag: str
    text: str

    def __bool__(self) -> bool:
        return bool(self.text)

    @property
    def values(self) -> tuple[str, ...]:
        """The parts of a multi-valued text, upper case."""
        return tuple(part.strip().upper() for part in self.text.split("\\") if part.strip())

    def refusal(self, expected: str, remedy: str = AGAIN) -> Refused:
        """A refusal that names the place, the tag and the value."""
        found = f"is {self.text}" if self.text else "is missing or empty"
        return Refused(f"{self.place}: {self.tag} {found}; expected {expected}. {remedy}")

    def number(self) -> float | None:
        """The value as a finite number; None where it is absent.

        Raises:
            Refused: the text is not one finite number.
        """
        if not self.text:
            return None
        value = decimal(self.text)
        if value is None:
            raise self.refusal("one number", "Have the header corrected at its source.")
        return value
