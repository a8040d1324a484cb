"""Markers with the day on which they were known; tables that add up."""

import numpy as np
import pandas as pd
import pytest
from study_tables import tables

from compendium.rules import Rules
from compendium.survival.hazard_ratios import Factor, survival_factors
from compendium.survival.markers import (
    baseline_predictors,
    by_every_model,
    factor_table,
    flow_of_endpoints,
    median_survival,
    survival_at,
    survival_table,
    suv_factor,
    tg_factor,
)
from compendium.survival.times import survival_times


def lesion(patient="P001", tracer="18F-Trop2", day=500, suv=4.0, status="ok", site="lung"):
    return {
        "patient_id": patient,
        "tracer": tracer,
        "scan_day": day,
        "suv_max": suv,
        "status": status,
        "site": site,
    }


def test_suv_is_the_geometric_mean_of_the_first_scans_measured_lesions():
    rows = [
        lesion(suv=2.0),
        lesion(suv=8.0),
        lesion(suv=99.0, status="refused"),
        lesion(suv=99.0, tracer="124I"),
        lesion(suv=99.0, day=600),
        lesion(suv=99.0, site="thyroid_bed"),
    ]
    found = suv_factor(pd.DataFrame(rows), Rules())
    assert np.exp(found.values["P001"]) == pytest.approx(4.0)
    assert found.known_day["P001"] == 500
    assert found.origin == ""


def test_a_factor_that_persons_read_says_so_in_its_method():
    rows = [lesion(suv=2.0), lesion("P002", suv=8.0), lesion("P003", suv=99.0, status="refused")]
    read = suv_factor(pd.DataFrame(rows).assign(origin="read by R1 in MIM 7.1"), Rules())
    assert read.origin == "SUVmax read by R1 in MIM 7.1"
    at_risk = pd.DataFrame(
        {"patient_id": ["P001", "P002"], "entry_day": 500, "origin_day": 500, "time_days": [9, 8],
         "entry_days": 0, "event": [True, False]}
    )  # fmt: skip
    for adjusted in (False, True):
        found = survival_factors(at_risk, [read], Rules(), adjusted=adjusted)["log SUVmax"]
        assert found.method.endswith("; SUVmax read by R1 in MIM 7.1")


def samples(days_and_tg, **more):
    rows = [
        {"patient_id": "P001", "lab_day": day, "tg_ng_per_ml": tg, **more}
        for day, tg in days_and_tg
    ]
    return tables(lab=rows)


YEAR = 365.25
DOUBLING = [(int(500 + k * YEAR), 10.0 * 2**k) for k in range(4)]


@pytest.mark.parametrize(
    ("entry_day", "more", "rate"),
    [
        (2000, {}, 1.0),
        (1500, {}, None),  # the fourth sample comes after entry
        (2000, {"tsh_miu_per_l": 0.1}, None),  # not suppressed
        (2000, {"tgab_negative": False}, None),
    ],
)
def test_tg_counts_to_entry_under_suppression(entry_day, more, rate):
    endpoint = pd.DataFrame({"patient_id": ["P001"], "entry_day": [entry_day]})
    found = tg_factor(samples(DOUBLING, **more), endpoint, Rules()).values
    value = found.reindex(["P001"]).iloc[0]
    assert np.isnan(value) if rate is None else value == pytest.approx(rate, abs=1e-3)


def test_baseline_predictors_keep_what_is_not_known_missing():
    people = [
        {"patient_id": "P001", "age_years": 50.0, "sex": "male"},
        {"patient_id": "P002", "age_years": 40.0},
    ]
    tumours = [
        {"patient_id": "P001", "tumour_diameter_mm": 25.0, "vascular_invasion": True},
        {"patient_id": "P002", "braf_v600e": "not_tested"},
    ]
    found = baseline_predictors(tables(patient=people, pathology=tumours), ["P002", "P001"])
    assert found.loc["P001"].to_dict() == {
        "age": 5.0,
        "male": 1.0,
        "tumour_diameter": 2.5,
        "braf": 1.0,
        "tert": 0.0,
        "vascular": 1.0,
    }
    assert found.loc["P002"].isna().tolist() == [False, False, True, True, False, True]


