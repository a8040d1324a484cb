"""Every lesion of a study: one row a lesion and scan, and an audit row a series.

A series or region that cannot be converted has its rows too, with the reason; one never stops the
others.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

import petsuv
from compendium.rules import Rules
from compendium.study.identity import compare_identity
from compendium.study.images import IMAGE_COLUMNS
from compendium.study.located import records
from compendium.uptake.extraction import MOMENTS, SCAN_COLUMNS, Scan, extract_scan
from compendium.uptake.projection import Projection, project_scan
from compendium.uptake.readings import with_readings
from petsuv import metrics
from petsuv.notes import SEPARATOR
from petsuv.recovery import CORRECTED, read_curves

if TYPE_CHECKING:
    from compendium.study import Study

AUDITED = (
    "units", "suv_type", "decay_correction", "manufacturer", "weight_kg", "height_m", "sex",
    "dose_bq", "nuclide", "half_life_s", "administered_at", "reference_time", "uptake_time_h",
    "philips_suv_factor", "philips_activity_factor", "doubt",
)  # fmt: skip

# Columns of the lesion table after those that say which lesion it is: their meaning and unit.
FIGURES = metrics.FIGURES | {
    "uptake_time_h": "From administration to the time that voxels are corrected to, h",
    "injected_activity_mbq": "Injected activity by the header, MBq",
    "background_mean": "Mean SUV of the local background",
    "background_sd": "Its standard deviation",
    "background_source": "Which voxels it is",
    "max_to_background": "SUVmax over the background's mean",
    "blood_pool_mean": "Mean SUV of the region blood_pool",
    "max_to_blood_pool": "SUVmax over it",
    "liver_mean": "Mean SUV of the region liver",
    "max_to_liver": "SUVmax over it",
    "avid": "Whether SUVmax exceeds both limits of avidity",
    "visibility_limit_suv": "The higher of both limits",
}


def extract_study(
    study: "Study",
    rules: Rules,
    workers: int = 2,
    progress: bool = True,
    export_dir: Path | None = None,
    recovery: Path | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Uptake of every lesion on every scan, and what each series was converted by.

    Args:
        rules: limits of volumes, background and avidity.
        workers: processes; the tables are the same for any number.
        progress: show a progress bar.
        export_dir: folder for DICOM SEG, DICOM SR and JSON side-cars; none are written without it.
        recovery: table of measured recovery curves; corrected figures stand beside the others.

    Returns:
        lesion_suv, a row a lesion and scan; series_audit, a row a series. Both have status (ok or
        refused), reason and flags.
    """
    from joblib import Parallel, delayed
    from tqdm import tqdm

    scans = scans_of(study, rules, export_dir)
    if recovery is not None:
        curves = tuple(read_curves(recovery))
        scans = [replace(scan, recovery=curves) for scan in scans]
    jobs = (delayed(extract_scan)(scan) for scan in scans)
    done = Parallel(n_jobs=min(workers, max(len(scans), 1)), return_as="generator")(jobs)
    bar = tqdm(done, total=len(scans), desc="PET series", unit="series", disable=not progress)
    extracted = list(bar)
    lesion_rows = [row for one in extracted for row in one.lesions]
    figures = FIGURES if recovery is None else FIGURES | CORRECTED
    measured = lesion_table(lesion_rows, figures)
    return with_readings(study, measured, audit_table([one.audit for one in extracted]), rules)


def engine_rules(rules: Rules) -> petsuv.Rules:
    """The study's limits as the engine takes them."""
    return petsuv.Rules(
        volume_share=rules.volume_share,
        volume_suv=rules.volume_suv,
        shell_mm=(rules.shell_inner_mm, rules.shell_outer_mm),
        background=rules.background,
        avid_sds=rules.avid_sds,
        avid_ratio=rules.avid_ratio,
        resolution_widths=rules.resolution_widths,
        fill_skipped=rules.fill_skipped,
        mask_on_ct=rules.mask_on_ct,
        other_study=rules.other_study,
    )


def scans_of(
    study: "Study",
    rules: Rules,
    export_dir: Path | None = None,
    *,
    wanted: Callable[[dict[str, Any]], bool] = lambda row: bool(row["series_dir"]),
) -> list[Scan]:
    """The scans of a study, each with the lesions of its patient; their images count as read.

    Whether the images are of the patient and scan that the table says is compared here, once.

    Args:
        rules: what a lesion's figures rest on, and how far table and header may differ.
        wanted: which rows of pet_scan; all that have images where not given.
    """
    by_patient: dict[str, list[dict[str, Any]]] = {}
    for lesion in records(study.tables["lesion"]):
        by_patient.setdefault(lesion["patient_id"], []).append(lesion)
    rows = [row for row in records(study.tables["pet_scan"]) if wanted(row)]
    for name in (row[column] for row in rows for column in IMAGE_COLUMNS if row.get(column)):
        study.reads.image(str(name))
    verdicts = compare_identity(rows, records(study.tables["patient"]), study.dicom_dir, rules)
    return [
        Scan(
            row,
            by_patient.get(row["patient_id"], []),
            study.dicom_dir,
            engine_rules(rules),
            export_dir,
            activity_flag_share=rules.same_activity_shares[0],
            identity=verdicts[row["scan_id"]].summary,
            contradictions=tuple(map(str, verdicts[row["scan_id"]].contradictions)),
        )
        for row in rows
    ]


def lesion_table(rows: list[dict[str, Any]], figures: Mapping[str, str] = FIGURES) -> pd.DataFrame:
    """Lesion rows as a table, with every column also where nothing was measured."""
    start = [*SCAN_COLUMNS, "lesion_id", "site", "diameter_mm", "status", "reason", "flags"]
    table = pd.DataFrame(rows, columns=[*start, *figures])
    words = ("background_source", "avid", "recovery_note")
    measures = [name for name in figures if name not in (*words, "n_voxels")]
    types = dict.fromkeys(measures, "float64") | {"n_voxels": "Int64", "scan_day": "Int64"}
    return table.astype(types | {"avid": "boolean"})


def audit_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Audit rows as a table: each quantity is followed by where it came from."""
    start = [*SCAN_COLUMNS, "series_dir", "status", "reason", "flags", "identity"]
    start += ["n_lesions", "n_measured"]
    pairs = [(name, f"{name}_from") for name in AUDITED]
    quantities = [column for pair in pairs for column in pair if column not in MOMENTS]
    return pd.DataFrame(rows, columns=[*start, *quantities])


def flag_counts(series_audit: pd.DataFrame) -> pd.DataFrame:
    """How many series carry each kind of flag, with the scans; the flag's detail is left out."""
    flags = series_audit["flags"].fillna("").str.split(SEPARATOR, regex=False).explode()
    kinds = flags[flags != ""].str.replace(r"\(.*", "", regex=True).rename("flag")
    named = series_audit[["scan_id"]].join(kinds, how="inner").drop_duplicates()
    counted = named.groupby("flag")["scan_id"].agg(["size", ", ".join]).reset_index()
    return counted.set_axis(["flag", "n_series", "scans"], axis=1)


def project_study(
    study: "Study", rules: Rules, workers: int = 2, progress: bool = True
) -> list[Projection]:
    """The projections of every scan of a study, in the order of its table."""
    from joblib import Parallel, delayed
    from tqdm import tqdm

    scans = scans_of(study, rules)
    done = Parallel(n_jobs=workers, return_as="generator")(delayed(project_scan)(s) for s in scans)
    bar = tqdm(done, total=len(scans), desc="Projections", unit="series", disable=not progress)
    return list(bar)
