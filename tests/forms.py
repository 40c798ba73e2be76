"""What the tests of declarations share: documented examples, calls made up for each overload, and one column in several physical forms."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any

import pyarrow as pa

from kqlpy import operators
from kqlpy.api import Engine
from kqlpy.columns import dynamic, storage
from kqlpy.engine.batch import Batch
from kqlpy.engine.evaluate import Evaluator
from kqlpy.engine.row_functions import python_values
from kqlpy.errors import KqlError
from kqlpy.functions.registry import Function, Overload, Parameter, load
from kqlpy.plan.expressions import Apply, ColumnRef, Constant, Expression, rewrite
from kqlpy.session import Session
from kqlpy.syntax import ast
from kqlpy.syntax.parser import parse
from kqlpy.testing.compare import same_cell
from kqlpy.types import Type

load()
operators.load()

NOW = dt.datetime(2024, 5, 1, 12, 30, tzinfo=dt.UTC)
ENGINE = Engine(now=NOW)
ROWS = 8


# ---------------------------------------------------------------- examples


@dataclass(frozen=True)
class Example:
    """A documented query and what the docstring shows of its last column."""

    query: str
    shown: str


def examples(doc: str) -> Iterator[Example]:
    """The `>>> ` lines of a docstring with the line of output under each."""
    lines = [line.strip() for line in doc.splitlines()]
    for line, below in pairwise(lines):
        if line.startswith(">>> "):
            yield Example(line.removeprefix(">>> "), below)


def shown(query: str) -> str:
    """The last column of a query's answer, each cell as `tostring()` shows it."""
    table = ENGINE.query(query)
    last = table.schema.names[-1]
    texts = ENGINE.query(f"{query} | project text = tostring(['{last}'])")["text"].to_pylist()
    cells = table[last].to_pylist()
    return ", ".join("null" if cell is None else text for cell, text in zip(cells, texts, strict=True))


@cache
def example_arguments(name: str, doc: str) -> list[list[str]]:
    """The spelled arguments of a function's calls in its own examples."""
    calls = []
    for example in examples(doc):
        found = [node for node in _nodes(parse(example.query)) if isinstance(node, ast.Call) and node.name == name]
        calls += [[example.query[arg.span.start : arg.span.end] for arg in node.args] for node in found]
    return calls


