"""The `compendium` command: a group whose commands are imported only when they are called."""

import ast
import errno
import importlib
import os
import sys
import traceback
from functools import cache
from pathlib import Path

import click

from compendium.errors import UserError
from compendium.formatting import visible
from compendium.processes import end_with_driver

DEBUG, IN_DEBUG = "--debug", "COMPENDIUM_DEBUG"
THREADS = "OMP_NUM_THREADS"  # of linear algebra
REMEDY = "Look whether the file is there and may be read and written, and run the command again."
REMEDIES = {
    errno.ENOSPC: "The disk is full: free some space and run the command again.",
    errno.EFBIG: "The file is larger than may be written: raise the limit and run it again.",
    errno.EROFS: "Nothing can be written there: choose another folder.",
}
COMMANDS = {
    "suv": "compendium.cli.pet:suv",
    "index": "compendium.cli.pet:index",
    "extract": "compendium.cli.pet:extract",
    "dose": "compendium.cli.pet:dose",
    "simulate": "compendium.cli.simulate:simulate",
    "new-study": "compendium.cli.study:new_study",
    "adopt": "compendium.cli.adopt:adopt",
    "validate": "compendium.cli.study:validate",
    "dictionary": "compendium.cli.study:dictionary",
    "qupath": "compendium.cli.qupath:qupath",
    "make": "compendium.cli.pipeline:make",
    "publish": "compendium.cli.pipeline:publish",
    "status": "compendium.cli.pipeline:status",
    "run": "compendium.cli.pipeline:run",
    "sweep": "compendium.cli.sweep:sweep",
    "combine": "compendium.cli.combine:combine",
    "book": "compendium.cli.publish:book",
    "docx": "compendium.cli.publish:docx",
    "diff-docx": "compendium.cli.publish:diff_docx",
    "pdf": "compendium.cli.publish:pdf",
    "archive": "compendium.cli.publish:archive",
    "external": "compendium.cli.external:external",
    "disclose": "compendium.cli.publish:disclose",
    "deidentify": "compendium.cli.publish:deidentify",
    "lab": "compendium.cli.lab:lab",
    "doctor": "compendium.cli.doctor:doctor",
    "compare": "compendium.cli.pipeline:compare",
    "reproduce": "compendium.cli.pipeline:reproduce",
}


class LazyGroup(click.Group):
    """Looks a command up by name and imports its module only then: the command starts fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All command names, sorted as they are declared."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None for click to report."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by what their source says of them: none is imported for it."""
        width = formatter.width - max(map(len, COMMANDS)) - 6
        rows = [(name, short_help(place, width)) for name, place in COMMANDS.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def short_help(place: str, width: int) -> str:
    """The start of the docstring of a command, `module:function`, read without importing it."""
    module, attribute = place.split(":")
    path = Path(__file__).with_name(f"{module.rpartition('.')[2]}.py")
    said_of_it = ast.get_docstring(_functions(path)[attribute])
    return click.Command(attribute, help=said_of_it).get_short_help_str(width)


@cache
def _functions(path: Path) -> dict[str, ast.FunctionDef]:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return {one.name: one for one in body if isinstance(one, ast.FunctionDef)}


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="compendium")
def group() -> None:
    """Trop2 and TSH-dependent iodine uptake in differentiated thyroid cancer: the analysis.

    Whatever goes wrong is said in one message; --debug, after any command, shows the traceback.
    """


def main() -> None:
    """Entry point: whatever goes wrong becomes one message; a traceback only with `--debug`.

    The exit status is 2 where a user can mend it, 1 where the program is at fault. Matrices are so
    small here that threads of linear algebra cost more than they bring; so there is one, in kernels
    and workers too, unless the environment says otherwise.
    """
    os.environ.setdefault(THREADS, "1")
    end_with_driver()
    if DEBUG in sys.argv:
        sys.argv.remove(DEBUG)
        os.environ[IN_DEBUG] = "1"  # for the commands that this one calls as well
    try:
        group(standalone_mode=True)
    except Exception as error:
        if os.environ.get(IN_DEBUG) and not isinstance(error, UserError):
            raise
        click.echo(f"Error: {visible(said(error))}", err=True)
        sys.exit(2 if isinstance(error, UserError | OSError) else 1)


def said(error: Exception) -> str:
    """An error in a user's words: what happened, where, what to do."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        what = error.strerror or str(error)
        return f"{where}{what[:1].lower()}{what[1:]}. {REMEDIES.get(error.errno or 0, REMEDY)}"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return (
        f"{type(error).__name__}{place}: {error}. This is a fault of the program, not of your "
        f"data. The same command with {DEBUG} shows where it happened; please report it."
    )