def endpoint_table():
    return pd.DataFrame(
        {
            "patient_id": ["A", "B", "C", "D"],
            "reason": ["", "", "", "no PET recorded"],
            "event": [True, True, False, False],
            "kind": ["progression", "other", "", ""],
            "entry_days": [0.0, 0.0, 0.0, None],
            "time_days": [100.0, 200.0, 300.0, None],
            "entry_day": [1, 1, 1, None],
        }
    )


def test_flow_adds_up():
    (row,) = flow_of_endpoints({"PFS": endpoint_table()}).to_dict("records")
    assert row == {
        "endpoint": "PFS",
        "patients": 4,
        "not_at_risk": 1,
        "at_risk": 3,
        "events": 2,
        "progressions": 1,
        "deaths": 1,
        "tki_starts": 0,
    }


def test_survival_table_has_a_row_a_quantity_and_converts_years():
    times = survival_times([1, 2, 30], [1, 1, 0], unit="months")
    table = survival_table({"PFS": times}, [1.0], 1).set_index("quantity")
    assert list(table.index) == ["median", "survival at 12 months", "median follow-up"]
    assert table.loc["survival at 12 months", "estimate"] == pytest.approx(1 / 3)


def test_a_curve_that_cannot_begin_is_labelled_with_its_counts():
    times = survival_times([1, 2], [1, 0])
    for found in (median_survival(times, 3), survival_at(times, 1, 3)):
        assert found.reason == "never 3 patients at risk at once"
        assert (found.n, found.events) == (2, 1)


def test_every_model_stands_beside_firths_where_there_is_a_ratio():
    people = [f"P{i:02d}" for i in range(24)]
    table = pd.DataFrame(
        {
            "patient_id": people, "entry_days": 0.0, "entry_day": 0,
            "time_days": np.arange(1.0, 25), "event": np.arange(24) % 2 == 0,
        }
    )  # fmt: skip
    told = Factor("told", pd.Series(np.arange(24) * 7 % 11, index=people))
    late = Factor("late", pd.Series(1.0, index=people), pd.Series(9, index=people))
    found = by_every_model({"PFS": table}, {"PFS": [told, late]}, Rules())
    assert found[["term", "model"]].values.tolist() == [
        ["told", "Firth"], ["told", "plain"], ["told", "log-F prior"],
    ]  # fmt: skip
    assert found["method"].tolist() == [
        "Firth's Cox model, Efron ties, profile likelihood",
        "Cox model, Efron ties, Wald",
        "Cox model, log-F(1, 1) prior, Efron ties, profile likelihood",
    ]
    assert found["estimate"].nunique() == 3


def test_factor_table_has_a_row_an_endpoint_and_factor():
    used = {"PFS": endpoint_table().head(3)}
    factor = Factor("x", pd.Series([1.0, 2.0, 4.0], index=["A", "B", "C"]))
    table = factor_table(used, {"PFS": [factor]}, Rules())
    assert table[["endpoint", "term", "reason"]].values.tolist() == [
        [
            "PFS",
            "x",
            "2 events for a continuous factor; under 5 only ratios over 7.3 per SD could show "
            "(power)",
        ]
    ]
    fewer = Rules(events_continuous=1)
    assert factor_table(used, {"PFS": [factor]}, fewer)["reason"].tolist() == [""]


def test_a_table_of_refused_ratios_has_the_columns_of_a_ratio():
    alive = pd.DataFrame(
        {"patient_id": ["A", "B"], "entry_days": 0.0, "time_days": [900.0, 800.0], "event": False}
    )
    factor = Factor("Age", pd.Series([50.0, 60.0], index=["A", "B"]))
    table = factor_table({"PFS": alive}, {"PFS": [factor]}, Rules())
    assert table["reason"].ne("").all()
    assert table["precision"].tolist() == [""]
    assert table["detectable"].isna().all()
