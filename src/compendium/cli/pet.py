"""Commands on PET series. Everything that takes long to import waits until a command runs."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compendium.cli.options import RULES_OF, SCHEDULER
from compendium.cli.pet_regions import Asked, add_recovery, region_options, write_made
from compendium.errors import InputError, Refused
from compendium.files import write_whole

if TYPE_CHECKING:
    from compendium.rules import Rules
    from compendium.study import Study

SUV_COLUMNS = (
    "region", "number", "made", "n_voxels", "volume_ml", "suv_min", "suv_median", "suv_mean",
    "suv_max", "flags", "status", "reason",
)  # fmt: skip


@click.command()
@click.argument("dicom_dir", type=click.Path(path_type=Path))
@click.option(
    "--region",
    "region_file",
    type=click.Path(path_type=Path),
    help="DICOM SEG or RTSTRUCT, NIfTI or NRRD mask.",
)
@click.option("--region-name", help="One region of the file; all of them otherwise.")
@click.option(
    "--region-number", type=int, help="The same by the number of its ROI, segment or label."
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Table to write, CSV, one row a region.",
)
@click.option(
    "--administered-at",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M"]),
    help="Date and time of administration in the scanner's clock, in place of the header's.",
)
@click.option(
    "--weight-kg",
    type=click.FloatRange(min=0, min_open=True),
    help="Body weight, in place of the header's.",
)
@click.option(
    "--fill-skipped", is_flag=True, help="Fill slices that were skipped between drawn contours."
)
@click.option(
    "--registration",
    type=click.Path(path_type=Path),
    help="DICOM Spatial Registration, for regions in another frame of reference than the PET's.",
)
@click.option(
    "--other-study",
    is_flag=True,
    help="The region file may be filed in another study than the PET, in its frame of reference.",
)
@click.option(
    "--series", help="SeriesInstanceUID or Series Number, where DICOM_DIR holds several PET series."
)
@click.option(
    "--mask-on-ct",
    is_flag=True,
    help="The NIfTI, NRRD or MetaImage mask may be drawn on CT in the space of the PET.",
)
@region_options
def suv(
    dicom_dir: Path,
    region_file: Path | None,
    region_name: str | None,
    region_number: int | None,
    out: Path,
    administered_at: datetime | None,
    weight_kg: float | None,
    fill_skipped: bool,
    registration: Path | None,
    other_study: bool,
    series: str | None,
    mask_on_ct: bool,
    seg: Path | None,
    recovery: Path | None,
    scanner: str | None,
    **asked: Any,
) -> None:
    """SUV (body weight) of regions on the PET series in DICOM_DIR, a folder or a zip archive.

    Regions come from a file, or are made: spheres, boxes, grown from seeds. A made one says so in
    the table and in the SEG. What is proposed is to be looked at, and is used for nothing.

    A series that cannot be converted without guessing is refused: exit status 2, the reason on
    standard error and in the table.
    """
    import petsuv

    overrides = petsuv.Overrides(administered_at=administered_at, weight_kg=weight_kg)
    wanted = Asked(**asked)
    wanted.require_one_source(region_file)
    try:
        pet = petsuv.load(dicom_dir, overrides, series)
        made = wanted.make(pet)
        rows = [row for region in made for row in pet.measure(region)]
        if region_file is not None:
            rows = pet.measure(
                region_file,
                region_name,
                number=region_number,
                fill=fill_skipped,
                registration=registration,
                mask_on_ct=mask_on_ct,
                other_study=other_study,
            )
        columns = (*SUV_COLUMNS, *add_recovery(rows, recovery, scanner, pet))
    except Refused as reason:
        # An earlier table must not stand as if it were this run's.
        refusal = {"region": region_name or "", "status": "refused", "reason": str(reason)}
        write_rows(out, SUV_COLUMNS, [refusal])
        raise
    write_rows(out, columns, rows)
    refused = [str(row["reason"]) for row in rows if row["status"] == "refused"]
    if refused and len(refused) == len(rows):
        raise Refused("\n".join(refused))
    if seg is not None:
        write_made(pet, made, seg)
    for reason_text in refused:
        click.echo(f"Refused: {reason_text}", err=True)
    click.echo(f"{out}: {len(rows) - len(refused)} of {len(rows)} regions measured.")


@click.command()
@click.argument("dicom_root", type=click.Path(path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Workbook to write (.xlsx); it holds what the headers say of people.",
)
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True)
@SCHEDULER
def index(dicom_root: Path, out: Path, workers: int, scheduler: str | None) -> None:
    """List the series in DICOM_ROOT, a tree of folders or a zip archive, and propose a pet_scan.

    The workbook has a row a series (patient, date, tracer, whether an SUV can be had and why not,
    region files), and a table pet_scan that a person confirms and completes.
    """
    from compendium.study.proposal import write_index
    from compendium.sweeps.parallel import on, side_by_side
    from petsuv.index import index_tree

    if out.suffix.lower() != ".xlsx":
        raise InputError(f"{out}: ends in {out.suffix or 'nothing'}; expected .xlsx.")
    root = dicom_root.absolute() if scheduler else dicom_root  # workers are in folders of their own
    with on(scheduler):
        found = index_tree(root, side_by_side(workers))
    write_index(out, found, root)
    pet = [one for one in found.series if one.is_pet]
    click.echo(
        f"{out}: {found.n_files} files, {len(found.series)} series, {len(pet)} of PET, "
        f"{sum(one.suv is True for one in pet)} of them with SUV; "
        f"{found.left_out.total()} files left out. Confirm the sheet pet_scan, and keep the "
        "workbook where the images are: it names people."
    )


@click.command()
@click.argument("study_dir", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the tables; results/<study>/pet otherwise.",
)
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True)
@SCHEDULER
@click.option("--strict", is_flag=True, help="Exit status 2 when a series or region is refused.")
@click.option("--export", is_flag=True, help="Write DICOM SEG, DICOM SR and JSON side-cars too.")
@click.option("--pictures", is_flag=True, help="Write a picture of each series too.")
@click.option(
    "--recovery",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Measured recovery curves by scanner, CSV: corrected values beside the others.",
)
@click.option("--quiet", is_flag=True, help="No progress bar.")
@RULES_OF
def extract(
    study_dir: Path,
    out: Path | None,
    workers: int,
    scheduler: str | None,
    strict: bool,
    export: bool,
    pictures: bool,
    recovery: Path | None,
    quiet: bool,
    params: Path | None,
) -> None:
    """Uptake of every lesion on every PET series of the study in STUDY_DIR.

    Writes lesion_suv.csv, a row a lesion and scan, with the meaning of its columns beside it; and
    series_audit.csv, a row a series with every quantity that was used and its source. What is
    refused has its row with the reason.
    """
    from compendium.files import project_root
    from compendium.parameters import rules_for
    from compendium.study import load_study
    from compendium.study.located import records
    from compendium.sweeps.parallel import on
    from compendium.uptake.lesions import FIGURES, extract_study
    from petsuv.recovery import CORRECTED

    study = load_study(str(study_dir))
    folder = out or project_root() / "results" / study.name / "pet"
    exports = folder / "export" if export else None
    rules = rules_for(study_dir, params)
    with on(scheduler):
        lesions, audit = extract_study(study, rules, workers, not quiet, exports, recovery)
    for name, table in (("lesion_suv", lesions), ("series_audit", audit)):
        write_rows(folder / f"{name}.csv", table.columns, records(table))
    known = (FIGURES | CORRECTED).items()
    meanings = [{"column": name, "meaning": meaning} for name, meaning in known if name in lesions]
    write_rows(folder / "lesion_suv_columns.csv", ("column", "meaning"), meanings)
    if pictures:
        _write_pictures(study, rules, folder / "pictures", workers, quiet)
    refused = audit[audit["status"] == "refused"]
    for row in refused.to_dict("records"):
        click.echo(f"Refused: {row['scan_id']}: {row['reason']}", err=True)
    unmeasured = int((lesions["status"] == "refused").sum())
    summary = (
        f"{len(audit) - len(refused)} of {len(audit)} series converted, "
        f"{len(lesions) - unmeasured} of {len(lesions)} lesions measured"
    )
    click.echo(f"{folder}: {summary}.")
    if strict and (len(refused) or unmeasured):
        raise Refused(f"{study_dir}: {summary}; expected all. See the reasons in {folder}.")


def _write_pictures(
    study: "Study", rules: "Rules", folder: Path, workers: int, quiet: bool
) -> None:
    from compendium.figures.style import stamp_synthetic
    from compendium.uptake.figures import contact_sheet, projections
    from compendium.uptake.lesions import project_study

    folder.mkdir(parents=True, exist_ok=True)
    shown = project_study(study, rules, workers, not quiet)
    figures = {one.scan_id: projections(one) for one in shown if not one.reason}
    for name, figure in (*figures.items(), ("contact_sheet", contact_sheet(shown))):
        if study.synthetic:
            stamp_synthetic(figure)
        held = io.BytesIO()
        figure.savefig(held, format="png", dpi=200)
        write_whole(folder / f"{name}.png", held.getvalue())


@click.command()
@click.argument("lesion_table", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Table to write, CSV, one row a lesion and administration.",
)
def dose(lesion_table: Path, out: Path) -> None:
    """Exploratory: dose per GBq of 131I by the 124I values in LESION_TABLE (lesion_suv.csv)."""
    from compendium.results.record import as_written
    from compendium.study.located import records
    from compendium.tsh.dosimetry import KEYS, dose_table

    if not lesion_table.is_file():
        raise InputError(f"{lesion_table}: no such file; expected lesion_suv.csv of an extraction.")
    table = dose_table(as_written(lesion_table.read_bytes(), KEYS))
    write_rows(out, table.columns, records(table))
    found = int((table["reason"] == "").sum())
    click.echo(f"{out}: {found} of {len(table)} lesions projected (exploratory).")


def write_rows(path: Path, columns: Iterable[str], rows: Iterable[Mapping[Any, Any]]) -> None:
    """Write these columns of the rows as CSV in one step: a reader never sees half of it.

    Raises:
        InputError: the folder cannot be written to.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, [*columns], restval="", extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        partial.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error}). Choose another place.") from error
