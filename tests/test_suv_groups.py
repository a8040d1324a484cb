"""Lesions nested in patients, rapid against stable: which lesions, and by which analysis."""

import math

import numpy as np
import pandas as pd
import pytest

from compendium.errors import InputError
from compendium.rules import Rules
from compendium.statistics.mixed import random_intercept
from compendium.trop2.suv_groups import (
    group_summary,
    grouped_lesions,
    nodes_otherwise,
    ratio_of_groups,
    ratio_of_patients,
    ratio_rows,
    ratio_table,
    resolved,
)

# Geometric means by patient: stable 2, 4, 8 (with 1, 2, 3 lesions), rapid 8, 16, 32.
VALUES = {
    "S1": [2.0], "S2": [2.0, 8.0], "S3": [4.0, 8.0, 16.0],
    "R1": [8.0, 8.0], "R2": [8.0, 32.0], "R3": [32.0],
}  # fmt: skip


def lesion_rows(values=VALUES, **changes):
    rows = [
        {
            "scan_id": f"{patient}_pet", "patient_id": patient, "lesion_id": f"L{number}",
            "tracer": "18F-Trop2", "status": "ok", "flags": "", "site": "lung",
            "diameter_mm": 10.0 + number,
            "suv_max": value, "suv_peak": value / 2, "suv_mean": value / 3,
            "max_to_blood_pool": value,
        } | changes
        for patient, found in values.items()
        for number, value in enumerate(found, start=1)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def cohort(**changes):
    frame = pd.DataFrame({"patient_id": list(VALUES)})
    frame["study"], frame["eligible"], frame["rai_response"] = "TROP2", True, "non_responder"
    frame["progression"] = ["stable"] * 3 + ["rapid"] * 3
    return frame.assign(**changes)


@pytest.fixture
def lesions():
    return grouped_lesions(lesion_rows(), cohort(), Rules())


class TestWhichLesions:
    def test_takes_the_measured_ones_of_both_groups(self, lesions):
        assert len(lesions) == 11
        assert set(lesions["group"]) == {"stable", "rapid"}

    @pytest.mark.parametrize(
        ("rows", "people"),
        [
            (dict(tracer="124I"), {}),
            (dict(status="refused"), {}),
            (dict(site="thyroid_bed"), {}),
            ({}, dict(eligible=False)),
            ({}, dict(study="TSH124I")),
            ({}, dict(rai_response="responder")),
            ({}, dict(progression="not_assessed")),
            ({}, dict(progression="intermediate")),
        ],
    )
    def test_leaves_out_all_others(self, rows, people):
        assert len(grouped_lesions(lesion_rows(**rows), cohort(**people), Rules())) == 0

    @pytest.mark.parametrize(("count", "taken"), [(True, 11), (False, 0)])
    def test_nodes_count_by_rule(self, count, taken):
        rules = Rules(trop2_nodes_count=count)
        assert len(grouped_lesions(lesion_rows(site="lymph_node"), cohort(), rules)) == taken

    def test_refuses_two_scans_of_a_patient(self):
        rows = lesion_rows()
        rows.loc[2, "scan_id"] = "S2_again"
        with pytest.raises(InputError, match="S2 has 2 measured 18F-Trop2 scans"):
            grouped_lesions(rows, cohort(), Rules())

    def test_small_lesions_can_be_left_out(self, lesions):
        flags = ["sub_resolution(9.0 mm by CT, FWHM 6 mm)"] * 4 + [None] * 7
        assert len(resolved(lesions.assign(flags=flags))) == 7


class TestRatios:
    def test_of_patients_by_hand(self, lesions):
        # Geometric means of patients' means: 4 and 16; of their hottest lesions: 2·8·16, 8·32·32.
        rng = np.random.default_rng(1)
        assert ratio_of_patients(lesions, rng).estimate == pytest.approx(4)
        hottest = ratio_of_patients(lesions, rng, summary="max").estimate
        assert hottest == pytest.approx((8 * 32 * 32 / (2 * 8 * 16)) ** (1 / 3))

    def test_of_patients_are_tested_exactly(self, lesions):
        # Of 20 divisions of six patients that of all low against all high is one of two extremes,
        # tied here with those that exchange the equal means 8 and 8.
        found = ratio_of_patients(lesions, np.random.default_rng(1))
        assert found.p == pytest.approx(4 / 20)
        assert found.n == 6

    def test_of_the_model_are_those_of_the_mixed_module(self, lesions):
        fit = random_intercept(
            np.log(lesions["suv_max"]), lesions["patient_id"], group=lesions["group"] == "rapid"
        )
        found = ratio_of_groups(lesions)
        assert found.estimate == pytest.approx(math.exp(fit.beta[1]))
        assert found.method.endswith("11 lesions")
        assert found.low < found.estimate < found.high

    def test_do_not_change_with_the_scale_of_the_metric(self, lesions):
        one, other = (ratio_of_groups(lesions, metric=name) for name in ("suv_max", "suv_mean"))
        assert one.estimate == pytest.approx(other.estimate)
        assert one.p == pytest.approx(other.p)

    def test_leave_out_lesions_without_a_value(self, lesions):
        lesions.loc[0, "suv_max"] = np.nan
        assert ratio_of_groups(lesions).n == 5

    def test_of_too_few_patients_are_labelled(self, lesions):
        few = lesions[lesions["patient_id"] != "R1"]
        few = few[few["patient_id"] != "R2"]
        assert "1 patient in one of the two groups" in ratio_of_groups(few).reason

    def test_are_all_made_the_primary_first(self, lesions):
        rows = ratio_rows(lesions, {}, np.random.default_rng(1))
        assert next(iter(rows)).endswith("(primary)")
        table = ratio_table(rows)
        assert len(table) == len(rows) == 9
        assert table["estimate"].iloc[0] == ratio_of_groups(lesions).estimate
        read = ratio_rows(lesions.assign(origin="read by R1"), {}, np.random.default_rng(1))
        assert {name for name in rows if name not in read} == {
            "SUVmax, lesions of at least 2 FWHM",
            "SUVpeak (1 mL), mixed model",
            "SUVmean, mixed model",
            "SUVmax over blood pool, mixed model",
        }

    @pytest.mark.parametrize(("count", "word"), [(True, "without"), (False, "with")])
    def test_nodes_count_the_other_way_in_the_last(self, count, word):
        rows = lesion_rows()
        rows.loc[rows["lesion_id"] == "L2", "site"] = "lymph_node"
        rows.loc[rows["lesion_id"] == "L3", "site"] = "thyroid_bed"
        rules = Rules(trop2_nodes_count=count)
        others = nodes_otherwise(rows, cohort(), rules)
        own = grouped_lesions(rows, cohort(), rules)
        found = ratio_rows(own, others, np.random.default_rng(1))
        assert list(found)[-1] == f"SUVmax, {word} nodes of the neck"
        assert sorted({len(own), len(*others.values())}) == [6, 10]
        assert "thyroid_bed" not in {*own["site"], *next(iter(others.values()))["site"]}


def test_summary_by_hand(lesions):
    found = group_summary(lesions).set_index("group")
    assert found["patients"].tolist() == [3, 3]
    assert found["lesions"].tolist() == [6, 5]
    assert found.loc["stable", "geometric_mean"] == pytest.approx(
        (2 * 2 * 8 * 4 * 8 * 16) ** (1 / 6)
    )
    assert found.loc["rapid", ["lowest", "highest"]].tolist() == [8, 32]


def test_summary_of_nobody_is_empty():
    none = grouped_lesions(lesion_rows(), cohort(progression="stable"), Rules())
    found = group_summary(none).set_index("group")
    assert found.loc["rapid", "lesions"] == 0
    assert np.isnan(found.loc["rapid", "geometric_mean"])
