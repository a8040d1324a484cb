"""A specification curve: one question answered under every combination of decisions.

Source:
    Simonsohn, Simmons & Nelson, Nat Hum Behav 2020, doi:10.1038/s41562-020-0912-z; Steegen et al.,
    Perspect Psychol Sci 2016, doi:10.1177/1745691616658637.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import NotEstimable
from compendium.estimates import ROUNDING, Estimate, labelled, require_at_least
from compendium.rules import Rules
from compendium.statistics.penalised_logistic import FloatArray

Groups = NDArray[np.int_]
Choices = Mapping[str, Any]  # by label; the analysed one is the first
OF_ESTIMATE = ("estimate", "low", "high", "reason")


@dataclass(frozen=True)
class Question:
    """A question and the decisions on which its answer rests.

    Attributes:
        id: of its outputs.
        label: what is estimated, in the words of a heading.
        null: the value without effect.
        ratio: whether it is a ratio, whose effect is its logarithm.
        decisions: choices by decision.
        estimate: the answer under one choice of each decision.
        sides: of a comparison of two groups of patients, each patient's score (nan without) and
            group (1, 0, or -1 in neither) under the same; None where there is no such comparison.
        asked: whether the study holds what it is a question about.
        spec: Python format of its estimates.
    """

    id: str
    label: str
    null: float
    ratio: bool
    decisions: Mapping[str, Choices]
    estimate: Callable[[Mapping[str, Any]], Estimate]
    sides: Callable[[Mapping[str, Any]], tuple[FloatArray, Groups]] | None = None
    asked: bool = True
    spec: str = ".2f"

    @property
    def open_decisions(self) -> dict[str, Choices]:
        """The decisions that leave a choice: one with a single choice decides nothing."""
        return {name: choices for name, choices in self.decisions.items() if len(choices) > 1}

    def settings(self) -> list[dict[str, str]]:
        """The label chosen of each decision, for every combination; the analysed one first.

        None where the study holds nothing that is asked about.
        """
        every = product(*self.decisions.values()) if self.asked else ()
        return [dict(zip(self.decisions, chosen, strict=True)) for chosen in every]

    def values(self, setting: Mapping[str, str]) -> dict[str, Any]:
        """What the labels of a setting stand for."""
        return {name: self.decisions[name][label] for name, label in setting.items()}

    def effect(self, estimate: pd.Series) -> pd.Series:
        """How far estimates are from no effect; of ratios on the scale of logarithms."""
        with np.errstate(divide="ignore"):  # the odds are 0 where one group has no such patient
            far = np.log(estimate / self.null) if self.ratio else estimate - self.null
        # What differs by a rounding error lies on one side, and is no variance.
        return far.round(12)


def by_rule(rules: Rules, name: str, *others: Any, said: str = "{:g}") -> dict[str, dict[str, Any]]:
    """Choices of a rule: the study's own value first, then the others that differ from it."""
    own = getattr(rules, name)
    values = [own, *(value for value in others if value != own)]
    return {said.format(value): {name: value} for value in values}


def yes_or_no(rules: Rules, name: str, yes: str, no: str) -> dict[str, dict[str, Any]]:
    """Choices of a rule that is so or not, the study's own first."""
    own = getattr(rules, name)
    labels = {True: yes, False: no}
    return {labels[value]: {name: value} for value in (own, not own)}


def specification_curve(question: Question) -> pd.DataFrame:
    """The answer under every combination, the lowest first, those without an estimate last.

    Returns:
        A column a decision that leaves a choice, with the label chosen; analysed; estimate, low,
        high and reason.
    """
    rows = []
    for place, setting in enumerate(question.settings()):
        found = question.estimate(question.values(setting)).as_row()
        own = {name: found[name] for name in OF_ESTIMATE}
        chosen = {name: setting[name] for name in question.open_decisions}
        rows.append({**chosen, "analysed": place == 0, **own})
    frame = pd.DataFrame(rows, columns=[*question.open_decisions, "analysed", *OF_ESTIMATE])
    typed = frame.astype({"analysed": bool, "estimate": float, "low": float, "high": float})
    return typed.sort_values("estimate", kind="stable", ignore_index=True)


