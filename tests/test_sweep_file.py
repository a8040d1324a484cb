"""A sweep file: which settings it asks for, and everything that is refused before anything runs."""

from pathlib import Path

import pytest

from compendium.errors import InputError
from compendium.limits import named
from compendium.rules import Rules
from compendium.settings import Settings
from compendium.sweeps.asked import id_of, read_sweep
from compendium.sweeps.axes import drawn, grid, listed

ROOT = Path(__file__).resolve().parents[1]
NAMES = {"own": named("own", 3, "own"), **Rules.declared, **Settings.declared}


def test_a_grid_is_every_combination_in_order():
    found = grid({"tg_ratio": [0.6, 0.7], "block_rule": ["highest", "mean"]}, "x", NAMES)
    assert found == [
        {"tg_ratio": 0.6, "block_rule": "highest"},
        {"tg_ratio": 0.6, "block_rule": "mean"},
        {"tg_ratio": 0.7, "block_rule": "highest"},
        {"tg_ratio": 0.7, "block_rule": "mean"},
    ]


def test_steps_are_equally_far_apart_and_whole_where_the_setting_is():
    assert grid({"tg_ratio": {"from": 0.5, "to": 0.9, "steps": 3}}, "x", NAMES) == [
        {"tg_ratio": 0.5},
        {"tg_ratio": 0.7},
        {"tg_ratio": 0.9},
    ]
    assert grid({"tg_values": {"from": 2, "to": 6, "steps": 3}}, "x", NAMES) == [
        {"tg_values": 2},
        {"tg_values": 4},
        {"tg_values": 6},
    ]


def test_an_interval_and_a_list_are_one_value_of_an_axis():
    found = grid({"tsh_low": [[20, 40], [25.0, 35]], "adjust_for": [["sex"]]}, "x", NAMES)
    assert found[1] == {"tsh_low": [25.0, 35.0], "adjust_for": ["sex"]}


def test_a_random_sample_is_the_same_for_the_same_seed_and_within_its_ends():
    block = {
        "settings": 40,
        "seed": 1,
        "of": {"tg_ratio": {"from": 0.5, "to": 0.9}, "tg_values": {"from": 2, "to": 4}},
    }
    found = drawn(block, "x", NAMES)
    assert found == drawn(block, "x", NAMES)
    assert found != drawn(block | {"seed": 2}, "x", NAMES)
    assert len({one["tg_ratio"] for one in found}) == 40
    assert {one["tg_values"] for one in found} == {2, 3, 4}
    assert all(0.5 <= one["tg_ratio"] <= 0.9 for one in found)


def test_a_sample_of_few_values_draws_each_once():
    block = {"settings": 4, "seed": 1, "of": {"tg_ratio": [0.6, 0.7], "tg_values": [3, 4]}}
    found = {tuple(one.values()) for one in drawn(block, "x", NAMES)}
    assert found == {(0.6, 3), (0.6, 4), (0.7, 3), (0.7, 4)}


def test_a_setting_has_one_name_in_any_order():
    assert id_of({"a": 1, "b": [2]}) == id_of({"b": [2], "a": 1}) != id_of({"a": 1, "b": [3]})


AXES = [
    ({"tg_ration": [0.6]}, "unknown key 'tg_ration'. Did you mean 'tg_ratio'?"),
    ({"tg_ratio": [0.6, 2.5]}, "x, tg_ratio: 2.5 is not possible; expected a number, over 0"),
    ({"block_rule": ["lowest"]}, "x, block_rule: 'lowest' is not possible"),
    ({"tg_ratio": [0.6, 0.6]}, "x, tg_ratio: 0.6 is there twice. Delete one."),
    ({"tg_ratio": 0.6}, "x, tg_ratio: 0.6; expected a list of values"),
    ({"tg_ratio": {"from": 0.9, "to": 0.5, "steps": 3}}, "from 0.9 to 0.5; expected from < to"),
    ({"tg_ratio": {"from": 0.5, "to": 3, "steps": 3}}, "x, tg_ratio: 3 is not possible"),
    ({"tki": {"from": 1, "to": 2, "steps": 2}}, "x, tki: from and to are of a number"),
    (
        {"tg_ratio": {"from": 0.5, "to": 0.9, "steps": 10_000_000}},
        "x: 10,000,000 settings (tg_ratio 10,000,000); a sweep has at most 20,000.",
    ),
    (
        {"tg_ratio": {"from": 0.5, "to": 0.9, "steps": 200}, "tg_values": [2, 3] * 100},
        "x: 40,000 settings (tg_ratio 200 × tg_values 200)",
    ),
    ({}, "x: expected `name: values` lines"),
]


