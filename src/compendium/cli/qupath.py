"""`compendium qupath`: cells counted by QuPath as rows of ihc_read."""

from pathlib import Path

import click

from compendium.errors import InputError
from compendium.files import write_whole


@click.command(name="qupath")
@click.argument("export", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--image-pattern",
    default="",
    help="What an image's name begins with, as a regular expression that names "
    "(?P<patient_id>...) and (?P<block_id>...), and (?P<tissue>...) if it is there. A core of a "
    "tissue microarray needs none where it has a Case ID.",
)
@click.option(
    "--map",
    "core_map",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="CSV of two columns, core and patient_id, for a tissue microarray without Case IDs.",
)
@click.option("--clone", required=True, help="Clone of the antibody.")
@click.option("--catalogue", default="", help="Catalogue number of the antibody.")
@click.option(
    "--tissue",
    type=click.Choice(["primary", "metastasis"]),
    default="primary",
    show_default=True,
    help="Tissue, where the image's name does not say.",
)
@click.option(
    "--tumour-class",
    default=("Tumor",),
    show_default=True,
    multiple=True,
    help="Class of the tumour's annotations and cells; may be repeated. Others are left out and "
    "listed, Ignore* always.",
)
@click.option("--least-cells", default=100, show_default=True, help="Fewer cells are no read.")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False),
              help="Table to write, to be joined to the study's ihc_read.csv.")  # fmt: skip
def qupath(
    export: Path,
    image_pattern: str,
    core_map: Path | None,
    clone: str,
    catalogue: str,
    tissue: str,
    tumour_class: tuple[str, ...],
    least_cells: int,
    out: Path,
) -> None:
    """Turn EXPORT, QuPath's measurements of detections, annotations or cores, into Trop2 reads."""
    from compendium.trop2.qupath import reads_from_qupath  # loads tables

    found = reads_from_qupath(
        export,
        image_pattern=image_pattern,
        patients=None if core_map is None else _patients(core_map),
        antibody_clone=clone,
        antibody_catalogue=catalogue,
        tissue=tissue,
        tumour_class=tumour_class,
        least_cells=least_cells,
    )
    reads = found.reads
    written = reads.assign(blinded=reads["blinded"].map({True: "yes", False: "no"}))
    write_whole(out, written.to_csv(index=False, lineterminator="\n").encode("utf-8"))
    for what, number in found.left_out.items():
        click.echo(f"left out: {number} {what}")
    if found.missing_cores:
        click.echo(f"missing: {found.missing_cores} cores without enough tumour")
    click.echo(f"{out}: {len(reads)} reads of {reads['patient_id'].nunique()} patients")


def _patients(core_map: Path) -> dict[str, str]:
    """Patient of each core, from a file with a header and two columns."""
    from compendium.study.spreadsheets import read_lines

    patients: dict[str, str] = {}
    for row, line in enumerate(read_lines(core_map.read_bytes())[1:], start=2):
        cells = [cell.strip() for cell in line]
        if not any(cells):
            continue
        core, patient = cells if len(cells) == 2 and all(cells) else ("", "")
        if not core or patients.get(core, patient) != patient:
            raise InputError(
                f"{core_map}, row {row}: {', '.join(cells)!r}; expected a core and its one "
                "patient_id. Correct the row."
            )
        patients[core] = patient
    return patients
