"""`kqlpy fmt` as a user meets it."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Command


def test_files_are_rewritten(command: Command, tmp_path: Path) -> None:
    (tmp_path / "q.kql").write_text("T|count")
    ended = command("fmt", "q.kql")
    assert (ended.code, ended.out, ended.err) == (0, "", "1 formatted\n")
    assert (tmp_path / "q.kql").read_text() == "T\n| count\n"


def test_check_lists_files_and_writes_nothing(command: Command, tmp_path: Path) -> None:
    (tmp_path / "a.kql").write_text("T|count")
    (tmp_path / "b.kql").write_text("T\n| count\n")
    ended = command("fmt", "--check", tmp_path)
    assert ended.code == 1
    assert ended.out == f"{tmp_path / 'a.kql'}\n"
    assert ended.err == "1 would change, 1 unchanged\n"
    assert (tmp_path / "a.kql").read_text() == "T|count"


def test_check_of_formatted_files_is_quiet(command: Command, tmp_path: Path) -> None:
    (tmp_path / "b.kql").write_text("T\n| count\n")
    assert command("fmt", "--check", "b.kql").code == 0


def test_diff_shows_lines(command: Command, tmp_path: Path) -> None:
    (tmp_path / "a.kql").write_text("T|count\n")
    ended = command("fmt", "--diff", "a.kql")
    assert ended.code == 0
    assert ended.out.splitlines()[3:] == ["-T|count", "+T", "+| count"]


def test_standard_input_goes_to_standard_output(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("T|count"))
    assert command("fmt", "-").out == "T\n| count\n"


def test_a_wrong_file_does_not_stop_the_others(command: Command, tmp_path: Path) -> None:
    (tmp_path / "a.kql").write_text("T | where")
    (tmp_path / "b.kql").write_text("T|count")
    ended = command("fmt", "a.kql", "b.kql")
    assert ended.code == 2
    assert "a.kql, line 1, column 10" in ended.err
    assert ended.err.endswith("1 formatted, 1 with errors\n")
    assert (tmp_path / "b.kql").read_text() == "T\n| count\n"


def test_what_is_left_is_told(command: Command, tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text("name: x\nquery: T|count\n")
    ended = command("fmt", "r.yaml")
    assert ended.code == 0
    assert "note: r.yaml is left as it is: its query is written without quotes" in ended.err
