"""A rule file as found -> a `Rule`. The query's text is not changed; only a code fence around the whole of it is left out."""

from __future__ import annotations

import codecs
import errno
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kqlpy.rules import messages
from kqlpy.rules.model import Places, Rule, Trigger
from kqlpy.source import Source
from kqlpy.sources.files import readable

if TYPE_CHECKING:
    from kqlpy.rules.fields import Fields
    from kqlpy.rules.yaml_text import Mapped, Scalar

__all__ = ["RULE_ENDINGS", "YAML_ENDINGS", "load_rule", "load_rules", "read_text", "rule_of", "without_fence"]

YAML_ENDINGS = frozenset({".yaml", ".yml"})
JSON_ENDINGS = frozenset({".json", ".arm"})
QUERY_ENDINGS = frozenset({".kql", ".csl", ".txt", ".kusto"})
RULE_ENDINGS = YAML_ENDINGS | JSON_ENDINGS | QUERY_ENDINGS
_BYTES = 16 << 20


def load_rule(path: str | Path) -> Rule:
    """The rule of a YAML or JSON file, or a plain query of a .kql, .csl or .txt file as a rule without a trigger. Raises KqlRuleError."""
    rules = load_rules(path)
    if len(rules) > 1:
        raise messages.several_rules(str(path), len(rules))
    return rules[0]


def load_rules(path: str | Path) -> tuple[Rule, ...]:
    """All rules of a file: a template of the portal may hold several, every other file holds one. Raises KqlRuleError."""
    file = Path(path)
    ending = file.suffix.lower()
    if ending not in RULE_ENDINGS and file.is_file():
        raise messages.unknown_ending(str(path))
    source = Source(read_text(file), readable(str(path)))
    if ending in QUERY_ENDINGS:
        return (_plain_query(source, readable(file.stem)),)
    if ending in YAML_ENDINGS:
        return (_yaml_rule(source),)
    from kqlpy.rules.templates import template_rules

    return template_rules(source)


def read_text(file: Path) -> str:
    """The text of a file in UTF-8 or UTF-16, without a byte order mark."""
    data = _bytes(file)
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise messages.not_text(str(file), data.count(b"\n", 0, error.start) + 1) from error
    if "\0" in text:
        raise messages.not_text(str(file), text.count("\n", 0, text.index("\0")) + 1)
    return text


def _bytes(file: Path) -> bytes:
    """What a file holds; a pipe or a device might never end, and is not read."""
    try:
        found = file.stat()
        if stat.S_ISDIR(found.st_mode):
            raise messages.unreadable(str(file), "it is a folder" if os.access(file, os.R_OK | os.X_OK) else os.strerror(errno.EACCES))
        if not stat.S_ISREG(found.st_mode):
            raise messages.unreadable(str(file), "it is not a file")
        if found.st_size > _BYTES:
            raise messages.too_large(str(file), f"it is larger than {_BYTES >> 20} MB")
        return file.read_bytes()
    except FileNotFoundError as error:
        raise messages.unreadable(str(file), "there is no such file") from error
    except (OSError, ValueError) as error:
        raise messages.unreadable(str(file), getattr(error, "strerror", None) or str(error)) from error


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
    from kqlpy.rules.yaml_text import Mapped, read_yaml

    documents = read_yaml(source)
    documents = documents[:1] + [document for document in documents[1:] if _what(document) != "nothing"]
    node = documents[0] if documents else None
    if not isinstance(node, Mapped):
        raise messages.not_a_rule(source, 0, _what(node) if node else "the file says nothing")
    if len(documents) > 1:
        raise messages.several_documents(source, documents[1].start, len(documents))
    if "queryCondition" in node.items:
        from kqlpy.rules.templates import custom_detection

        node = custom_detection(node) or node
    return rule_of(source, node)


def rule_of(source: Source, node: Mapped) -> Rule:
    """The rule that a mapping describes with the field names of rule files. Raises KqlRuleError."""
    from kqlpy.rules import fields as read
    from kqlpy.rules.yaml_text import RuleSource, plain

    fields = read.Fields(source, node)
    written = _query(source, node, fields)
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
        description=fields.text("description") or fields.text("description-detailed") or fields.text("description_detailed"),
        severity=fields.text("severity"),
        version=fields.text("version"),
        tactics=fields.texts("tactics"),
        techniques=fields.texts("relevantTechniques") or fields.texts("techniques"),
        frequency=fields.duration("queryFrequency"),
        period=fields.duration("queryPeriod"),
        trigger=read.trigger(fields) if fields.text("kind").upper() != "NRT" else Trigger(),
        entities=read.entities(fields.value("entityMappings")),
        sentinel_entities=read.sentinel_entities(fields.value("sentinelEntitiesMappings")),
        details=read.details(fields.value("customDetails")),
        override=read.override(fields.mapping("alertDetailsOverride")),
        grouping=str(fields.mapping("eventGroupingSettings").get("aggregationkind") or ""),
        suppression=fields.duration("suppressionDuration") if fields.value("suppressionEnabled") is True else None,
        incidents=read.incidents(fields.mapping("incidentConfiguration")),
        connectors=read.connectors(fields.value("requiredDataConnectors")),
        status=fields.text("status"),
        enabled=fields.value("enabled") is not False,
        tags=fields.texts("tags"),
        template=fields.text("alertRuleTemplateName"),
        places=Places(source, node),
        fields=plain(node),
    )


def _query(source: Source, node: Mapped, fields: Fields) -> Scalar:
    """The scalar that holds the query."""
    from kqlpy.rules.yaml_text import Scalar

    written = fields.node("query")
    if written is None:
        raise messages.not_a_rule(source, node.start, "it has no `query`", node.items)
    if "query" in node.repeated:
        raise messages.query_twice(source, node.repeated["query"])
    if not isinstance(written, Scalar) or (written.bare and written.text in ("", "~", "null")):
        raise messages.query_not_text(source, written.start, _what(written))
    return written


def _what(node: Any) -> str:
    """What a node is, for people."""
    from kqlpy.rules.yaml_text import Listing, Mapped

    if isinstance(node, Mapped):
        return "a mapping"
    if isinstance(node, Listing):
        return "a list"
    return "nothing" if node.bare and node.text in ("", "~", "null") else "a single text"
