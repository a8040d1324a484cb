"""Tasks side by side: in processes of this machine, or on a Dask cluster; joblib does either."""

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from compendium.errors import InputError, RunFailed
from compendium.files import project_root
from compendium.processes import workers_that_end

T = TypeVar("T")
Found = TypeVar("Found")
WAIT_S = 15.0  # for a scheduler to answer, and for its first worker
TRIES = 3  # workers lost one after the other without a task done


def in_parallel(
    function: Callable[[T], Found],
    tasks: Sequence[T],
    *,
    workers: int,
    done: Callable[[T], bool],
    say: Callable[[str], None],
) -> Iterator[Found]:
    """What a function makes of each task, as it comes; the rest once more where a worker is lost.

    Args:
        workers: processes here; of no meaning on a cluster.
        done: whether a task of a lost worker was finished all the same.
        say: told when a worker is lost.

    Raises:
        RunFailed: workers are lost again and again.
    """
    from joblib.externals.loky.process_executor import BrokenProcessPool

    waiting, lost = list(tasks), 0
    while waiting:
        came = 0
        try:
            for found in _map(function, waiting, workers):
                came += 1
                yield found
            return
        except BrokenProcessPool:
            lost = 0 if came else lost + 1
            if lost == TRIES:
                raise RunFailed(
                    f"Workers are lost one after the other, {len(waiting)} runs are not done. Is "
                    f"there memory for {workers} of them? What is finished is not run again."
                ) from None
            waiting = [task for task in waiting if not done(task)]
            say(f"A worker was lost; {len(waiting)} runs are begun again.")


def _map(function: Callable[[T], Found], tasks: Sequence[T], workers: int) -> Iterable[Found]:
    from joblib import Parallel, delayed

    # Of a run that ends early, which is told in words of its own.
    warnings.filterwarnings("ignore", ".*still being processed by the workers", UserWarning)
    many = Parallel(n_jobs=workers, return_as="generator_unordered", batch_size=1)
    found: Iterable[Found] = many(delayed(function)(task) for task in tasks)
    return found


def side_by_side(workers: int) -> Callable[[Callable[[T], Found], Sequence[T]], list[Found]]:
    """What `map` does, in processes here or on the cluster; results in the order of the tasks.

    Args:
        workers: processes here; of no meaning on a cluster.
    """
    from joblib import Parallel, delayed

    def each(function: Callable[[T], Found], tasks: Sequence[T]) -> list[Found]:
        jobs = (delayed(function)(task) for task in tasks)
        return list(Parallel(n_jobs=min(workers, max(len(tasks), 1)))(jobs))

    return each


@contextmanager
def on(scheduler: str | None) -> Iterator[None]:
    """Where what is run side by side runs: here, or on the cluster with that address.

    Raises:
        InputError: no Dask, no scheduler or worker answers, or a worker has other code.
    """
    if scheduler is None:
        with workers_that_end():
            yield
        return
    from joblib import parallel_config

    with _client(scheduler) as client:
        _require_same_code(client)
        with parallel_config(backend="dask", client=client, wait_for_workers_timeout=WAIT_S):
            yield


def _require_same_code(client: Any) -> None:
    """Refuse workers that have other packages or modules, or do not see the project's folder."""
    from compendium.sweeps.worker import program_here, require_same

    root = project_root()
    wanted = program_here(root)
    found = client.run(program_here, root, on_error="return")
    for worker, program in found.items():
        if isinstance(program, BaseException):
            raise InputError(
                f"Worker {worker}: cannot say what it runs ({program}). Expected this project's "
                f"environment, and its folder under the same path as here, {root}."
            )
        require_same(wanted, program, "this worker has other code than is asked for", worker)


def _client(scheduler: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            "--scheduler: Dask is not installed. Install it with `pip install distributed`."
        ) from None
    try:
        client = Client(scheduler, timeout=WAIT_S)
        client.wait_for_workers(1, timeout=WAIT_S)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(
            f"--scheduler: {scheduler!r} does not answer, or has no worker ({error}). Expected the "
            f"address of a running Dask scheduler, such as tcp://127.0.0.1:8786."
        ) from None
    return client
