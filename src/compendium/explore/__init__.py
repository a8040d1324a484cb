"""The investigator's bench in JupyterLab: to look and to try, never to publish."""

from typing import TYPE_CHECKING, Any

from compendium.pipeline.shown import readable_refusals

if TYPE_CHECKING:
    from compendium.explore.patients import PatientPage
    from compendium.explore.trying import WhatIf


def patient(study: str, patient_id: str) -> "PatientPage":
    """The page of one patient: time line, rules, classes, scores and lesions.

    Args:
        study: of params/<study>.yml.
        patient_id: his pseudonym.

    Raises:
        InputError: there is no such study or patient.
    """
    from compendium.explore.opened import opened
    from compendium.explore.patients import page_of

    readable_refusals()
    return page_of(opened(study), patient_id)


def what_if(study: str, **changed: Any) -> "WhatIf":
    """Groups, flow and primary estimates under other rules, beside the published ones.

    Args:
        study: of params/<study>.yml.
        changed: rules, and settings of scoring, by name: `tg_ratio=0.5`, `block_rule="mean"`.

    Raises:
        InputError: there is no such study or rule, or a value is not possible.
    """
    from compendium.explore.opened import opened
    from compendium.explore.trying import under

    readable_refusals()
    return under(opened(study), changed)
