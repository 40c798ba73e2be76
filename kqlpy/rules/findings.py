"""A finding on a rule file: what is wrong, how much, and where."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from kqlpy.rules.model import Rule

__all__ = ["Finding", "choice", "error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`level` is error for what the service or its validator refuses, warning for what runs but hardly as meant; line and column from 1."""

    code: str
    level: Literal["error", "warning"]
    message: str
    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.code} {self.file}, line {self.line}, column {self.column}: {self.message}"


def error(code: str, rule: Rule, path: tuple[str | int, ...], message: str) -> Finding:
    """A finding at a field, of what is refused."""
    return _at("error", code, rule, path, message)


def warning(code: str, rule: Rule, path: tuple[str | int, ...], message: str) -> Finding:
    """A finding at a field, of what is doubtful."""
    return _at("warning", code, rule, path, message)


def choice(written: str, known: Iterable[str]) -> str:
    """What to write in the place of a name that is not known: the one that was meant, else all there are.

    >>> choice("initial access", ("InitialAccess", "Execution"))
    'did you mean `InitialAccess`?'
    """
    letters = {re.sub(r"[^a-z]", "", name.lower()): name for name in known}
    near = difflib.get_close_matches(re.sub(r"[^a-z]", "", written.lower()), letters, n=1, cutoff=0.8)
    return f"did you mean `{letters[near[0]]}`?" if near else f"there are {', '.join(letters.values())}"


def _at(level: Literal["error", "warning"], code: str, rule: Rule, path: tuple[str | int, ...], message: str) -> Finding:
    line, column = rule.places.of(*path) if rule.places is not None else (1, 1)
    return Finding(code, level, message, rule.file or "", line, column)
