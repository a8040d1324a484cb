"""Which scans are made, when, with what activity, and how each header says it: the variants.

Every patient's scans are in a synthetic calendar that is in the DICOM headers only; the tables hold
days.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from compendium.studies import trop2, tsh124i
from compendium.synthetic.case import Rows
from compendium.synthetic.tsh_records import SCAN_DELAY_DAYS

FWHM_MM = 6.0
MBQ_PER_KG = 2.6
TROP2_STUDY_STARTS = datetime(2026, 1, 5)
TSH124I_STUDY_STARTS = datetime(2021, 5, 10)

# Each header variant is given to at least one 18F-Trop2 patient; the rest have the plain ones.
PLAIN_VARIANTS = ("start", "start_ge", "admin")
TROP2_VARIANTS = (
    *PLAIN_VARIANTS,
    "none",
    "midnight",
    "cnts_suv",
    "cnts_bqml",
    "gml",
    "datetime_only",
    "late_bed",
    "series_overwritten",
    "mbq_dose",
    "rtstruct",
)
I124_VARIANTS = ("start", "admin", "start_ge")
TWO_TIME_POINTS = 2
REFUSED_VARIANTS = ("i124_without_date", "propcnts")


@dataclass(frozen=True, kw_only=True)
class Scan:
    """One scan to be made.

    Attributes:
        variant: how the header tells activity, times and units; see `headers`.
        activity_mbq: net injected activity.
        administered_at, started_at: synthetic calendar; start of the first bed.
        residual_of_first: what is seen is left of the first administration (a scan just before
            the second one).
        further_time_point: whether it is a further scan after the same administration.
    """

    scan_id: str
    patient_id: str
    sex: str
    height_cm: float
    weight_kg: float
    tracer: str
    scan_day: int
    variant: str
    activity_mbq: float
    administered_at: datetime
    started_at: datetime
    tsh_level: str | None = None
    tsh_miu_per_l: float | None = None
    has_region: bool = True
    residual_of_first: bool = False
    further_time_point: bool = False

    @property
    def frame_of(self) -> str:
        """The scan whose frame of reference this one shares: itself, but for a residual scan."""
        return f"{self.patient_id}_high" if self.residual_of_first else self.scan_id

    @property
    def region_name(self) -> str | None:
        """Name of the region file in the study's dicom folder."""
        kind = "rtstruct" if self.variant == "rtstruct" else "seg"
        return f"{self.scan_id}_{kind}.dcm" if self.has_region else None


def plan_trop2_scans(rows: Rows, patients: pd.DataFrame, rng: np.random.Generator) -> list[Scan]:
    """One 18F-Trop2 scan for every analysed non-responder who lived to it, and a refused one."""
    people = {row["patient_id"]: row for row in rows["patient"]}
    follow_up = {row["patient_id"]: row for row in rows["follow_up"]}
    imaged = patients[patients["entry_days"].notna()]
    analysed = imaged.loc[imaged["role"] == "analysed", "patient_id"]
    further = imaged.loc[imaged["role"] == "follow_up_incomplete", "patient_id"].head(1)
    variants = [
        TROP2_VARIANTS[k] if k < len(TROP2_VARIANTS) else PLAIN_VARIANTS[k % len(PLAIN_VARIANTS)]
        for k in range(len(analysed))
    ]
    chosen = [*zip(analysed, variants, strict=True), *((p, "propcnts") for p in further)]
    return [
        _trop2_scan(people[patient_id], int(str(follow_up[patient_id]["study_entry_day"])),
                    variant, rng)
        for patient_id, variant in chosen
    ]  # fmt: skip


def _trop2_scan(
    person: dict[str, object], scan_day: int, variant: str, rng: np.random.Generator
) -> Scan:
    administered = TROP2_STUDY_STARTS + timedelta(
        days=int(rng.integers(0, 300)), minutes=int(rng.integers(8 * 60, 15 * 60)),
        seconds=int(rng.integers(0, 60)),
    )  # fmt: skip
    if variant == "midnight":
        administered = administered.replace(hour=23, minute=21)
    started = administered + timedelta(seconds=int(rng.integers(53 * 60, 69 * 60)))
    body = _body(person)
    return Scan(
        scan_id=f"{body['patient_id']}_trop2",
        **body,
        tracer=trop2.PET.code,
        scan_day=scan_day,
        variant=variant,
        activity_mbq=round(body["weight_kg"] * MBQ_PER_KG * float(rng.uniform(0.9, 1.1)), 1),
        administered_at=administered,
        started_at=started,
    )


def _body(person: dict[str, object]) -> dict[str, Any]:
    """What a scan has of the person's row of patient."""
    return {name: person[name] for name in ("patient_id", "sex", "height_cm", "weight_kg")}