@pytest.mark.parametrize(("axes", "message"), AXES)
def test_an_axis_that_cannot_be_is_refused(axes, message):
    with pytest.raises(InputError) as refused:
        grid(axes, "x", NAMES)
    assert message in str(refused.value)


RANDOM = [
    (
        {"settings": 5, "seed": 1, "of": {"tg_ratio": [0.6, 0.7]}},
        "5 are asked for; the values make 2",
    ),
    ({"settings": 5, "of": {"tg_ratio": [0.6]}}, "x, seed: None; expected a whole number"),
    (
        {"settings": 5, "seed": 1, "of": {"tki": {"from": 1, "to": 2}}},
        "from and to are of a number",
    ),
    ({"settings": 10_000_000, "seed": 1, "of": {}}, "x: 10,000,000 settings"),
]


@pytest.mark.parametrize(("block", "message"), RANDOM)
def test_a_sample_that_cannot_be_is_refused(block, message):
    with pytest.raises(InputError) as refused:
        drawn(block, "x", NAMES)
    assert message in str(refused.value)


def test_a_list_keeps_its_settings_and_refuses_one_twice():
    assert listed([{}, {"tg_ratio": 0.6}], "x", NAMES) == [{}, {"tg_ratio": 0.6}]
    with pytest.raises(InputError, match="x, setting 2: .* is there twice"):
        listed([{"tg_ratio": 0.6}, {"tg_ratio": 0.6}], "x", NAMES)


BASE = "studies: [demo]\nchapters: [02_trop2_ihc]\n"
FILES = [
    ("chapters: [01_cohort]\ngrid: {tg_ratio: [0.6]}\n", "studies: None; expected a list of names"),
    ("studies: [nobody]\nchapters: [01_cohort]\n", "nobody.yml: there is no such file"),
    ("studies: [demo]\nchapters: [02_ihc]\n", "unknown key '02_ihc'. Did you mean"),
    (BASE, "settings are given in one of grid, list, random; found none"),
    (BASE + "grid: {tg_ratio: [0.6]}\nlist: [{}]\n", "found grid, list"),
    (BASE + "axes: {}\n", "unknown key 'axes'"),
    (BASE + "name: A b\nlist: [{}]\n", "name: 'A b'; expected lower-case words"),
    (BASE + "figures: 1\nlist: [{}]\n", "figures: 1; expected true or false"),
    (BASE + "grid: {mean_years: [1.0]}\n", "'mean_years' is a setting of no chapter of this sweep"),
    (BASE + "grid: {workers: [1, 2]}\n", "unknown key 'workers'"),
    (BASE + "grid: {results_dir: [a]}\n", "unknown key 'results_dir'"),
    (
        BASE + "grid: {min_age_years: [18, 60], max_age_years: [50, 75]}\n",
        "1 of 4 settings contradict themselves; nothing was run. The first: setting 3 "
        "{'min_age_years': 60.0, 'max_age_years': 50.0}: min_age_years is 60.0 and max_age_years "
        "50.0; expected the first under the second.",
    ),
]


@pytest.mark.parametrize(("text", "message"), FILES)
def test_a_file_that_cannot_be_is_refused(tmp_path, monkeypatch, text, message):
    monkeypatch.setenv("COMPENDIUM_ROOT", str(ROOT))
    path = tmp_path / "trial.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_sweep(path, ROOT)
    assert message in str(refused.value)


def test_a_sweep_takes_the_chapters_before_those_asked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPENDIUM_ROOT", str(ROOT))
    path = tmp_path / "trial.yml"
    path.write_text(BASE + "grid: {seed: [1, 2], cutoff_resamples: [50]}\n", encoding="utf-8")
    sweep = read_sweep(path, ROOT)
    assert [chapter.name for chapter in sweep.chapters] == ["01_cohort", "02_trop2_ihc"]
    assert (sweep.name, sweep.axes, sweep.figures) == ("trial", ["seed", "cutoff_resamples"], False)
    assert len(sweep.settings) == 2
