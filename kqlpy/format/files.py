"""Formatting files: plain queries, and the query of rule files, of which everything else stays byte for byte.

In a rule file the query can be laid out in a literal block (`query: |`), and in a text in double quotes on one line, whose line breaks are escapes. Other scalars
have line breaks that are not the query's: such a file is left as it is, and `Formatted.left` says why.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kqlpy.format import messages
from kqlpy.format.layout import format_text
from kqlpy.rules.load import YAML_ENDINGS, load_rule, read_text, without_fence
from kqlpy.rules.messages import KqlRuleError
from kqlpy.rules.yaml_text import Mapped, RuleSource, Scalar, plain, read_yaml
from kqlpy.source import Source

__all__ = ["Formatted", "files_under", "format_file", "write_file"]

_FOLDER_ENDINGS = frozenset({".kql", ".csl", ".kusto", *YAML_ENDINGS})


@dataclass(frozen=True)
class Formatted:
    """A file's text before and after, and the reason why it stays as it is, if there is one."""

    path: Path
    before: str
    after: str
    left: str = ""

    @property
    def changed(self) -> bool:
        """True when formatting changes the file."""
        return self.before != self.after


def files_under(folder: Path) -> Iterator[Path]:
    """The files of a folder that may hold a query, sorted; YAML files without one are left out."""
    for path in sorted(folder.rglob("*")):
        ending = path.suffix.lower()
        if ending in _FOLDER_ENDINGS and path.is_file() and not _hidden(path.relative_to(folder)) and (ending not in YAML_ENDINGS or _has_query(path)):
            yield path


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _has_query(path: Path) -> bool:
    """False for YAML that is no rule; true for what cannot be read, so that it is told."""
    try:
        documents = read_yaml(Source(read_text(path), str(path)))
    except KqlRuleError:
        return True
    top = documents[0] if documents else None
    return isinstance(top, Mapped) and any(key.lower() == "query" for key in top.items)


def format_file(path: Path) -> Formatted:
    """A file with its query formatted; nothing is written. Raises KqlError for a file or query that cannot be read."""
    text = read_text(path)
    newline = "\r\n" if "\r\n" in text else "\n"
    if path.suffix.lower() in YAML_ENDINGS:
        return _rule_file(path, text, newline)
    if path.suffix.lower() == ".json":
        return Formatted(path, text, text, messages.json_rule())
    query, skipped = without_fence(text)
    formatted = format_text(load_rule(path).source, newline)
    return Formatted(path, text, text[:skipped] + formatted + text[skipped + len(query) :])


def write_file(formatted: Formatted) -> None:
    """Replace a file by its formatted text, in the encoding and with the byte order mark that it has."""
    data = formatted.path.read_bytes()
    mark = next((m for m in (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) if data.startswith(m)), b"")
    encoding = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}.get(mark, "utf-8")
    formatted.path.write_bytes(mark + formatted.after.encode(encoding))


# ---------------------------------------------------------------- rule files


def _rule_file(path: Path, text: str, newline: str) -> Formatted:
    source = load_rule(path).source
    assert isinstance(source, RuleSource)
    formatted = format_text(source)
    scalar = source.scalar
    if formatted.rstrip("\n") == source.text.rstrip("\n"):
        return Formatted(path, text, text)
    whole = scalar.text[: source.skipped] + formatted + scalar.text[source.skipped + len(source.text) :]
    style = _style(text, scalar)
    if style:
        return Formatted(path, text, text, messages.scalar_style(style))
    after = _with_block(text, scalar, whole, newline) if text[scalar.start] == "|" else _with_quotes(text, scalar, whole)
    if after is None or not _same_rule(text, after, whole):
        return Formatted(path, text, text, messages.not_kept())
    return Formatted(path, text, after)


def _style(text: str, scalar: Scalar) -> str:
    """What a scalar is that cannot take lines as they are; empty for one that can."""
    mark = text[scalar.start]
    if mark == '"':
        return "in double quotes over several lines" if "\n" in text[scalar.start : scalar.end] else ""
    return {"|": "", ">": "folded text (`query: >`)", "'": "in single quotes"}.get(mark, "written without quotes")


def _with_quotes(text: str, scalar: Scalar, query: str) -> str:
    """The file with another text in double quotes."""
    escaped = re.sub(r"[\\\"\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff]", _escape, query if scalar.text.endswith("\n") else query.rstrip("\n"))
    return f'{text[: scalar.start]}"{escaped}"{text[scalar.end :]}'


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    short = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(char)
    return short or f"\\u{ord(char):04x}"


def _with_block(text: str, scalar: Scalar, query: str, newline: str) -> str | None:
    """The file with other lines in a literal block; None when its indentation cannot be told."""
    start = text.find("\n", scalar.start) + 1
    end = start + len(text[start : scalar.end].rstrip())
    shown = next((line for line in text[start:end].splitlines() if line.strip()), "")
    first = next((line for line in scalar.text.splitlines() if line.strip()), "")
    indent = shown[: len(shown) - len(first)]
    if not start or indent.strip(" ") or not shown.endswith(first):
        return None
    lines = [indent + line if line else "" for line in query.rstrip().split("\n")]
    return text[:start] + newline.join(lines) + text[end:]


def _same_rule(before: str, after: str, query: str) -> bool:
    """True when nothing but the query differs between two rule files, and the query is the given one."""
    old, new = _fields(before), _fields(after)
    name = next(key for key in reversed(new) if key.lower() == "query")
    kept = {key: value for key, value in old.items() if key != name} == {key: value for key, value in new.items() if key != name}
    return kept and str(new[name]).rstrip() == query.rstrip()


def _fields(text: str) -> dict[str, Any]:
    found = plain(read_yaml(Source(text))[0])
    assert isinstance(found, dict)
    return found
