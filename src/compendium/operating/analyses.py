"""The primary and key secondary analyses, as the chapters make them, on studies of a known truth.

Each takes what a simulated study holds and returns the chapter's own Estimate; its true value is
what a study of very many patients under the same truth gives.
"""

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from compendium.disease.metastases import is_metastasis
from compendium.estimates import Estimate
from compendium.operating.tsh import draw_study
from compendium.rules import Rules
from compendium.studies import trop2, tsh124i
from compendium.survival.cox import fit_cox
from compendium.survival.hazard_ratios import hazard_ratios
from compendium.survival.times import SurvivalTimes, survival_times
from compendium.synthetic.trop2 import draw_trop2_study
from compendium.synthetic.truth import TRUTHS, Trop2Truth, TshTruth
from compendium.trop2.comparison import auc_of_scores, shift_of_scores
from compendium.trop2.suv_groups import COMPARED, REFERENCE, ratio_of_groups
from compendium.tsh.avidity import avidity_change, gained_by_patient
from compendium.tsh.effect import patient_mean_ratio
from compendium.tsh.margin import LEVEL, Verdict, of_avidity, of_ratio

MANY = {trop2.CODE: 100_000, tsh124i.CODE: 20_000}  # patients of the studies that tell the truth
PAIRS = 4_000_000  # of a responder and a non-responder, whose median difference is the true shift
RESPONSES = ("responder", "non_responder")
RULES = Rules()

Drawn = dict[str, pd.DataFrame]
Found = Estimate | Verdict


@dataclass(frozen=True)
class Analysis:
    """One analysis of one study.

    Attributes:
        name: as tables and figures have it; study: code of the study.
        unit: of the estimate; bias is in it, and in percent of a ratio.
        estimate: of what a study holds; a generator where it draws at random.
        level: of its interval.
        tracer: without a scan of which a study of this code does not make it; empty for none.
    """

    name: str
    study: str
    unit: str
    estimate: Callable[[Drawn, np.random.Generator], Found]
    level: float = 0.95
    tracer: str = ""

    @property
    def log(self) -> bool:
        """Whether it estimates a ratio."""
        return self.unit == "ratio"

    @property
    def no_effect(self) -> float:
        """The value of no effect."""
        return {"ratio": 1.0, "probability": 0.5}.get(self.unit, 0.0)


def _times(patients: pd.DataFrame) -> SurvivalTimes:
    """Progression-free survival from resistance of all found in the records."""
    return survival_times(patients["pfs_days"].to_numpy(float), patients["pfs_event"].to_numpy())


def _non_responders(drawn: Drawn) -> pd.DataFrame:
    patients = drawn["patients"]
    return patients[patients["rai_response"] == RESPONSES[1]].reset_index(drop=True)


def _metastases(drawn: Drawn) -> pd.DataFrame:
    """Measured metastases of patients whose disease is rapid or stable and who lived to the PET."""
    patients, lesions = drawn["patients"].set_index("patient_id"), drawn["lesions"]
    scanned = patients.index[patients["entry_days"] < patients["death_days"]]
    lesions = lesions[lesions["patient_id"].isin(scanned)]
    group = lesions["patient_id"].map(patients["progression"])
    counted = is_metastasis(lesions["site"], RULES.trop2_nodes_count)
    chosen = counted & group.isin([REFERENCE, COMPARED])
    kept = lesions.assign(group=group)[chosen]
    return kept.rename(columns={"suv_true": "suv_max"})


def _hazard_ratio(drawn: Drawn, _: np.random.Generator) -> Estimate:
    patients = _non_responders(drawn)
    return hazard_ratios(_times(patients), patients[["h_score"]], RULES)["h_score"]


def _of_scores(estimate: Callable[..., Estimate]) -> Callable[[Drawn, object], Estimate]:
    return lambda drawn, _: estimate(drawn["patients"], "rai_response", RESPONSES)


SHIFT, AUC = "H-score shift, non-responders − responders", "AUC of the H-score"
SUV, HR = "SUVmax, rapid over stable", "HR of Trop2 per SD, PFS from resistance"
TSH, AVIDITY = "SUVmax, high over low TSH", "Change of avidity"
TSH_MARGIN, AVIDITY_MARGIN = "SUVmax against its margin", "Avidity against its margin"

ANALYSES: dict[str, Analysis] = {
    one.name: one
    for one in (
        Analysis(SHIFT, trop2.CODE, "points", _of_scores(shift_of_scores)),
        Analysis(AUC, trop2.CODE, "probability", _of_scores(auc_of_scores)),
        Analysis(SUV, trop2.CODE, "ratio", lambda drawn, _: ratio_of_groups(_metastases(drawn)),
                 tracer=trop2.PET.code),
        Analysis(HR, trop2.CODE, "ratio", _hazard_ratio),
        Analysis(TSH, tsh124i.CODE, "ratio",
                 lambda drawn, rng: patient_mean_ratio(drawn["pairs"], rng)),
        Analysis(AVIDITY, tsh124i.CODE, "share",
                 lambda drawn, rng: avidity_change(drawn["pairs"], rng)),
        Analysis(TSH_MARGIN, tsh124i.CODE, "ratio",
                 lambda drawn, rng: of_ratio(drawn["pairs"], RULES.margin_ratio, rng), LEVEL),
        Analysis(AVIDITY_MARGIN, tsh124i.CODE, "share",
                 lambda drawn, _: of_avidity(drawn["pairs"], RULES.margin_avidity), LEVEL),
    )
}  # fmt: skip


