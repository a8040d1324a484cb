"""Commands that run notebooks."""

from pathlib import Path

import click


@click.command()
@click.argument("notebook", type=click.Path(path_type=Path))
@click.option(
    "--params", type=click.Path(path_type=Path), required=True, help="The study's params file."
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Executed notebook; by default, and only, in the study's results.",
)
@click.option("--quiet", is_flag=True, help="No progress bar.")
def run(notebook: Path, params: Path, output: Path | None, quiet: bool) -> None:
    """Run one NOTEBOOK with a study's parameters, strictly and whole."""
    from compendium.pipeline import run_notebook

    executed = run_notebook(notebook, params, output, progress=not quiet)
    click.echo(f"{notebook.stem}: done, {executed}")
