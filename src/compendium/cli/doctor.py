"""The command that looks whether all is in place, and says what to do where it is not."""

import sys
from pathlib import Path

import click


@click.command()
@click.argument("study", required=False)
def doctor(study: str | None) -> None:
    """Check environment, kernel, fonts, free disk and STUDY, and say what to do.

    Without STUDY, the study that was opened last. Exit status 1 where something is amiss.
    """
    from compendium.explore.doctor import examine
    from compendium.files import project_root
    from compendium.pipeline.exploring import last_study

    root = project_root()
    found = examine(root, study or last_study(root), Path(sys.prefix))
    for one in found:
        click.echo(f"{'ok' if one.well else 'AMISS':6}{one.what}: {one.found}")
        if one.to_do:
            click.echo(f"      → {one.to_do}")
    if not all(one.well for one in found):
        sys.exit(1)
