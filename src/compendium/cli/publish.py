"""Commands that make what is published: the book, its checks and its copies."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compendium.cli.options import of_study
from compendium.errors import InputError

if TYPE_CHECKING:
    from compendium.results.reading import Results

THRESHOLD = click.option(
    "--threshold",
    type=click.IntRange(2),
    default=5,
    show_default=True,
    help="Counts of people from 1 to below it are small cells.",
)


@click.command()
@of_study
@THRESHOLD
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Folder of the HTML [book/_build/html, or book/_build/public].",
)
@click.option("--draft", is_flag=True, help="Render results that are not fresh, marked as such.")
@click.option(
    "--public", is_flag=True, help="Of a real study: only what others may see, past the gate."
)
def book(params: Path, threshold: int, output: Path | None, draft: bool, public: bool) -> None:
    """Render a study's results as a static book."""
    from compendium.pipeline.book import make_book

    page = make_book(params, output, public=public, draft=draft, threshold=threshold)
    click.echo(f"Open {page}")


@click.command()
@of_study
@click.option(
    "--html", type=click.Path(path_type=Path, file_okay=False), help="The rendered book, if any."
)
@click.option(
    "--dicom",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="DICOM that is to be shared.",
)
@THRESHOLD
@click.option("--as-real", is_flag=True, help="Judge a synthetic study's counts as of people.")
@click.option(
    "--review",
    is_flag=True,
    help="Write what is found to a table beside the params file, with a column for the reason.",
)
def disclose(
    params: Path,
    html: Path | None,
    dicom: Path | None,
    threshold: int,
    as_real: bool,
    review: bool,
) -> None:
    """Search what is published of a study for what must not be; exit 2 where any is found.

    These are the results as others may see them, small counts hidden, the pages that `publish`
    makes of them, and what `archive` packs beside.
    """
    from compendium.privacy import disclosure, findings, public_data
    from compendium.publish import archive
    from compendium.results.reading import read_results
    from compendium.suppression.public import public_results

    results = read_results(params)
    people = as_real or not results.synthetic
    html = html or _pages(results)
    with tempfile.TemporaryDirectory() as folder:
        seen = public_results(results, Path(folder), threshold) if people else results
        found = disclosure.scan(seen, html, threshold=threshold, people=people)
        if not results.synthetic:
            found += archive.found_beside(seen, archive.beside_book(seen))
    found += disclosure.scan_dicom(dicom) if dicom else []
    if review:
        table = findings.excuses_file(params)
        waiting = findings.write_review(table, found, public_data.reasons(results, found))
        click.echo(f"{table}: {waiting} rows wait for a reason; what has none is not excused")
        return
    if found:
        raise InputError(disclosure.refusal(found, results))
    counts = "" if people else " (counts are not of people: synthetic)"
    pages = "no pages are made yet" if html is None else f"with the pages in {html}"
    click.echo(f"{params}: nothing found that must not be published, {pages}{counts}")


def _pages(results: "Results") -> Path | None:
    """Pages of the public book: those that the gate refused, else the finished ones, else none."""
    from compendium.publish.book import PAGES, refused
    from compendium.publish.editions import NOTE, PUBLIC, note

    made = results.root / "book" / "_build" / "public"
    for pages in (refused(made) / PAGES, made):
        own = pages / NOTE
        if own.is_file() and own.read_text() == note(str(results.params["study_dir"]), PUBLIC):
            return pages
    return None


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--key",
    type=click.Path(path_type=Path),
    required=True,
    help="Secret of the new UIDs and day shifts; made if absent. Keep it, do not share it.",
)
@click.option(
    "--leave-out-refused",
    is_flag=True,
    help="Share the rest where a file must not be shared; nothing is shared otherwise.",
)
def deidentify(source: Path, target: Path, key: Path, leave_out_refused: bool) -> None:
    """Write a de-identified copy of the DICOM files in SOURCE to TARGET.

    Files and folders get new names; a table of them is written beside the key. An interrupted run
    is taken up by calling again.
    """
    from compendium.privacy.deidentify import deidentify_folder

    done = deidentify_folder(source, target, key, leave_out_refused=leave_out_refused)
    for name in done.left_out:
        click.echo(f"left out, not DICOM or a DICOMDIR: {name}")
    for name, reason in done.refused.items():
        click.echo(f"left out, {name}: {reason}")
    for folder, why in done.heads.items():
        click.echo(
            f"WARNING: {target / folder}: a head is imaged ({why}). A face can be drawn from its "
            f"slices: cut the head off, or share only with who is bound by an agreement.",
            err=True,
        )
    for name in done.unclaimed:
        click.echo(f"WARNING: {target / name}: not every line of the profile holds", err=True)
    click.echo(f"{done.written} files written to {target}; the key is {key}")
    click.echo(f"old and new names are in {done.names_file}; keep it with the key")


