"""Papillary thyroid carcinoma of The Cancer Genome Atlas: differentiation and progression.

The thyroid differentiation score sums the expression of 16 genes of iodine handling and thyroid
function. It was measured in the primary tumour at diagnosis: it stands for what resistance to
radioiodine does to a tumour, and for no resistance of anybody.

Source:
    Times: Liu et al., Cell 2018, doi:10.1016/j.cell.2018.02.052. Molecular classes: The Cancer
    Genome Atlas Research Network, Cell 2014, doi:10.1016/j.cell.2014.09.050.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from compendium.errors import InputError, NotEstimable
from compendium.external import TCGA, PublicData
from compendium.prediction.performance import harrell_c
from compendium.rules import Rules
from compendium.studies.conditions import Among
from compendium.studies.endpoints import AnalysisSet, Endpoint, Source
from compendium.studies.populations import Population, Rows
from compendium.survival.checks import proportional_hazards
from compendium.survival.cox import fit_cox
from compendium.survival.hazard_ratios import Factor, as_table, survival_factors
from compendium.survival.observed import Observed, observe
from compendium.survival.times import SurvivalTimes, times_of

PART = TCGA
TIMES = "clinical/tcga-thca/tcga_cdr_THCA.csv"
MOLECULAR = "clinical/tcga-thca/data_clinical_sample.txt"
TABLE = "tcga"

DIAGNOSIS = Source(TABLE, "diagnosis_day", "diagnosis")
EVERYBODY = Population(
    "tcga", "Papillary thyroid carcinomas of The Cancer Genome Atlas", (Rows(TABLE),)
)
FROM_DIAGNOSIS = AnalysisSet(population=EVERYBODY, since="diagnosis", origin=(DIAGNOSIS,))
PFI = Endpoint(
    name="pfi",
    label="Progression-free interval",
    item="",
    unit="years",
    analysis_set=FROM_DIAGNOSIS,
    events=(Source(TABLE, "pfi_day", "progression", where=Among("pfi", (1,)), kind="progression"),),
    censored=(Source(TABLE, "pfi_day", "end of the interval", take="last"),),
    measures="Free of progression",
)
OS = Endpoint(
    name="os",
    label="Overall survival",
    item="",
    unit="years",
    analysis_set=FROM_DIAGNOSIS,
    events=(Source(TABLE, "os_day", "death", where=Among("os", (1,)), kind="death"),),
    censored=(Source(TABLE, "os_day", "last contact", take="last"),),
    measures="Alive",
)
ENDPOINTS = (PFI, OS)

SCORES = {
    "differentiation": "Thyroid differentiation score",
    "braf_ras_score": "BRAF–RAS score",
    "braf_like": "BRAF-like against RAS-like",
    "braf_v600e": "BRAF V600E",
    "erk": "ERK score",
}
ADJUSTED_FOR = {"age_years": "Age", "late_stage": "Stage III–IV"}
ADJUSTED = "with age and stage"
EARLY, LATE = ("Stage I", "Stage II"), ("Stage III", "Stage IV", "Stage IVA", "Stage IVC")
COLUMNS = ["patient_id", "diagnosis_day", *(f"{e}{d}" for e in ("pfi", "os") for d in ("", "_day"))]
COLUMNS += ["new_tumour", *ADJUSTED_FOR, "molecular", *SCORES]


def patients(public: PublicData) -> pd.DataFrame:
    """One row a patient, with times, age, stage and molecular scores.

    Returns:
        patient_id; diagnosis_day (0), pfi, pfi_day, os, os_day (days since diagnosis, 1 event);
        new_tumour (its kind, where one is told); age_years; late_stage (III or IV, nan where not
        staged); molecular (whether the tumour is among those of the 2014 paper); differentiation,
        braf_ras_score (−1 BRAF-like to 1 RAS-like), erk; braf_like and braf_v600e (1 yes, 0 no, nan
        not told: no expression, or no exome). Without rows where the set is not here.

    Raises:
        InputError: a stage of another form, or a tumour twice.
    """
    if not public.holds(PART):
        return pd.DataFrame(columns=COLUMNS)
    return joined(public.table(TIMES), public.table(MOLECULAR))


def joined(times: pd.DataFrame, molecular: pd.DataFrame) -> pd.DataFrame:
    """The table of `patients` from the two that are published.

    The survival times are those of the Clinical Data Resource alone: those that travel with the
    molecular classes are not the same, and wrong.
    """
    own = times.rename(
        columns={"PFI": "pfi", "PFI.time": "pfi_day", "OS": "os", "OS.time": "os_day"}
    )
    own = own.assign(
        patient_id=own["bcr_patient_barcode"],
        diagnosis_day=0,
        new_tumour=own["new_tumor_event_type"],
        age_years=own["age_at_initial_pathologic_diagnosis"].astype(float),
        late_stage=_late(own["ajcc_pathologic_tumor_stage"]),
    )
    tumours = _tumours(molecular)
    found = own.merge(tumours, on="patient_id", how="left")
    return found.assign(molecular=found["patient_id"].isin(tumours["patient_id"]))[COLUMNS]


def _late(stage: pd.Series) -> pd.Series:
    unknown = sorted(set(stage.dropna()) - {*EARLY, *LATE})
    if unknown:
        raise InputError(
            f"{TIMES}, ajcc_pathologic_tumor_stage: {unknown[0]!r}; expected one of "
            f"{', '.join((*EARLY, *LATE))}. Say in cohorts/tcga.py whether it is late."
        )
    return stage.isin(LATE).astype(float).where(stage.notna())


def _tumours(molecular: pd.DataFrame) -> pd.DataFrame:
    """Scores by patient, whose id is the first twelve characters of the sample's."""
    like = molecular["BRAFV600E_RAS"]
    mutant = molecular["MUT_DRIVER_PROTEIN_CHANGE"].str.contains("BRAF:p.V600E", regex=False)
    found = pd.DataFrame(
        {
            "patient_id": molecular["SAMPLE_ID"].str[:12],
            "differentiation": molecular["DIFFERENTIATION_SCORE"],
            "braf_ras_score": molecular["BRAFV600E_RAF_SCORE"],
            "braf_like": (like == "Braf-like").astype(float).where(like.notna()),
            "braf_v600e": (mutant == True).astype(float).where(molecular["EXOME"] == 1),  # noqa: E712
            "erk": molecular["ERK_SCORE"],
        }
    )
    if found["patient_id"].duplicated().any():
        twice = found.loc[found["patient_id"].duplicated(), "patient_id"].iloc[0]
        raise InputError(f"{MOLECULAR}: {twice} has two tumours; expected one. Say which counts.")
    return found


