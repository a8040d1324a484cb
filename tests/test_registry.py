"""Every registered item has an answer in the book, and every answer a registered item."""

from dataclasses import replace

import pytest

from compendium.errors import InputError
from compendium.publish.registry import Answer, faults, read_registry, sections_of, traceability
from compendium.studies import STUDIES


@pytest.fixture(scope="module")
def registry():
    return read_registry()


@pytest.fixture(scope="module")
def sections(root):
    return sections_of(root / "notebooks")


@pytest.fixture
def numbers(registry):
    return {
        number: {"unit": registry.items[answer.item].unit}
        for answer in registry.answers
        for number in answer.numbers
    }


def test_every_item_is_answered_in_a_section_that_exists(registry, sections, numbers):
    table = traceability(registry, sections, numbers)
    assert set(table["record"] + "/" + table["item"]) == set(registry.items)
    assert (table["text"] != "").all()


def test_the_items_of_the_specification_are_there(registry):
    trop2 = {name.split("/")[1] for name in registry.items if name.startswith("NCT07314255")}
    assert {"I1", "I2", "E1", "E2", "R1", "R2", "R3", "C1", "C2", "C3"} <= trop2


def test_an_item_without_an_answer_fails(registry, sections, numbers):
    lacking = replace(registry, answers=registry.answers[1:])
    with pytest.raises(InputError, match="NCT07314255/POPULATION: registered, and not answered"):
        traceability(lacking, sections, numbers)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (Answer("NCT0/X", "sec-flow", ()), "NCT0/X: answered, and not registered"),
        (Answer("NCT07314255/I1", "sec-x", ()), "NCT07314255/I1: no notebook has a section sec-x"),
        (Answer("NCT07314255/I1", "sec-flow", ("n_x",)),
         "NCT07314255/I1: no number n_x is reported"),
    ],
)  # fmt: skip
def test_an_answer_without_an_item_a_section_or_a_number_fails(
    registry, sections, numbers, answer, fault
):
    more = replace(registry, answers=(*registry.answers, answer))
    assert faults(more, sections, numbers) == [fault]


def test_a_count_of_something_else_than_the_item_asks_for_fails(registry, sections, numbers):
    assert faults(registry, sections, numbers) == []
    other = numbers | {"n_series_18f_trop2": {"unit": "patients"}}
    assert faults(registry, sections, other) == [
        "NCT07314255/PET: n_series_18f_trop2 counts patients, expected series"
    ]


def test_each_item_that_counts_says_what(registry):
    counting = [a.item for a in registry.answers if any(n.startswith("n_") for n in a.numbers)]
    assert [name for name in counting if not registry.items[name].unit] == []


@pytest.mark.parametrize("code", ["TROP2", "TSH124I"])
def test_a_record_tells_sponsor_and_status(code):
    facts = dict(STUDIES[code].facts)
    assert facts["Sponsor"]
    assert facts["Status"] in {"active, not recruiting", "unknown"}
