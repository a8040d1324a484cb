"""Recurrence of differentiated thyroid cancer: 383 patients of the UCI repository.

Source:
    Borzooei & Tarokhian, UCI Machine Learning Repository 2023, doi:10.24432/C5632J.
"""

import numpy as np
import pandas as pd

from compendium.cohort.table_one import table_one
from compendium.errors import InputError
from compendium.estimates import Estimate
from compendium.external import UCI, PublicData
from compendium.rules import Rules
from compendium.statistics.auc import auc
from compendium.statistics.calibration import Validation, validate_model
from compendium.trop2.adjusted import adjusted_odds_ratios, complete_design

PART = UCI
TABLE = "clinical/uci-dtc-recurrence/thyroid_diff.csv"
GROUPS = ("No", "Yes")
MARKER, COVARIATES = "age_years", ("sex", "n_stage", "m_stage")
NAMES = {
    "Age": "age_years", "Gender": "sex", "Smoking": "smoking", "Hx Smoking": "smoked_before",
    "Hx Radiothreapy": "radiotherapy", "Thyroid Function": "thyroid_function",
    "Physical Examination": "examination", "Adenopathy": "adenopathy", "Pathology": "histology",
    "Focality": "focality", "Risk": "risk", "T": "t_stage", "N": "n_stage", "M": "m_stage",
    "Stage": "stage", "Response": "response", "Recurred": "recurred",
}  # fmt: skip
SEX = {"F": "female", "M": "male"}
RISK = {"Low": 1, "Intermediate": 2, "High": 3}
CIRCULAR = "response"
"""How the treatment went, judged in the follow-up in which recurrence was seen: no predictor."""
DESCRIBED = [
    "age_years", "sex", "smoking", "radiotherapy", "histology", "focality", "adenopathy", "t_stage",
    "n_stage", "m_stage", "stage", "risk",
]  # fmt: skip


def patients(public: PublicData) -> pd.DataFrame:
    """One row a patient as published, in the names and codes of a study's tables.

    Returns:
        The columns of NAMES; `repeated`, whether an equal row stands above. Without rows where the
        set is not here.
    """
    if not public.holds(PART):
        return pd.DataFrame(columns=[*NAMES.values(), "repeated"])
    return named(public.table(TABLE, keep_default_na=False))


def named(raw: pd.DataFrame) -> pd.DataFrame:
    """The table of `patients` from the published one.

    Raises:
        InputError: a sex or an outcome of another code.
    """
    for column, codes in (("Gender", SEX), ("Recurred", GROUPS)):
        if other := sorted(set(raw[column]) - set(codes)):
            raise InputError(f"{TABLE}, {column}: {other[0]!r}; expected {', '.join(codes)}.")
    found = raw.rename(columns=NAMES).assign(sex=raw["Gender"].map(SEX))
    return found.assign(age_years=found["age_years"].astype(float), repeated=raw.duplicated())


def described(people: pd.DataFrame) -> pd.DataFrame:
    """Table 1 by recurrence, as of the cohort chapter; without what was judged afterwards."""
    return table_one(people, "recurred", GROUPS, DESCRIBED)


def odds_ratios(people: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Odds ratios of recurrence by Firth's method, of all rows and of those that differ.

    Returns:
        As `adjusted_odds_ratios`, with `rows`: all, or without repeated ones.
    """
    parts = [
        adjusted_odds_ratios(part, "recurred", GROUPS, COVARIATES, rules, MARKER).assign(rows=rows)
        for rows, part in (("all", people), ("without repeated rows", distinct(people)))
    ]
    return pd.concat(parts, ignore_index=True)


def distinct(people: pd.DataFrame) -> pd.DataFrame:
    """The rows without those that repeat another."""
    return people[~people["repeated"].astype(bool)]


def calibration(
    people: pd.DataFrame, rules: Rules, rng: np.random.Generator, resamples: int
) -> Validation:
    """Performance of the model of all four terms, corrected for optimism."""
    terms = [MARKER, *COVARIATES]
    design, event = complete_design(people, "recurred", GROUPS, terms, rules)
    return validate_model(design, event, rng, resamples=resamples)


def discrimination(people: pd.DataFrame) -> pd.DataFrame:
    """AUC of age, of the risk class, and of the circular response, each alone.

    Returns:
        A row a variable: variable, known (before or after recurrence), and the Estimate's fields.
        The response's order is its share of recurrences, the best that hindsight could give.
    """
    happened = people["recurred"] == GROUPS[1]
    hindsight = happened.groupby(people[CIRCULAR]).mean()
    scores = {
        ("Age", "before"): people["age_years"],
        ("ATA risk class", "before"): people["risk"].map(RISK),
        ("Response to therapy", "after, with the outcome"): people[CIRCULAR].map(hindsight),
    }
    rows = [
        {"variable": name, "known": known, **_auc(score.astype(float), happened).as_row()}
        for (name, known), score in scores.items()
    ]
    return pd.DataFrame(rows)


def _auc(score: pd.Series, happened: pd.Series) -> Estimate:
    return auc(score[~happened], score[happened])
