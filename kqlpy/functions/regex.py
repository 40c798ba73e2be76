r"""Regular expressions with Kusto's meaning, run by RE2 inside Arrow where it can, else by Python's `re` on distinct values.

`compile_pattern` gives a `Pattern`; its methods answer whole columns. RE2 runs in linear time and is used for nearly everything;
Python's engine is needed for Unicode word boundaries in texts that are not ASCII, and to count matches that can be empty. The expression is written anew for each engine from the tree of `regex_syntax.py`, with explicit sets of characters, so that both agree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import lanes, texts
from kqlpy.columns.divide import divide
from kqlpy.columns.numpy_bridge import string_bytes, string_offsets, used_bytes
from kqlpy.columns.pieces import pieces
from kqlpy.errors import KqlSemanticError
from kqlpy.functions import regex_classes as classes
from kqlpy.functions.regex_classes import ASCII_TOP, UNICODE_TOP, CharSet
from kqlpy.functions.regex_syntax import Alternatives, Anchor, Chars, Group, Node, Repeat, Sequence, Tree, parse
from kqlpy.types import Type

__all__ = ["Pattern", "compile_pattern"]


@lru_cache(maxsize=512)
def compile_pattern(text: str) -> Pattern:
    """The expression, ready to run; a `KqlSemanticError` when it is not valid or asks for look-around or back-references."""
    pattern = Pattern(text)
    _ = pattern.names
    return pattern


@dataclass(frozen=True)
class Pattern:
    """A regular expression that answers columns of texts."""

    text: str

    @cached_property
    def _ascii(self) -> Tree:
        return parse(self.text, ASCII_TOP)

    @cached_property
    def _unicode(self) -> Tree:
        return parse(self.text, UNICODE_TOP)

    def _by_rows(self, array: pa.Array, run: Callable[[pa.Array, Tree], pa.Array]) -> pa.Array:
        """The answers of `run`, which reads ASCII texts with the plain tree and the others with the Unicode one."""
        if texts.is_ascii(array):
            return run(array, self._ascii)
        plain = pc.string_is_ascii(array).to_numpy(zero_copy_only=False)
        return divide(array, plain, lambda some: run(some, self._ascii), lambda others: run(others, self._unicode))

    @property
    def names(self) -> tuple[str | None, ...]:
        """The names of the capturing groups in order; None for one without a name."""
        return self._ascii.names

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The expression for Python's engine, with all its groups, for any text."""
        return self._python(self._unicode, self._unicode.root)

    @cached_property
    def _compiled_ascii(self) -> re.Pattern[str]:
        return self._python(self._ascii, self._ascii.root)

    @cached_property
    def _can_be_empty(self) -> bool:
        return _can_be_empty(self._ascii.root)

    def _print(self, tree: Tree, root: Node, *, re2: bool, groups: frozenset[int] | None = None) -> str | None:
        return _Printer(re2=re2, ascii=tree is self._ascii, groups=groups).printed(root)

    def _python(self, tree: Tree, root: Node) -> re.Pattern[str]:
        return _compile_python(self._print(tree, root, re2=False) or "")

    def matches(self, array: pa.Array) -> pa.Array:
        """Whether each text contains a match."""

        def run(some: pa.Array, tree: Tree) -> pa.Array:
            printed = self._print(tree, tree.root, re2=True, groups=frozenset())
            found = _try_re2(printed, lambda: pc.match_substring_regex(some, printed))
            if found is not None:
                return found
            search = self._python(tree, tree.root).search
            return texts.per_value(lambda text: search(text) is not None, pa.bool_(), some)

        return self._by_rows(array, run)

    def extract(self, array: pa.Array, group: int) -> pa.Array:
        """What the group holds in the first match of each text; the empty text when there is no match or no such group."""
        if not 0 <= group <= len(self.names):
            return pa.repeat(pa.scalar(""), len(array))

        def run(some: pa.Array, tree: Tree) -> pa.Array:
            root = Group(0, tree.root) if group == 0 else tree.root
            printed = self._print(tree, root, re2=True, groups=frozenset({group}))
            found = _try_re2(printed, lambda: pc.extract_regex(some, printed))
            if found is not None:
                return pc.fill_null(pc.struct_field(found, [0]), "")
            search = self._python(tree, tree.root).search

            def first(text: str) -> str:
                match = search(text)
                return (match[group] or "") if match else ""

            return texts.per_value(first, pa.string(), some)

        return self._by_rows(array, run)

    def captures(self, array: pa.Array, groups: tuple[int, ...]) -> pa.StructArray:
        """What several groups, at least one, hold in the first match of each text, in a field for each; null where there is no match."""
        names = [f"g{group}" for group in groups]

        def run(some: pa.Array, tree: Tree) -> pa.Array:
            printed = self._print(tree, tree.root, re2=True, groups=frozenset(groups))
            found = _try_re2(printed, lambda: pc.extract_regex(some, printed))
            if found is not None:
                return found
            search, kind = self._python(tree, tree.root).search, pa.struct([(name, pa.string()) for name in names])

            def first(text: str) -> dict[str, str] | None:
                match = search(text)
                return {name: match[group] or "" for name, group in zip(names, groups, strict=True)} if match else None

            return texts.per_value(first, kind, some)

        return self._by_rows(array, run)

    def remove(self, array: pa.Array, *, start: bool, end: bool) -> pa.Array:
        """Each text without the match that it starts with and the one that it ends with."""

        def run(some: pa.Array, tree: Tree) -> pa.Array:
            ends: list[Node] = [Sequence((Anchor("start"), tree.root))] if start else []
            ends += [Sequence((tree.root, Anchor("end")))] if end else []
            return self._replaced(some, tree, Alternatives(tuple(ends)), frozenset(), "")

        return self._by_rows(array, run)

    def replace(self, array: pa.Array, rewrite: str) -> pa.Array:
        r"""Each text with all matches rewritten; `\1` in the rewrite stands for the first group, `\0` for the whole match."""
        used = max(_references(rewrite), default=0)
        if used > len(self.names):
            raise KqlSemanticError(f"the rewrite {rewrite!r} names a group that {self.text!r} does not have", code="SEM0420")
        groups = frozenset(range(1, used + 1))
        return self._by_rows(array, lambda some, tree: self._replaced(some, tree, tree.root, groups, rewrite))

    def _replaced(self, some: pa.Array, tree: Tree, root: Node, groups: frozenset[int], rewrite: str) -> pa.Array:
        printed = self._print(tree, root, re2=True, groups=groups)
        found = _try_re2(printed, lambda: pc.replace_substring_regex(some, printed, rewrite))
        if found is not None:
            return found
        compiled, expand = self._python(tree, root), _rewriter(rewrite)

        def replaced(text: str) -> str:
            pieces, at = [], 0
            for match in matches_of(compiled, text):
                pieces += [text[at : match.start()], expand(match)]
                at = match.end()
            return "".join(pieces) + text[at:]

        return texts.per_value(replaced, pa.string(), some)

    def everywhere(self, array: pa.Array, groups: tuple[int, ...]) -> pa.ListArray:
        """What some groups hold in all matches of each text: a list with one text for each group of each match in turn; null without a match."""
        kept = sorted(set(groups))

        def run(some: pa.Array, tree: Tree) -> pa.Array:
            signs = _unused_signs(some)
            if len(signs) == 2 and len(kept) < 10:
                printed = self._print(tree, tree.root, re2=True, groups=frozenset(kept))
                rewrite = "".join(f"{signs[0]}\\{kept.index(group) + 1}{signs[1]}" for group in groups)
                found = _try_re2(printed, lambda: pc.replace_substring_regex(some, printed, rewrite))
                if found is not None:
                    return _between(found, *signs)
            compiled = self._python(tree, tree.root)

            def every(text: str) -> list[str] | None:
                return [match[group] or "" for match in matches_of(compiled, text) for group in groups] or None

            return texts.per_value(every, pa.list_(pa.string()), some)

        return self._by_rows(array, run)

    def count(self, array: pa.Array) -> pa.Array:
        """How many matches, which do not overlap, each text has."""

        def run(some: pa.Array, tree: Tree) -> pa.Array:
            # Arrow counts in what is left of the text after a match, where `^` and `\b` see a beginning that is none.
            unfit = self._can_be_empty or _has_anchor(tree.root)
            printed = None if unfit else self._print(tree, tree.root, re2=True, groups=frozenset())
            found = _try_re2(printed, lambda: pc.count_substring_regex(some, printed))
            if found is not None:
                return found.cast(pa.int64())
            compiled = self._python(tree, tree.root)
            return texts.per_value(lambda text: sum(1 for _ in matches_of(compiled, text)), pa.int64(), some)

        return self._by_rows(array, run)

    def all(self, text: str) -> Iterator[re.Match[str]]:
        """All matches in one text, from left to right."""
        compiled = self._compiled_ascii if text.isascii() else self.compiled
        return matches_of(compiled, text) if self._can_be_empty else compiled.finditer(text)


