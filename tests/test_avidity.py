"""Change of avidity between the two TSH levels."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compendium.tsh.avidity import avidity_change, share_gained, visibility_counts

RNG = np.random.default_rng(1)
KINDS = ["both", "only_low", "only_high", "none"]


def pairs_of(by_patient: dict[str, list[str]]) -> pd.DataFrame:
    rows = [(patient, kind) for patient, kinds in by_patient.items() for kind in kinds]
    return pd.DataFrame(rows, columns=["patient_id", "visibility"])


def test_counts_every_kind_even_where_there_is_none():
    counts = visibility_counts(pairs_of({"a": ["both", "both"], "b": ["both", "only_high"]}))
    table = counts.set_index("visibility")
    assert table["lesions"].to_dict() == {
        "both": 3,
        "only_low": 0,
        "only_high": 1,
        "none": 0,
        "unknown": 0,
        "not_measured": 0,
    }
    assert table.loc["both", "patients"] == 2


def test_share_gained_and_p_by_hand():
    """a gains 2 of 4, b gains 1 of 2, c loses 1 of 4: (2 + 1 - 1) / 10; flips of (2, 1, -1):
    |±2 ±1 ±1| >= 2 in 6 of 8."""
    pairs = pairs_of(
        {
            "a": ["only_high", "only_high", "both", "none"],
            "b": ["only_high", "both"],
            "c": ["only_low", "both", "both", "none"],
        }
    )
    found = avidity_change(pairs, RNG)
    assert found.estimate == pytest.approx(0.2)
    assert found.p == pytest.approx(6 / 8)
    assert (found.n, found.events) == (3, 4)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.sampled_from(KINDS), min_size=1, max_size=5), min_size=2, max_size=7))
def test_p_is_that_of_all_rearrangements_written_out(kinds):
    pairs = pairs_of({str(i): own for i, own in enumerate(kinds)})
    found = avidity_change(pairs, RNG)
    if not found.estimable:
        return
    gained = [own.count("only_high") - own.count("only_low") for own in kinds]
    sums = [abs(np.dot(signs, gained)) for signs in itertools.product((-1, 1), repeat=len(gained))]
    assert found.p == pytest.approx(np.mean([s >= abs(sum(gained)) for s in sums]))


def test_ten_lesions_of_one_patient_are_not_ten_witnesses():
    """McNemar would give p = 0.002 for ten foci gained; one patient of two gives p = 1."""
    pairs = pairs_of({"a": ["only_high"] * 10, "b": ["both"] * 3})
    assert avidity_change(pairs, RNG).p == 1


@pytest.mark.parametrize(
    ("kinds", "estimate"), [(["both", "none"], 0.0), (["only_high", "both"], 0.5)]
)
def test_the_same_change_in_all_has_an_interval(kinds, estimate):
    found = avidity_change(pairs_of({name: kinds for name in "abcdefgh"}), RNG)
    assert found.estimate == estimate
    assert found.low < estimate < found.high
    assert found.p == (1 if estimate == 0 else pytest.approx(2 / 2**8))


@pytest.mark.slow
@pytest.mark.parametrize("n", [6, 10, 20])
def test_the_interval_holds_the_truth_in_sparse_studies(n):
    """In five patients of six nothing changes; the others lose more often than they gain."""
    rng = np.random.default_rng(n)
    held = []
    for _ in range(400):
        gained = rng.choice([-2.0, -1.0, 1.0, 0.0], n, p=[0.04, 0.08, 0.04, 0.84])
        found = share_gained(gained, np.full(n, 5.0), 0.90)
        held.append(found.low <= -0.024 <= found.high)
    assert np.mean(held) > 0.9


@pytest.mark.parametrize(
    ("by_patient", "reason"),
    [
        ({"a": ["only_high", "both"]}, "1 patient"),
        ({"a": ["none"], "b": ["none", "none"]}, "none of 3 lesions is visible on either scan"),
        ({}, "0 patients"),
        ({"a": ["not_measured"]}, "0 patients"),
    ],
    ids=["one patient", "none visible", "no lesion", "unmeasured"],
)
def test_what_the_data_do_not_carry_is_labelled(by_patient, reason):
    assert avidity_change(pairs_of(by_patient), RNG).reason.startswith(reason)
