"""What a user sees when something goes wrong: one message, and a traceback only with --debug."""

import errno
import os
import sys

import click
import pytest

from compendium import cli
from compendium.errors import InputError


@pytest.fixture
def failing(monkeypatch):
    """Call the command `status`, in which an error happens."""

    def call(error, *options):
        @click.command()
        def broken():
            raise error

        monkeypatch.setattr(cli.LazyGroup, "get_command", lambda *_: broken)
        monkeypatch.setattr(sys, "argv", ["compendium", "status", *options])
        monkeypatch.setenv(cli.IN_DEBUG, "")
        cli.main()

    return call


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (InputError("params/x.yml: no such study."), 2, "Error: params/x.yml: no such study."),
        (
            OSError(errno.ENOSPC, "No space left on device", "results/x.csv"),
            2,
            "Error: results/x.csv: no space left on device. The disk is full: free some space and "
            "run the command again.",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", "secret.key"),
            2,
            "Error: secret.key: permission denied. Look whether the file is there and may be read "
            "and written, and run the command again.",
        ),
        (KeyError("time"), 1, "KeyError in test_faults.py"),
        (ValueError("a\x1b[31mb"), 1, "This is a fault of the program, not of your data."),
    ],
)
def test_an_error_is_one_line(failing, capsys, error, status, words):
    with pytest.raises(SystemExit) as ended:
        failing(error)
    said = capsys.readouterr().err
    assert ended.value.code == status
    assert words in said
    assert "Traceback" not in said
    assert "\x1b" not in said
    assert said.count("\n") == 1


def test_debug_shows_a_fault_of_the_program_and_no_user_s_error(failing):
    with pytest.raises(KeyError):
        failing(KeyError("time"), "--debug")
    with pytest.raises(SystemExit):
        failing(InputError("no such study"), "--debug")


@pytest.mark.parametrize(("given", "then"), [(None, "1"), ("4", "4")])
def test_linear_algebra_has_one_thread_unless_somebody_says_so(failing, monkeypatch, given, then):
    monkeypatch.setenv(cli.THREADS, "as it was")  # restored afterwards
    monkeypatch.delenv(cli.THREADS) if given is None else monkeypatch.setenv(cli.THREADS, given)
    with pytest.raises(SystemExit):
        failing(InputError("no"))
    assert os.environ[cli.THREADS] == then
