"""Processes that end with whoever started them, however that one ended, and all that they began."""

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from compendium.errors import InputError

if TYPE_CHECKING:
    from psutil import Process

DRIVER = "COMPENDIUM_DRIVER"  # the number of the process that another must not outlive, for that
LOOK_S = 0.2  # between two looks whether the driver is there
WAIT_S = 10.0  # for killed processes to be gone


def end_with(driver: int) -> None:
    """End this process, and all that it began, once another is gone.

    A thread looks for the other, so that its end is seen however it came, by `kill -9` or a task
    manager too, which no handler hears.

    Args:
        driver: the other's number.
    """
    threading.Thread(target=_wait_and_end, args=(driver,), daemon=True).start()


def end_with_driver() -> None:
    """The same, where the environment names a driver; nothing where it does not."""
    if driver := os.environ.pop(DRIVER, ""):
        end_with(int(driver))


def workers_that_end() -> AbstractContextManager[object]:
    """While joblib's workers of this machine end with this process."""
    from joblib import parallel_config

    config: AbstractContextManager[object] = parallel_config(
        backend="loky", initializer=end_with, initargs=(os.getpid(),)
    )
    return config


@contextmanager
def alone(lock: Path, busy: str) -> Iterator[None]:
    """While nobody else holds this lock, which a process gives back however it ends.

    Args:
        lock: its file.
        busy: what to say where another holds it.

    Raises:
        InputError: another does.
    """
    from filelock import FileLock, Timeout

    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(lock, timeout=0):
            yield
    except Timeout:
        raise InputError(busy) from None


def end_tree(process: int) -> None:
    """Kill a process and all that it began, such as kernels, and wait until they are gone."""
    import psutil

    with suppress(psutil.NoSuchProcess):
        top = psutil.Process(process)
        _kill([top, *top.children(recursive=True)])


def _wait_and_end(driver: int) -> None:
    import psutil

    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(driver)
        while _runs(process):
            time.sleep(LOOK_S)
    _kill(psutil.Process().children(recursive=True))
    os._exit(1)


def _kill(processes: Sequence["Process"]) -> None:
    import psutil

    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    until = time.monotonic() + WAIT_S
    while any(map(_runs, processes)) and time.monotonic() < until:
        time.sleep(LOOK_S / 10)


def _runs(process: "Process") -> bool:
    """Whether a process does anything; one whose end nobody asked for yet does not."""
    import psutil

    with suppress(psutil.NoSuchProcess):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False
