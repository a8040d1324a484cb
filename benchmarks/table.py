"""All timings as one page: `python benchmarks/table.py [NAME...]`, written to docs/benchmarks.md.

Those of SHORT, or those that are named, run one after the other, each in a process of its own; they
take less than ten minutes on two processors that nobody else uses, and are cut off after that. The
others are simulations of an hour. What a line of theirs means stands in shown.py.
"""

import datetime as dt
import os
import platform
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import psutil
from shown import told

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
SHOWN = ("compendium", "numpy", "pandas", "scipy", "pydicom", "papermill", "distributed")
SHORT = ("bench_ihc", "bench_survival", "bench_uptake", "bench_deidentify", "bench_pet",
         "bench_intake", "bench_study", "bench_scale", "bench_sweep", "bench_pipeline")  # fmt: skip
LIMIT_S = 240  # of one of them
WHOLE_S = 600  # of those of SHORT together
TIDY_S = 10  # for one that is cut off


def main() -> None:
    """Run what is asked for, and write the page."""
    named = sys.argv[1:]
    asked, whole_s = (named, float("inf")) if named else (SHORT, WHOLE_S)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # else ignored in the background
    load, ends = os.getloadavg()[0], time.monotonic() + whole_s
    lines = [line for name in asked for line in section(name, ends - time.monotonic())]
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


def section(name: str, left_s: float) -> Iterator[str]:
    """A benchmark's lines as a table, how long it took, and whether it failed or was cut off.

    Args:
        left_s: seconds for it and all that follow.
    """
    start = time.monotonic()
    printed, trouble = outcome(HERE / f"{name}.py", min(LIMIT_S, left_s))
    taken_s = time.monotonic() - start
    print(f"{name}: {trouble or f'{taken_s:.0f} s'}", flush=True)
    yield f"## {name.removeprefix('bench_').replace('_', ' ')}\n"
    if lines := [line for line in printed.splitlines() if line.strip()]:
        yield "| Figure | Target | Measured |"
        yield "| :-- | --: | --: |"
        yield from map(row, lines)
        yield ""
    if trouble:
        yield f"**Not complete:** {trouble}.\n"
    yield f"`benchmarks/{name}.py`, {taken_s:.0f} s in all.\n"


def outcome(script: Path, limit_s: float) -> tuple[str, str]:
    """What a benchmark printed, and why that is not all.

    One that is cut off is ended with all that it began. Linear algebra has one thread, as in all
    that the command does.
    """
    if limit_s <= 0:
        return "", f"not begun, since those before it took {WHOLE_S} s"
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    try:
        printed, said = process.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        cut_off(process)
        return process.communicate()[0], f"cut off after {limit_s:.0f} s"
    if process.returncode:
        last = (said.strip().splitlines() or [f"exit status {process.returncode}"])[-1]
        return printed, f"it failed: {last}"
    return printed, ""


def cut_off(process: "subprocess.Popen[str]") -> None:
    """End a benchmark, after time to tidy up, and all kernels and workers that it began."""
    began = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(TIDY_S)
    process.kill()
    for one in began:
        with suppress(psutil.NoSuchProcess):
            one.kill()


def row(line: str) -> str:
    """A printed line as a row of the table."""
    return f"| {' | '.join(cell.replace('|', '/') for cell in told(line))} |"


if __name__ == "__main__":
    main()
