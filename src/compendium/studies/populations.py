"""The words in which it is declared who belongs together in an analysis."""

from dataclasses import dataclass
from typing import Literal

from compendium.studies.conditions import Among, Condition, Yes


@dataclass(frozen=True)
class Rows:
    """A patient has a row in a table that fulfils a condition, or has none.

    Attributes:
        table: of the study, `cohort`, or one that a chapter wrote.
        where: None for any row.
        none: True where there must be no such row.
    """

    table: str
    where: Condition | None = None
    none: bool = False


@dataclass(frozen=True)
class Population:
    """Patients of a study who belong together in an analysis.

    Attributes:
        name: a code; `label`, in words.
        rows: all must apply.
        within: the population of which these are part; None for all candidates.
        serves: ids of the registered items that are answered on it.
        flow: whether the flow diagram shows it: always, if anybody is in it, or never.
    """

    name: str
    label: str
    rows: tuple[Rows, ...]
    within: "Population | None" = None
    serves: tuple[str, ...] = ()
    flow: Literal["always", "if any", "never"] = "never"


def eligible_of(code: str) -> Population:
    """The candidates of a study whom no criterion removed."""
    belongs = Among("study", (code,)) & Yes("eligible")
    return Population("eligible", "Eligible", (Rows("cohort", belongs),))
