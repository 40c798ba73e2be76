"""`--render FILE` of `query` and `run`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Command, rule_file

COUNTS = "SecurityEvent | summarize N = count() by Computer | render columnchart with (colours=many)"


def test_query_draws_and_still_writes_its_rows(command: Command, events: Path, tmp_path: Path) -> None:
    ended = command("query", "-e", COUNTS, "--data", events, "--render", "out.json", "-f", "csv")
    assert ended.out.splitlines() == ["Computer,N", "ws01,1", "ws02,1"]
    assert ended.err == "note: render: colours has no effect here\nnote: out.json shows a columnchart\n"
    assert (tmp_path / "out.json").is_file()


def test_run_draws(command: Command, events: Path, tmp_path: Path) -> None:
    assert command("run", rule_file(tmp_path, COUNTS), "--data", events, "--render", "out.json", "-q").err == ""
    assert (tmp_path / "out.json").is_file()


def test_a_missing_library_is_told_before_anything_runs(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kqlpy.cli.render.find_spec", lambda name: None)
    ended = command("query", "-e", "this is no query", "--render", "out.png")
    assert (ended.code, ended.err) == (2, "error: KV001 out.png needs the package vl-convert-python\n    pip install 'kqlpy[charts]'\n")


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("out.pdf", "error: cannot draw out.pdf: its name should end in .html, .png, .svg or .json\n"),
        ("nowhere/out.html", "error: cannot write nowhere/out.html: there is no folder nowhere\n"),
    ],
)
def test_a_file_that_cannot_be_drawn_is_refused_first(command: Command, file: str, message: str) -> None:
    ended = command("query", "-e", "this is no query", "--render", file)
    assert (ended.code, ended.out, ended.err) == (2, "", message)
