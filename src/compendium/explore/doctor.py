"""What the bench needs, each looked at: environment, kernel, fonts, free disk and the study."""

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from compendium.called import command
from compendium.errors import UserError
from compendium.figures.style import STYLE
from compendium.parameters import read_params
from compendium.params_files import params_of

PINNED = re.compile(r"^([a-z0-9._-]+)==([^\s;\\]+)([^\n\\]*)", re.M)
SOMEWHERE = re.compile("sys_platform|platform_|os_name|implementation")
NEEDED_BYTES = 2_000_000_000  # results, book and images of a study while they are made
SHOWN = 5
Installed = Callable[[str], str]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: it is; found: how it is; to_do: empty where it is well.
    """

    what: str
    found: str
    to_do: str = ""

    @property
    def well(self) -> bool:
        """True where nothing is to be done."""
        return not self.to_do


def examine(root: Path, study: str, prefix: Path) -> list[Finding]:
    """All findings.

    Args:
        root: the project's folder.
        study: by the name of its params file.
        prefix: the folder of the environment that runs.
    """
    return [
        python_of(sys.version_info[:2]),
        environment_of(root / "requirements.lock"),
        kernel_of(prefix),
        fonts_of(),
        disk_of(shutil.disk_usage(root).free),
        writable(root),
        study_of(root, study),
    ]


def python_of(found: tuple[int, int]) -> Finding:
    """Whether this is the Python that the lock is made for."""
    name = ".".join(map(str, found))
    to_do = "" if found == (3, 11) else "Install Python 3.11 and run install.py with it."
    return Finding("Python", name, to_do)


def environment_of(lock: Path, installed: Installed = version) -> Finding:
    """Whether what is installed is what the lock pins.

    Args:
        lock: requirements.lock; what it pins for some machines only may be absent.
        installed: gives a package's version.
    """
    if not lock.is_file():
        return Finding("environment", f"{lock} is not there", "Take it from the repository again.")
    text = lock.read_text(encoding="utf-8")
    others = list(_others(text, installed))
    if not others:
        return Finding("environment", f"as {len(PINNED.findall(text))} packages of the lock")
    more = f" and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
    return Finding("environment", "; ".join(others[:SHOWN]) + more, "Run `python install.py`.")


def _others(lock: str, installed: Installed) -> Iterator[str]:
    for name, pinned, marker in PINNED.findall(lock):
        try:
            found = installed(name)
        except PackageNotFoundError:
            if not SOMEWHERE.search(marker):
                yield f"{name} is absent, {pinned} in the lock"
            continue
        if found != pinned:
            yield f"{name} is {found}, {pinned} in the lock"


def kernel_of(prefix: Path) -> Finding:
    """Whether notebooks run in this environment, and not in another one's kernel."""
    path = prefix / "share" / "jupyter" / "kernels" / "python3" / "kernel.json"
    again = f"Run `{sys.executable} -m ipykernel install --sys-prefix`."
    if not path.is_file():
        return Finding("kernel", f"{path} is not there", again)
    first = Path(json.loads(path.read_text(encoding="utf-8"))["argv"][0])
    own = first.name.startswith("python") and (not first.is_absolute() or prefix in first.parents)
    return Finding("kernel", str(first), "" if own else again)


def fonts_of() -> Finding:
    """Whether the figures' first font is there."""
    from matplotlib import font_manager

    known = {font.name for font in font_manager.fontManager.ttflist}
    wanted = STYLE["font.sans-serif"]
    there = [name for name in wanted if name in known]
    to_do = "" if there else f"Install {' or '.join(wanted)}; matplotlib brings it along."
    return Finding("fonts", there[0] if there else "none of the figures'", to_do)


def disk_of(free_bytes: int) -> Finding:
    """Whether there is room for results and book."""
    found = f"{free_bytes / 1e9:.1f} GB free"
    short = free_bytes < NEEDED_BYTES
    return Finding(
        "disk", found, f"Free {(NEEDED_BYTES - free_bytes) / 1e9:.1f} GB." if short else ""
    )


def writable(root: Path) -> Finding:
    """Whether results can be written."""
    place = root / "results"
    asked = place if place.is_dir() else root
    well = os.access(asked, os.W_OK)
    return Finding(
        "results",
        f"{asked} can {'' if well else 'not '}be written to",
        "" if well else "Ask for the right to write there, or copy the project elsewhere.",
    )


def study_of(root: Path, study: str) -> Finding:
    """Whether the study's params file and folder are there."""
    try:
        params: Mapping[str, object] = read_params(params_of(study))
    except UserError as error:
        return Finding("study", study, str(error))
    folder = root / str(params["study_dir"])
    if not folder.is_dir():
        make = command(f"make {study}")
        to_do = f"Put the study there, or where it is synthetic run {make}."
        return Finding("study", f"{folder} is not there", to_do)
    check = command(f"validate {params['study_dir']}")
    return Finding("study", f"{study} in {params['study_dir']}; {check} reads its tables")