def drawn_study(
    study: str, truth: str, patients: int, rng: np.random.Generator, limit_suv: float
) -> Drawn:
    """What one simulated study holds.

    Args:
        study: code of the study; truth: its name.
        patients: in the study; of TROP2, half of each response.
        limit_suv: SUV under which a focus is not visible.
    """
    if study == tsh124i.CODE:
        pairs = draw_study(TRUTHS[truth], rng, n_patients=patients, detection_limit_suv=limit_suv)
        return {"pairs": pairs}
    non_responders = patients // 2
    people, lesions = draw_trop2_study(
        TRUTHS[truth], patients - non_responders, non_responders, rng
    )
    return {"patients": people, "lesions": lesions}


def truth_of(study: str, truth: str) -> Trop2Truth | TshTruth:
    """What a truth says of one study; truths that say the same are one truth there."""
    return TRUTHS[truth].tsh if study == tsh124i.CODE else TRUTHS[truth].trop2


def true_values(
    truths: Sequence[str], codes: Collection[str], rng: np.random.Generator, limit_suv: float
) -> dict[str, dict[str, float]]:
    """The true value of each analysis of some studies under each truth, by their names.

    Truths that are alike for one of the studies have the same values there.
    """
    found: dict[str, dict[str, float]] = {}
    known: dict[Trop2Truth | TshTruth, dict[str, float]] = {}
    ways = {trop2.CODE: _true_of_trop2, tsh124i.CODE: _true_of_tsh}
    for truth, own in zip(truths, rng.spawn(len(truths)), strict=True):
        found[truth] = {}
        for study in (code for code in ways if code in codes):
            alike = truth_of(study, truth)
            if alike not in known:
                known[alike] = ways[study](truth, own, limit_suv)
            found[truth] |= known[alike]
    return found


def simulated(codes: Iterable[str]) -> list[str]:
    """Of a study's codes those whose analyses are tried here; where none is, all that are."""
    own = set(codes)
    return [code for code in MANY if code in own] or list(MANY)


def made_with(found: pd.DataFrame, tracers: Collection[str]) -> pd.DataFrame:
    """Rows of simulated analyses that a study makes whose scans are of these tracers."""
    needed = found["analysis"].map({name: one.tracer for name, one in ANALYSES.items()})
    return found[needed.isin({"", *tracers})]


def _true_of_trop2(truth: str, rng: np.random.Generator, limit_suv: float) -> dict[str, float]:
    of_trop2 = drawn_study(trop2.CODE, truth, MANY[trop2.CODE], rng, limit_suv)
    people = of_trop2["patients"]
    first, second = (
        people.loc[people["rai_response"] == group, "h_score"].to_numpy(float)
        for group in RESPONSES
    )
    return {
        SHIFT: float(np.median(rng.choice(second, PAIRS) - rng.choice(first, PAIRS))),
        AUC: _area(first, second),
        SUV: _ratio_of_means(_metastases(of_trop2)),
        HR: _true_hazard_ratio(_non_responders(of_trop2)),
    }


def _true_of_tsh(truth: str, rng: np.random.Generator, limit_suv: float) -> dict[str, float]:
    pairs = drawn_study(tsh124i.CODE, truth, MANY[tsh124i.CODE], rng, limit_suv)["pairs"]
    gained, measured = gained_by_patient(pairs)
    ratio, change = TRUTHS[truth].tsh.ratio, float(gained.sum() / measured.sum())
    return {TSH: ratio, TSH_MARGIN: ratio, AVIDITY: change, AVIDITY_MARGIN: change}


def _area(first: np.ndarray, second: np.ndarray) -> float:
    ranks = rankdata(np.concatenate([first, second]))[len(first) :]
    above = float(ranks.sum()) - len(second) * (len(second) + 1) / 2
    return above / (len(first) * len(second))


def _ratio_of_means(lesions: pd.DataFrame) -> float:
    """Geometric mean in the rapid over that in the stable group, patients counting alike."""
    logs = np.log(lesions["suv_max"].astype(float))
    of_patients = pd.Series(logs, lesions.index).groupby([lesions["group"], lesions["patient_id"]])
    means = of_patients.mean().groupby("group").mean()
    return math.exp(float(means[COMPARED] - means[REFERENCE]))


def _true_hazard_ratio(patients: pd.DataFrame) -> float:
    per_sd = patients["h_score"].to_numpy(float) / patients["h_score"].std()
    return math.exp(float(fit_cox(per_sd, _times(patients)).coef[0]))
