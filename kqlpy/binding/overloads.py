"""Which overload of a function fits given argument types, and what it returns.

The ranking is the official front end's: an exact type is better than a class of types, that is better than a promoted argument. A dynamic argument
counts as promotable to string; int to long, real, decimal; long to real, decimal; real to decimal.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from kqlpy.functions.registry import Overload, Parameter
from kqlpy.types import Type, widest

__all__ = ["accepts", "best", "common_type", "promotable", "result_type"]

_WIDER: dict[Type, frozenset[Type]] = {
    Type.INT: frozenset({Type.LONG, Type.REAL, Type.DECIMAL}),
    Type.LONG: frozenset({Type.REAL, Type.DECIMAL}),
    Type.REAL: frozenset({Type.DECIMAL}),
    Type.DYNAMIC: frozenset({Type.STRING}),
}
_CLASS_RANK = {
    "scalar": 6, "any": 1, "summable": 7, "orderable": 8, "number": 9, "number_or_bool": 9, "integer": 10, "type": 20, "table": 11,
    "notdynamic": 4, "notbool": 4, "not_real_or_bool": 4, "textual": 5, "array": 5, "bag": 5,
    "string_or_array": 5, "integer_or_array": 5, "real_or_decimal": 5,
}  # fmt: skip
_EXACT, _PROMOTED, _DYNAMIC, _UNKNOWN = 20, 3, 2, 1


def promotable(source: Type, target: Type) -> bool:
    """True when a value of `source` widens to `target` by itself."""
    return target in _WIDER.get(source, ())


def common_type(types: Sequence[Type], *, ignore_dynamic: bool = False) -> Type | None:
    """The one type that all the types widen to; dynamic beside anything is dynamic; None when there is none."""
    found: Type | None = None
    for type_ in types:
        if ignore_dynamic and type_ is Type.DYNAMIC:
            continue
        if found is None or found is type_:
            found = type_
        elif Type.UNKNOWN in (found, type_):
            return Type.UNKNOWN
        elif Type.DYNAMIC in (found, type_):
            found = Type.DYNAMIC
        elif promotable(found, type_):
            found = type_
        elif not promotable(type_, found):
            return None
    if found is None and ignore_dynamic and types:
        return common_type(types)
    return found


def _rank(overload: Overload, parameter: Parameter | None, type_: Type, types: Sequence[Type]) -> int:
    """How well an argument fits a parameter; 0 when it does not."""
    if parameter is None:
        return 0
    if type_ is Type.UNKNOWN:
        return _UNKNOWN
    if parameter.kind.startswith("common"):
        return _rank_common(overload, parameter, type_, types)
    if parameter.kind in _CLASS_RANK:
        return _CLASS_RANK[parameter.kind] if type_ in parameter.types else 0
    if type_ in parameter.types:
        return _EXACT if len(parameter.types) == 1 else 5
    return _PROMOTED if any(promotable(type_, target) for target in parameter.types) else 0


def _rank_common(overload: Overload, parameter: Parameter, type_: Type, types: Sequence[Type]) -> int:
    shared = common_argument_type(overload, types)
    if shared is None or type_ not in parameter.types:
        return 0
    if shared is type_:
        return _EXACT
    if promotable(type_, shared):
        return _PROMOTED
    return _DYNAMIC if Type.DYNAMIC in (shared, type_) or shared is Type.UNKNOWN else 0


def common_argument_type(overload: Overload, types: Sequence[Type], *, ignore_dynamic: bool = False) -> Type | None:
    """The common type of the arguments that fill `common` parameters."""
    count = len(types)
    fitting = []
    lenient = False
    for index, type_ in enumerate(types):
        parameter = overload.parameter(index, count)
        if parameter is not None and parameter.kind.startswith("common"):
            fitting.append(type_)
            lenient = lenient or parameter.kind == "common_dynamic"
    found = common_type(fitting, ignore_dynamic=ignore_dynamic)
    return Type.DYNAMIC if found is None and lenient and fitting else found


def accepts(overload: Overload, types: Sequence[Type]) -> int | None:
    """None when all arguments fit, else the index of the first that does not."""
    return _accepts(overload, tuple(types))


@lru_cache(maxsize=4096)
def _accepts(overload: Overload, types: tuple[Type, ...]) -> int | None:
    count = len(types)
    for index, type_ in enumerate(types):
        if not _rank(overload, overload.parameter(index, count), type_, types):
            return index
    return None


def best(overloads: Sequence[Overload], types: Sequence[Type]) -> Overload | None:
    """The best fitting overload; one with the right number of arguments that does not fit when none does; None when no count is right."""
    return _best(tuple(overloads), tuple(types))


@lru_cache(maxsize=4096)
def _best(overloads: tuple[Overload, ...], types: tuple[Type, ...]) -> Overload | None:
    count = len(types)
    candidates = [o for o in overloads if o.takes(count)]
    if not candidates:
        return None
    scored = []
    for overload in candidates:
        ranks = [_rank(overload, overload.parameter(i, count), t, types) for i, t in enumerate(types)]
        matched = sum(1 for rank in ranks if rank)
        scored.append(((matched, min(ranks, default=_EXACT), max(ranks, default=_EXACT)), overload))
    top = max(score for score, _ in scored)
    return next(overload for score, overload in scored if score == top)


def result_type(overload: Overload, types: Sequence[Type]) -> Type:
    """The type of a call whose result word is not a callable."""
    word = overload.result
    assert isinstance(word, str)
    match word:
        case "first" | "second":
            index = 0 if word == "first" else 1
            return types[index] if index < len(types) else Type.UNKNOWN
        case "last":
            return types[-1] if types else Type.UNKNOWN
        case "common" | "common_nondynamic":
            return common_argument_type(overload, types, ignore_dynamic=word != "common") or Type.UNKNOWN
        case "widest":
            found = widest(list(types))
            return Type.LONG if found is Type.INT else found
        case "promoted":
            return Type.LONG if types and types[0] is Type.INT else (types[0] if types else Type.UNKNOWN)
        case "parts":
            return overload.parts[0][1]
        case _:
            return Type(word) if word in Type._value2member_map_ else _alias(word)


def _alias(word: str) -> Type:
    from kqlpy.types import parse_type

    return parse_type(word) or Type.UNKNOWN
