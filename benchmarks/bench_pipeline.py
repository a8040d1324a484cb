"""The pipeline of the demo, cold and warm: `python benchmarks/bench_pipeline.py [CHAPTER...]`.

Each chapter in a kernel of its own into results of their own, which are removed again, then the
book, then a run in which nothing has to be made. Simulations that are kept are not done again.
Needs the demo's data.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from shown import show

ROOT = Path(__file__).resolve().parents[1]
COMMAND = [sys.executable, "-c", "from compendium.cli import main; main()"]
NAME, TIMES = "benchmark", 3


def timed(command: Sequence[str]) -> tuple[float, float, float]:
    """Seconds of the clock and of the processor, and the most memory of one process (MB)."""
    start = time.perf_counter()
    process = subprocess.Popen([*COMMAND, *command], cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}.")
    return time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e3


def main() -> None:
    sys.path.insert(0, str(ROOT / "src"))
    os.environ["COMPENDIUM_ROOT"] = str(ROOT)
    from compendium.pipeline.chapters import all_chapters

    asked = sys.argv[1:] or [name for name in all_chapters(ROOT) if not name.startswith("08")]
    params = ROOT / "params" / f"{NAME}.yml"
    text = (ROOT / "params" / "demo.yml").read_text(encoding="utf-8")
    params.write_text(text.replace("results/demo", f"results/{NAME}"), encoding="utf-8")
    results, whole = ROOT / "results" / NAME, 0.0
    shutil.rmtree(results, ignore_errors=True)
    try:
        for name in asked:
            taken, used, most = timed(["run", f"notebooks/{name}.ipynb", "--params", str(params),
                                       "--quiet"])  # fmt: skip
            whole += taken
            show(
                f"{name}, s (processor, s; memory, MB)",
                f"{taken:.1f} ({used:.1f}; {most:.0f})",
                "< 60",
            )
        show("these chapters one after the other, s", f"{whole:.0f}")
        again = [timed(["status", NAME])[0] for _ in range(TIMES)]
        show(
            f"asking what is fresh, s, median of {TIMES}", f"{statistics.median(again):.2f}", "<= 1"
        )
    finally:
        params.unlink(missing_ok=True)
        shutil.rmtree(results, ignore_errors=True)


if __name__ == "__main__":
    main()
