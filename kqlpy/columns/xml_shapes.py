"""XML documents of the same few shapes as JSON text of bags, cut by array work instead of read one by one.

As in `json_shapes.py`, some documents are looked at, and the shape of each becomes an expression for the documents that differ from it in the text
of leaves and the values of attributes alone. In those each value ends at the next `<` or quote, and the bag is joined from the values and what
stands between them. Entities, comments, text between elements and whatever else is rare make no shape. How a document becomes a bag is told at
`parse_xml`; the documents that were looked at must come out as it says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns.byte_places import Rows, rows_of_bytes
from kqlpy.columns.pieces import pieces
from kqlpy.columns.quoting import quote

__all__ = ["read_by_shape"]

_FEWEST_ROWS, _LOOKED_AT, _MOST_SHAPES, _LONGEST = 64, 24, 8, 65_536
_NAME = r"[A-Za-z_][A-Za-z0-9_:.\-]*"
_VALUE = r"""(?:"[^"<&]*"|'[^'<&]*')"""
_ATTRIBUTE = re.compile(rf"([ \t\n]+)({_NAME})([ \t\n]*=[ \t\n]*)({_VALUE})")
_TAG = re.compile(
    rf"<(?P<end>/?)(?P<name>{_NAME})(?P<attributes>(?:[ \t\n]+{_NAME}[ \t\n]*=[ \t\n]*{_VALUE})*)(?P<rest>[ \t\n]*)(?P<empty>/?)>"
)
# What may stand in a value: no markup, nothing that a reader of XML refuses or changes, no blanks but the usual ones.
_BARRED = r"<&\x00-\x08\x0b-\x1f\x7f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{fffe}\x{ffff}"
_SLOTS = {"<": rf"[^\]{_BARRED}]*", '"': rf'[^"\t\n{_BARRED}]*', "'": rf"[^'\t\n{_BARRED}]*", "": "[ \t\n]*"}

_Text: TypeAlias = "pa.Array | str"


@dataclass(frozen=True)
class _Element:
    """An element: its attributes and its text by the number of their slot."""

    name: str
    attributes: tuple[tuple[str, int], ...]
    text: int | None
    children: tuple[_Element, ...]


@dataclass(frozen=True)
class _Shape:
    """Literal text and slots in turn, and the element that they make. A slot is told by the sign that ends it; "" is a gap of blanks, which counts for nothing."""

    literals: tuple[str, ...]
    slots: tuple[str, ...]
    root: _Element

    @property
    def expression(self) -> str:
        """What matches the documents of this shape, in Arrow's syntax."""
        inside = "".join(_literal(text) + _SLOTS[slot] for text, slot in zip(self.literals, self.slots, strict=False))
        return rf"\A{inside}{_literal(self.literals[-1])}\z"


def read_by_shape(texts: pa.Array, slow: Callable[[pa.Array], pa.Array]) -> tuple[np.ndarray, pa.Array] | None:
    """Which rows have one of the common shapes, and their bags; None when there are no such. `slow` reads documents one by one."""
    if len(texts) < _FEWEST_ROWS:
        return None
    chosen = texts.take(pa.array(np.linspace(0, len(texts) - 1, _LOOKED_AT).astype(np.int64)))
    shapes = list(dict.fromkeys(filter(None, map(_shape, chosen.to_pylist()))))
    left = np.arange(len(texts))
    rows: list[np.ndarray] = []
    found: list[pa.Array] = []
    for shape in shapes[:_MOST_SHAPES]:
        some = texts.take(pa.array(left))
        alike = pc.match_substring_regex(some, shape.expression)
        rows.append(left[alike.to_numpy(zero_copy_only=False)])
        found.append(_bags(shape, some.filter(alike)))
        left = left[~alike.to_numpy(zero_copy_only=False)]
        if not found[-1].slice(0, 3).equals(slow(texts.take(pa.array(rows[-1][:3])))):
            return None
    if len(left) > len(texts) // 2:
        return None
    order = np.concatenate(rows)
    known = np.zeros(len(texts), bool)
    known[order] = True
    return known, pa.concat_arrays(found).take(pa.array(np.argsort(order, kind="stable")))


def _literal(text: str) -> str:
    return "".join(c if c.isalnum() or not c.isascii() else f"\\x{ord(c):02x}" for c in text)


# ---------------------------------------------------------------- shapes


def _shape(text: str) -> _Shape | None:
    """The shape of a document; None when there is none for it."""
    if len(text) > _LONGEST:
        return None
    reader = _Reader()
    try:
        reader.read(text)
    except _NoShapeError:
        return None
    return _Shape(tuple(reader.literals), tuple(reader.slots), reader.root[0])


class _NoShapeError(ValueError):
    pass


