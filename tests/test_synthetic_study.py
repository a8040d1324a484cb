"""The synthetic study's tables: valid, deterministic, leading the rules to the classes drawn."""

import hashlib
import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from compendium.cli.simulate import simulate
from compendium.cohort.eligibility import eligibility_rules
from compendium.cohort.membership import cohort_of, judge
from compendium.disease.response import REASONS, classify_response
from compendium.errors import InputError
from compendium.files import sha256
from compendium.generated import RECORD
from compendium.rules import Rules
from compendium.study import examine
from compendium.synthetic import TRUTHS
from compendium.synthetic.candidates import NOT_ANALYSED, draw_candidates
from compendium.synthetic.scans import REFUSED_VARIANTS, TROP2_VARIANTS
from compendium.synthetic.study import SyntheticStudy, make_study
from compendium.synthetic.tasks import tasks_of
from compendium.synthetic.tsh_records import NOT_ANALYSED as NOT_ANALYSED_TSH
from compendium.synthetic.writing import write_study
from compendium.tables import MODELS

SEED = 20251218

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def study(demo_drawn: SyntheticStudy) -> SyntheticStudy:
    return demo_drawn


@pytest.fixture(scope="module")
def cohort(study: SyntheticStudy) -> pd.DataFrame:
    """Every candidate with the rules' verdict, the derived class and what was drawn."""
    cohort = cohort_of(judge(study.tables, eligibility_rules(Rules())))
    derived = classify_response(study.tables, Rules())[
        ["patient_id", "rai_response", "response_rule"]
    ]
    drawn = study.patients[["patient_id", "role", "kind", "rai_response"]]
    return cohort.merge(derived, on="patient_id").merge(
        drawn, on="patient_id", suffixes=("", "_drawn")
    )


@pytest.mark.parametrize("name", TRUTHS)
def test_every_truth_gives_valid_tables(name: str) -> None:
    study = make_study(TRUTHS[name], 7, n_responders=3, n_non_responders=3, n_tsh124i=2)
    assert list(study.tables) == list(MODELS)
    for table_name, table in study.tables.items():
        MODELS[table_name].validate(table, lazy=True)
        assert len(table) > 0 or table_name in ("covariate", "lesion_reading")


def test_the_rules_leave_the_numbers_that_are_registered(cohort: pd.DataFrame) -> None:
    trop2 = cohort[cohort["eligible"] & (cohort["study"] == "TROP2")]
    counts = trop2["rai_response"].value_counts().to_dict()
    assert counts == {"responder": 30, "non_responder": 30, "indeterminate": 9}
    assert (cohort["eligible"] & (cohort["study"] == "TSH124I")).sum() == 10


def test_each_candidate_beyond_those_is_removed(cohort: pd.DataFrame) -> None:
    not_eligible = cohort[~cohort["eligible"]].groupby("role").size().to_dict()
    expected = {role: count for role, (_, count) in NOT_ANALYSED.items()}
    expected["no_total_thyroidectomy"] += 1  # the one of TSH124I
    expected["under_18"] += 1
    del expected["indeterminate"]
    expected |= {role: 1 for role in NOT_ANALYSED_TSH if role not in expected}
    assert not_eligible == expected


def test_every_rule_removes_somebody(cohort: pd.DataFrame) -> None:
    removed = cohort[~cohort["eligible"]].groupby("study")["excluded_by"].nunique()
    assert removed.to_dict() == {"TROP2": 5, "TSH124I": 7}


