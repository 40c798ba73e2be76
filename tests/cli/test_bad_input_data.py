"""Data files as they go wrong: one clear message or a remark, the right exit code, no traceback."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Command, Ended

PACKED = gzip.compress(b"TimeGenerated,a\n" + b"2024-05-01T10:00:00Z,1\n" * 10_000)
DEEP = 100_000


def asked(command: Command, files: Mapping[str, str | bytes], query: str = "G") -> Ended:
    """A query over a data folder with these files; never a defect, never a traceback."""
    folder = Path("logs")
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    ended = command("query", "-e", query, "--data", folder, "-f", "csv")
    assert "Traceback" not in ended.err
    assert "defect" not in ended.err
    return ended


REFUSED = {
    "a gzip file cut short": ({"G.csv.gz": PACKED[: len(PACKED) // 2]}, "G.csv.gz cannot be read as compressed data: Compressed file ended before"),
    "a gzip file of its header alone": ({"G.csv.gz": PACKED[:10]}, "G.csv.gz cannot be read as compressed data"),
    "a damaged gzip file": ({"G.csv.gz": PACKED[:30] + b"XXXX" + PACKED[34:]}, "G.csv.gz cannot be read as compressed data"),
    "a damaged zstd file": ({"G.csv.zst": b"\x28\xb5\x2f\xfdxxxx"}, "G.csv.zst cannot be read as compressed data"),
    "an empty file": ({"G.csv": ""}, "G.csv is empty: it has not even a header"),
    "blank lines": ({"G.csv": "\n\n\n"}, "G.csv is empty"),
    "nothing but a byte order mark": ({"G.csv": b"\xef\xbb\xbf"}, "G.csv is empty"),
    "binary data": ({"G.csv": b"a,b\n1,x\0y\n"}, "G.csv holds binary data, which is not a table"),
    "a ZIP archive under another name": ({"G.csv": b"PK\x03\x04xxxx"}, "G.csv cannot be read as an archive: its table of contents is missing"),
    "a workbook": ({"G.xlsx": b"PK\x03\x04"}, "G.xlsx cannot be read as an archive"),
    "brackets without end": ({"G.json": "[" * DEEP}, "G.json, line 1, column 2: not valid JSON: it is nested too deeply"),
    "many brackets": ({"G.json": "[" * DEEP + "]" * DEEP}, "nested too deeply"),
    "many brackets in a line": ({"G.jsonl": '{"a":' + "[" * DEEP + "]" * DEEP + '}\n{"a":1}\n'}, "nested too deeply"),
    "JSON that ends too early": ({"G.json": '[{"a": 1}, {"a":'}, "G.json, line 1"),
    "JSON of a number": ({"G.json": "42"}, "a row should be a JSON object, but here is a number"),
    "JSON of null": ({"G.json": "null"}, "a row should be a JSON object, but here is null"),
    "JSON rows of two kinds": ({"G.json": '[{"a":1}, 5]'}, "a row should be a JSON object, but here is a number"),
    "a broken line of JSON": ({"G.jsonl": '{"a": 1}\n{"a": \n'}, "G.jsonl, line 2"),
    "a damaged Parquet file": ({"G.parquet": b"PAR1xxxxPAR1"}, "G.parquet cannot be read as Parquet"),
    "text in a Parquet file": ({"G.parquet": b"hello"}, "G.parquet cannot be read as Parquet"),
    "a damaged Arrow file": ({"G.arrow": b"ARROW1\0\0xxx"}, "G.arrow cannot be read as Arrow"),
    "a schema file that is no JSON": ({"_schemas.json": "{"}, "_schemas.json, line 1, column 2: not valid JSON"),
    "a deep schema file": ({"_schemas.json": "[" * DEEP}, "_schemas.json, line 1, column 1: not valid JSON: it is nested too deeply"),
    "a schema file that is not UTF-8": ({"_schemas.json": b"\xff{}"}, "it is not UTF-8 text"),
    "a schema with an unknown type": ({"_schemas.json": '{"G": [["a", "text"]]}'}, "`text`, given for column `a`, is no KQL type"),
    "a schema of another form": ({"_schemas.json": "[1]"}, "_schemas.json is not a list of columns"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str, command: Command) -> None:
    files, message = REFUSED[case]
    ended = asked(command, files)
    assert (ended.code, ended.out) == (3, "")
    assert message in ended.err


READ = {
    "rows that are too short or too long": ({"G.csv": "a,b\n1,2\n3\n4,5,6\n"}, "a,b\r\n1,2\r\n3,\r\n4,5\r\n", "fewer cells than the header"),
    "bytes that are not UTF-8": ({"G.csv": b"a\ncaf\xe9\n"}, "a\r\ncafé\r\n", "bytes that are not UTF-8"),
    "bytes that are not UTF-8 in JSON": ({"G.jsonl": b'{"a":"caf\xe9"}\n{"a":"x"}\n'}, "a\r\ncafé\r\nx\r\n", "bytes that are not UTF-8"),
    "a NUL in JSON": ({"G.jsonl": '{"a":"x\\u0000y"}\n'}, "a\r\nx\0y\r\n", ""),
    "two columns of one name": ({"G.csv": "a,a\n1,2\n"}, "a,a1\r\n1,2\r\n", "columns without a name of their own are called a1"),
    "nothing but a header": ({"G.csv": "a,b\n"}, "a,b\r\n", ""),
    "a number that no type holds": ({"G.csv": f"a\n{'9' * 400}\n"}, f"a\r\n{'9' * 400}\r\n", ""),
    "files that disagree on a type": ({"G/a.csv": "a\n1\n", "G/b.json": '[{"a":"x"}]'}, "a\r\n1\r\nx\r\n", ""),
    "a file of another kind beside": ({"G/a.csv": "a\n1\n", "G/b.log": "x"}, "a\r\n1\r\n", "b.log: not read: its name does not end like that of a data file"),
}


@pytest.mark.parametrize("case", READ)
def test_read_with_a_remark(case: str, command: Command) -> None:
    files, out, remark = READ[case]
    ended = asked(command, files)
    assert (ended.code, ended.out) == (0, out)
    assert remark in ended.err


def test_a_very_long_line(command: Command) -> None:
    long = "x" * 3_000_000
    files = {"G.csv": f"a,b\n1,{long}\n", "H.jsonl": f'{{"a":1,"b":"{long}"}}\n'}
    assert asked(command, files, "union G, H | project n = strlen(b)").out == "n\r\n3000000\r\n3000000\r\n"


@pytest.mark.parametrize("text", ["[" * DEEP + "]" * DEEP, '{"x":' * DEEP + "1" + "}" * DEEP])
def test_deep_json_in_a_cell_is_a_text(text: str, command: Command) -> None:
    quoted = text.replace('"', '""')
    ended = asked(command, {"G.csv": f'a,b\n1,"{quoted}"\n'}, "G | project none = isnull(parse_json(b).x)")
    assert (ended.code, ended.out) == (0, "none\r\ntrue\r\n")


def test_values_that_do_not_fit_the_known_type(command: Command) -> None:
    ended = asked(command, {"SecurityEvent.csv": "TimeGenerated,EventID\nyesterday,many\n2024-05-01,4688\n"}, "SecurityEvent | project EventID, TimeGenerated")
    assert ended.code == 0
    assert "line 2: 1 value of EventID cannot be read as int and count as null, such as 'many'" in ended.err
    assert "line 2: 1 value of TimeGenerated cannot be read as datetime" in ended.err


# ---------------------------------------------------------------- what is no file


@pytest.fixture
def logs(command: Command) -> Path:
    """A data folder with one table, T; made where the command runs."""
    folder = Path("logs")
    folder.mkdir()
    (folder / "T.csv").write_text("a\n1\n")
    return folder


posix = pytest.mark.skipif(os.name != "posix", reason="links, pipes and permissions of POSIX")


@posix
@pytest.mark.parametrize(("target", "reason"), [("nowhere.csv", "No such file"), ("G.csv", "Too many levels")])
def test_links_that_lead_nowhere(target: str, reason: str, command: Command, logs: Path) -> None:
    (logs / "G.csv").symlink_to(target)
    ended = command("query", "-e", "G", "--data", logs)
    assert ended.code == 3
    assert f"cannot read logs/G.csv: {reason}" in ended.err
    assert command("query", "-e", "T", "--data", logs).code == 0


@posix
def test_a_circle_of_folders_is_read_once(command: Command, logs: Path) -> None:
    (logs / "G").mkdir()
    (logs / "G" / "a.csv").write_text("a\n1\n")
    (logs / "G" / "again").symlink_to("../G")
    assert command("query", "-e", "G | count", "--data", logs, "-f", "csv").out == "Count\r\n1\r\n"


@posix
def test_a_pipe(command: Command, logs: Path) -> None:
    os.mkfifo(logs / "G.csv")
    ended = command("query", "-e", "G", "--data", logs)
    assert (ended.code, ended.err) == (3, "error: KD002 cannot read logs/G.csv: it is not a file\n")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("nowhere", "error: KD001 cannot read the data folder nowhere: there is no such folder\n"),
        ("logs/T.doc", "error: KD001 cannot read the data folder logs/T.doc: it is not a folder\n"),
    ],
)
def test_data_that_is_no_folder(data: str, message: str, command: Command, logs: Path) -> None:
    (logs / "T.doc").write_text("x")
    ended = command("query", "-e", "T", "--data", data)
    assert (ended.code, ended.out, ended.err) == (3, "", message)


def test_an_empty_data_folder(command: Command) -> None:
    Path("none").mkdir()
    ended = command("query", "-e", "SecurityEvent", "--data", "none")
    assert ended.code == 3
    assert "there is no data for `SecurityEvent`" in ended.err


# ---------------------------------------------------------------- permissions

#: Runs Python without the privileges by which root (as which tests run in many containers) may read and write everything.
_WITHOUT_PRIVILEGES = """
import ctypes, os, sys
for capability in (1, 2) if os.geteuid() == 0 else ():  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    ctypes.CDLL(None).prctl(24, capability)  # PR_CAPBSET_DROP
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def without_privileges(*args: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Python with these arguments, obeying the permissions of files."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-c", _WITHOUT_PRIVILEGES, *args], cwd=folder, env=env, capture_output=True, text=True, check=False)


