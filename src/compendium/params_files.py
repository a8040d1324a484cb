"""Which params files there are: each names a study."""

from pathlib import Path

from compendium.called import command
from compendium.errors import InputError
from compendium.files import project_root


def params_of(study: str) -> Path:
    """The params file of a study by its name.

    Raises:
        InputError: there is none.
    """
    folder = project_root() / "params"
    known = sorted(path.stem for path in folder.glob("*.yml"))
    if study not in known:
        raise InputError(
            f"{folder / study}.yml: there is no such file. Begin the study with "
            f"{command(f'new-study {study}')}, or name another: {', '.join(known)}."
        )
    return folder / f"{study}.yml"
