"""How a benchmark tells a figure, and how the page of timings reads it.

A line is the figure's name, its target where it has one, and what was measured, with two spaces or
more between; a line that is one piece is a remark. The page's headings are in table.py alone.
"""

import re

COLUMNS = re.compile(r" {2,}")


def show(figure: str, measured: str, target: str = "") -> None:
    """Print a figure at once, so that it stands on the page whatever comes after it."""
    print(f"{figure:<70}  {target:>12}  {measured:>18}", flush=True)


def told(line: str) -> tuple[str, str, str]:
    """Name, target and measured value of a printed line; a remark has its name alone."""
    cells = COLUMNS.split(line.strip())
    if len(cells) == 1:
        return cells[0], "", ""
    return cells[0], " ".join(cells[1:-1]), cells[-1]
