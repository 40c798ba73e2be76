"""YAML as plain data with positions, read from parser events so that no text can run code, loop or grow without bound.

Tags are refused, aliases are counted as what they stand for, and depth and size have limits. A scalar becomes a `Scalar`, which knows where it stands in the file;
`plain` drops the positions. Where YAML refuses a tab as white space, as real rule files have it, the tab counts as a space.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import yaml

from kqlpy.rules import messages
from kqlpy.source import Position, Source

__all__ = ["DEPTH", "Listing", "Mapped", "Node", "RuleSource", "Scalar", "plain", "read_yaml"]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NODES = 100_000
DEPTH = 100
_TABS = 2_000


@dataclass(frozen=True)
class Scalar:
    """A scalar: its text, whether it was written without quotes, and the range of it in the file."""

    text: str
    bare: bool
    start: int
    end: int


@dataclass
class Mapped:
    """A mapping: key text -> node; of a key that occurs twice the last value counts, and `repeated` says where the key stands again."""

    start: int
    items: dict[str, Node] = field(default_factory=dict)
    size: int = 1
    repeated: dict[str, int] = field(default_factory=dict)
    _key: str | None = None

    def add(self, node: Node) -> None:
        """Take the next node: a key, or the value of the key before."""
        if self._key is None:
            self._key = node.text if isinstance(node, Scalar) else "?"
            if self._key in self.items:
                self.repeated[self._key] = node.start
        else:
            self.items[self._key] = node
            self._key = None

    def merge(self) -> None:
        """Take over the fields of the mappings that `<<` names, where this one has none of its own."""
        given = self.items.pop("<<", None)
        for other in given.items if isinstance(given, Listing) else [given]:
            if isinstance(other, Mapped):
                self.items = other.items | self.items


@dataclass
class Listing:
    """A list of nodes."""

    start: int
    items: list[Node] = field(default_factory=list)
    size: int = 1

    def add(self, node: Node) -> None:
        """Take the next item."""
        self.items.append(node)


Node: TypeAlias = Scalar | Mapped | Listing


def read_yaml(source: Source) -> list[Node]:
    """The documents of a text. Raises KqlRuleError."""
    text = source.text
    for _ in range(_TABS):
        try:
            return _Reader(source).read(text)
        except yaml.reader.ReaderError as error:
            raise _bad_character(source, error) from None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = min(mark.index, len(text)) if mark else 0
            if text[place : place + 1] != "\t":
                raise messages.bad_yaml(source, *_told(text, error)) from None
            text = f"{text[:place]} {text[place + 1 :]}"
    raise messages.bad_yaml(source, 0, "tabs instead of spaces all over the file")


def plain(node: Node) -> Any:
    """A node as dicts, lists, texts, whole numbers, booleans and None."""
    if isinstance(node, Mapped):
        return {key: plain(value) for key, value in node.items.items()}
    if isinstance(node, Listing):
        return [plain(item) for item in node.items]
    if not node.bare:
        return node.text
    if node.text in _WORDS:
        return _WORDS[node.text]
    return int(node.text) if _WHOLE.fullmatch(node.text) else node.text


_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None, "true": True, "True": True, "false": False, "False": False}
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,17})")


class _Reader:
    """Builds nodes from events with a stack of its own, so that deep nesting cannot exhaust Python's."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.documents: list[Node] = []
        self.open: list[tuple[Mapped | Listing, str | None]] = []
        self.anchors: dict[str, Node] = {}
        self.count = 0

    def read(self, text: str) -> list[Node]:
        events: Iterator[Any] = yaml.parse(text, _LOADER)
        for event in events:
            match event:
                case yaml.ScalarEvent():
                    self._refuse_tag(event)
                    self._add(self._scalar(event, text), event.anchor, 1)
                case yaml.MappingStartEvent():
                    self._enter(Mapped(_start(event)), event)
                case yaml.SequenceStartEvent():
                    self._enter(Listing(_start(event)), event)
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    node, anchor = self.open.pop()
                    if isinstance(node, Mapped):
                        node.merge()
                    self._add(node, anchor, 0 if not self.open else node.size)
                case yaml.AliasEvent():
                    self._alias(event)
                case yaml.DocumentStartEvent():
                    self.anchors = {}
        return self.documents

    def _scalar(self, event: Any, text: str) -> Scalar:
        bare = event.implicit[0] and text[event.start_mark.index : event.start_mark.index + 1] not in ("'", '"', "|", ">")
        return Scalar(event.value, bare, event.start_mark.index, event.end_mark.index)

    def _enter(self, node: Mapped | Listing, event: Any) -> None:
        self._refuse_tag(event)
        if len(self.open) >= DEPTH:
            raise messages.bad_yaml(self.source, node.start, f"nested more than {DEPTH} levels deep")
        self.open.append((node, event.anchor))

    def _add(self, node: Node, anchor: str | None, size: int) -> None:
        self.count += 1
        if self.count > _NODES:
            raise messages.too_large(self.source.file or "the text", f"it has more than {_NODES:,} values")
        if anchor is not None:
            self.anchors[anchor] = node
        if not self.open:
            self.documents.append(node)
            return
        parent = self.open[-1][0]
        parent.add(node)
        parent.size += size

    def _alias(self, event: Any) -> None:
        node = self.anchors.get(event.anchor)
        place = event.start_mark.index
        if node is None:
            raise messages.bad_yaml(self.source, place, f"the alias *{event.anchor} refers to nothing before it")
        size = 1 if isinstance(node, Scalar) else node.size
        self.count += size
        self._add(node, None, size)

    def _refuse_tag(self, event: Any) -> None:
        tag = event.tag
        if tag is not None and tag not in _TAGS:
            shown = tag.replace("tag:yaml.org,2002:", "!!")
            raise messages.bad_yaml(self.source, event.start_mark.index, f"the tag {shown} has no place in a rule")


