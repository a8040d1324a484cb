"""The words in which a study's plan is declared: guarded tests, their families, and departures.

The plan itself is prose, `book/analysis_plan.md`; what a program needs of it is declared as values.
"""

from dataclasses import dataclass
from typing import Literal

Role = Literal["primary", "key secondary"]


@dataclass(frozen=True)
class Guarded:
    """A test whose p-value is adjusted together with those of its family.

    Attributes:
        number: id of the reported number whose p it is.
        label: what is tested, in a table's words.
        item: id of the registered item that asks for it; empty where the choice is ours.
        needs: the tracer without which a study cannot ask it; empty where none is needed.
    """

    number: str
    label: str
    item: str = ""
    needs: str = ""


@dataclass(frozen=True)
class Family:
    """Tests that Holm's rule guards together: any false rejection among them has 5 %.

    A test that the data do not carry stays a member, so that the family is the same for all data
    of its kind; one of a tracer that nobody was given is no question of the study.
    """

    role: Role
    tests: tuple[Guarded, ...]


@dataclass(frozen=True)
class Expected:
    """A number that a registry record gives, to be set against the run's.

    Attributes:
        what: in words.
        low, high: the record's number, or the ends of its range.
        number: id of the reported number.
        item: id of the registered item.
    """

    what: str
    low: float
    high: float
    number: str
    item: str


@dataclass(frozen=True)
class Choice:
    """Something in which the plan says other or more than the registry record.

    Attributes:
        item: id of the registered item.
        registered: what the record says, paraphrased.
        planned: what the plan does; MyST, in which rules may be cited.
        why: the grounds.
    """

    item: str
    registered: str
    planned: str
    why: str
