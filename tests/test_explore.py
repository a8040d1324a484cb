"""The bench: one page a patient, and other rules tried, each as the engine has it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mini_study import ROOT

from compendium import explore
from compendium.cohort import membership
from compendium.cohort.eligibility import eligibility_rules
from compendium.disease.progression import classify_progression
from compendium.disease.response import classify_response
from compendium.errors import InputError
from compendium.explore.hints import shown_table
from compendium.explore.knobs import knob_of, limit_of
from compendium.explore.opened import Opened, opened
from compendium.explore.trying import SCORING, under
from compendium.explore.trying_uptake import visible_by
from compendium.limits import plain
from compendium.pipeline.hints import meaning_of
from compendium.rules import Rules
from compendium.strict_yaml import read_yaml
from compendium.trop2 import comparison, ihc


@pytest.fixture(scope="module")
def bench(demo_tables: Path, tmp_path_factory: pytest.TempPathFactory):
    root = tmp_path_factory.mktemp("bench")
    for name in ("params", "notebooks"):
        (root / name).symlink_to(ROOT / name)
    (root / "pyproject.toml").touch()
    (root / "data").mkdir()
    (root / "data/demo").symlink_to(demo_tables)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMPENDIUM_ROOT", str(root))
        patch.chdir(root)
        yield opened("demo")


def patients_of(bench: Opened) -> pd.DataFrame:
    ledger = membership.judge(bench.tables, eligibility_rules(bench.rules))
    cohort = membership.cohort_of(ledger)
    belongs = cohort[cohort["eligible"] & (cohort["study"] == "TROP2")]
    return belongs.merge(classify_response(bench.tables, bench.rules), on="patient_id")


@pytest.mark.slow
class TestPatient:
    def test_shows_what_the_engine_finds_of_him(self, bench):
        found = classify_response(bench.tables, bench.rules).set_index("patient_id")
        course = classify_progression(bench.tables, bench.rules).set_index("patient_id")
        ledger = membership.judge(bench.tables, eligibility_rules(bench.rules))
        resistant = found.index[found["rai_response"] == "non_responder"]
        patient = resistant.intersection(course.index)[0]
        page = explore.patient("demo", patient)
        classes = page.classes.set_index("name")["value"]
        assert classes["rai_response"] == "non_responder"
        assert classes["response_rule"] == found.at[patient, "response_rule"]
        assert classes["progression"] == course.at[patient, "progression"]
        own = ledger[ledger["patient_id"] == patient]
        assert page.rules["verdict"].tolist() == own["verdict"].tolist()
        assert page.rules["value"].tolist() == own["value"].tolist()

    def test_has_his_scores_lesions_and_days_in_order(self, bench):
        patient = bench.tables["ihc_read"]["patient_id"].iloc[0]
        page = explore.patient("demo", patient)
        reads = bench.tables["ihc_read"]
        scores = ihc.one_score_each(ihc.of_one_clone(reads)).set_index(["patient_id", "tissue"])
        for row in page.scores.to_dict("records"):
            assert row["h_score"] == scores.at[(patient, row["tissue"]), "h_score"]
        lesions = bench.tables["lesion"]
        assert len(page.lesions) == (lesions["patient_id"] == patient).sum()
        assert page.events["day"].is_monotonic_increasing
        courses = bench.tables["rai_course"]
        own = courses.loc[courses["patient_id"] == patient, "course_day"]
        shown = page.events.loc[page.events["event"] == "course of ¹³¹I", "day"]
        assert shown.tolist() == sorted(own.tolist())
        assert f"Patient {patient} of " in page._repr_html_()
        visits = page.events.loc[page.events["event"] == "assessment", "detail"]
        assert visits.str.fullmatch(
            r"sum target diameters [\d.]+ mm; (no )?new lesion; (no )?non target progression; "
            r"(no )?lesions disappeared"
        ).all()

    def test_that_is_not_there_is_refused(self, bench):
        with pytest.raises(InputError, match="has no patient 'X1'; it has .*, such as"):
            explore.patient("demo", "X1")
        with pytest.raises(InputError, match="there is no such file"):
            explore.patient("none", "P001")


@pytest.mark.slow
class TestWhatIf:
    def here(self, **changed: object) -> pd.Series:
        return explore.what_if("demo", **changed).numbers.set_index("id")["here"]

    def test_has_the_groups_of_the_engine(self, bench):
        cohort = membership.cohort_of(
            membership.judge(bench.tables, eligibility_rules(Rules(tg_ratio=0.5)))
        )
        found = classify_response(bench.tables, Rules(tg_ratio=0.5))
        belongs = cohort.loc[cohort["eligible"] & (cohort["study"] == "TROP2"), "patient_id"]
        counts = found.loc[found["patient_id"].isin(belongs), "rai_response"].value_counts()
        here = self.here(tg_ratio=0.5)
        for group in ("responder", "non_responder", "indeterminate"):
            assert here[f"n_{group}"] == f"{counts[group]} patients"

    def test_takes_another_way_of_scoring(self, bench):
        reads = ihc.of_one_clone(bench.tables["ihc_read"])
        shifts = {}
        for rule in ("highest", "mean"):
            scores = ihc.with_scores(patients_of(bench), ihc.one_score_each(reads, block_rule=rule))
            groups = ("responder", "non_responder")
            shifts[rule] = comparison.shift_of_scores(scores, "rai_response", groups).estimate
        assert shifts["mean"] != shifts["highest"]
        assert self.here(block_rule="mean")["trop2_shift"].startswith(f"{shifts['mean']:.1f} ")

    def test_is_kept_by_writing_a_sweep(self, bench, tmp_path):
        from compendium.sweeps.asked import read_sweep

        tried = explore.what_if("demo", tg_ratio=0.5)
        assert set(tried.numbers["distance"]) == {"not published"}
        path = tried.to_sweep(tmp_path / "tried.yml")
        assert read_yaml(path.read_text(), "x")["list"] == [{"tg_ratio": 0.5}]
        assert read_sweep(path, bench.study.path.parents[1]).settings == ({"tg_ratio": 0.5},)
        with pytest.raises(InputError, match="is there already"):
            tried.to_sweep(path)
        with pytest.raises(InputError, match="nothing differs"):
            replace(tried, setting={}).to_sweep(tmp_path / "none.yml")

    def test_of_an_unknown_rule_is_refused(self, bench):
        with pytest.raises(InputError, match="unknown key 'tg_ration'. Did you mean 'tg_ratio'"):
            explore.what_if("demo", tg_ration=0.5)


def tsh_lesions() -> pd.DataFrame:
    """Two lesions, 5 over a background of 2 ± 0.5, and one without background."""
    return pd.DataFrame(
        {
            "suv_max": [5.0, 5.0, 3.0],
            "background_mean": [2.0, 2.0, np.nan],
            "background_sd": [0.5, 1.5, np.nan],
        }
    )


class TestVisibility:
    def test_follows_from_the_backgrounds_by_the_engines_rule(self):
        found = visible_by(tsh_lesions(), Rules(avid_sds=3.0, avid_ratio=1.5))
        assert found["avid"].tolist() == [True, False, pd.NA]
        assert found["visibility_limit_suv"].tolist()[:2] == [3.5, 6.5]
        moved = visible_by(tsh_lesions(), Rules(avid_sds=1.0, avid_ratio=2.6))
        assert moved["avid"].tolist()[:2] == [False, False]

    def test_under_a_fixed_limit_is_left_to_it(self):
        lesions = tsh_lesions()
        assert visible_by(lesions, Rules(detection_limit_suv=2.0)) is lesions


@pytest.mark.slow
class TestSliders:
    def test_lead_to_what_the_rules_lead_to(self, bench):
        shown = explore.sliders("demo", "tg_ratio", "block_rule", "tg_post_days")
        shown.knobs["tg_ratio"].value = 0.5
        shown.knobs["block_rule"].value = "mean"
        shown.knobs["tg_post_days"].value = (60, 400)
        setting = {"tg_ratio": 0.5, "block_rule": "mean", "tg_post_days": [60, 400]}
        assert shown.setting == setting
        there = explore.what_if("demo", **setting).numbers
        pd.testing.assert_frame_equal(shown.tried.numbers, there)
        for number in there["here"]:
            assert number in shown.shown.value
        shown.back()
        assert shown.setting == {}
        pd.testing.assert_frame_equal(shown.tried.numbers, explore.what_if("demo").numbers)

    def test_that_a_browser_sets_to_the_study_s_own_differ_in_nothing(self, bench):
        shown = explore.sliders("demo", "tg_ratio", "tg_post_days")
        shown.knobs["tg_ratio"].value = 0.7000000000000001  # as a browser counts its steps
        assert shown.setting == {}
        assert "Explored, not published: the rules of the study." in shown.shown.value

    def test_write_a_sweep_that_the_command_takes(self, bench, tmp_path):
        from compendium.sweeps.asked import read_sweep

        shown = explore.sliders("demo", "tg_ratio")
        shown.file.value = str(tmp_path / "tried.yml")
        shown.keep()
        assert "nothing differs" in shown.said.value
        shown.knobs["tg_ratio"].value = 0.5
        shown.keep()
        root = bench.study.path.parents[1]
        assert read_sweep(tmp_path / "tried.yml", root).settings == ({"tg_ratio": 0.5},)

    def test_of_rules_that_contradict_each_other_say_so(self, bench):
        shown = explore.sliders("demo", "min_age_years", "max_age_years")
        shown.knobs["max_age_years"].value = 20
        shown.knobs["min_age_years"].value = 30
        assert "expected the first under the second" in shown.said.value

    def test_of_a_rule_that_decides_nothing_here_say_so(self, bench):
        tried = explore.what_if("demo", shell_outer_mm=20.0)
        assert tried.idle == ("shell_outer_mm",)
        assert "shell_outer_mm: decides nothing of what is shown here" in tried._repr_html_()
        assert explore.what_if("demo", tg_ratio=0.5).idle == ()

    def test_of_a_study_of_one_patient_count_him(self, bench):
        name = bench.first_patient
        own = {
            key: table[table["patient_id"] == name] if "patient_id" in table else table
            for key, table in bench.tables.items()
        }
        alone = replace(bench, study=replace(bench.study, tables=own))
        numbers = under(alone, {}).numbers.set_index("id")["here"]
        groups = [f"n_{group}" for group in ("responder", "non_responder", "indeterminate")]
        assert sum(int(numbers[group].split()[0]) for group in groups) <= 1
        assert numbers["trop2_shift"].startswith("not estimable")

    def test_of_an_unknown_rule_are_refused(self, bench):
        with pytest.raises(InputError, match="unknown key 'tg'"):
            explore.sliders("demo", "tg")


@pytest.mark.built
@pytest.mark.slow
def test_without_a_change_every_number_is_as_published(monkeypatch):
    monkeypatch.setenv("COMPENDIUM_ROOT", str(ROOT))
    numbers = explore.what_if("demo").numbers
    assert {"tsh_ratio", "tsh_avidity", "trop2_shift", "n_responder"} <= set(numbers["id"])
    assert set(numbers["distance"]) == {"as published"}


def test_every_rule_has_a_knob_at_its_own_value():
    for name in (*Rules.declared, *SCORING):
        default = plain(limit_of(name).default)
        knob = knob_of(name, default)
        assert plain(knob.value) == default, name
        assert limit_of(name).meaning in knob.tooltip


def test_headings_explain_themselves_by_the_data_dictionary():
    shown = shown_table(pd.DataFrame({"tg_ng_per_ml": [1.0], "own": [2.0]}))
    assert f'title="{meaning_of("tg_ng_per_ml")}"' in shown
    assert meaning_of("tg_ng_per_ml").endswith("(ng/mL)")
    assert shown.count("title=") == 1
