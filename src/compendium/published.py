"""What an analysis hands over to be published: tables, figures and numbers that say what they are.

Each says what its rows, marks or values stand for. The record of a run keeps that; the book, the
gate before publication and the archive read the record, and guess nothing from names or text.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import wraps
from numbers import Real
from typing import Any, ParamSpec

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Drawing

from compendium import formatting
from compendium.errors import InputError
from compendium.estimates import MEASURES, Estimate
from compendium.public_forms import Form, Link, named
from compendium.rows import Sensitivity, row_of
from compendium.table_html import html_table

P = ParamSpec("P")
ID = re.compile(r"[a-z][a-z0-9_]*")
RAW, GUARDED = "p_raw", "guarded"
IN_FAMILY = "with its family"
PERSON_KEYS = ("patient_id", "lesion_id", "scan_id")
COUNT_IN_TEXT = re.compile(r"\s*(\d+)\s*(?:$|\(\s*[\d.]+\s*%?\s*\)|/\s*\d+|of \d+)")
DECIMALS = re.compile(r"p|\.[1-9]\d*f|\.\d+%")


@dataclass(frozen=True)
class Number:
    """A number of the text.

    Attributes:
        id: lower-case words joined by `_`, one in the whole book.
        found: an Estimate, or a bare count, measure or word.
        label: what it is, in the words of a table's row; by default the id's.
        format: Python format spec of the value, or `p`.
        unit, n, method: for a bare value; an Estimate brings its own.
        people: whether it tells of people; then a bare whole number (int) is a count of them. False
            for a setting, a simulation, a count of rules.
        share: whether it is the share of its n people in whom something is so.
        null: the value of no effect, against which prose says higher or lower; None where an
            estimate is of no effect.
        source: the package's function that hands it over; see `result`.
    """

    id: str
    found: Estimate | float | str
    _: KW_ONLY
    label: str = ""
    format: str = ".2f"
    unit: str = ""
    n: int | None = None
    method: str = ""
    people: bool = True
    share: bool = False
    null: float | None = None
    source: str = ""

    def __post_init__(self) -> None:
        """Refuse a malformed id."""
        require_id(self.id)


@dataclass(frozen=True)
class Table:
    """A table: all of it as CSV, and its first rows formatted.

    Attributes:
        id: as of a number.
        frame: its index is not kept.
        rows: what a row is, one of `Row`.
        caption: one sentence.
        columns: headings with units by column, and the order; all columns where not given. Codes
            are spelt out in what is shown, never in the CSV.
        formats: Python format spec (or `p`) by column; the `p` of an Estimate has its own, other
            floats have at most two decimals.
        measures: columns of whole numbers that count no people, such as an order or an age; those
            of an Estimate, those formatted with decimals and those with an interval (x, x_low,
            x_high) need not be named.
        rests_on: columns of the counts of people on whom the measures of a row rest; those that
            the table has.
        shares: columns of shares of people, in rows without a unit, with the column of whom.
        links: which of its counts follow from each other, or from those of another table.
        max_rows: rows shown; the CSV has all. 0 for a table that later notebooks read.
        method: how it was computed, in a few words.
        source: as of a number.
    """

    id: str
    frame: pd.DataFrame
    _: KW_ONLY
    rows: str
    caption: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    formats: Mapping[str, str] = field(default_factory=dict)
    measures: Collection[str] = ()
    rests_on: Collection[str] = ("n", "patients")
    shares: Mapping[str, str] = field(default_factory=dict)
    links: Collection[Link] = ()
    max_rows: int = 40
    method: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        """Refuse what contradicts the frame.

        Raises:
            InputError: a malformed id, an unknown kind of row, a heading of a column that is not
                there, or rows that are not said to be of persons and have the key of one. Formats
                and measures may name more than a small study's table has.
        """
        require_id(self.id)
        row = row_of(self.id, self.rows)
        absent = sorted(set(self.columns) - set(self.frame.columns))
        if absent:
            raise InputError(
                f"table {self.id}: there are headings for {', '.join(absent)}, which it lacks; it "
                f"has {', '.join(map(str, self.frame.columns))}."
            )
        keys = [key for key in PERSON_KEYS if key in self.frame.columns]
        if keys and row.sensitivity is not Sensitivity.PERSON:
            raise InputError(
                f"table {self.id}: a row is said to be of a {row}, but its column {keys[0]} makes "
                f"it a row a person. Say rows='patient' (or lesion, scan, block, entry), or drop "
                f"the column."
            )

    @property
    def specs(self) -> dict[str, str]:
        """The format of each column that has not the default of its kind."""
        return {**({"p": "p"} if "p" in self.frame else {}), **self.formats}

    @property
    def headings(self) -> dict[str, str]:
        """What stands above each column that is shown, in order."""
        own = [name for name in self.frame.columns if name not in (RAW, GUARDED)]
        shown = self.columns or {name: str(name) for name in own}
        return {name: formatting.heading(text) for name, text in shown.items()}

    def html(self) -> str:
        """Its first rows as notebooks and book show them."""
        file, instead = (
            f"{self.id}.csv",
            {
                (place, "p"): IN_FAMILY
                for place, name in enumerate(self.frame.get(GUARDED, ()))
                if name
            },
        )
        return html_table(
            self.frame, self.caption, self.specs, self.headings, self.max_rows, file, instead
        )

    def text(self) -> str:
        """Its first rows as plain text."""
        if not self.max_rows:
            return f"{len(self.frame)} rows in {self.id}.csv"
        first = self.frame[list(self.headings)].head(self.max_rows)
        return str(first.to_string(index=False))

    def people(self) -> list[str]:
        """Columns that count people, or lesions or scans of people."""
        if row_of(self.id, self.rows).sensitivity is not Sensitivity.GROUP:
            return []
        decimals = {name for name, spec in self.formats.items() if DECIMALS.fullmatch(spec)}
        estimates = {name for name in self.frame.columns if f"{name}_low" in self.frame}
        bounds = {f"{name}_{end}" for name in estimates for end in ("low", "high")}
        declared = {*MEASURES, RAW, *decimals, *self.measures, *estimates, *bounds}
        return [
            str(name)
            for name in self.frame.columns
            if name not in declared and counts(self.frame[name])
        ]


@dataclass(frozen=True)
class Figure:
    """A figure, with the data behind it.

    Attributes:
        id: as of a number.
        drawing: a matplotlib figure, or what makes it, which is asked only where figures are drawn.
        marks: what a mark is, one of `Row`; of a picture of a person, `scan`.
        alt: what it shows, for who cannot see it.
        caption: what stands under it.
        data: the rows that it draws.
        rows: what a row of the data is; not needed where it is what a mark is.
        measures, rests_on, shares, links: as of a table, of the data.
        public: what others see in place of marks of persons, or of counts that it draws. Without
            it, a figure with marks of persons, or that names a count of them, is left out.
        source: as of a number.
    """

    id: str
    drawing: Drawing | Callable[[], Drawing]
    _: KW_ONLY
    marks: str
    alt: str
    caption: str = ""
    data: pd.DataFrame | None = None
    rows: str = ""
    measures: Collection[str] = ()
    rests_on: Collection[str] = ("n", "patients")
    shares: Mapping[str, str] = field(default_factory=dict)
    links: Collection[Link] = ()
    public: Form | None = None
    source: str = ""

    def __post_init__(self) -> None:
        """Refuse a malformed id, an unknown kind of mark, and data that contradict their rows."""
        require_id(self.id)
        row_of(self.id, self.marks)
        self.data_table()

    def drawn(self) -> Drawing:
        """The figure itself, made where it is not yet."""
        return self.drawing() if callable(self.drawing) else self.drawing

    def data_table(self) -> Table | None:
        """The table of its data, if it has any."""
        if self.data is None:
            return None
        return Table(
            f"fig_{self.id}",
            self.data,
            rows=self.rows or self.marks,
            caption=f"Data of the figure: {self.alt}",
            measures=self.measures,
            rests_on=self.rests_on,
            shares=self.shares,
            links=self.links,
            source=self.source,
        )


Part = Number | Table | Figure


def guarded(frame: pd.DataFrame, tests: Mapping[int, str]) -> pd.DataFrame:
    """A frame whose guarded tests have no p of their own: it is adjusted when the family is known.

    Args:
        frame: with p.
        tests: rows of it by place, with the id of the number that is reported of the same test.

    Returns:
        The frame with p empty in these rows; `p_raw`, theirs unadjusted; `guarded`, the ids.
    """
    places = pd.Series(range(len(frame)), frame.index)
    named = places.map(tests).fillna("")
    raw = frame["p"].where(named != "")
    return frame.assign(**{"p": frame["p"].where(named == ""), RAW: raw, GUARDED: named})


def result(function: Callable[P, Iterator[Part]]) -> Callable[P, tuple[Part, ...]]:
    """Let a function that yields numbers, tables and figures hand them over as one result.

    Each part then names the function as its source.
    """

    @wraps(function)
    def collected(*args: P.args, **kwargs: P.kwargs) -> tuple[Part, ...]:
        return tuple(replace(part, source=named(function)) for part in function(*args, **kwargs))

    return collected


def require_id(name: str) -> None:
    """Refuse an id that is not of lower-case words joined by `_`."""
    if not ID.fullmatch(name):
        raise InputError(f"{name!r} is no id; expected lower-case words joined by `_`.")


def counts(column: "pd.Series[Any]") -> bool:
    """True for a column of whole numbers, or of texts of which any begins with a count."""
    values = column.dropna().tolist()
    numbers = [v for v in values if isinstance(v, Real) and not isinstance(v, bool | np.bool_)]
    whole = bool(numbers) and all(float(number).is_integer() for number in numbers)
    return whole or any(isinstance(v, str) and COUNT_IN_TEXT.match(v) for v in values)
