"""The `compendium` command: a group whose commands are imported only when they are called."""

import importlib
import sys

import click

from compendium.errors import UserError
from compendium.formatting import visible

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
    "book": "compendium.cli.publish:book",
    "docx": "compendium.cli.publish:docx",
    "pdf": "compendium.cli.publish:pdf",
    "archive": "compendium.cli.publish:archive",
    "external": "compendium.cli.external:external",
    "disclose": "compendium.cli.publish:disclose",
    "deidentify": "compendium.cli.publish:deidentify",
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


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="compendium")
def group() -> None:
    """Trop2 and TSH-dependent iodine uptake in differentiated thyroid cancer: the analysis."""


def main() -> None:
    """Entry point: a UserError becomes one message without a traceback, exit status 2."""
    try:
        group(standalone_mode=True)
    except UserError as error:
        click.echo(f"Error: {visible(str(error))}", err=True)
        sys.exit(2)
