"""The ratio of uptake at high over low TSH.

Origin of the sign-flip p: reference data lesions_log_ratio less 2, patient means, every one of the
2^10 flips enumerated in R 4.2.2 (p = 0.197265625).
"""

import itertools
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from compendium.estimates import Estimate, not_estimable
from compendium.rules import Rules
from compendium.tsh.choices import under_choices, within_classes
from compendium.tsh.effect import (
    effect_rows,
    lesions_as_independent,
    log_ratio,
    mixed_ratio,
    patient_mean_ratio,
    ratio_by,
    relative_width,
    t_ratio,
    table_of,
)

REFERENCE = Path(__file__).parent / "reference"
RNG = np.random.default_rng(1)


def pairs_of(log_ratios: dict[str, list[float]]) -> pd.DataFrame:
    rows = [
        {"patient_id": patient, "suv_max_low": 2.0, "suv_max_high": 2.0 * math.exp(value)}
        for patient, values in log_ratios.items()
        for value in values
    ]
    return pd.DataFrame(rows, columns=["patient_id", "suv_max_low", "suv_max_high"])


@pytest.fixture(scope="module")
def reference_pairs() -> pd.DataFrame:
    data = pd.read_csv(REFERENCE / "mixed_data.csv").query("dataset == 'lesions_log_ratio'")
    return pd.DataFrame(
        {
            "patient_id": data["patient"],
            "suv_max_low": 1.0,
            "suv_max_high": np.exp(data["y"] - 2),
        }
    )


def test_a_ratio_of_suvmax_that_persons_read_says_so(reference_pairs):
    read = reference_pairs.assign(origin="read by R1 in MIM 7.1", other_low=1.0, other_high=2.0)
    for estimate in (patient_mean_ratio(read, RNG), t_ratio(read), mixed_ratio(read)):
        assert estimate.method.endswith("; SUVmax read by R1 in MIM 7.1")
    measured = read.assign(other_high=reference_pairs["suv_max_high"])
    assert "read by" not in patient_mean_ratio(measured, RNG, metric="other").method


def test_sign_flip_agrees_with_enumeration_in_r(reference_pairs):
    found = patient_mean_ratio(reference_pairs, RNG)
    assert found.p == 0.197265625
    assert math.log(found.estimate) == pytest.approx(0.16162215873, rel=1e-10)
    assert found.n == 10


def test_sign_flip_agrees_with_all_flips_written_out():
    means = np.array([0.5, 0.2, -0.1, 0.7, 0.4, 0.3])
    pairs = pairs_of({str(i): [mean] for i, mean in enumerate(means)})
    flips = [abs(np.dot(s, means)) for s in itertools.product((-1, 1), repeat=6)]
    p = np.mean([f >= abs(means.sum()) - 1e-12 for f in flips])
    assert patient_mean_ratio(pairs, RNG).p == pytest.approx(p)


def test_the_interval_leaves_out_one_just_when_p_is_small():
    rng = np.random.default_rng(3)
    for _ in range(40):
        pairs = pairs_of({str(i): list(rng.normal(0.2, 0.3, 3)) for i in range(8)})
        found = patient_mean_ratio(pairs, rng)
        assert (found.p <= 0.05) == (not found.low <= 1 <= found.high)


def test_a_patient_counts_once_however_many_lesions():
    """Means 0.4 and 0.0 and 0.2: the ratio is exp(0.2), not pulled by the five lesions."""
    pairs = pairs_of({"a": [0.4] * 5, "b": [0.0], "c": [0.1, 0.3]})
    assert t_ratio(pairs).estimate == pytest.approx(math.exp(0.2))
    theory = stats.ttest_1samp([0.4, 0.0, 0.2], 0)
    assert t_ratio(pairs).p == pytest.approx(theory.pvalue)
    assert math.log(t_ratio(pairs).high) == pytest.approx(theory.confidence_interval().high)


def test_mixed_ratio_agrees_with_lmertest(reference_pairs):
    """Intercept 2.14517508549 less 2, Kenward–Roger SE 0.119316534947 and df 8.8609440906."""
    found = mixed_ratio(reference_pairs)
    assert math.log(found.estimate) == pytest.approx(0.14517508549, rel=1e-6)
    half = stats.t.ppf(0.975, 8.8609440906) * 0.119316534947
    assert math.log(found.high) == pytest.approx(0.14517508549 + half, rel=1e-5)


def test_lesions_as_independent_is_the_model_without_a_condition_effect_of_the_patient():
    """statsmodels' MixedLM with patient and lesion intercepts gives the paired t-test's SE."""
    import statsmodels.formula.api as smf

    rng = np.random.default_rng(5)
    patient = np.repeat(np.arange(6), 5)
    lesion = np.arange(30)
    low = rng.normal(0, 1, 6)[patient] + rng.normal(0, 0.8, 30)
    high = low + 0.2 + rng.normal(0, 0.4, 30)
    long = pd.DataFrame(
        {
            "y": np.concatenate([low, high]),
            "high": np.repeat([0, 1], 30),
            "patient": np.tile(patient, 2),
            "lesion": np.tile(lesion, 2),
        }
    )
    model = smf.mixedlm(
        "y ~ high", long, groups="patient", vc_formula={"lesion": "0 + C(lesion)"}
    ).fit()
    pairs = pd.DataFrame(
        {"patient_id": patient, "suv_max_low": np.exp(low), "suv_max_high": np.exp(high)}
    )
    found = lesions_as_independent(pairs)
    se = (math.log(found.high) - math.log(found.estimate)) / stats.t.ppf(0.975, 29)
    assert math.log(found.estimate) == pytest.approx(model.params["high"], rel=1e-4)
    assert se == pytest.approx(model.bse["high"], rel=1e-3)