@pytest.mark.skipif(sys.platform != "linux", reason="privileges of Linux")
@pytest.mark.parametrize(
    ("closed", "args", "code", "message"),
    [
        ("logs/T.csv", ["query", "-e", "T", "--data", "logs"], 3, "cannot read logs/T.csv: Permission denied"),
        ("logs", ["query", "-e", "T", "--data", "logs"], 2, "path 'logs' is not readable"),
        ("logs/G", ["query", "-e", "T", "--data", "logs"], 3, "cannot read the data folder logs/G: Permission denied"),
        ("rules/a.kql", ["run", "rules", "--data", "logs", "-f", "csv"], 2, "cannot read rules/a.kql: Permission denied"),
        ("rules/deep", ["run", "rules", "--data", "logs", "-f", "csv"], 2, "cannot read rules/deep: Permission denied"),
        ("rules/deep", ["check", "rules"], 2, "cannot read rules/deep: Permission denied"),
        ("out", ["query", "-e", "T", "--data", "logs", "-o", "out/x.csv"], 2, "cannot write out/x.csv: permission denied"),
    ],
)
def test_what_may_not_be_read_or_written(closed: str, args: list[str], code: int, message: str, tmp_path: Path) -> None:
    for name in ("logs/T.csv", "logs/G/x.csv", "rules/a.kql", "rules/deep/b.kql", "out/old"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("T" if name.endswith("kql") else "a\n1\n")
    (tmp_path / closed).chmod(0)
    try:
        if without_privileges("-c", f"open({closed!r}).read()", folder=tmp_path).returncode == 0:
            pytest.skip("this system lets everything be read")
        ended = without_privileges("-m", "kqlpy", *args, folder=tmp_path)
    finally:
        (tmp_path / closed).chmod(0o755)
    assert ended.returncode == code
    assert message in ended.stderr + ended.stdout
    assert "Traceback" not in ended.stderr
