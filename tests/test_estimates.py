"""What an interval may not be: a point, or beyond the range of what it estimates."""

import math
from dataclasses import replace

import pytest
from IPython.lib.pretty import pretty

from compendium.counting import counted
from compendium.errors import NotEstimable
from compendium.estimates import Estimate, labelled, not_estimable, require_at_least
from compendium.formatting import reported


def share(low: float, high: float, **more) -> Estimate:
    return Estimate(estimate=0.4, low=low, high=high, method="a share", within=(0, 1), **more)


class TestRange:
    @pytest.mark.parametrize(
        ("low", "high", "kept", "said"),
        [
            (0.2, 0.7, (0.2, 0.7), "a share"),
            (0.0, 0.7, (0.0, 0.7), "a share"),
            (-0.1, 0.7, (0.0, 0.7), "a share; lower limit is the bound"),
            (0.2, 1.3, (0.2, 1.0), "a share; upper limit is the bound"),
            (0.2, 1 + 1e-12, (0.2, 1.0), "a share"),  # rounding
        ],
    )
    def test_a_limit_beyond_it_is_its_end(self, low, high, kept, said):
        found = share(low, high)
        assert (found.low, found.high, found.method) == (*kept, said)

    def test_an_interval_of_all_of_it_is_labelled(self):
        found = share(-2.16, 3.49, p=0.25, n=2)
        assert found.reason == "the 95% interval would hold every value from 0 to 1"
        assert math.isnan(found.estimate)
        assert (found.p, found.n, found.method) == (0.25, 2, "a share")

    def test_a_range_without_an_end_may_be_all_of_it(self):
        found = Estimate(estimate=2, low=-math.inf, high=math.inf)
        assert (found.reason, found.low, found.high) == ("", -math.inf, math.inf)

    def test_stays_when_a_field_is_replaced(self):
        assert replace(share(-0.1, 0.7), n=3).low == 0


class TestWidth:
    @pytest.mark.parametrize("value", [0.0, 1.0, math.inf])
    def test_a_point_is_labelled(self, value):
        found = Estimate(estimate=value, low=value, high=value, p=0.18)
        assert found.reason == f"the 95% interval would be the single value {value:g}"
        assert (found.estimable, found.p) == (False, 0.18)

    def test_a_point_but_for_rounding_is_labelled(self):
        assert Estimate(estimate=0.3, low=0.3, high=0.1 + 0.2).reason
        assert Estimate(estimate=0.3, low=0.3, high=0.3 + 1e-9).estimable

    def test_no_interval_at_all_is_none(self):
        assert Estimate(estimate=3).estimable


def test_a_labelled_result_keeps_its_test():
    found = not_estimable("ties", p=0.18)
    entry = {"value": None, "low": None, "high": None, "format": ".2f", "unit": "", "level": 0.95}
    entry |= {"n": 54, "events": None, "p": found.p, "reason": found.reason}
    assert reported(entry, "ci") == "not estimable: ties"
    assert reported(entry, "p") == "p = 0.18"
    assert reported(entry | {"p": None}, "p") == "not estimable: ties"


def test_a_refusal_becomes_a_labelled_result():
    @labelled
    def mean_of_two(count: int) -> Estimate:
        require_at_least(count, 2, "values")
        return Estimate(estimate=1, low=0, high=2)

    assert mean_of_two(1).reason == "1 value; at least 2 needed"
    assert mean_of_two(2).estimable
    with pytest.raises(NotEstimable, match="1 value; at least 2 needed"):
        require_at_least(1, 2, "values")


@pytest.mark.parametrize(
    ("count", "what", "said"),
    [
        (1, "events by 24 months", "1 event by 24 months"),
        (2, "events by 24 months", "2 events by 24 months"),
        (0, "events", "0 events"),
        (1, "Tg values under TSH suppression", "1 Tg value under TSH suppression"),
        (1, "clusters of blocks", "1 cluster of blocks"),
        (1, "foci visible at both levels", "1 focus visible at both levels"),
        (1, "classes", "1 class"),
        (1, "in the reference group", "1 in the reference group"),
    ],
)
def test_one_of_something_is_said_in_the_singular(count, what, said):
    assert counted(count, what) == said


def test_a_notebook_shows_an_estimate_in_a_line_without_what_it_lacks():
    found = Estimate(estimate=90.0, low=50.0, high=135.0, unit="points", n=60, method="shift")
    assert str(found) == "90 points (95% CI 50 to 135); n = 60; shift"
    assert str(replace(found, p=0.00012)) == (
        "90 points (95% CI 50 to 135); p = 0.00012; n = 60; shift"
    )
    assert str(not_estimable("2 deaths; 10 are needed", n=30)) == (
        "not estimable: 2 deaths; 10 are needed; n = 30"
    )
    assert pretty((found,)) == "(90 points (95% CI 50 to 135); n = 60; shift,)"
