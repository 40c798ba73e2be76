r"""JSON documents of the same few shapes, read by regular expressions over whole columns instead of one by one.

The documents of a log column mostly differ in their values alone. Some are looked at; the *shape* of each (which keys, in which order, what is
nested where) becomes an expression that matches just the documents of that shape in canonical form: no spaces, no needless escapes, no key twice,
numbers as they print. A document that matches needs no parsing: it is JSON, it is its own canonical text, and it is known where its values stand.
A pass of RE2 takes 2 ns a byte and leaves other threads free; parsing takes 4 and does not.

What does not match is nobody's loss: the caller reads it one by one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TypeAlias
from weakref import ReferenceType, ref

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns.distinct import distinct
from kqlpy.columns.numpy_bridge import to_numpy

__all__ = ["Choice", "Documents", "Shapes", "Step", "documents", "shapes_of"]

Step: TypeAlias = "str | int"
"""One step of a path: the name of a property, or a position in an array (negative from its end)."""

_STRING = r'"(?:[^"\\\x00-\x1f]|\\["\\bfnrt])*"'
# Numbers that print as they stand: integers of up to 18 digits, and reals of up to 15.
_NUMBER = r"-?[1-9][0-9]{0,17}|0|-?[1-9][0-9]{0,4}\.(?:[0-9]{0,9}[1-9]|0)|-?0\.[1-9](?:[0-9]{0,8}[1-9])?|0\.0"
_SCALAR = f"(?:{_STRING}|{_NUMBER}|true|false|null)"
# What suffices in documents that are known to be JSON. At each sign just one way leads on: only then RE2 finds groups in one pass.
_KNOWN_SCALAR = r'(?:"(?:[^"\\]|\\.)*"|[^",\[\]{}]+)'
_LOOKED_AT, _FEWEST_ROWS, _MOST_SHAPES, _LONGEST_SHAPE, _ROUNDS = 32, 64, 16, 12_000, 3
_DEEPEST, _LAST_INDEX, _MOST_TARGETS, _SAMPLE = 12, 8, 6, 1024


# ---------------------------------------------------------------- shapes


@dataclass(frozen=True, slots=True)
class _Scalar:
    """A string, number, bool or null."""


@dataclass(frozen=True, slots=True)
class _Bag:
    """An object with just these keys, in this order."""

    items: tuple[tuple[str, _Node], ...]


@dataclass(frozen=True, slots=True)
class _Array:
    """Any number of elements of one shape."""

    element: _Node


@dataclass(frozen=True, slots=True)
class _Row:
    """An array with just these elements, which differ in shape."""

    elements: tuple[_Node, ...]


_Node: TypeAlias = "_Scalar | _Bag | _Array | _Row"


class _NoShapeError(ValueError):
    """A document that no shape is made for: a key twice, an odd key, too deep."""


class _Pairs(list[tuple[str, object]]):
    pass


def _shape(text: str) -> _Node | None:
    """The shape of a document that is an object or array; None for all else."""
    if text[:1] not in ("{", "["):
        return None
    try:
        return _node(json.loads(text, object_pairs_hook=_Pairs), 0)
    except (ValueError, RecursionError):
        return None


def _node(value: object, depth: int) -> _Node:
    if depth > _DEEPEST:
        raise _NoShapeError
    if isinstance(value, _Pairs):
        keys = [key for key, _ in value]
        if len(set(keys)) < len(keys) or any(_ODD_KEY.search(key) for key in keys):
            raise _NoShapeError
        return _Bag(tuple((key, _node(item, depth + 1)) for key, item in value))
    if isinstance(value, list):
        elements = tuple(_node(item, depth + 1) for item in value)
        return _Row(elements) if len(set(elements)) > 1 else _Array(elements[0] if elements else _Scalar())
    return _Scalar()


_ODD_KEY = re.compile(r'["\\\x00-\x1f\ud800-\udfff]')


def _keys(node: _Node, often: int = 1) -> Iterator[tuple[str, int]]:
    """Each key in a shape, and how often it may stand there: once, or many times in an array."""
    match node:
        case _Bag(items):
            for key, item in items:
                yield key, often
                yield from _keys(item, often)
        case _Array(element):
            yield from _keys(element, 2)
        case _Row(elements):
            for element in elements:
                yield from _keys(element, often)


def _target(node: _Node, steps: Sequence[Step]) -> _Node | None:
    """Where a path leads in a shape; None when nowhere."""
    for step in steps:
        match node, step:
            case _Bag(items), str():
                found = dict(items).get(step)
            case _Array(element), int():
                found = element
            case _Row(elements), int():
                found = elements[step] if -len(elements) <= step < len(elements) else None
            case _:
                return None
        if found is None:
            return None
        node = found
    return node


# ---------------------------------------------------------------- expressions


def _literal(text: str) -> str:
    return "".join(c if c.isalnum() or not c.isascii() else f"\\x{ord(c):02x}" for c in text)


@lru_cache(maxsize=1024)
def _expression(node: _Node, scalar: str = _SCALAR) -> str:
    """What matches the documents of a shape."""
    match node:
        case _Scalar():
            return scalar
        case _Bag(items):
            inside = ",".join(f'"{_literal(key)}":{_expression(item, scalar)}' for key, item in items)
            return f"\\{{{inside}\\}}"
        case _Array(element):
            one = _expression(element, scalar)
            return rf"\[(?:{one}(?:,{one})*)?\]"
        case _Row(elements):
            return rf"\[{','.join(_expression(element, scalar) for element in elements)}\]"


def _capture(node: _Node, steps: tuple[Step, ...] | None) -> str:
    """What matches the documents of a shape that have a value at a path; the group `value` holds it. They must be known to be JSON."""
    if not steps:
        known = _expression(node, _KNOWN_SCALAR)
        return known if steps is None else f"(?P<value>{known})"
    match node:
        case _Bag(items):
            inside = ",".join(f'"{_literal(key)}":{_capture(item, steps[1:] if key == steps[0] else None)}' for key, item in items)
            return f"\\{{{inside}\\}}"
        case _Array(element):
            one = _expression(element, _KNOWN_SCALAR)
            before = f"(?:{one},){{{steps[0]}}}" if steps[0] else ""
            return rf"\[{before}{_capture(element, steps[1:])}(?:,{one})*\]"
        case _Row(elements):
            at = int(steps[0]) % len(elements)
            inside = ",".join(_capture(element, steps[1:] if index == at else None) for index, element in enumerate(elements))
            return rf"\[{inside}\]"
        case _Scalar():
            raise AssertionError("no path leads into a scalar")


# ---------------------------------------------------------------- columns


@dataclass(frozen=True)
class Shapes:
    """The shapes of a column's documents; `known` marks the rows that have one of them."""

    shapes: tuple[_Node, ...]
    known: np.ndarray

    def find(self, texts: pa.Array, steps: tuple[Step, ...]) -> pa.Array | None:
        """What stands at a path in documents that have one of the shapes, as JSON text, null where nothing does; None when it is not to be had so."""
        targets = [(shape, target) for shape in self.shapes if (target := _target(shape, steps)) is not None]
        if not targets:
            return pa.nulls(len(texts), pa.string())
        if self._stands_alone(steps):
            return self._by_key(texts, str(steps[-1]), {target for _, target in targets})
        if len(targets) > _MOST_TARGETS or any(isinstance(step, int) and not 0 <= step <= _LAST_INDEX for step in steps):
            return None
        found: pa.Array | None = None
        for shape, _ in targets:
            one = _captured(texts, f"^{_capture(shape, steps)}$")
            found = one if found is None else pc.coalesce(found, one)
        return found

    def numbers(self, texts: pa.Array) -> np.ndarray:
        """Which of the shapes each of these documents has; all must have one."""
        if len(self.shapes) == 1:
            return np.zeros(len(texts), np.int64)
        found = np.full(len(texts), len(self.shapes) - 1)
        left = np.arange(len(texts))
        for number, shape in enumerate(self.shapes[:-1]):
            alike = to_numpy(pc.match_substring_regex(texts.take(pa.array(left)), f"^{_expression(shape, _KNOWN_SCALAR)}$"))
            found[left[alike]] = number
            left = left[~alike]
        return found

    def keys(self, number: int) -> tuple[str, ...] | None:
        """The keys of the documents of a shape; None when these are arrays."""
        shape = self.shapes[number]
        return tuple(key for key, _ in shape.items) if isinstance(shape, _Bag) else None

    def has(self, number: int, steps: Sequence[str]) -> bool:
        """Whether a path of keys leads somewhere in the documents of a shape."""
        return _target(self.shapes[number], steps) is not None

    def rebuilt(self, texts: pa.Array, number: int, choose: Choice) -> pa.Array | None:
        """Documents of one shape with chosen keys in their bags, in chosen order; None where that would go into arrays."""
        return _rebuilt(self.shapes[number], texts, choose, ())

    def _stands_alone(self, steps: tuple[Step, ...]) -> bool:
        """Whether the last step is a key that stands nowhere in the documents but at the end of the path."""
        key = steps[-1] if steps else None
        if not isinstance(key, str) or not key or any(isinstance(step, int) for step in steps):
            return False
        return all(sum(often for k, often in _keys(shape) if k == key) <= (_target(shape, steps) is not None) for shape in self.shapes)

    def _by_key(self, texts: pa.Array, key: str, targets: set[_Node]) -> pa.Array:
        # In documents without odd keys a key with its quotes and colon cannot stand inside of a string.
        values = "|".join(dict.fromkeys(_expression(target, _KNOWN_SCALAR) for target in targets))
        return _captured(texts, rf'"{_literal(key)}":(?P<value>{values})[,}}]')


