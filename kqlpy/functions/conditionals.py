"""Choosing among values: `iff`, `case`, `coalesce`, tests for null, `assert`.

All branches are computed for all rows; a value that is not chosen has no effect.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kqlpy.columns.storage import arrow_type
from kqlpy.errors import KqlRuntimeError, KqlSemanticError
from kqlpy.functions.registry import Call, scalar
from kqlpy.functions.vectors import Value, constant_of
from kqlpy.types import Type

__all__: list[str] = []


@scalar(
    "(if: bool, then: common_dynamic, else: common_dynamic) -> common_nondynamic",
    aliases=("iif",),
    obsolete="",
    context=True,
)
def iff(call: Call, test: Value, then: Value, otherwise: Value) -> pa.Array:
    """The second value where the test is true, else the third; a null test counts as not true.

    >>> print iff(1 < 2, "yes", "no")
    yes
    """
    return _choose(call, (test,), (then,), otherwise)


@scalar("(+predicate: bool, +then: common_dynamic, else: common_dynamic) -> common_nondynamic", context=True)
def case(call: Call, *args: Value) -> pa.Array:
    """The value after the first test that is true, else the last value; a null test counts as not true.

    >>> print case(1 > 2, "a", 2 > 1, "b", "c")
    b
    """
    if len(args) % 2 == 0:
        raise KqlSemanticError("case() takes pairs of a test and a value, and one value at the end", code="KS119")
    return _choose(call, args[:-1:2], args[1:-1:2], args[-1])


def _choose(call: Call, tests: tuple[Value, ...], values: tuple[Value, ...], otherwise: Value) -> pa.Array:
    masks = [_mask(test, call.rows) for test in tests]
    choices = (*values, otherwise)
    if arrow_type(call.result) == pa.string() and all(isinstance(value, pa.Scalar) for value in choices):
        return _choose_constants(masks, [value.as_py() for value in choices])
    held = [_held(value, arrow_type(call.result)) for value in choices]
    if len(masks) == 1:
        return pc.if_else(masks[0], *held)
    return pc.case_when(pc.make_struct(*masks, field_names=[str(i) for i in range(len(masks))]), *held)


def _mask(test: Value, rows: int) -> pa.Array:
    """The test as a mask without nulls."""
    if isinstance(test, pa.Scalar):
        return pa.repeat(pa.scalar(bool(test.as_py())), rows)
    return test.fill_null(False) if test.null_count else test


def _held(value: Value, type_: pa.DataType) -> Value:
    return value if value.type == type_ else pc.cast(value, type_, safe=False)


def _choose_constants(masks: list[pa.Array], texts: list[str | None]) -> pa.Array:
    """A choice among constant texts: a dictionary of them."""
    places = np.full(len(masks[0]), len(masks), np.int32)
    for place in range(len(masks) - 1, -1, -1):
        places[masks[place].to_numpy(zero_copy_only=False)] = place
    distinct = list(dict.fromkeys(texts))
    codes = np.array([distinct.index(text) for text in texts], np.int32)
    if None in distinct:
        return pa.array(distinct, pa.string()).take(pa.array(codes[places]))
    return pa.DictionaryArray.from_arrays(pa.array(codes[places]), pa.array(distinct, pa.string()))


@scalar("(arg: common, +rest: common) -> common", context=True)
def coalesce(call: Call, *args: Value) -> pa.Array:
    """The first value that is not null, and for text not empty.

    >>> print coalesce(tolong("not a number"), tolong("42"), 33)
    42
    """
    if call.result is not Type.STRING:
        return pc.coalesce(*(_held(value, arrow_type(call.result)) for value in args))
    found = args[-1]
    for value in reversed(args[:-1]):
        found = pc.if_else(pc.fill_null(pc.not_equal(value, ""), False), value, found)
    return found


@scalar("(expression: scalar) -> bool", context=True, lanes=True)
def isnull(call: Call, expression: pa.Array) -> pa.Array:
    """True for null; text is never null, an empty array or bag neither.

    >>> print isnull(tolong("x"))
    True
    """
    if call.types[0] is Type.STRING:
        return pa.repeat(pa.scalar(False), len(expression))
    return pc.is_null(expression)


@scalar("(expression: scalar) -> bool", aliases=("notnull",), context=True, lanes=True)
def isnotnull(call: Call, expression: pa.Array) -> pa.Array:
    """True for anything but null; always true for text.

    >>> print isnotnull("")
    True
    """
    return pc.invert(isnull(call, expression))


@scalar("(predicate: bool, message: string) -> bool", name="assert")
def assert_(predicate: Value, message: Value) -> pa.Array:
    """True when the condition holds; otherwise the query is stopped with the message.

    >>> print assert(1 < 2, "numbers are broken")
    True
    """
    if isinstance(predicate, pa.Scalar) and predicate.as_py() is True:
        return pa.scalar(True)
    if isinstance(predicate, pa.Array) and pc.all(predicate.fill_null(False)).as_py():
        return predicate
    raise KqlRuntimeError(f"assert() has failed with message: '{constant_of(message)}'")
