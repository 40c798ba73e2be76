"""`kqlpy query`: where the text comes from, and several results."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Command, rule_file


def test_a_text(command: Command) -> None:
    assert command("query", "-e", "print x = 1").out == "x\n─\n1\n"


def test_a_file(command: Command) -> None:
    Path("q.kql").write_text("print x = 2", encoding="utf-8-sig")
    assert command("query", "q.kql").out == "x\n─\n2\n"


def test_the_query_of_a_rule(command: Command, tmp_path: Path) -> None:
    assert command("query", rule_file(tmp_path, "print x = 3")).out == "x\n─\n3\n"


def test_standard_input(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"print x = 4")))
    assert command("query", "-").out == "x\n─\n4\n"


def test_people_see_all_results(command: Command) -> None:
    assert command("query", "-e", "print x = 1; print y = 2").out == "x\n─\n1\n\ny\n─\n2\n"


def test_machines_get_the_first_result(command: Command) -> None:
    ended = command("query", "-e", "print x = 1; print y = 2", "--format", "csv")
    assert (ended.out, ended.err) == ("x\r\n1\r\n", "note: the text has several results; this is the first\n")


def test_values_that_do_not_fit_their_type_are_told(command: Command, events: Path) -> None:
    (events / "SecurityEvent.csv").write_text("TimeGenerated,EventID\n2024-05-01,4688\n2024-05-01,many\n")
    ended = command("query", "-e", "SecurityEvent | where EventID > 0 | count", "--data", events)
    assert ended.code == 0
    assert "1 value of EventID cannot be read as int and count as null, such as 'many'" in ended.err


def test_a_limit_ends_a_query(command: Command) -> None:
    ended = command("query", "-e", "range x from 1 to 1000000 step 1 | order by x desc | count", "--limit", "memory=1kB")
    assert ended.code == 2
    assert "memory" in ended.err
