"""Size of tests and coverage of intervals on real patients, by permutation and by subsampling.

The patients of a public set are taken for the whole population, so that every true value is known:
it is what the analysis finds in all of them. Studies are drawn from them with replacement. In a
second copy of each study the marker is permuted, so that it has to do with nothing.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.cohorts import recurrence, tcga
from compendium.errors import NotEstimable
from compendium.estimates import Estimate, not_estimable
from compendium.operating.monte_carlo import percent
from compendium.rules import Rules
from compendium.statistics.firth_logistic import odds_ratios
from compendium.survival.hazard_ratios import hazard_ratios
from compendium.survival.observed import Observed
from compendium.survival.times import survival_times
from compendium.trop2.adjusted import require_patients
from compendium.trop2.comparison import compare_scores

RULES = Rules()
SHIFT, AUC = "Shift between two groups", "AUC of two groups"
ODDS, HAZARD = "Odds ratio, Firth", "Hazard ratio per SD, Firth"
UNITS = {SHIFT: "years", AUC: "probability", ODDS: "ratio", HAZARD: "ratio"}
LIKE = {
    SHIFT: "H-score shift, non-responders − responders",
    AUC: "AUC of the H-score",
    HAZARD: "HR of Trop2 per SD, PFS from resistance",
}
"""The simulated analysis of the chapter on operating characteristics that each one is like."""
MARKER_STEP = 10.0  # units of the marker of an odds ratio
SHARES = [f"{name}{end}" for name in ("coverage", "rejects") for end in ("", "_low", "_high")]
COLUMNS = ["set", "marker", "analysis", "unit", "patients", "studies", "true", "not_estimable"]
COLUMNS += SHARES

Found = dict[str, Estimate]


@dataclass(frozen=True)
class Population:
    """Real patients from whom studies are drawn.

    Attributes:
        set: the public set; marker: what stands in the place of Trop2.
        frame: a row a patient with `marker`, and `group`, of two, or `time` (days) and `event`.
    """

    set: str
    marker: str
    frame: pd.DataFrame

    @property
    def arguments(self) -> dict[str, object]:
        """Itself as what JSON can hold, for a simulation that is kept."""
        return {"set": self.set, "marker": self.marker, "columns": self.frame.to_dict("list")}


def of_recurrence(people: pd.DataFrame) -> Population:
    """Age by recurrence, of `recurrence.patients`."""
    frame = people[["age_years", "recurred"]].set_axis(["marker", "group"], axis=1)
    return Population("UCI, recurrence", "Age", frame)


def of_progression(people: pd.DataFrame, seen: Observed, name: str) -> Population:
    """A score and the progression-free interval, of `tcga.patients` and their endpoints."""
    endpoint = seen.of(tcga.PFI)
    score = endpoint["patient_id"].map(people.set_index("patient_id")[name]).astype(float)
    frame = pd.DataFrame(
        {"marker": score, "time": endpoint["time_days"], "event": endpoint["event"]}
    )
    label = (tcga.SCORES | tcga.ADJUSTED_FOR)[name]
    return Population("TCGA, progression", label, frame.dropna())


def analyse(study: pd.DataFrame) -> Found:
    """The analyses of the chapters that a study carries, by name."""
    if "group" not in study:
        times = survival_times(study["time"], study["event"])
        return {HAZARD: hazard_ratios(times, study[["marker"]], RULES)["marker"]}
    shift, area = compare_scores(study, "group", recurrence.GROUPS, value="marker")[:2]
    return {SHIFT: shift, AUC: area, ODDS: _odds_ratio(study)}


def _odds_ratio(study: pd.DataFrame) -> Estimate:
    design = pd.DataFrame({"marker": study["marker"].to_numpy(float) / MARKER_STEP})
    happened = (study["group"] == recurrence.GROUPS[1]).to_numpy()
    try:
        require_patients(happened, 1, RULES)
        return odds_ratios(design, happened)["marker"]
    except NotEstimable as reason:
        return not_estimable(str(reason), n=len(study))


def operating_characteristics(
    rng: np.random.Generator,
    *,
    set: str,
    marker: str,
    columns: Mapping[str, Sequence[object]],
    patients: int,
    studies: int,
) -> pd.DataFrame:
    """What each analysis does in studies drawn from real patients.

    Args:
        set, marker, columns: of a Population.
        patients: of a study, half of each group where there are two.
        studies: drawn, each analysed as it is (coverage) and with its marker permuted (rejects).

    Returns:
        A row an analysis: set, marker, analysis, unit, patients, studies; true, its value in all;
        not_estimable, studies without a result; coverage and rejects, % of those with one, each
        with its Wilson interval.
    """
    frame = pd.DataFrame(dict(columns))
    everybody = analyse(frame)
    as_drawn, permuted = [], []
    for _ in range(studies):
        study = frame.iloc[draw(frame, patients, rng)].reset_index(drop=True)
        mixed = study.assign(marker=rng.permutation(study["marker"].to_numpy()))
        as_drawn.append((study, analyse(study)))
        permuted.append(analyse(mixed))
    rows = []
    for name, true in everybody.items():
        wanted = _comparable(true.estimate, name, frame)
        covered = [_covers(study, one[name], name, wanted) for study, one in as_drawn]
        rejected = [_rejects(one[name], name) for one in permuted]
        rows.append(
            {
                "set": set,
                "marker": marker,
                "analysis": name,
                "unit": UNITS[name],
                "patients": patients,
                "studies": studies,
                "true": true.estimate,
                "not_estimable": covered.count(None),
                **percent("coverage", [one for one in covered if one is not None]),
                **percent("rejects", [one for one in rejected if one is not None]),
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def _covers(study: pd.DataFrame, found: Estimate, name: str, wanted: float) -> bool | None:
    if not found.estimable:
        return None
    low, high = (_comparable(limit, name, study) for limit in (found.low, found.high))
    return low <= wanted <= high


def _rejects(found: Estimate, name: str) -> bool | None:
    """Whether the test rejects; of an AUC, which brings none, whether one half is left out."""
    if name == AUC and found.estimable:
        return found.low > 0.5 or found.high < 0.5
    return None if math.isnan(found.p) else found.p < 0.05


def _comparable(value: float, name: str, frame: pd.DataFrame) -> float:
    """A value on a scale that studies share: a hazard ratio is per SD of its own study."""
    if name != HAZARD:
        return value
    log = math.log(value) if value > 0 else -math.inf
    return log / float(frame["marker"].std(ddof=1))


def draw(frame: pd.DataFrame, patients: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Rows of a study, drawn with replacement; half of each group where there are two."""
    if "group" not in frame:
        return rng.integers(0, len(frame), patients)
    first = (frame["group"] == recurrence.GROUPS[0]).to_numpy()
    half = patients // 2
    sides = ((~first, half), (first, patients - half))
    return np.concatenate([rng.choice(np.flatnonzero(side), size) for side, size in sides])


def beside_simulated(found: Sequence[pd.DataFrame], simulated: pd.DataFrame) -> pd.DataFrame:
    """All that was resampled, beside what the like analysis does in simulated studies.

    Args:
        found: of `operating_characteristics`.
        simulated: `operating_registered`; without rows where the study has no such analyses.

    Returns:
        The rows with simulated_coverage (truth `assumed`) and simulated_rejects (`null`), %.
    """
    table = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=COLUMNS)
    for what, truth in (("coverage", "assumed"), ("rejects", "no_effect")):
        known: dict[str, float] = {}
        if len(simulated):
            rows = simulated[simulated["truth"] == truth]
            known = dict(zip(rows["analysis"], rows[what], strict=True))
        like = table["analysis"].map(LIKE)
        table[f"simulated_{what}"] = like.map(known).astype(float)
    return table
