"""Messages name the command as the user can type it, in an environment of any kind and place."""

import ast
import sys
from pathlib import PurePosixPath, PureWindowsPath

import pytest

from compendium.called import command, script_name
from compendium.cli import COMMANDS, group, short_help

POSIX = PurePosixPath("/home/wang/study/.venv/bin")
WINDOWS = PureWindowsPath(r"C:\Users\王\研究\.venv\Scripts")


@pytest.mark.parametrize(
    ("folder", "on_path", "here", "name"),
    [
        (POSIX, None, "/home/wang/study", ".venv/bin/compendium"),
        (POSIX, None, "/home/wang/study/data", "../.venv/bin/compendium"),
        (POSIX, None, "/home/wang", "/home/wang/study/.venv/bin/compendium"),
        (POSIX, POSIX, "/home/wang/study", "compendium"),
        (POSIX, PurePosixPath("/usr/bin"), "/home/wang/study", ".venv/bin/compendium"),
        (WINDOWS, None, r"C:\Users\王\研究", r".venv\Scripts\compendium"),
        (WINDOWS, None, "D:\\", r"C:\Users\王\研究\.venv\Scripts\compendium"),
        (WINDOWS, WINDOWS, r"C:\Users\王\研究", "compendium"),
        (
            PurePosixPath("/my study/.venv/bin"), None, "/tmp", '"/my study/.venv/bin/compendium"'
        ),
    ],
)  # fmt: skip
def test_the_script_has_the_name_by_which_it_starts(folder, on_path, here, name):
    assert script_name(folder, on_path, type(folder)(here)) == name


def test_a_command_is_named_with_the_path_unless_its_name_alone_finds_it(tmp_path, monkeypatch):
    scripts = tmp_path / ".venv" / "bin"
    scripts.mkdir(parents=True)
    (scripts / "compendium").touch(mode=0o755)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "/nowhere")
    assert command("validate data/mine") == "`.venv/bin/compendium validate data/mine`"
    monkeypatch.setenv("PATH", str(scripts))
    assert command("validate data/mine") == "`compendium validate data/mine`"


def test_no_message_names_the_command_without_asking_where_it_is(root):
    typed = [
        f"{path.name}:{node.lineno}"
        for path in (root / "src/compendium").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and "`compendium " in node.value
        and node.col_offset > 0  # a module's docstring is no message
    ]
    assert typed == []


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says_of_itself(name):
    command = group.get_command(None, name)
    assert short_help(COMMANDS[name], 50) == command.get_short_help_str(50)