def test_derived_classes_are_those_drawn(cohort: pd.DataFrame) -> None:
    analysed = cohort[cohort["eligible"] & (cohort["study"] == "TROP2")]
    drawn = analysed["rai_response_drawn"].mask(
        analysed["kind"] == "indeterminate", "indeterminate"
    )
    assert (analysed["rai_response"] == drawn).all()
    told = analysed[analysed["kind"].isin(["R1", "R2", "R3"])]
    assert [k in r.split("+") for k, r in zip(told["kind"], told["response_rule"], strict=True)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_derived_classes_are_those_drawn_for_other_seeds(seed: int) -> None:
    study = make_study(TRUTHS["null"], seed, n_responders=12, n_non_responders=12, n_tsh124i=2)
    derived = classify_response(study.tables, Rules()).set_index("patient_id")["rai_response"]
    drawn = study.patients[study.patients["role"] == "analysed"].set_index("patient_id")
    drawn = drawn["rai_response"].dropna()
    assert (derived.reindex(drawn.index) == drawn).all()


def test_the_investigator_disagrees_now_and_then(
    study: SyntheticStudy, cohort: pd.DataFrame
) -> None:
    own = study.tables["investigator_class"].set_index("patient_id")["rai_response"]
    analysed = cohort[cohort["eligible"] & (cohort["study"] == "TROP2")].set_index("patient_id")
    differ = (analysed["rai_response"] != own.reindex(analysed.index)).sum()
    assert 2 <= differ <= 8


def test_only_survivors_to_pet_are_in_the_study(study: SyntheticStudy) -> None:
    follow_up = study.tables["follow_up"].set_index("patient_id")
    scans = study.tables["pet_scan"].query("tracer == '18F-Trop2'").set_index("patient_id")
    scanned = follow_up.loc[scans.index]
    assert (scanned["study_entry_day"] == scans["scan_day"]).all()
    assert (scanned["last_contact_day"] > scanned["study_entry_day"]).all()
    wait = scanned["study_entry_day"] - scanned["rai_refractory_day"]
    assert wait.between(3 * 30, 96 * 31).all()


def test_the_dead_without_a_pet_were_found_in_the_archive(study: SyntheticStudy) -> None:
    resistant = study.patients.query("rai_response == 'non_responder' and role == 'analysed'")
    follow_up = study.tables["follow_up"].set_index("patient_id").loc[resistant["patient_id"]]
    scanned = set(study.tables["pet_scan"]["patient_id"])
    gone = follow_up[~follow_up.index.isin(scanned)]
    assert (gone["vital_status"] == "dead").all()
    assert gone["study_entry_day"].isna().all()
    assert 6 <= (follow_up["vital_status"] == "dead").sum() <= 9
    assert (follow_up["ascertainment"] == "archive").all()
    assert set(gone.index) <= set(study.tables["ihc_read"]["patient_id"])


def test_what_the_rules_of_response_must_see_is_there(study: SyntheticStudy) -> None:
    derived = classify_response(study.tables, Rules()).set_index("patient_id")["response_rule"]
    traits = study.patients.dropna(subset="traits").set_index("patient_id")["traits"]
    reasons = {
        trait: {derived[p] for p, held in traits.items() if trait in held and derived[p] in REASONS}
        for trait in ("remnant_only", "tki_early", "radiation_early", "tg_at_limit")
    }
    assert reasons == {
        "remnant_only": {"remnant_only"},
        "tki_early": {"other_therapy"},
        "radiation_early": {"other_therapy"},
        "tg_at_limit": {"no_uptake_recorded"},
    }
    follow_up = study.tables["follow_up"].set_index("patient_id")
    early = [p for p, held in traits.items() if "tki_early" in held]
    assert len(early) == 3
    assert follow_up.loc[early, "tki_start_day"].notna().all()
    courses = study.tables["rai_course"]
    (shown,) = [p for p, held in traits.items() if "course_at_limit" in held]
    first = courses[courses["patient_id"] == shown].iloc[0]
    assert (first["tsh_miu_per_l"], first["activity_gbq"]) == (30.0, 1.1)
    assert "R1" in derived[shown]
    at_limit = (courses["tg_pre_ng_per_ml"] == 3.0) & (courses["tg_post_ng_per_ml"] == 2.1)
    assert at_limit.any()


@pytest.mark.parametrize(("share", "refused"), [((0.9, 1.0), True), ((0.0, 1.0), False)])
def test_a_share_of_deaths_that_never_comes_is_refused(
    share: tuple[float, float], refused: bool
) -> None:
    truth = replace(TRUTHS["assumed"], trop2=replace(TRUTHS["assumed"].trop2, deaths_share=share))
    rng = np.random.default_rng(1)
    if not refused:
        assert (draw_candidates(truth, 1, 20, rng)[0]["role"] == "analysed").sum() == 21
        return
    with pytest.raises(InputError, match="share who die was never 0.9 to 1; expected a truth"):
        draw_candidates(truth, 1, 20, rng)


def test_one_low_administration_is_scanned_twice(study: SyntheticStudy) -> None:
    scans = study.tables["pet_scan"].dropna(subset="tsh_level")
    twice = scans[scans.duplicated(["patient_id", "tsh_level"], keep=False)]
    assert twice["scan_id"].tolist() == ["T003_low", "T003_low_later"]
    assert twice["scan_day"].diff().iloc[1] == 1
    assert twice["injected_activity_mbq"].nunique() == 1
    half_life = study.pairs.set_index("patient_id").loc["T003", "biological_half_life_days"]
    first, later = (task.lesions["suv"] for task in tasks_of(study)
                    if task.scan.scan_id in set(twice["scan_id"]))  # fmt: skip
    days = [s.started_at - s.administered_at for s in study.scans if s.scan_id == "T003_low_later"]
    kept = 2 ** (-(days[0] / timedelta(days=1) - 2) / half_life.to_numpy())
    assert (later / first).to_numpy() == pytest.approx(kept)


def test_traits_worth_meeting_are_there(study: SyntheticStudy) -> None:
    courses, reads = study.tables["rai_course"], study.tables["ihc_read"]
    assert (~courses["tgab_negative"].astype(bool)).any()
    assert courses["tg_pre_ng_per_ml"].isna().any()
    assert (study.tables["pathology"]["braf_v600e"] == "not_tested").any()
    assert (~study.tables["lesion"]["structural"].astype(bool)).any()
    assert set(reads["tissue"]) == {"primary", "metastasis"}
    assert reads.groupby(["patient_id", "block_id"])["reader_id"].nunique().eq(2).all()
    assert reads.groupby("patient_id")["block_id"].nunique().max() > 2
    assert set(study.tables["lesion_uptake"]["uptake"]) >= {"avid", "non_avid"}


def test_every_empty_cell_that_was_emptied_has_its_reason(study: SyntheticStudy) -> None:
    reasons = study.tables["missing_reason"]
    for row in reasons.itertuples():
        table = study.tables[row.table_name]
        assert table.loc[table["patient_id"] == row.patient_id, row.column_name].isna().any()
    pathology = study.tables["pathology"]
    without = set(pathology.loc[pathology["vascular_invasion"].isna(), "patient_id"])
    explained = reasons[reasons["column_name"] == "vascular_invasion"]
    assert without == set(explained["patient_id"])


def test_every_header_variant_is_scanned_and_the_refused_ones_are_not_analysed(
    study: SyntheticStudy, cohort: pd.DataFrame
) -> None:
    eligible = set(cohort.loc[cohort["eligible"], "patient_id"])
    analysed = {scan.variant for scan in study.scans if scan.patient_id in eligible}
    assert analysed == {*TROP2_VARIANTS, "table_date"}
    others = [scan.variant for scan in study.scans if scan.patient_id not in eligible]
    assert sorted(others) == sorted(REFUSED_VARIANTS)
    alive_at_pet = study.patients.query("role == 'analysed'")["entry_days"].notna().sum()
    assert len(study.scans) == alive_at_pet + 20 + 1 + 2


def test_carry_over_scans_what_is_left_before_the_second_administration() -> None:
    study = make_study(TRUTHS["carry_over"], SEED, n_responders=1, n_non_responders=1, n_tsh124i=5)
    residual = [scan for scan in study.scans if scan.residual_of_first]
    assert [scan.scan_id for scan in residual] == [f"T00{k}_residual" for k in range(1, 5)]
    high = {scan.scan_id: scan for scan in study.scans if scan.tsh_level == "high"}
    for scan in residual:
        assert scan.started_at < high[scan.frame_of].administered_at
    given = study.tables["pet_scan"].set_index("scan_id")["residual_series_dir"].dropna()
    assert given.to_dict() == {s.frame_of: s.scan_id for s in residual}


def hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_another_seed_writes_other_bytes(tmp_path: Path) -> None:
    small = {"n_responders": 3, "n_non_responders": 3, "n_tsh124i": 2}
    for seed in (5, 6):
        study = make_study(TRUTHS["assumed"], seed, **small)
        write_study(study, tmp_path / str(seed), tables_only=True, workers=1)
    assert hashes(tmp_path / "5") != hashes(tmp_path / "6")


def test_command_writes_the_same_bytes_anew_and_a_study_without_a_problem(
    demo_tables: Path, tmp_path: Path
) -> None:
    out = tmp_path / "demo"
    shutil.copytree(demo_tables, out)  # an earlier one, which is replaced
    (out / "notes.txt").write_text("a reader's own")
    result = CliRunner().invoke(simulate, [str(out), "--tables-only"])
    assert result.exit_code == 0, result.output
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]
    written = hashes(out)
    assert written.keys() - hashes(demo_tables).keys() == {"notes.txt"}
    noted = {
        RECORD,
        "notes.txt",
    }  # the record notes the generator, of which the other knows nothing
    assert {n: h for n, h in written.items() if n not in noted} == {
        n: h for n, h in hashes(demo_tables).items() if n != RECORD
    }
    study, problems = examine(out, Rules())
    assert study.synthetic
    # notices of what a candidate who is not included has, of a later spread, of reads
    # that are alike in two patients: none is an error
    told = {problem.column for problem in problems if problem.severity == "notice"}
    assert told == {"course_day", "distant_metastasis", "histology", "lesion_id", "patient_id"}
    departing = [problem for problem in problems if problem.severity != "notice"]
    assert {problem.severity for problem in departing} == {"deviation"}
    # PET of a responder in the investigator's eyes; one TSH level only; TSH that never reached 100.
    assert sorted(p.column for p in departing) == ["tracer", "tsh_level", "tsh_miu_per_l"]
    truth = json.loads((out / "truth.json").read_text(encoding="utf-8"))
    assert truth["truth"]["name"] == "assumed"
    assert truth["truth"]["trop2"]["suv_by_trop2"] == 0.40
    latent = {row["patient_id"]: row for row in truth["patients"]}
    assert {"trop2_latent", "h_score_true", "growth_per_year"} <= set(latent["P001"])
    assert {"ratio_true", "suv_low_true"} <= set(truth["tsh124i_lesions"][0])


