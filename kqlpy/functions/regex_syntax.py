r"""Reads a regular expression as Kusto writes it into a small tree.

The language is that of Rust's regex crate (https://learn.microsoft.com/kusto/query/regex): no look-around, no back-references, classes
are Unicode classes, `$` matches only at the very end. Flags such as `(?i)` are resolved here, so that the tree has none. What an older
engine let pass (`[\w-.]`, a lone `{`, `\Q..\E`) is read as that engine read it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from kqlpy.errors import KqlSemanticError, KqlUnsupportedError
from kqlpy.functions import regex_classes as classes
from kqlpy.functions.regex_classes import CharSet

__all__ = ["Alternatives", "Anchor", "Chars", "Group", "Node", "Repeat", "Sequence", "Tree", "parse"]


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of a set."""

    ranges: CharSet


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place: `start`, `end`, `line_start`, `line_end`, `word`, `not_word`, `word_start`, `word_end`, `word_start_half`, `word_end_half`.

    `ascii`: words are made of ASCII letters only.
    """

    place: str
    ascii: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after another."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Alternatives:
    """The first that matches."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A capturing group, counted from 1."""

    index: int
    item: Node


@dataclass(frozen=True, slots=True)
class Repeat:
    """`least` to `most` times (None: no bound); `lazy` takes as few as possible."""

    item: Node
    least: int
    most: int | None
    lazy: bool


Node = Chars | Anchor | Sequence | Alternatives | Group | Repeat


@dataclass(frozen=True, slots=True)
class Tree:
    """A whole expression; `names` has the name of each group, None for one without."""

    root: Node
    names: tuple[str | None, ...]


def parse(text: str, top: int) -> Tree:
    """The tree of an expression that will search texts without characters above `top`."""
    try:
        return _Parser(text, top, nested=True).tree()
    except KqlSemanticError:
        # "[[]" is an unclosed class in Rust; older engines read the inner bracket as itself.
        return _Parser(text, top, nested=False).tree()


@dataclass(frozen=True, slots=True)
class _Flags:
    ignore_case: bool = False
    multi_line: bool = False
    dot_all: bool = False
    swap_greed: bool = False
    verbose: bool = False
    ascii: bool = False


_FLAG_NAMES = {"i": "ignore_case", "m": "multi_line", "s": "dot_all", "U": "swap_greed", "x": "verbose"}
_CONTROL = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}
_ANCHORS = {"A": "start", "z": "end", "b": "word", "B": "not_word", "<": "word_start", ">": "word_end"}
_WORD_EDGES = {"start": "word_start", "end": "word_end", "start-half": "word_start_half", "end-half": "word_end_half"}


