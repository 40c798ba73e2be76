"""`in`, `in~`, `has_any`, `has_all` and their negations over lists, dynamic arrays and the first column of tables.

Lists that are known before rows are read become one value set. An item that differs from row to row is compared by itself.
"""

from __future__ import annotations

import math
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.binding.overloads import common_type
from kqlpy.columns import dynamic, storage, terms
from kqlpy.columns.convert import convert
from kqlpy.engine.evaluate import lift
from kqlpy.plan.expressions import Expression, ListQuery, Membership
from kqlpy.types import NUMERIC, Type

if TYPE_CHECKING:
    from kqlpy.engine.evaluate import Frame

__all__ = ["membership"]

Value: TypeAlias = pa.Array | pa.Scalar

_LONG_BITS = 63


def membership(frame: Frame, expr: Membership) -> Value:
    """The truth of a membership test for every row."""
    negated = expr.op.startswith("!")
    op = expr.op.removeprefix("!")
    left = frame.value(expr.left)
    fixed, varying = _lists(frame, expr)
    if op in ("has_any", "has_all"):
        found = _has(frame, expr, left, fixed, varying, op == "has_all")
    else:
        found = _in(frame, expr, left, fixed, varying, ignore_case=op == "in~")
    if not negated:
        return found
    return pc.invert(found)


def _lists(frame: Frame, expr: Membership) -> tuple[list[tuple[Any, Type]], list[tuple[Value, Type]]]:
    """((value, type) of the known items, arrays flattened; columns of the items that vary)."""
    fixed: list[tuple[Any, Type]] = []
    varying: list[tuple[Value, Type]] = []
    for item in expr.items:
        if isinstance(item, ListQuery):
            fixed.extend((v, item.type) for v in _first_column(frame, item))
            continue
        value = frame.value(item)
        if isinstance(value, pa.Array):
            varying.append((value, item.type))
        elif item.type is Type.DYNAMIC:
            fixed.extend(_elements(value))
        else:
            fixed.append((value.as_py(), item.type))
    return fixed, varying


def _first_column(frame: Frame, item: ListQuery) -> list[Any]:
    assert frame.evaluator.query is not None
    batch = frame.evaluator.query(item.plan)
    column = storage.plain(batch.columns[item.plan.schema.names[0]])
    if item.type is Type.DYNAMIC:
        return [v for row in dynamic.values(column) for v in (row if isinstance(row, list) else [row])]
    values: list[Any] = pc.unique(column).to_pylist()
    return values


_PYTHON = {bool: Type.BOOL, int: Type.LONG, float: Type.REAL, str: Type.STRING}


def _elements(value: pa.Scalar) -> list[tuple[Any, Type]]:
    """The values of a dynamic array, each with the type it has there; a scalar is its own only element."""
    return _typed(dynamic.loads(value.as_py()) if value.is_valid else None)


def _typed(held: Any) -> list[tuple[Any, Type]]:
    elements = held if isinstance(held, list) else [held]
    return [(e if type(e) in _PYTHON else dynamic.dumps(e) if e is not None else None, _PYTHON.get(type(e), Type.DYNAMIC)) for e in elements]


# ---------------------------------------------------------------- in


def _in(frame: Frame, expr: Membership, left: Value, fixed: list[Any], varying: list[Any], *, ignore_case: bool) -> Value:
    found = lift(left, lambda array: _in_fixed(array, expr.left, fixed, ignore_case))
    for value, type_ in varying:
        found = _or(found, _equals(frame, expr.left, left, value, type_, ignore_case))
    return found


def _in_fixed(array: pa.Array, left: Expression, fixed: list[tuple[Any, Type]], ignore_case: bool) -> pa.Array:
    """Membership in known values; null on the left is in no list. As with `==`, a text is read as a value of the other side's type."""
    array = storage.plain(array)
    fixed = [(v, t) for v, t in fixed if v is not None]
    if left.type is Type.DYNAMIC:
        return _dynamic_in(array, fixed, ignore_case)
    fixed = _as_numbers(fixed)
    if left.type is Type.STRING:
        return _text_in(array, fixed, ignore_case)
    fixed = [*((v, t) for v, t in fixed if t is not Type.STRING), *_read([str(v) for v, t in fixed if t is Type.STRING], left.type)]
    if left.type in NUMERIC or left.type is Type.BOOL:
        return _number_in(array, left.type, fixed)
    return pc.is_in(array, value_set=storage.to_array([v for v, t in fixed if t is left.type], left.type))


def _as_numbers(elements: list[tuple[Any, Type]]) -> list[tuple[Any, Type]]:
    """Whole numbers of JSON that are beyond a long are compared as reals."""
    return [(float(str(v)), Type.REAL) if t is Type.LONG and v.bit_length() > _LONG_BITS else (v, t) for v, t in elements]


