"""`compendium qupath`: cells counted by QuPath as rows of ihc_read."""

from pathlib import Path

import click

from compendium.trop2.qupath import reads_from_qupath


@click.command(name="qupath")
@click.argument("export", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--image-pattern",
    required=True,
    help="What an image's name begins with, as a regular expression that names "
    "(?P<patient_id>...) and (?P<block_id>...), and (?P<tissue>...) if it is there.",
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
@click.option("--base-class", default="Tumor", show_default=True, help="Class of tumour cells.")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False),
              help="Table to write, to be joined to the study's ihc_read.csv.")  # fmt: skip
def qupath(
    export: Path,
    image_pattern: str,
    clone: str,
    catalogue: str,
    tissue: str,
    base_class: str,
    out: Path,
) -> None:
    """Turn EXPORT, QuPath's measurements of detections or annotations, into Trop2 reads."""
    reads = reads_from_qupath(
        export,
        image_pattern=image_pattern,
        antibody_clone=clone,
        antibody_catalogue=catalogue,
        tissue=tissue,
        base_class=base_class,
    )
    written = reads.assign(blinded=reads["blinded"].map({True: "yes", False: "no"}))
    written.to_csv(out, index=False, lineterminator="\n")
    click.echo(f"{out}: {len(reads)} reads of {reads['patient_id'].nunique()} patients")
