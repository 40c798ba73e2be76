"""A finding on a rule file: what is wrong, how much, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kqlpy.rules.model import Rule

__all__ = ["Finding", "error", "warning"]


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


def _at(level: Literal["error", "warning"], code: str, rule: Rule, path: tuple[str | int, ...], message: str) -> Finding:
    line, column = rule.places.of(*path) if rule.places is not None else (1, 1)
    return Finding(code, level, message, rule.file or "", line, column)
