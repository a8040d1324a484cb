"""All timings as one page: `python benchmarks/table.py [NAME...]`, written to docs/benchmarks.md.

Those of SHORT, or those that are named, run one after the other, each in a process of its own; they
take ten minutes on two processors that nobody else uses. The others are simulations of an hour. A
line of a figure is its name, its target and what was measured, with two spaces or more between;
others are remarks.
"""

import datetime as dt
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
SHOWN = ("compendium", "numpy", "pandas", "scipy", "pydicom", "papermill", "distributed")
SHORT = ("bench_pipeline", "bench_sweep", "bench_scale", "bench_pet", "bench_study", "bench_intake",
         "bench_ihc", "bench_survival", "bench_uptake", "bench_deidentify")  # fmt: skip
LIMIT_S = 300  # of one of them
COLUMNS = re.compile(r" {2,}")


def main() -> None:
    """Run what is asked for, and write the page."""
    asked = sys.argv[1:] or SHORT
    load = os.getloadavg()[0]
    lines = [line for name in asked for line in section(name)]
    PAGE.write_text("\n".join([*head(load), *lines]) + "\n", encoding="utf-8")
    print(f"{PAGE}: {len(asked)} benchmarks")


def head(load: float) -> Iterator[str]:
    """Date, machine and versions."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    yield "# Benchmarks\n"
    yield "Written by `make bench`. Timings belong to one machine and one day; tests hold none.\n"
    yield f"- Date: {dt.date.today().isoformat()}"
    yield f"- Machine: {os.cpu_count()} processors ({processor()}), {memory_gb:.0f} GB"
    yield f"- Load when it began: {load:.1f}; above the processors, the clock says too much"
    versions = ", ".join(f"{name} {version(name)}" for name in SHOWN)
    yield f"- Versions: Python {platform.python_version()}, {versions}\n"


def processor() -> str:
    """The processor's name, as far as the system tells it."""
    info = Path("/proc/cpuinfo")
    text = info.read_text(encoding="utf-8") if info.is_file() else ""
    found = re.search(r"model name\s*: (.*)", text)
    return found[1] if found else platform.machine()


def section(name: str) -> Iterator[str]:
    """A benchmark's lines as a table, and how long it took."""
    script = HERE / f"{name}.py"
    start = time.monotonic()
    try:
        done = subprocess.run(
            [sys.executable, str(script)], capture_output=True, text=True, timeout=LIMIT_S
        )
    except subprocess.TimeoutExpired:
        done = subprocess.CompletedProcess([], 1, "", f"not done after {LIMIT_S} s")
    taken_s = time.monotonic() - start
    print(f"{name}: {taken_s:.0f} s", flush=True)
    yield f"## {name.removeprefix('bench_').replace('_', ' ')}\n"
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        yield f"It failed: {last}\n"
        return
    yield "| Figure | Target | Measured |"
    yield "| :-- | --: | --: |"
    yield from (row(line) for line in done.stdout.splitlines() if line.strip())
    yield f"\n`benchmarks/{name}.py`, {taken_s:.0f} s in all.\n"


def row(line: str) -> str:
    """A printed line as a row of the table.

    A figure has its name and one or two values; a remark is in the first column alone.
    """
    cells = [cell.replace("|", "/") for cell in COLUMNS.split(line.strip())]
    if len(cells) == 1:
        name, colon, measured = cells[0].rpartition(": ")
        cells = [name, "", measured] if colon else [cells[0], "", ""]
    elif len(cells) == 2:
        cells = [cells[0], "", cells[1]]
    return f"| {cells[0]} | {' '.join(cells[1:-1])} | {cells[-1]} |"


if __name__ == "__main__":
    main()
