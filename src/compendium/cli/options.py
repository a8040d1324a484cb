"""Options that commands of several modules share."""

from pathlib import Path

import click

RULES_OF = click.option(
    "--params",
    type=click.Path(path_type=Path),
    help="Params file whose rules apply; params/<study>.yml, if it is there.",
)

SCHEDULER = click.option(
    "--scheduler",
    help="Address of a Dask scheduler, such as tcp://host:8786, whose workers see this folder.",
)
