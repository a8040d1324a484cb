"""Bring a study up to date: data, notebooks, book; only what is stale, side by side where it can.

What is asked of each step is ours: is it fresh? Order and side by side come from doit. Each step
runs as the command that a person would type, in a process of its own.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from compendium.errors import RunFailed, UserError
from compendium.pipeline import book, data
from compendium.pipeline.chapters import Chapter, all_chapters
from compendium.pipeline.fingerprint import Present
from compendium.pipeline.freshness import why_stale
from compendium.processes import DRIVER, alone, end_tree

GOALS = ("data", "results", "book")
FINISHED = (0, 1, 2)  # doit's word for all well, some failed, some could not be asked


@dataclass(frozen=True)
class Step:
    """One thing that can be made.

    Attributes:
        name: what it makes.
        after: steps that have to be done before it.
        why: asks of the present why it has to be made, in one line; empty where it is fresh.
        command: how: arguments of `compendium`.
    """

    name: str
    after: tuple[str, ...]
    why: Callable[[Present], str]
    command: tuple[str, ...]


def steps_of(
    now: Present, goal: str = "book", *, workers: int, threshold: int, public: bool = False
) -> list[Step]:
    """What leads to a study's data, results or book, each behind what it needs.

    Args:
        now: the study.
        goal: one of GOALS.
        workers: processes of a step that can use several.
        threshold: of the disclosure gate.
        public: a real study's public book, not its investigators' own.

    Raises:
        InputError: the notebooks' order, or a setting, is not right.
    """
    made = [] if "truth" not in now.params else [_data(now, workers)]
    first = tuple(step.name for step in made)
    if goal != "data":
        chapters = _applying(now)
        there = {chapter.name for chapter in chapters}
        made += [_chapter(now, chapter, first, there) for chapter in chapters]
    if goal == "book":
        made.append(_book(now, threshold, public, tuple(step.name for step in made)))
    return made


def _data(now: Present, workers: int) -> Step:
    study_dir, truth = str(now.params["study_dir"]), str(now.params["truth"])
    command = ("simulate", study_dir, "--truth", truth, "--workers", str(workers))
    return Step(study_dir, (), data.why_stale, command)


def _applying(now: Present) -> list[Chapter]:
    """The chapters for which the study holds what they need."""
    parts = now.parts
    return [one for one in all_chapters(now.root).values() if one.needs <= parts]


def _chapter(now: Present, chapter: Chapter, first: tuple[str, ...], there: set[str]) -> Step:
    command = ("run", str(chapter.source), "--params", str(now.params_file), "--quiet")
    after = (*first, *(name for name in chapter.after if name in there))
    return Step(chapter.name, after, partial(why_stale, chapter), command)


def _book(now: Present, threshold: int, public: bool, after: tuple[str, ...]) -> Step:
    edition = ("--public",) * public
    command = ("book", "--params", str(now.params_file), "--threshold", str(threshold), *edition)
    why = partial(book.why_stale, threshold=threshold, public=public)
    return Step("public book" if public else "book", after, why, command)


def status(now: Present, steps: Sequence[Step]) -> list[tuple[str, str]]:
    """Each step with the reason for which it would be made, or what it waits for; else empty."""
    stale: set[str] = set()
    found = []
    for step in steps:
        why = step.why(now)
        waits = [name for name in step.after if name in stale]
        if why or waits:
            stale.add(step.name)
        waiting = f"fresh, unless {' or '.join(waits)} changes it" if waits else ""
        found.append((step.name, f"stale: {why}" if why else waiting))
    now.remembered.save()
    return found


def make(
    now: Present,
    steps: Sequence[Step],
    workers: int,
    *,
    say: Callable[[str], None],
    execute: Callable[[Sequence[str]], None] | None = None,
) -> None:
    """Make what is stale, in order, and what does not wait for each other side by side.

    Args:
        now: the study.
        steps: all that may be made, each behind what it needs.
        workers: steps at a time; what they make does not depend on it.
        say: told in a line what is made and why, and what came of it.
        execute: carries out a step's command, in place of processes of their own.

    Raises:
        RunFailed: a step failed; what does not need it was made all the same.
    """
    if not any(why for _, why in status(now, steps)):
        return
    processes = Processes()
    run = _Run(now, say, execute or processes)
    lock = now.root / ".compendium" / "make.lock"
    busy = f"{lock}: another compendium make is at work in this project. Wait for its end."
    with alone(lock, busy):
        # Off the main thread, which on Windows would not hear Ctrl-C while it waits for others.
        engine = threading.Thread(target=_drive, args=(steps, workers, run), daemon=True)
        engine.start()
        try:
            while engine.is_alive():
                engine.join(0.2)
        except KeyboardInterrupt:
            processes.stop()
            raise
    stopped = set(run.failed)
    for step in steps:
        if needed := stopped & set(step.after):
            stopped.add(step.name)
            say(f"{step.name}: not made, it needs {', '.join(sorted(needed))}")
    now.remembered.save()
    if run.failed or not run.finished:
        raise RunFailed(f"{', '.join(run.failed) or 'The engine'} failed; see above.")


class Processes:
    """Commands of `compendium`, each in a process of its own, which ends with this one."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()
        self._stopped = False

    def __call__(self, command: Sequence[str]) -> None:
        """Carry out a command.

        Raises:
            RunFailed: with what the command said, or after `stop`.
        """
        if self._stopped:
            raise RunFailed("The run was stopped.")
        with subprocess.Popen(
            [sys.executable, "-m", "compendium.cli", *command],
            env=os.environ | {"PYTHONIOENCODING": "utf-8", DRIVER: str(os.getpid())},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        ) as process:
            self._running.add(process)
            said, complaint = process.communicate()
            self._running.discard(process)
        if process.returncode:
            raise RunFailed(complaint.strip().removeprefix("Error: ") or said.strip())

    def stop(self) -> None:
        """End what runs, and begin nothing more."""
        self._stopped = True
        for process in list(self._running):
            end_tree(process.pid)


