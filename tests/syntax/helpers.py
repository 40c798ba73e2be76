"""Reads the text cases of this folder: one query a line, or blocks of query and answer."""

from __future__ import annotations

from pathlib import Path

import pytest

CASES = Path(__file__).parent / "cases"
RULES = Path(__file__).parents[2] / "rules"


def form_lines() -> list[object]:
    """Every line of `cases/forms`, named by file and line number."""
    return [
        pytest.param(line, id=f"{path.stem}:{number}")
        for path in sorted((CASES / "forms").glob("*.kql"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if line.strip()
    ]


def blocks(folder: str) -> list[object]:
    """The cases of a folder: each is a query, a line `----`, and the answer; a line of `====` ends it."""
    found = []
    for path in sorted((CASES / folder).glob("*.txt")):
        for number, block in enumerate(path.read_text(encoding="utf-8").split("\n====\n"), 1):
            if block.strip():
                query, answer = block.split("\n----\n", 1)
                found.append(pytest.param(query, answer.rstrip("\n"), id=f"{path.stem}:{number}"))
    return found
