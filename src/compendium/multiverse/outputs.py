"""What the chapter on choices publishes: ids, headings and captions."""

import math
from collections.abc import Iterator
from functools import partial

import pandas as pd

from compendium.estimates import Estimate
from compendium.multiverse.curve import Question, summary, variance_shares
from compendium.multiverse.figures import curve_figure
from compendium.published import Figure, Number, Part, Table, result


@result
def curve(question: Question, found: pd.DataFrame, tested: Estimate) -> Iterator[Part]:
    """A specification curve: what it says as a whole, what moves it most, and every setting."""
    yield from _numbers(question, found, tested)
    yield Figure(
        f"multiverse_{question.id}",
        partial(curve_figure, question, found),
        marks="setting",
        alt=f"{question.label} under {len(found)} settings in the order of their estimates, "
        "with the choice of each decision below",
        caption=f"{question.label}: the estimate under every combination of choices, with 95% "
        "intervals, in the order of the estimates. A stroke below marks the choice that a setting "
        "takes; a choice without strokes has no estimate. Intervals that reach beyond nearly all "
        "others are cut.",
        data=found,
    )


def _numbers(question: Question, found: pd.DataFrame, tested: Estimate) -> Iterator[Number]:
    said, moves = summary(question, found), variance_shares(question, found)
    whole = {"settings": said.settings, "estimable": said.estimable}
    values = {"lowest": said.lowest, "median": said.median, "highest": said.highest}
    percent = {"same_sign": said.same_sign, "beyond_null": said.beyond_null}
    percent["decision_share"] = float(moves["share"][0]) if said.estimable else math.nan
    yield from (_number(question, name, count, "d") for name, count in whole.items())
    yield from (_number(question, name, value, question.spec) for name, value in values.items())
    yield from (_number(question, name, 100 * share, ".0f") for name, share in percent.items())
    yield _number(question, "decision", str(moves["decision"][0]) if said.estimable else "none")
    label = f"{question.label}: median distance from the null, permutation test"
    yield Number(f"multiverse_{question.id}_test", tested, label=label)


def _number(question: Question, name: str, value: float | str, spec: str = "") -> Number:
    """A number of the curve as a whole, which counts settings and no people."""
    known = isinstance(value, str) or math.isfinite(value)
    label = f"{question.label}: {name.replace('_', ' ')}"
    return Number(
        f"multiverse_{question.id}_{name}",
        value if known else "not estimable",
        format=spec or ".2f",
        people=False,
        label=f"{label}, %" if spec == ".0f" else label,
    )


@result
def decisions(curves: list[tuple[Question, pd.DataFrame]]) -> Iterator[Part]:
    """Which decision moves which answer by how much, and how many settings there are.

    Questions about what the study does not hold are left out.
    """
    curves = [(question, found) for question, found in curves if question.asked]
    total = sum(len(found) for _, found in curves)
    label = "Settings of all specification curves"
    yield Number("multiverse_settings", total, format="d", people=False, label=label)
    shares = [variance_shares(q, found).assign(question=q.label) for q, found in curves]
    none = pd.DataFrame(columns=["question", "decision", "choices", "share"])
    table = pd.concat(shares, ignore_index=True) if shares else none
    table["share"] *= 100
    yield Table(
        "multiverse_decisions",
        table[["question", "decision", "choices", "share"]],
        rows="setting",
        columns={
            "question": "Answer",
            "decision": "Decision",
            "choices": "Choices with an answer",
            "share": "Share of the variance, %",
        },
        formats={"share": ".0f"},
        measures=("choices",),
        caption="The share of the variance between the settings' estimates that lies between the "
        "choices of each decision; of ratios, of their logarithms. What an answer's shares lack of "
        "100% lies in how choices act together.",
        max_rows=max(len(table), 1),  # all
    )
