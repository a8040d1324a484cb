"""Commands that make what is published: the book, its checks and its copies."""

from pathlib import Path

import click

PARAMS = click.option(
    "--params",
    type=click.Path(path_type=Path),
    default=Path("params/demo.yml"),
    show_default=True,
    help="The study's params file.",
)


@click.command()
@PARAMS
@click.option(
    "--output", type=click.Path(path_type=Path), help="Folder of the HTML [book/_build/html]."
)
@click.option("--draft", is_flag=True, help="Render results that are not fresh, marked as such.")
def book(params: Path, output: Path | None, draft: bool) -> None:
    """Render a study's results as a static book."""
    from compendium.book import build_book

    click.echo(f"Open {build_book(params, output, draft=draft)}")
