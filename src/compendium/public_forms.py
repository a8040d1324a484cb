"""What becomes of a table or a figure where others see it, said beside the table or figure.

A `Link` says which counts of a table follow from each other, so that none that is hidden can be
worked out. A `Form` says what is drawn in place of a mark a person. The record of a run keeps both.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Balance:
    """In each row the counts of some columns add up to those of others."""

    left: tuple[str, ...]
    right: tuple[str, ...]


@dataclass(frozen=True)
class Chain:
    """What one row leaves is what the next one begins with, among rows of the same `by`."""

    before: str
    after: str
    by: str


@dataclass(frozen=True)
class Levels:
    """Rows of one variable, and what is missing of it, add up to the table's first row.

    Attributes:
        by: the column of the variable; a variable of one row is a measure and adds up to nothing.
        columns: of counts.
        missing: column of the missing, in the variable's first row; it counts for columns[0].
    """

    by: str
    columns: tuple[str, ...]
    missing: str


@dataclass(frozen=True)
class AddsTo:
    """Counts of the rows of one kind add up to a count of another table.

    Attributes:
        counts: columns, all of which are added.
        by: the column of the kind.
        table, name, count: the other table, its column of the kind, and its column of the count.
    """

    counts: tuple[str, ...]
    by: str
    table: str
    name: str
    count: str


@dataclass(frozen=True)
class Sum:
    """Counts of some rows add up to one count of another table.

    Attributes:
        counts: columns, all of which are added.
        where: values by column of these rows.
        table, at, count: the other table, values by column of its row, and its column of the count.
    """

    counts: tuple[str, ...]
    where: Mapping[str, Any]
    table: str
    at: Mapping[str, Any]
    count: str


@dataclass(frozen=True)
class Same:
    """Counts that stand in another table too.

    Attributes:
        table: the other one; `numbers` for the numbers of the text, by id and value.
        rows: the other's column by each column of this one that tells which row it is.
        counts: the other's column by each column of counts of this one.
    """

    table: str
    rows: Mapping[str, str]
    counts: Mapping[str, str]


Link = Balance | Chain | Levels | AddsTo | Sum | Same


@dataclass(frozen=True, kw_only=True)
class Grouped:
    """Dots of several patients each: the mean of their values, patients sorted by it.

    Attributes:
        y, ylabel: the column of the values, and what it is with its unit.
        x, xlabel: of a second value, by which the patients are then sorted.
        by: column of groups beside each other; of values alone.
        logs: those of both whose means and axes are of logarithms.
        note: what the caption adds.
    """

    y: str
    ylabel: str
    x: str = ""
    xlabel: str = ""
    by: str = ""
    logs: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Steps:
    """Survival curves that fall only where so many more events have happened."""

    by: str = "endpoint"


@dataclass(frozen=True)
class Redrawn:
    """The same figure, drawn again from public tables.

    Attributes:
        function: of the package, as `named` has it, which takes the rows of the tables.
        tables: their ids; `fig_<id>` is the figure's own data.
        arguments: what else it takes by name.
        note: what the caption adds.
    """

    function: str
    tables: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


def named(function: Callable[..., Any]) -> str:
    """A function's module and name, by which a record keeps it."""
    return f"{function.__module__}.{function.__qualname__}"


@dataclass(frozen=True)
class LeftOut:
    """Nothing; the reason stands in its place."""

    reason: str


Form = Grouped | Steps | Redrawn | LeftOut
KINDS: Mapping[str, Any] = {
    kind.__name__: kind
    for kind in (Balance, Chain, Levels, AddsTo, Sum, Same, Grouped, Steps, Redrawn, LeftOut)
}


def entry_of(said: Link | Form) -> dict[str, Any]:
    """A link or a form as the record has it."""
    return {"kind": type(said).__name__, **asdict(said)}


def said_in(entry: Mapping[str, Any]) -> Any:
    """The link or form of an entry of the record."""
    fields = {name: value for name, value in entry.items() if name != "kind"}
    lists = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return KINDS[entry["kind"]](**fields | lists)
