"""Options that commands of several modules share."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

DEMO = "demo"

RULES_OF = click.option(
    "--params",
    type=click.Path(path_type=Path),
    help="Params file whose rules apply; params/<study>.yml, if it is there.",
)

SCHEDULER = click.option(
    "--scheduler",
    help="Address of a Dask scheduler, such as tcp://host:8786, whose workers see this folder.",
)


def of_study(command: Callable[..., None]) -> Callable[..., None]:
    """A study by its name or by its params file, which the command gets as `params`."""

    @click.argument("study", required=False)
    @click.option(
        "--params",
        type=click.Path(path_type=Path),
        help=f"The study's params file, in place of its name  [default: that of {DEMO}]",
    )
    @functools.wraps(command)
    def of_params(study: str | None, params: Path | None, **rest: Any) -> None:
        if study and params:
            raise click.UsageError(f"{study} and --params {params}: name the study once.")
        from compendium.params_files import params_of

        command(params=params or params_of(study or DEMO), **rest)

    return of_params
