"""The investigator's bench in JupyterLab: to look and to try, never to publish."""

from typing import TYPE_CHECKING, Any

from compendium.pipeline.shown import readable_refusals

if TYPE_CHECKING:
    from compendium.explore.behind import Behind
    from compendium.explore.knobs import Sliders
    from compendium.explore.patients import PatientPage
    from compendium.explore.scans.browser import PetBrowser
    from compendium.explore.trying import WhatIf


def patient(study: str = "", patient_id: str = "") -> "PatientPage":
    """The page of one patient: time line, rules, classes, scores and lesions.

    Args:
        study: of params/<study>.yml; that opened in JupyterLab where not given.
        patient_id: his pseudonym; the first of the study's table where not given.

    Raises:
        InputError: there is no such study or patient.
    """
    from compendium.explore.opened import opened
    from compendium.explore.patients import page_of

    readable_refusals()
    found = opened(study)
    return page_of(found, patient_id or found.first_patient)


def points(what: str, study: str = "") -> "Behind":
    """The rows behind a published number, table or figure; `.patient(row)` is the page of one.

    Args:
        what: the id under which it is published.
        study: of params/<study>.yml; that opened in JupyterLab where not given.

    Raises:
        InputError: nothing is published under it, or only of groups.
    """
    from compendium.explore.behind import behind
    from compendium.explore.opened import opened

    readable_refusals()
    return behind(opened(study), what)


def what_if(study: str = "", **changed: Any) -> "WhatIf":
    """Groups, flow and primary estimates under other rules, beside the published ones.

    Args:
        study: of params/<study>.yml; that opened in JupyterLab where not given.
        changed: rules, and settings of scoring, by name: `tg_ratio=0.5`, `block_rule="mean"`.

    Raises:
        InputError: there is no such study or rule, or a value is not possible.
    """
    from compendium.explore.opened import opened
    from compendium.explore.trying import under

    readable_refusals()
    return under(opened(study), changed)


def pet(study: str = "", patient: str = "", suv_window: float = 10.0) -> "PetBrowser":
    """The scans of a study to look at: slices, projection, lesions, both TSH scans, redrawing.

    Args:
        study: of params/<study>.yml; that opened in JupyterLab where not given.
        patient: whose scans are listed at first; all where empty.
        suv_window: SUV shown in full black, g/mL.

    Raises:
        InputError: there is no such study, or it has no PET.
    """
    from compendium.explore.opened import opened
    from compendium.explore.scans.browser import PetBrowser

    readable_refusals()
    found = opened(study)
    found.require_scans()
    return PetBrowser(found, patient, suv_window)


def sliders(study: str = "", *names: str) -> "Sliders":
    """Rules as sliders and choices; groups, flow and primary estimates follow while they move.

    Args:
        study: of params/<study>.yml; that opened in JupyterLab where not given.
        names: of rules, and settings of scoring; the usual ones where none is given.

    Raises:
        InputError: there is no such study, or rule.
    """
    from compendium.explore.knobs import Sliders
    from compendium.explore.opened import opened
    from compendium.explore.trying import SCORING
    from compendium.limits import refuse_unknown
    from compendium.rules import Rules

    readable_refusals()
    refuse_unknown("sliders", names, (*Rules.declared, *SCORING))
    return Sliders(opened(study), names)
