"""`compendium adopt`: a hospital's workbook, CSV file or REDCap export as a study's tables."""

import sys
from pathlib import Path

import click

from compendium.called import command
from compendium.formatting import visible


@click.command()
@click.argument(
    "sources", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option("--study", required=True, help="Name of the study; its folder is data/<name>.")
def adopt(sources: tuple[Path, ...], study: str) -> None:
    """Adopt SOURCES (.xlsx, CSV, REDCap exports) as a study, by a mapping that you edit in Excel.

    The first run writes data/<study>/intake/mapping.xlsx, filled in as far as words are known; the
    second writes the study's tables by it. Run it again with each data freeze: the mapping is
    kept, and what is new is named.
    """
    from compendium.files import project_root
    from compendium.intake.adopting import adopt as run

    outcome = run(sources, study)
    for line in outcome.told:
        click.echo(visible(line))
    for line in outcome.open:
        click.echo(f"to decide: {visible(line)}")
    for path in outcome.written:
        click.echo(path.relative_to(project_root()))
    book = f"data/{study}/intake/mapping.xlsx"
    if outcome.proposed:
        click.echo(f"Next: look through {book}, save it, and run this command again.")
    elif outcome.open:
        click.echo(f"Nothing is written. Decide these {len(outcome.open)} in {book}; run it again.")
        sys.exit(1)
    else:
        click.echo(f"Next: {command(f'validate data/{study}')}")
