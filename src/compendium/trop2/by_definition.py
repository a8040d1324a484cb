"""Both comparisons under every definition of the classes: H-scores, SUVmax and who is moved."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.util import hash_pandas_object

from compendium.disease.progression import CLASSES, Progressions, classify_progression
from compendium.disease.response import Responses
from compendium.estimates import Estimate
from compendium.limits import ByLimits
from compendium.remembered import digest
from compendium.rules import Rules
from compendium.trop2.comparison import compare_scores
from compendium.trop2.definitions import (
    ANALYSED,
    Course,
    Definition,
    Tables,
    course_around_pet,
    definitions_for,
)
from compendium.trop2.suv_groups import metastases, ratio_of_groups

READ = ("patient", "lesion", "lesion_uptake", "rai_course", "response_assessment", "follow_up",
        "local_therapy", "lab", "pet_scan")  # fmt: skip
STUDIES = 4  # whose classes are kept at a time
CLASSED = ("rai_response", "progression")
RESPONSE, COURSE = ("responder", "non_responder"), ("stable", "rapid")
Compared = dict[tuple[Any, ...], tuple[Estimate, Estimate]]  # by who is in which group


class Classed:
    """The patients of a study classed under definitions, each rule's work done once."""

    def __init__(self, tables: Tables) -> None:
        self._responses = ByLimits[Rules, pd.DataFrame](Responses(tables).under)
        self._courses: dict[Course, ByLimits[Rules, pd.DataFrame]] = {
            classify_progression: ByLimits(Progressions(tables).under),
            course_around_pet: ByLimits(partial(course_around_pet, tables)),
        }
        self._both: dict[Course, ByLimits[Rules, pd.DataFrame]] = {
            course: ByLimits(partial(self._joined, course)) for course in self._courses
        }

    @staticmethod
    def of(tables: Tables) -> "Classed":
        """The one of a study, which a process keeps between chapters and settings.

        It is known by the content of the tables, and sees no others.
        """
        own = {name: tables[name] for name in READ}
        key = digest(part for table in own.values() for part in _content(table))
        if key not in _KEPT:
            while len(_KEPT) >= STUDIES:
                del _KEPT[next(iter(_KEPT))]
            _KEPT[key] = Classed(own)
        return _KEPT[key]

    def under(self, definition: Definition, rules: Rules) -> pd.DataFrame:
        """Their classes: patient_id, flags, rai_response, progression."""
        classes = self._both[definition.course](definition.of(rules))
        return definition.relabel(classes) if definition.relabel else classes

    def _joined(self, course: Course, rules: Rules) -> pd.DataFrame:
        courses = self._courses[course](rules)[["patient_id", "progression"]]
        return self._responses(rules).merge(courses, on="patient_id", how="left")


_KEPT: dict[str, Classed] = {}


def _content(table: pd.DataFrame) -> Iterator[bytes]:
    yield repr(list(table.columns)).encode()
    yield hash_pandas_object(table, index=False).to_numpy().tobytes()


def classes_by_definition(tables: Tables, rules: Rules, eligible: pd.Series) -> pd.DataFrame:
    """The class of each patient under every definition, the analysed one first.

    Args:
        eligible: patient_id of the eligible patients of TROP2.

    Returns:
        A row a definition and patient: definition, patient_id, rai_response and, of
        non-responders, progression; what no one has is missing.
    """
    classed = Classed.of(tables)
    found = [
        _own(classed.under(one, rules), eligible).assign(definition=one.name)
        for one in definitions_for(tables, rules)
    ]
    return pd.concat(found, ignore_index=True)[["definition", "patient_id", *CLASSED]]


def answers_by_definition(
    classes: pd.DataFrame, tables: Tables, rules: Rules, scores: pd.Series
) -> pd.DataFrame:
    """Both comparisons of the H-score under every definition.

    Args:
        classes: as `classes_by_definition` returns.
        scores: H-score of the primary tumour by patient_id, points.

    Returns:
        definition, concerns, analysed (True of the first row), moved (patients whose class differs
        from the analysed one), n_responder, n_non_responder, n_rapid, n_stable, and for each of
        shift (points), auc and course_shift (points) the estimate, its 95% interval (_low, _high)
        and the reason where there is none (_reason).
    """
    scored = classes.assign(h_score=classes["patient_id"].map(scores).astype(float))
    compared: Compared = {}
    each = _under_each(scored, tables, rules)
    return pd.DataFrame([row | _of_scores(under, compared) for row, under, _ in each])


