"""Commands as the user can type them: by the name under which the script is found."""

import os
import shutil
import sys
from pathlib import Path, PurePath

SCRIPT = "compendium"


def command(arguments: str) -> str:
    """The command with its arguments, in the signs of code: `.venv/bin/compendium make demo`."""
    found = shutil.which(SCRIPT)
    folder = Path(sys.prefix) / ("Scripts" if os.name == "nt" else "bin")
    name = script_name(folder, Path(found).parent if found else None, Path.cwd())
    return f"`{name} {arguments}`"


def script_name(folder: PurePath, on_path: PurePath | None, here: PurePath) -> str:
    """What starts the script of an environment from a folder.

    Args:
        folder: where the environment has its scripts: .venv/bin, .venv/Scripts on Windows.
        on_path: folder of the script that is found by its name alone, if one is.
        here: the folder in which the user types.
    """
    if on_path == folder:
        return SCRIPT
    project = folder.parent.parent
    if here != project and project not in here.parents:
        return _quoted(str(folder / SCRIPT))
    up = [".."] * len(here.relative_to(project).parts)
    return _quoted(str(type(folder)(*up, folder.relative_to(project), SCRIPT)))


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name