def test_lesions_as_independent_is_narrower_where_patients_differ(reference_pairs):
    wrong, right = lesions_as_independent(reference_pairs), mixed_ratio(reference_pairs)
    assert wrong.high / wrong.low < right.high / right.low
    assert "wrong" in wrong.method


def test_what_is_missing_or_not_positive_is_left_out():
    pairs = pairs_of({"a": [0.1, 0.2], "b": [0.3, 0.5]})
    pairs.loc[0, "suv_max_low"] = 0.0
    pairs.loc[3, "suv_max_high"] = math.nan
    assert log_ratio(pairs).notna().tolist() == [False, True, True, False]


@pytest.mark.parametrize(
    ("pairs", "reason"),
    [
        (pairs_of({"a": [0.1, 0.3]}), "1 patient"),
        (pairs_of({"a": [0.1]}), "1 patient"),
        (pairs_of({}), "0 patients"),
        (pairs_of({"a": [0.0, 0.0], "b": [0.0]}), "the same ratio"),
    ],
    ids=["one patient", "one lesion", "no lesion", "identical scans"],
)
def test_what_the_data_do_not_carry_is_labelled(pairs, reason):
    found = effect_rows(pairs, RNG)
    assert not any(one.estimable for one in found.values())
    assert found["patient means, sign-flip test"].reason.startswith(reason)
    assert table_of(found)["reason"].str.len().min() > 0


def test_identical_scans_say_so_where_lesions_count():
    found = lesions_as_independent(pairs_of({"a": [0.0, 0.0], "b": [0.0]}))
    assert found.reason == "the same ratio in all 3 lesions"


def test_ratio_by_labels_a_class_with_too_little():
    pairs = pairs_of({"a": [0.1, 0.2], "b": [0.3], "c": [0.5]})
    found = ratio_by(pairs, pd.Series(["lung", "lung", "lung", None]))
    assert list(found) == ["lung"]
    assert found["lung"].n == 2
    alone = ratio_by(pairs, pd.Series(["lung", "lung", "bone", None]))
    assert alone["bone"].reason.startswith("1 patient")


def test_relative_width_is_that_of_the_logarithms():
    narrow = Estimate(estimate=1.0, low=0.5, high=2.0)
    wide = Estimate(estimate=1.0, low=0.25, high=4.0)
    assert relative_width(narrow, wide).estimate == pytest.approx(0.5)
    assert relative_width(narrow, not_estimable("one patient")).reason == "one patient"


class TestChoices:
    rng = np.random.default_rng(6)
    patients = np.repeat(list("abcdef"), 4)
    pairs = pd.DataFrame(
        {
            "patient_id": patients,
            "site": np.tile(["lung", "bone"], 12),
            "diameter_mm": np.tile([8.0, 12.0, 9.9, np.nan], 6),
            "suv_max_low": np.exp(rng.normal(1, 0.5, 24)),
            "limit_low": 1.0,
            "limit_high": 1.0,
            "visibility": np.tile(["both", "both", "only_high", "none"], 6),
            "deviation": np.where(patients == "f", "late", ""),
        }
    )
    pairs["suv_max_high"] = pairs["suv_max_low"] * np.exp(rng.normal(0.3, 0.3, 24))

    def test_every_choice_has_its_row_and_its_patients(self):
        rows = under_choices(self.pairs, Rules(), {"suv_max": "SUVmax"}, self.rng)
        taken = rows[rows["group"] == "Lesions and patients taken"].set_index("label")["n"]
        assert taken["patients without a protocol deviation"] == 5
        assert taken["all lesions measured at both levels"] == 6
        assert taken["all, censored below the limit"] == 6
        assert rows["label"].iloc[-1] == "SUVmax"

    def test_nodes_and_bed_are_taken_as_the_rule_says_and_nodes_the_other_way_in_a_row(self):
        sites = np.tile(["lung", "lymph_node", "thyroid_bed", "bone"], 6)
        pairs = self.pairs.assign(site=sites)
        for count, label in ((False, "with"), (True, "without")):
            rules = Rules(tsh124i_nodes_count=count)
            rows = under_choices(pairs, rules, {"suv_max": "SUVmax"}, self.rng)
            ratios = rows.drop_duplicates("label").set_index("label")["estimate"]
            distant, nodes = np.isin(sites, ["lung", "bone"]), sites != "thyroid_bed"
            own, other = (nodes, distant) if count else (distant, nodes)
            expected = {
                "all lesions measured at both levels": own,
                f"all, {label} nodes of the neck": other,
            }
            for name, taken in expected.items():
                by_hand = patient_mean_ratio(pairs[taken], self.rng).estimate
                assert ratios[name] == pytest.approx(by_hand, rel=1e-12)

    def test_classes_leave_out_what_is_not_known(self):
        pathology = pd.DataFrame({"patient_id": list("abc"), "braf_v600e": "wild_type"})
        rows = within_classes(self.pairs, pathology, 10.0)
        assert rows.groupby("group")["label"].apply(list).to_dict() == {
            "Site": ["bone", "lung"],
            "Diameter": ["10 mm or more", "under 10 mm"],
            "BRAF V600E": ["wild type"],
        }
        assert rows.set_index("label")["n"]["wild type"] == 3
