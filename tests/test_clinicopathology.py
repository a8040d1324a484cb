"""Findings in two groups.

Origin of reference/fisher_expected.csv: R 4.2.2 fisher.test on the UCI recurrences. R finds its
limits by a root finder with tolerance 1.2e-4 in the odds ratio or its inverse, whichever is below
1; the test allows that, and 3e-4 relative for the estimate.
"""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from compendium.errors import NotEstimable
from compendium.statistics.intervals import hodges_lehmann
from compendium.tables import MODELS
from compendium.trop2.clinicopathology import (
    FINDINGS,
    compare_findings,
    fisher_odds_ratio,
    fisher_p,
)

EXPECTED = pd.read_csv(Path(__file__).parent / "reference" / "fisher_expected.csv")
TABLES = EXPECTED.dropna(subset=["a"]).to_dict("records")
RESPONSE = ("responder", "non_responder")


def below_one(ratio: float) -> float:
    return ratio if ratio <= 1 else 1 / ratio


class TestFisher:
    def test_lady_tasting_tea(self):
        found = fisher_odds_ratio([[3, 1], [1, 3]])
        assert found.p == pytest.approx(34 / 70)
        assert found.estimate == pytest.approx(6.408, abs=1e-3)

    @pytest.mark.parametrize("expected", TABLES, ids=lambda row: row["table"])
    def test_agrees_with_r(self, expected):
        counts = [[expected["a"], expected["b"]], [expected["c"], expected["d"]]]
        found = fisher_odds_ratio(counts)
        assert found.p == pytest.approx(expected["p_fisher"], rel=1e-9)
        assert below_one(found.low) == pytest.approx(below_one(expected["lower"]), abs=1.3e-4)
        assert below_one(found.high) == pytest.approx(below_one(expected["upper"]), abs=1.3e-4)
        if math.isinf(expected["or_cmle"]):
            assert math.isinf(found.estimate)
        else:
            assert found.estimate == pytest.approx(expected["or_cmle"], rel=4e-4)

    def test_four_rows_agree_with_r(self, external):
        patients = pd.read_csv(external("clinical/uci-dtc-recurrence/thyroid_diff.csv"))
        p = fisher_p(pd.crosstab(patients["Pathology"], patients["Recurred"]))
        expected = EXPECTED.set_index("table").loc["Pathology 4x2", "p_fisher"]
        assert p == pytest.approx(expected, rel=1e-9)

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.integers(0, 12), min_size=4, max_size=4))
    def test_two_rows_agree_with_scipy(self, cells):
        table = np.array(cells).reshape(2, 2)
        if (table.sum(axis=0) > 0).all() and (table.sum(axis=1) > 0).all():
            assert fisher_p(table) == pytest.approx(fisher_exact(table).pvalue, rel=1e-6)

    @pytest.mark.parametrize(
        ("counts", "reason"),
        [
            ([[3, 0], [2, 0]], "0 in the compared group"),
            ([[0, 3], [0, 2]], "0 in the reference group"),
            ([[4, 5], [0, 0]], "the same finding in all 9 patients"),
        ],
    )
    def test_says_why_it_is_not_estimable(self, counts, reason):
        assert fisher_odds_ratio(counts).reason.startswith(reason)

    def test_endless_tables_are_refused(self):
        with pytest.raises(NotEstimable, match="too many tables to enumerate"):
            fisher_p(np.full((6, 2), 100))


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "rai_response": ["responder"] * 4 + ["non_responder"] * 4 + ["indeterminate"],
            "age_years": [30.0, 40, 50, 60, 45, 55, 65, 75, 99],
            "sex": ["female", "female", "male", "other", "male", "male", "male", "female", "male"],
            "histology": ["ptc_classic"] * 4 + ["ptc_classic"] * 2 + ["ptc_tall_cell"] * 3,
            "t_stage": ["T1", "T1", "T2", None, "T3", "T4", "T2", "TX", "T1"],
            "braf_v600e": ["not_tested"] * 9,
            "multifocal": pd.array([True, False, None, False] * 2 + [True], dtype="boolean"),
        }
    )


class TestFindings:
    def test_each_in_its_own_kind(self, frame):
        table = compare_findings(frame, "rai_response", RESPONSE).set_index("finding")
        assert table["effect"].to_dict() == {
            "Age, years": "shift",
            "Male sex": "odds ratio",
            "Histology": "–",
            "T stage, T1/T2/T3/T4": "AUC",
            "Multifocal": "odds ratio",
            "BRAF V600E": "odds ratio",
        }

    def test_counts_shares_and_unknown(self, frame):
        table = compare_findings(frame, "rai_response", RESPONSE).set_index("finding")
        assert table.loc["Male sex", ["reference", "compared", "unknown"]].tolist() == [
            "1/3 (33%)",
            "3/4 (75%)",
            1,
        ]
        assert table.loc["T stage, T1/T2/T3/T4", "compared"] == "0/1/1/1"
        assert table.loc["T stage, T1/T2/T3/T4", "unknown"] == 2
        assert table.loc["Age, years", "reference"] == "45 (38–52)"

    def test_grades_are_ranked(self, frame):
        table = compare_findings(frame, "rai_response", RESPONSE).set_index("finding")
        # Of 3 × 3 pairs of T1 T1 T2 with T3 T4 T2, eight rise and one is a tie.
        grade = table.loc["T stage, T1/T2/T3/T4"]
        assert grade["estimate"] == pytest.approx(8.5 / 9)
        assert grade["p"] == pytest.approx(hodges_lehmann([1, 1, 2], [3, 4, 2]).p)

    def test_unknown_in_everybody_is_labelled(self, frame):
        table = compare_findings(frame, "rai_response", RESPONSE).set_index("finding")
        assert table.loc["BRAF V600E", "reason"].startswith("0 in the reference group")
        assert table.loc["BRAF V600E", "reference"] == "0/0"

    def test_an_empty_group_is_labelled_everywhere(self, frame):
        table = compare_findings(frame[:4], "rai_response", RESPONSE)
        assert (table["reason"] != "").all()


def test_findings_are_columns_and_grades_are_codes_of_the_study():
    columns = {}
    for name in ("patient", "pathology"):
        columns |= MODELS[name].to_schema().columns
    for name, finding in FINDINGS.items():
        codes = columns[name].metadata["codes"]
        if finding.grades and finding.grades != (False, True):
            assert set(finding.grades) <= set(codes)
