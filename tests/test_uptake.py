"""Lesion pairs of two scans: matching, visibility, protocol deviations."""

import math

import numpy as np
import pandas as pd
import pytest

from compendium.errors import InputError
from compendium.rules import Rules
from compendium.tsh.uptake import lesion_pairs, lesion_set, scan_pairs

NAN = math.nan
REGISTERED = Rules()
LIMIT = 1.6  # of visibility on every scan


def scans(*rows):
    """patient, level, TSH, day"""
    columns = ["patient_id", "tsh_level", "tsh_miu_per_l", "scan_day"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(tracer="124I", injected_activity_mbq=50.0)


BOTH = scans(("P1", "low", 30.0, 100), ("P1", "high", 120.0, 110))


def lesions(*rows):
    """patient, level, lesion, SUVmax"""
    frame = pd.DataFrame(rows, columns=["patient_id", "tsh_level", "lesion_id", "suv_max"])
    by_scan = {"visibility_limit_suv": LIMIT, "avid": frame["suv_max"] > LIMIT}
    return frame.assign(tracer="124I", site="lung", diameter_mm=10.0, **by_scan)


class TestPairs:
    @pytest.mark.parametrize(
        ("low", "high", "visibility"),
        [
            (2.0, 3.0, "both"),
            (2.0, 1.2, "only_low"),
            (1.2, 2.0, "only_high"),
            (1.2, 1.1, "none"),
            (2.0, NAN, "not_measured"),
        ],
    )
    def test_visibility_of_each_kind(self, low, high, visibility):
        rows = lesions(("P1", "low", "L1", low), ("P1", "high", "L1", high))
        pair = lesion_pairs(rows, BOTH, REGISTERED).iloc[0]
        assert pair["visibility"] == visibility
        assert (pair["suv_max_low"], pair["limit_low"]) == (low, pytest.approx(1.6))

    def test_a_fixed_limit_replaces_the_scans_own(self):
        rows = lesions(("P1", "low", "L1", 2.0), ("P1", "high", "L1", 2.5))
        pair = lesion_pairs(rows, BOTH, Rules(detection_limit_suv=2.5)).iloc[0]
        assert (pair["visibility"], pair["limit_high"]) == ("only_high", 2.5)

    def test_without_a_background_visibility_is_unknown_and_the_value_stays(self):
        rows = lesions(("P1", "low", "L1", 2.0), ("P1", "high", "L1", 3.0))
        rows = rows.astype({"avid": object})
        rows.loc[0, ["avid", "visibility_limit_suv"]] = [None, NAN]
        pairs = lesion_pairs(rows, BOTH, REGISTERED)
        assert pairs.loc[0, "visibility"] == "unknown"
        assert len(lesion_set(pairs, "all")) == 1
        assert lesion_set(pairs, "visible_on_either").empty
        fixed = lesion_pairs(rows, BOTH, Rules(detection_limit_suv=1.0))
        assert fixed.loc[0, "visibility"] == "both"

    def test_a_lesion_of_one_scan_is_kept_and_said_to_be_unmeasured(self):
        rows = lesions(
            ("P1", "low", "L1", 2.0), ("P1", "high", "L1", 2.0), ("P1", "high", "L2", 4.0)
        )
        pairs = lesion_pairs(rows, BOTH, REGISTERED).set_index("lesion_id")
        assert pairs["visibility"].to_dict() == {"L1": "both", "L2": "not_measured"}
        assert math.isnan(pairs.loc["L2", "suv_max_low"])
        assert pairs.loc["L2", "site"] == "lung"

    def test_same_lesion_names_of_two_patients_stay_apart(self):
        rows = lesions(("P1", "low", "L1", 2.0), ("P2", "high", "L1", 3.0))
        assert len(lesion_pairs(rows, BOTH, REGISTERED)) == 2

    def test_other_tracers_are_left_out(self):
        rows = lesions(("P1", "low", "L1", 2.0), ("P1", "high", "L1", 2.0))
        other = rows.assign(tracer="18F-Trop2", tsh_level=None)
        assert len(lesion_pairs(pd.concat([rows, other]), BOTH, REGISTERED)) == 1

    def test_further_metrics_are_paired_too(self):
        rows = lesions(("P1", "low", "L1", 2.0), ("P1", "high", "L1", 3.0))
        rows["suv_peak"] = rows["suv_max"] / 2
        pair = lesion_pairs(rows, BOTH, REGISTERED, metrics=("suv_max", "suv_peak")).iloc[0]
        assert (pair["suv_peak_low"], pair["suv_peak_high"]) == (1.0, 1.5)

    def test_a_lesion_measured_twice_is_an_error_that_names_it(self):
        rows = lesions(("P1", "low", "L1", 2.0), ("P1", "low", "L1", 2.1))
        with pytest.raises(
            InputError, match="lesion L1 of P1 is measured twice at TSH level 'low'"
        ):
            lesion_pairs(rows, BOTH, REGISTERED)

    def test_an_absent_column_is_named(self):
        rows = lesions(("P1", "low", "L1", 2.0)).drop(columns="avid")
        with pytest.raises(InputError, match="no column avid"):
            lesion_pairs(rows, BOTH, REGISTERED)

    def test_no_lesion_at_all_gives_an_empty_table(self):
        assert lesion_pairs(lesions(), BOTH, REGISTERED).empty


class TestDeviations:
    @pytest.mark.parametrize(
        ("low", "high", "words"),
        [
            (20.0, 100.1, ""),
            (40.0, 160.0, ""),
            (19.0, 120.0, "first scan at TSH 19, outside 20 to 40 mIU/L"),
            (41.0, 120.0, "first scan at TSH 41"),
            (30.0, 100.0, "second scan at TSH 100, not above 100 mIU/L"),
            (NAN, 120.0, "TSH not measured at the low level"),
        ],
    )
    def test_each_rule_takes_one_and_spares_one(self, low, high, words):
        table = scans(("P1", "low", low, 100), ("P1", "high", high, 110))
        deviation = scan_pairs(table, REGISTERED).loc[0, "deviation"]
        assert deviation.startswith(words)
        assert bool(deviation) == bool(words)

    def test_a_missing_scan_and_a_reversed_order_are_deviations(self):
        table = scans(
            ("P1", "low", 30.0, 100),
            ("P2", "low", 30.0, 100),
            ("P2", "high", 120.0, 90),
        )
        found = scan_pairs(table, REGISTERED).set_index("patient_id")
        assert found.loc["P1", "deviation"] == "no scan at TSH level high"
        assert found.loc["P2", "deviation"] == "the high level was scanned first"
        assert found.loc["P2", "interval_days"] == -10

    def test_two_scans_at_one_level_are_an_error(self):
        table = scans(("P1", "low", 30.0, 100), ("P1", "low", 31.0, 101))
        with pytest.raises(InputError, match="P1 has two 124I scans at TSH level 'low'"):
            scan_pairs(table, REGISTERED)


class TestLesionSet:
    pairs = pd.DataFrame(
        {
            "visibility": ["both", "only_low", "only_high", "none", "not_measured"],
            "deviation": ["", "", "late", "", ""],
        }
    )

    @pytest.mark.parametrize(
        ("which", "rows"),
        [
            ("all", [0, 1, 2, 3]),
            ("visible_on_either", [0, 1, 2]),
            ("visible_on_both", [0]),
            ("on_protocol", [0, 1, 3]),
        ],
    )
    def test_takes_its_lesions(self, which, rows):
        assert list(lesion_set(self.pairs, which).index) == rows

    def test_an_unknown_set_is_an_error(self):
        with pytest.raises(InputError, match="'some' is unknown; expected one of all, visible"):
            lesion_set(self.pairs, "some")


def test_identical_scans_make_pairs_of_equals():
    rows = lesions(("P1", "low", "L1", 2.0), ("P1", "high", "L1", 2.0))
    pair = lesion_pairs(rows, BOTH, REGISTERED).iloc[0]
    assert pair["visibility"] == "both"
    assert np.log(pair["suv_max_high"] / pair["suv_max_low"]) == 0
