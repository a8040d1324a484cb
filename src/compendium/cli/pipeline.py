"""Commands that run notebooks."""

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compendium.cli.options import DEMO, of_study
from compendium.cli.publish import THRESHOLD

if TYPE_CHECKING:
    from compendium.pipeline.fingerprint import Present

PLACES = {"data": "study_dir", "results": "results_dir"}
STUDY = click.argument("study", default=DEMO)
WORKERS = click.option(
    "--workers",
    type=click.IntRange(1),
    default=2,
    show_default=True,
    help="Notebooks at a time; the results do not depend on it.",
)
UNTIL = click.option(
    "--until",
    type=click.Choice(["data", "results", "book"]),
    default="book",
    show_default=True,
    help="How far to go.",
)
VERIFY = click.option(
    "--verify", is_flag=True, help="Read every file again, whatever its size and times say."
)


@click.command()
@STUDY
@UNTIL
@WORKERS
@THRESHOLD
@VERIFY
def make(study: str, until: str, workers: int, threshold: int, verify: bool) -> None:
    """Bring STUDY (params/STUDY.yml) up to date: data if synthetic, notebooks, book.

    The book of a real study is its investigators' own, whole and marked PRIVATE; see `publish`.
    """
    _make(study, until, workers=workers, threshold=threshold, verify=verify)


@click.command()
@STUDY
@WORKERS
@THRESHOLD
@VERIFY
def publish(study: str, workers: int, threshold: int, verify: bool) -> None:
    """Bring STUDY up to date, and make the book of it that others may see."""
    _make(study, "book", workers=workers, threshold=threshold, verify=verify, public=True)


def _make(
    study: str, until: str, *, workers: int, threshold: int, verify: bool, public: bool = False
) -> None:
    from compendium.params_files import params_of
    from compendium.pipeline import make as engine
    from compendium.pipeline.book import place_of
    from compendium.pipeline.fingerprint import present

    now = present(params_of(study), verify=verify)
    steps = engine.steps_of(now, until, workers=workers, threshold=threshold, public=public)
    _say_what_is_kept(now)
    engine.make(now, steps, workers, say=click.echo)
    if until == "book":
        page = place_of(now.again(), public) / "index.html"
        click.echo(f"The book is ready. Open {page.relative_to(now.root)}")
    else:
        click.echo(f"{now.params[PLACES[until]]}: up to date.")


@click.command()
@STUDY
@UNTIL
@THRESHOLD
@VERIFY
def status(study: str, until: str, threshold: int, verify: bool) -> None:
    """Say what of STUDY is stale and why, as `make` would, without making anything."""
    from compendium.params_files import params_of
    from compendium.pipeline import make as engine
    from compendium.pipeline.fingerprint import present

    now = present(params_of(study), verify=verify)
    steps = engine.steps_of(now, until, workers=1, threshold=threshold)
    _say_what_is_kept(now)
    for name, why in engine.status(now, steps):
        click.echo(f"{name}: {why or 'fresh'}")


def _say_what_is_kept(now: "Present") -> None:
    """Name what somebody changed in a synthetic study, and notebooks that are no chapter."""
    from compendium.notebook_file import other_notebooks
    from compendium.pipeline.data import changed_by_hand

    for path in other_notebooks(now.root / "notebooks"):
        click.echo(f"notebooks/{path.name}: no chapter by its metadata, left alone")
    if changed := changed_by_hand(now):
        more = f" and {len(changed) - 3} more" * (len(changed) > 3)
        click.echo(f"{now.params['study_dir']}: {', '.join(changed[:3])}{more} kept as changed")


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
    from compendium.pipeline.run import run_notebook

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
@of_study
@click.option(
    "--keep", type=click.Path(path_type=Path), help="An empty folder to keep the new results in."
)
@WORKERS
def reproduce(params: Path, keep: Path | None, workers: int) -> None:
    """Run everything again in an empty place; exit status 1 unless every number is the same."""
    from compendium.pipeline.reproduce import reproduce as run_again

    with tempfile.TemporaryDirectory() as temporary:
        empty = keep or Path(temporary)
        published, again = run_again(params, empty.resolve(), workers=workers, say=click.echo)
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
