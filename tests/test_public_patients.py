"""Real, public patients by the studies' functions: TCGA-THCA and the recurrences of the UCI set.

Cheap tests take made-up tables of the same form; those of the published tables need
COMPENDIUM_EXTERNAL. Values of R are those of tests/reference, whose origin is said there.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from lifelines.utils import concordance_index

from compendium.cohorts import recurrence, tcga
from compendium.errors import InputError
from compendium.external import PublicData
from compendium.rules import Rules

ROOT = Path(__file__).resolve().parents[1]
RULES = Rules()


@pytest.fixture(scope="module")
def published(external):
    """The patients of both sets, by the names of their modules."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMPENDIUM_EXTERNAL", str(external(".")))
        public = PublicData(ROOT)
        return {"tcga": tcga.patients(public), "recurrence": recurrence.patients(public)}


@pytest.fixture(scope="module")
def cancers(published):
    return published["tcga"]


@pytest.fixture(scope="module")
def courses(cancers):
    return tcga.observed(cancers, RULES)


@pytest.fixture(scope="module")
def people(published):
    return published["recurrence"]


@pytest.fixture
def nothing(monkeypatch, tmp_path):
    """Public data of which no set is here."""
    monkeypatch.setenv("COMPENDIUM_EXTERNAL", str(tmp_path))
    return PublicData(ROOT)


def times(**changed):
    made = {
        "bcr_patient_barcode": [f"TCGA-AA-000{i}" for i in range(1, 7)],
        "age_at_initial_pathologic_diagnosis": [30, 40, 50, 60, 70, 80],
        "ajcc_pathologic_tumor_stage": ["Stage I", "Stage II", "Stage III", "Stage IVA", None,
                                        "Stage IVC"],
        "new_tumor_event_type": [None, "Distant Metastasis", None, None, None, None],
        "PFI": [0, 1, 1, 0, 0, 1], "PFI.time": [0, 100, 200, 300, 400, 500],
        "OS": [0, 0, 0, 0, 1, 0], "OS.time": [0, 150, 250, 300, 400, 600],
    }  # fmt: skip
    return pd.DataFrame(made | changed)


def molecular(**changed):
    made = {
        "SAMPLE_ID": [f"TCGA-AA-000{i}-01" for i in (2, 3, 4, 6)],
        "BRAFV600E_RAS": ["Braf-like", "Ras-like", None, "Braf-like"],
        "BRAFV600E_RAF_SCORE": [-0.9, 0.8, np.nan, -1.0],
        "MUT_DRIVER_PROTEIN_CHANGE": ["BRAF:p.V600E:26", "HRAS:p.Q61R:61", None, None],
        "EXOME": [1, 1, 0, 1],
        "DIFFERENTIATION_SCORE": [-1.0, 1.0, np.nan, -2.0],
        "ERK_SCORE": [10.0, -5.0, np.nan, 20.0],
    }
    return pd.DataFrame(made | changed)


class TestJoined:
    def test_a_patient_is_the_first_twelve_characters_of_the_sample(self):
        people = tcga.joined(times(), molecular()).set_index("patient_id")
        assert people["molecular"].tolist() == [False, True, True, True, False, True]
        assert people.loc["TCGA-AA-0006", "differentiation"] == -2

    def test_braf_is_known_where_an_exome_was_read(self):
        people = tcga.joined(times(), molecular()).set_index("patient_id")
        assert people["braf_v600e"].tolist()[1:3] == [1, 0]
        assert np.isnan(people.loc["TCGA-AA-0004", "braf_v600e"])  # no exome
        assert people.loc["TCGA-AA-0006", "braf_v600e"] == 0  # an exome without a driver

    def test_stages_three_and_four_are_late_and_no_stage_is_unknown(self):
        late = tcga.joined(times(), molecular())["late_stage"]
        assert late[:4].tolist() == [0, 0, 1, 1]
        assert np.isnan(late[4])

    def test_a_stage_of_another_form_is_refused(self):
        stages = ["Stage I", "T2", None, None, None, None]
        with pytest.raises(InputError, match="tumor_stage: 'T2'; expected one of Stage I"):
            tcga.joined(times(ajcc_pathologic_tumor_stage=stages), molecular())

    def test_a_patient_with_two_tumours_is_refused(self):
        twice = [f"TCGA-AA-000{i}" for i in ("2-01", "2-06", "4-01", "6-01")]
        with pytest.raises(InputError, match="TCGA-AA-0002 has two tumours"):
            tcga.joined(times(), molecular(SAMPLE_ID=twice))


