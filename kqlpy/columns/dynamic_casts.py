"""What a dynamic value is worth as a scalar: `tolong(d)` and its like, `gettype(d)`, and the casts of `mv-expand`.

The `to...()` functions read numbers, bools and also text inside dynamic values. `mv-expand x to typeof(T)` is
stricter: it never reads numbers out of text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns import lanes
from kqlpy.columns.distinct import spread
from kqlpy.columns.divide import divide
from kqlpy.columns.dynamic import Step, path_in_texts, path_values
from kqlpy.columns.json_text import JsonValue, dumps, loads
from kqlpy.columns.number_kernels import long_to_int, real_to_int, real_to_long, to_bool
from kqlpy.columns.numpy_bridge import to_numpy
from kqlpy.columns.quoting import unquote
from kqlpy.columns.scalar_text import MAX_INT, MAX_LONG, MIN_INT, MIN_LONG, fit_decimal
from kqlpy.columns.storage import arrow_type
from kqlpy.columns.text_kernels import read_text
from kqlpy.columns.ticks import MAX_DATETIME, MIN_DATETIME
from kqlpy.types import Type

__all__ = ["cast_items", "convert_values", "from_dynamic", "gettype", "path_to"]


def from_dynamic(array: pa.Array, type_: Type, today: int | None = None) -> pa.Array:
    """A dynamic column as `to<type>()` converts it; arrays and bags are null, except as text."""
    return path_to(array, (), type_, today)


def path_to(array: pa.Array, steps: tuple[Step, ...], type_: Type, today: int | None = None) -> pa.Array:
    """`to<type>(d.a.b)` in one go, without JSON text in between; `today` as in `read_text`."""
    if lanes.is_lane(array) and (not steps or (type_ is Type.STRING and len(steps) == 1)):
        return _lane_to(array, steps, type_)
    held = lanes.to_text(array) if lanes.is_lane(array) else array
    answer = path_in_texts(held, steps, lambda some: _read_scalars(some, type_, today), lambda values: convert_values(values, type_, today))
    return answer.fill_null("") if type_ is Type.STRING else answer


def _read_scalars(texts: pa.Array, type_: Type, today: int | None) -> pa.Array:
    """Canonical JSON texts (no `null` among them) as `to<type>()` converts them."""
    if type_ is Type.DYNAMIC:
        return texts
    strings = to_numpy(pc.fill_null(pc.starts_with(texts, '"'), False))
    if type_ is Type.STRING:
        return divide(texts, strings, unquote, lambda others: others)
    return divide(texts, strings, lambda some: read_text(unquote(some), type_, today), lambda others: _read_numbers(others, type_, today))


def _read_numbers(texts: pa.Array, type_: Type, today: int | None) -> pa.Array:
    whole = to_numpy(pc.match_substring_regex(texts, "^-?[0-9]{1,18}$").fill_null(True))
    if type_ not in _WHOLE:
        return _read_one_by_one(texts, type_, today)
    return divide(texts, whole, lambda some: _WHOLE[type_](some.cast(pa.int64())), lambda others: _read_one_by_one(others, type_, today))


def _read_one_by_one(texts: pa.Array, type_: Type, today: int | None) -> pa.Array:
    return convert_values([None if text is None else loads(text) for text in texts.to_pylist()], type_, today)


_WHOLE: dict[Type, Callable[[pa.Array], pa.Array]] = {
    Type.LONG: lambda numbers: numbers, Type.INT: long_to_int, Type.REAL: lambda numbers: numbers.cast(pa.float64(), safe=False), Type.BOOL: to_bool,
}  # fmt: skip


def _lane_to(array: pa.Array, steps: tuple[Step, ...], type_: Type) -> pa.Array:
    """Arrays as text; elements of a lane of strings as they are."""
    if type_ is not Type.STRING:
        return pa.nulls(len(array), arrow_type(type_))
    if not steps:
        return lanes.to_text(array).fill_null("")
    step, held = steps[0], lanes.lane_type(array)
    if isinstance(step, str) or held is None:
        return pa.repeat("", len(array))
    return cast_items(lanes.element_at(array, step), held, Type.STRING)


def convert_values(values: Sequence[JsonValue], type_: Type, today: int | None = None) -> pa.Array:
    """Parsed values as `to<type>()` converts them; what cannot be converted is null, also as text."""
    if type_ is Type.DYNAMIC:
        return pa.array([None if value is None else dumps(value) for value in values], pa.string())
    if type_ is Type.STRING:
        return pa.array([_to_text(value) for value in values], pa.string())
    convert = _FROM_NUMBER.get(type_)
    held = arrow_type(type_)
    texts = pa.array([value if isinstance(value, str) else None for value in values], pa.string())
    if convert is None:
        return read_text(texts, type_, today)
    numbers = pa.array([convert(value) if isinstance(value, int | float) else None for value in values], held)
    return numbers if texts.null_count == len(texts) else pc.coalesce(read_text(texts, type_, today), numbers)


def _to_text(value: JsonValue) -> str | None:
    return value if value is None or isinstance(value, str) else dumps(value)


def _to_long(value: float) -> int | None:
    """Reals are cut and end at the limits of a long; integers beyond them are null."""
    if isinstance(value, int):
        return int(value) if MIN_LONG <= value <= MAX_LONG else None
    return min(max(int(value), MIN_LONG), MAX_LONG) if math.isfinite(value) else None


def _to_int(value: float) -> int | None:
    number = _to_long(value)
    if number is None or isinstance(value, float):
        return None if number is None else min(max(number, MIN_INT), MAX_INT)
    return (number - MIN_INT) % 2**32 + MIN_INT


def _to_real(value: float) -> float | None:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _to_datetime(value: float) -> int | None:
    ticks = _to_long(value)
    return ticks if ticks is not None and MIN_DATETIME <= ticks <= MAX_DATETIME else None


def _to_decimal(value: float) -> Decimal | None:
    return fit_decimal(Decimal(repr(float(value)) if isinstance(value, float) else int(value)))


_FROM_NUMBER: dict[Type, Callable[[float], object]] = {
    Type.LONG: _to_long,
    Type.INT: _to_int,
    Type.REAL: _to_real,
    Type.BOOL: lambda value: value != 0,
    Type.DECIMAL: _to_decimal,
    Type.DATETIME: _to_datetime,
    Type.TIMESPAN: _to_long,
}
"""How a JSON number (or true, which counts as 1) becomes each type; a guid is only ever made of text."""


def gettype(array: pa.Array) -> pa.Array:
    """`gettype()` of a dynamic column: null, long, double, bool, string, array or dictionary."""
    if lanes.is_lane(array):
        return pc.if_else(array.is_valid(), "array", "null")
    found, codes = path_values(array, ())
    return spread(pa.array([_TYPE_NAMES[type(value)] for value in found], pa.string()), codes).fill_null("null")


_TYPE_NAMES: dict[type, str] = {
    type(None): "null", bool: "bool", int: "long", float: "double", str: "string", list: "array", dict: "dictionary",
}  # fmt: skip


def cast_items(elements: pa.Array, held: Type, type_: Type) -> pa.Array:
    """The elements that `dynamic.array_items` gives, as `mv-expand ... to typeof(type_)` casts them.

    Numbers become numbers (reals are cut to integers), integers become bools, text becomes datetimes and guids,
    anything becomes a string; all else is null.
    """
    if type_ is Type.DYNAMIC:
        return elements if held is Type.DYNAMIC else lanes.elements_to_json(elements, held)
    if held is Type.DYNAMIC:
        found, codes = path_values(elements, ())
        answer = spread(_cast_values(found, type_), codes)
    else:
        answer = _cast_lane(elements, held, type_)
    return answer.fill_null("") if type_ is Type.STRING else answer


def _cast_values(values: Sequence[JsonValue], type_: Type) -> pa.Array:
    if type_ is Type.STRING:
        return pa.array([_to_text(value) for value in values], pa.string())
    if type_ in (Type.DATETIME, Type.GUID):
        return read_text(pa.array([value if isinstance(value, str) else None for value in values], pa.string()), type_)
    if type_ is Type.REAL:
        # NaN and infinities stand in JSON text as strings, so those strings are numbers here.
        return pa.array([*map(lanes.element_reader(Type.REAL), values)], pa.float64())
    accepted = _ACCEPTED.get(type_, ())
    convert = _FROM_NUMBER[type_]
    return pa.array([convert(value) if type(value) in accepted else None for value in values], arrow_type(type_))  # type: ignore[arg-type]


_ACCEPTED: dict[Type, tuple[type, ...]] = {
    Type.LONG: (int, float), Type.INT: (int, float), Type.BOOL: (bool, int),
}  # fmt: skip
"""The kinds of JSON values that `to typeof` takes; a timespan or decimal takes none."""


def _cast_lane(elements: pa.Array, held: Type, type_: Type) -> pa.Array:
    if held is type_:
        return elements
    if type_ is Type.STRING:
        return lanes.elements_to_text(elements, held)
    if held is Type.STRING and type_ in (Type.DATETIME, Type.GUID):
        return read_text(elements, type_)
    if (held, type_) in _LANE_CASTS:
        return _LANE_CASTS[held, type_](elements)
    return pa.nulls(len(elements), arrow_type(type_))


_LANE_CASTS: dict[tuple[Type, Type], Callable[[pa.Array], pa.Array]] = {
    (Type.LONG, Type.INT): long_to_int,
    (Type.LONG, Type.REAL): lambda elements: elements.cast(pa.float64(), safe=False),
    (Type.LONG, Type.BOOL): to_bool,
    (Type.REAL, Type.LONG): real_to_long,
    (Type.REAL, Type.INT): real_to_int,
}
