"""The words in which a registered study is declared: tracer, criterion, item, study."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from compendium.studies.conditions import Condition, RuleValues
from compendium.studies.endpoints import Endpoint, Source
from compendium.studies.plan import Choice, Expected, Family
from compendium.studies.populations import Population

CriterionKind = Literal["inclusion", "exclusion"]
ItemKind = Literal["population", "eligibility", "design", "group", "comparison", "outcome"]
ITEM_KINDS: tuple[ItemKind, ...] = (
    "population", "eligibility", "design", "group", "comparison", "outcome",
)  # fmt: skip
PET_RULES = (
    *("volume_share", "volume_suv", "shell_inner_mm", "shell_outer_mm", "background"),
    *("fill_skipped", "mask_on_ct", "other_study"),
    *("avid_sds", "avid_ratio", "resolution_widths"),
    *("same_activity_shares", "same_administration_hours"),
    *("same_weight_share", "same_height_cm", "same_age_years"),
    *("reading_suv_share", "readers_suv_share"),
)
"""Limits that apply wherever lesions are measured on PET."""


@dataclass(frozen=True, kw_only=True)
class Tracer:
    """A PET tracer of a study.

    Attributes:
        code: as the tables have it, such as 18F-Trop2.
        nuclide: mass number and symbol, such as 18F.
        tsh_levels: the scheduled TSH levels at which it is given, in their order; empty where TSH
            is not part of the design.
    """

    code: str
    nuclide: str
    tsh_levels: tuple[str, ...] = ()

    @property
    def counted(self) -> str:
        """Id of the number of its PET series."""
        return f"n_series_{self.code.lower().replace('-', '_')}"


@dataclass(frozen=True)
class Criterion:
    """One eligibility criterion of a registry record.

    Attributes:
        id: as in the registry traceability: AGE, I1 for inclusion criterion 1, E1 for exclusion.
        text: in a few words, for the flow diagram; names of rules in braces are filled in.
        registered: what the record says, paraphrased.
        fulfilled: an inclusion criterion is to hold, an exclusion criterion is not to; of a
            candidate's columns in `cohort.eligibility.candidates_of`.
        says: the value that decided, with columns in braces.
    """

    id: str
    text: str
    registered: str
    fulfilled: Condition
    says: str

    @property
    def kind(self) -> CriterionKind:
        """Whether it is to hold (inclusion) or not to (exclusion)."""
        return "exclusion" if self.id.startswith("E") else "inclusion"

    @property
    def line(self) -> str:
        """The line of the registry record that it comes from."""
        numbered = f"{self.kind} criterion {self.id[1:]}"
        return "ages eligible for study" if self.id == "AGE" else numbered

    def named(self, rules: RuleValues) -> str:
        """The text with the limits in force."""
        return self.text.format_map(rules)


@dataclass(frozen=True)
class Item:
    """Something that a registry record says will be done, paraphrased, and where it is answered.

    Attributes:
        answers: labels of headings in the notebooks, each with the ids of numbers reported there.
        unit: of what those of the numbers count that are counts, whose ids begin with n_.
    """

    id: str
    kind: ItemKind
    text: str
    answers: Mapping[str, tuple[str, ...]]
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class RegisteredStudy:
    """A registered study.

    Attributes:
        code: as the table `patient` has it.
        record: number at ClinicalTrials.gov; `title`: as registered.
        planned: participants, by the record.
        facts: what else the record says of the study as a whole, with its name: sponsor, status,
            dates; what it does not say is no fact.
        subject: what it is about in a word, for the title of the book.
        enrolled: sources of the day on which a candidate is enrolled and age counts; a
            candidate's first one that is there, day 0 where none is.
        tables: the tables without which it cannot be analysed, PET apart where it can be without.
        pet_tables: those that its PET needs besides.
        if_any: tables that it uses where there is anything to be told in them.
        tracers: PET tracers that its patients are given.
        criteria: in the order in which they are applied.
        populations: in the order in which they are shown, each after the one that it is within.
        endpoints: times to an event.
        rules: names of the limits in `rules/` that apply to it.
        registered: what the record says beside the criteria.
        families: tests of the plan that are guarded together.
        expected: numbers that the record gives.
        choices: in what the plan says other or more than the record.
    """

    code: str
    record: str
    title: str
    planned: int
    subject: str
    criteria: tuple[Criterion, ...]
    enrolled: tuple[Source, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    tables: tuple[str, ...] = ()
    pet_tables: tuple[str, ...] = ()
    if_any: tuple[str, ...] = ("missing_reason", "covariate")
    tracers: tuple[Tracer, ...] = ()
    populations: tuple[Population, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    rules: tuple[str, ...] = ()
    registered: tuple[Item, ...] = ()
    families: tuple[Family, ...] = ()
    expected: tuple[Expected, ...] = ()
    choices: tuple[Choice, ...] = ()

    def tables_needed(self, *, pet: bool) -> tuple[str, ...]:
        """The tables without which it cannot be analysed, with its PET or without."""
        return (*self.tables, *(self.pet_tables if pet else ()))

    def source_of(self, criterion: Criterion) -> str:
        """The registry record and its line."""
        return f"{self.record}, {criterion.line}"

    def removed_by(self, criterion: Criterion) -> str:
        """Id of the number of patients whom a criterion removed."""
        return f"n_removed_{self.code}_{criterion.id}".lower()

    @property
    def items(self) -> tuple[Item, ...]:
        """All registered items by kind, each criterion answered by the number that it removed."""
        return tuple(sorted(self._items(), key=lambda item: ITEM_KINDS.index(item.kind)))

    def _items(self) -> Iterator[Item]:
        yield from self.registered
        for one in self.criteria:
            answers = {"sec-eligibility": (self.removed_by(one),)}
            yield Item(one.id, "eligibility", one.registered, answers, unit="patients")
