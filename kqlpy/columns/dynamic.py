"""Columns of the type dynamic: reading, writing, paths and elements.

A dynamic column has one of three forms, and every function here takes any of them:

- `pa.string()` of compact JSON text, where an Arrow null is the dynamic null (the text `null` does not occur);
- a dictionary of the same;
- a typed list, see `lanes.py`.

JSON is parsed once per distinct text, and objects are dropped at once: keeping them costs more in garbage
collection than parsing again for the next path (a document of 185 bytes takes 0.5 us). Conversions to the
scalar types are in `dynamic_casts.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import lanes
from kqlpy.columns.distinct import distinct, spread
from kqlpy.columns.divide import divide
from kqlpy.columns.flat_arrays import as_lane
from kqlpy.columns.json_shapes import Step, documents
from kqlpy.columns.json_text import JsonValue, dumps, dumps_all, has_long_number, loads, parse_json, read_json
from kqlpy.columns.lanes import is_lane, lane_type, make_lane, to_text
from kqlpy.columns.numpy_bridge import to_numpy
from kqlpy.types import Type

__all__ = [
    "Items",
    "Step",
    "array_items",
    "concat",
    "dumps",
    "element",
    "from_values",
    "is_lane",
    "lane_type",
    "loads",
    "make_lane",
    "parse_json",
    "parse_json_column",
    "path",
    "path_in_texts",
    "path_values",
    "text_of",
    "to_lane",
    "to_text",
    "values",
]

def parse_json_column(texts: pa.Array) -> pa.Array:
    """`parse_json()` of a string column: JSON text; text that is not JSON becomes a JSON string, "" becomes null."""
    found = documents(texts)
    if found.shapes is not None and found.shapes.known.all() and len(found.texts) == len(texts):
        # The very same column: what is known of its documents stays known.
        return texts
    known = np.zeros(len(found.texts), bool) if found.shapes is None else found.shapes.known
    return spread(divide(found.texts, known, lambda some: some, _parsed), found.codes)


def _parsed(texts: pa.Array) -> pa.Array:
    plain = to_numpy(pc.match_substring_regex(texts, _NOT_JSON).fill_null(False))
    return divide(texts, plain, lanes.quote, _parsed_one_by_one)


_NOT_JSON = r"^[^\x00-\x20\x7f-\x{10ffff}{\[\"0-9tfn\-]"
"""The beginning of texts that are no JSON at first sight."""


def _parsed_one_by_one(texts: pa.Array) -> pa.Array:
    try:
        return pa.array(dumps_all(map(_reader(texts), texts.to_pylist())), pa.string())
    except ValueError:  # nested too deeply: that text alone counts as a string
        return pa.array([None if text is None else parse_json(text) for text in texts.to_pylist()], pa.string())


def values(array: pa.Array) -> list[JsonValue]:
    """Each cell as a Python object; None for null. Datetimes in a lane come as their seven-digit ISO text."""
    if is_lane(array):
        return lanes.lane_values(array)
    texts, codes = distinct(array)
    read = _reader(texts)
    # Each cell gets an object of its own, so that a caller may change it: distinct values would be shared.
    listed = texts.to_pylist()
    return [None if code < 0 else read(listed[code]) for code in codes.tolist()]


def from_values(objects: Sequence[object]) -> pa.Array:
    """A dynamic column from Python objects: dict, list, str, int, float, bool, None."""
    return pa.array([None if item is None else dumps(item) for item in objects], pa.string())  # type: ignore[arg-type]


def text_of(array: pa.Array) -> pa.Array:
    """The column as plain JSON text: neither dictionary nor lane."""
    if is_lane(array):
        return to_text(array)
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def path(array: pa.Array, steps: tuple[Step, ...]) -> pa.Array:
    """`d.a.b[0][-1]` of every row, as a dynamic column; null where a step leads nowhere."""
    if not steps:
        return array
    if is_lane(array):
        return _lane_path(array, steps)
    return path_in_texts(array, steps, lambda texts: texts, _as_texts)


def path_in_texts(
    array: pa.Array, steps: tuple[Step, ...], read: Callable[[pa.Array], pa.Array], convert: Callable[[list[JsonValue]], pa.Array]
) -> pa.Array:
    """What stands at a path in JSON texts: `read` of the JSON texts of the values where regular expressions find them, else `convert` of the parsed values."""
    held = documents(array)
    texts, shapes = held.texts, held.shapes
    found = None if shapes is None else shapes.find(texts if shapes.known.all() else texts.filter(pa.array(shapes.known)), steps)
    if shapes is None or found is None:
        return spread(convert(_walked(texts, steps)), held.codes)
    present = pc.if_else(pc.not_equal(found, "null"), found, pa.scalar(None, pa.string()))
    return spread(divide(texts, shapes.known, lambda _: read(present), lambda others: convert(_walked(others, steps))), held.codes)


def _as_texts(found: list[JsonValue]) -> pa.Array:
    return pa.array(dumps_all(found), pa.string())


def path_values(array: pa.Array, steps: tuple[Step, ...]) -> tuple[list[JsonValue], np.ndarray]:
    """The values at a path, one per distinct document, and for each row which of them it has (-1: null).

    A caller that converts to a scalar type saves the way through JSON text.
    """
    if is_lane(array):
        return values(_lane_path(array, steps) if steps else array), np.arange(len(array))
    texts, codes = distinct(array)
    return _walked(texts, steps), codes


def _walked(texts: pa.Array, steps: tuple[Step, ...]) -> list[JsonValue]:
    read, listed = _reader(texts), texts.to_pylist()
    if len(steps) == 1 and isinstance(name := steps[0], str):
        return [value.get(name) if type(value := read(text)) is dict else None for text in listed]
    return [_walk(read(text), steps) for text in listed]


def _walk(value: JsonValue, steps: tuple[Step, ...]) -> JsonValue:
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step) if isinstance(step, str) else None
        elif isinstance(value, list):
            value = value[step] if isinstance(step, int) and -len(value) <= step < len(value) else None
        else:
            return None
    return value


def _lane_path(array: pa.Array, steps: tuple[Step, ...]) -> pa.Array:
    step = steps[0]
    if isinstance(step, str) or len(steps) > 1:
        return pa.nulls(len(array), pa.string())
    return lanes.elements_to_json(lanes.element_at(array, step), lane_type(array) or Type.LONG)


def element(array: pa.Array, index: pa.Array | Step | None) -> pa.Array:
    """`d[index]` where the index is a column (of strings or integers) or one value; null where there is none."""
    if index is None:
        return pa.nulls(len(array), pa.string())
    if isinstance(index, str | int):
        return path(array, (index,))
    if is_lane(array):
        return _lane_elements(array, index)
    return _elements(array, index)


def _lane_elements(array: pa.Array, index: pa.Array) -> pa.Array:
    if not pa.types.is_integer(index.type):
        return pa.nulls(len(array), pa.string())
    position = index.cast(pa.int64()).fill_null(np.iinfo(np.int64).max).to_numpy(zero_copy_only=False)
    return lanes.elements_to_json(lanes.element_at(array, position), lane_type(array) or Type.LONG)


def _elements(array: pa.Array, index: pa.Array) -> pa.Array:
    """One lookup per distinct pair of text and index, grouped by text so that each text is parsed once."""
    texts, codes = distinct(array)
    keys = index.dictionary_encode() if not pa.types.is_dictionary(index.type) else index
    steps = keys.dictionary.to_pylist()
    key_codes = keys.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    pairs = np.where((codes < 0) | (key_codes < 0), -1, codes.astype(np.int64) * max(len(steps), 1) + key_codes)
    needed, inverse = np.unique(pairs, return_inverse=True)
    read, listed = _reader(texts), texts.to_pylist()
    found: list[str | None] = []
    parsed, last = None, -1
    for pair in needed.tolist():
        code, key = divmod(pair, max(len(steps), 1))
        if pair >= 0 and code != last:
            parsed, last = read(listed[code]), code
        found.append(None if pair < 0 else _as_text(_walk(parsed, (steps[key],))))
    return pa.array(found, pa.string()).take(pa.array(inverse))


def concat(arrays: Sequence[pa.Array]) -> pa.Array:
    """One column out of several, whatever their forms: a lane if all are that lane (or wholly null), else JSON text."""
    kinds = {array.type for array in arrays if array.null_count < len(array)}
    if len(kinds) == 1 and pa.types.is_list(kind := next(iter(kinds))):
        return pa.concat_arrays([array if array.type == kind else pa.nulls(len(array), kind) for array in arrays])
    if not arrays:
        return pa.nulls(0, pa.string())
    return pa.concat_arrays([text_of(array) for array in arrays])


def to_lane(array: pa.Array, type_: Type) -> pa.Array:
    """The column as typed lists: a row that is no array is null, an element of another type is a null element.

    Integers count as reals; ISO text counts as a datetime.
    """
    if lane_type(array) is type_:
        return array
    read, held = lanes.element_reader(type_), lanes.arrow_type(type_)
    return _map_values(array, lambda value: [read(item) for item in value] if isinstance(value, list) else None, held)


@dataclass(frozen=True, slots=True)
class Items:
    """What `mv-expand` takes from a dynamic column: the items of all rows in order, and `rows + 1` offsets into them."""

    elements: pa.Array
    type: Type
    """DYNAMIC: the elements are JSON text; else the type of a lane (datetimes as int64 ticks)."""
    offsets: np.ndarray


def array_items(array: pa.Array, pairs: bool = False) -> Items:
    """The items of each row: elements of an array, single-key bags (or `[key, value]` pairs) of a bag.

    A scalar is its own only item. A null row has no items, like an empty array; tell them apart by the null.
    """
    type_ = lane_type(array)
    if type_ is not None:
        elements, offsets = lanes.parts(array)
        return Items(elements, type_, offsets)
    texts, codes = distinct(array)
    lists = as_lane(texts)
    if is_lane(lists):
        elements, offsets = lanes.parts(lists)
        return _gather(elements, offsets, codes, lane_type(lists) or Type.LONG)
    read = _reader(texts)
    lists = [[] if text is None else _items(read(text), pairs) for text in texts.to_pylist()]
    flat = pa.array([item for items in lists for item in items], pa.string())
    starts = np.zeros(len(lists) + 1, np.int64)
    np.cumsum([len(items) for items in lists], out=starts[1:])
    return _gather(flat, starts, codes, Type.DYNAMIC)


def _gather(flat: pa.Array, starts: np.ndarray, codes: np.ndarray, type_: Type) -> Items:
    """Repeat the items of distinct texts for the rows that hold them."""
    lengths = np.where(codes < 0, 0, np.diff(np.append(starts, starts[-1]))[codes])
    offsets = np.zeros(len(codes) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    shift = np.repeat(np.append(starts, 0)[codes] - offsets[:-1], lengths)
    return Items(flat.take(pa.array(np.arange(offsets[-1]) + shift)), type_, offsets)


def _items(value: JsonValue, pairs: bool) -> list[str | None]:
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    if isinstance(value, dict):
        return [dumps([key, item] if pairs else {key: item}) for key, item in value.items()]
    return [_as_text(value)]


def _map_texts(texts: pa.Array, codes: np.ndarray, function: Callable[[str], object], held: pa.DataType) -> pa.Array:
    return spread(pa.array([None if text is None else function(text) for text in texts.to_pylist()], held), codes)


def _map_values(array: pa.Array, function: Callable[[JsonValue], object], held: pa.DataType) -> pa.Array:
    if is_lane(array):
        return pa.array([None if item is None else function(item) for item in lanes.lane_values(array)], held)
    texts, codes = distinct(array)
    read = _reader(texts)
    return _map_texts(texts, codes, lambda text: function(read(text)), held)


def _as_text(value: JsonValue) -> str | None:
    return None if value is None else dumps(value)


def _reader(texts: pa.Array) -> Callable[[str | None], JsonValue]:
    """What parses the texts of this column: orjson itself when no number in it needs care.

    Text that is not JSON, which should not stand in a dynamic column, counts as a string.
    """
    buffer = texts.buffers()[2]
    return _read_exact if buffer is not None and has_long_number(memoryview(buffer)) else _read


def _read(text: str | None) -> JsonValue:
    try:
        return orjson.loads(text)  # type: ignore[no-any-return,arg-type]
    except ValueError:
        return _read_exact(text)


def _read_exact(text: str | None) -> JsonValue:
    return None if text is None else read_json(text)
