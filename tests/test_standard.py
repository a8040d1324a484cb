"""The H-score by standard variables, and the flow from the eligible patients to each analysis."""

import itertools

import numpy as np
import pandas as pd
import pytest
from printed import faults
from scipy import stats

from compendium.cohort.flow_figure import flow_diagram
from compendium.statistics.intervals import hodges_lehmann
from compendium.trop2.analysis_flow import analysis_sets
from compendium.trop2.standard import STANDARD, kruskal_wallis, score_by_variable


def rng() -> np.random.Generator:
    return np.random.default_rng(2)


def patients(n: int = 40) -> pd.DataFrame:
    drawn = rng()
    return pd.DataFrame(
        {
            "h_score": drawn.uniform(0, 300, n),
            "age_years": drawn.normal(50, 10, n),
            "sex": drawn.choice(["female", "male"], n),
            "t_stage": drawn.choice(["T1", "T2", "T3", "TX"], n),
            "n_stage": drawn.choice(["N0", "N1a", "N1b"], n),
            "m_stage": drawn.choice(["M0", "M1"], n),
            "histology": drawn.choice(["ptc_classic", "ptc_tall_cell", "ptc_follicular"], n),
            "braf_v600e": drawn.choice(["mutant", "wild_type", "not_tested"], n),
            "tert_promoter": ["wild_type"] * n,
        }
    )


def test_each_variable_has_an_effect_of_its_kind_or_a_reason():
    found = score_by_variable(patients(), rng(), resamples=200).set_index("variable")
    assert len(found) == len(STANDARD)
    assert found["effect"].tolist() == [
        "correlation", "shift", "correlation", "correlation", "shift", "share of ranks", "shift",
        "shift",
    ]  # fmt: skip
    assert found.loc["TERT promoter mutation", "reason"].startswith("0 in the compared group")
    assert found.drop("TERT promoter mutation")["reason"].eq("").all()


@pytest.mark.slow
def test_what_was_not_tested_is_unknown_and_not_a_level():
    table = patients()
    found = score_by_variable(table, rng(), resamples=200).set_index("variable")
    braf = found.loc["BRAF V600E"]
    untested = table["braf_v600e"] == "not_tested"
    assert braf["unknown"] == untested.sum()
    sides = [table.loc[table["braf_v600e"] == side, "h_score"] for side in ("wild_type", "mutant")]
    known = hodges_lehmann(*sides)
    assert (braf["estimate"], braf["p"]) == pytest.approx((known.estimate, known.p))
    stage = found.iloc[2]
    assert stage["unknown"] == (table["t_stage"] == "TX").sum()
    grades = table["t_stage"].map({"T1": 0, "T2": 1, "T3": 2})
    rho = stats.spearmanr(grades[grades.notna()], table.loc[grades.notna(), "h_score"]).statistic
    assert stage["estimate"] == pytest.approx(rho)


def test_patients_without_a_score_are_left_out():
    table = patients()
    table.loc[:9, "h_score"] = np.nan
    found = score_by_variable(table, rng(), resamples=200)
    assert found.loc[0, "n"] == 30


def test_all_scores_alike_have_a_reason_each():
    found = score_by_variable(patients().assign(h_score=100.0), rng(), resamples=200)
    assert (found["reason"] != "").all()


@pytest.mark.slow
def test_kruskal_wallis_against_scipy_and_all_permutations():
    drawn = rng()
    values, classes = drawn.normal(size=30), np.repeat(["a", "b", "c"], 10)
    found = kruskal_wallis(values, classes, rng())
    known = stats.kruskal(*(values[classes == one] for one in "abc"))
    assert found.estimate == pytest.approx(known.statistic / 29)
    assert found.p == pytest.approx(known.pvalue, abs=0.02)
    few, three = np.array([1.0, 2, 2, 5, 7, 9]), np.array(list("aabbcc"))
    every = [
        stats.kruskal(*(np.array(order)[three == one] for one in "abc")).statistic
        for order in itertools.permutations(few)
    ]
    seen = stats.kruskal(*(few[three == one] for one in "abc")).statistic
    exact = np.mean(np.array(every) >= seen - 1e-9)
    assert kruskal_wallis(few, three, rng()).p == pytest.approx(exact, abs=0.01)


@pytest.mark.parametrize(
    ("values", "classes", "reason"),
    [
        ([1.0, 2, 3, 4], list("aaaa"), "1 class; at least 2 needed"),
        ([1.0, 2, 3], list("abc"), "3 patients; at least 4 needed"),
        ([5.0] * 4, list("abab"), "the score is the same in all 4 patients"),
    ],
)
def test_what_classes_need(values, classes, reason):
    assert kruskal_wallis(np.array(values), np.array(classes), rng()).reason == reason


COHORT = pd.DataFrame(
    {
        "patient_id": list("ABCDEFG"),
        "study": ["TROP2"] * 6 + ["TSH124I"],
        "eligible": [True, True, True, True, True, False, True],
        "rai_response": ["responder", "non_responder", "non_responder", "non_responder",
                         "indeterminate", "responder", None],
    }
)  # fmt: skip
SETS = pd.DataFrame(
    {
        "patient_id": list("ABDEF"),
        "scored": True,
        "in_model": [True, True, False, False, True],
    }
)
AUDIT = pd.DataFrame(
    {
        "patient_id": ["B", "C", "C", "A", "G"],
        "tracer": ["18F-Trop2"] * 4 + ["124I"],
        "status": ["ok", "refused", "refused", "ok", "ok"],
    }
)


def test_every_set_counts_its_patients_once():
    found = analysis_sets(COHORT, SETS, AUDIT).set_index("group")
    assert found["patients"].to_dict() == {
        "responder": 1,
        "responder_scored": 1,
        "responder_adjusted": 1,
        "non_responder": 3,
        "non_responder_scored": 2,
        "non_responder_adjusted": 1,
        "pet": 2,
        "pet_measured": 1,
        "pet_refused": 1,
        "indeterminate": 1,
        "indeterminate_scored": 1,
    }
    assert found.loc["pet_refused", "parent"] == "pet"
    without_tissue = analysis_sets(COHORT, pd.DataFrame(), AUDIT).set_index("group")["patients"]
    assert without_tissue[["non_responder", "non_responder_scored", "pet"]].tolist() == [3, 0, 2]


def test_the_diagram_shows_every_set():
    sets = analysis_sets(COHORT, SETS, AUDIT)
    flow = pd.DataFrame(
        {"rule": ["AGE"], "text": ["Inclusion: Age"], "before": [6], "removed": [1], "after": [5]}
    )
    figure = flow_diagram(flow, sets)
    assert faults(figure) == []
    words = " ".join(text.get_text() for text in figure.axes[0].texts)
    assert words.count("Tissue scored") == 3
    assert "PET refused\nn = 1" in words
