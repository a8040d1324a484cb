"""What is drawn from a truth: patients, stains, lesions and the effect of TSH.

Moments are taken over 20,000 patients a group, so that the Monte-Carlo error (one standard error:
0.0025 of an AUC, 0.003 of a share, 1 H-score point, 0.04 a of a median doubling time) is small
beside the tolerance, which allows for the rounding of "about" in the design.
"""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import mannwhitneyu, norm, spearmanr

from compendium.errors import InputError
from compendium.parts import study_parts
from compendium.synthetic import TRUTHS, draw_lesion_pairs, draw_trop2_patients, draw_trop2_study
from compendium.synthetic.design import against_design
from compendium.synthetic.staining import h_score, read_percentages, stain_shares
from compendium.synthetic.trop2 import draw_sites, number_lesions
from compendium.synthetic.truth import Trop2Truth, Truth

MANY = 20_000


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def auc_of(patients: pd.DataFrame) -> float:
    resistant = patients["rai_response"] == "non_responder"
    scores = patients.loc[resistant, "h_score"], patients.loc[~resistant, "h_score"]
    return float(mannwhitneyu(*scores).statistic / len(scores[0]) / len(scores[1]))


@pytest.fixture(scope="module")
def assumed() -> tuple[pd.DataFrame, pd.DataFrame]:
    return draw_trop2_study(TRUTHS["assumed"], MANY, MANY, rng())


def test_the_truths_shipped_by_name() -> None:
    assert list(TRUTHS) == ["assumed", "null", "confounded", "inverted_u", "carry_over"]
    assert {name: truth.tsh.ratio for name, truth in TRUTHS.items()} == {
        "assumed": 1.35,
        "null": 1.0,
        "confounded": 1.35,
        "inverted_u": 0.85,
        "carry_over": 1.35,
    }
    assert [name for name, truth in TRUTHS.items() if truth.tsh.carry_over] == ["carry_over"]


def test_shares_of_cells_follow_the_normal_thresholds() -> None:
    # t = 0, cuts -1.1, 0, 1 and SD 0.8: Phi(-1.375), then to 0.5, then to Phi(1.25); a tenth of the
    # strongest stains less.
    shares = stain_shares(Trop2Truth(), np.array([0.0]))[0]
    low, strong = norm.cdf(-1.375), 0.9 * norm.cdf(-1.25)
    assert shares == pytest.approx([low, 0.5 - low, 0.5 - strong, strong])
    # t = -1.4, half way up the range in which foci stain: half of Phi((-1.4 + 1.1) / 0.8).
    focal = stain_shares(Trop2Truth(), np.array([-1.4]))[0]
    assert 1 - focal[0] == pytest.approx(norm.cdf(-0.375) / 2)


@pytest.mark.parametrize(("latent", "negative"), [(-1.651, True), (-1.649, False)])
def test_a_tumour_below_the_limit_does_not_stain(latent: float, negative: bool) -> None:
    assert (stain_shares(Trop2Truth(), np.array([latent]))[0, 0] == 1.0) == negative


def test_readers_disagree_on_some_negative_tumours_and_not_on_the_others() -> None:
    reads = h_score(read_percentages(Trop2Truth(), np.repeat([-1.7, -3.0], 500), rng()))
    assert 0.2 < (reads[:500] > 0).mean() < 0.5
    assert (reads[500:] == 0).all()


def test_h_score_by_hand() -> None:
    reads = np.array([[25.0, 25, 25, 25], [0, 0, 0, 100], [100, 0, 0, 0], [50, 30, 15, 5]])
    assert h_score(reads) == pytest.approx([150, 300, 0, 75])


def test_reads_are_steps_of_five_that_sum_to_100() -> None:
    reads = read_percentages(Trop2Truth(), rng(2).normal(0, 1.2, 5000), rng(3))
    assert (reads.sum(axis=1) == 100).all()
    assert (reads >= 0).all()
    assert (reads % 5 == 0).all()