def test_endpoints_are_made_by_the_studies_engine():
    seen = tcga.observed(tcga.joined(times(), molecular()), RULES)
    pfi = seen.tables[tcga.PFI.label].set_index("patient_id")
    assert "not at risk" in pfi.loc["TCGA-AA-0001", "reason"]
    assert pfi.loc["TCGA-AA-0002", ["time_days", "event", "kind"]].tolist() == [
        100, True, "progression",
    ]  # fmt: skip
    assert not pfi.loc["TCGA-AA-0004", "event"]
    assert seen.of(tcga.OS)["event"].sum() == 1


def test_each_loss_is_named_and_counts_add_up():
    people = tcga.joined(times(), molecular())
    flow = tcga.flow(people, tcga.observed(people, RULES))
    # One is not observed, one has no stage, all others are among the tumours; 4 lacks the scores.
    assert flow["patients"].tolist() == [6, 5, 4, 4, 3, 3, 3, 3, 3]
    assert flow["lost"].tolist() == [0, 1, 1, 0, 1, 1, 1, 1, 1]
    assert flow["progressions"].tolist() == [3, 3, 3, 3, 3, 3, 3, 3, 3]


def test_without_the_set_there_is_nobody_and_no_crash(nothing):
    people = tcga.patients(nothing)
    seen = tcga.observed(people, RULES)
    assert (tcga.flow(people, seen)["patients"] == 0).all()
    assert (tcga.hazard_ratios(people, seen, RULES)["reason"] == "nobody at risk").all()
    assert tcga.concordances(people, seen).empty
    none = recurrence.patients(nothing)
    assert recurrence.described(none)["overall"].iloc[0] == "0"
    assert recurrence.odds_ratios(none, RULES)["estimate"].isna().all()


class TestTcga:
    def test_as_many_patients_and_events_as_published(self, cancers, courses):
        # Liu 2018: 507 patients, 52 progression-free-interval events, 16 deaths; one without time.
        flow = tcga.flow(cancers, courses).set_index("step")
        assert flow["patients"].tolist()[:4] == [507, 506, 504, 493]
        assert flow["progressions"].tolist()[0] == 52
        assert courses.of(tcga.OS)["event"].sum() == 16

    @pytest.mark.slow
    def test_the_ratio_is_that_of_lifelines_but_for_the_penalty(self, cancers, courses):
        ours = tcga.hazard_ratios(cancers, courses, RULES)
        row = ours[
            (ours["model"] == tcga.ADJUSTED) & (ours["term"] == tcga.SCORES["differentiation"])
        ]
        own = cancers.set_index("patient_id")[["differentiation", "age_years", "late_stage"]]
        frame = courses.of(tcga.PFI)[["patient_id", "time_days", "event"]]
        frame = frame.join(own.astype(float), on="patient_id").dropna().drop(columns="patient_id")
        plain = CoxPHFitter().fit(frame, "time_days", "event")
        assert (row["n"].iloc[0], row["events"].iloc[0]) == (388, 38)
        log = np.log(row["estimate"].iloc[0]) / frame["differentiation"].std()
        theirs, error = (x["differentiation"] for x in (plain.params_, plain.standard_errors_))
        assert log == pytest.approx(theirs, abs=0.1 * error)

    def test_concordance_of_a_score_is_that_of_lifelines(self, cancers, courses):
        endpoint, design = tcga._complete(cancers, courses, "differentiation")
        alone = design[[tcga.SCORES["differentiation"]]]
        ours = tcga._c(tcga.times_of(endpoint), alone)
        theirs = concordance_index(endpoint["time_days"], alone.iloc[:, 0], endpoint["event"])
        assert ours == pytest.approx(theirs, abs=1e-12)  # a higher score lives longer

    @pytest.mark.slow
    def test_another_outcome_moves_the_ratio(self, cancers, courses):
        moved = cancers.copy()
        worst = moved["differentiation"].astype(float).nlargest(5).index
        moved.loc[worst, "pfi"] = 1
        seen = tcga.observed(moved, RULES)
        before = tcga.hazard_ratios(cancers, courses, RULES)["estimate"].iloc[0]
        assert tcga.hazard_ratios(moved, seen, RULES)["estimate"].iloc[0] > before + 0.05


