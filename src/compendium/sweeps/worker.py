"""What a worker of a sweep does: run one chapter under one setting, in a process that lives on.

It holds libraries and study between runs; so it refuses to run when the code is not what it has
loaded, or is not the code of whoever asks.
"""

import gc
import os
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import requires, version
from pathlib import Path
from re import match

from compendium.errors import InputError, UserError
from compendium.files import environment
from compendium.pipeline.fingerprint import Present
from compendium.pipeline.run import Way, run_notebook
from compendium.remembered import remembered_in
from compendium.report import UNDRAWN
from compendium.sweeps.in_process import metered, register

Program = Mapping[str, str]  # what runs, each part with its version or hash
_ONE_AT_A_TIME = threading.Lock()  # a Dask worker may have several threads


@dataclass(frozen=True)
class Task:
    """A chapter under a setting.

    Attributes:
        root: the project's folder, the same for every worker.
        notebook, params_file: as of `run_notebook`.
        figures: whether they are drawn.
        program: that of whoever asks.
    """

    root: Path
    notebook: Path
    params_file: Path
    figures: bool
    program: Program


@dataclass(frozen=True)
class Outcome:
    """What came of a task.

    Attributes:
        params_file: of the task.
        message: why it failed; empty where it did not.
        seconds: of the processor, by part of the run.
        wall_s: from its start to its end.
        process: the worker's number.
    """

    params_file: Path
    message: str
    seconds: Mapping[str, float]
    wall_s: float
    process: int


def carry_out(task: Task) -> Outcome:
    """Run a chapter under a setting.

    Raises:
        InputError: this worker has other code than the task asks for.
    """
    told = {"COMPENDIUM_ROOT": str(task.root), UNDRAWN: "" if task.figures else "1"}
    with _ONE_AT_A_TIME, environment(told):
        started = time.monotonic()
        with metered() as meter:
            base, began = _began(task.root)
            require_same(began, program_of(base), "this worker began with other code")
            require_same(task.program, began, "this worker runs other code than asked for")
            message = _run(task, base)
            _hold_libraries(len(sys.modules))
        wall_s = time.monotonic() - started
        return Outcome(task.params_file, message, meter.seconds, wall_s, os.getpid())


def _run(task: Task, base: Present) -> str:
    way = Way(register(), base.under, drawn=task.figures)
    try:
        run_notebook(task.notebook, task.params_file, progress=False, way=way)
    except (UserError, OSError) as error:
        return str(error)
    return ""


@cache
def _hold_libraries(modules: int) -> None:
    """Spare the collection of garbage, once a notebook, what modules hold as long as they live.

    Args:
        modules: how many there are; where that is another number, new ones came.
    """
    gc.freeze()


@cache
def _began(root: Path) -> tuple[Present, Program]:
    """The project as this worker found it first."""
    base = Present(root, Path(), {}, remembered_in(root, keep=False))
    return base, program_of(base)


def program_of(base: Present) -> dict[str, str]:
    """What runs now: Python, libraries, lock, and every module of the project."""
    code = base.code
    modules = {
        f"module {name}": said for p in code.packages for name, said in code.texts(p).items()
    }
    return {**_libraries(), "lock": base.lock, **modules}


@cache
def _libraries() -> dict[str, str]:
    """Versions of what the package declares that it needs."""
    needed = [one for one in requires("compendium") or () if "extra ==" not in one]
    names = [found[0] for one in needed if (found := match(r"[\w.-]+", one))]
    python = {"Python": ".".join(map(str, sys.version_info[:3]))}
    return python | {name: version(name) for name in ("compendium", *names)}


def program_here(root: Path) -> dict[str, str]:
    """What runs in this process, by the source that it finds."""
    return program_of(Present(root, Path(), {}, remembered_in(root, keep=False)))


def require_same(wanted: Program, found: Program, what: str, worker: object = None) -> None:
    """Refuse one program for another.

    Args:
        what: what is wrong where they differ.
        worker: its name; of this process where not given.

    Raises:
        InputError: names the first things that differ.
    """
    other = [name for name in {**wanted, **found} if wanted.get(name) != found.get(name)]
    if other:
        said = (f"{n}: {found.get(n, 'none')}, not {wanted.get(n, 'none')}" for n in other[:3])
        raise InputError(
            f"Worker {worker or os.getpid()}: {what} ({'; '.join(said)}). Bring it up to date, and "
            f"begin again: of a sweep, what is finished is not run again."
        )
