"""The typed record of what a notebook published: made at run time, read by all that publish it."""

import io
import math
import re
from collections.abc import Collection, Hashable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from compendium.errors import InputError
from compendium.estimates import Estimate
from compendium.public_forms import Form, Link, entry_of, said_in
from compendium.published import GUARDED, Figure, Number, Table
from compendium.rows import Row, Sensitivity, row_of
from compendium.table_html import html_table, is_text


@dataclass(frozen=True)
class Place:
    """The cell that publishes.

    Attributes:
        cell_id: its id in the notebook; empty where it is not one of the stored cells.
        execution_count: how many cells had run, this one included; None outside a kernel.
    """

    cell_id: str = ""
    execution_count: int | None = None


@dataclass(frozen=True, kw_only=True)
class Output:
    """A published file.

    Attributes:
        id: its id; of a figure's data, `fig_` and the figure's.
        kind: table, figure, or data of a figure.
        figure: of a figure's data, the id of the figure.
        file: its name in the results folder.
        caption: what stands over or under it.
        alt: of a figure, what it shows.
        rows: what a row or a mark is.
        texts: columns of text; what is empty there is shown empty, and not as a missing number.
        people: columns that count people.
        names: columns whose cells name patients although their rows are of groups.
        sensitivity: what may become of it.
        rests_on, shares, links: as of a published table.
        public: as of a published figure.
        headings: columns that are shown, in order, with what stands above each.
        formats: formats by column, where not the default.
        max_rows: rows shown; 0 for a table that is not shown.
        adjusted: what stands as p of a guarded test, by the id of its number; known when all
            chapters have run.
        method, source, cell_id, execution_count: how and where it was made.
    """

    id: str
    kind: str
    file: str
    caption: str
    rows: Row
    sensitivity: Sensitivity
    figure: str = ""
    alt: str = ""
    texts: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    rests_on: list[str] = field(default_factory=list)
    shares: dict[str, str] = field(default_factory=dict)
    links: list[dict[str, Any]] = field(default_factory=list)
    public: dict[str, Any] = field(default_factory=dict)
    headings: dict[str, str] = field(default_factory=dict)
    formats: dict[str, str] = field(default_factory=dict)
    max_rows: int = 0
    adjusted: dict[str, str] = field(default_factory=dict)
    method: str = ""
    source: str = ""
    cell_id: str = ""
    execution_count: int | None = None

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> "Output":
        """An output as the record has it."""
        kinds = {"rows": Row(entry["rows"]), "sensitivity": Sensitivity(entry["sensitivity"])}
        return cls(**{**entry, **kinds})

    @property
    def linked(self) -> list[Link]:
        """What its counts follow from."""
        return [said_in(entry) for entry in self.links]

    @property
    def form(self) -> Form | None:
        """What others see of a figure, where it says so."""
        return said_in(self.public) if self.public else None

    @property
    def withheld(self) -> bool:
        """True for a file with a row a person, which of a real study is never given out."""
        return self.kind != "figure" and self.sensitivity is Sensitivity.PERSON

    def frame(self, folder: Path) -> pd.DataFrame:
        """The rows of a table's file; a small study leaves some with neither a column nor a row.

        Args:
            folder: the results folder, or a copy of it.
        """
        read = as_written((folder / self.file).read_bytes(), self.texts)
        return read.fillna(dict.fromkeys(self.texts, ""))

    def html(self, folder: Path) -> str:
        """A table as the notebook shows it, from its file."""
        frame, file = self.frame(folder), f"{self.id}.csv"
        instead = {
            (place, "p"): self.adjusted[number]
            for place, number in enumerate(frame.get(GUARDED, ()))
            if number in self.adjusted
        }
        return html_table(
            frame, self.caption, self.formats, self.headings, self.max_rows, file, instead
        )


def as_written(content: bytes, texts: Collection[str]) -> pd.DataFrame:
    """A table of results as it was written; an empty cell alone is no value.

    Args:
        content: of its file, CSV.
        texts: columns of text, which stay text: a patient called 001 is no number.

    Returns:
        The table; without rows and columns where the file has neither.
    """
    types: dict[Hashable, type[str]] = dict.fromkeys(texts, str)
    try:
        # A truth may be called null.
        return pd.read_csv(io.BytesIO(content), dtype=types, keep_default_na=False, na_values=[""])
    except pd.errors.EmptyDataError:
        return pd.DataFrame()


