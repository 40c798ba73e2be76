"""JSON as the same nodes that YAML gives, with positions: rules that services export, and templates written by hand.

Comments and a comma behind the last item are allowed, as deployment templates have them. Depth and size have limits; nothing here calls itself.
"""

from __future__ import annotations

import re
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined]

from kqlpy.rules import messages
from kqlpy.rules.yaml_text import DEPTH, Listing, Mapped, Node, Scalar
from kqlpy.source import Source

__all__ = ["read_json"]

_VALUES = 500_000
_SPACE = re.compile(r"(?:[ \t\r\n\ufeff]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_WORD = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
_HALF = re.compile("[\ud800-\udfff]")


def read_json(source: Source) -> Node | None:
    """The value of a text; None for a text without any. Raises KqlRuleError."""
    return _Reader(source).read()


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.at = 0
        self.open: list[Mapped | Listing] = []
        self.root: Node | None = None
        self.count = 0

    def read(self) -> Node | None:
        """One value; what stands behind it makes the text something else than JSON."""
        self._skip()
        if self.at == len(self.text):
            return None
        self._value()
        while self.open:
            self._step()
        self._skip()
        if self.at < len(self.text):
            raise messages.more_json(self.source, self.at)
        return self.root

    def _step(self) -> None:
        """The next item of the innermost mapping or list, or its end."""
        inside = self.open[-1]
        closing = "}" if isinstance(inside, Mapped) else "]"
        self._skip()
        if self._take(closing):
            self.open.pop()
        else:
            if isinstance(inside, Mapped):
                self._key(inside)
            self._value()
            return
        self._behind()

    def _behind(self) -> None:
        """What must follow a value: a comma, or the end of what it stands in."""
        self._skip()
        if self.open and not self._take(",") and self.text[self.at : self.at + 1] not in ("}", "]"):
            closing = "`}`" if isinstance(self.open[-1], Mapped) else "`]`"
            raise self._wrong(f"`,` or {closing} is missing" if self.at < len(self.text) else self._unclosed())

    def _key(self, inside: Mapped) -> None:
        if self.text[self.at : self.at + 1] != '"':
            raise self._wrong("a name in double quotes is missing" if self.at < len(self.text) else self._unclosed())
        inside.add(self._text())
        self._skip()
        if not self._take(":"):
            raise self._wrong("`:` is missing")
        self._skip()

    def _value(self) -> None:
        """A value; of a mapping or a list only its beginning."""
        self.count += 1
        if self.count > _VALUES:
            raise messages.too_large(self.source.file or "the text", f"it has more than {_VALUES:,} values")
        char = self.text[self.at : self.at + 1]
        if char in ("{", "["):
            self._enter(Mapped(self.at) if char == "{" else Listing(self.at))
            return
        self._add(self._text() if char == '"' else self._word())
        self._behind()

    def _enter(self, node: Mapped | Listing) -> None:
        if len(self.open) >= DEPTH:
            raise self._wrong(f"nested more than {DEPTH} levels deep")
        self._add(node)
        self.open.append(node)
        self.at += 1

    def _add(self, node: Node) -> None:
        if self.open:
            self.open[-1].add(node)
        else:
            self.root = node

    def _text(self) -> Scalar:
        start = self.at
        try:
            text, self.at = scanstring(self.text, start + 1, False)
        except JSONDecodeError as error:
            self.at = start if error.msg.startswith("Unterminated") else error.pos
            raise self._wrong("this quote is never closed" if self.at == start else "this escape is none of JSON") from None
        if _HALF.search(text):
            self.at = start
            raise self._wrong("the text holds half of a character (a lone surrogate)")
        return Scalar(text, False, start, self.at)

    def _word(self) -> Scalar:
        found = _WORD.match(self.text, self.at)
        if found is None:
            raise self._wrong("a value is missing" if self.at < len(self.text) else self._unclosed())
        self.at = found.end()
        return Scalar(found[0], True, found.start(), found.end())

    def _skip(self) -> None:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def _take(self, char: str) -> bool:
        if self.text[self.at : self.at + 1] != char:
            return False
        self.at += 1
        return True

    def _unclosed(self) -> str:
        """The text ends too early: what is still open."""
        inside = self.open[-1]
        line = self.source.position(inside.start).line
        return f"the text ends before the `{'{' if isinstance(inside, Mapped) else '['}` of line {line} is closed"

    def _wrong(self, problem: str) -> messages.KqlRuleError:
        return messages.bad_json(self.source, self.at, problem)
