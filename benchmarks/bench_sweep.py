"""What a sweep costs, by workers: `python benchmarks/bench_sweep.py [SETTINGS]`.

Chapters 01 and 02 under settings that class the patients anew each, cold: by one worker and by two,
with the driver on the same processors. From the median cost of a run follows what 500 settings take
on two processors. Needs the demo's data.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[1]
COMMAND = [sys.executable, "-c", "from compendium.cli import main; main()"]
SETTINGS = 10
PARTS = ["start", "import", "load", "compute", "write"]


def swept(name: str, settings: int, workers: int, place: Path) -> tuple[float, float, pd.DataFrame]:
    """Seconds of the clock, seconds of the processor, and the costs of the runs."""
    asked = {
        "name": name,
        "studies": ["demo"],
        "chapters": ["02_trop2_ihc"],
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
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        file.unlink()
    processor_s = now.children_user + now.children_system
    return taken_s, processor_s - used.children_user - used.children_system, costs


def show(figure: str, target: str, measured: str) -> None:
    print(f"{figure:<62}  {target:>10}  {measured:>12}")


def warm(costs: pd.DataFrame) -> pd.DataFrame:
    """The median cost by chapter and part, without each worker's first run of it."""
    later = costs[costs.duplicated(["chapter", "process"])]
    return later.groupby("chapter")[PARTS].median()


def main() -> None:
    settings = int(sys.argv[1]) if len(sys.argv) > 1 else SETTINGS
    place = ROOT / "results"
    one_s, one_cpu_s, costs = swept("benchmark_one", settings, 1, place)
    two_s, two_cpu_s, _ = swept("benchmark_two", settings, 2, place)
    show(f"{settings} settings of 01 and 02, one worker, s (processor, s)", "",
         f"{one_s:.0f} ({one_cpu_s:.0f})")  # fmt: skip
    show(f"{settings} settings of 01 and 02, two workers, s (processor, s)", "",
         f"{two_s:.0f} ({two_cpu_s:.0f})")  # fmt: skip
    found = warm(costs)
    for chapter, row in found.iterrows():
        for part in PARTS:
            show(f"{chapter}, warm, {part}, s of the processor", "", f"{row[part]:.2f}")
    first, second = (float(found.loc[name].sum()) for name in ("01_cohort", "02_trop2_ihc"))
    began = one_s - settings * (first + second)
    show("before and between the runs of one worker, s", "", f"{began:.0f}")
    ratio = (one_s - began) / max(two_s - began, 0.1)
    show("one worker over two, with what starts them", "", f"{one_s / two_s:.2f}")
    show("one worker over two, without what is before and between", ">= 1.7", f"{ratio:.2f}")
    show("500 settings over 50 cohorts on two processors, min", "<= 10",
         f"{(50 * first + 500 * second) / 120:.1f}")  # fmt: skip
    show("500 settings over 500 cohorts on two processors, min", "<= 20",
         f"{500 * (first + second) / 120:.1f}")  # fmt: skip


if __name__ == "__main__":
    main()
