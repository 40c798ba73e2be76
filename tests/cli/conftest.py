"""The command line inside the test's process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa  # noqa: F401  the command refuses pandas while it imports pyarrow; other tests of this process need both
import pytest

from kqlpy.cli.main import main

ROOT = Path(__file__).parents[2]
NOW = "2024-05-15T12:00:00Z"


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """Runs `kqlpy` with arguments, in an empty folder and with 80 columns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*args: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["kqlpy", *map(str, args)])
        code = main()
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """A data folder with one small table, SecurityEvent."""
    folder = tmp_path / "data"
    folder.mkdir()
    rows = ["TimeGenerated,Computer,EventID,Process", "2024-05-01T10:00:00Z,ws01,4688,cmd.exe", "2024-05-02T11:30:00Z,ws02,4689,cmd.exe"]
    (folder / "SecurityEvent.csv").write_text("\n".join(rows) + "\n")
    return folder


def rule_file(folder: Path, query: str, head: str = "name: test\n") -> Path:
    """A rule with a query as a block scalar; returns its name, as seen from the working folder."""
    body = "".join(f"  {line}\n" for line in query.split("\n"))
    (folder / "rule.yaml").write_text(f"{head}query: |\n{body}")
    return Path("rule.yaml")
