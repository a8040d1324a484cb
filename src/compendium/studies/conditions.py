"""Conditions on the rows of a table, as values that can be declared, combined and read.

A condition holds, does not hold, or is missing where the cell that decides is empty. `a & b`,
`a | b` and `~a` combine conditions by three-valued logic.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pandas as pd

from compendium.comparing import at_least, at_most
from compendium.errors import InputError

RuleValues = Mapping[str, Any]
"""Values by the names of rules, for the conditions that name one: `Rules`, as a rule."""

NO_RULES: RuleValues = MappingProxyType({})


class Condition:
    """What a row must fulfil."""

    def holds(self, rows: pd.DataFrame, rules: RuleValues = NO_RULES) -> pd.Series:
        """Whether it holds for each row: nullable booleans with the index of the rows.

        Args:
            rows: of a table that has the condition's columns.
            rules: values of the rules that the condition names.
        """
        raise NotImplementedError

    def __and__(self, other: "Condition") -> "Condition":
        return Both(self, other)

    def __or__(self, other: "Condition") -> "Condition":
        return Either(self, other)

    def __invert__(self) -> "Condition":
        return Not(self)


def _cells(rows: pd.DataFrame, column: str) -> pd.Series:
    if column not in rows:
        raise InputError(
            f"a condition asks for the column {column!r}; expected one of "
            f"{', '.join(map(str, rows.columns))}. Correct the declaration in studies/."
        )
    return rows[column]


def _known(found: pd.Series, cells: pd.Series) -> pd.Series:
    return found.astype("boolean").mask(cells.isna())


@dataclass(frozen=True)
class Yes(Condition):
    """A column of yes and no says yes."""

    column: str

    def holds(self, rows: pd.DataFrame, rules: RuleValues = NO_RULES) -> pd.Series:
        return _cells(rows, self.column).astype("boolean")


@dataclass(frozen=True)
class Among(Condition):
    """The cell is one of these codes."""

    column: str
    codes: tuple[str | int, ...]

    def holds(self, rows: pd.DataFrame, rules: RuleValues = NO_RULES) -> pd.Series:
        cells = _cells(rows, self.column)
        return _known(cells.isin(self.codes), cells)


@dataclass(frozen=True)
class StartsWith(Condition):
    """The cell is a code of one family, by its beginning."""

    column: str
    prefix: str

    def holds(self, rows: pd.DataFrame, rules: RuleValues = NO_RULES) -> pd.Series:
        cells = _cells(rows, self.column)
        return _known(cells.fillna("").astype(str).str.startswith(self.prefix), cells)


@dataclass(frozen=True)
class Within(Condition):
    """The cell lies between two limits, both included.

    Attributes:
        low, high: a number in the column's unit, the name of a rule, or None for no limit.
    """

    column: str
    low: float | str | None = None
    high: float | str | None = None

    def holds(self, rows: pd.DataFrame, rules: RuleValues = NO_RULES) -> pd.Series:
        cells = _cells(rows, self.column)
        found = pd.Series(True, index=rows.index)
        if self.low is not None:
            found &= at_least(cells, _value(self.low, rules)).fillna(False).astype(bool)
        if self.high is not None:
            found &= at_most(cells, _value(self.high, rules)).fillna(False).astype(bool)
        return _known(found, cells)


def _value(limit: float | str, rules: RuleValues) -> float:
    return float(rules[limit]) if isinstance(limit, str) else limit


@dataclass(frozen=True)
class Both(Condition):
    """Two conditions hold; it does not where one does not, whatever the other."""

    first: Condition
    second: Condition

    def holds(self, rows: pd.DataFrame, rules: RuleValues = NO_RULES) -> pd.Series:
        return self.first.holds(rows, rules) & self.second.holds(rows, rules)


@dataclass(frozen=True)
class Either(Condition):
    """One of two conditions holds."""

    first: Condition
    second: Condition

    def holds(self, rows: pd.DataFrame, rules: RuleValues = NO_RULES) -> pd.Series:
        return self.first.holds(rows, rules) | self.second.holds(rows, rules)


@dataclass(frozen=True)
class Not(Condition):
    """The other condition does not hold."""

    other: Condition

    def holds(self, rows: pd.DataFrame, rules: RuleValues = NO_RULES) -> pd.Series:
        return ~self.other.holds(rows, rules)
