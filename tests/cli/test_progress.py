"""The progress line: only on a terminal, only after a while, and gone at the end."""

from __future__ import annotations

import io
import sys

import pytest

from kqlpy.cli import progress
from kqlpy.cli.progress import Bar, Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def reported(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, *, patience: float = 0.0, quiet: bool = False) -> str:
    monkeypatch.setattr(progress, "_PATIENCE", patience)
    monkeypatch.setattr(progress, "_PAUSE", 0.0)
    monkeypatch.setattr(sys, "stderr", stream)
    with Progress(quiet=quiet) as line:
        line("SecurityEvent", 1_000)
        line("SecurityEvent", 500)
    return stream.getvalue()


def test_a_terminal_sees_what_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    text = reported(Terminal(), monkeypatch)
    assert text.endswith("\r\x1b[K0 s: SecurityEvent 1,500 rows read\r\x1b[K")


def test_a_short_query_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reported(Terminal(), monkeypatch, patience=60.0) == ""


def test_a_file_gets_no_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reported(io.StringIO(), monkeypatch) == ""


def test_quiet_means_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reported(Terminal(), monkeypatch, quiet=True) == ""


def test_a_bar_tells_how_many_are_done_and_alert(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    with Bar(2, "files", quiet=False) as bar:
        bar.step(1)
        bar.step(0)
    shown = stream.getvalue().split("\r\x1b[K")
    assert shown == ["", f"{'█' * 15}{'░' * 15} 1/2 files, 1 alerting", f"{'█' * 30} 2/2 files, 1 alerting", ""]


def test_a_bar_is_for_terminals_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with Bar(1, "files", quiet=False) as bar:
        bar.step(1)
    assert stream.getvalue() == ""
