"""A multi-centre extraction on a real Dask scheduler: `python benchmarks/bench_scale.py [SERIES]`.

20 study folders of small synthetic series (2,000 in all unless another number is given) measured by
two workers on loopback, one of which is killed in the middle; the table has to be that of an
undisturbed run here. Prints the cost of a series, the overhead of a task, and what was sent.
"""

import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pandas as pd
from shown import show

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
FOLDERS, SERIES, TASKS = 20, 2_000, 500


def centres(folder: Path, each: int) -> list[Any]:
    """Study folders with so many series each."""
    from pet_study import lesion, scan, study, write_scan

    made = []
    for centre in range(FOLDERS):
        place = folder / f"centre{centre:02d}"
        names = [f"C{centre:02d}P{n:03d}" for n in range(each)]
        for name in names:
            write_scan(place, f"{name}_s")
        scans = [scan(f"{name}_s", name) for name in names]
        lesions = [lesion(name, part) for name in names for part in ("L1", "L2")]
        made.append(study(place, scans, lesions))
    return made


def extracted(studies: list[Any]) -> pd.DataFrame:
    """The lesions of all centres."""
    from compendium.rules import Rules
    from compendium.uptake.lesions import extract_study

    found = [extract_study(one, Rules(), 2, progress=False)[0] for one in studies]
    return pd.concat(found, keys=[one.path.name for one in studies]).reset_index(0)


def nothing(number: int) -> int:
    return number


def on_cluster(studies: list[Any]) -> tuple[pd.DataFrame, float, float]:
    """The same on a cluster that loses a worker; seconds of it, and of a task that does nothing."""
    from distributed import LocalCluster
    from joblib import Parallel, delayed

    from compendium.sweeps.parallel import on

    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with cluster, on(cluster.scheduler_address):
        start = time.perf_counter()
        Parallel(n_jobs=2, batch_size=1)(delayed(nothing)(n) for n in range(TASKS))
        overhead_s = (time.perf_counter() - start) / TASKS
        half = extracted(studies[: FOLDERS // 2])
        lost = next(iter(cluster.workers.values())).pid
        start = time.perf_counter()
        threading.Timer(1.0, os.kill, (lost, signal.SIGKILL)).start()
        rest = extracted(studies[FOLDERS // 2 :])
        taken_s = time.perf_counter() - start
    return pd.concat([half, rest]), taken_s, overhead_s


def main() -> None:
    series = int(sys.argv[1]) if len(sys.argv) > 1 else SERIES
    os.environ["COMPENDIUM_ROOT"] = str(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        studies = centres(Path(folder), series // FOLDERS)
        size = sum(path.stat().st_size for path in Path(folder).rglob("*.dcm"))
        start, used = time.perf_counter(), os.times()
        here = extracted(studies)
        here_s, now = time.perf_counter() - start, os.times()
        cluster, taken_s, overhead_s = on_cluster(studies)
    pd.testing.assert_frame_equal(cluster.reset_index(drop=True), here.reset_index(drop=True))
    processor_s = now.user + now.children_user - used.user - used.children_user
    half = series - series // 2
    print(f"{series} series in {FOLDERS} folders, {size / 1e6:.0f} MB, {len(here)} lesions")
    show("two workers here, ms a series", f"{1000 * here_s / series:.1f}")
    show("  of the processor of the driver and of workers that ended, s", f"{processor_s:.1f}")
    show(
        "half of them on Dask, a worker killed after 1 s, ms a series",
        f"{1000 * taken_s / half:.1f}",
    )
    show(f"a task of Dask that does nothing, one of {TASKS}, ms", f"{1000 * overhead_s:.1f}")
    show("the table against that of the undisturbed run", "the same", "the same")


if __name__ == "__main__":
    main()
