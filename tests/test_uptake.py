"""Lesion pairs of two scans: matching, visibility, protocol deviations."""

import math

import numpy as np
import pandas as pd
import pytest

from compendium.errors import InputError
from compendium.rules import Rules
from compendium.tsh.administrations import scan_pairs, time_points
from compendium.tsh.uptake import left_out, lesion_pairs, lesion_set, metastases

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

    def test_the_origin_of_both_values_is_kept(self):
        rows = lesions(("P1", "low", "L1", 2.0), ("P1", "high", "L1", 3.0), ("P1", "low", "L2", 1))
        assert set(lesion_pairs(rows, BOTH, REGISTERED)["origin"]) == {""}
        read = rows.assign(origin=["measured", "read by R1", "measured"])
        assert lesion_pairs(read, BOTH, REGISTERED)["origin"].tolist() == [
            "measured at low TSH and read by R1 at high", "measured",
        ]  # fmt: skip

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
            (19.9, 120.0, "first scan at TSH 19.9, outside 20 to 40 mIU/L"),
            (20.0 - 1e-12, 100.0 + 1e-4, ""),
            (41.0, 120.0, "first scan at TSH 41"),
            (30.0, 100.0, "second scan at TSH 100, not above 100 mIU/L"),
            (30.0, 100.0 + 1e-12, "second scan at TSH 100, not above 100 mIU/L"),
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

    def test_a_study_without_a_scan_has_no_pair(self):
        assert scan_pairs(BOTH.head(0), REGISTERED).empty

    @pytest.mark.parametrize(("days", "deviates"), [(30, False), (31, True)])
    def test_administrations_of_one_withdrawal_are_a_month_apart_at_most(self, days, deviates):
        table = scans(("P1", "low", 30.0, 100), ("P1", "high", 120.0, 100 + days))
        words = "31 days between the administrations, more than 30" if deviates else ""
        assert scan_pairs(table, REGISTERED).loc[0, "deviation"] == words
        assert scan_pairs(table, Rules(administrations_days=31)).loc[0, "deviation"] == ""

    @pytest.mark.parametrize(
        ("low", "high", "words"),
        [
            (("<", 30.0), ("", 120.0), "first scan at TSH <30, not known to be 20 to 40 mIU/L"),
            (("<", 20.0), ("", 120.0), "first scan at TSH <20, outside 20 to 40 mIU/L"),
            ((">", 40.0), ("", 120.0), "first scan at TSH >40, outside 20 to 40 mIU/L"),
            (("", 30.0), (">", 100.0), ""),
            (("", 30.0), ("≥", 100.0), "second scan at TSH ≥100, not above 100 mIU/L"),
            (("", 30.0), (">", 75.0), "second scan at TSH >75, not above 100 mIU/L"),
        ],
    )
    def test_a_tsh_beyond_a_limit_of_detection(self, low, high, words):
        table = scans(("P1", "low", low[1], 100), ("P1", "high", high[1], 110))
        table["tsh_miu_per_l_sign"] = [low[0], high[0]]
        assert scan_pairs(table, REGISTERED).loc[0, "deviation"] == words


def test_a_study_without_a_124i_scan_has_no_pair_and_no_deviation():
    assert scan_pairs(scans().astype({"scan_day": "Int64"}), REGISTERED).empty
    other = scans(("P1", None, NAN, 100)).assign(tracer="18F-Trop2")
    assert scan_pairs(other, REGISTERED).empty
    none = lesion_pairs(lesions(), other, REGISTERED)
    assert left_out(none, nodes_count=False).empty
    assert metastases(none, nodes_count=False).empty


class TestTimePoints:
    """Of two scans at the low level, one is paired; both are of one administration."""

    def table(self, *hours):
        rows = scans(("P1", "low", 30.0, 100), ("P1", "low", 30.0, 102), ("P1", "high", 120.0, 112))
        return rows.assign(scan_id=["A", "B", "C"], uptake_time_h=hours)

    @pytest.mark.parametrize(
        ("hours", "kept", "interval"),
        [
            ((24.0, 72.0, 48.0), ["A", "C"], 11),  # both 24 h away: the earlier; given on day 99
            ((4.0, 52.0, 48.0), ["B", "C"], 10),
            ((NAN, NAN, NAN), ["A", "C"], 12),
            ((NAN, 52.0, 48.0), ["B", "C"], 10),  # the first could not be read
        ],
    )
    def test_the_one_nearest_to_the_usual_hours_is_paired(self, hours, kept, interval):
        table = self.table(*hours)
        assert list(time_points(table, REGISTERED)["scan_id"]) == kept
        pair = scan_pairs(table, REGISTERED).loc[0]
        assert (pair["scan_id_low"], pair["scan_id_high"]) == tuple(kept)
        assert (pair["interval_days"], pair["deviation"]) == (interval, "")

    def test_a_lesion_has_the_value_of_that_scan(self):
        rows = lesions(
            ("P1", "low", "L1", 2.0), ("P1", "low", "L1", 3.0), ("P1", "high", "L1", 6.0)
        ).assign(scan_id=["A", "B", "C"])
        pair = lesion_pairs(rows, self.table(4.0, 52.0, 48.0), REGISTERED).iloc[0]
        assert (pair["suv_max_low"], pair["suv_max_high"]) == (3.0, 6.0)


class TestMetastases:
    pairs = pd.DataFrame(
        {
            "patient_id": ["P1", "P1", "P2", "P2", "P2"],
            "site": ["lung", "thyroid_bed", "lymph_node", "bone", None],
        }
    )

    def test_the_bed_never_counts_and_nodes_by_the_rule(self):
        assert list(metastases(self.pairs, nodes_count=False).index) == [0, 3]
        assert list(metastases(self.pairs, nodes_count=True).index) == [0, 2, 3]

    def test_what_is_left_out_is_counted_by_its_reason(self):
        found = left_out(self.pairs, nodes_count=False).set_index("reason")["lesions"]
        assert found.to_dict() == {
            "thyroid bed": 1, "node of the neck": 1, "no site in the lesion table": 1,
        }  # fmt: skip
        with_nodes = left_out(self.pairs, nodes_count=True)
        assert "node of the neck" not in set(with_nodes["reason"])


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
