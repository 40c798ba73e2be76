"""`kqlpy shell`: commands, queries and the prompt itself."""

from __future__ import annotations

import importlib.util
import io
import sys
from pathlib import Path
from typing import Any

import pytest

from kqlpy.cli.entries import entries, is_complete
from kqlpy.cli.settings import Settings, make_engine
from kqlpy.cli.shell import Shell, history_file
from tests.cli.conftest import Command

needs_prompt = pytest.mark.skipif(importlib.util.find_spec("prompt_toolkit") is None, reason="prompt_toolkit is not installed")


@pytest.fixture
def session(events: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("COLUMNS", "80")
    settings = Settings(data=events)
    return Shell(make_engine(settings), settings)


def test_a_query_is_answered(session: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    session.execute("SecurityEvent | project Computer | take 1")
    assert capsys.readouterr() == ("Computer\n────────\nws01\n", "note: 1 row\n")


def test_a_mistake_does_not_end_the_shell(session: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    session.execute("SecurityEvent | where Komputer == 1")
    assert session.open
    assert "did you mean `Computer`?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("written", "out"),
    [
        (".tables", "SecurityEvent\n"),
        (".functions strlen", "strlen("),
        (".schema SecurityEvent", "Computer"),
        (".help", ".schema TABLE"),
    ],
)
def test_commands(session: Shell, capsys: pytest.CaptureFixture[str], written: str, out: str) -> None:
    session.execute(written)
    assert out in capsys.readouterr().out


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (".nothing", "error: there is no command .nothing; .help lists them\n"),
        (".schema SecurityEvents", "error: there is no table SecurityEvents; did you mean SecurityEvent?\n"),
        (".format xml", "error: .format xml: write one of table, json, jsonl, csv, markdown\n"),
        (".now soon", "error: --now soon: not a time; write it as 2024-05-01T12:00:00Z, or `latest`\n"),
    ],
)
def test_wrong_commands(session: Shell, capsys: pytest.CaptureFixture[str], written: str, message: str) -> None:
    session.execute(written)
    assert capsys.readouterr().err == message


def test_format_and_clock_are_kept(session: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    for line in (".format csv", ".now 2024-05-15", "print year = getyear(now())"):
        session.execute(line)
    assert capsys.readouterr().out.splitlines() == ["year", "2024"]


def test_quit_ends(session: Shell) -> None:
    session.execute(".quit")
    assert not session.open


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("SecurityEvent | take 1", True),
        ("SecurityEvent |", False),
        ("SecurityEvent | where", False),
        ("SecurityEvent | where (Computer ==", False),
        ("let x = 1;", False),
        ("SecurityEvent | wheree x | take 1", True),
        (".tables", True),
        ("SecurityEvent |\n", True),
        ("", True),
    ],
)
def test_enter_runs_what_is_complete(text: str, complete: bool) -> None:
    assert is_complete(text) is complete


def test_history_has_a_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert history_file() == tmp_path / "kqlpy" / "history"


def test_a_missing_library_is_told(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setitem(sys.modules, "prompt_toolkit", None)
    monkeypatch.delitem(sys.modules, "kqlpy.cli.prompt", raising=False)
    ended = command("shell")
    assert (ended.code, ended.err) == (2, "error: the shell needs the package prompt_toolkit\n    pip install 'kqlpy[shell]'\n")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("print 1\nprint 2\n", ["print 1\n", "print 2\n"]),
        ("T\n| take 1\n  | count\nprint 2", ["T\n| take 1\n  | count\n", "print 2"]),
        ("let x = 1;\nprint x\n", ["let x = 1;\nprint x\n"]),
        ("print f(\n1)\n\n\n.tables\n.quit\n", ["print f(\n1)\n", ".tables\n", ".quit\n"]),
        ("", []),
    ],
)
def test_a_text_is_divided_into_queries(text: str, found: list[str]) -> None:
    assert list(entries(io.StringIO(text))) == found


def test_what_is_piped_in_runs_without_a_prompt(command: Command, events: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "SecurityEvent\n| count\n\nprint y\n.format csv\nprint x = 1\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    ended = command("shell", "--data", events)
    assert (ended.code, ended.out) == (2, "Count\n─────\n    2\nx\r\n1\r\n")
    assert "`y`" in ended.err


def test_a_defect_does_not_end_the_shell(session: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(session.engine, "results", broken)
    session.execute("print 1")
    assert (session.open, session.code) == (True, 70)
    assert "this is a defect in kqlpy" in capsys.readouterr().err


@needs_prompt
def test_enter_goes_on_until_the_query_is_complete(session: Shell, tmp_path: Path) -> None:
    assert typed(session, tmp_path, "SecurityEvent |\r take 1\r") == "SecurityEvent |\n take 1"
    assert "+SecurityEvent |" in (tmp_path / "state" / "history").read_text()


@needs_prompt
def test_completer_gives_suggestions(session: Shell) -> None:
    from prompt_toolkit.document import Document

    from kqlpy.cli.prompt import KqlCompleter

    found = list(KqlCompleter(session.engine).get_completions(Document("SecurityEvent | where Comp"), None))
    assert [(f.start_position, f.display_meta_text) for f in found if f.text == "Computer"] == [(-4, "column: string")]
    assert list(KqlCompleter(session.engine).get_completions(Document(".tab"), None)) == []


def typed(session: Shell, folder: Path, keys: str) -> Any:
    from prompt_toolkit.input import create_pipe_input
    from prompt_toolkit.output import DummyOutput

    from kqlpy.cli.prompt import prompter

    with create_pipe_input() as pipe:
        ask = prompter(session.engine, folder / "state" / "history", input=pipe, output=DummyOutput())
        pipe.send_text(keys)
        return ask()
