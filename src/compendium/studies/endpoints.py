"""The words in which an endpoint is declared, after the time-to-event data sets of ADaM.

A *source* is a table, a column that holds a day, a condition on the row, and a description. An
endpoint has an origin and an entry (its analysis set), event sources and censoring sources;
`survival.endpoints` turns it and a study's tables into times.

Source:
    CDISC ADaM Basic Data Structure for Time-to-Event Analyses, version 1.0: EVNTDESC, SRCDOM,
    SRCVAR.
"""

from dataclasses import dataclass, replace
from typing import Literal

from compendium.errors import InputError
from compendium.rules import STRATEGIES
from compendium.studies.conditions import Condition, RuleValues
from compendium.studies.populations import Population

Unit = Literal["days", "months", "years"]


@dataclass(frozen=True)
class Source:
    """Where a day of a patient comes from.

    Attributes:
        table: of the study, or one that the engine derives (`survival.endpoints.DERIVED`).
        column: the day, since day 0.
        description: what happened on it, in words.
        where: what the row must fulfil; None for every row.
        take: of a patient's days, the first or the last.
        kind: code of the event, columns in braces; empty where it is none.
        row: how the row is named, columns in braces; `table: column` where empty.
        free: column with the last day known free of the event, where it is seen at visits.
        required: who lacks an entry of this source is not in the analysis.
        lacking: what is said of a patient without it; made of the description where empty.
    """

    table: str
    column: str
    description: str
    where: Condition | None = None
    take: Literal["first", "last"] = "first"
    kind: str = ""
    row: str = ""
    free: str = ""
    required: bool = False
    lacking: str = ""

    @property
    def names_row(self) -> str:
        """How the row is named, columns in braces."""
        return self.row or f"{self.table}: {self.column}"

    @property
    def says_lacking(self) -> str:
        """What is said of a patient without it."""
        return self.lacking or f"no {self.description} recorded"


@dataclass(frozen=True, kw_only=True)
class AnalysisSet:
    """Who is analysed, from which day time counts, and from which day a patient is observed.

    Attributes:
        population: the patients.
        since: the origin in a word or two, for an axis.
        origin: sources of the day from which time counts; a patient's first one that is there.
        entry: the latest of the origin and these days; none where all are observed from the origin.
    """

    population: Population
    since: str
    origin: tuple[Source, ...]
    entry: tuple[Source, ...] = ()


@dataclass(frozen=True)
class Intercurrent:
    """Something that may happen before the event, and the rule that says what it does then.

    Attributes:
        source: the day of it.
        rule: name of the rule whose value is a strategy.
    """

    source: Source
    rule: str


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A time to an event.

    Attributes:
        name: a code; `label`, as tables and figures show it.
        item: id of the registered item that it answers.
        unit: of its times, in tables and figures.
        analysis_set: who, from when.
        events: the first of them is the event; of two on one day, the one named first.
        censored: without an event, time ends on the latest of these.
        stops: the first of them ends the observation where it comes before event and censoring.
        intercurrent: what may happen before; ignored until `under` applies the rules.
        measures: what the curve shows, for an axis.
    """

    name: str
    label: str
    item: str
    unit: Unit
    analysis_set: AnalysisSet
    events: tuple[Source, ...]
    censored: tuple[Source, ...]
    stops: tuple[Source, ...] = ()
    intercurrent: tuple[Intercurrent, ...] = ()
    measures: str = "Event-free probability"

    @property
    def axis(self) -> str:
        """Title of the axis of time."""
        return f"{self.unit.capitalize()} since {self.analysis_set.since}"

    @property
    def sources(self) -> tuple[Source, ...]:
        """All sources, of origin, entry, events and end."""
        starts = (*self.analysis_set.origin, *self.analysis_set.entry)
        return (*starts, *self.events, *self.censored, *self.stops)

    def under(self, rules: RuleValues) -> "Endpoint":
        """The same endpoint with each intercurrent event ignored, an event, or the end of time.

        Args:
            rules: whose values by the names of the intercurrent events are strategies.

        Raises:
            InputError: a strategy is none.
        """
        events, stops = self.events, self.stops
        for one in self.intercurrent:
            strategy = rules[one.rule]
            if strategy not in STRATEGIES:
                raise InputError(
                    f"endpoint {self.label}, rule {one.rule}: {strategy!r} is no way to handle the "
                    f"{one.source.description}; expected one of {', '.join(STRATEGIES)}."
                )
            events += (one.source,) if strategy == "event" else ()
            stops += (one.source,) if strategy == "censor" else ()
        return replace(self, events=events, stops=stops, intercurrent=())
