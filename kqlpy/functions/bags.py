"""Functions over dynamic bags (objects): making them, merging them, their keys, and single keys set, removed or looked for.

Keys may be written as a path into nested bags, `$.a.b` or `$['a']['b']`; positions in arrays are not supported there, as
in Kusto.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import lanes
from kqlpy.columns.json_shapes import Shapes, documents, rebuild
from kqlpy.errors import KqlSemanticError
from kqlpy.functions.arrays import Value, column, item, json_of, parsed, whole
from kqlpy.functions.registry import Call, scalar
from kqlpy.types import Type

__all__ = ["key_path"]


@scalar(
    "(+key: string, +value: scalar) -> dynamic",
    context=True, lanes=True, aliases=("pack", "pack_dictionary"), page="pack-function",
)  # fmt: skip
def bag_pack(call: Call, *pairs: Value) -> pa.Array:
    """A bag of keys and values written in turn; nulls are kept; the last value of a repeated key counts.

    >>> print bag_pack("Level", "Information", "ProcessID", 1234)
    {"Level":"Information","ProcessID":1234}
    """
    return _bag(call, pairs, call.types)


@scalar("(*name: const string, *value: scalar) -> dynamic", context=True, lanes=True, page="bag-pack-columns-function")
def bag_pack_columns(call: Call, *pairs: Value) -> pa.Array:
    """A bag of the given columns under their names.

    >>> datatable(Id: string, Value: long)["A", 1] | project bag_pack_columns(Id, Value)
    {"Id":"A","Value":1}
    """
    return _bag(call, pairs, call.types)


@scalar(
    "(ignore_null_empty: const bool, *name: const string, *value: scalar) -> dynamic",
    context=True, lanes=True, page="pack-all-function",
)  # fmt: skip
def pack_all(call: Call, ignore_null_empty: Value, *pairs: Value) -> pa.Array:
    """A bag of all columns under their names; without nulls and empty strings when the argument is true.

    >>> datatable(Id: string, Value: long)["", 1] | project pack_all(true)
    {"Value":1}
    """
    ignore = ignore_null_empty[0] if isinstance(ignore_null_empty, pa.Array) else ignore_null_empty
    return _bag(call, pairs, call.types[1:], bool(ignore.as_py()))


def _by_shape(bag: Value, answer: Callable[[Shapes, int], object], held: pa.DataType) -> tuple[np.ndarray, pa.Array] | None:
    """What follows from the keys of a document alone: one answer for all documents of the same shape."""
    if not isinstance(bag, pa.Array) or lanes.is_lane(bag):
        return None
    found = documents(bag)
    if found.shapes is None or bag.null_count:
        return None
    texts = found.texts.filter(pa.array(found.shapes.known))
    numbers = np.full(len(found.texts), -1)
    numbers[found.shapes.known] = found.shapes.numbers(texts)
    answers = pa.array([answer(found.shapes, number) for number in range(len(found.shapes.shapes))], held)
    of_rows = numbers[found.codes]
    return of_rows >= 0, answers.take(pa.array(of_rows[of_rows >= 0]))


def _keys_by_shape(object: Value) -> tuple[np.ndarray, pa.Array] | None:
    return _by_shape(object, lambda shapes, number: shapes.keys(number), lanes.arrow_type(Type.STRING))


@scalar("(object: bag) -> dynamic", rows=True, arrays=_keys_by_shape, page="bag-keys-function")
def bag_keys(object: Any) -> list[str] | None:
    """The keys of the bag; null for what is no bag.

    >>> print bag_keys(dynamic({"a": "b", "c": {"d": 123}}))
    ["a","c"]
    """
    return list(object) if isinstance(object, dict) else None


@scalar("(bag: bag, +more: bag) -> dynamic", rows=True, nulls="kernel", page="bag-merge-function")
def bag_merge(*bags: Any) -> dict[str, Any] | None:
    """All keys of all bags; the leftmost value of a key counts; what is no bag adds nothing.

    >>> print bag_merge(dynamic({"A1": 12, "B1": 2}), dynamic({"A2": 81, "A1": 1}))
    {"A1":12,"B1":2,"A2":81}
    """
    known = [bag for bag in bags if isinstance(bag, dict)]
    merged: dict[str, Any] = {}
    for bag in known:
        for key, value in bag.items():
            merged.setdefault(key, value)
    return merged if known else None


def _removed_by_shape(bag: Value, keys: Value) -> tuple[np.ndarray, pa.Array] | None:
    names = parsed(keys) if isinstance(keys, pa.Scalar) and isinstance(bag, pa.Array) else None
    if not isinstance(names, list):
        return None
    paths = {tuple(path) for key in names if isinstance(key, str) and (path := key_path(key))}
    found = rebuild(bag, lambda path, own: [key for key in own if (*path, key) not in paths])
    if found is None or not pc.any(pc.starts_with(found[1], "[")).as_py():
        return found
    # Arrays have no keys to remove.
    return found[0], pc.if_else(pc.starts_with(found[1], "["), pa.scalar(None, pa.string()), found[1])


@scalar("(bag: bag, keys: array) -> dynamic", rows=True, arrays=_removed_by_shape, page="bag-remove-keys-function")
def bag_remove_keys(bag: Any, keys: Any) -> dict[str, Any] | None:
    """The bag without some keys or paths; keys that it lacks do no harm.

    >>> print bag_remove_keys(dynamic({"a": {"b": 1, "c": 2}, "d": 3}), dynamic(["$.a.b", "d", "x"]))
    {"a":{"c":2}}
    """
    if not isinstance(bag, dict) or not isinstance(keys, list):
        return None
    for key in keys:
        path = key_path(key) if isinstance(key, str) else None
        bag = _without(bag, path) if path else bag
    return dict(bag)


def _has_by_shape(bag: Value, key: Value) -> tuple[np.ndarray, pa.Array] | None:
    path = key_path(key.as_py()) if isinstance(key, pa.Scalar) else None
    if path is None:
        return None
    return _by_shape(bag, lambda shapes, number: None if shapes.keys(number) is None else shapes.has(number, path), pa.bool_())


@scalar("(bag: bag, key: string) -> bool", rows=True, arrays=_has_by_shape, page="bag-has-key-function")
def bag_has_key(bag: Any, key: str) -> bool | None:
    """True when the bag has the key or path; null for what is no bag.

    >>> print bag_has_key(dynamic({"a": {"b": 1}}), "$.a.b")
    True
    """
    if not isinstance(bag, dict):
        return None
    path = key_path(key)
    for step in path or ():
        if not isinstance(bag, dict) or step not in bag:
            return False
        bag = bag[step]
    return path is not None


@scalar(
    "(bag: bag, key: const string, value: scalar) -> dynamic",
    rows=True, nulls="kernel", context=True, page="bag-set-key-function",
)  # fmt: skip
def bag_set_key(call: Call, bag: Any, key: str, value: Any) -> dict[str, Any] | None:
    """The bag with the key or path set, which then stands last; null for what is no bag.

    >>> print bag_set_key(dynamic({"a": 1, "b": {"c": 2}}), "$.b.d", "x")
    {"a":1,"b":{"c":2,"d":"x"}}
    """
    path = key_path(key)
    return _with(bag, path, item(value, call.types[2])) if isinstance(bag, dict) and path else None


@scalar("(keys: array, values: array) -> dynamic", rows=True, nulls="kernel", page="bag-zip")
def bag_zip(keys: Any, values: Any) -> dict[str, Any] | None:
    """A bag of keys and values at the same positions; keys that are no strings are left out, missing values are null.

    >>> print bag_zip(dynamic(["a", 8, "b"]), dynamic([1, "2"]))
    {"a":1,"b":null}
    """
    if not isinstance(keys, list):
        return None
    given = values if isinstance(values, list) else []
    return {key: given[at] if at < len(given) else None for at, key in enumerate(keys) if isinstance(key, str)}


_STEP = re.compile(r"""\.([A-Za-z_]\w*)|\[(?:'([^']*)'|"([^"]*)")\]""")


