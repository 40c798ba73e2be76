"""Expressions over one row, in plain Python: the operators with KQL's null rules, and the functions that rules use most.

A value is bool, int, float or str (a decimal a `decimal.Decimal`); datetimes and timespans are ints of ticks, dynamic values parsed JSON, null is None. A function
that is not written out here is computed by its own kernel over one row of constants, so that at least batches, nulls of other rows and
encodings cannot play a part.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import pyarrow as pa

from kqlpy.columns import storage
from kqlpy.columns.json_text import dumps, loads
from kqlpy.engine.batch import Batch
from kqlpy.engine.evaluate import Evaluator
from kqlpy.engine.row_functions import python_values
from kqlpy.plan.expressions import (
    Apply,
    ColumnRef,
    Constant,
    Convert,
    Expression,
    ListQuery,
    Membership,
    PathAccess,
    ScalarQuery,
    children,
)
from kqlpy.plan.nodes import Plan
from kqlpy.session import Session
from kqlpy.types import Type

__all__ = ["Row", "Rows", "Scalars"]

Row: TypeAlias = dict[str, Any]
Rows: TypeAlias = list[Row]
_INTEGERS = (Type.INT, Type.LONG)
_NUMBERS = (Type.INT, Type.LONG, Type.REAL)
_TIMES = (Type.DATETIME, Type.TIMESPAN)


class Scalars:
    """Evaluates expressions over a row; `run` gives the rows of a sub-query."""

    def __init__(self, session: Session, run: Callable[[Plan], Rows]) -> None:
        self.session = session
        self.run = run
        self._evaluator = Evaluator(session)

    def value(self, expr: Expression, row: Row) -> Any:
        """The expression's value for a row."""
        match expr:
            case Constant():
                return loads(expr.value) if expr.type is Type.DYNAMIC and expr.value is not None else expr.value
            case ColumnRef():
                return row[expr.name]
            case PathAccess():
                return _path(self.value(expr.base, row), expr.steps)
            case ScalarQuery():
                rows = self.run(expr.plan)
                return next(iter(rows[0].values())) if rows else "" if expr.type is Type.STRING else None
            case Membership():
                return _member(expr, self.value(expr.left, row), self._listed(expr, row))
            case Apply():
                return self._apply(expr, [self.value(a, row) for a in expr.args])
            case Convert():
                return self._by_kernel(expr, [self.value(expr.value, row)])
            case _:
                raise NotImplementedError(type(expr).__name__)

    def _apply(self, expr: Apply, values: list[Any]) -> Any:
        written = _WRITTEN.get(expr.function)
        types = [a.type for a in expr.args]
        if written is None or Type.DYNAMIC in types or Type.DECIMAL in types:
            return self._by_kernel(expr, values)
        result = written(values, types, expr.type)
        return self._by_kernel(expr, values) if result is NotImplemented else result

    def _by_kernel(self, expr: Expression, values: list[Any]) -> Any:
        constants = tuple(_constant(v, a.type) for v, a in zip(values, children(expr), strict=True))
        call = replace(expr, value=constants[0]) if isinstance(expr, Convert) else replace(expr, args=constants)  # type: ignore[call-arg]
        found = self._evaluator.frame(Batch({}, 1)).value(call)
        array = found if isinstance(found, pa.Array) else pa.array([found.as_py()], found.type)
        return python_values(array, expr.type)[0]

    def _listed(self, expr: Membership, row: Row) -> list[Any]:
        listed: list[Any] = []
        for item in expr.items:
            if isinstance(item, ListQuery):
                listed += [next(iter(found.values())) for found in self.run(item.plan)]
                continue
            value = self.value(item, row)
            listed += value if isinstance(value, list) else [value]
        return listed


def _constant(value: Any, type_: Type) -> Constant:
    if type_ is Type.DYNAMIC and value is not None:
        value = dumps(value)
    return Constant(value=storage.scalar(value, type_).as_py(), type=type_)


def _path(value: Any, steps: tuple[str | int, ...]) -> Any:
    for step in steps:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value


# ---------------------------------------------------------------- lists


def _member(expr: Membership, left: Any, listed: list[Any]) -> bool:
    op = expr.op.removeprefix("!")
    if op == "has_any":
        found = any(_has(str(left), str(item)) for item in listed)
    elif op == "has_all":
        found = all(_has(str(left), str(item)) for item in listed)
    elif op == "in~":
        found = any(isinstance(item, str) and _folded(item) == _folded(str(left)) for item in listed)
    else:
        found = left is not None and any(item is not None and type(item) is not bool and item == left for item in listed)
    return found != expr.op.startswith("!")