Choice: TypeAlias = Callable[[tuple[str, ...], tuple[str, ...]], Sequence[str]]
"""For the path to a bag and its keys: which keys it shall have, in which order. `[]` in a path leads into an array."""


def _rebuilt(node: _Node, texts: pa.Array, choose: Choice, path: tuple[str, ...]) -> pa.Array | None:
    if _stays(node, choose, path):
        return texts
    if not isinstance(node, _Bag):
        return None
    whole, items = Shapes((node,), np.ones(len(texts), bool)), dict(node.items)
    parts: list[pa.Array | str] = ["{"]
    for key in choose(path, tuple(items)):
        found = whole.find(texts, (key,))
        value = None if found is None else _rebuilt(items[key], found, choose, (*path, key))
        if value is None:
            return None
        parts += [f'{"," if len(parts) > 1 else ""}"{key}":', value]
    return pc.binary_join_element_wise(*parts, "}", "") if len(parts) > 1 else pa.repeat("{}", len(texts))


def _stays(node: _Node, choose: Choice, path: tuple[str, ...]) -> bool:
    """Whether nothing in a shape is left out or moved."""
    match node:
        case _Bag(items):
            keys = tuple(key for key, _ in items)
            return tuple(choose(path, keys)) == keys and all(_stays(item, choose, (*path, key)) for key, item in items)
        case _Array(element):
            return _stays(element, choose, (*path, "[]"))
        case _Row(elements):
            return all(_stays(element, choose, (*path, "[]")) for element in elements)
        case _:
            return True


