"""Commands about the public data sets on which the project's methods are shown."""

import click

from compendium.errors import InputError

WIDTH = 15


@click.group()
def external() -> None:
    """Public data sets that the book can show beside the study."""


@external.command()
def check() -> None:
    """Say which public data sets are here, which are missing and from where they come.

    Exit 2 where a file is not the one listed; a missing one is no error.
    """
    from compendium.external import (
        CHANGED,
        OTHER,
        REGISTER,
        THERE,
        VARIABLE,
        folder_of,
        looked_at,
        register,
    )
    from compendium.files import project_root

    root = project_root()
    place = folder_of(root)
    found = [looked_at(one, root) for one in register(root)]
    click.echo(f"{place} ({VARIABLE} names another folder)")
    for one in found:
        click.echo(f"{one.state:{WIDTH}}  {one.listed.path}: {one.listed.what}")
        if one.state != THERE:
            click.echo(f"{'':{WIDTH}}  from {one.listed.source}")
    if wrong := [one.problem for one in found if one.state in (CHANGED, OTHER)]:
        said = "".join(f"\n  - {problem}" for problem in wrong)
        raise InputError(f"not as {REGISTER} lists them, and not used:{said}")
    here = sum(one.state == THERE for one in found)
    click.echo(f"{here} of {len(found)} are there, with the sha256 listed")