def output_of_table(
    table: Table, place: Place, patients: Collection[str], figure: str = ""
) -> Output:
    """The record of a table.

    Args:
        table: as published.
        place: the cell that publishes it.
        patients: pseudonyms of the study, to be found in tables whose rows are of groups.
        figure: the id of the figure whose data it holds; these are not shown.
    """
    row = row_of(table.id, table.rows)
    of_persons = row.sensitivity is Sensitivity.PERSON
    return Output(
        id=table.id,
        kind="data of a figure" if figure else "table",
        figure=figure,
        file=f"tables/{table.id}.csv",
        caption=table.caption,
        rows=row,
        sensitivity=row.sensitivity,
        texts=[str(name) for name in table.frame.columns if is_text(table.frame[name])],
        people=table.people(),
        names=[] if of_persons else naming(table.frame, patients),
        rests_on=[name for name in table.rests_on if name in table.frame.columns],
        shares={k: of for k, of in table.shares.items() if {k, of} <= set(table.frame.columns)},
        links=[entry_of(link) for link in table.links],
        headings=table.headings,
        formats=table.specs,
        max_rows=0 if figure else table.max_rows,
        method=table.method,
        source=table.source,
        **asdict(place),
    )


def output_of_figure(figure: Figure, place: Place) -> Output:
    """The record of a figure, without its data's."""
    row = row_of(figure.id, figure.marks)
    return Output(
        id=figure.id,
        kind="figure",
        file=f"figures/{figure.id}.svg",
        caption=figure.caption,
        alt=figure.alt,
        public=entry_of(figure.public) if figure.public else {},
        rows=row,
        sensitivity=row.sensitivity,
        source=figure.source,
        **asdict(place),
    )


def entry_of_number(number: Number, place: Place) -> dict[str, Any]:
    """The record of a number.

    Raises:
        InputError: a bare value is not finite.
    """
    found = _estimate(number)
    bare = not isinstance(number.found, Estimate)
    value = number.found if bare else found.estimate
    return {
        "id": number.id,
        "label": number.label or re.sub("^n ", "number: ", number.id.replace("_", " ")),
        "value": _plain(value),
        "low": _plain(found.low),
        "high": _plain(found.high),
        "unit": number.unit or found.unit,
        "n": _plain(found.n if number.n is None else number.n),
        "events": _plain(found.events),
        "p": _plain(found.p),
        "level": found.level,
        "method": number.method or found.method,
        "reason": found.reason,
        "format": number.format,
        "people": number.people and isinstance(_plain(value), int),
        "share": number.share,
        "null": number.null,
        "sensitivity": Sensitivity.GROUP if number.people else Sensitivity.NONE,
        "source": number.source,
        **asdict(place),
    }


def _estimate(number: Number) -> Estimate:
    """The estimate behind a number; of a bare value all but the value is empty."""
    if isinstance(number.found, Estimate):
        return number.found
    if not isinstance(number.found, str) and not math.isfinite(number.found):
        raise InputError(
            f"{number.id}: {number.found} is not a number. Report an Estimate that says why it is "
            f"not estimable."
        )
    return Estimate(estimate=math.nan)


def _plain(value: Any) -> Any:
    """A value as JSON has it: no numpy types; nan is null, infinities are words."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return value


def naming(frame: pd.DataFrame, patients: Collection[str]) -> list[str]:
    """Columns in which a cell names a patient by his pseudonym, alone or as part of a scan's id.

    Pseudonyms without a letter are left out: any count would be one.
    """
    known = [re.escape(name) for name in patients if re.search("[^0-9]", name)]
    if not known:
        return []
    pattern = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(known)})(?![A-Za-z0-9])")
    return [
        str(name)
        for name, values in frame.select_dtypes(["object", "string"]).items()
        if any(isinstance(value, str) and pattern.search(value) for value in values)
    ]