def _captured(texts: pa.Array, expression: str) -> pa.Array:
    return pc.struct_field(pc.extract_regex(texts, expression), [0])


@dataclass(frozen=True)
class Documents:
    """The distinct texts of a column (a text of a column without many equal ones may stand there twice), which of them each row has (-1: null), and their shapes."""

    texts: pa.Array
    codes: np.ndarray
    shapes: Shapes | None


_SEEN: dict[int, tuple[ReferenceType[pa.Array], pa.Array | None, np.ndarray, Shapes | None]] = {}
"""What is known of columns that are in use, by identity: texts (None: the column itself), codes and shapes. Entries go with their columns."""


def documents(array: pa.Array) -> Documents:
    """A column of JSON texts, or a dictionary of them. The answer is kept as long as the column: a query mostly takes several values out of the same documents."""
    key = id(array)
    seen = _SEEN.get(key)
    if seen is None or seen[0]() is not array:
        texts, codes = (array, np.arange(len(array))) if _hardly_repeats(array) else distinct(array)
        seen = (ref(array, partial(_forget, key)), None if texts is array else texts, codes, shapes_of(texts))
        _SEEN[key] = seen
    _, known, codes, shapes = seen
    return Documents(array if known is None else known, codes, shapes)


def _forget(key: int, _: ReferenceType[pa.Array]) -> None:
    _SEEN.pop(key, None)


