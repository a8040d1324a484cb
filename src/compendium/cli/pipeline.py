"""Commands that run notebooks."""

import sys
import tempfile
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

    executed = run_notebook(notebook, params, output, progress=_bars(quiet))
    click.echo(f"{notebook.stem}: done, {executed}")


@click.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Exit with status 1 if anything moved.")
def compare(old: Path, new: Path, strict: bool) -> None:
    """Compare two results folders: numbers, tables and patients that moved between OLD and NEW."""
    if not _print_comparison(old, new) and strict:
        sys.exit(1)


@click.command()
@click.option(
    "--params", type=click.Path(path_type=Path), required=True, help="The study's params file."
)
@click.option(
    "--keep", type=click.Path(path_type=Path), help="An empty folder to keep the new results in."
)
@click.option("--quiet", is_flag=True, help="No progress bars.")
def reproduce(params: Path, keep: Path | None, quiet: bool) -> None:
    """Run everything again in an empty place; exit status 1 unless every number is the same."""
    from compendium import pipeline

    with tempfile.TemporaryDirectory() as temporary:
        empty = keep or Path(temporary)
        published, again = pipeline.reproduce(params, empty.resolve(), progress=_bars(quiet))
        same = _print_comparison(published, again)
    if not same:
        sys.exit(1)


def _bars(quiet: bool) -> bool:
    """Progress bars for a person at a terminal, not for a log file."""
    return not quiet and sys.stderr.isatty()


def _print_comparison(old: Path, new: Path) -> bool:
    from compendium.results import compare as engine

    numbers = engine.compare_numbers(engine.read_numbers(old), engine.read_numbers(new))
    patients = engine.compare_patients(old, new)
    tables = engine.compare_tables(old, new)
    moved = numbers[numbers["state"] != "same"]
    for frame in (moved, patients, tables):
        if len(frame):
            click.echo(frame.to_string(index=False, na_rep="") + "\n")
    click.echo(f"numbers: {engine.summary(numbers['state'])}")
    click.echo(f"patients: {len(patients)} differences; tables: {len(tables)} differences")
    return not (len(moved) or len(patients) or len(tables))