@dataclass
class _Parser:
    text: str
    top: int
    nested: bool
    at: int = 0
    flags: _Flags = _Flags()
    names: list[str | None] = field(default_factory=list)

    def tree(self) -> Tree:
        root = self.alternatives()
        if self.at < len(self.text):
            raise self.wrong("unopened group")
        return Tree(root, tuple(self.names))

    def wrong(self, what: str) -> KqlSemanticError:
        return KqlSemanticError(f"bad regular expression {self.text!r}: {what} at character {self.at}", code="SEM0420")

    def peek(self, text: str) -> bool:
        return self.text.startswith(text, self.at)

    def accept(self, text: str) -> bool:
        if not self.peek(text):
            return False
        self.at += len(text)
        return True

    def take(self) -> str:
        if self.at >= len(self.text):
            raise self.wrong("unexpected end")
        self.at += 1
        return self.text[self.at - 1]

    def skip_blanks(self) -> None:
        while self.flags.verbose and self.at < len(self.text):
            if self.text[self.at].isspace():
                self.at += 1
            elif self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                return

    # Structure

    def alternatives(self) -> Node:
        outer = self.flags
        items = [self.sequence()]
        while self.accept("|"):
            items.append(self.sequence())
        self.flags = outer
        return items[0] if len(items) == 1 else Alternatives(tuple(items))

    def sequence(self) -> Node:
        items: list[Node] = []
        self.skip_blanks()
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            item = self.atom()
            if item is not None:
                items.append(self.repeated(item))
            self.skip_blanks()
        return items[0] if len(items) == 1 else Sequence(tuple(items))

    def repeated(self, item: Node) -> Node:
        while True:
            self.skip_blanks()
            bounds = self.bounds()
            if bounds is None:
                return item
            lazy = self.accept("?") != self.flags.swap_greed
            item = Repeat(item, bounds[0], bounds[1], lazy)

    def bounds(self) -> tuple[int, int | None] | None:
        for sign, found in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self.accept(sign):
                return found
        if not self.peek("{"):
            return None
        end = self.text.find("}", self.at)
        least, comma, most = self.text[self.at + 1 : max(end, self.at + 1)].partition(",")
        if end < 0 or not _is_number(least) or (most and not _is_number(most)):
            return None
        self.at = end + 1
        upper = (int(most) if most else None) if comma else int(least)
        if upper is not None and upper < int(least):
            raise self.wrong("repetition bounds out of order")
        return int(least), upper

    def atom(self) -> Node | None:
        char = self.take()
        match char:
            case "(":
                return self.group()
            case "[":
                return Chars(self.set_class())
            case "\\":
                return self.escape()
            case ".":
                return Chars(((0, self.top),) if self.flags.dot_all else classes.complement(classes.single("\n"), self.top))
            case "^":
                return Anchor("line_start" if self.flags.multi_line else "start")
            case "$":
                return Anchor("line_end" if self.flags.multi_line else "end")
            case "*" | "+" | "?":
                raise self.wrong("nothing to repeat")
        return self.literal(char)

    def literal(self, char: str) -> Chars:
        return Chars(self.cased(classes.single(char)))

    def cased(self, ranges: CharSet) -> CharSet:
        if self.flags.ignore_case:
            ranges = classes.both_cases(ranges, self.top)
        return classes.below(ranges, self.top)

    def group(self) -> Node | None:
        if not self.accept("?"):
            return self.capture(None)
        if self.peek("P<") or (self.peek("<") and not self.peek("<=") and not self.peek("<!")):
            self.accept("P")
            self.take()
            end = self.text.find(">", self.at)
            name = self.text[self.at : end]
            if end < 0 or not name or name in self.names:
                raise self.wrong("bad group name")
            self.at = end + 1
            return self.capture(name)
        if self.peek("=") or self.peek("!") or self.peek("<"):
            raise self.wrong("look-around is not supported")
        return self.flagged()

    def capture(self, name: str | None) -> Node:
        self.names.append(name)
        index = len(self.names)
        return Group(index, self.inside())

    def inside(self) -> Node:
        item = self.alternatives()
        if not self.accept(")"):
            raise self.wrong("unclosed group")
        return item

    def flagged(self) -> Node | None:
        before = self.flags
        on = True
        while True:
            sign = self.take()
            if sign == "-":
                on = False
            elif sign == "u":
                self.flags = replace(self.flags, ascii=not on)
            elif sign in _FLAG_NAMES:
                self.flags = replace(self.flags, **{_FLAG_NAMES[sign]: on})
            elif sign == "R":
                raise KqlUnsupportedError("kqlpy does not run regular expressions with the flag R", code="KQLPY001")
            elif sign == ")":
                return None
            elif sign == ":":
                item = self.inside()
                self.flags = before
                return item
            else:
                raise self.wrong("unrecognized flag")

    # Escapes

    def escape(self) -> Node:
        char = self.take()
        if char == "Q":
            return self.quoted()
        if char == "b" and self.peek("{"):
            return self.word_edge()
        if char in _ANCHORS:
            return Anchor(_ANCHORS[char], self.flags.ascii)
        return Chars(self.escaped_set(char))

    def word_edge(self) -> Node:
        end = self.text.find("}", self.at)
        place = _WORD_EDGES.get(self.text[self.at + 1 : end]) if end > 0 else None
        if place is None:
            return Anchor("word", self.flags.ascii)
        self.at = end + 1
        return Anchor(place, self.flags.ascii)

    def quoted(self) -> Node:
        end = self.text.find("\\E", self.at)
        end = len(self.text) if end < 0 else end
        found = self.text[self.at : end]
        self.at = min(end + 2, len(self.text))
        return Sequence(tuple(self.literal(char) for char in found))

    def escaped_set(self, char: str) -> CharSet:
        """The set that an escape stands for, inside a class or outside."""
        if char in "dsw":
            return self.perl(char)
        if char in "DSW":
            return classes.complement(self.perl(char.lower()), self.top)
        if char in "pP":
            return self.unicode_property(negated=char == "P")
        return self.cased(classes.single(self.escaped_char(char)))

    def perl(self, letter: str) -> CharSet:
        return classes.perl_class(letter, classes.ASCII_TOP if self.flags.ascii else self.top)

    def unicode_property(self, *, negated: bool) -> CharSet:
        name = self.take()
        if name == "{":
            end = self.text.find("}", self.at)
            if end < 0:
                raise self.wrong("unclosed property name")
            name, self.at = self.text[self.at : end], end + 1
        negated ^= name.startswith("^")
        found = classes.unicode_property(name.lstrip("^"), self.top)
        if found is None:
            raise KqlUnsupportedError(f"kqlpy does not know the character class \\p{{{name}}}", code="KQLPY001")
        found = self.cased(found)
        return classes.complement(found, self.top) if negated else found

    def escaped_char(self, char: str) -> str:
        if char in _CONTROL:
            return _CONTROL[char]
        if char in "xuU":
            return self.coded(char)
        if char in "01234567":
            return self.octal(char)
        if char.isalnum():
            raise self.wrong("unrecognized escape sequence")
        return char

    def coded(self, letter: str) -> str:
        if self.accept("{"):
            end = self.text.find("}", self.at)
            digits, after = self.text[self.at : max(end, 0)], end + 1
        else:
            after = self.at + {"x": 2, "u": 4, "U": 8}[letter]
            digits = self.text[self.at : after]
        try:
            char = chr(int(digits, 16))
        except (ValueError, OverflowError):
            raise self.wrong("invalid hexadecimal code") from None
        self.at = after
        return char

    def octal(self, first: str) -> str:
        digits = first
        while len(digits) < 3 and self.at < len(self.text) and self.text[self.at] in "01234567":
            digits += self.take()
        if digits == first != "0":
            raise self.wrong("back-references are not supported")
        return chr(int(digits, 8))

    # Classes in brackets

    def set_class(self) -> CharSet:
        negated = self.accept("^")
        total: CharSet | None = None
        combine: Callable[[CharSet, CharSet], CharSet] | None = None
        while True:
            ranges = self.cased(self.members(first=combine is None))
            total = ranges if total is None or combine is None else combine(total, ranges)
            if self.accept("]"):
                break
            combine = _OPERATIONS[self.take() + self.take()]
        found = classes.below(total, self.top)
        return classes.complement(found, self.top) if negated else found

    def members(self, *, first: bool) -> CharSet:
        """The characters up to the closing bracket or the next set operation."""
        found: list[CharSet] = []
        while True:
            self.skip_blanks()
            if self.peek("]") and not (first and not found):
                break
            if self.nested and found and any(self.peek(sign) for sign in _OPERATIONS):
                break
            found.append(self.member())
        return classes.union(*found)

    def member(self) -> CharSet:
        if self.peek("[:"):
            posix = self.posix_class()
            if posix is not None:
                return posix
        char = self.take()
        if char == "[" and self.nested:
            return self.set_class()
        if char == "\\":
            kind = self.take()
            if kind in "dDsSwWpP":
                return self.escaped_set(kind)
            char = "\b" if kind == "b" else self.escaped_char(kind)
        return self.range_from(char)

    def range_from(self, low: str) -> CharSet:
        before = self.at
        if not self.accept("-") or self.peek("]") or self.peek("-") or self.at >= len(self.text):
            self.at = before
            return classes.single(low)
        high = self.take()
        if high == "\\":
            kind = self.take()
            if kind in "dDsSwWpP":
                self.at = before
                return classes.single(low)
            high = self.escaped_char(kind)
        elif high == "[" and self.nested:
            self.at = before
            return classes.single(low)
        if high < low:
            raise self.wrong("invalid character range")
        return ((ord(low), ord(high)),)

    def posix_class(self) -> CharSet | None:
        end = self.text.find(":]", self.at)
        name = self.text[self.at + 2 : max(end, self.at + 2)]
        found = classes.ascii_class(name.lstrip("^"))
        if end < 0 or found is None:
            return None
        self.at = end + 2
        return classes.complement(found, self.top) if name.startswith("^") else found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _symmetric(left: CharSet, right: CharSet) -> CharSet:
    return classes.union(classes.difference(left, right), classes.difference(right, left))


_OPERATIONS: dict[str, Callable[[CharSet, CharSet], CharSet]] = {
    "&&": classes.intersection,
    "--": classes.difference,
    "~~": _symmetric,
}
