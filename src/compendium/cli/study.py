"""Commands that begin a study, check it, and tell what its columns mean."""

import sys
from collections.abc import Callable
from pathlib import Path

import click

from compendium.cli.options import RULES_OF
from compendium.files import write_whole
from compendium.studies import STUDIES

FORMATS = click.Choice(["csv", "redcap"])


def _study_flags(function: Callable[..., None]) -> Callable[..., None]:
    """A flag for each registered study, named after its code."""
    for code, study in reversed(list(STUDIES.items())):
        told = f"Only the tables that {study.record} needs; with other such flags, theirs too."
        function = click.option(f"--{code.lower()}", code, is_flag=True, help=told)(function)
    return function


@click.command(name="new-study")
@click.argument("study", type=click.Path(path_type=Path))
@_study_flags
@click.option("--pet", is_flag=True, help="Also the tables of their PET.")
@click.option("--csv", "as_csv", is_flag=True, help="A CSV file a table instead of a workbook.")
@click.option("--days", "as_days", is_flag=True, help="Days since day 0 in place of dates.")
def new_study(study: Path, pet: bool, as_csv: bool, as_days: bool, **chosen: bool) -> None:
    """Begin STUDY in data/<STUDY>: templates, params file, and the next steps.

    Without a flag of a study, all sheets are shown; with one, those that it does not need are
    hidden in the workbook, and left out as CSV.
    """
    from compendium.files import project_root
    from compendium.study import templates

    codes = [code for code in STUDIES if chosen[code]]
    written = templates.new_study(study, as_csv=as_csv, as_days=as_days, studies=codes, pet=pet)
    for path in written:
        click.echo(path.relative_to(project_root()).as_posix())
    folder = templates.folder_of(study).as_posix()
    click.echo(f"Next: fill in the tables; {folder}/README.md has the three steps.")


@click.command()
@click.argument("study_dir", type=click.Path(path_type=Path))
@click.option(
    "--report", type=click.Path(path_type=Path, dir_okay=False), help="Also write an HTML page."
)
@click.option("--no-images", is_flag=True, help="Do not look for the images on disk.")
@click.option("--all", "every", is_flag=True, help="Every problem, not the first few of a kind.")
@RULES_OF
def validate(
    study_dir: Path, report: Path | None, no_images: bool, every: bool, params: Path | None
) -> None:
    """List the problems of the study in STUDY_DIR, causes first; exit status 1 if one is an error.

    Of each kind the first few are shown and the others counted.
    """
    from compendium.parameters import rules_for
    from compendium.rules.in_words import departures_in_words
    from compendium.study import examine, validation_report
    from compendium.study.problems import SHOWN_OF_A_KIND, errors_of

    rules = rules_for(study_dir, params)
    study, problems = examine(study_dir, rules, images=not no_images)
    most = None if every else SHOWN_OF_A_KIND
    text = validation_report.as_text(problems, most)
    if text:
        click.echo(text)
    rows = sum(len(table) for table in study.tables.values())
    click.echo(f"{study_dir}: {rows} rows read; {validation_report.counts(problems)}.")
    if rules.departures:
        click.echo(departures_in_words(rules))
    if report is not None:
        page = validation_report.as_html(str(study_dir), problems)
        write_whole(report, page.encode("utf-8"))
    if errors_of(problems):
        sys.exit(1)


@click.command()
@click.option("--format", "form", type=FORMATS, default="csv", show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="A file; else the screen."
)
def dictionary(form: str, out: Path | None) -> None:
    """What every column of a study means: for people (csv), or for REDCap to import (redcap)."""
    from compendium.study.dictionary import data_dictionary, redcap_dictionary

    frame = data_dictionary() if form == "csv" else redcap_dictionary()
    text = frame.to_csv(index=False, lineterminator="\n")
    if out is None:
        click.echo(text, nl=False)
    else:
        write_whole(out, text.encode("utf-8"))