def _nodes(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for item in value:
            yield from _nodes(item)
    elif is_dataclass(value):
        yield value
        for part in fields(value):
            yield from _nodes(getattr(value, part.name))


# ---------------------------------------------------------------- calls


@dataclass(frozen=True)
class Trial:
    """A bound call over columns `c0`, `c1` ... and the values of those columns."""

    text: str
    items: tuple[tuple[str, Expression], ...]
    columns: dict[str, tuple[Type, list[Any]]]


PREFERRED = [Type.STRING, Type.LONG, Type.DATETIME, Type.TIMESPAN, Type.DYNAMIC, Type.REAL, Type.BOOL, Type.INT, Type.DECIMAL, Type.GUID]


def trials(function: Function, *, own: bool = False) -> Iterator[Trial]:
    """Calls of each overload: every type that a parameter takes occurs in at least one.

    With `own`, columns hold only values of the documented example where it has some of their type.
    """
    seen = set()
    for overload in function.overloads:
        if overload.kernel is None:
            continue
        for count, wanted in [(_least(overload), PREFERRED[0]), *((_most(overload), t) for t in PREFERRED)]:
            call = _call(function, overload, count, wanted)
            if call is not None and call not in seen:
                seen.add(call)
                trial = _bind(function, *call, own=own)
                if trial is not None:
                    yield trial


def _least(overload: Overload) -> int:
    return max(overload.minimum, 1 if overload.maximum else 0)


def _most(overload: Overload) -> int:
    return min(overload.maximum, _least(overload) + 3)


def _call(function: Function, overload: Overload, count: int, wanted: Type) -> tuple[str, tuple[Type, ...]] | None:
    """The spelling of a call and the types of its columns; None where a constant argument has no example."""
    given = example_arguments(function.name, function.doc)
    spelled: list[str] = []
    types: list[Type] = []
    for index in range(count):
        parameter = overload.parameter(index, count)
        if parameter is None:
            return None
        if parameter.constant or parameter.kind in ("type", "table"):
            text = next((call[index] for call in given if len(call) > index), None)
            if text is None:
                return None
            spelled.append(text)
        else:
            types.append(_type(parameter, wanted))
            spelled.append(f"c{len(types) - 1}")
    return _spell(function.name, spelled), tuple(types)


def _type(parameter: Parameter, wanted: Type) -> Type:
    return wanted if wanted in parameter.types else next(t for t in PREFERRED if t in parameter.types)


def _spell(name: str, args: list[str]) -> str:
    if name.endswith("between") and len(args) == 3:
        return f"{args[0]} {name} ({args[1]} .. {args[2]})"
    if name in _SIGNS:
        return f"{_SIGNS[name]}{args[0]}"
    if name == "[]":
        return f"{args[0]}[{args[1]}]"
    if len(args) == 2 and (not name[0].isalpha() or name in _INFIX):
        return f"{args[0]} {name} {args[1]}"
    return f"{name}({', '.join(args)})"


_SIGNS = {"negate": "-", "plus": "+"}
_INFIX = frozenset(f"{word}{case}" for word in ("has", "hasprefix", "hassuffix", "contains", "startswith", "endswith") for case in ("", "_cs")) | {
    "and",
    "or",
    "matches regex",
}


def _bind(function: Function, spelled: str, types: tuple[Type, ...], own: bool) -> Trial | None:
    if not types:
        return None
    schema = ", ".join(f"c{i}: {t}" for i, t in enumerate(types))
    text = f"datatable({schema})[] | project {spelled}"
    try:
        plan: Any = ENGINE.plan(text).bound.results[0].plan
    except KqlError:
        return None
    values = {f"c{i}": (t, _values(function, t, f"{spelled} {i}", own)) for i, t in enumerate(types)}
    return Trial(f"{spelled}  [{', '.join(types)}]", plan.items, values)


def _values(function: Function, type_: Type, seed: str, own: bool) -> list[Any]:
    examples_ = _own_values(function.name, function.doc, type_)
    pool = examples_ if own and examples_ else [*SPECIMENS[type_], *examples_]
    if function.name in _GENEROUS and type_ in (Type.INT, Type.LONG, Type.REAL):
        pool = [value for value in pool if value is None or abs(value) < 100]
    picks = random.Random(seed).choices(pool, k=ROWS - 2)
    return [*picks, picks[0], "" if type_ is Type.STRING and not own else picks[0] if type_ is Type.STRING else None]


#: What makes as many elements as its number says.
_GENEROUS = frozenset({"range", "repeat"})


@cache
def _own_values(name: str, doc: str, type_: Type) -> tuple[Any, ...]:
    """Literals of this type among the example's arguments, thrice, so that they are often picked."""
    found = []
    for arguments in example_arguments(name, doc):
        for text in arguments:
            try:
                plan: Any = ENGINE.plan(f"print x = {text}").bound.results[0].plan
            except KqlError:
                continue
            expr = plan.items[0][1]
            if isinstance(expr, Constant) and expr.type is type_:
                found.append(expr.value)
    return tuple(found) * 3


SPECIMENS: dict[Type, list[Any]] = {
    Type.BOOL: [True, False, None],
    Type.INT: [0, 1, -7, 2**31 - 1, -(2**31), None],
    Type.LONG: [0, 1, 3, -7, 2**63 - 1, -(2**63), None],
    Type.REAL: [0.0, -0.0, 1.5, -2.25, 1e300, float("nan"), float("inf"), float("-inf"), None],
    Type.DECIMAL: [storage.scalar(text, Type.STRING).cast(storage.DECIMAL).as_py() for text in ("0", "1.5", "-7")] + [None],
    Type.STRING: ["", "a", "A b-c", "İx é", "10", "1.5", "10.1.2.3/8", "k=v,x", '{"a": [1, null]}', "2024-05-17 13:45", "%41+\\", "fe80::1"],
    Type.DATETIME: [0, 638_515_503_001_234_567, 621_355_968_000_000_000, 3_155_378_975_999_999_999, None],
    Type.TIMESPAN: [0, 1, -36_000_000_000, 864_000_000_000, 937_840_000_001, None],
    Type.GUID: ["00000000-0000-0000-0000-000000000000", "01234567-89ab-cdef-0123-456789abcdef", None],
    Type.DYNAMIC: [
        "1", "-2.5", '"text"', "true", "[]", "{}", "[1,2,3]", "[1.5,null,3.0,2.5]", '["b","a","b"]', '{"a":{"b":[1]},"c":null}', "[[1],[2]]", None,
    ],
}  # fmt: skip


# ---------------------------------------------------------------- forms


def evaluate(trial: Trial, columns: dict[str, pa.Array], rows: int, items: tuple[tuple[str, Expression], ...] | None = None) -> list[list[Any]]:
    """The call's results over columns in some physical form, as Python values, one list per row."""
    frame = Evaluator(Session.at(NOW)).frame(Batch(columns, rows))
    results = []
    for _, expr in items or trial.items:
        array = frame.column(expr)
        assert len(array) == rows, f"{len(array)} values for {rows} rows"
        if expr.type is Type.STRING:
            assert array.null_count == 0, "a string is null"
        results.append(python_values(array, expr.type))
    return [list(row) for row in zip(*results, strict=True)]


def plain(trial: Trial, rows: slice = slice(None)) -> dict[str, pa.Array]:
    """The columns as plain arrays."""
    return {name: storage.to_array(values[rows], type_) for name, (type_, values) in trial.columns.items()}


def sliced(trial: Trial) -> dict[str, pa.Array]:
    """The columns as slices out of longer arrays."""
    return {
        name: storage.to_array([*values[3:], *values, *values[:2]], t).slice(len(values) - 3, len(values))
        for name, (t, values) in trial.columns.items()
    }


def encoded(trial: Trial) -> dict[str, pa.Array]:
    """Texts dictionary encoded, with a value that no row has."""
    columns = {}
    for name, array in plain(trial).items():
        type_ = trial.columns[name][0]
        if type_ not in (Type.STRING, Type.DYNAMIC):
            columns[name] = array
            continue
        coded = array.dictionary_encode()
        values = pa.concat_arrays([pa.array(['"unused"']), coded.dictionary])
        codes = [None if code is None else code + 1 for code in coded.indices.to_pylist()]
        columns[name] = pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), values)
    return columns


