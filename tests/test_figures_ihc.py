"""Figures of the Trop2 chapter: drawn for every state of the data, and labelled."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PolyCollection
from printed import faults

from compendium.errors import InputError
from compendium.figures.forest import forest
from compendium.statistics.calibration import validate_model
from compendium.statistics.cutoff import bootstrap_cutoff, maximally_selected
from compendium.trop2 import figures as draw
from compendium.trop2.agreement import reader_agreement
from compendium.trop2.comparison import compare_scores
from compendium.trop2.dag import TROP2_ARROWS, TROP2_NODES, causal_graph
from compendium.trop2.ihc import scored

pytestmark = pytest.mark.slow

GROUPS = ("responder", "non_responder")


def texts(figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(lambda o: hasattr(o, "get_text")))


def patients(n: int = 24) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "rai_response": ["responder", "non_responder"] * (n // 2),
            "h_score": np.clip(rng.normal(140, 60, n), 0, 300).round(),
        }
    )


class TestScores:
    def test_every_patient_is_a_dot(self):
        figure = draw.scores_by_group(patients(), "rai_response", GROUPS)
        dots = sum(len(c.get_offsets()) for c in figure.axes[0].collections if len(c.get_sizes()))
        assert dots == 24
        assert "Responders\nn = 12" in texts(figure)

    def test_an_empty_group_and_a_missing_auc_say_so(self):
        frame = patients().assign(rai_response="responder")
        _, auc = compare_scores(frame, "rai_response", GROUPS)
        figure = draw.scores_by_group(frame, "rai_response", GROUPS, auc=auc)
        assert "no patient" in texts(figure)
        assert "AUC not estimable:\n0 in the compared group" in texts(figure)

    def test_no_dot_covers_another(self):
        crowd = patients(60).assign(h_score=lambda frame: frame["h_score"].round(-1))
        figure = draw.scores_by_group(crowd, "rai_response", GROUPS)
        assert faults(figure) == []
        swarms = [c for c in figure.axes[0].collections if len(c.get_sizes())]
        for swarm in swarms:
            at = swarm.get_offset_transform().transform(swarm.get_offsets())
            apart = np.hypot(*(at[:, None] - at).transpose(2, 0, 1))
            np.fill_diagonal(apart, np.inf)
            assert apart.min() * 72 / figure.dpi >= 0.95 * draw.DOT_PT

    def test_few_patients_have_no_density(self):
        def areas(figure):
            return sum(isinstance(c, PolyCollection) for c in figure.axes[0].collections)

        assert areas(draw.scores_by_group(patients(40), "rai_response", GROUPS)) == 2
        assert areas(draw.scores_by_group(patients(10), "rai_response", GROUPS)) == 0


def test_readers_and_one_reader():
    rows = [
        (f"P{i}", "A", r, "primary", 10.0 * i, i % 3 if r == "x" else 0.0, 0.0)
        for i in range(9)
        for r in "xy"
    ]
    names = ["patient_id", "block_id", "reader_id", "tissue", "pct_3", "pct_2", "pct_1"]
    shares = pd.DataFrame(rows, columns=names)
    shares["pct_0"] = 100.0 - shares[["pct_1", "pct_2", "pct_3"]].sum(axis=1)
    reads = scored(shares)
    figure = draw.two_readers(reader_agreement(reads))
    assert "H-score by x" in texts(figure)
    assert faults(figure) == []
    alone = reader_agreement(reads[reads["reader_id"] == "x"])
    assert "not estimable: one reader; agreement needs two readers" in texts(
        draw.two_readers(alone)
    )


def test_cutoff_with_and_without():
    frame = patients()
    event = (frame["rai_response"] == "non_responder").to_numpy()
    score, rng = frame["h_score"].to_numpy(), np.random.default_rng(1)
    found = bootstrap_cutoff(score[~event], score[event], rng, resamples=200)
    figure = draw.cutoff_search(found, score, event, maximally_selected(score, event))
    assert "corrected for the search p" in texts(figure)
    assert faults(figure) == []
    nobody = bootstrap_cutoff([], score, rng)
    empty = draw.cutoff_search(nobody, score, event, maximally_selected(score, event))
    assert "not estimable: 0 in the reference group" in texts(empty)


def test_calibration_with_and_without():
    rng = np.random.default_rng(1)
    design = pd.DataFrame({"x": rng.normal(size=40)})
    event = rng.random(40) < 0.5
    judged = validate_model(design, event, rng, resamples=20)
    figure = draw.calibration_plot(judged)
    assert "corrected for optimism" in texts(figure)
    assert faults(figure) == []
    empty = validate_model(design[:5], event[:5], rng)
    assert "not estimable" in texts(draw.calibration_plot(empty))


class TestForest:
    ROWS = pd.DataFrame(
        {
            "label": ["a", "b", "c"],
            "estimate": [2.0, np.nan, 1.5],
            "low": [1.2, np.nan, 0.1],
            "high": [3.3, np.nan, np.inf],
            "p": [0.01, np.nan, 0.4],
            "n": [60, 3, 44],
            "reason": ["", "2 deaths", ""],
        }
    )

    def test_numbers_reasons_and_unbounded_limits(self):
        figure = forest(self.ROWS, xlabel="Odds ratio")
        assert faults(figure) == []
        shown = texts(figure)
        assert "2.00 (1.20 to 3.30)" in shown
        assert "not estimable: 2 deaths" in shown
        assert "1.50 (0.10 to ∞)" in shown

    def test_a_guarded_test_is_named_in_the_place_of_its_p(self):
        guarded = self.ROWS.assign(guarded=["trop2_shift", "", np.nan])
        shown = texts(forest(guarded, xlabel="Odds ratio"))
        assert shown.count("guarded") == 1
        assert "0.40" in shown

    def test_nothing_estimable_is_drawn_all_the_same(self):
        figure = forest(self.ROWS[1:2], xlabel="Odds ratio")
        assert "not estimable: 2 deaths" in texts(figure)

    def test_groups_have_headings_once(self):
        grouped = self.ROWS.assign(group=["First", "First", "Second"])
        labels = [t.get_text() for t in forest(grouped, xlabel="x").axes[0].get_yticklabels()]
        assert labels == ["First", "   a", "   b", "Second", "   c"]

    def test_a_group_without_an_estimate_is_one_row(self):
        refused = self.ROWS.assign(group="Refused", reason=["2 deaths", "9 events", "2 deaths"])
        figure = forest(pd.concat([self.ROWS.assign(group="Told"), refused]), xlabel="x")
        labels = [t.get_text() for t in figure.axes[0].get_yticklabels()]
        assert labels == ["Told", "   a", "   b", "   c", "Refused"]
        assert "not estimable: none of 3: 2 deaths / 9 events" in texts(figure)
        assert faults(figure) == []

    def test_reasons_that_find_no_room_are_counted_not_cut(self):
        long = [f"{n} events for a continuous factor; under {n + 9} its estimate is biased" * 2
                for n in range(3)]  # fmt: skip
        refused = self.ROWS.assign(group="Refused", reason=long)
        figure = forest(pd.concat([self.ROWS.assign(group="Told"), refused]), xlabel="x")
        assert "not estimable: none of 3, for 3 reasons given in its data" in texts(figure)

    def test_differences_have_a_plain_axis(self):
        figure = forest(self.ROWS[:1], xlabel="points", reference=0, log=False, spec=".1f")
        assert figure.axes[0].get_xscale() == "linear"
        assert "2.0 (1.2 to 3.3)" in texts(figure)


class TestGraph:
    def test_arrows_join_nodes_and_do_not_circle(self):
        assert {name for arrow in TROP2_ARROWS for name in arrow[:2]} == set(TROP2_NODES)
        figure = causal_graph(["braf_v600e"])
        assert "measured, adjusted for" in texts(figure)
        assert faults(figure) == []

    def test_a_circle_is_refused(self):
        with pytest.raises(InputError, match="go round in a circle"):
            causal_graph([], arrows=[*TROP2_ARROWS, ("response", "braf", 0.0)])
