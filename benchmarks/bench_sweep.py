"""What a sweep costs, by workers: `python benchmarks/bench_sweep.py [SETTINGS]`.

Chapters 01 and 02 under settings that class the patients anew each, cold: by one worker and by two,
with the driver on the same processors. The pace is that of chapter 02 once every worker is warm, by
the clock; beside it stands what two processes that share nothing win over one on this machine at
the same time, which no sweep can exceed. From the median cost of a run follows what 500 settings
take on two processors. Needs the demo's data. On a machine that others use as well, the clock's
figures say little: begin it when the load is near 0.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml
from shown import show

ROOT = Path(__file__).resolve().parents[1]
COMMAND = [sys.executable, "-c", "from compendium.cli import main; main()"]
SETTINGS = 16
PARTS = ["start", "import", "load", "compute", "write"]
LATE = "02_trop2_ihc"
APART = """import numpy, pandas
rng = numpy.random.default_rng(1)
frame = pandas.DataFrame(rng.normal(size=(200, 3)), columns=list("abc"))
for _ in range(1500):
    frame.groupby(rng.integers(0, 9, 200))["a"].mean()
    numpy.linalg.inv(rng.normal(size=(60, 60)))
    sum(k * k for k in range(3000))
"""


@dataclass(frozen=True)
class Swept:
    """A sweep's seconds of the clock and the processor, its runs' costs, and its pace once warm.

    Attributes:
        pace: runs of chapter 02 a minute, from each worker's first to the last.
    """

    taken_s: float
    processor_s: float
    costs: pd.DataFrame
    pace: float


def swept(name: str, settings: int, workers: int, place: Path) -> Swept:
    """Carry a sweep out, cold, and leave nothing of it."""
    asked = {
        "name": name,
        "studies": ["demo"],
        "chapters": [LATE],
        "grid": {"tg_ratio": {"from": 0.5, "to": 0.9, "steps": settings}},
    }
    file = place / f"{name}.yml"
    file.write_text(yaml.safe_dump(asked), encoding="utf-8")
    folder = ROOT / "results" / "demo" / "sweeps" / name
    shutil.rmtree(folder, ignore_errors=True)
    start, used = time.perf_counter(), os.times()
    try:
        subprocess.run(
            [*COMMAND, "sweep", str(file), "--workers", str(workers)],
            check=True,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        taken_s, now = time.perf_counter() - start, os.times()
        costs = pd.read_csv(folder / "costs.csv")
        ends = sorted(one.stat().st_mtime for one in folder.glob(f"*/cost/{LATE}.json"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        file.unlink()
    processor_s = now.children_user + now.children_system
    processor_s -= used.children_user + used.children_system
    pace = 60 * (len(ends) - workers) / (ends[-1] - ends[workers - 1])
    return Swept(taken_s, processor_s, costs, pace)


def apart(processes: int) -> float:
    """Seconds of the clock that the same work takes in so many processes at once."""
    start = time.perf_counter()
    alone = os.environ | {"OMP_NUM_THREADS": "1"}
    began = [subprocess.Popen([sys.executable, "-c", APART], env=alone) for _ in range(processes)]
    for one in began:
        one.wait()
    return time.perf_counter() - start


def warm(costs: pd.DataFrame) -> pd.DataFrame:
    """The median cost by chapter and part, without each worker's first run of it."""
    later = costs[costs.duplicated(["chapter", "process"])]
    return later.groupby("chapter")[PARTS].median()


def main() -> None:
    settings = int(sys.argv[1]) if len(sys.argv) > 1 else SETTINGS
    place = ROOT / "results"
    ceiling = statistics.median(2 * apart(1) / apart(2) for _ in range(3))
    one = swept("benchmark_one", settings, 1, place)
    two = swept("benchmark_two", settings, 2, place)
    for said, of in (("one worker", one), ("two workers", two)):
        show(
            f"{settings} settings of 01 and 02, {said}, s (processor, s)",
            f"{of.taken_s:.0f} ({of.processor_s:.0f})",
        )
    found = warm(two.costs)
    for chapter, row in found.iterrows():
        for part in PARTS:
            show(f"{chapter}, warm, {part}, s of the processor", f"{row[part]:.2f}")
    first, second = (float(found.loc[name].sum()) for name in ("01_cohort", LATE))
    show("one worker's time over two's, with what starts them", f"{one.taken_s / two.taken_s:.2f}")
    show("pace of two workers over one's, once warm", f"{two.pace / one.pace:.2f}", ">= 1.7")
    show("the same of processes that share nothing: what this machine gives", f"{ceiling:.2f}")
    show(
        "500 settings over 50 cohorts on two processors, min",
        f"{(50 * first + 500 * second) / 120:.1f}",
        "<= 10",
    )
    show(
        "500 settings over 500 cohorts on two processors, min",
        f"{500 * (first + second) / 120:.1f}",
        "<= 20",
    )


if __name__ == "__main__":
    main()