def key_path(key: str) -> list[str] | None:
    """The steps of a path such as `$.a['b c']`; a plain key is one step; None for a path with something else in it."""
    if not re.match(r"\$[.\[]", key):
        return [key]
    steps: list[str] = []
    position = 1
    while position < len(key):
        step = _STEP.match(key, position)
        if step is None:
            return None
        steps.append(next(group for group in step.groups() if group is not None))
        position = step.end()
    return steps


def _without(bag: dict[str, Any], path: list[str]) -> dict[str, Any]:
    first, *rest = path
    if not rest:
        return {key: value for key, value in bag.items() if key != first}
    inner = bag.get(first)
    return {**bag, first: _without(inner, rest)} if isinstance(inner, dict) else bag


def _with(bag: dict[str, Any], path: list[str], value: Any) -> dict[str, Any]:
    first, *rest = path
    if not rest:
        return {**{key: old for key, old in bag.items() if key != first}, first: value}
    inner = bag.get(first)
    return {**bag, first: _with(inner if isinstance(inner, dict) else {}, rest, value)}


def _bag(call: Call, pairs: tuple[Value, ...], types: tuple[Type, ...], ignore_empty: bool = False) -> pa.Array:
    """JSON text of a bag, joined from the texts of its keys and values."""
    if len(pairs) % 2:
        raise KqlSemanticError("a bag is packed from keys and values in turn; the last key has no value", code="KS107")
    rows = whole(*pairs) if pairs else call.rows
    if not pairs:
        return pa.repeat(pa.scalar("{}"), rows)
    keys, values = pairs[::2], pairs[1::2]
    texts = [json_of(value, type_) for value, type_ in zip(values, types[1::2], strict=True)]
    if _repeats(keys):
        return _by_dict(keys, texts, rows)
    pieces: list[Value] = []
    for key, text in zip(keys, texts, strict=True):
        label = pc.binary_join_element_wise(",", _quoted(key), ":", "")
        piece = pc.binary_join_element_wise(label, pc.fill_null(text, "null"), "")
        pieces.append(pc.if_else(_empty(text), "", piece) if ignore_empty else piece)
    joined = pc.binary_join_element_wise("{", *pieces, "}", "")
    return pc.replace_substring(column(joined, rows), "{,", "{", max_replacements=1)


