"""What a run of a chapter costs the processor, by part: start, import, load, compute, write."""

import builtins
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import resolve_name
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
        """Whatever is imported anew meanwhile is counted as such.

        What is there already is asked for so often that to look at a clock would cost more.
        """
        usual: Any = builtins.__import__
        inside = False

        def timed(
            name: str,
            globals: Mapping[str, Any] | None = None,
            locals: Mapping[str, Any] | None = None,
            fromlist: Sequence[str] | None = (),
            level: int = 0,
        ) -> Any:
            nonlocal inside
            if inside or _there(name, globals or {}, fromlist or (), level):
                return usual(name, globals, locals, fromlist, level)
            inside, before = True, self.to("import")
            try:
                return usual(name, globals, locals, fromlist, level)
            finally:
                inside = False
                self.to(before)

        builtins.__import__ = timed
        try:
            yield
        finally:
            builtins.__import__ = usual


def _there(name: str, names: Mapping[str, Any], wanted: Sequence[str], level: int) -> bool:
    """Whether a module is loaded, and has all that is wanted of it."""
    whole = resolve_name("." * level + name, names.get("__package__") or "") if level else name
    module = sys.modules.get(whole)
    return module is not None and all(one == "*" or one in vars(module) for one in wanted)