def recurrences(**changed):
    made = {name: ["x", "x", "x"] for name in recurrence.NAMES}
    made |= {"Age": [30, 30, 50], "Gender": ["F", "F", "M"], "Recurred": ["No", "No", "Yes"]}
    return pd.DataFrame(made | changed)


def test_equal_rows_are_found_and_kept():
    people = recurrence.named(recurrences())
    assert people["repeated"].tolist() == [False, True, False]
    assert len(recurrence.distinct(people)) == 2
    assert not recurrence.named(recurrences(Age=[30, 31, 50]))["repeated"].any()


@pytest.mark.parametrize(("column", "code"), [("Gender", "W"), ("Recurred", "Maybe")])
def test_another_code_is_refused(column, code):
    with pytest.raises(InputError, match=f"{column}: '{code}'; expected"):
        recurrence.named(recurrences(**{column: [code, code, code]}))


class TestUci:
    def test_nineteen_rows_repeat_another(self, people):
        assert (len(people), people["repeated"].sum()) == (383, 19)
        assert (people["recurred"] == "Yes").sum() == 108

    @pytest.mark.slow
    def test_odds_ratios_are_those_of_brglm2(self, people):
        """And the circular response is in no model, nor in the table of patients."""
        path = ROOT / "tests" / "reference" / "firth_logistic_expected.csv"
        theirs = pd.read_csv(path, comment="#").query("dataset == 'uci_dtc'").set_index("term")
        found = recurrence.odds_ratios(people, RULES)
        assert recurrence.CIRCULAR not in {*recurrence.DESCRIBED, *found["term"]}
        ours = found.query("model == 'together' and rows == 'all'")
        logs = np.log(ours.set_index("term")["estimate"])
        assert logs["age_years"] / 10 == pytest.approx(theirs.loc["Age", "firth_coef"], abs=1e-6)
        for ours_is, theirs_is in (("sex", "male"), ("n_stage", "N1"), ("m_stage", "M1")):
            assert logs[ours_is] == pytest.approx(theirs.loc[theirs_is, "firth_coef"], abs=1e-6)

    def test_areas_are_those_of_proc_and_hindsight_is_far_above(self, people):
        # R 4.2.2, pROC 1.18.0.
        found = recurrence.discrimination(people).set_index("variable")["estimate"]
        assert found["Age"] == pytest.approx(0.63569023569, abs=1e-9)
        assert found["ATA risk class"] == pytest.approx(0.895824915825, abs=1e-9)
        assert found["Response to therapy"] > 0.95

    @pytest.mark.slow
    def test_another_outcome_moves_the_odds(self, people, monkeypatch):
        people = people.iloc[::4].reset_index(drop=True)
        monkeypatch.setattr(recurrence, "COVARIATES", ("sex",))
        moved = people.copy()
        women = moved.index[(moved["sex"] == "female") & (moved["recurred"] == "Yes")]
        moved.loc[women[:10], "recurred"] = "No"
        before, after = (recurrence.odds_ratios(p, RULES).set_index(["rows", "model", "term"])
                         for p in (people, moved))  # fmt: skip
        key = ("all", "alone", "sex")
        assert after.loc[key, "estimate"] > 2 * before.loc[key, "estimate"]