def matches_of(compiled: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """All matches in a text; an empty match does not touch the one before it (Python's own `finditer` lets it)."""
    at, last = 0, -1
    while at <= len(text):
        match = compiled.search(text, at)
        if match is None:
            return
        if match.start() == match.end() == last:
            at = last + 1
            continue
        yield match
        at = last = match.end()


def _unused_signs(array: pa.Array) -> tuple[str, ...]:
    """Two control characters that stand in none of the texts; fewer when there are no two."""
    data = used_bytes(array)
    return tuple(islice((chr(code) for code in range(1, 32) if not (data == code).any()), 2))


def _between(marked: pa.Array, opening: str, closing: str) -> pa.ListArray:
    """The pieces between two signs in each text, as lists; null where there is none."""
    data, offsets = string_bytes(marked), string_offsets(marked)
    starts = np.flatnonzero(data == ord(opening)) + 1
    stops = np.flatnonzero(data == ord(closing))
    ends = np.searchsorted(starts, offsets)
    return lanes.make_lane(ends, pieces(marked.buffers()[2], starts, stops), Type.STRING, ends[1:] > ends[:-1])


def _try_re2(printed: str | None, run: Callable[[], Any]) -> Any:
    if printed is None:
        return None
    try:
        return run()
    except pa.ArrowInvalid:  # too large for RE2: long repetitions of large classes
        return None


@lru_cache(maxsize=512)
def _compile_python(printed: str) -> re.Pattern[str]:
    try:
        return re.compile(printed)
    except (re.error, OverflowError, RecursionError) as error:
        raise KqlSemanticError(f"bad regular expression: {error}", code="SEM0420") from error


_REFERENCE = re.compile(r"\\(?:([0-9])|(.)|$)", re.DOTALL)


def _references(rewrite: str) -> set[int]:
    """The groups that a rewrite names."""
    found = set()
    for digit, other in _REFERENCE.findall(rewrite):
        if digit:
            found.add(int(digit))
        elif other != "\\":
            raise KqlSemanticError(
                f"bad rewrite {rewrite!r}: a backslash must be followed by a digit or another backslash", code="SEM0420"
            )
    return found


def _rewriter(rewrite: str) -> Callable[[re.Match[str]], str]:
    parts = [int(part) if index % 3 == 1 and part else part for index, part in enumerate(_REFERENCE.split(rewrite)) if part]
    return lambda match: "".join((match[part] or "") if isinstance(part, int) else part for part in parts)


def _has_anchor(node: Node) -> bool:
    """True when a match depends on what stands before or after it."""
    match node:
        case Anchor():
            return True
        case Sequence() | Alternatives():
            return any(_has_anchor(item) for item in node.items)
        case Group() | Repeat():
            return _has_anchor(node.item)
        case _:
            return False


def _can_be_empty(node: Node) -> bool:
    match node:
        case Chars():
            return False
        case Anchor():
            return True
        case Sequence():
            return all(_can_be_empty(item) for item in node.items)
        case Alternatives():
            return any(_can_be_empty(item) for item in node.items)
        case Group():
            return _can_be_empty(node.item)
        case Repeat():
            return node.least == 0 or _can_be_empty(node.item)


class _UnknownToRe2Error(Exception):
    pass


@dataclass(frozen=True)
class _Printer:
    """Writes a tree for RE2 or for Python; `ascii` when all texts to search are ASCII.

    Groups outside `groups` (None: all are kept) do not capture.
    """

    re2: bool
    ascii: bool = False
    groups: frozenset[int] | None = None

    def printed(self, root: Node) -> str | None:
        """The text for the engine, or None when it cannot say the same."""
        try:
            return self.text(root)
        except _UnknownToRe2Error:
            return None

    def text(self, node: Node) -> str:
        match node:
            case Chars():
                return _print_set(node.ranges, self.re2)
            case Anchor():
                return self.anchor(node)
            case Sequence():
                return "".join(self.inner(item) for item in node.items)
            case Alternatives():
                return "|".join(self.text(item) for item in node.items)
            case Group():
                if self.groups is not None and node.index not in self.groups:
                    return f"(?:{self.text(node.item)})"
                # Arrow's `extract_regex` wants names; they do not hurt elsewhere.
                name = f"?P<g{node.index}>" if self.re2 else ""
                return f"({name}{self.text(node.item)})"
            case Repeat():
                return self.repeat(node)

    def anchor(self, anchor: Anchor) -> str:
        if anchor.place in _PLACES:
            return _PLACES[anchor.place]
        if anchor.place == "end":
            return r"\z" if self.re2 else r"\Z"
        if not self.re2:
            return _python_word_place(anchor.place, ASCII_TOP if self.ascii or anchor.ascii else UNICODE_TOP)
        if (self.ascii or anchor.ascii) and anchor.place in ("word", "not_word"):
            return r"\b" if anchor.place == "word" else r"\B"
        raise _UnknownToRe2Error

    def inner(self, node: Node) -> str:
        return f"(?:{self.text(node)})" if isinstance(node, Alternatives) else self.text(node)

    def repeat(self, node: Repeat) -> str:
        item = self.text(node.item)
        if not isinstance(node.item, Chars | Group):
            item = f"(?:{item})"
        match node.least, node.most:
            case 0, None:
                bounds = "*"
            case 1, None:
                bounds = "+"
            case 0, 1:
                bounds = "?"
            case least, None:
                bounds = f"{{{least},}}"
            case least, most:
                bounds = f"{{{least}}}" if least == most else f"{{{least},{most}}}"
        return f"{item}{bounds}{'?' if node.lazy else ''}"


_PLACES = {"line_start": "(?m:^)", "line_end": "(?m:$)", "start": r"\A"}


def _python_word_place(place: str, top: int) -> str:
    word = _print_set(classes.perl_class("w", top), False)
    before, not_before = f"(?<={word})", f"(?<!{word})"
    after, not_after = f"(?={word})", f"(?!{word})"
    match place:
        case "word":
            return f"(?:{not_before}{after}|{before}{not_after})"
        case "not_word":
            return f"(?:{not_before}{not_after}|{before}{after})"
        case "word_start":
            return not_before + after
        case "word_end":
            return before + not_after
        case "word_start_half":
            return not_before
        case _:
            return not_after


@cache
def _print_set(ranges: CharSet, for_re2: bool) -> str:
    if not ranges:
        return r"[^\x00-\x{10FFFF}]" if for_re2 else "(?!)"
    code = _re2_code if for_re2 else _python_code
    if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return code(ranges[0][0])
    outside = classes.complement(ranges, UNICODE_TOP)
    if not outside:
        return "(?s:.)"
    sign, shown = ("^", outside) if len(outside) < len(ranges) else ("", ranges)
    return f"[{sign}{''.join(code(low) if low == high else f'{code(low)}-{code(high)}' for low, high in shown)}]"


def _re2_code(code: int) -> str:
    return chr(code) if chr(code).isalnum() and code < 128 else f"\\x{{{code:X}}}"


def _python_code(code: int) -> str:
    if code < 128:
        return chr(code) if chr(code).isalnum() else f"\\x{code:02x}"
    return f"\\U{code:08x}"