def variance_shares(question: Question, curve: pd.DataFrame) -> pd.DataFrame:
    """The share of the variance between estimates that lies between the choices of each decision.

    Of ratios, those of 0 or without end are no part of it.

    Returns:
        decision, choices (how many are left where the answer is estimable), share; largest first.
    """
    effect = question.effect(curve["estimate"])
    known, effect = curve[np.isfinite(effect)], effect[np.isfinite(effect)]
    total = float(((effect - effect.mean()) ** 2).sum())
    rows = []
    for name in question.open_decisions:
        means = effect.groupby(known[name]).transform("mean")
        between = float(((means - effect.mean()) ** 2).sum())
        share = between / total if total > 0 else 0.0
        rows.append({"decision": name, "choices": known[name].nunique(), "share": share})
    frame = pd.DataFrame(rows, columns=["decision", "choices", "share"])
    return frame.sort_values("share", ascending=False, ignore_index=True)


@dataclass(frozen=True)
class Summary:
    """What a curve says as a whole.

    Attributes:
        settings, estimable: how many there are, and how many have an estimate.
        lowest, median, highest: of the estimates.
        same_sign: share of the estimable on the side of the analysed one.
        beyond_null: share of the estimable whose interval leaves the null out.
    """

    settings: int
    estimable: int
    lowest: float
    median: float
    highest: float
    same_sign: float
    beyond_null: float


def summary(question: Question, curve: pd.DataFrame) -> Summary:
    """A curve in numbers; shares are nan where the analysed setting has no estimate."""
    known = curve[curve["estimate"].notna()]
    if not len(known):
        none = math.nan
        return Summary(len(curve), 0, none, none, none, none, none)
    effect = np.sign(question.effect(known["estimate"]))
    analysed = effect[known["analysed"]]
    same = float((effect == analysed.iloc[0]).mean()) if len(analysed) else math.nan
    beyond = (known["low"] > question.null) | (known["high"] < question.null)
    lowest, median, highest = (float(known["estimate"].quantile(at)) for at in (0.0, 0.5, 1.0))
    share = float(beyond.mean())
    return Summary(len(curve), len(known), lowest, median, highest, same, share)


@labelled
def permutation_test(question: Question, rng: np.random.Generator, *, shuffles: int) -> Estimate:
    """The curve's median distance from the null, with p under shuffling of the patients' scores.

    A shuffle gives all scores of one patient to another, so that under every setting groups, scores
    and ties stay what they are and only their relation is lost. p is two-sided.

    Raises:
        NotEstimable: the question compares no groups of patients, or no setting has both.
    """
    if not question.asked:
        raise NotEstimable("the study holds nothing that is asked about")
    if question.sides is None:
        raise NotEstimable("patients cannot be shuffled: no groups of them are compared")
    sides = [question.sides(question.values(setting)) for setting in question.settings()]
    patients = len(sides[0][0])
    drawn = rng.permuted(np.tile(np.arange(patients), (shuffles, 1)), axis=1)
    orders = np.concatenate([np.arange(patients)[None], drawn])
    areas = np.array([_areas(scores[orders], group) for scores, group in sides])
    known = areas[~np.isnan(areas[:, 0])]
    require_at_least(len(known), 1, "settings with patients in both groups")
    distances = np.abs(np.nanmedian(known, axis=0) - question.null)
    far = int((distances[1:] >= distances[0] - ROUNDING).sum())
    return Estimate(
        estimate=float(distances[0]),
        n=patients,
        p=(far + 1) / (shuffles + 1),
        method=f"median of {len(known)} settings, {shuffles} shuffles of the patients",
    )


def _areas(scores: FloatArray, group: Groups) -> FloatArray:
    """AUC of each row of scores, shape (m, patients) to (m,); nan where a group has none."""
    compared, reference = scores[:, group == 1, None], scores[:, None, group == 0]
    wins = (compared > reference).sum(axis=(1, 2)) + (compared == reference).sum(axis=(1, 2)) / 2
    known = (~np.isnan(compared)).sum(axis=1) * (~np.isnan(reference)).sum(axis=2)
    pairs = known[:, 0].astype(float)
    areas = np.full(len(scores), math.nan)
    np.divide(wins, pairs, out=areas, where=pairs > 0)
    return areas
