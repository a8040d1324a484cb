"""Carrying a sweep out: chapter by chapter, what is missing and nothing twice."""

import errno
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from compendium.errors import InputError, RunFailed
from compendium.pipeline.chapters import Chapter
from compendium.pipeline.fingerprint import Present
from compendium.processes import alone
from compendium.sweeps import runs as kept
from compendium.sweeps.asked import Sweep
from compendium.sweeps.parallel import in_parallel, on
from compendium.sweeps.progress import Progress
from compendium.sweeps.runs import Donors, Run
from compendium.sweeps.tables import write_tables
from compendium.sweeps.worker import Outcome, Task, carry_out, program_of

FULL = f"[Errno {errno.ENOSPC}]"  # of a disk, in a worker's message
Say = Callable[[str], None]


@dataclass
class _Driver:
    """A sweep that is being carried out.

    Attributes:
        sweep: what was asked for.
        base: the project.
        workers: processes at a time.
        say: told in lines what happens.
        runs: each setting over each study.
        present: each run's study and params, by its params file.
        stopped: runs of which a chapter failed, so that those after it are not run.
    """

    sweep: Sweep
    base: Present
    workers: int
    say: Say
    runs: list[Run]
    progress: Progress
    present: dict[Path, Present] = field(default_factory=dict)
    stopped: dict[Path, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        studies: dict[str, Present] = {}  # each looked at once
        for run in self.runs:
            if run.study not in studies:
                studies[run.study] = self.base.under(run.params_file)
            self.present[run.params_file] = studies[run.study].beside(run.params_file)
        self.program = program_of(self.base)

    def chapter(self, chapter: Chapter) -> None:
        """Bring a chapter up to date under every setting."""
        held = chapter if self.sweep.figures else chapter.undrawn
        donors, pending = Donors(chapter), []
        for run in self._able(chapter):
            now = self.present[run.params_file]
            if kept.fresh(held, now):
                donors.add(run, now)
                self.progress.add("fresh")
            else:
                pending.append(run)
        while pending:
            wave, pending = self._wave(chapter, pending, donors)
            self._run(held, wave, donors)

    def _able(self, chapter: Chapter) -> Iterator[Run]:
        """The runs of which no chapter before it failed."""
        for run in self.runs:
            if self.stopped.get(run.params_file) in chapter.after:
                self.stopped[run.params_file] = chapter.name
                self.progress.add("failed")
            else:
                yield run

    def _wave(
        self, chapter: Chapter, pending: Sequence[Run], donors: Donors
    ) -> tuple[list[Run], list[Run]]:
        """Take what others have; of the rest, what is to be run now, and what may then be taken."""
        wave, waiting, kinds = [], [], set()
        for run in pending:
            now = self.present[run.params_file]
            if donor := donors.find(run, now):
                kept.share(donor, run, chapter, self.base.root)
                kept.note_failure(run, chapter, self.base.root, "")
                self.progress.add("shared")
            elif (kind := donors.kind(run, now)) in kinds:
                waiting.append(run)
            else:
                kinds.add(kind)
                wave.append(run)
        return wave, waiting

    def _run(self, chapter: Chapter, wave: Sequence[Run], donors: Donors) -> None:
        runs = {run.params_file: run for run in wave}
        tasks = [
            Task(self.base.root, chapter.source, place, self.sweep.figures, self.program)
            for place in runs
        ]

        def done(task: Task) -> bool:
            finished = kept.fresh(chapter, self.present[task.params_file])
            if finished:
                self._note(chapter, runs[task.params_file], "", donors)
            return finished

        outcomes = in_parallel(carry_out, tasks, workers=self.workers, done=done, say=self.say)
        for outcome in outcomes:
            kept.note_cost(runs[outcome.params_file], chapter, self.base.root, outcome)
            self._note(chapter, runs[outcome.params_file], outcome.message, donors)
            _require_room(outcome)

    def _note(self, chapter: Chapter, run: Run, message: str, donors: Donors) -> None:
        """Keep what came of a run."""
        kept.note_failure(run, chapter, self.base.root, message)
        kept.note_origin(run, chapter, self.base.root, None)
        if message:
            self.stopped[run.params_file] = chapter.name
            self.say(f"{run.study}, setting {run.id}: failed. {message}")
        else:
            donors.add(run, self.present[run.params_file])
        self.progress.add("failed" if message else "run")


def carry_out_sweep(
    sweep: Sweep, base: Present, *, workers: int, scheduler: str | None, say: Say
) -> list[Path]:
    """Run every chapter under every setting, but what is there already, and write the tables.

    Args:
        sweep: what is asked for.
        base: the project, with any study.
        workers: processes here; of no meaning with a scheduler.
        scheduler: address of a Dask scheduler whose workers see the same files.
        say: told in lines what happens.

    Returns:
        The folder of the sweep in the results of each study.

    Raises:
        InputError: a study lacks what a chapter needs, another sweep of that name is at work, a
            worker has other code, or no scheduler answers.
        RunFailed: the disk is full, or workers are lost again and again. What is finished is kept.
    """
    _require_parts(sweep, base)
    folders = {
        base.root / kept.folder_of(sweep, base.under(params_file).params): params_file.stem
        for params_file in sweep.params_files
    }
    with ExitStack() as held:
        for folder in folders:
            busy = (
                f"{folder}: another sweep of that name is at work. Wait for its end, or give this "
                f"one another name."
            )
            held.enter_context(alone(folder / ".lock", busy))
        held.enter_context(_room(next(iter(folders))))
        held.enter_context(on(scheduler))
        runs = kept.runs_of(sweep, base.root)
        progress = Progress(len(runs) * len(sweep.chapters), say)
        driver = _Driver(sweep, base, workers, say, runs, progress)
        for chapter in sweep.chapters:
            driver.chapter(chapter)
        progress.tell()
        for folder, study in folders.items():
            own = [run for run in runs if run.study == study]
            write_tables(folder, sweep, own, base.root)
    return list(folders)


def _require_parts(sweep: Sweep, base: Present) -> None:
    for params_file in sweep.params_files:
        now = base.under(params_file)
        for chapter in sweep.chapters:
            if lacking := sorted(chapter.needs - now.parts):
                raise InputError(
                    f"{params_file}: {chapter.name} needs {', '.join(lacking)}, which "
                    f"{now.params['study_dir']} does not hold. Take the study or the chapter out "
                    f"of the sweep, or make the study's data first."
                )


def _require_room(outcome: Outcome) -> None:
    if FULL in outcome.message:
        raise _full(outcome.params_file.parent)


@contextmanager
def _room(folder: Path) -> Iterator[None]:
    """Say of a disk that is full for this process what is said of one full for a worker."""
    try:
        yield
    except OSError as error:
        raise (_full(folder) if error.errno == errno.ENOSPC else error) from None


def _full(folder: Path) -> RunFailed:
    return RunFailed(
        f"{folder}: no space left on the disk. Make room, and begin the sweep again: what is "
        f"finished is not run again."
    )
