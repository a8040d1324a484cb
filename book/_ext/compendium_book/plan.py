"""The plan's version and families, and what differs between record, plan and run."""

from collections.abc import Iterator, Mapping
from typing import Any

from compendium import formatting
from compendium.limits import in_words
from compendium.publish.guarded import Tested, guarded_tests
from compendium.publish.plan import VERSIONS
from compendium.publish.registry import read_registry, sections_of
from compendium.studies import STUDIES
from compendium.studies.registration import RegisteredStudy
from compendium_book.markdown import pipe_table, plain
from compendium_book.published import Published


def version(published: Published) -> str:
    """Version, date and fingerprint of the plan, and its history."""
    now, last = published.settings["plan"], VERSIONS[-1]
    said = f"**Version {last.number} of {last.date}**, fingerprint `{now}`."
    if now != last.fingerprint:
        said = (
            f"**Changed since version {last.number} of {last.date}** (fingerprint "
            f"`{last.fingerprint}`); fingerprint now `{now}`. Give the change a version of its own."
        )
    rows = [(one.number, one.date, f"`{one.fingerprint}`", plain(one.changed)) for one in VERSIONS]
    return f"{said}\n\n" + pipe_table(("Version", "Date", "Fingerprint", "Changed"), rows)


def planned_families(published: Published) -> str:
    """Families of guarded tests as planned."""
    rows = [
        (one.study, one.family.role, plain(one.test.label), _grounds(one))
        for one in _tested(published)
    ]
    return pipe_table(("Study", "Family", "Test", "Grounds"), rows)


def families(published: Published) -> str:
    """The guarded tests with both p-values."""
    rows = [
        (
            f"{one.study}, {one.family.role}",
            plain(one.test.label),
            _grounds(one),
            _estimate(one, published),
            formatting.value(one.p, "p"),
            formatting.value(one.p_holm, "p"),
        )
        for one in _tested(published)
    ]
    headings = ("Family", "Test", "Grounds", "Estimate", "p, unadjusted", "p, Holm")
    return pipe_table(headings, rows)


def _tested(published: Published) -> list[Tested]:
    return guarded_tests(published.numbers, published.settings["parts"])


def _grounds(one: Tested) -> str:
    return f"registered, {one.test.item}" if one.test.item else "ours"


def _estimate(one: Tested, published: Published) -> str:
    if one.test.number not in published.numbers:
        return one.reason
    return f"{{num}}`{one.test.number}|ci`"


def _studies(published: Published) -> Iterator[RegisteredStudy]:
    yield from (s for code, s in STUDIES.items() if code in published.settings["parts"])


def from_the_record(published: Published) -> str:
    """In what the plan says other or more than the record, of items that this book answers."""
    sections = sections_of(published.srcdir / "notebooks")
    registry = read_registry(published.settings["parts"], sections, published.numbers)
    answered = {answer.item for answer in registry.answers if answer.section}
    rows = [
        (f"{study.record}, {one.item}", plain(one.registered), one.planned, plain(one.why))
        for study in _studies(published)
        for one in study.choices
        if f"{study.record}/{one.item}" in answered
    ]
    return pipe_table(("Item", "The record", "The plan", "Grounds"), rows)


def numbers_expected(published: Published) -> str:
    """The record's numbers beside the run's."""
    rows = []
    for study in _studies(published):
        for one in study.expected:
            entry = published.numbers.get(one.number)
            said = "–".join(f"{end:g}" for end in sorted({one.low, one.high}))
            found = f"{{num}}`{one.number}|bare`" if entry else "not by these data"
            rows.append(
                (f"{study.record}, {one.item}", one.what, said, found, _differs(one, entry))
            )
    return pipe_table(("Item", "What", "The record", "This copy", "Differs"), rows)


def _differs(one: Any, entry: Mapping[str, Any] | None) -> str:
    value = None if entry is None else entry["value"]
    if not isinstance(value, int | float):
        return formatting.DASH
    return "no" if one.low <= value <= one.high else "**yes**"


def rules_otherwise(published: Published) -> str:
    """Rules and settings with other values than planned, by chapter."""
    rows = [
        (
            f"`{one['name']}`",
            plain(one["meaning"]),
            plain(in_words(one["registered"])),
            f"**{plain(in_words(one['value']))}**",
            f"{{doc}}`{published.titles[notebook]} </notebooks/{notebook}>`",
        )
        for notebook, record in published.runs.items()
        for one in record["departures"]
    ]
    if not rows:
        return "None: every rule and setting of this copy is as planned."
    return pipe_table(("Name", "Meaning", "Planned", "This copy", "Chapter"), rows)


def unanswered(published: Published) -> str:
    """Guarded tests that could not be made, and numbers that are not estimable, with reasons."""
    tests = {one.test.number: one for one in _tested(published)}
    rows = [
        (f"{one.study}, {one.family.role}", plain(one.test.label), plain(one.reason))
        for one in tests.values()
        if formatting.value(one.p, "p") == formatting.DASH
    ]
    rows += [
        (f"{{doc}}`{published.titles[entry['notebook']]} </notebooks/{entry['notebook']}>`",
         plain(entry["label"]), plain(entry["reason"]))
        for number, entry in published.numbers.items()
        if entry["reason"] and number not in tests
    ]  # fmt: skip
    if not rows:
        return "Nothing: every guarded test was made, and every number is estimated."
    return pipe_table(("Where", "What", "Why not"), rows)