@dataclass
class _Run:
    """One run of the engine: what it says, what failed, and whether it came to its end."""

    now: Present
    say: Callable[[str], None]
    execute: Callable[[Sequence[str]], None]
    failed: list[str] = field(default_factory=list)
    finished: bool = False
    reasons: dict[str, str] = field(default_factory=dict)

    def is_fresh(self, step: Step) -> bool:
        """Asked when all that the step needs is done."""
        try:
            self.reasons[step.name] = step.why(self.now.again())
        except UserError as error:
            self.reasons[step.name] = str(error)
        return not self.reasons[step.name]

    def carry_out(self, step: Step) -> bool:
        """Make what the step makes; False where that failed."""
        self.say(f"{step.name}: made, because {self.reasons[step.name]}")
        started = time.monotonic()
        try:
            self.execute(step.command)
        except UserError as error:
            self.failed.append(step.name)
            self.say(f"{step.name}: failed. {error}")
            return False
        self.say(f"{step.name}: done in {time.monotonic() - started:.0f} s")
        return True


def _drive(steps: Sequence[Step], workers: int, run: _Run) -> None:
    from doit.cmd_base import ModuleTaskLoader
    from doit.doit_cmd import DoitMain
    from doit.reporter import ZeroReporter

    def tasks() -> Iterator[dict[str, Any]]:
        for step in steps:
            yield {
                "basename": step.name,
                "actions": [(run.carry_out, [step])],
                "task_dep": list(step.after),
                "uptodate": [partial(run.is_fresh, step)],
                "io": {"capture": False},
            }

    with tempfile.TemporaryDirectory() as folder:
        config = {
            "dep_file": str(Path(folder) / "doit.json"),  # its own memory is not asked
            "backend": "json",
            "reporter": ZeroReporter,
            "num_process": workers,
            "par_type": "thread",
            "continue": True,
        }
        loader = ModuleTaskLoader({"DOIT_CONFIG": config, "task_make": tasks})
        run.finished = DoitMain(loader, config_filenames=()).run(["run"]) in FINISHED