def test_two_readers_differ_as_designed(assumed: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    latent = assumed[0]["trop2_latent"].to_numpy()
    reads = [h_score(read_percentages(Trop2Truth(), latent, rng(seed))) for seed in (2, 3)]
    error_variance = np.var(reads[0] - reads[1]) / 2
    assert math.sqrt(error_variance) == pytest.approx(22, abs=1)
    # between-patient variance over all variance, as ICC(2,1) of readers without bias is
    assert 1 - error_variance / np.var(np.concatenate(reads)) == pytest.approx(0.93, abs=0.01)


def test_h_score_separates_as_designed(assumed: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    patients = assumed[0]
    medians = patients.groupby("rai_response")["h_score"].median()
    assert medians["responder"] == pytest.approx(110, abs=8)
    assert medians["non_responder"] == pytest.approx(195, abs=10)
    assert auc_of(patients) == pytest.approx(0.75, abs=0.01)
    assert (patients["h_score_true"] == 0).mean() == pytest.approx(0.08, abs=0.01)
    assert patients["h_score"].between(0.1, 25).mean() == pytest.approx(0.05, abs=0.02)
    assert 0 < (patients["h_score"] >= 290).mean() < 0.02


def test_growth_and_progression_as_designed(assumed: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    resistant = assumed[0].query("rai_response == 'non_responder'")
    growth = resistant["growth_per_year"]
    assert (1 / growth.clip(lower=1e-9)).median() == pytest.approx(2.6, abs=0.25)
    assert (growth >= 1).mean() == pytest.approx(0.22, abs=0.02)
    assert set(resistant["progression"]) == {"rapid", "intermediate", "stable"}
    assert (resistant.loc[growth >= 1, "progression"] == "rapid").all()


def test_median_survival_is_124_months(assumed: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    assert Trop2Truth().os_shape == 1.2
    assert assumed[0]["death_days"].median() / 30.4375 == pytest.approx(124, abs=4)


def test_times_are_consistent(assumed: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    patients = assumed[0]
    resistant = patients[patients["rai_response"] == "non_responder"]
    scanned = resistant[resistant["entry_days"].notna()]
    assert (scanned["death_days"] > scanned["entry_days"]).all()
    assert scanned["entry_days"].between(91, 2922).all()
    follow_up = scanned["exit_days"] - scanned["entry_days"]
    assert (follow_up[scanned["os_event"] == 0] >= 6 * 30.4).all()
    assert follow_up.max() <= 18 * 30.5
    gone = resistant[resistant["entry_days"].isna()]
    assert (gone["os_event"] == 1).all()
    assert (gone["exit_days"] == gone["death_days"]).all()
    assert 30 * resistant["os_event"].mean() == pytest.approx(7.5, abs=1.5)
    assert 30 * resistant["pfs_event"].mean() == pytest.approx(25, abs=1)
    assert (resistant["pfs_days"] <= resistant["exit_days"]).all()
    parts = resistant[["enlarged_days", "new_lesion_days"]].min(axis=1)
    assert (parts == resistant["progression_days"]).all()
    times = ["entry_days", "exit_days", "pfs_days", "os_event", "growth_per_year"]
    assert patients.loc[patients["rai_response"] == "responder", times].isna().all(axis=None)


@pytest.mark.slow
def test_every_quantity_of_the_design_is_drawn_within_its_range() -> None:
    found = against_design(TRUTHS["assumed"], MANY, rng(), study_parts())
    assert found.loc[~found["within"], "quantity"].tolist() == []
    assert found["quantity"].is_unique


@pytest.mark.slow
def test_a_quantity_that_is_drawn_otherwise_is_said_to_be_outside() -> None:
    found = against_design(TRUTHS["null"], MANY, rng(), ["TROP2", "TSH124I"])
    found = found.set_index("quantity")["within"]
    assert not any("PET" in quantity for quantity in found.index)
    assert not found["AUC of the H-score"]
    assert not found["TSH: uptake at the high over the low level"]
    assert found["Agreement of two readers, ICC"]


@pytest.mark.slow
def test_lesions_as_designed(assumed: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    patients, lesions = assumed
    assert patients["n_lesions"].mean() == pytest.approx(4, abs=0.05)
    assert lesions["diameter_mm"].median() == pytest.approx(12, rel=0.03)
    by_patient = lesions.groupby("patient_id", sort=False)
    first = patients.set_index("patient_id")
    assert (by_patient.size() == first["n_lesions"]).all()
    assert by_patient["suv_true"].max().to_numpy() == pytest.approx(first["suv_max"].to_numpy())
    bone = lesions["site"].eq("bone").groupby(lesions["patient_id"]).any()
    assert (bone.reindex(first.index) == first["bone"]).all()


def test_lesion_uptake_rises_with_trop2(assumed: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    patients = assumed[0]
    slope, intercept = np.polyfit(patients["trop2_latent"], np.log(patients["suv_patient"]), 1)
    assert slope == pytest.approx(0.40, abs=0.02)
    assert math.exp(intercept + 0.4 * slope) == pytest.approx(9, rel=0.02)


def test_under_null_trop2_has_to_do_with_nothing() -> None:
    patients = draw_trop2_patients(TRUTHS["null"], MANY, MANY, rng(4))
    assert auc_of(patients) == pytest.approx(0.5, abs=0.01)
    resistant = patients[patients["rai_response"] == "non_responder"]
    for column in ("u", "growth_per_year", "suv_patient", "death_days"):
        assert abs(spearmanr(resistant["trop2_latent"], resistant[column]).statistic) < 0.03


def test_under_confounding_trop2_tells_nothing_once_braf_and_u_are_known() -> None:
    patients = draw_trop2_patients(TRUTHS["confounded"], MANY, MANY, rng(5))
    assert auc_of(patients) > 0.6
    alike = patients[patients["braf"] & ~patients["tert"] & patients["u"].between(-0.1, 0.1)]
    assert auc_of(alike) == pytest.approx(0.5, abs=0.04)


def test_the_same_generator_gives_the_same_patients() -> None:
    one, other = (draw_trop2_study(TRUTHS["assumed"], 5, 5, rng(9)) for _ in range(2))
    pd.testing.assert_frame_equal(one[0], other[0])
    pd.testing.assert_frame_equal(one[1], other[1])


def test_a_truth_without_one_of_the_groups_is_an_error() -> None:
    nobody = Truth(name="x", description="", trop2=Trop2Truth(rair_intercept=-1e6))
    with pytest.raises(InputError, match="3 non-responders are missing after 200 rounds"):
        draw_trop2_patients(nobody, 0, 3, rng())


def test_lesions_are_numbered_within_patients() -> None:
    of, names = number_lesions(np.array([2, 0, 3]))
    assert of.tolist() == [0, 0, 2, 2, 2]
    assert names.tolist() == ["L1", "L2", "L1", "L2", "L3"]


def test_sites_follow_their_shares() -> None:
    n = 10_000
    sites = draw_sites(np.repeat([True, False], n), np.zeros(2 * n, dtype=bool), rng())
    assert (sites[:n] == "bone").mean() == pytest.approx(0.35, abs=0.02)
    assert (sites[n:] == "lung").mean() == pytest.approx(0.62, abs=0.02)
    assert not (sites[n:] == "bone").any()


@pytest.mark.parametrize("name", ["assumed", "null", "inverted_u"])
def test_uptake_ratio_is_the_truths(name: str) -> None:
    pairs = draw_lesion_pairs(TRUTHS[name], 8000, rng(6))
    ln_ratio = np.log(pairs["suv_high"] / pairs["suv_low"]).groupby(pairs["patient_id"]).mean()
    # SE of the mean of 8,000 patients: about 0.35 / sqrt(8000) = 0.004
    assert math.exp(ln_ratio.mean()) == pytest.approx(TRUTHS[name].tsh.ratio, rel=0.013)
    assert (pairs["residual_suv"] == 0).all()


def test_pairs_stay_within_the_protocol_but_for_one_patient_in_ten() -> None:
    pairs = draw_lesion_pairs(TRUTHS["assumed"], 10, rng(7))
    patients = pairs.groupby("patient_id").first()
    assert list(patients.index) == [f"T{k:03d}" for k in range(1, 11)]
    assert patients["tsh_low"].between(20, 40).all()
    assert (patients["tsh_high"] < 100).sum() == 1
    assert patients["interval_days"].between(10, 14).all()
    assert len(pairs) == pairs[["patient_id", "lesion_id"]].drop_duplicates().shape[0]


def test_carry_over_is_what_decay_and_washout_leave() -> None:
    pairs = draw_lesion_pairs(TRUTHS["carry_over"], 200, rng(8))
    assert (pairs["interval_days"] == 10).all()
    assert pairs["biological_half_life_days"].median() == pytest.approx(20, rel=0.1)
    one = pairs.iloc[0]
    effective = 1 / (1 / one["biological_half_life_days"] + 1 / 4.176)
    left = one["suv_low_true"] * one["activity_low_mbq"] / one["activity_high_mbq"]
    residual = left * math.exp(-math.log(2) * 10 / effective)
    assert one["residual_suv"] == pytest.approx(residual)
    without = one["suv_high_true"] - one["residual_suv"]
    assert without / one["suv_low_true"] == pytest.approx(one["ratio_true"])


def test_a_third_of_the_patients_has_no_avid_lesion() -> None:
    pairs = draw_lesion_pairs(TRUTHS["assumed"], 6000, rng(10))
    patients = pairs.groupby("patient_id")["avid_patient"].first()
    assert 1 - patients.mean() == pytest.approx(1 / 3, abs=0.02)
    medians = pairs.groupby("avid_patient")["suv_low_true"].median()
    assert medians[True] == pytest.approx(8, rel=0.08)
    assert medians[False] == pytest.approx(0.4, rel=0.05)
