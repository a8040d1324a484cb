"""The endpoints of a study as its patients were observed: who was at risk, and for how long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from compendium.rules import Rules
from compendium.studies.endpoints import Endpoint, Source
from compendium.survival.endpoints import at_risk, time_to_event
from compendium.survival.times import SurvivalTimes, times_of


@dataclass(frozen=True)
class Observed:
    """Every endpoint of the patients analysed.

    Attributes:
        declared: the endpoints by their labels.
        tables: a row a patient, as of `time_to_event`, by label.
    """

    declared: Mapping[str, Endpoint]
    tables: Mapping[str, pd.DataFrame]

    @property
    def used(self) -> dict[str, pd.DataFrame]:
        """The rows at risk, by label."""
        return {name: at_risk(table) for name, table in self.tables.items()}

    @property
    def times(self) -> dict[str, SurvivalTimes]:
        """Times of those at risk, in each endpoint's own unit, by label."""
        return {
            name: times_of(table, unit=self.declared[name].unit)
            for name, table in self.used.items()
        }

    @property
    def ledger(self) -> pd.DataFrame:
        """All endpoints below each other, with `endpoint`."""
        return pd.concat([table.assign(endpoint=name) for name, table in self.tables.items()])

    def of(self, endpoint: Endpoint) -> pd.DataFrame:
        """The rows at risk of one endpoint."""
        return self.used[endpoint.label]

    def times_of(self, endpoint: Endpoint) -> SurvivalTimes:
        """The times of one endpoint."""
        return self.times[endpoint.label]


def possible(
    endpoints: Sequence[Endpoint], tables: Mapping[str, pd.DataFrame]
) -> tuple[Endpoint, ...]:
    """The endpoints whose origin somebody in the study can have: without a PET, none from it.

    Args:
        tables: of a study.
    """
    return tuple(
        one
        for one in endpoints
        if any(_has_rows(source, tables) for source in one.analysis_set.origin)
    )


def _has_rows(source: Source, tables: Mapping[str, pd.DataFrame]) -> bool:
    rows = tables[source.table]
    return bool(len(rows) if source.where is None else source.where.holds(rows).eq(True).any())


def observe(
    tables: Mapping[str, pd.DataFrame],
    patients: Sequence[str],
    endpoints: Sequence[Endpoint],
    rules: Rules,
) -> Observed:
    """The endpoints of the patients.

    Args:
        tables: of a study.
        patients: pseudonyms of those analysed.
    """
    return Observed(
        {one.label: one for one in endpoints},
        {one.label: time_to_event(tables, patients, one, rules) for one in endpoints},
    )
