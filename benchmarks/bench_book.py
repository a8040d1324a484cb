"""Figures of the book, each beside its target: `python benchmarks/bench_book.py [PARAMS]`.

Needs the study's results and its rendered book, as `make` leaves them.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bs4 import BeautifulSoup
from shown import show

ROOT = Path(__file__).resolve().parents[1]
os.environ.setdefault("COMPENDIUM_ROOT", str(ROOT))
COMMAND = [sys.executable, "-c", "from compendium.cli import main; main()"]


def megabytes(folder: Path) -> float:
    """Size of all files of a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def traced(html: Path) -> tuple[int, int, int]:
    """Reported numbers; how many lead to a cell that is there; printed values that have a card."""
    listed = BeautifulSoup((html / "numbers.html").read_text(encoding="utf-8"), "html.parser")
    rows = [row for row in listed.select("tr") if row.select_one("[id^=num-]")]
    cells = {
        f"notebooks/{path.name}#{cell['id']}"
        for path in html.glob("notebooks/*.html")
        for cell in BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").select(
            "[id^=cell-]"
        )
    }
    led = sum(row.select("a")[-1]["href"] in cells for row in rows)
    printed = sum(
        path.read_text(encoding="utf-8").count('class="traced') for path in html.rglob("*.html")
    )
    return len(rows), led, printed


def leaks() -> str:
    """Planted leaks that the gate's own tests plant, and how many of these tests pass."""
    tests = [
        "tests/test_disclosure.py",
        "tests/test_deidentify.py",
        "-k",
        "planted or element_left",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *tests], cwd=ROOT, capture_output=True, text=True
    )
    return done.stdout.strip().splitlines()[-1].split(" in ")[0]


def main() -> None:
    params = sys.argv[1] if len(sys.argv) > 1 else "params/demo.yml"
    with tempfile.TemporaryDirectory() as folder:
        html = Path(folder) / "html"
        start = time.perf_counter()
        subprocess.run(
            [*COMMAND, "book", "--params", params, "--output", str(html), "--draft"], check=True
        )
        show("book from results, s", f"{time.perf_counter() - start:.1f}", "< 25")
        show("size of the HTML, MB", f"{megabytes(html):.1f}", "< 25")
        numbers, led, printed = traced(html)
        show("reported numbers traced to their cell", f"{led} of {numbers}", "all")
        show("values printed with a card", str(printed))
    show("planted leaks found", leaks(), ">= 40, all")


if __name__ == "__main__":
    main()
