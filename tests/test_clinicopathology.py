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
from scipy.stats import chi2_contingency, fisher_exact

from compendium.cohort.findings import FINDINGS, Finding, compared, finding_of
from compendium.cohort.table_one import differences
from compendium.errors import NotEstimable
from compendium.statistics.fisher import fisher_odds_ratio, fisher_p, fisher_test
from compendium.statistics.intervals import hodges_lehmann
from compendium.tables import MODELS

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
    def of(self, frame):
        names = [name for name in frame if name != "rai_response"]
        return differences(frame, "rai_response", RESPONSE, names)

    def test_each_in_its_own_kind(self, frame):
        assert {name: effect for name, (effect, _) in self.of(frame).items()} == {
            "age_years": "shift",
            "sex": "odds ratio, male",
            "histology": "",
            "t_stage": "AUC",
            "multifocal": "odds ratio, yes",
            "braf_v600e": "odds ratio, mutant",
        }

    def test_what_is_no_grade_is_not_known(self, frame):
        found = self.of(frame)
        assert (found["sex"][1].n, found["sex"][1].events) == (7, 4)  # one is "other"
        assert found["t_stage"][1].n == 6  # one is missing, one TX
        assert found["sex"][1].p == fisher_odds_ratio([[2, 1], [1, 3]]).p

    def test_grades_are_ranked(self, frame):
        # Of 3 × 3 pairs of T1 T1 T2 with T3 T4 T2, eight rise and one is a tie.
        grade = self.of(frame)["t_stage"][1]
        assert grade.estimate == pytest.approx(8.5 / 9)
        assert grade.p == pytest.approx(hodges_lehmann([1, 1, 2], [3, 4, 2]).p)

    def test_unknown_in_everybody_is_labelled(self, frame):
        assert self.of(frame)["braf_v600e"][1].reason.startswith("0 in the reference group")

    def test_an_empty_group_is_labelled_everywhere(self, frame):
        assert all(one.reason for _, one in self.of(frame[:4]).values())

    @pytest.mark.parametrize(
        ("values", "grades", "measured"),
        [
            ([1.0, 2.5], (), True),
            ([1, 2], (), True),
            (pd.array([True, None], dtype="boolean"), (False, True), False),
            (["no", "yes", None], ("no", "yes"), False),
            (["a", "b", "c"], (), False),
        ],
    )
    def test_the_kind_of_a_covariate_follows_from_its_values(self, values, grades, measured):
        assert finding_of("own", pd.Series(values)) == Finding("own", grades, measured)


def test_a_gene_has_one_p_wherever_its_test_is_asked_for(frame):
    first, second = (frame.loc[frame["rai_response"] == group, "sex"] for group in RESPONSE)
    _, alone = compared(first, second, FINDINGS["sex"])
    assert alone == differences(frame, "rai_response", RESPONSE, ["sex"])["sex"][1]


def test_many_rows_are_drawn_and_said_to_be():
    rng = np.random.default_rng(1)
    few = rng.multinomial(40, np.ones(3) / 3, size=2).T
    p, name = fisher_test(few)
    assert (p, name) == (fisher_p(few), "Fisher–Freeman–Halton exact test")
    many = rng.multinomial(150, np.ones(8) / 8, size=2).T
    drawn, said = fisher_test(many)
    assert said == "Fisher–Freeman–Halton exact test, Monte Carlo, 100,000 tables"
    assert drawn == pytest.approx(chi2_contingency(many).pvalue, abs=0.02)


def test_findings_are_columns_and_grades_are_codes_of_the_study():
    columns = {}
    for name in ("patient", "pathology"):
        columns |= MODELS[name].to_schema().columns
    for name, finding in FINDINGS.items():
        codes = columns[name].metadata["codes"]
        if finding.grades and finding.grades != (False, True):
            assert set(finding.grades) <= set(codes)
