"""What a run of a chapter costs the processor, by part: start, import, load, compute, write."""

import builtins
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PARTS = ("start", "import", "load", "compute", "write")
"""Before the first cell; modules that are not there yet; the study; the analyses; what is kept."""


class Meter:
    """Processor seconds by part, of which one runs at any time; the start runs first."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(PARTS, 0.0)
        self._part, self._since = PARTS[0], time.process_time()

    def to(self, part: str) -> str:
        """Go on with a part; returns the one that ran."""
        now, before = time.process_time(), self._part
        self.seconds[before] += now - self._since
        self._part, self._since = part, now
        return before

    def to_cell(self, source: str) -> None:
        """Go on with the part that a cell of a notebook is."""
        loads, writes = "Report(" in source, "report.save(" in source
        self.to("load" if loads else "write" if writes else "compute")

    @contextmanager
    def importing(self) -> Iterator[None]:
        """Whatever is imported meanwhile is counted as such."""
        usual: Any = builtins.__import__
        inside = False

        def timed(*args: Any, **kwargs: Any) -> Any:
            nonlocal inside
            if inside:
                return usual(*args, **kwargs)
            inside, before = True, self.to("import")
            try:
                return usual(*args, **kwargs)
            finally:
                inside = False
                self.to(before)

        builtins.__import__ = timed
        try:
            yield
        finally:
            builtins.__import__ = usual
