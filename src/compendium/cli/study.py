"""Commands that begin a study, check it, and tell what its columns mean."""

import sys
from pathlib import Path

import click

from compendium.errors import InputError

FORMATS = click.Choice(["csv", "redcap"])
RULES_OF = click.option(
    "--params",
    type=click.Path(path_type=Path),
    help="Params file whose rules apply; params/<study>.yml, if it is there.",
)


@click.command(name="new-study")
@click.argument("study_dir", type=click.Path(path_type=Path))
@click.option("--csv", "as_csv", is_flag=True, help="A CSV file a table instead of a workbook.")
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    help="A params file with a mapping; writes the tables from --source, ready to be validated.",
)
@click.option("--source", type=click.Path(path_type=Path), help="The table that is to be mapped.")
def new_study(study_dir: Path, as_csv: bool, mapping: Path | None, source: Path | None) -> None:
    """Begin a study in STUDY_DIR (data/<name>): templates, params file, and the next steps."""
    from compendium.files import project_root
    from compendium.study import templates
    from compendium.study.mapping import map_source

    if (mapping is None) != (source is None):
        raise InputError("--mapping and --source belong together: give both, or neither.")
    if mapping is not None and source is not None:
        written = templates.write_tables(study_dir, map_source(mapping, source))
        steps = f"Next: compendium validate {study_dir}"
    else:
        written = templates.new_study(study_dir, as_csv=as_csv)
        steps = f"Next: fill in the tables; {study_dir}/README.md has the three steps."
    for path in written:
        click.echo(path.relative_to(project_root()))
    click.echo(steps)


@click.command()
@click.argument("study_dir", type=click.Path(path_type=Path))
@click.option(
    "--report", type=click.Path(path_type=Path, dir_okay=False), help="Also write an HTML page."
)
@click.option("--no-images", is_flag=True, help="Do not look for the images on disk.")
@RULES_OF
def validate(study_dir: Path, report: Path | None, no_images: bool, params: Path | None) -> None:
    """List all problems of the study in STUDY_DIR at once; exit status 1 if one is an error."""
    from compendium.parameters import departures_in_words, rules_for
    from compendium.study import examine, validation_report
    from compendium.study.problems import errors_of

    rules = rules_for(study_dir, params)
    study, problems = examine(study_dir, rules, images=not no_images)
    text = validation_report.as_text(problems)
    if text:
        click.echo(text)
    rows = sum(len(table) for table in study.tables.values())
    click.echo(f"{study_dir}: {rows} rows read; {validation_report.counts(problems)}.")
    if rules.departures:
        click.echo(departures_in_words(rules))
    if report is not None:
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(validation_report.as_html(str(study_dir), problems), encoding="utf-8")
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
        out.write_text(text, encoding="utf-8")
