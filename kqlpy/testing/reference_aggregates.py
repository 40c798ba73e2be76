"""Aggregates over the argument tuples of a group, in plain Python. Nulls count as `reference_scalars.py` has them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from kqlpy.types import Type

__all__ = ["AGGREGATES", "json_real"]

Args = list[tuple[Any, ...]]


def _known(args: Args) -> list[Any]:
    return [a[0] for a in args if a[0] is not None]


def _where(aggregate: Callable[[Args, Type, Type], Any]) -> Callable[[Args, Type, Type], Any]:
    """The form with a predicate as second argument."""
    return lambda args, type_, result: aggregate([a[:1] for a in args if a[1] is True], type_, result)


def _count(args: Args, type_: Type, result: Type) -> Any:
    return len(args)


def _countif(args: Args, type_: Type, result: Type) -> Any:
    return sum(a[0] is True for a in args)


def _sum(args: Args, type_: Type, result: Type) -> Any:
    if result is Type.REAL:
        return math.fsum(_known(args)) if all(math.isfinite(v) for v in _known(args)) else sum(_known(args), 0.0)
    return (sum(_known(args)) + 2**63) % 2**64 - 2**63


def _avg(args: Args, type_: Type, result: Type) -> Any:
    values = _known(args)
    if result in (Type.DATETIME, Type.TIMESPAN):
        return None if not values else int(sum(values) / len(values))
    return sum(values) / len(values) if values else math.nan


def _extreme(pick: Callable[..., Any]) -> Callable[[Args, Type, Type], Any]:
    def compute(args: Args, type_: Type, result: Type) -> Any:
        values = _known(args)
        # One NaN makes the extreme NaN (oracle: fuzz-aggregation-a8a4abb6).
        if any(isinstance(v, float) and math.isnan(v) for v in values):
            return math.nan
        return pick(values) if values else "" if type_ is Type.STRING else None

    return compute


def _dcount(args: Args, type_: Type, result: Type) -> Any:
    return len({repr(v) for v in _known(args)})


def _make_list(args: Args, type_: Type, result: Type) -> Any:
    return _elements(_known(args), type_)[: _limit(args)]


def _make_list_with_nulls(args: Args, type_: Type, result: Type) -> Any:
    return _elements([a[0] for a in args], type_)


def _make_set(args: Args, type_: Type, result: Type) -> Any:
    found: list[Any] = []
    for value in _elements(_known(args), type_):
        for item in value if isinstance(value, list) else [value]:
            if item is not None and not any(type(item) is type(f) and item == f for f in found):
                found.append(item)
    return found[: _limit(args)]


def _limit(args: Args) -> int | None:
    return args[0][1] if args and len(args[0]) > 1 else None


def _elements(values: Sequence[Any], type_: Type) -> list[Any]:
    from kqlpy.columns.ticks import format_datetime_iso, format_timespan

    if type_ is Type.DATETIME:
        return [None if v is None else format_datetime_iso(v) for v in values]
    if type_ is Type.TIMESPAN:
        return [None if v is None else format_timespan(v) for v in values]
    return [json_real(v) for v in values]


def json_real(value: Any) -> Any:
    """A value as JSON holds it: NaN and infinities are texts."""
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _variance(sample: bool) -> Callable[[Args, Type, Type], Any]:
    def compute(args: Args, type_: Type, result: Type) -> Any:
        values = [float(v) for v in _known(args)]
        if len(values) < 2:
            return 0.0
        mean = sum(values) / len(values)
        return sum((v - mean) ** 2 for v in values) / (len(values) - sample)

    return compute


def _root(aggregate: Callable[[Args, Type, Type], Any]) -> Callable[[Args, Type, Type], Any]:
    return lambda args, type_, result: math.sqrt(aggregate(args, type_, result))


def _percentile(args: Args, type_: Type, result: Type) -> Any:
    values = sorted(_known(args))
    if not values:
        return None
    return tuple(values[max(0, math.ceil(len(values) * share / 100) - 1)] for share in args[0][1:])


def _take_any(args: Args, type_: Type, result: Type) -> Any:
    if len(args[0]) > 1 if args else False:
        return args[0]
    empty = "" if type_ is Type.STRING else None
    values = [a[0] for a in args]
    return (next((v for v in values if v is not None and v != ""), values[0] if values else empty),)


def _arg(pick_later: Callable[[Any, Any], bool]) -> Callable[[Args, Type, Type], Any]:
    def compute(args: Args, type_: Type, result: Type) -> Any:
        best: tuple[Any, ...] | None = None
        for candidate in args:
            if best is None or (candidate[0] is not None and (best[0] is None or _beats(candidate[0], best[0], pick_later))):
                best = candidate
        return best

    return compute


def _beats(new: Any, old: Any, pick_later: Callable[[Any, Any], bool]) -> bool:
    if new != new or old != old:
        return bool(new != new and old == old)
    return pick_later(new, old)


AGGREGATES: dict[str, Callable[[Args, Type, Type], Any]] = {
    "count": _count,
    "countif": _countif,
    "sum": _sum,
    "sumif": _where(_sum),
    "avg": _avg,
    "avgif": _where(_avg),
    "min": _extreme(min),
    "minif": _where(_extreme(min)),
    "max": _extreme(max),
    "maxif": _where(_extreme(max)),
    "dcount": _dcount,
    "dcountif": _where(_dcount),
    "count_distinct": _dcount,
    "make_list": _make_list,
    "make_list_if": _where(_make_list),
    "make_list_with_nulls": _make_list_with_nulls,
    "make_set": _make_set,
    "make_set_if": _where(_make_set),
    "stdev": _root(_variance(True)),
    "stdevp": _root(_variance(False)),
    "variance": _variance(True),
    "variancep": _variance(False),
    "percentile": _percentile,
    "take_any": _take_any,
    "arg_max": _arg(lambda new, old: bool(new > old)),
    "arg_min": _arg(lambda new, old: bool(new < old)),
}
"""Name -> aggregate of (argument tuples of the group's rows, type of the first argument, result type); those with parts give a tuple."""