def _read(texts: list[str], type_: Type) -> list[tuple[Any, Type]]:
    """Texts as values of a type, without those that are none."""
    values = convert(pa.array(texts, pa.string()), Type.STRING, type_).to_pylist() if texts else []
    return [(v, type_) for v in values if v is not None]


def _text_in(array: pa.Array, fixed: list[tuple[Any, Type]], ignore_case: bool) -> pa.Array:
    """Texts among texts, and among values of other types as which they can be read."""
    texts = [str(v) for v, t in fixed if t is Type.STRING]
    found = terms.in_ci(array, texts) if ignore_case else pc.is_in(array, value_set=pa.array(texts, pa.string()))
    for type_ in dict.fromkeys(t for _, t in fixed if t not in (Type.STRING, Type.DYNAMIC)):
        values = storage.to_array([v for v, t in fixed if t is type_], type_)
        found = pc.or_(found, pc.is_in(convert(array, Type.STRING, type_), value_set=values))
    return found


def _number_in(array: pa.Array, type_: Type, fixed: list[tuple[Any, Type]]) -> pa.Array:
    """Numbers are compared by value across types."""
    types = [t for v, t in fixed if v is not None and (t in NUMERIC or t is Type.BOOL)]
    values = [int(v) if isinstance(v, bool) else v for v, t in fixed if v is not None and (t in NUMERIC or t is Type.BOOL)]
    shared: Type = Type.LONG if type_ is Type.BOOL else type_
    for found in types:
        shared = common_type([shared, Type.LONG if found is Type.BOOL else found]) or Type.REAL
    if shared is Type.INT:
        shared = Type.LONG
    if shared is Type.DECIMAL:
        from decimal import Decimal

        values = [Decimal(str(v)) for v in values if not isinstance(v, float) or math.isfinite(v)]
    elif shared is Type.REAL:
        values = [float(v) for v in values]
    column = convert(array, type_, shared) if type_ is not shared else array
    return pc.is_in(column, value_set=storage.to_array(values, shared))


#: Types that dynamic values hold as text.
_READ_FROM_TEXT = (Type.DATETIME, Type.TIMESPAN, Type.GUID)


def _dynamic_in(array: pa.Array, fixed: list[tuple[Any, Type]], ignore_case: bool) -> pa.Array:
    """As `==` compares a dynamic value: its text with texts, numbers and bools with such, and what it reads as with times and guids."""
    texts = [str(v) for v, t in fixed if t is Type.STRING]
    found = pa.repeat(pa.scalar(False), len(array))
    if texts:
        held = convert(array, Type.DYNAMIC, Type.STRING)
        found = terms.in_ci(held, texts) if ignore_case else pc.is_in(held, value_set=pa.array(texts, pa.string()))
    for type_ in dict.fromkeys(t for _, t in fixed if t in _READ_FROM_TEXT):
        values = storage.to_array([v for v, t in fixed if t is type_], type_)
        found = pc.or_(found, pc.is_in(convert(array, Type.DYNAMIC, type_), value_set=values))
    numbers = {v for v, t in fixed if t in NUMERIC or t is Type.BOOL}
    others = {v for v, t in fixed if t is Type.DYNAMIC}

    def test(value: Any) -> bool:
        return value in numbers if isinstance(value, bool | int | float) else value is not None and dynamic.dumps(value) in others

    return pc.or_(found, pa.array([test(v) for v in dynamic.values(array)], pa.bool_())) if numbers or others else found


def _equals(frame: Frame, left: Expression, value: Value, item: Value, type_: Type, ignore_case: bool) -> Value:
    """Row by row equality with an item that varies; a dynamic item is searched as an array."""
    rows = frame.batch.rows
    left_column = storage.plain(frame.column(left))
    if type_ is Type.DYNAMIC or left.type is Type.DYNAMIC:
        return _held_by_row(left_column, left.type, item, type_, ignore_case)
    item = storage.plain(item)
    if left.type is Type.STRING and type_ is Type.STRING:
        return terms.equals_ci(left_column, item) if ignore_case else pc.equal(left_column, item)
    shared = type_ if left.type is Type.STRING else left.type if type_ is Type.STRING else common_type([left.type, type_])
    if shared is None:
        return pa.repeat(pa.scalar(False), rows)
    return pc.fill_null(pc.equal(convert(left_column, left.type, shared), convert(item, type_, shared)), False)


