"""The command that puts the tables of several centres together."""

from pathlib import Path

import click


@click.command()
@click.argument("centres", metavar="STUDY STUDY...", nargs=-1, required=True)
@click.option(
    "--to",
    "folder",
    default="results/combined",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder of the combined tables.",
)
def combine(centres: tuple[str, ...], folder: Path) -> None:
    """Put the tables and numbers of several centres into one each, the centre as a column.

    Each centre is a study with its params file. Nothing is pooled: what contradicts is refused.
    """
    from compendium.files import project_root
    from compendium.pipeline.fingerprint import Present
    from compendium.remembered import remembered_in
    from compendium.sweeps.centres import centres_of
    from compendium.sweeps.combining import combine as combined

    root = project_root()
    base = Present(root, root, {}, remembered_in(root))
    files = combined(centres_of(centres, base), root / folder)
    base.remembered.save()
    of_studies = sum(name.startswith("tables/") for name in files)
    click.echo(
        f"{folder.as_posix()}: {of_studies} tables of the studies, {len(files) - of_studies} of "
        f"their results, {len(centres)} centres. They hold patients: keep them as the studies."
    )
