"""Conversions between types (`tostring`, `tolong`, `todatetime` ...), JSON to dynamic and back, and `gettype`.

What cannot be converted is null, or the empty string where text is asked for. How each pair of types converts is told in
`columns/convert.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns.convert import convert
from kqlpy.functions.registry import Call, scalar
from kqlpy.types import Type

__all__: list[str] = []


@scalar("(value: scalar) -> string", naming="first", context=True, lanes=True, converts=True)
def tostring(call: Call, value: pa.Array) -> pa.Array:
    """The value as text; null gives the empty text. Text inside a dynamic value comes without quotes.

    >>> print tostring(datetime(2020-01-02 03:04:05.6))
    2020-01-02T03:04:05.6000000Z
    """
    return convert(value, call.types[0], Type.STRING)


@scalar("(value: scalar) -> long", naming="first", context=True, lanes=True, converts=True)
def tolong(call: Call, value: pa.Array) -> pa.Array:
    """The value as long: reals cut toward zero, times as ticks, text of whole or hexadecimal numbers.

    >>> print tolong("0x10")
    16
    """
    return convert(value, call.types[0], Type.LONG)


@scalar("(value: scalar) -> int", naming="first", context=True, lanes=True, converts=True)
def toint(call: Call, value: pa.Array) -> pa.Array:
    """The value as int: reals cut toward zero, longs wrapped to 32 bits, text of whole or hexadecimal numbers.

    >>> print toint(2.9)
    2
    """
    return convert(value, call.types[0], Type.INT)


@scalar("(value: scalar) -> real", aliases=("todouble",), obsolete="", naming="first", context=True, lanes=True, converts=True)
def toreal(call: Call, value: pa.Array) -> pa.Array:
    """The value as real.

    >>> print toreal("1e3")
    1000.0
    """
    return convert(value, call.types[0], Type.REAL)


@scalar("(value: scalar) -> datetime", naming="first", context=True, lanes=True, converts=True)
def todatetime(call: Call, value: pa.Array) -> pa.Array:
    """The value as datetime: text in ISO and other common forms, month first where that is in doubt; numbers as ticks.

    A time of day such as `8:00` is that time today.

    >>> print todatetime("12-02-2022")
    2022-12-02T00:00:00.0000000Z
    """
    return convert(value, call.types[0], Type.DATETIME, call.session.now)


@scalar("(value: scalar) -> timespan", aliases=("totime",), naming="first", context=True, lanes=True, converts=True)
def totimespan(call: Call, value: pa.Array) -> pa.Array:
    """The value as timespan: text such as `1.02:03:04.5` or `90s`; numbers as ticks.

    >>> print totimespan("0.00:01:00")
    00:01:00
    """
    return convert(value, call.types[0], Type.TIMESPAN)


@scalar("(value: scalar) -> bool", aliases=("toboolean",), obsolete="", naming="first", context=True, lanes=True, converts=True)
def tobool(call: Call, value: pa.Array) -> pa.Array:
    """The value as bool: `true` and `false` in any case, and numbers, of which only zero is false.

    >>> print tobool("2")
    True
    """
    return convert(value, call.types[0], Type.BOOL)


@scalar("(value: scalar) -> decimal", naming="first", context=True, lanes=True, converts=True)
def todecimal(call: Call, value: pa.Array) -> pa.Array:
    """The value as decimal.

    >>> print todecimal("3.14159")
    3.14159
    """
    return convert(value, call.types[0], Type.DECIMAL)


@scalar(("(value: textual) -> guid", "(value: guid) -> guid"), naming="first", context=True, lanes=True, converts=True)
def toguid(call: Call, value: pa.Array) -> pa.Array:
    """The text as guid: its first 32 hexadecimal digits, dashes allowed anywhere; what follows is ignored.

    >>> print toguid("0123456789ab-cdef-0123-456789abcdef")
    01234567-89ab-cdef-0123-456789abcdef
    """
    if call.types[0] is Type.STRING:
        value = pc.replace_substring_regex(value, r"(?s)^(\s*(?:-*[0-9a-fA-F]){32}).+$", r"\1")
    return convert(value, call.types[0], Type.GUID)


@scalar(
    "(json_text: textual) -> dynamic",
    aliases=("todynamic", "parsejson", "toobject"),
    reads_json=True,
    obsolete="",
    naming="first",
    context=True,
    lanes=True,
)
def parse_json(call: Call, json_text: pa.Array) -> pa.Array:
    """The value that JSON text stands for; text that is not JSON stands for itself, empty text for null.

    A dynamic value is returned as it is.

    >>> print parse_json('{"a": [1, 2]}').a[1]
    2
    """
    return convert(json_text, call.types[0], Type.DYNAMIC)


@scalar("(value: scalar) -> string", naming="prefix", prefix="type", context=True, lanes=True)
def gettype(call: Call, value: pa.Array) -> pa.Array:
    """The name of the value's type; of a dynamic value that of what it holds, such as `array`, `dictionary` or `null`.

    >>> print gettype(dynamic([1]))
    array
    """
    from kqlpy.columns import dynamic_casts

    if call.types[0] is Type.DYNAMIC:
        return dynamic_casts.gettype(value)
    return pa.repeat(pa.scalar(str(call.types[0])), len(value))


def _in_order_by_shape(dynamic: pa.Array) -> tuple[np.ndarray, pa.Array] | None:
    from kqlpy.columns.json_shapes import rebuild

    return rebuild(dynamic, lambda path, keys: sorted(keys))


@scalar("(dynamic: dynamic) -> string", rows=True, arrays=_in_order_by_shape)
def dynamic_to_json(value: Any) -> str:
    """The dynamic value as JSON text with the names of all bags in order, so that equal values have equal texts.

    >>> print dynamic_to_json(dynamic({"b": 1, "a": 2}))
    {"a":2,"b":1}
    """
    from kqlpy.columns.json_text import dumps

    return dumps(_in_order(value))


def _in_order(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _in_order(value[name]) for name in sorted(value)}
    return [_in_order(item) for item in value] if isinstance(value, list) else value


@scalar(
    "(value: bool|int|long|real|decimal|string|datetime|timespan|guid) -> string",
    name="dynamic_to_json",
    context=True,
)
def scalar_to_json(call: Call, value: pa.Array) -> pa.Array:
    """The text of a value that is not dynamic, as `tostring` gives it.

    >>> print dynamic_to_json(1.5)
    1.5
    """
    return convert(value, call.types[0], Type.STRING)
