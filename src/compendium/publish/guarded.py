"""Guarded tests: when all chapters have run, the p of each is adjusted with those of its family."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compendium.formatting import p_value
from compendium.statistics.intervals import holm
from compendium.studies import STUDIES
from compendium.studies.plan import Family, Guarded

Record = dict[str, Any]


@dataclass(frozen=True)
class Tested:
    """A guarded test with its p-values, nan where it could not be done.

    Attributes:
        study: code; reason: why it could not be done, empty where it was.
    """

    study: str
    family: Family
    test: Guarded
    p: float
    p_holm: float
    reason: str


def guarded_tests(numbers: Mapping[str, Mapping[str, Any]], parts: Collection[str]) -> list[Tested]:
    """Every guarded test of the studies at hand, in the order of the plan.

    Args:
        numbers: every reported number by id.
        parts: what the data hold; families of studies, and tests of tracers, that are not among
            them are left out.
    """
    found = []
    for code, study in STUDIES.items():
        for family in study.families if code in parts else ():
            tests = [test for test in family.tests if not test.needs or test.needs in parts]
            entries = [numbers.get(test.number) for test in tests]
            raw = [_p(entry) for entry in entries]
            for test, entry, p, adjusted in zip(tests, entries, raw, holm(raw), strict=True):
                reason = "not by these data" if entry is None else entry["reason"]
                found.append(Tested(code, family, test, p, float(adjusted), reason))
    return found


def _p(entry: Mapping[str, Any] | None) -> float:
    return math.nan if entry is None or entry["p"] is None else float(entry["p"])


def with_families(records: Sequence[Record], parts: Collection[str]) -> list[Record]:
    """Records of runs whose guarded tests have their adjusted p, as numbers and in tables.

    Args:
        records: of all chapters; a family of one test needs no adjustment.
    """
    numbers = {entry["id"]: entry for record in records for entry in record["numbers"]}
    p_holm = {
        one.test.number: one.p_holm
        for one in guarded_tests(numbers, parts)
        if len(one.family.tests) > 1 and not math.isnan(one.p_holm)
    }
    return [
        record
        | {
            "numbers": _numbers(record["numbers"], p_holm),
            "published": _tables(record["published"], p_holm),
        }
        for record in records
    ]


def _numbers(entries: Iterable[Record], p_holm: Mapping[str, float]) -> list[Record]:
    return [
        entry | ({"p_holm": p_holm[entry["id"]]} if entry["id"] in p_holm else {})
        for entry in entries
    ]


def _tables(outputs: Iterable[Record], p_holm: Mapping[str, float]) -> list[Record]:
    adjusted = {number: f"{p_value(p)} (Holm)" for number, p in p_holm.items()}
    return [output | {"adjusted": adjusted} for output in outputs]
