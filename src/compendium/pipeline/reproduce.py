"""Everything once more from the data, in an empty place, to be compared with what is published."""

from collections.abc import Callable
from pathlib import Path

import yaml

from compendium.errors import InputError
from compendium.files import project_root, write_whole
from compendium.parameters import read_params
from compendium.pipeline.fingerprint import present
from compendium.pipeline.make import make, steps_of


def reproduce(
    params_file: Path, empty: Path, *, workers: int, say: Callable[[str], None]
) -> tuple[Path, Path]:
    """Run every notebook from the data as they are, and leave the published results alone.

    Args:
        params_file: the study's YAML.
        empty: a folder that does not exist yet or has nothing in it.
        workers: notebooks at a time.
        say: told in a line what runs and what came of it.

    Returns:
        The published results folder and the new one, to be compared.
    """
    if empty.exists() and any(empty.iterdir()):
        raise InputError(f"{empty}: is not empty; a reproduction starts from nothing.")
    params = read_params(params_file)
    published = project_root() / str(params["results_dir"])
    again = empty / "results"
    params["results_dir"] = str(again)
    params.pop("truth", None)  # the data are those of the published results
    copy = empty / params_file.name
    write_whole(copy, yaml.safe_dump(params, allow_unicode=True).encode())
    now = present(copy)
    make(now, steps_of(now, "results", workers=workers, threshold=0), workers, say=say)
    return published, again
