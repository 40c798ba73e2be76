"""The how-to pages on rules hold what they show: their blocks run in order, in a folder with the examples and the rules, and answer what stands below them."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = ["howto-test-a-rule.md", "howto-many-rules.md", "howto-surroundings.md"]
_BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```\n(?:```text\n(.*?)^```)?", re.DOTALL | re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder like a clone, with `kqlpy` and `python3` on its path."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "kqlpy").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kqlpy "$@"\n')
    (tools / "kqlpy").chmod(0o755)
    for name in ("examples", "rules"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("COLUMNS", "110")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES)
def test_blocks_answer_what_stands_below_them(page: str, folder: Path) -> None:
    for language, code, answer in _BLOCK.findall((ROOT / "docs" / page).read_text(encoding="utf-8")):
        printed = shell(code) if language == "sh" else python(code)
        assert printed == answer or not answer, f"docs/{page}: {code}"


def shell(code: str) -> str:
    """What commands print."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash")
    ended = subprocess.run([bash, "-euo", "pipefail", "-c", code], capture_output=True, encoding="utf-8", timeout=300, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def python(code: str) -> str:
    """What Python prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "docs", "exec"), {"__name__": "page"})
    return printed.getvalue()


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_run(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert len(re.findall(r"^```(?:sh|python)$", text, re.MULTILINE)) == len(_BLOCK.findall(text)) > 0