def _folded(text: str) -> str:
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _is_letter(text: str, at: int) -> bool:
    return 0 <= at < len(text) and unicodedata.category(text[at])[0] in "LN"


def _has(text: str, needle: str, left: bool = True, right: bool = True) -> bool:
    text, needle = _folded(text), _folded(needle)
    if not needle:
        return True
    at = text.find(needle)
    while at >= 0:
        end = at + len(needle)
        opens = not left or not (_is_letter(needle, 0) and _is_letter(text, at - 1))
        closes = not right or not (_is_letter(needle, len(needle) - 1) and _is_letter(text, end))
        if opens and closes:
            return True
        at = text.find(needle, at + 1)
    return False


# ---------------------------------------------------------------- operators


def _wrapped(value: int) -> int:
    return (value + 2**63) % 2**64 - 2**63


def _arithmetic(name: str) -> Callable[[list[Any], list[Type], Type], Any]:
    def compute(values: list[Any], types: list[Type], result: Type) -> Any:
        x, y = values
        if any(t not in (*_NUMBERS, *_TIMES) for t in types) or (name in "*/%" and any(t in _TIMES for t in types)):
            return NotImplemented
        if x is None or y is None:
            return None
        if result is Type.REAL:
            return _real(name, float(x), float(y))
        if result is Type.DATETIME:
            return NotImplemented if not 0 <= _integer(name, x, y) <= 3_155_378_975_999_999_999 else _integer(name, x, y)
        return _integer(name, x, y)

    return compute


def _integer(name: str, x: int, y: int) -> Any:
    if name in "/%" and y == 0:
        return None
    match name:
        case "+":
            return _wrapped(x + y)
        case "-":
            return _wrapped(x - y)
        case "*":
            return _wrapped(x * y)
        case "/":
            return _wrapped(abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1))
        case _:
            return x % abs(y)


def _real(name: str, x: float, y: float) -> Any:
    match name:
        case "+":
            return x + y
        case "-":
            return x - y
        case "*":
            return x * y
        case "/" if y:
            return x / y
        case "/":
            return math.nan if x == 0 or math.isnan(x) else math.copysign(math.inf, x) * math.copysign(1, y)
        case _:
            return NotImplemented


def _compared(test: Callable[[Any, Any], bool], one_null: bool | None) -> Callable[[list[Any], list[Type], Type], Any]:
    def compute(values: list[Any], types: list[Type], result: Type) -> Any:
        x, y = values
        if {Type.STRING, Type.GUID} & set(types) and types[0] is not types[1]:
            return NotImplemented
        if x is None or y is None:
            return None if x is None and y is None else one_null
        return test(x, y)

    return compute


def _between(values: list[Any], types: list[Type], result: Type) -> Any:
    value, low, high = values
    if types[2] is Type.TIMESPAN and types[0] is Type.DATETIME:
        return NotImplemented
    return None if None in (value, low, high) else low <= value <= high


def _and(values: list[Any], types: list[Type], result: Type) -> Any:
    return NotImplemented if set(types) != {Type.BOOL} else False if False in values else None if None in values else True


def _or(values: list[Any], types: list[Type], result: Type) -> Any:
    return NotImplemented if set(types) != {Type.BOOL} else True if True in values else None if None in values else False


def _not(values: list[Any], types: list[Type], result: Type) -> Any:
    return None if values[0] is None else not values[0]


def _negated(compute: Callable[[list[Any], list[Type], Type], Any]) -> Callable[[list[Any], list[Type], Type], Any]:
    def opposite(values: list[Any], types: list[Type], result: Type) -> Any:
        found = compute(values, types, result)
        return found if found is None or found is NotImplemented else not found

    return opposite


def _searched(test: Callable[[str, str], bool]) -> Callable[[list[Any], list[Type], Type], Any]:
    return lambda values, types, result: test(values[0], values[1]) if set(types) == {Type.STRING} else NotImplemented


# ---------------------------------------------------------------- functions


def _typed(value: Any, result: Type) -> Any:
    return float(value) if result is Type.REAL and isinstance(value, int) else value


def _iff(values: list[Any], types: list[Type], result: Type) -> Any:
    for test, then in zip(values[:-1:2], values[1:-1:2], strict=True):
        if test is True:
            return _typed(then, result)
    return _typed(values[-1], result)