def _start(event: Any) -> int:
    """Where an event begins in the file."""
    found: int = event.start_mark.index
    return found


_TAGS = frozenset({"!", *(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "bool", "null", "map", "seq", "float", "timestamp"))})


def _told(text: str, error: yaml.MarkedYAMLError) -> tuple[int, str, str | None]:
    from kqlpy.rules.yaml_advice import advise

    place, hint = advise(text, error)
    parts = [str(part) for part in (error.problem, error.context) if part]
    return place, ", ".join(parts) or "the text ends too early", hint


def _bad_character(source: Source, error: Any) -> messages.KqlRuleError:
    for offset, char in enumerate(source.text):
        if not char.isprintable() and char not in "\t\n\r\x85\ufeff" and not 0xA0 <= ord(char) < 0xD800 and ord(char) < 0x10000:
            return messages.bad_text(source, offset, char)
    return messages.bad_yaml(source, 0, str(getattr(error, "reason", error)))


# ---------------------------------------------------------------- positions inside a scalar


@dataclass(frozen=True)
class RuleSource(Source):
    """A query that stands in a scalar of a YAML file; positions are told in the file, to the character, however the scalar is written.

    `whole` is the file's text, `scalar` the scalar in it, `skipped` the characters of the scalar before the query begins (those of a code fence).
    """

    whole: str = field(default="", compare=False, repr=False)
    scalar: Scalar = field(default=Scalar("", True, 0, 0), compare=False, repr=False)
    skipped: int = field(default=0, compare=False)

    @cached_property
    def _places(self) -> list[int]:
        return list(_places(self.whole, self.scalar))

    def file_position(self, offset: int) -> Position:
        """Line and column, in the file, of a character offset in the query text."""
        places = self._places
        index = min(max(offset, 0) + self.skipped, len(places) - 1)
        place = places[index] if places else self.scalar.start
        line_start = self.whole.rfind("\n", 0, place) + 1
        return Position(self.whole.count("\n", 0, place) + 1, place - line_start + 1)


def _places(whole: str, scalar: Scalar) -> Iterator[int]:
    """For each character of the scalar's text, its offset in the file.

    Both are read side by side: white space may differ (indentation, folded lines), escapes are longer in the file, everything else is the same.
    """
    at = _first(whole, scalar)
    quote = whole[scalar.start : scalar.start + 1]
    for char in scalar.text:
        while at < scalar.end and whole[at] != char and whole[at].isspace() and not char.isspace():
            at += 1
        while quote == '"' and whole[at : at + 1] == "\\" and whole[at + 1 : at + 2] in ("\n", "\r"):
            at += 2
            while at < scalar.end and whole[at].isspace():
                at += 1
        yield min(at, scalar.end)
        if at >= scalar.end:
            continue
        if quote == '"' and whole[at] == "\\":
            pair = whole[at + 1 : at + 2] == "u" and ord(char) > 0xFFFF  # JSON writes such a character as two escapes
            at += 12 if pair else _ESCAPES.get(whole[at + 1 : at + 2], 2)
        elif quote == "'" and whole[at] == "'":
            at += 2
        elif whole[at] == char or (char.isspace() and whole[at].isspace()):
            at += 1


def _first(whole: str, scalar: Scalar) -> int:
    """Where the scalar's text begins: behind the quote, or on the line below `|` or `>`."""
    start = whole[scalar.start : scalar.start + 1]
    if start in ("|", ">"):
        return whole.find("\n", scalar.start) + 1
    return scalar.start + (1 if start in ("'", '"') else 0)


_ESCAPES = {"x": 4, "u": 6, "U": 10}
