"""The marker adjusted for covariates."""

import numpy as np
import pandas as pd
import pytest

from compendium.errors import InputError
from compendium.rules import Rules
from compendium.statistics.firth_logistic import odds_ratios
from compendium.tables import MODELS
from compendium.trop2.adjusted import (
    TERMS,
    adjusted_odds_ratios,
    complete_design,
    model_columns,
    odds_ratio_of,
    plain_against_firth,
)

pytestmark = pytest.mark.slow

RESPONSE = ("responder", "non_responder")
COVARIATES = ["age_years", "braf_v600e", "tert_promoter"]


def patients(n: int = 60, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    resistant = np.arange(n) % 2 == 1
    return pd.DataFrame(
        {
            "rai_response": np.where(resistant, "non_responder", "responder"),
            "h_score": np.clip(rng.normal(100 + 60 * resistant, 60), 0, 300).round(),
            "age_years": rng.normal(48, 12, n).round(1),
            "braf_v600e": np.where(rng.random(n) < 0.5 + 0.3 * resistant, "mutant", "wild_type"),
            "tert_promoter": np.where(rng.random(n) < 0.2, "mutant", "wild_type"),
        }
    )


@pytest.mark.parametrize(
    ("term", "values", "coded"),
    [
        ("h_score", [150.0, np.nan], [3.0, np.nan]),
        ("age_years", [45.0], [4.5]),
        ("sex", ["male", "female", "other"], [1.0, 0.0, np.nan]),
        ("braf_v600e", ["mutant", "wild_type", "not_tested"], [1.0, 0.0, np.nan]),
        ("extrathyroidal_extension", ["gross", "microscopic", None], [1.0, 0.0, np.nan]),
        ("n_stage", ["N1b", "N0", "NX"], [1.0, 0.0, np.nan]),
    ],
)
def test_columns_become_numbers_and_unknown_stays_unknown(term, values, coded):
    column = model_columns(pd.DataFrame({term: values}), [term])[term]
    assert column.tolist() == pytest.approx(coded, nan_ok=True)


def test_yes_no_columns_of_a_study_become_numbers():
    invasion = pd.Series([True, False, None], dtype="boolean")
    column = model_columns(pd.DataFrame({"vascular_invasion": invasion}), ["vascular_invasion"])
    assert column["vascular_invasion"].tolist() == pytest.approx([1, 0, np.nan], nan_ok=True)


def test_every_covariate_is_a_column_of_the_study():
    columns = set(MODELS["patient"].to_schema().columns) | set(
        MODELS["pathology"].to_schema().columns
    )
    assert set(TERMS) - {"h_score", "irs"} <= columns


class TestModels:
    def test_alone_and_together(self):
        found = adjusted_odds_ratios(patients(), "rai_response", RESPONSE, COVARIATES, Rules())
        assert len(found) == 8
        assert set(found["reason"]) == {""}
        alone = odds_ratio_of(found, "h_score", "alone")
        frame = patients()
        expected = odds_ratios(
            pd.DataFrame({"h": frame["h_score"] / 50}), frame["rai_response"] == "non_responder"
        )["h"]
        assert alone.estimate == pytest.approx(expected.estimate)
        assert alone.n == 60

    def test_separation_shows_beside_the_finite_estimate(self):
        frame = patients()
        frame.loc[frame["rai_response"] == "non_responder", "braf_v600e"] = "mutant"
        found = adjusted_odds_ratios(frame, "rai_response", RESPONSE, COVARIATES, Rules())
        braf = found[(found["term"] == "braf_v600e") & (found["model"] == "alone")].iloc[0]
        assert np.isinf(braf["plain"])
        assert np.isfinite(braf["high"])

    def test_a_covariate_nobody_was_tested_for_is_labelled_and_left_out(self):
        frame = patients().assign(braf_v600e="not_tested")
        found = adjusted_odds_ratios(frame, "rai_response", RESPONSE, COVARIATES, Rules())
        braf = found[found["term"] == "braf_v600e"]
        assert set(braf["reason"]) == {"known in 0 of 60 patients"}
        assert odds_ratio_of(found, "h_score").estimable

    def test_a_covariate_that_does_not_vary_is_labelled(self):
        frame = patients().assign(tert_promoter="wild_type")
        found = adjusted_odds_ratios(frame, "rai_response", RESPONSE, COVARIATES, Rules())
        tert = found[found["term"] == "tert_promoter"]
        assert set(tert["reason"]) == {"the same in all 60 patients in whom it is known"}

    def test_too_few_patients_for_the_terms(self):
        found = adjusted_odds_ratios(patients(30), "rai_response", RESPONSE, COVARIATES, Rules())
        together = odds_ratio_of(found, "h_score")
        assert together.reason == ("15 patients in the smaller group; 4 terms need at least 20")
        assert odds_ratio_of(found, "h_score", "alone").estimable

    def test_an_empty_group_is_labelled(self):
        frame = patients().assign(rai_response="responder")
        found = adjusted_odds_ratios(frame, "rai_response", RESPONSE, COVARIATES, Rules())
        assert (found["reason"] != "").all()

    def test_an_unknown_covariate_is_named(self):
        with pytest.raises(InputError, match="'blood_group' is no covariate; expected one of"):
            adjusted_odds_ratios(patients(), "rai_response", RESPONSE, ["blood_group"], Rules())


def test_complete_design_has_only_patients_with_every_term():
    frame = patients()
    frame.loc[:4, "age_years"] = np.nan
    design, event = complete_design(
        frame, "rai_response", RESPONSE, ["h_score", *COVARIATES], Rules()
    )
    assert len(design) == len(event) == 55
    assert event.tolist() == (frame["rai_response"][5:] == "non_responder").tolist()


def test_published_separation():
    plain, firth = plain_against_firth(present=(21, 26), absent=(0, 26))
    assert plain.estimate == np.inf
    assert firth.estimate == pytest.approx(21.5 * 26.5 / (5.5 * 0.5))