def _hardly_repeats(array: pa.Array) -> bool:
    """Whether a sample of a plain column holds no text twice: then finding the distinct ones costs more than it saves."""
    if pa.types.is_dictionary(array.type) or len(array) < _SAMPLE or array.null_count:
        return False
    sample = array.take(pa.array(np.linspace(0, len(array) - 1, _SAMPLE).astype(np.int64)))
    return len(pc.unique(sample)) == _SAMPLE


def shapes_of(texts: pa.Array) -> Shapes | None:
    """The shapes of a column of JSON texts; None when there are too few rows, or too many shapes, to gain by them."""
    return _learned(texts) if len(texts) >= _FEWEST_ROWS else None


def _learned(texts: pa.Array) -> Shapes | None:
    """Look at some rows, see which rows are like them, look at some of the others."""
    shapes: list[_Node] = []
    known = np.zeros(len(texts), bool)
    for _ in range(_ROUNDS):
        rest = np.flatnonzero(~known)
        fresh = _fresh(texts, rest, shapes)
        if not fresh or len(shapes) + len(fresh) > _MOST_SHAPES:
            break
        expression = f"^(?:{'|'.join(map(_expression, fresh))})$"
        try:
            found = pc.match_substring_regex(texts if len(rest) == len(texts) else texts.take(pa.array(rest)), expression)
        except pa.ArrowInvalid:  # too large for RE2
            break
        shapes += fresh
        known[rest] = to_numpy(found.fill_null(False))
        if known.sum() > 0.98 * len(known):
            break
    return Shapes(tuple(shapes), known) if known.sum() > len(known) // 4 else None


def _fresh(texts: pa.Array, rows: np.ndarray, shapes: list[_Node]) -> list[_Node]:
    """Shapes not yet known that some of these rows have."""
    if len(rows) < _FEWEST_ROWS:
        return []
    chosen = rows[np.linspace(0, len(rows) - 1, _LOOKED_AT).astype(np.int64)]
    found = dict.fromkeys(_shape(text) for text in texts.take(pa.array(chosen)).to_pylist() if text is not None)
    return [shape for shape in found if shape is not None and shape not in shapes and len(_expression(shape)) < _LONGEST_SHAPE]


def rebuild(array: pa.Array, choose: Choice) -> tuple[np.ndarray, pa.Array] | None:
    """Which rows are documents of known shape, and these with chosen keys in their bags; None when there are no such."""
    held = documents(array) if not pa.types.is_list(array.type) else None
    if held is None or held.shapes is None or array.null_count:
        return None
    known = np.flatnonzero(held.shapes.known)
    texts = held.texts.take(pa.array(known))
    numbers = held.shapes.numbers(texts)
    place = np.full(len(held.texts), -1)
    found: list[pa.Array] = []
    for number in range(len(held.shapes.shapes)):
        rows = np.flatnonzero(numbers == number)
        made = held.shapes.rebuilt(texts.take(pa.array(rows)), number, choose)
        if made is not None:
            place[known[rows]] = np.arange(len(made)) + sum(map(len, found))
            found.append(made)
    at = place[held.codes]
    return (at >= 0, pa.concat_arrays(found).take(pa.array(at[at >= 0]))) if found else None
