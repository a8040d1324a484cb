"""From the eligible patients to each analysis: tissue scored, in the model, PET measured."""

from collections.abc import Collection

import pandas as pd

from compendium.studies import trop2

COMPARED = ("responder", "non_responder")
LABELS = {
    "responder": "Responders",
    "non_responder": "Non-responders",
    "indeterminate": "Indeterminate",
}


def analysis_sets(
    cohort: pd.DataFrame, sets: pd.DataFrame, series_audit: pd.DataFrame
) -> pd.DataFrame:
    """Groups of the flow diagram from the eligible patients to the analyses.

    Args:
        cohort: patient_id, study, eligible, rai_response.
        sets: a row a patient: patient_id, scored (has a score of the primary tumour), in_model (of
            the adjusted model); empty where the chapter of tissue does not apply.
        series_audit: a row a PET series: patient_id, tracer, status.

    Returns:
        group, parent (empty: the eligible), label, patients; as `populations.flow_groups`.
    """
    scored, in_model = (
        set(sets.loc[sets[name], "patient_id"]) if len(sets) else set()
        for name in ("scored", "in_model")
    )
    own = cohort[(cohort["study"] == trop2.CODE) & cohort["eligible"].astype(bool)]
    rows: list[tuple[str, str, str, int]] = []
    for group, label in LABELS.items():
        members = set(own.loc[own["rai_response"] == group, "patient_id"])
        rows.append((group, "", label, len(members)))
        stained = members & scored
        rows.append((f"{group}_scored", group, "Tissue scored", len(stained)))
        if group in COMPARED:
            both = len(stained & in_model)
            rows.append((f"{group}_adjusted", f"{group}_scored", "In the adjusted model", both))
        if group == COMPARED[1]:
            rows += _pet(members, series_audit)
    return pd.DataFrame(rows, columns=["group", "parent", "label", "patients"])


def _pet(members: Collection[str], series_audit: pd.DataFrame) -> list[tuple[str, str, str, int]]:
    """Who has a PET, and whose is measured or refused."""
    series = series_audit[
        (series_audit["tracer"] == trop2.PET.code) & series_audit["patient_id"].isin(list(members))
    ]
    done = set(series["patient_id"])
    measured = set(series.loc[series["status"] == "ok", "patient_id"])
    return [
        ("pet", COMPARED[1], "PET done", len(done)),
        ("pet_measured", "pet", "PET measured", len(measured)),
        ("pet_refused", "pet", "PET refused", len(done - measured)),
    ]
