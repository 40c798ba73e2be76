"""A rule file as found -> a `Rule`. The query's text is not changed; only a code fence around the whole of it is left out."""

from __future__ import annotations

import codecs
import datetime as dt
import re
from pathlib import Path
from typing import Any

from kqlpy.rules import messages
from kqlpy.rules.model import EntityMapping, Rule, Trigger
from kqlpy.source import Source

__all__ = ["YAML_ENDINGS", "load_rule", "read_text", "without_fence"]

YAML_ENDINGS = frozenset({".yaml", ".yml"})
QUERY_ENDINGS = frozenset({".kql", ".csl", ".txt", ".kusto"})
_BYTES = 4 << 20
_OPERATORS = {
    "gt": "gt", "lt": "lt", "eq": "eq", "ne": "ne", "greaterthan": "gt", "lessthan": "lt", "equal": "eq", "notequal": "ne",
}  # fmt: skip


def load_rule(path: str | Path) -> Rule:
    """The rule of a YAML file, or a plain query of a .kql, .csl or .txt file as a rule without a trigger. Raises KqlRuleError."""
    file = Path(path)
    ending = file.suffix.lower()
    if ending not in YAML_ENDINGS and ending not in QUERY_ENDINGS:
        raise messages.unknown_ending(str(path)) if file.exists() else messages.unreadable(str(path), "there is no such file")
    text = read_text(file)
    return _yaml_rule(Source(text, str(path))) if ending in YAML_ENDINGS else _plain_query(Source(text, str(path)), file.stem)


def read_text(file: Path) -> str:
    """The text of a file in UTF-8 or UTF-16, without a byte order mark."""
    try:
        if file.stat().st_size > _BYTES:
            raise messages.too_large(str(file), f"it is larger than {_BYTES >> 20} MB")
        data = file.read_bytes()
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else (error.strerror or str(error))
        raise messages.unreadable(str(file), reason) from error
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise messages.not_text(str(file), data.count(b"\n", 0, error.start) + 1) from error


def without_fence(text: str) -> tuple[str, int]:
    """The text inside a Markdown code fence that is its first and last line, else the text itself; and how many characters went before."""
    match = _FENCE.fullmatch(text)
    return (match[2] or "", match.start(2)) if match else (text, 0)


_FENCE = re.compile(r"\s*(`{3,}|~{3,})[ \t]*[A-Za-z]*[ \t]*\r?\n(.*?\n)?[ \t]*\1\s*", re.DOTALL)


def _plain_query(source: Source, name: str) -> Rule:
    query, skipped = without_fence(source.text)
    if not query.strip():
        raise messages.query_empty(source, 0)
    if skipped:
        first = source.position(skipped).line
        lines = tuple((first + i, 1) for i in range(query.count("\n") + 1))
        source = Source(query, source.file, lines)
    return Rule(query=query, source=source, file=source.file, name=name, kind="Query")


def _yaml_rule(source: Source) -> Rule:
    from kqlpy.rules.yaml_text import Mapped, RuleSource, Scalar, plain, read_yaml

    documents = read_yaml(source)
    node = documents[0] if documents else None
    if not isinstance(node, Mapped):
        raise messages.not_a_rule(source, 0, _what(node) if node else "the file says nothing")
    if len(documents) > 1:
        raise messages.not_a_rule(source, documents[1].start, f"the file holds {len(documents)} documents")
    fields = _Fields(source, node)
    written = fields.node("query")
    if written is None:
        raise messages.not_a_rule(source, node.start, "it has no `query`", node.items)
    if not isinstance(written, Scalar) or (written.bare and written.text in ("", "~", "null")):
        raise messages.query_not_text(source, written.start, _what(written))
    query, skipped = without_fence(written.text)
    if not query.strip():
        raise messages.query_empty(source, written.start)
    return Rule(
        query=query,
        source=RuleSource(query, source.file, whole=source.text, scalar=written, skipped=skipped),
        file=source.file,
        id=fields.text("id"),
        name=fields.text("name") or Path(source.file or "rule").stem,
        kind=fields.text("kind"),
        description=fields.text("description"),
        severity=fields.text("severity"),
        version=fields.text("version"),
        tactics=fields.texts("tactics"),
        techniques=fields.texts("relevantTechniques"),
        frequency=fields.duration("queryFrequency"),
        period=fields.duration("queryPeriod"),
        trigger=_trigger(fields),
        entities=_entities(fields.value("entityMappings")),
        fields=plain(node),
    )


def _what(node: Any) -> str:
    """What a node is, for people."""
    from kqlpy.rules.yaml_text import Listing, Mapped

    if isinstance(node, Mapped):
        return "a mapping"
    if isinstance(node, Listing):
        return "a list"
    return "nothing" if node.bare and node.text in ("", "~", "null") else "a single text"


class _Fields:
    """The fields of a rule by name; a name in other letter case counts when no other matches."""

    def __init__(self, source: Source, mapped: Any) -> None:
        self.source = source
        self._items = {key.lower(): node for key, node in reversed(mapped.items.items())} | mapped.items

    def node(self, name: str) -> Any:
        """The node of a field, or None."""
        return self._items.get(name) or self._items.get(name.lower())

    def value(self, name: str) -> Any:
        """The plain value of a field, or None."""
        from kqlpy.rules.yaml_text import plain

        node = self.node(name)
        return None if node is None else plain(node)

    def text(self, name: str) -> str:
        """The text of a scalar field; empty when it is missing, null or no scalar."""
        from kqlpy.rules.yaml_text import Scalar, plain

        node = self.node(name)
        return node.text.strip() if isinstance(node, Scalar) and plain(node) is not None else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts of a list, or the one text of a scalar."""
        value = self.value(name)
        items = value if isinstance(value, list) else [value]
        return tuple(str(item).strip() for item in items if isinstance(item, str | int) and str(item).strip())

    def duration(self, name: str) -> dt.timedelta | None:
        """A length of time; None when it is missing or of another form."""
        from kqlpy.rules.durations import parse_duration

        return parse_duration(self.text(name))


def _trigger(fields: _Fields) -> Trigger:
    operator, threshold = fields.text("triggerOperator"), fields.text("triggerThreshold")
    if not operator and not threshold:
        return Trigger()
    if operator and operator.lower() not in _OPERATORS:
        raise messages.bad_operator(fields.source, fields.node("triggerOperator").start, operator)
    if threshold and not re.fullmatch(r"\d{1,9}", threshold):
        raise messages.bad_threshold(fields.source, fields.node("triggerThreshold").start, threshold)
    return Trigger(_OPERATORS[operator.lower()] if operator else "gt", int(threshold or 0), given=True)


def _entities(value: Any) -> tuple[EntityMapping, ...]:
    """The entity mappings that have the usual form; others are left out."""
    found = []
    for item in value if isinstance(value, list) else []:
        if isinstance(item, dict):
            pairs = item.get("fieldMappings")
            fields = tuple(
                (str(pair.get("identifier") or ""), str(pair.get("columnName") or ""))
                for pair in (pairs if isinstance(pairs, list) else [])
                if isinstance(pair, dict)
            )
            found.append(EntityMapping(str(item.get("entityType") or ""), fields))
    return tuple(found)
