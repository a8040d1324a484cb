"""Commands on PET series. Everything that takes long to import waits until a command runs."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compendium.errors import InputError, Refused

if TYPE_CHECKING:
    from compendium.pet.notes import Overrides

SUV_COLUMNS = (
    "region", "n_voxels", "volume_ml", "suv_min", "suv_median", "suv_mean", "suv_max",
    "flags", "status", "reason",
)  # fmt: skip


@click.command()
@click.argument("dicom_dir", type=click.Path(path_type=Path))
@click.option(
    "--region",
    "region_file",
    required=True,
    type=click.Path(path_type=Path),
    help="DICOM SEG or RTSTRUCT, NIfTI or NRRD mask.",
)
@click.option("--region-name", help="One region of the file; all of them otherwise.")
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
def suv(
    dicom_dir: Path,
    region_file: Path,
    region_name: str | None,
    out: Path,
    administered_at: datetime | None,
    weight_kg: float | None,
) -> None:
    """SUV (body weight) of regions on the PET series in DICOM_DIR.

    A series that cannot be converted without guessing is refused: exit status 2, the reason on
    standard error and in the table.
    """
    from compendium.pet.notes import Overrides

    overrides = Overrides(administered_at=administered_at, weight_kg=weight_kg)
    try:
        rows = _suv_rows(dicom_dir, region_file, region_name, overrides)
    except Refused as reason:
        # An earlier table must not stand as if it were this run's.
        write_rows(out, SUV_COLUMNS, [_refused_row(region_name or "", str(reason))])
        raise
    write_rows(out, SUV_COLUMNS, rows)
    refused = [str(row["reason"]) for row in rows if row["status"] == "refused"]
    if refused and len(refused) == len(rows):
        raise Refused("\n".join(refused))
    for reason_text in refused:
        click.echo(f"Refused: {reason_text}", err=True)
    click.echo(f"{out}: {len(rows) - len(refused)} of {len(rows)} regions measured.")


def _suv_rows(
    dicom_dir: Path, region_file: Path, region_name: str | None, overrides: "Overrides"
) -> list[dict[str, object]]:
    from compendium.pet.measure import plain_figures
    from compendium.pet.regions import choose, read_regions
    from compendium.pet.series import load_series
    from compendium.pet.suv import convert

    if not region_file.is_file():
        raise InputError(f"{region_file}: no such file; expected the regions of {dicom_dir}.")
    series = load_series(dicom_dir)
    conversion = convert(series, overrides)
    regions = read_regions(region_file, series)
    if region_name is not None:
        regions = [choose(regions, region_name, region_file)]
    rows = []
    for region in regions:
        if region.reason:
            rows.append(_refused_row(region.name, region.reason))
            continue
        figures = asdict(plain_figures(series, conversion, region))
        flags = "; ".join((*conversion.flags, *region.flags))
        rows.append({"region": region.name, **figures, "flags": flags, "status": "ok"})
    return rows


def _refused_row(region: str, reason: str) -> dict[str, object]:
    return {"region": region, "status": "refused", "reason": reason}


def write_rows(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Write a CSV table in one step: a reader never sees half of it.

    Raises:
        InputError: the folder cannot be written to.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, [*columns], restval="")
            writer.writeheader()
            writer.writerows(rows)
        partial.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error}). Choose another place.") from error