def plan_tsh_scans(
    rows: Rows,
    patients: pd.DataFrame,
    pairs: pd.DataFrame,
    rng: np.random.Generator,
    *,
    n_residual: int = 0,
) -> list[Scan]:
    """Both 124I scans of the analysed patients, and one of a candidate that must be refused.

    The second patient's high scan has its date-time in the study's own table only. The third is
    scanned twice after the low-TSH administration. The first `n_residual` patients are scanned once
    more, just before the second administration.
    """
    people = {str(row["patient_id"]): row for row in rows["patient"]}
    per_patient = pairs.groupby("patient_id", sort=True).first()
    scans: list[Scan] = []
    for k, (patient_id, pair) in enumerate(per_patient.iterrows()):
        candidate = patients[patients["patient_id"] == patient_id].iloc[0]
        day_0 = TSH124I_STUDY_STARTS + timedelta(days=int(rng.integers(0, 500)))
        for level, dose_day in (("low", 0), ("high", int(pair["interval_days"]))):
            variant = I124_VARIANTS[k % len(I124_VARIANTS)]
            scans.append(
                _i124_scan(
                    people[str(patient_id)],
                    int(candidate["first_dose_day"]) + dose_day,
                    day_0 + timedelta(days=dose_day),
                    "table_date" if (k, level) == (1, "high") else variant,
                    (level, float(pair[f"tsh_{level}"]), float(pair[f"activity_{level}_mbq"])),
                    rng,
                )
            )
        if k == TWO_TIME_POINTS:
            scans.append(_next_day(scans[-2]))
        if k < n_residual:
            low, high = (
                s for s in scans if s.patient_id == patient_id and not s.further_time_point
            )
            scans.append(_residual_scan(low, high))
    refused = patients[patients["role"] == "not_differentiated"].head(1)
    for _, candidate in refused.iterrows():
        scans.append(
            _i124_scan(
                people[candidate["patient_id"]],
                int(candidate["first_dose_day"]),
                TSH124I_STUDY_STARTS,
                "i124_without_date",
                ("low", 31.5, 50.0),
                rng,
            )
        )
    return scans


def _i124_scan(
    person: dict[str, object],
    dose_day: int,
    date: datetime,
    variant: str,
    level: tuple[str, float, float],
    rng: np.random.Generator,
) -> Scan:
    name, tsh, activity = level
    administered = date + timedelta(seconds=int(rng.integers(8 * 3600, 11 * 3600)))
    return Scan(
        scan_id=f"{person['patient_id']}_{name}",
        **_body(person),
        tracer=tsh124i.PET.code,
        scan_day=dose_day + SCAN_DELAY_DAYS,
        variant=variant,
        activity_mbq=activity,
        administered_at=administered,
        started_at=administered
        + timedelta(days=SCAN_DELAY_DAYS, seconds=int(rng.integers(-3600, 3600))),
        tsh_level=name,
        tsh_miu_per_l=tsh,
        has_region=variant != "i124_without_date",
    )


def _next_day(scan: Scan) -> Scan:
    """The same administration, scanned again a day later."""
    return replace(
        scan,
        scan_id=f"{scan.scan_id}_later",
        scan_day=scan.scan_day + 1,
        started_at=scan.started_at + timedelta(days=1),
        further_time_point=True,
    )


def _residual_scan(low: Scan, high: Scan) -> Scan:
    """What is left of the first administration, an hour before the second one."""
    return replace(
        low,
        scan_id=f"{low.patient_id}_residual",
        scan_day=high.scan_day - SCAN_DELAY_DAYS,
        started_at=high.administered_at - timedelta(hours=1),
        has_region=False,
        residual_of_first=True,
    )


def record_scans(rows: Rows, scans: Sequence[Scan]) -> None:
    """Rows of pet_scan; a residual scan stands in the row of the scan that it precedes."""
    residual = {scan.frame_of: scan.scan_id for scan in scans if scan.residual_of_first}
    for scan in scans:
        if scan.residual_of_first:
            continue
        given = scan.variant == "table_date"
        rows.add(
            "pet_scan",
            scan.patient_id,
            scan_id=scan.scan_id,
            tracer=scan.tracer,
            scan_day=scan.scan_day,
            tsh_level=scan.tsh_level,
            tsh_miu_per_l=scan.tsh_miu_per_l,
            injected_activity_mbq=scan.activity_mbq,
            administered_at=scan.administered_at.isoformat() if given else None,
            fwhm_mm=FWHM_MM,
            series_dir=scan.scan_id,
            region_file=scan.region_name,
            residual_series_dir=residual.get(scan.scan_id),
        )
