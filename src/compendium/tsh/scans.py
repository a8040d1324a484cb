"""What is read again from the 124I images: the residual of the first dose, and both projections."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from compendium.calendar import HOURS_PER_DAY
from compendium.rules import Rules
from compendium.studies.tsh124i import LEVELS
from compendium.study import Study
from compendium.uptake.extraction import Scan, extract_scan
from compendium.uptake.lesions import scans_of
from compendium.uptake.projection import Projection, project_scan

RESIDUAL_COLUMNS = (
    "patient_id", "lesion_id", "residual_scan_suv", "residual_scan_days", "reason",
)  # fmt: skip


def residual_uptake(study: Study, rules: Rules) -> pd.DataFrame:
    """SUVmax of each lesion on its patient's residual scan, in the regions of the second scan.

    The regions are placed by position; both scans must share a frame of reference. Where several
    time points name a residual scan, a lesion is measured once.

    Returns:
        One row a lesion with a residual scan, none where no such scan was made: patient_id,
        lesion_id; residual_scan_suv, as SUV of the first administration; residual_scan_days from
        the first administration; reason, where it could not be measured.
    """
    rows = []
    again = scans_of(study, rules, wanted=lambda row: bool(row["residual_series_dir"]))
    for scan in again:
        found = extract_scan(_of_residual(scan))
        hours = found.audit.get("uptake_time_h")
        rows += [
            {
                "patient_id": lesion["patient_id"],
                "lesion_id": lesion["lesion_id"],
                "residual_scan_suv": lesion.get("suv_max"),
                "residual_scan_days": None if hours is None else hours / HOURS_PER_DAY,
                "reason": lesion["reason"],
            }
            for lesion in found.lesions
        ]
    table = pd.DataFrame(rows, columns=list(RESIDUAL_COLUMNS))
    table = table.astype({"residual_scan_suv": float, "residual_scan_days": float})
    measured_first = table["residual_scan_suv"].isna().sort_values(kind="stable").index
    table = table.loc[measured_first]
    return table.drop_duplicates(["patient_id", "lesion_id"]).sort_index(ignore_index=True)


def both_projections(
    study: Study, patients: Sequence[str], both: pd.DataFrame, rules: Rules
) -> dict[str, tuple[Projection, Projection]]:
    """Maximum-intensity projections of both scans (low, high TSH) of the patients, in that order.

    A patient without both scans has no entry.

    Args:
        both: as `administrations.scan_pairs` returns.
    """
    pairs = both.set_index("patient_id")[[f"scan_id_{level}" for level in LEVELS]].dropna()
    named = {patient: list(pairs.loc[patient]) for patient in patients if patient in pairs.index}
    wanted = {scan for pair in named.values() for scan in pair}
    scans = {
        scan.row["scan_id"]: scan
        for scan in scans_of(study, rules, wanted=lambda row: row["scan_id"] in wanted)
    }
    return {
        patient: (project_scan(scans[low]), project_scan(scans[high]))
        for patient, (low, high) in named.items()
    }


def _of_residual(scan: Scan) -> Scan:
    """The scan with the residual series in place of its own, administered as its header says."""
    row = scan.row | {
        "series_dir": scan.row["residual_series_dir"],
        "series": None,
        "administered_at": None,
        "injected_activity_mbq": None,
    }
    return replace(scan, row=row, rules=replace(scan.rules, other_study=True))
