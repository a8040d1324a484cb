"""A limit has one home: default, type, range and vocabulary; who reads it is known."""

import math
import pickle

import pytest

from compendium import limits
from compendium.errors import InputError
from compendium.limits import ByLimits, Limit, Limits


class Some(Limits):
    ascending = (("least", "most"), ("window", "above"))

    share = Limit(0.2, "growth", unit="(share)", gt=0, le=1, source="paper2009")
    count = Limit(5, "patients", unit="patients", ge=1, lt=10)
    word = Limit("ignore", "start of a drug", choices=("ignore", "event"))
    window = Limit((20.0, 40.0), "TSH", unit="mIU/L", gt=0, interval=True)
    above = Limit(100.0, "TSH", unit="mIU/L")
    least = Limit(18.0, "age", unit="years", ge=0)
    most = Limit(75.0, "age", unit="years", ge=0)
    terms = Limit(["a"], "terms", choices=("a", "b", "c"), longest=2)
    free = Limit("", "any word")


def test_the_class_tells_of_a_limit_and_an_instance_its_value():
    assert (Some.share.name, Some.share.default, Some.share.unit) == ("share", 0.2, "(share)")
    assert Some().share == 0.2
    assert Some(share=1).share == 1.0
    assert type(Some(share=1).share) is float
    assert list(Some.declared)[:2] == ["share", "count"]


def test_limits_are_put_together_from_parts_in_their_order():
    class Part(Limits):
        mass = Limit(1.0, "mass", unit="kg", gt=0)

    class Whole(Some, Part):
        last = Limit(True, "whether")

    assert list(Whole.declared) == [*Some.declared, "mass", "last"]
    assert Whole(mass=2)["mass"] == 2.0
    assert "mass" not in Some.declared


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("share", 1), ("share", 1e-9), ("count", 1), ("count", 9), ("word", "event"),
        ("window", [1, 2]), ("window", (99.0, 99.5)), ("terms", []), ("terms", ["a", "c"]),
        ("free", "anything"), ("above", 40.1),
    ],
)  # fmt: skip
def test_what_is_possible_is_taken(name, value):
    assert getattr(Some(**{name: value}), name) == (tuple(value) if name == "window" else value)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("share", 20, "20 is not possible; expected a number, over 0, at most 1 (share) (growth)"),
        ("share", 0.0, "0.0 is not possible"),
        ("share", math.nan, "nan is not a finite number"),
        ("share", math.inf, "inf is not a finite number"),
        ("share", True, "True is true or false; expected a number"),
        ("share", "0.2", "'0.2' is a text; expected a number"),
        ("share", None, "None is empty; expected a number"),
        ("count", 10, "10 is not possible; expected a whole number, at least 1, under 10"),
        ("count", 5.0, "5.0 is a number; expected a whole number"),
        ("word", "Ignore", "expected a text, one of ignore, event (start of a drug), such as"),
        ("window", [40, 20], "expected a list, least and greatest, over 0 mIU/L"),
        ("window", [20, 20], "[20, 20] is not possible"),
        ("window", [20], "[20] is not possible"),
        ("window", [20, 30, 40], "[20, 30, 40] is not possible"),
        ("window", 30, "30 is a whole number; expected a list"),
        ("window", [20, math.nan], "nan is not a finite number"),
        ("window", [20, "40"], "'40' is a text"),
        ("terms", ["a", "b", "c"], "at most 2 values"),
        ("terms", ["d"], "one of a, b, c"),
        ("most", 17, "least is 18.0 and most 17.0; expected the first under the second"),
        ("window", [20, 100], "window is [20.0, 100.0] and above 100.0"),
        ("shear", 1, "unknown key 'shear'. Did you mean 'share'"),
    ],
)  # fmt: skip
def test_what_is_not_possible_is_refused_with_what_is(name, value, said):
    with pytest.raises(InputError) as error:
        Some.of({name: value}, "p.yml, rules")
    assert str(error.value).startswith("p.yml, rules")
    assert said in str(error.value)


def test_limits_are_fixed():
    with pytest.raises(AttributeError, match="share is fixed"):
        Some().share = 0.3


def test_departures_are_what_differs_from_the_registered_value():
    assert Some().departures == {}
    assert Some(share=0.2, count=5).departures == {}
    assert Some(window=(20, 30), share=0.3).departures == {"share": 0.3, "window": [20.0, 30.0]}


def test_what_is_read_is_known_and_nothing_else():
    rules = Some(share=0.3)
    assert rules.read_names == frozenset()
    _ = rules.share, rules.window
    assert rules.read_names == {"share", "window"}
    assert rules.read_values == {"share": 0.3, "window": [20.0, 40.0]}


def test_other_limits_for_a_sensitivity_analysis_count_as_read():
    rules = Some(share=0.3)
    other = rules.replace(count=3)
    assert (other.share, other.count, rules.departures) == (0.3, 3, {"share": 0.3})
    assert rules.read_names == {"share", "count"}


def test_limits_are_equal_by_value_and_pass_between_processes():
    assert Some(share=0.3) == Some(share=0.3) != Some()
    assert len({Some(), Some(share=0.2)}) == 1
    assert pickle.loads(pickle.dumps(Some(share=0.3))) == Some(share=0.3)
    assert repr(Some(share=0.3)) == "Some(share=0.3)"


class TestByLimits:
    def test_a_function_is_called_again_only_where_a_limit_that_it_asked_for_differs(self) -> None:
        called = []

        def asks(some: Some) -> str:
            called.append(some)
            return f"{some.share} {some.count if some.share > 0.3 else ''}"

        once = ByLimits(asks)
        assert [once(Some()), once(Some(count=6)), len(called)] == ["0.2 ", "0.2 ", 1]
        assert once(Some(share=0.5)) == "0.5 5"
        assert once(Some(share=0.5, count=6)) == "0.5 6"
        assert len(called) == 3

    def test_the_results_that_were_asked_for_last_are_kept(self, monkeypatch) -> None:
        monkeypatch.setattr(limits, "KEPT", 2)
        called = []
        once = ByLimits(lambda some: called.append(some.count))
        for count in (5, 6, 5, 7, 5, 6):
            once(Some(count=count))
        assert called == [5, 6, 7, 6]

    def test_what_it_asked_for_counts_as_asked_for_also_where_it_was_not_called(self) -> None:
        once = ByLimits(lambda some: some.share)
        once(Some())
        again = Some(count=6)
        once(again)
        assert again.read_names == {"share"}
