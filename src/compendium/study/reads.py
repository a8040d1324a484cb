"""What was taken from a study: each table and image that was handed out, with what it held then."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd


def _unknown(name: str) -> str:
    return ""


@dataclass
class Reads:
    """A list of what was handed out.

    Attributes:
        table_content, image_content: hash of a table, or of a series' folder or a region file, by
            its name; empty where there is none. Asked before the thing is handed out, so that a
            change during the work is seen afterwards.
        tables, images: what was handed out, each with its hash.
    """

    table_content: Callable[[str], str] = _unknown
    image_content: Callable[[str], str] = _unknown
    tables: dict[str, str] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)

    def table(self, name: str) -> None:
        """Note that a table is handed out."""
        if name not in self.tables:
            self.tables[name] = self.table_content(name)

    def image(self, name: str) -> None:
        """Note that a series or a region file is handed out."""
        if name not in self.images:
            self.images[name] = self.image_content(name)


class HandedOut(Mapping[str, pd.DataFrame]):
    """Tables by name; who takes one of the study's is noted to have read it."""

    def __init__(
        self,
        tables: Mapping[str, pd.DataFrame],
        reads: Reads,
        added: Mapping[str, pd.DataFrame] | None = None,
    ) -> None:
        self._tables, self._reads, self._added = tables, reads, added or {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name in self._added:
            return self._added[name]
        table = self._tables[name]
        self._reads.table(name)
        return table

    def __or__(self, others: Mapping[str, pd.DataFrame]) -> "HandedOut":
        """The same tables, and others beside or in place of them."""
        return HandedOut(self._tables, self._reads, {**self._added, **others})

    def __iter__(self) -> Iterator[str]:
        return iter({**self._tables, **self._added})

    def __len__(self) -> int:
        return len({**self._tables, **self._added})
