"""Real H-scores, PET of known values, and the methods on real patients by resampling."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pydicom
import pytest

from compendium.cohorts import known_suv, resampled, scores
from compendium.external import PublicData

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def public(external, monkeypatch):
    """The public data sets as a chapter reads them."""
    monkeypatch.setenv("COMPENDIUM_EXTERNAL", str(external(".")))
    return PublicData(ROOT)


@pytest.fixture
def nothing(monkeypatch, tmp_path):
    """Public data of which no set is here."""
    monkeypatch.setenv("COMPENDIUM_EXTERNAL", str(tmp_path))
    return PublicData(ROOT)


def test_ours_are_the_authors_results_and_move_with_the_data(public):
    paired, published = scores.pairs(public), scores.authors(public)
    found = scores.side_by_side(paired, published)
    assert len(found) == 6
    assert (found["apart"] < 1e-9).all()
    paired.loc[0, "Tumor_H_score"] += 5
    moved = scores.side_by_side(paired, published).set_index(["marker", "quantity"])["apart"]
    assert (moved["BAX"] > 1e-3).all()
    assert (moved["FN1"] < 1e-9).all()


def test_the_mean_difference_is_that_of_the_paired_t_test():
    # Differences 1, 2, 6: mean 3, standard error sqrt(7/3), t(2) 1.963961.
    paired = pd.DataFrame({"Pair_ID": ["a", "b", "c"], "Marker": "X",
                           "Con_H_score": [10, 20, 40], "Tumor_H_score": [11, 22, 46]})  # fmt: skip
    row = scores.side_by_side(paired, pd.DataFrame({"Gene": []})).iloc[0]
    assert row["estimate"] == pytest.approx(3)
    assert row["high"] - 3 == pytest.approx(4.302653 * np.sqrt(7 / 3), rel=1e-6)
    assert row["p"] == pytest.approx(0.1885, abs=1e-4)
    assert np.isnan(row["apart"])


def test_what_scores_look_like():
    tumours = pd.DataFrame({"carcinoma": [0, 0, 100, 200, np.nan], "overall": [0, 0, 50, 200, 3.0],
                            "sarcoma_pct": [10, 0, 50, 10, 10.0]})  # fmt: skip
    carcinoma = scores.distribution(tumours, np.array([0.0, 30])).iloc[0]
    assert carcinoma[["n", "not_given", "zeros", "tied", "distinct"]].tolist() == [
        4,
        1,
        0.5,
        0.5,
        3,
    ]
    assert carcinoma[["q1", "median", "q3", "highest"]].tolist() == [0, 50, 125, 200]
    assert scores.contradicting(tumours) == (4, 1)  # 200 x 0.9 is not 200


def test_a_distance_in_shape_knows_neither_location_nor_spread():
    rng = np.random.default_rng(1)
    values = rng.normal(size=400)
    assert scores.shape_distance(values, 30 + 7 * values) == pytest.approx(0, abs=1e-12)
    # Two points against a uniform, by hand: the integral of |sqrt(3) v - 1| over 0 to 1.
    even, two = np.linspace(0, 1, 20_001), np.repeat([0.0, 1.0], 10_000)
    root = np.sqrt(3)
    wanted = 1 / (2 * root) + (1 - 1 / root) * (root - 1) / 2
    assert scores.shape_distance(two, even) == pytest.approx(wanted, abs=0.005)


@pytest.mark.slow
def test_scores_of_the_generator_itself_lie_as_far_as_chance_says():
    rng = np.random.default_rng(2)
    drawn = np.round(rng.uniform(0, 300, 5000) / 5) * 5
    chance = scores.by_chance(60, drawn, rng, 200)
    own = scores.distance(rng.choice(drawn, 60), drawn, rng, 100)
    assert chance.low < own.estimate < chance.high * 1.5
    lumped = np.concatenate([np.zeros(30), np.full(30, 300.0)])
    assert scores.distance(lumped + rng.normal(0, 1, 60), drawn, rng, 100).estimate > chance.high
    plot = scores.quantile_plot(rng.choice(drawn, 60), drawn, rng, 200)
    assert plot["real"].between(plot["low"], plot["high"]).mean() > 0.7


def test_real_trop2_scores(public):
    tumours = scores.trop2(public)
    assert len(tumours) == 72
    assert tumours["carcinoma"].notna().sum() == 66  # six are "n/a"
    known, contradicting = scores.contradicting(tumours)
    assert (known, contradicting) == (65, 0)


def test_a_set_that_is_not_here_gives_reasons(nothing):
    assert scores.side_by_side(scores.pairs(nothing), scores.authors(nothing)).empty
    nobody = scores.trop2(nothing)["carcinoma"].to_numpy(float)
    rng, drawn = np.random.default_rng(3), np.arange(10.0)
    assert scores.distance(nobody, drawn, rng, 10).reason == "0 rows to resample; at least 3 needed"
    assert scores.by_chance(0, drawn, rng, 10).reason == "0 scores; at least 3 needed"
    assert scores.quantile_plot(nobody, drawn, rng, 10).empty
    assert known_suv.summary(known_suv.compared(nothing)).empty


class Folders:
    """Public data in a folder of the test."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, path: str) -> Path:
        return self.root / path