def _bin(values: list[Any], types: list[Type], result: Type) -> Any:
    value, size = values
    if value is None or size is None:
        return None
    if result is Type.REAL:
        value, size = float(value), float(size)
        return value if not math.isfinite(value) else math.nan if size == 0 else math.floor(value / size) * size
    if result in _INTEGERS:
        if value < 0 < size and _wrapped(value - size + 1) > 0:
            value = _wrapped(value - size + 1)
        return None if size == 0 else _wrapped(value // size * size)
    return value // size * size if size > 0 else NotImplemented


def _extreme(pick: Callable[[list[Any]], Any]) -> Callable[[list[Any], list[Type], Type], Any]:
    def compute(values: list[Any], types: list[Type], result: Type) -> Any:
        known = [v for v in values if v is not None]
        if result is Type.STRING or any(isinstance(v, float) and math.isnan(v) for v in known):
            return NotImplemented
        return _typed(pick(known), result) if known else None

    return compute


def _coalesce(values: list[Any], types: list[Type], result: Type) -> Any:
    known = next((v for v in values if v is not None and v != ""), None)
    return "" if known is None and result is Type.STRING else _typed(known, result)


def _is_empty(values: list[Any], types: list[Type], result: Type) -> Any:
    return values[0] is None or values[0] == ""


def _is_null(values: list[Any], types: list[Type], result: Type) -> Any:
    return values[0] is None


def _strcat(values: list[Any], types: list[Type], result: Type) -> Any:
    return "".join(values) if set(types) == {Type.STRING} else NotImplemented


def _lower(values: list[Any], types: list[Type], result: Type) -> Any:
    return values[0].lower() if values[0].isascii() else NotImplemented


def _substring(values: list[Any], types: list[Type], result: Type) -> Any:
    text, start, *rest = values
    if types[0] is not Type.STRING or None in values or start < 0 or (rest and rest[0] < 0):
        return NotImplemented
    return text[start : start + rest[0]] if rest else text[start:]


def _day_start(values: list[Any], types: list[Type], result: Type) -> Any:
    return NotImplemented if len(values) > 1 else None if values[0] is None else values[0] // 864_000_000_000 * 864_000_000_000


_between_not = _negated(_between)
_WRITTEN: dict[str, Callable[[list[Any], list[Type], Type], Any]] = {
    **{name: _arithmetic(name) for name in "+-*/%"},
    "==": _compared(lambda x, y: bool(x == y), False),
    "!=": _compared(lambda x, y: bool(x != y), True),
    "<": _compared(lambda x, y: bool(x < y), None),
    "<=": _compared(lambda x, y: bool(x <= y), None),
    ">": _compared(lambda x, y: bool(x > y), None),
    ">=": _compared(lambda x, y: bool(x >= y), None),
    "and": _and,
    "or": _or,
    "not": _not,
    "between": _between,
    "!between": _between_not,
    "=~": _searched(lambda text, other: _folded(text) == _folded(other)),
    "!~": _searched(lambda text, other: _folded(text) != _folded(other)),
    "has": _searched(_has),
    "!has": _searched(lambda text, needle: not _has(text, needle)),
    "hasprefix": _searched(lambda text, needle: _has(text, needle, right=False)),
    "hassuffix": _searched(lambda text, needle: _has(text, needle, left=False)),
    "contains": _searched(lambda text, needle: _folded(needle) in _folded(text)),
    "!contains": _searched(lambda text, needle: _folded(needle) not in _folded(text)),
    "contains_cs": _searched(lambda text, needle: needle in text),
    "startswith": _searched(lambda text, needle: _folded(text).startswith(_folded(needle))),
    "startswith_cs": _searched(lambda text, needle: text.startswith(needle)),
    "endswith": _searched(lambda text, needle: _folded(text).endswith(_folded(needle))),
    "iff": _iff,
    "iif": _iff,
    "case": _iff,
    "bin": _bin,
    "floor": _bin,
    "max_of": _extreme(max),
    "min_of": _extreme(min),
    "coalesce": _coalesce,
    "isempty": _is_empty,
    "isnotempty": _negated(_is_empty),
    "isnull": _is_null,
    "isnotnull": _negated(_is_null),
    "strcat": _strcat,
    "strlen": lambda values, types, result: len(values[0]) if types[0] is Type.STRING else NotImplemented,
    "tolower": _lower,
    "substring": _substring,
    "startofday": _day_start,
}
