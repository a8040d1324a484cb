"""Two readers of immunohistochemistry: whom to pair, and every measure of their agreement."""

import numpy as np
import pandas as pd
import pytest

from compendium.errors import NotEstimable
from compendium.trop2.agreement import MEASURES, band_table, paired_reads, reader_agreement
from compendium.trop2.ihc import BANDS, scored


def reads(*rows) -> pd.DataFrame:
    """Rows of patient, block, reader, percentage of 3+ cells."""
    table = pd.DataFrame(rows, columns=["patient_id", "block_id", "reader_id", "pct_3"])
    return scored(table.assign(tissue="primary", pct_0=100 - table["pct_3"], pct_1=0.0, pct_2=0.0))


class TestReaders:
    def test_only_blocks_of_both_are_paired(self):
        table = reads(("P1", "A", "x", 10.0), ("P1", "A", "y", 20.0), ("P2", "A", "x", 30.0))
        pairs = paired_reads(table)
        assert pairs[["patient_id", "x", "y"]].to_numpy().tolist() == [["P1", 30.0, 60.0]]

    def test_the_two_busiest_of_three_readers(self):
        rows = [(f"P{i}", "A", r, 10.0 * i) for i in range(4) for r in ("c", "a")]
        assert list(paired_reads(reads(*rows, ("P0", "A", "b", 1.0))).columns[-2:]) == ["a", "c"]

    def test_one_reader_is_a_labelled_result(self):
        found = reader_agreement(reads(("P1", "A", "x", 10.0)))
        reasons = {e.reason for e in (*found.estimates.values(), *found.limits.values())}
        assert reasons == {"one reader; agreement needs two readers"}
        assert len(found.table()) == len(MEASURES) + 3

    def test_two_readers_without_a_common_block(self):
        with pytest.raises(NotEstimable, match="0 blocks read by both x and y"):
            paired_reads(reads(("P1", "A", "x", 10.0), ("P2", "A", "y", 20.0)))

    def test_every_measure_is_estimated(self):
        rng = np.random.default_rng(2)
        rows = []
        for i in range(25):
            truth = rng.uniform(5, 90)
            rows += [(f"P{i}", "A", r, float(round(truth + rng.normal(0, 4)))) for r in "xy"]
        found = reader_agreement(reads(*rows))
        assert [e.reason for e in found.estimates.values()] == [""] * 4
        assert found.estimates[MEASURES[0]].estimate > 0.9
        assert found.readers == ("x", "y")


def test_band_table_keeps_empty_bands():
    table = band_table(["low", "high"], ["low", "moderate"], BANDS)
    assert table.to_numpy().tolist() == [[1, 0, 0], [0, 0, 0], [0, 1, 0]]
