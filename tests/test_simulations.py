"""A simulation is made once, and made anew where anything that it is made from has changed."""

import numpy as np
import pandas as pd
import pytest

from compendium.files import project_root
from compendium.operating import tsh
from compendium.pipeline import simulations
from compendium.pipeline.simulations import kept_or_made
from compendium.remembered import Remembered

ARGUMENTS = {"truths": ["null"], "n_studies": 2, "methods": [tsh.PRIMARY], "workers": 1}


@pytest.fixture
def run(tmp_path, monkeypatch):
    calls = []

    class OneModule:
        """Code whose hash a test sets."""

        said = "a"

        def __init__(self, root, remembered):
            pass

        def reached(self, names):
            return set(names)

        def hashes(self, modules):
            return {name: OneModule.said for name in modules}

    monkeypatch.setattr(simulations, "Code", OneModule)

    def counted(rng, **arguments):
        calls.append(arguments)
        return tsh.operating_characteristics(rng, **arguments)

    counted.__module__, counted.__qualname__ = tsh.__name__, "operating_characteristics"

    def once(seed=1, **changed):
        rng = np.random.default_rng(seed)
        return kept_or_made(tmp_path, Remembered(), counted, seed, rng, ARGUMENTS | changed)

    once.calls, once.code = calls, OneModule
    return once


def test_the_second_asks_nothing_and_gets_the_same(run):
    first, second = run(), run(workers=2)
    pd.testing.assert_frame_equal(first, second)
    assert len(run.calls) == 1
    assert first["truth"].tolist() == ["null"]  # a name, not a gap


def test_what_is_kept_is_what_was_made(run):
    rng = np.random.default_rng(1)
    pd.testing.assert_frame_equal(run(), tsh.operating_characteristics(rng, **ARGUMENTS))


@pytest.mark.parametrize("changed", [{"seed": 2}, {"n_studies": 3}, {"truths": ["assumed"]}])
def test_another_seed_or_argument_is_another_simulation(run, changed):
    run()
    run(**changed)
    assert len(run.calls) == 2


def test_changed_code_is_another_simulation(run):
    run()
    run.code.said = "b"
    run()
    assert len(run.calls) == 2


def test_the_oldest_are_forgotten(run, tmp_path, monkeypatch):
    monkeypatch.setattr(simulations, "KEPT", 2)
    for seed in range(4):
        run(seed=seed)
    assert len(list((tmp_path / ".compendium" / "simulations").glob("*.csv"))) == 2


def test_a_changed_table_is_not_taken(run, tmp_path):
    first = run()
    (kept,) = (tmp_path / ".compendium" / "simulations").glob("*.csv")
    kept.write_text(kept.read_text().replace("null", "none"))
    pd.testing.assert_frame_equal(run(), first)
    assert len(run.calls) == 2


def test_a_table_that_came_with_the_release_is_taken(run, tmp_path):
    first = run()
    (tmp_path / ".compendium" / "simulations").rename(tmp_path / "simulations")
    pd.testing.assert_frame_equal(run(), first)
    assert len(run.calls) == 1


@pytest.mark.slow
def test_the_code_of_a_real_simulation_is_found():
    code = simulations.Code(project_root(), Remembered())
    reached = code.reached(["compendium.operating.grid"])
    assert {"compendium.statistics.ranks", "compendium.synthetic.truth"} <= reached
    assert not any(name.startswith("compendium.pipeline") for name in reached)