HTML = click.option(
    "--html",
    type=click.Path(path_type=Path),
    default=Path("book/_build/html"),
    show_default=True,
    help="The rendered book.",
)


def _output(default: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The option --output with its default."""
    return click.option(
        "--output", type=click.Path(path_type=Path), default=Path(default), show_default=True
    )


SUPPLEMENT = click.option(
    "--supplement", is_flag=True, help="The supplement, methods and chapters, not the article."
)


def _part(supplement: bool) -> str:
    from compendium.publish import manuscript

    return manuscript.SUPPLEMENT if supplement else manuscript.ARTICLE


@click.command()
@of_study
@HTML
@SUPPLEMENT
@_output("book/_build/manuscript.docx")
def docx(params: Path, html: Path, supplement: bool, output: Path) -> None:
    """Write the article of the book as a Word document."""
    from compendium.publish.word import write_docx
    from compendium.results.reading import read_results

    click.echo(f"Open {write_docx(read_results(params), html, output, _part(supplement))}")


@click.command("diff-docx")
@click.argument("old", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("new", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--output", type=click.Path(path_type=Path), help="The same as a table, CSV.")
def diff_docx(old: Path, new: Path, output: Path | None) -> None:
    """List the numbers that differ between two versions of a manuscript, OLD and NEW.

    For a revision letter: each paragraph and row of a table with a changed number, before and
    after, by the heading or the table's caption that it stands under.
    """
    from compendium.publish.revision import changed_numbers, write_changes

    changes = list(changed_numbers(old, new))
    for change in changes:
        click.echo(
            f"{change.place}\n  was: {change.old or '(nothing)'}\n  now: "
            f"{change.new or '(nothing)'}"
        )
    click.echo(f"{len(changes)} places differ in their numbers.")
    if output is not None:
        click.echo(f"Open {write_changes(changes, output)}")


@click.command()
@of_study
@HTML
@SUPPLEMENT
@_output("book/_build/manuscript.pdf")
def pdf(params: Path, html: Path, supplement: bool, output: Path) -> None:
    """Print the article of the book as PDF through an installed Chromium."""
    from compendium.publish.printed import write_pdf
    from compendium.results.reading import read_results

    click.echo(f"Open {write_pdf(read_results(params), html, output, _part(supplement))}")


@click.command()
@of_study
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    help="The book that may be passed on [book/_build/public; of a synthetic study, html].",
)
@THRESHOLD
@click.option("--output", type=click.Path(path_type=Path), help="The zip [archive/STUDY.zip].")
def archive(params: Path, html: Path | None, threshold: int, output: Path | None) -> None:
    """Pack book, results, code and environment for a repository such as Zenodo."""
    from compendium.pipeline.book import place_of, require_fresh
    from compendium.pipeline.fingerprint import present
    from compendium.publish.archive import left_out, write_archive
    from compendium.results.reading import read_results

    results = read_results(params)
    html = html or place_of(present(params), public=True)
    require_fresh(results, html, threshold)
    place = output or results.root / "archive" / f"{results.study_dir.name}.zip"
    for name in left_out(results.root):
        click.echo(f"left out, of no kind that is packed: {name}", err=True)
    written = write_archive(results, html, place, threshold=threshold)
    click.echo(f"{written}: {written.stat().st_size / 1e6:.1f} MB, with its RO-Crate")