class TestWhatLiesInTheFolder:
    """An earlier study there is replaced, and what anybody else put there is not."""

    SMALL: ClassVar = {"n_responders": 1, "n_non_responders": 1, "n_tsh124i": 1}

    @pytest.fixture
    def out(self, tmp_path: Path) -> Path:
        out = tmp_path / "demo"
        self.write(out, 5)
        return out

    def write(self, out: Path, seed: int) -> None:
        study = make_study(TRUTHS["assumed"], seed, **self.SMALL)
        write_study(study, out, tables_only=True, workers=1)

    def test_a_study_of_the_generator_is_replaced_whole(self, out: Path) -> None:
        before = hashes(out)
        gone = json.loads((out / RECORD).read_text())
        (out / "tables" / "former.csv").write_text("of an earlier generator")
        gone["units"]["tables/former.csv"] = sha256(out / "tables" / "former.csv")
        (out / RECORD).write_text(json.dumps(gone))
        self.write(out, 6)
        assert hashes(out).keys() == before.keys()
        assert hashes(out) != before

    def test_a_table_changed_by_hand_stops_it(self, out: Path) -> None:
        table = out / "tables" / "patient.csv"
        table.write_text(table.read_text().replace("female", "male"))
        before = hashes(out)
        with pytest.raises(InputError, match=r"tables/patient.csv \(1 in all\) differ from what"):
            self.write(out, 6)
        assert hashes(out) == before

    def test_a_file_that_has_the_name_of_a_table_stops_it(self, out: Path) -> None:
        record = json.loads((out / RECORD).read_text())
        del record["units"]["tables/lab.csv"]
        (out / RECORD).write_text(json.dumps(record))
        with pytest.raises(InputError, match="tables/lab.csv"):
            self.write(out, 6)

    def test_without_a_record_only_the_same_study_is_taken_for_its_own(self, out: Path) -> None:
        (out / RECORD).unlink()
        with pytest.raises(InputError, match="would be overwritten"):
            self.write(out, 6)
        self.write(out, 5)
        assert (out / RECORD).is_file()


def test_something_that_is_not_synthetic_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "patient.csv").write_text("theirs", encoding="utf-8")
    study = make_study(TRUTHS["assumed"], 5, n_responders=1, n_non_responders=1, n_tsh124i=1)
    with pytest.raises(InputError, match="not a synthetic study"):
        write_study(study, tmp_path, tables_only=True, workers=1)
    assert (tmp_path / "tables" / "patient.csv").read_text(encoding="utf-8") == "theirs"