def observed(people: pd.DataFrame, rules: Rules) -> Observed:
    """Both endpoints of all patients, by the studies' own engine."""
    return observe({TABLE: people}, list(people["patient_id"]), ENDPOINTS, rules)


def flow(people: pd.DataFrame, seen: Observed) -> pd.DataFrame:
    """From all patients to those whom a factor is analysed in: step, patients, lost, pfi events."""
    ids = people["patient_id"]
    at_risk = ids.isin(seen.of(PFI)["patient_id"])
    staged = people[list(ADJUSTED_FOR)].notna().all(axis=1)
    steps = {
        "Patients with outcomes": ids.notna(),
        "Observed for a day or more after diagnosis": at_risk,
        "Age and stage known": at_risk & staged,
        "Among the tumours with molecular classes": at_risk & staged & people["molecular"].eq(True),
    }
    last = steps["Among the tumours with molecular classes"]
    steps |= {f"— {label} known": last & people[name].notna() for name, label in SCORES.items()}
    counts = pd.Series({name: int(keeps.sum()) for name, keeps in steps.items()})
    before = counts.shift(fill_value=counts.iloc[0]).where(
        ~counts.index.str.startswith("—"), last.sum()
    )
    had = ids.isin(seen.of(PFI).loc[seen.of(PFI)["event"], "patient_id"])
    events = [int((keeps & had).sum()) for keeps in steps.values()]
    return pd.DataFrame(
        {
            "step": counts.index,
            "patients": counts.to_numpy(),
            "lost": (before - counts).to_numpy(int),
            "progressions": events,
        }
    )


