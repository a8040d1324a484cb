"""What others see: counts by one rule, linked ones that cannot be worked out, no mark a person."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from compendium.public_forms import (
    AddsTo,
    Balance,
    Chain,
    Grouped,
    Levels,
    Same,
    Sum,
    entry_of,
    said_in,
)
from compendium.published import Number, Table
from compendium.results.record import Output, Place, entry_of_number, output_of_table
from compendium.suppression.counts import MANY, Counts
from compendium.suppression.grouped import grouped_people, public_steps
from compendium.suppression.linked import LinkedSet, Protection, bounds, linked_sets, protected
from compendium.suppression.numbers import public_number
from compendium.suppression.tables import BLANK, measure, public_table

FIVE = Counts(5)
MOST = 400  # of a count, for an attacker


def attacked(one: LinkedSet, found: Protection) -> dict[object, tuple[int, int]]:
    """The whole numbers left to each hidden count by who knows how counts are shown."""
    cells = list(one.values)

    def alike(cell) -> list[int]:
        if cell in found.blank:
            return [0, MOST]
        shown = found.counts.shown(one.values[cell])
        if str(shown).startswith("≥"):  # which counts are widened is not told
            return [found.counts.least, MOST]
        same = [n for n in range(MOST + 1) if found.counts.shown(n) == shown]
        return [same[0], same[-1]]

    ranges = np.array([alike(cell) for cell in cells])
    sums = np.array([[named.get(cell, 0) for cell in cells] for named in one.sums])
    left = {}
    for place, cell in enumerate(cells):
        if 0 < one.values[cell] < found.counts.least:
            aim = np.eye(len(cells))[place]
            left[cell] = tuple(
                round(
                    sign
                    * milp(
                        sign * aim,
                        constraints=LinearConstraint(sums, 0, 0),
                        bounds=Bounds(ranges[:, 0], ranges[:, 1]),
                        integrality=np.ones(len(cells)),
                    ).fun
                )
                for sign in (1, -1)
            )
    return left


def sets(frame: pd.DataFrame, *links, **others: pd.DataFrame) -> list[LinkedSet]:
    return linked_sets({"t": frame, **others}, {"t": links})


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, 0), (1, "<5"), (4, "<5"), (5, 5), (7, 5), (8, 10), (12, 10), (13, 15), (69, 70)],
)
def test_a_count_is_hidden_or_rounded(count, shown):
    assert FIVE.shown(count) == shown


@pytest.mark.parametrize("least", [2, 3, 5, 6, 10])
def test_the_range_of_a_count_is_of_all_that_look_like_it(least):
    counts = Counts(least, frozenset({least + 1}))
    for count in range(60):
        alike = [n for n in range(90) if counts.shown(n) == counts.shown(count)]
        if counts.shown(count) == f"≥{least}":
            assert counts.range(count) == (least, MANY)
        else:
            assert counts.range(count) == (min(alike), max(alike))


def test_a_missing_count_stays_missing():
    assert math.isnan(FIVE.shown(math.nan))


def test_a_threshold_that_shows_everything_is_refused():
    with pytest.raises(ValueError, match="the threshold is 1"):
        Counts(1)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("12 (40.0)", "10 (33)"),
        ("12/30 (40%)", "10/30 (33%)"),
        ("4/29 (14%)", "<5/30"),
        ("4 (14.3)", "<5"),
        ("9/7/8/4", "10/5/10/<5"),
        ("classic PTC 27/30", "classic PTC 25/30"),
        ("17 of 20", "15 of 20"),
        ("3", "<5"),
        ("0 (0)", "0 (0)"),
        ("48.5 (11.3)", "48.5 (11.3)"),  # mean (SD)
        ("17.5 [14.0,23.2]", "17.5 [14.0,23.2]"),
        ("44 (35–49)", "44 (35–49)"),
    ],
)
def test_a_cell_has_its_rates_of_the_counts_that_it_shows(cell, shown):
    assert FIVE.cell(cell) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2 deaths; 10 are needed", "fewer than 5 deaths; 10 are needed"),
        ("12 patients", "about 10 patients"),
        ("n = 3", "n = <5"),
        ("1 event of the cause other", "fewer than 5 events of the cause other"),
        ("measured in 23 of 30 patients", "measured in 25 of 30 patients"),
        ("survival is 0.86 at the last of 1 event", "rests on fewer than 5 people or events"),
        ("5.5 events a variable", "5.5 events a variable"),
        ("at least 3 lesions", "at least 3 lesions"),
        ("2 readers", "2 readers"),
        ("0 patients", "0 patients"),
    ],
)
def test_a_text_quotes_counts_as_they_are_shown(text, shown):
    assert FIVE.text(text) == shown


class TestLinked:
    def test_one_hidden_part_of_a_rounded_sum_keeps_its_whole_range(self):
        flow = pd.DataFrame({"before": [85], "removed": [4], "after": [81]})
        (one,) = sets(flow, Balance(("before",), ("removed", "after")))
        found = protected([one], FIVE)
        assert found == Protection(FIVE)
        assert set(attacked(one, found).values()) == {(1, 4)}

    def test_a_part_of_a_small_sum_is_given_away_until_another_is_widened(self):
        flow = pd.DataFrame({"before": [6], "removed": [1], "after": [5]})
        (one,) = sets(flow, Balance(("before",), ("removed", "after")))
        assert list(bounds(one, Protection(FIVE)).values()) == [(1, 2)]
        found = protected([one], FIVE)
        assert found.counts.widened == {5, 6}
        assert found.counts.shown(6) == "≥5"
        ((low, high),) = attacked(one, found).values()
        assert low <= 1
        assert high >= 4

    def test_a_hidden_sum_of_hidden_parts_is_blanked_with_them(self):
        events = pd.DataFrame({"events": [3], "progressions": [2], "deaths": [1]})
        (one,) = sets(events, Balance(("events",), ("progressions", "deaths")))
        found = protected([one], FIVE)
        assert list(bounds(one, Protection(FIVE)).values()) == [(2, 4), (1, 3), (1, 3)]
        assert {cell.column for cell in found.blank} == {"events", "progressions", "deaths"}
        assert min(high for _, high in attacked(one, found).values()) >= 4
        assert max(low for low, _ in attacked(one, found).values()) <= 1

    @pytest.mark.slow
    @pytest.mark.parametrize("least", [3, 5, 10])
    def test_nothing_is_given_away_of_random_crossed_tables(self, least):
        rng = np.random.default_rng(18)
        for _ in range(2):
            inner = rng.poisson(rng.choice([1, 4, 12], size=(3, 3)))
            crossed = pd.DataFrame(inner, columns=["a", "b", "c"])
            crossed = crossed.assign(all=crossed.sum(axis=1), kind=["x", "y", "z"])
            sums = crossed[["a", "b", "c", "all"]].sum().to_frame().T.assign(kind="")
            frame = pd.concat([sums, crossed], ignore_index=True)
            frame["whole"] = ["no", "yes", "yes", "yes"]
            found_sets = sets(
                frame,
                Balance(("all",), ("a", "b", "c")),
                *(
                    Sum((name,), {"whole": "yes"}, "t", {"kind": ""}, name)
                    for name in ("a", "b", "c", "all")
                ),
            )
            found = protected(found_sets, Counts(least))
            for one in found_sets:
                for low, high in attacked(one, found).values():
                    assert low <= 1
                    assert high >= least - 1

    def test_a_chain_binds_each_row_to_the_next_of_its_study(self):
        flow = pd.DataFrame({"study": ["A", "A", "B"], "before": [9, 8, 7], "after": [8, 7, 6]})
        (one,) = sets(flow, Chain("before", "after", "study"))
        assert sorted(one.values.values()) == [8, 8]

    def test_levels_add_up_to_the_first_row_with_what_is_missing(self):
        table = pd.DataFrame(
            {
                "variable": ["n", "sex", "sex", "age"],
                "missing": [None, 2, None, 0],
                "overall": ["30", "20 (71.4)", "8 (28.6)", "48.5 (11.3)"],
            }
        )
        (one,) = sets(table, Levels("variable", ("overall",), "missing"))
        assert sorted(one.values.values()) == [2, 8, 20, 30]

    def test_rows_add_up_to_another_table(self):
        rules = pd.DataFrame({"response": ["yes", "yes", "no"], "patients": [20, 3, 9]})
        groups = pd.DataFrame({"group": ["yes", "no"], "patients": [23, 9]})
        first, second = sets(
            rules, AddsTo(("patients",), "response", "g", "group", "patients"), g=groups
        )
        assert sorted(first.values.values()) == [3, 20, 23]
        assert sorted(second.values.values()) == [9, 9]

    def test_a_count_of_two_tables_is_one(self):
        flow = pd.DataFrame({"rule": ["a", "b"], "removed": [3, 9]})
        again = pd.DataFrame({"id": ["b"], "value": [9]})
        link = Same("g", {"rule": "id"}, {"removed": "value"})
        (one,) = sets(flow, link, g=again)
        assert [cell.table for cell in one.values] == ["t", "g"]

    def test_a_sum_that_does_not_hold_is_none_to_an_attacker(self):
        rules = pd.DataFrame({"response": ["yes"], "patients": [20]})
        groups = pd.DataFrame({"group": ["yes"], "patients": [23]})
        link = AddsTo(("patients",), "response", "g", "group", "patients")
        assert sets(rules, link, g=groups) == []


@pytest.mark.parametrize(
    "said",
    [
        Balance(("a",), ("b", "c")),
        Sum(("a",), {"study": "X"}, "t", {"rule": "Y"}, "after"),
        Grouped(y="h_score", by="group", ylabel="H-score", logs=("h_score",)),
    ],
)
def test_a_link_or_form_is_read_back_from_the_record(said):
    assert said_in(entry_of(said)) == said


def recorded(frame: pd.DataFrame, **said) -> Output:
    return output_of_table(Table("t", frame, **({"rows": "group"} | said)), Place(), ["P001"])


class TestTable:
    def test_estimates_of_few_people_go_and_others_stay(self):
        frame = pd.DataFrame({"n": [4, 30], "median": [12.25, 80.123456], "reason": ["", ""]})
        output, safe = public_table(recorded(frame), frame, FIVE)
        assert safe["n"].tolist() == ["<5", 30]
        assert math.isnan(safe["median"][0])
        assert safe["median"][1] == 80.12
        assert safe["reason"].tolist() == ["fewer than 5 people, not shown", ""]
        assert output.people == ["n"]

    def test_a_share_that_tells_a_small_count_or_its_complement_goes(self):
        frame = pd.DataFrame({"n": [30, 30, 30], "share": [1 / 30, 29 / 30, 0.5]})
        _, safe = public_table(recorded(frame, shares={"share": "n"}), frame, FIVE)
        assert safe["share"].isna().tolist() == [True, True, False]

    def test_a_column_that_names_patients_goes(self):
        frame = pd.DataFrame({"flag": ["a"], "who": ["P001_low"], "patients": [9]})
        output, safe = public_table(recorded(frame), frame, FIVE)
        assert list(safe) == ["flag", "patients"]
        assert list(output.headings) == ["flag", "patients"]
        assert output.names == []

    def test_rows_of_persons_become_their_quartiles_where_enough_are_on_either_side(self):
        ten = pd.DataFrame({"patient_id": [f"P{k}" for k in range(10)], "score": np.arange(10.0)})
        output, safe = public_table(recorded(ten, rows="patient"), ten, FIVE)
        assert safe["values"].tolist() == [10]
        assert safe["median"].tolist() == [4.5]
        assert safe["lower_quartile"].isna().all()
        assert output.sensitivity == "group"
        assert not output.withheld

    def test_lesions_of_few_patients_have_no_summary(self):
        few = pd.DataFrame({"patient_id": ["P1", "P2"] * 10, "suv": np.arange(20.0)})
        _, safe = public_table(recorded(few, rows="lesion"), few, FIVE)
        assert safe["values"].tolist() == ["<5"]
        assert safe["median"].isna().all()

    def test_a_simulation_stays_as_it_is(self):
        frame = pd.DataFrame({"studies": [3]})
        _, safe = public_table(recorded(frame, rows="simulation"), frame, FIVE)
        assert safe["studies"].tolist() == [3]

    def test_a_cell_is_left_blank_where_a_count_could_be_worked_out(self):
        frame = pd.DataFrame({"events": [3], "deaths": [1]})
        _, safe = public_table(recorded(frame), frame, FIVE, [(0, "deaths")])
        assert safe["deaths"].tolist() == [BLANK]


@pytest.mark.parametrize(
    ("value", "shown"), [(6.696553, 6.697), (341.27323, 341.3), (12345.6, 12346.0), (0.0, 0.0)]
)
def test_a_measure_keeps_the_digits_of_a_reader(value, shown):
    assert measure(value) == shown


class TestNumber:
    def entry(self, found, **said):
        return entry_of_number(Number("x", found, **said), Place())

    def test_a_count_is_shown_as_in_tables(self):
        assert public_number(self.entry(3, format="d"), FIVE)["value"] == "<5"
        assert public_number(self.entry(69, format="d"), FIVE)["value"] == 70

    def test_what_tells_of_nobody_stays(self):
        entry = self.entry(3, format="d", people=False)
        assert public_number(entry, FIVE) == entry

    def test_a_measure_of_few_goes_and_of_many_stays(self):
        assert public_number(self.entry(0.51234567, n=4), FIVE)["value"] is None
        assert public_number(self.entry(0.51234567, n=14), FIVE)["value"] == 0.5123

    def test_a_share_goes_with_its_small_count(self):
        assert public_number(self.entry(0.1, n=30, share=True), FIVE)["value"] is None
        assert public_number(self.entry(0.3, n=30, share=True), FIVE)["value"] == 0.3


def test_a_dot_is_of_so_many_patients_as_the_threshold():
    lesions = pd.DataFrame(
        {
            "patient_id": [f"P{k // 2}" for k in range(26)],
            "group": ["a"] * 22 + ["b"] * 4,
            "suv": np.arange(26.0),
        }
    )
    dots = grouped_people(lesions, Grouped(y="suv", by="group", ylabel="SUV"), FIVE)
    assert dots["group"].tolist() == ["a", "a"]  # 11 patients; b has two
    assert dots["n"].tolist() == [5, 5]
    assert dots["suv"].tolist() == [5.5, 16.5]


def test_a_step_is_of_so_many_events_at_a_rounded_time():
    rows = pd.DataFrame(
        {"patient_id": range(12), "time_days": np.arange(10, 130, 10), "event": [True] * 12}
    )
    steps = public_steps(rows, "endpoint", FIVE)
    assert steps["time"].tolist() == [60]  # the fifth event, on day 50; at the tenth 3 are at risk
    assert steps["n_events"].tolist() == [5]
    assert steps["survival"].tolist() == [0.58]


def test_every_fifth_event_is_a_step_and_numbers_at_risk_are_rounded():
    rows = pd.DataFrame(
        {
            "patient_id": range(30),
            "time_days": range(10, 310, 10),
            "event": [True] * 12 + [False] * 18,
        }
    )
    steps = public_steps(rows, "endpoint", FIVE)
    assert steps["time"].tolist() == [60, 90]  # days 50 and 100
    assert steps["n_events"].tolist() == [5, 5]
    assert steps["n_at_risk"].tolist() == [25, 20]  # 26 and 21 of 30
    assert steps["survival"].tolist() == [0.83, 0.67]


def test_a_curve_without_events_has_no_step():
    rows = pd.DataFrame({"patient_id": range(9), "time_days": range(10, 19), "event": False})
    assert public_steps(rows, "endpoint", FIVE).empty
    assert public_steps(rows.head(0), "endpoint", FIVE).empty


def test_a_curve_of_few_events_has_no_step():
    rows = pd.DataFrame(
        {"patient_id": range(9), "time_days": range(10, 19), "event": [True] * 3 + [False] * 6}
    )
    assert public_steps(rows, "endpoint", FIVE).empty
