"""The command that opens JupyterLab."""

import sys

import click


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("study", required=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def lab(study: str | None, arguments: tuple[str, ...]) -> None:
    """Explore STUDY in JupyterLab; without one, the study that was opened last.

    Notebooks open on that study and write apart from what is published, to results/STUDY/explore.
    They are saved without outputs. Nothing is asked of another machine. Further ARGUMENTS are
    JupyterLab's own, such as --no-browser.
    """
    from compendium.explore.lab import start
    from compendium.files import project_root
    from compendium.pipeline.exploring import last_study

    root = project_root()
    if study and study.startswith("-"):
        study, arguments = "", (study, *arguments)
    study = study or last_study(root)
    click.echo(f"Study {study}: what you do here is explored, and never published.")
    sys.exit(start(root, study, arguments))
