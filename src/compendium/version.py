"""Which version of the project this is: of the package, and of the working copy."""

import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path


@cache
def commit(root: Path) -> str:
    """The commit of the working copy, with `+` where files differ from it; empty without git."""
    try:
        head = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"],
            cwd=root,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        changed = subprocess.run(
            ["git", "status", "--porcelain", "--untracked-files=no"],
            cwd=root,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""  # a copy without its history is a fair way to receive the compendium
    return head + ("+" if changed else "")


def package_version() -> str:
    """Version of the installed package."""
    return version("compendium")
