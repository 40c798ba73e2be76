"""The pages of `docs` hold what they show: commands run and answer what stands below them, Python prints what its comments say.

The blocks of a page run in their order, in one folder that has the examples and the rules. A block below `<!-- needs MODULE -->` is left out where the module is missing.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kqlpy.functions import registry

ROOT = Path(__file__).parents[2]
PAGES = ["tutorial.md", "howto-load-my-export.md", "howto-embed.md", "howto-add-a-function.md"]
_BLOCK = re.compile(r"^(?:<!-- needs (?P<needs>\w+) -->\n)?```(?P<language>sh|python)\n(?P<code>.*?)^```\n(?:```text\n(?P<answer>.*?)^```)?", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A block of code, and what stands below it."""

    language: str
    code: str
    answer: str | None
    needs: str | None
    line: int


def blocks(page: str) -> list[Block]:
    """The blocks of a page."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return [Block(m["language"], m["code"], m["answer"], m["needs"], text.count("\n", 0, m.start()) + 1) for m in _BLOCK.finditer(text)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder like a clone, and a registry that forgets what a page declares."""
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
    registry.load()
    declared = set(registry.SCALARS)
    yield tmp_path
    for name in set(registry.SCALARS) - declared:
        del registry.SCALARS[name]


@pytest.mark.parametrize("page", PAGES)
def test_blocks_do_what_the_page_says(page: str, folder: Path) -> None:
    left_out = set()
    names: dict[str, object] = {"__name__": "page"}
    for block in blocks(page):
        if block.needs and importlib.util.find_spec(block.needs) is None:
            left_out.add(block.needs)
        elif block.language == "sh":
            run_commands(page, block)
        else:
            run_python(page, block, names)
    if left_out:
        pytest.skip(f"all but the blocks that need {', '.join(left_out)} were run")


def run_commands(page: str, block: Block) -> None:
    shell = shutil.which("bash")
    if shell is None:
        pytest.skip("there is no bash")
    ended = subprocess.run([shell, "-euo", "pipefail", "-c", block.code], capture_output=True, encoding="utf-8", timeout=300, check=False)
    assert ended.returncode == 0, f"docs/{page}, line {block.line}: {ended.stderr}"
    if block.answer is not None:
        assert ended.stdout == block.answer, f"docs/{page}, line {block.line}"


def run_python(page: str, block: Block, names: dict[str, object]) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile("\n" * block.line + block.code, f"docs/{page}", "exec"), names)
    promised = re.findall(r"^\s*print\(.*\)  # (.*)$", block.code, re.MULTILINE)
    assert printed.getvalue().splitlines() == promised, f"docs/{page}, line {block.line}"


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", (ROOT / "docs" / page).read_text(encoding="utf-8"))
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_run(page: str) -> None:
    opened = re.findall(r"^```(?:sh|python)$", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert len(opened) == len(blocks(page)) > 0