def test_another_activity_in_the_header_moves_ours_and_not_the_known(external, tmp_path):
    series = "ibsi-suv-dro/DRO_0_0"
    target = shutil.copytree(external(f"pet/{series}"), tmp_path / "pet" / series)
    for path in (target / "PT").glob("*.dcm"):
        path.chmod(0o644)
        header = pydicom.dcmread(path)
        header.RadiopharmaceuticalInformationSequence[0].RadionuclideTotalDose *= 1.01
        header.save_as(path)
    case = known_suv.known().iloc[0].to_dict()
    rows = pd.DataFrame(known_suv._case(Folders(tmp_path), case)).set_index("quantity")
    assert rows.loc["suv_max", "known"] == 4
    assert rows.loc["suv_max", "ours"] == pytest.approx(4 / 1.01, abs=0.005)
    assert not rows.loc["suv_max", "holds"]
    assert rows.loc[known_suv.VOXELS, "holds"]


@pytest.mark.slow
def test_every_known_value_is_met(public):
    found = known_suv.compared(public)
    assert found["holds"].astype(bool).all()
    assert "(0018,1078)" in found["reason"].iloc[-1]
    assert known_suv.summary(found)["images"].tolist() == [10, 2, 2, 1]


def grouped(n=80, seed=1):
    rng = np.random.default_rng(seed)
    group = np.repeat(["No", "Yes"], n // 2)
    return pd.DataFrame({"marker": rng.normal(size=n) + (group == "Yes"), "group": group})


def followed(n=200, seed=1, effect=0.5):
    rng = np.random.default_rng(seed)
    marker = rng.normal(0, 3, n)
    time = np.ceil(rng.exponential(1000 * np.exp(-effect * marker / 3)))
    return pd.DataFrame({"marker": marker, "time": np.minimum(time, 1500), "event": time < 1500})


def test_a_study_has_half_of_each_group():
    frame = grouped()
    rows = resampled.draw(frame, 31, np.random.default_rng(1))
    assert (frame["group"].to_numpy()[rows] == "Yes").sum() == 15
    assert len(resampled.draw(followed(), 60, np.random.default_rng(1))) == 60


def test_a_hazard_ratio_is_compared_per_unit_whatever_the_spread_of_a_study():
    frame = followed()
    wide = frame.assign(marker=frame["marker"] * 2)
    one, two = (resampled._comparable(resampled.analyse(f)[resampled.HAZARD].estimate,
                                      resampled.HAZARD, f) for f in (frame, wide))  # fmt: skip
    assert two == pytest.approx(one / 2)


@pytest.mark.slow
def test_the_size_of_a_test_and_the_coverage_are_near_their_levels():
    population = resampled.Population("made up", "x", followed())
    asked = {**population.arguments, "patients": 60, "studies": 20}
    found = resampled.operating_characteristics(np.random.default_rng(4), **asked).iloc[0]
    assert found["coverage"] > 70  # all but 6 of 20
    assert found["rejects"] < 30
    assert found["not_estimable"] == 0
    again = resampled.operating_characteristics(np.random.default_rng(4), **asked).iloc[0]
    assert again.equals(found)


@pytest.mark.slow
def test_two_groups_are_analysed_in_three_ways():
    population = resampled.Population("made up", "x", grouped(24))
    asked = {**population.arguments, "patients": 12, "studies": 2}
    found = resampled.operating_characteristics(np.random.default_rng(5), **asked)
    by = found.set_index("analysis")
    assert by.loc[resampled.AUC, "true"] > 0.6
    assert (by["studies"] == 2).all()
    assert list(by.index) == [resampled.SHIFT, resampled.AUC, resampled.ODDS]


def test_simulated_studies_stand_beside_the_like_analysis():
    row = dict.fromkeys(resampled.COLUMNS, 0.0) | {"analysis": resampled.HAZARD}
    like = resampled.LIKE[resampled.HAZARD]
    simulated = pd.DataFrame({"analysis": [like, like], "truth": ["assumed", "no_effect"],
                              "coverage": [94.0, 1.0], "rejects": [80.0, 6.0]})  # fmt: skip
    beside = resampled.beside_simulated([pd.DataFrame([row])], simulated).iloc[0]
    assert (beside["simulated_coverage"], beside["simulated_rejects"]) == (94, 6)
    none = resampled.beside_simulated([], pd.DataFrame())
    assert none.empty
    assert "simulated_rejects" in none
