"""Access into dynamic values by a key or position that is not constant."""

from __future__ import annotations

import pyarrow as pa

from kqlpy.columns import dynamic
from kqlpy.functions.registry import scalar


@scalar(["(value: dynamic, index: string) -> dynamic", "(value: dynamic, index: long) -> dynamic"], name="[]", lanes=True)
def element(value: pa.Array | pa.Scalar, index: pa.Array | pa.Scalar) -> pa.Array:
    """The property or array element that `index` names; null when there is none.

    >>> print dynamic([1, 2, 3])[toint("1")]
    2
    """
    if isinstance(value, pa.Scalar):
        value = pa.array([value.as_py()] * len(index), value.type)
    return dynamic.element(value, index.as_py() if isinstance(index, pa.Scalar) else index)


@scalar("(value: dynamic, index: dynamic) -> dynamic", name="[]", rows=True)
def dynamic_element(value: object, index: object) -> object:
    """The property or array element that a dynamic key or position names; null when there is none."""
    if isinstance(value, dict):
        return value.get(index) if isinstance(index, str) else None
    if isinstance(value, list) and isinstance(index, int) and not isinstance(index, bool) and -len(value) <= index < len(value):
        return value[index]
    return None