def _empty(text: Value) -> Value:
    """Where a value, given as JSON, is null or the empty string."""
    return pc.fill_null(pc.equal(text, '""'), True)


def _quoted(key: Value) -> Value:
    return lanes.quote(pa.array([key.as_py()], pa.string()))[0] if isinstance(key, pa.Scalar) else lanes.quote(key)


def _repeats(keys: tuple[Value, ...]) -> bool:
    """Whether two keys of one bag may be equal."""
    known = [key.as_py() for key in keys if isinstance(key, pa.Scalar)]
    if len(set(known)) < len(known):
        return True
    for at, key in enumerate(keys):
        if isinstance(key, pa.Array) and any(pc.any(pc.equal(key, other)).as_py() for other in (*keys[:at], *known)):
            return True
    return False


def _by_dict(keys: tuple[Value, ...], texts: list[Value], rows: int) -> pa.Array:
    quoted = [column(_quoted(key), rows).to_pylist() for key in keys]
    cells = [column(text, rows).fill_null("null").to_pylist() for text in texts]
    bags = []
    for row in np.arange(rows):
        bag = {key[row]: cell[row] for key, cell in zip(quoted, cells, strict=True)}
        bags.append("{" + ",".join(f"{key}:{text}" for key, text in bag.items()) + "}")
    return pa.array(bags, pa.string())
