"""A papermill engine that runs a notebook's cells in this process, not in a kernel of its own.

A kernel takes seconds to start, and loads every library anew. What a cell shows and prints is kept
as a kernel keeps it, and each notebook begins with an empty namespace.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from typing import Any

import nbformat
import pandas as pd
from ipykernel.ipkernel import IPythonKernel
from ipykernel.jsonutil import encode_images, json_clean
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from papermill.engines import Engine, papermill_engines
from traitlets.config import Config

from compendium.sweeps.cost import Meter

NAME = "in_process"
COLUMNS = 20  # of a frame as text, in a kernel; pandas takes a process without one for a terminal


class InProcess(Engine):  # type: ignore[misc]
    """Runs the cells one after the other in IPython, here."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **_: object) -> None:
        """Run all cells, up to one that fails.

        Args:
            nb_man: papermill's manager of the notebook.
            kernel_name: of no meaning here.
        """
        kept, meter = _Kept(), _Metered.by
        nb_man.nb.metadata["language_info"] = IPythonKernel.language_info
        # A warning that an earlier notebook gave is given again, as a new kernel would.
        wide = pd.option_context("display.max_columns", COLUMNS)
        with _shell(kept) as shell, warnings.catch_warnings(), wide, meter.importing():
            for index, cell in enumerate(nb_man.nb.cells):
                nb_man.cell_start(cell, index)
                meter.to_cell(cell.source if cell.cell_type == "code" else "")
                if cell.cell_type == "code" and not _run(shell, cell, kept):
                    nb_man.cell_exception(cell, index)
                    return
                nb_man.cell_complete(cell, index)
        meter.to("write")


def register() -> str:
    """Make the engine known to papermill; returns its name."""
    papermill_engines.register(NAME, InProcess)
    return NAME


class _Metered:
    """By what the notebook that runs is metered; one runs at a time."""

    by = Meter()


@contextmanager
def metered() -> Iterator[Meter]:
    """Meter the notebook that is run meanwhile."""
    _Metered.by = meter = Meter()
    yield meter
    meter.to("write")


class _Kept:
    """Outputs of the cell that runs."""

    cell: Any

    def add(self, kind: str, **held: Any) -> None:
        """Keep an output; what is printed as one, as long as nothing comes between."""
        outputs = self.cell.outputs
        if kind == "stream" and outputs and outputs[-1].get("name") == held["name"]:
            outputs[-1].text += held["text"]
        else:
            outputs.append(nbformat.v4.new_output(kind, **held))


@contextmanager
def _shell(kept: _Kept) -> Iterator[Any]:
    """IPython with an empty namespace; it keeps no history on the disk, and is gone afterwards."""
    config = Config({"HistoryManager": {"enabled": False}})
    shell: Any = InteractiveShell.instance(config=config)
    # What fails is kept as the cell's output.
    shell.showtraceback = shell.showsyntaxerror = lambda *_, **__: None
    shell.enable_gui = lambda *_, **__: None  # there is none, as in a kernel of papermill's
    shell.display_pub = _Published(shell=shell, kept=kept)
    shell.displayhook = shell.display_trap.hook = _Result(shell=shell, kept=kept)
    try:
        yield shell
    finally:
        shell.reset()
        InteractiveShell.clear_instance()


def _run(shell: Any, cell: Any, kept: _Kept) -> bool:
    """Run a cell and keep its outputs; False where it failed."""
    cell.outputs, cell.execution_count = [], shell.execution_count
    kept.cell = cell
    with ExitStack() as printed:
        printed.enter_context(redirect_stdout(_Stream("stdout", kept)))
        printed.enter_context(redirect_stderr(_Stream("stderr", kept)))
        done = shell.run_cell(cell.source, store_history=True)
    if done.success:
        return True
    error = done.error_before_exec or done.error_in_exec
    lines = shell.InteractiveTB.structured_traceback(type(error), error, error.__traceback__)
    kept.add("error", ename=type(error).__name__, evalue=str(error), traceback=lines)
    return False


class _Published(DisplayPublisher):
    """Keeps what is displayed."""

    def __init__(self, *, kept: _Kept, **held: Any) -> None:
        super().__init__(**held)  # type: ignore[no-untyped-call]
        self._kept = kept

    def publish(self, data: Any, metadata: Any = None, *_: Any, **__: Any) -> None:
        """Keep it."""
        self._kept.add("display_data", data=_as_json(data), metadata=metadata or {})


class _Result(DisplayHook):
    """Keeps what a cell's last line is."""

    def __init__(self, *, kept: _Kept, **held: Any) -> None:
        super().__init__(**held)  # type: ignore[no-untyped-call]
        self._kept = kept

    def write_output_prompt(self) -> None:
        """A kernel writes none."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """Keep it."""
        self._kept.add(
            "execute_result",
            data=_as_json(format_dict),
            metadata=md_dict or {},
            execution_count=self.prompt_count,
        )

    def finish_displayhook(self) -> None:
        """Nothing was printed that would have to be flushed."""


class _Stream(io.TextIOBase):
    """Keeps what is printed."""

    encoding = "utf-8"

    def __init__(self, name: str, kept: _Kept) -> None:
        self._name, self._kept = name, kept

    def write(self, text: str) -> int:
        """Keep it."""
        if text:
            self._kept.add("stream", name=self._name, text=text)
        return len(text)


def _as_json(data: Any) -> Any:
    return json_clean(encode_images(data))  # type: ignore[no-untyped-call]