class _Reader:
    """Takes a document apart into literal text and slots, and builds its elements."""

    def __init__(self) -> None:
        self.literals = [""]
        self.slots: list[str] = []
        self.root: list[_Element] = []
        self._open: list[tuple[str, tuple[tuple[str, int], ...], list[_Element]]] = []
        self._leaf = False

    def read(self, text: str) -> None:
        """Tag after tag; between two tags stands the text of a leaf, or blanks."""
        at = 0
        for tag in _tags(text):
            if at:
                self._between(text[at : tag.start()], closes=bool(tag["end"]))
            elif tag.start():
                raise _NoShapeError
            self._tag(tag)
            at = tag.end()
        if at < len(text) or self._open or len(self.root) != 1:
            raise _NoShapeError

    def _slot(self, kind: str) -> int:
        self.slots.append(kind)
        self.literals.append("")
        return len(self.slots) - 1

    def _between(self, text: str, *, closes: bool) -> None:
        if not self._open:
            raise _NoShapeError
        if closes and self._leaf:
            self._slot("<")
        elif text.strip(" \t\n"):
            raise _NoShapeError
        else:
            self._slot("")

    def _tag(self, tag: re.Match[str]) -> None:
        if tag["end"]:
            self._close(tag)
            return
        self.literals[-1] += f"<{tag['name']}"
        attributes = tuple(self._attribute(one) for one in _ATTRIBUTE.finditer(tag["attributes"]))
        self.literals[-1] += f"{tag['rest']}{tag['empty']}>"
        if len({name for name, _ in attributes}) < len(attributes):
            raise _NoShapeError
        if tag["empty"]:
            self._add(_Element(tag["name"], attributes, None, ()))
        else:
            self._open.append((tag["name"], attributes, []))
        self._leaf = not tag["empty"]

    def _attribute(self, one: re.Match[str]) -> tuple[str, int]:
        self.literals[-1] += one[1] + one[2] + one[3] + one[4][0]
        slot = self._slot(one[4][0])
        self.literals[-1] += one[4][0]
        return one[2], slot

    def _close(self, tag: re.Match[str]) -> None:
        if not self._open or self._open[-1][0] != tag["name"] or tag["attributes"] or tag["empty"]:
            raise _NoShapeError
        self.literals[-1] += tag[0]
        name, attributes, children = self._open.pop()
        self._add(_Element(name, attributes, None if children else len(self.slots) - 1, tuple(children)))
        self._leaf = False

    def _add(self, element: _Element) -> None:
        (self._open[-1][2] if self._open else self.root).append(element)


def _tags(text: str) -> Iterator[re.Match[str]]:
    """All tags; what else begins with `<` makes no shape."""
    at = text.find("<")
    while at >= 0:
        tag = _TAG.match(text, at)
        if tag is None:
            raise _NoShapeError
        yield tag
        at = text.find("<", tag.end())


# ---------------------------------------------------------------- bags


def _bags(shape: _Shape, texts: pa.Array) -> pa.Array:
    """The documents of a shape as JSON text."""
    rows = rows_of_bytes(texts)
    at, found = rows.starts, []
    for literal, slot in zip(shape.literals, shape.slots, strict=False):
        at = at + len(literal.encode())
        stop = rows.first(slot or "<", at, rows.ends)
        found.append((at, stop))
        at = stop
    writer = _Writer(rows, shape.slots, found)
    bag = writer.element(shape.root)
    return pc.binary_join_element_wise(f'{{"{shape.root.name}":', bag if isinstance(bag, pa.Array) else pa.repeat(bag, len(texts)), "}", "")


class _Writer:
    """Writes elements as JSON text, from where their slots stand in each row."""

    def __init__(self, rows: Rows, kinds: tuple[str, ...], slots: list[tuple[np.ndarray, np.ndarray]]) -> None:
        self.rows, self.kinds, self.slots = rows, kinds, slots

    def element(self, element: _Element) -> _Text:
        """A bag, or the text of an element that has nothing else; null when it has not even that."""
        text = None if element.text is None else pc.ascii_trim_whitespace(pieces(self.rows.data, *self.slots[element.text]))
        if not element.attributes and not element.children:
            return "null" if text is None else pc.if_else(pc.equal(text, ""), "null", quote(text))
        parts: list[_Text] = []
        for name, slot in element.attributes:
            parts += [f',"@{name}":', quote(pieces(self.rows.data, *self.slots[slot]))]
        if text is not None:
            parts.append(pc.if_else(pc.equal(text, ""), "", pc.binary_join_element_wise(',"#text":', quote(text), "")))
        for name in dict.fromkeys(child.name for child in element.children):
            parts += [f',"{name}":', *self._values([child for child in element.children if child.name == name])]
        first = parts[0]
        assert isinstance(first, str)
        return _joined(["{" + first[1:], *parts[1:], "}"])

    def _values(self, elements: list[_Element]) -> list[_Text]:
        """The only one of a name, or an array."""
        values = [self.element(one) for one in elements]
        if len(values) == 1:
            return values
        return ["[", values[0], *(part for value in values[1:] for part in (",", value)), "]"]


def _joined(parts: list[_Text]) -> _Text:
    return "".join(map(str, parts)) if all(isinstance(part, str) for part in parts) else pc.binary_join_element_wise(*parts, "")
