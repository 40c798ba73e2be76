"""Kernels over text columns that functions share: byte access, slices, and the text form of arguments of any type.

Lengths and positions in KQL count code points, Arrow's buffers count bytes; the two agree for ASCII, which is asked first because it is
cheap to ask (about 0.05 ns a byte).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from kqlpy.columns.convert import convert
from kqlpy.types import Type

__all__ = ["Value", "as_texts", "byte_view", "column", "constant", "from_bytes", "is_ascii", "per_value", "rows_of", "slice_bytes"]

Value: TypeAlias = "pa.Array | pa.Scalar"
"""What a kernel gets: a column, or a scalar for a constant."""


def rows_of(*values: Value) -> int:
    """How many rows a kernel must answer for: the length of the first argument that is an array."""
    return next(len(value) for value in values if isinstance(value, pa.Array))


def constant(value: Value) -> Any:
    """The Python value of an argument that is known to be the same for all rows; None when there are no rows."""
    if isinstance(value, pa.Scalar):
        return value.as_py()
    return value[0].as_py() if len(value) else None


def column(value: Value, rows: int) -> pa.Array:
    """The argument as an array of `rows` values."""
    return value if isinstance(value, pa.Array) else pa.repeat(value, rows)


def as_texts(values: Sequence[Value], types: Sequence[Type]) -> list[Value]:
    """Each argument in the form that `tostring` gives it; a null is the empty text."""
    return [_as_text(value, type_) for value, type_ in zip(values, types, strict=False)]


def _as_text(value: Value, type_: Type) -> Value:
    if type_ is Type.STRING:
        return value
    if isinstance(value, pa.Scalar):
        return convert(pa.array([value.as_py()], value.type), type_, Type.STRING)[0]
    return convert(value, type_, Type.STRING)


def per_value(function: Callable[..., Any], type_: pa.DataType, *values: Value) -> pa.Array:
    """The plain function's answers for each row, called once per distinct value when just one argument is an array."""
    arrays = [value for value in values if isinstance(value, pa.Array)]
    rows = len(arrays[0])
    if len(arrays) == 1 and rows > 1 and pa.types.is_string(arrays[0].type):
        encoded = arrays[0].dictionary_encode()
        return _mapped(function, type_, [encoded.dictionary if v is arrays[0] else v for v in values]).take(encoded.indices)
    return _mapped(function, type_, values)


def _mapped(function: Callable[..., Any], type_: pa.DataType, values: Sequence[Value]) -> pa.Array:
    rows = rows_of(*values)
    lists = [v.to_pylist() if isinstance(v, pa.Array) else [v.as_py()] * rows for v in values]
    return pa.array([function(*row) for row in zip(*lists, strict=True)], type_)


def byte_view(array: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """The `rows + 1` offsets of a text column and the bytes that they point into."""
    _, offsets, data = array.buffers()
    found = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1] if offsets else np.zeros(1, np.int32)
    return found, np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8)


def is_ascii(array: pa.Array) -> bool:
    """Whether all texts of the column hold only ASCII characters."""
    offsets, data = byte_view(array)
    used = data[offsets[0] : offsets[-1]]
    return not len(used) or bool(used.max() < 128)


def slice_bytes(array: pa.Array, starts: np.ndarray, lengths: np.ndarray) -> pa.Array:
    """From each text the bytes from `start` on, `length` many; both must lie inside the text and between characters."""
    offsets, data = byte_view(array)
    return from_bytes(data, offsets[:-1] + starts, lengths)


def from_bytes(data: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> pa.Array:
    """A text column from pieces of one run of bytes."""
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    shift = np.repeat(starts - offsets[:-1], lengths)
    gathered = data[shift + np.arange(offsets[-1])]
    return pa.StringArray.from_buffers(len(lengths), pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(gathered)))


