"""What happens to a command from outside: streams that are closed or full, readers that leave, signals. No traceback, no half-written file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT

pytestmark = pytest.mark.skipif(os.name != "posix", reason="streams and signals of POSIX")


def shell(line: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A line of bash, in which `kqlpy` is the command."""
    define = f'kqlpy() {{ "{sys.executable}" -m kqlpy "$@"; }}; '
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    env = {**plain, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(["bash", "-c", define + line], capture_output=True, text=True, cwd=folder, env=env, check=False)


needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")


@needs_full
@pytest.mark.parametrize("command", ["query -e 'range x from 1 to 9999 step 1' -f csv", "query -e 'print 1'", "functions strlen", "--help"])
def test_a_full_standard_output(command: str, tmp_path: Path) -> None:
    ended = shell(f"kqlpy {command} > /dev/full", tmp_path)
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert "no space left on device" in ended.stderr.lower()


@needs_full
def test_a_full_disk_is_told_with_the_file(tmp_path: Path) -> None:
    ended = shell("kqlpy query -e 'print 1' --output /dev/full", tmp_path)
    assert (ended.returncode, ended.stderr) == (2, "error: cannot write to /dev/full: no space left on device\n")


@needs_full
def test_a_full_standard_error_changes_no_exit_code(tmp_path: Path) -> None:
    assert shell("kqlpy query -e 'print x' 2> /dev/full", tmp_path).returncode == 2


@pytest.mark.parametrize("options", ["", "-f csv"])
def test_a_closed_standard_output(options: str, tmp_path: Path) -> None:
    ended = shell(f"kqlpy query -e 'print 1' {options} >&-", tmp_path)
    assert (ended.returncode, ended.stderr) == (2, "error: cannot write to standard output: it is closed\n")


def test_a_closed_standard_output_hinders_no_file(tmp_path: Path) -> None:
    assert shell("kqlpy query -e 'print 1' -o x.csv >&-", tmp_path).returncode == 0
    assert (tmp_path / "x.csv").is_file()


def test_a_closed_standard_error_changes_no_exit_code(tmp_path: Path) -> None:
    assert shell("kqlpy query -e 'print x' 2>&-", tmp_path).returncode == 2


@pytest.mark.parametrize("command", ["query -", "fmt -"])
def test_a_closed_standard_input(command: str, tmp_path: Path) -> None:
    ended = shell(f"kqlpy {command} <&-", tmp_path)
    assert ended.returncode == 2
    assert "the query is empty" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("options", ["-f csv", "-f jsonl", "-f table"])
def test_a_reader_that_leaves(options: str, unbuffered: str, tmp_path: Path) -> None:
    line = f"kqlpy query -e 'range x from 1 to 200000 step 1' {options} | head -n 1 > first; exit ${{PIPESTATUS[0]}}"
    ended = shell(line, tmp_path, PYTHONUNBUFFERED=unbuffered)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")
    assert (tmp_path / "first").read_text().count("\n") == 1


# ---------------------------------------------------------------- signals

_WRITES_SLOWLY = """
import sys, time
from kqlpy.cli.main import main
from kqlpy.output.writers import WRITERS

def write(table, out):
    out.write(b"half of it")
    out.flush()
    print("writing", file=sys.stderr, flush=True)
    time.sleep(600)

WRITERS["csv"] = write
sys.argv = ["kqlpy", "query", "-e", "print 1", "--output", "x.csv"]
sys.exit(main())
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_leaves_no_half_file(number: signal.Signals, code: int, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("old")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", _WRITES_SLOWLY], cwd=tmp_path, env=env, stderr=subprocess.PIPE, text=True) as child:
        assert child.stderr is not None
        assert child.stderr.readline() == "writing\n"
        child.send_signal(number)
        assert child.stderr.read() == ""
        assert child.wait() == code
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("x.csv", "old")]


def test_an_interruption_while_modules_are_imported(tmp_path: Path) -> None:
    code = "import sys; sys.modules['typer'] = None\nimport builtins\nreal = builtins.__import__\ndef find(name, *rest):\n"
    code += "    if name == 'typer': raise KeyboardInterrupt\n    return real(name, *rest)\nbuiltins.__import__ = find\n"
    code += "from kqlpy.__main__ import main\nsys.exit(main())"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (ended.returncode, ended.stderr) == (130, "")