def factors(people: pd.DataFrame) -> dict[str, Factor]:
    """The scores, and what they are adjusted for, as factors of survival by name."""
    own = people.set_index("patient_id")
    named = SCORES | ADJUSTED_FOR
    return {name: Factor(label, own[name].astype(float)) for name, label in named.items()}


def hazard_ratios(people: pd.DataFrame, seen: Observed, rules: Rules) -> pd.DataFrame:
    """Hazard ratio of each score, per SD or yes against no: alone, and with age and stage.

    Returns:
        A row an endpoint, score and model: endpoint, model, term and the Estimate's fields.
    """
    by_name = factors(people)
    others = [by_name[name] for name in ADJUSTED_FOR]
    rows = []
    for endpoint in ENDPOINTS:
        for name in SCORES:
            one = by_name[name]
            for model, terms in (("alone", [one]), (ADJUSTED, [one, *others])):
                found = survival_factors(seen.of(endpoint), terms, rules, adjusted=len(terms) > 1)
                rows.append(
                    as_table({one.name: found[one.name]}, endpoint=endpoint.label, model=model)
                )
    return pd.concat(rows, ignore_index=True)


def assumptions(people: pd.DataFrame, seen: Observed, rules: Rules) -> pd.DataFrame:
    """Test of proportional hazards of each score with age and stage, on the interval.

    Returns:
        A row a score and term: score, term and the Estimate's fields.
    """
    rows = []
    for name, label in SCORES.items():
        endpoint, design = _complete(people, seen, name)
        tests = proportional_hazards(
            times_of(endpoint, unit=PFI.unit),
            design,
            events_per_covariate=rules.events_per_covariate,
        )
        rows.append(as_table(tests, score=label))
    return pd.concat(rows, ignore_index=True)


def concordances(people: pd.DataFrame, seen: Observed) -> pd.DataFrame:
    """Harrell's C of age and stage, and of each score with them, in the same patients.

    Returns:
        A row a score: score, n, events, base, with_score, gained; as fitted, without a correction
        for optimism. Without rows where nobody is there.
    """
    rows = []
    for name, label in SCORES.items():
        endpoint, design = _complete(people, seen, name)
        if not len(endpoint):
            continue
        times = times_of(endpoint)
        base, full = (_c(times, d) for d in (design[list(ADJUSTED_FOR.values())], design))
        rows.append({"score": label, "n": times.n, "events": times.events,
                     "base": base, "with_score": full, "gained": full - base})  # fmt: skip
    return pd.DataFrame(rows, columns=["score", "n", "events", "base", "with_score", "gained"])


def _c(times: SurvivalTimes, design: pd.DataFrame) -> float:
    try:
        return harrell_c(times, fit_cox(design, times).risk(design))
    except NotEstimable:
        return float("nan")


def _complete(people: pd.DataFrame, seen: Observed, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows at risk of the interval with a score, age and stage known, and these as columns."""
    own = people.set_index("patient_id")[[name, *ADJUSTED_FOR]].astype(float)
    named: Mapping[str, str] = SCORES | ADJUSTED_FOR
    endpoint = seen.of(PFI)
    design = own.reindex(endpoint["patient_id"]).rename(columns=named).reset_index(drop=True)
    known = np.isfinite(design.to_numpy(float)).all(axis=1)
    return endpoint.loc[known], design.loc[known]
