"""Colour, and the pager of long tables."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from kqlpy.cli import guard
from kqlpy.cli.pager import pager, show
from tests.cli.conftest import Command


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is as it was after each test, whatever `--color` writes into it."""
    for name in ("NO_COLOR", "FORCE_COLOR", "PAGER", "KQLPY_PAGER"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("TERM", "xterm")


@pytest.mark.parametrize(("when", "coloured"), [("always", True), ("never", False), ("auto", False)])
def test_color_says_when(command: Command, when: str, coloured: bool) -> None:
    assert ("\x1b[1m" in command("query", "-e", "print 1", "--color", when).out) is coloured


def test_color_of_another_name_is_refused(command: Command) -> None:
    ended = command("query", "-e", "print 1", "--color", "green")
    assert ended.code == 2
    assert "write auto, always or never" in ended.err


@pytest.mark.parametrize(("name", "coloured"), [("NO_COLOR", False), ("LANG", True)])
def test_a_terminal_has_colour_unless_its_user_objects(monkeypatch: pytest.MonkeyPatch, name: str, coloured: bool) -> None:
    monkeypatch.setenv(name, "1")
    assert guard.coloured(Terminal()) is coloured


def test_no_color_goes_before_force_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert not guard.coloured(Terminal())


def test_a_long_text_goes_through_the_pager(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setenv("KQLPY_PAGER", f"tee {tmp_path / 'seen'}")
    assert show("line\n" * 500)
    assert (tmp_path / "seen").read_text() == "line\n" * 500


def test_a_short_text_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setattr(sys, "stdin", Terminal())
    assert not show("line\n")


def test_what_is_piped_is_not_paged() -> None:
    assert not show("line\n" * 500)


@pytest.mark.parametrize("wanted", ["", "cat", "no-such-program"])
def test_no_pager(monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    monkeypatch.setenv("KQLPY_PAGER", wanted)
    assert pager() is None


def test_the_own_variable_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", "cat")
    monkeypatch.setenv("KQLPY_PAGER", f"{sys.executable} -u")
    assert pager() == [sys.executable, "-u"]