def lanes(trial: Trial, type_: Type) -> tuple[dict[str, pa.Array], dict[str, pa.Array]]:
    """Dynamic columns as typed lists, and the same values as JSON text."""
    listed, texts = {}, {}
    for name, array in plain(trial).items():
        is_dynamic = trial.columns[name][0] is Type.DYNAMIC
        listed[name] = dynamic.to_lane(array, type_) if is_dynamic else array
        texts[name] = dynamic.to_text(listed[name]) if is_dynamic else array
    return listed, texts


def with_constants(trial: Trial, names: Collection[str], row: int) -> tuple[tuple[str, Expression], ...]:
    """The call with the named columns replaced by their values in one row."""

    def change(expr: Expression) -> Expression | None:
        if isinstance(expr, ColumnRef) and expr.name in names:
            type_, values = trial.columns[expr.name]
            return Constant(value=storage.scalar(values[row], type_).as_py(), type=type_)
        return None

    # New argument tuples: results are remembered by the identity of an Apply's arguments, which parts of one call share.
    replaced = [(n, rewrite(e, change)) for n, e in trial.items]
    first = replaced[0][1]
    if len(replaced) > 1 and isinstance(first, Apply):
        replaced = [(n, replace(e, args=first.args) if isinstance(e, Apply) else e) for n, e in replaced]
    return tuple(replaced)


def same(left: list[list[Any]], right: list[list[Any]], items: tuple[tuple[str, Expression], ...]) -> str | None:
    """The first row in which two results differ, in words."""
    types = [expr.type for _, expr in items]
    for number, (x, y) in enumerate(zip(left, right, strict=True)):
        if not all(same_cell(a, b, t) for a, b, t in zip(x, y, types, strict=True)):
            return f"row {number}: {x!r}, expected {y!r}"
    return None