def ratios_by_definition(
    classes: pd.DataFrame, tables: Tables, rules: Rules, lesion_suv: pd.DataFrame
) -> pd.DataFrame:
    """SUVmax in rapid over stable disease under every definition.

    Args:
        classes: as `classes_by_definition` returns.
        lesion_suv: a row a lesion and scan, as the extraction returns; of the measured lesions on
            Trop2 PET those that are metastases by the definition are compared.

    Returns:
        As `answers_by_definition`, with suv_ratio in place of its estimates.
    """
    return pd.DataFrame(
        [
            row | _of_uptake(under, metastases(lesion_suv, one.of(rules)))
            for row, under, one in _under_each(classes, tables, rules)
        ]
    )


def counts_by_definition(classes: pd.DataFrame, tables: Tables, rules: Rules) -> pd.DataFrame:
    """How many fall into each class under every definition, and whom it moves.

    Args:
        classes: as `classes_by_definition` returns.

    Returns:
        definition, moved (patients in another class than as analysed), and for every class the
        patients in it.
    """
    labels = (*RESPONSE, "indeterminate"), CLASSES
    rows = []
    for row, under, _ in _under_each(classes, tables, rules):
        counts = {
            label: int((column == label).sum())
            for column, own in zip(_labels(under).T, labels, strict=True)
            for label in own
        }
        rows.append({name: row[name] for name in ("definition", "moved")} | counts)
    return pd.DataFrame(rows)


def _under_each(
    classes: pd.DataFrame, tables: Tables, rules: Rules
) -> Iterator[tuple[dict[str, Any], pd.DataFrame, Definition]]:
    """Every definition, the analysed one first: what it is and moves, and the classes under it."""
    under_each, usual = dict(list(classes.groupby("definition"))), None
    for one in definitions_for(tables, rules):
        under = under_each.get(one.name, classes.head(0))  # where nobody is eligible
        labels = _labels(under)
        usual = labels if usual is None else usual
        row = {"definition": one.name, "concerns": one.concerns, "analysed": one is ANALYSED}
        yield row | _sizes(labels, usual), under, one


def _own(classes: pd.DataFrame, eligible: pd.Series) -> pd.DataFrame:
    own = classes[classes["patient_id"].isin(eligible)]
    course = own["progression"].fillna("not_assessed")
    return own.assign(progression=course.where(own["rai_response"] == "non_responder"))


def _labels(classes: pd.DataFrame) -> NDArray[np.object_]:
    """Response and course of each patient, shape (patients, 2); empty where there is none."""
    return np.stack([classes[name].fillna("").to_numpy(object) for name in CLASSED], axis=1)


def _sizes(labels: NDArray[np.object_], usual: NDArray[np.object_]) -> dict[str, int]:
    found = {"moved": int((labels != usual).any(axis=1).sum())}
    for column, groups in zip(labels.T, (RESPONSE, COURSE), strict=True):
        found |= {f"n_{group}": int((column == group).sum()) for group in groups}
    return found


def _of_scores(classes: pd.DataFrame, compared: Compared) -> dict[str, Any]:
    """The comparisons; one of groups that were compared before is not made again."""

    def of(by: str, groups: tuple[str, str]) -> tuple[Estimate, Estimate]:
        who = (by, *zip(classes["patient_id"], classes[by].fillna(""), strict=True))
        if who not in compared:
            compared[who] = compare_scores(classes, by, groups)
        return compared[who]

    (shift, auc), (course_shift, _) = of("rai_response", RESPONSE), of("progression", COURSE)
    return _cells("shift", shift) | _cells("auc", auc) | _cells("course_shift", course_shift)


def _of_uptake(classes: pd.DataFrame, lesions: pd.DataFrame) -> dict[str, Any]:
    return _cells("suv_ratio", ratio_of_groups(by_course(lesions, classes)))


def by_course(lesions: pd.DataFrame, classes: pd.DataFrame) -> pd.DataFrame:
    """The lesions of patients with rapid or stable disease, with `group`, which of the two."""
    groups = classes.loc[classes["progression"].isin(COURSE), ["patient_id", "progression"]]
    return lesions.merge(groups.rename(columns={"progression": "group"}), on="patient_id")


def _cells(name: str, found: Estimate) -> dict[str, Any]:
    none = np.nan
    return {
        name: found.estimate if found.estimable else none,
        f"{name}_low": found.low if found.estimable else none,
        f"{name}_high": found.high if found.estimable else none,
        f"{name}_reason": found.reason,
    }
