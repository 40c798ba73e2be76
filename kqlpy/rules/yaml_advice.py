"""What to do about YAML that cannot be read: where the mistake really is, and what people usually meant.

The parser tells where it gave up. A quote or a list that is never closed begins elsewhere, and its words are those of a specification.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["advise"]


def advise(text: str, error: Any) -> tuple[int, str | None]:
    """The offset to point at, and a hint. `error` is a `yaml.MarkedYAMLError`."""
    problem, context = str(error.problem or ""), str(error.context or "")
    place = _offset(text, error.problem_mark or error.context_mark)
    begun = _offset(text, error.context_mark or error.problem_mark)
    if text.startswith("<<<<<<<"):
        return 0, "the file holds both sides of a merge: decide for one"
    if "quoted scalar" in context and "end of stream" in problem:
        return begun, "this quote is never closed"
    if "simple key" in context and "':'" in problem:
        return begun, "a `:` is missing in this line"
    if "flow" in context:
        return place, f"the `{text[begun : begun + 1]}` in line {text.count(chr(10), 0, begun) + 1} is not closed before this"
    return place, _by_line(text, place, problem, context)


def _by_line(text: str, place: int, problem: str, context: str) -> str | None:
    """A hint from how the line looks."""
    line, before = _lines(text, place)
    if line.lstrip().startswith("|") and "block scalar" in context:
        return "indent each line of the query as its first line, or further"
    if "```" in line and "token" in problem:
        return "leave out the lines ``` around the rule"
    if re.search(r":\s+[{@`%]", line):
        return "put a text that begins with {, @, ` or % in quotes"
    if re.search(r""":\s+(?:"[^"]*"|'[^']*')\s*[^\s#]""", line):
        return "write a text that only begins with a quote below `|`, indented"
    if "mapping values are not allowed" in problem:
        return _unexpected_colon(line, before)
    return "fields that belong together begin in the same column" if "expected key" in problem or "document start" in problem else None


def _unexpected_colon(line: str, before: str) -> str:
    """A line that looks like a field where none can be."""
    if not re.match(r"\s*[\w-]+:(\s|$)", line) or len(re.findall(r":(?=\s)", line)) > 1:
        return "put a text that holds `: ` in quotes"
    if ":" not in before:
        return "a `:` is missing in the line above"
    return "fields that belong together begin in the same column; this line is indented further than the one above"


def _lines(text: str, place: int) -> tuple[str, str]:
    """The line of an offset, and the last one before it that is not blank."""
    start = text.rfind("\n", 0, place) + 1
    end = text.find("\n", place)
    before = text[:start].rstrip()
    return text[start : len(text) if end < 0 else end], before[before.rfind("\n") + 1 :]


def _offset(text: str, mark: Any) -> int:
    return min(mark.index, len(text)) if mark else 0