def _held_by_row(left: pa.Array, left_type: Type, item: pa.Array, item_type: Type, ignore_case: bool) -> pa.Array:
    """Whether each value is in the list of its row. Per-row work, since each row has its own list: about 1 us a row."""
    from kqlpy.engine.row_functions import python_values

    items = python_values(item, item_type)
    values = python_values(left, left_type)
    if item_type is Type.DYNAMIC and left_type is Type.STRING:
        return pa.array([_text_held(a, b, ignore_case) for a, b in zip(values, items, strict=True)], pa.bool_())
    if left_type is Type.DYNAMIC and item_type not in _READ_FROM_TEXT:
        return pa.array([_dynamic_held(a, b, ignore_case) for a, b in zip(values, items, strict=True)], pa.bool_())
    if item_type is Type.DYNAMIC and left_type is not Type.DYNAMIC:
        items = _read_elements(items, left_type)
    return pa.array([_held(a, b, ignore_case) for a, b in zip(values, items, strict=True)], pa.bool_())


def _read_elements(lists: list[Any], type_: Type) -> list[list[Any]]:
    """Lists with their texts read as values of a type; whatever else they hold is a value of the type as it is, or equals none."""
    rows = [v if isinstance(v, list) else [v] for v in lists]
    known = list({e for row in rows for e in row if isinstance(e, str)})
    read = dict(zip(known, convert(pa.array(known, pa.string()), Type.STRING, type_).to_pylist(), strict=True))
    kept = (int, float) if type_ in NUMERIC or type_ is Type.BOOL else ()
    return [
        [
            *(read[e] for e in row if isinstance(e, str) and read[e] is not None),
            *(v for v, _ in _as_numbers(_typed([e for e in row if isinstance(e, kept)]))),
        ]
        for row in rows
    ]


def _text_held(value: Any, item: Any, ignore_case: bool) -> bool:
    """Whether a text is in a list; one that can be read as a number or a bool equals such an element."""
    others = [(e, t) for e, t in _as_numbers(_typed(item)) if t in (Type.LONG, Type.REAL, Type.BOOL)]
    return _held(value, item, ignore_case) or any((e, t) in _read([value], t) for e, t in others)


def _dynamic_held(value: Any, item: Any, ignore_case: bool) -> bool:
    """Whether a dynamic value is in a list: texts are compared with its text."""
    listed = item if isinstance(item, list) else [item]
    text = value if isinstance(value, str) else "" if value is None else dynamic.dumps(value)
    others = [e for e in listed if not isinstance(e, str)]
    return _held(text, [e for e in listed if isinstance(e, str)], ignore_case) or _held(value, others, ignore_case)


def _held(value: Any, item: Any, ignore_case: bool) -> bool:
    elements = item if isinstance(item, list) else [item]
    if ignore_case and isinstance(value, str):
        return any(isinstance(e, str) and terms.fold(e) == terms.fold(value) for e in elements)
    return value is not None and value in elements


# ---------------------------------------------------------------- has_any, has_all


def _has(frame: Frame, expr: Membership, left: Value, fixed: list[Any], varying: list[Any], every: bool) -> Value:
    if expr.left.type is Type.DYNAMIC:
        left = lift(left, lambda array: convert(array, Type.DYNAMIC, Type.STRING))
    needles = [_needle(v, t) for v, t in fixed]
    if every:
        needles = [n for n in needles if n]
    kernel = terms.has_all if every else terms.has_any
    found: Value = lift(left, lambda array: kernel(storage.plain(array), needles))
    for value, type_ in varying:
        found = _combine(found, _row_needles(frame, left, value, type_, every), every)
    return found


def _row_needles(frame: Frame, left: Value, value: Value, type_: Type, every: bool) -> pa.Array:
    """Needles that differ from row to row. Per-row work, since each row has its own list: about 2 us a row."""
    texts = [left.as_py()] * frame.batch.rows if isinstance(left, pa.Scalar) else storage.plain(left).to_pylist()
    if type_ is Type.DYNAMIC:
        lists = [[_needle(e, t) for e, t in _typed(v)] for v in dynamic.values(value)]
    else:
        lists = [[n] for n in storage.plain(convert(value, type_, Type.STRING)).to_pylist()]
    if every:
        lists = [[needle for needle in needles if needle] for needles in lists]
    kernel = terms.has_all if every else terms.has_any
    return pa.array([kernel(pa.array([text], pa.string()), needles)[0].as_py() for text, needles in zip(texts, lists, strict=True)], pa.bool_())


def _needle(value: Any, type_: Type) -> str:
    if value is None:
        return ""
    if isinstance(value, str) and type_ in (Type.STRING, Type.DYNAMIC, Type.GUID):
        return value
    if type_ is Type.DYNAMIC or (type_ is Type.LONG and value.bit_length() > _LONG_BITS):
        return dynamic.dumps(value)
    text: str = convert(storage.to_array([value], type_), type_, Type.STRING)[0].as_py()
    return text


def _or(a: Value, b: Value) -> Value:
    return pc.or_kleene(a, b)


def _combine(a: Value, b: Value, every: bool) -> Value:
    return reduce(pc.and_kleene if every else pc.or_kleene, [a, b])
