"""Every aggregate, run over batches and merged, equals a plain loop over the rows."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kqlpy.binding.overloads import best, result_type
from kqlpy.columns import dynamic, storage
from kqlpy.engine.batch import concat_arrays
from kqlpy.engine.groups import group, one_group
from kqlpy.functions.aggregates import (  # noqa: F401
    bags,
    bits,
    counting,
    distinct,
    extremes,
    lists,
    percentiles,
    picks,
    sketches,
    spread,
)  # fmt: skip
from kqlpy.functions.registry import AGGREGATES, Call
from kqlpy.types import Type

Rows = list[tuple[Any, ...]]


def run(name: str, types: list[Type], batches: list[Rows], constants: tuple[Any, ...] = ()) -> dict[Any, list[Any]]:
    """Group key to result values; the first value of each row is the key."""
    function = AGGREGATES[name]
    all_types = (*types, *(scalar_type(c) for c in constants))
    overload = best(function.overloads, all_types)
    assert overload is not None
    kernel = overload.kernel
    if callable(overload.result):
        names = (*(f"c{i}" for i in range(len(types))), *("" for _ in constants))
        result = overload.result(all_types, names, (*(None for _ in types), *constants))[0][1]
    else:
        result = result_type(overload, all_types)
    scalars = [storage.scalar(c if not isinstance(c, list) else dynamic.dumps(c), scalar_type(c)) for c in constants]
    states, keys = [], []
    for number, rows in enumerate(batches):
        key = storage.to_array([row[0] for row in rows], Type.STRING)
        columns = [column([row[i + 1] for row in rows], t, number) for i, t in enumerate(types)]
        groups = group([key], len(rows))
        states.append(kernel.update(Call(all_types, result, len(rows), None), groups, *columns, *scalars))
        keys.append(key.take(pa.array(groups.first)))
    call = Call(all_types, result, 0, None)
    key = pa.concat_arrays(keys)
    final = group([key], len(key))
    state = tuple(concat_arrays(list(parts), Type.UNKNOWN) for parts in zip(*states, strict=True))
    found = kernel.finish(call, kernel.merge(call, final, state))
    parts = [values(part) for part in (found if isinstance(found, tuple) else (found,))]
    return dict(zip(key.take(pa.array(final.first)).to_pylist(), zip(*parts, strict=True), strict=True))


def scalar_type(value: Any) -> Type:
    if isinstance(value, list):
        return Type.DYNAMIC
    return Type.LONG if isinstance(value, int) else Type.REAL


def column(cells: list[Any], type_: Type, number: int) -> pa.Array:
    """The cells in storage form; in every second batch dictionary encoded, as sources give them."""
    if type_ is Type.DYNAMIC:
        return dynamic.from_values(cells)
    array = storage.to_array(cells, type_)
    return array.dictionary_encode() if number % 2 and type_ is Type.STRING else array


def values(array: pa.Array) -> list[Any]:
    if pa.types.is_list(array.type):
        return dynamic.values(array)
    return storage.plain(array).to_pylist()


def by_key(batches: list[Rows]) -> dict[Any, Rows]:
    found: dict[Any, Rows] = defaultdict(list)
    for rows in batches:
        for row in rows:
            found[row[0]].append(row[1:])
    return dict(found)


def same(left: Any, right: Any) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        return left == right or (math.isnan(left) and math.isnan(right)) or math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    return bool(left == right) and (isinstance(left, bool) == isinstance(right, bool))


KEYS = st.sampled_from(["a", "b", "", "c"])
LONGS = st.none() | st.integers(-5, 5) | st.integers(-(2**63), 2**63 - 1)
SMALL = st.none() | st.integers(-1000, 1000)
REALS = st.none() | st.sampled_from([0.0, -0.0, 1.5, -2.25, 3.0]) | st.floats(-1e6, 1e6, width=32)
ODD_REALS = REALS | st.sampled_from([math.nan, math.inf, -math.inf])
TEXTS = st.sampled_from(["", "a", "B", "é", "aa", "\U0001f600"])
TICKS = st.none() | st.integers(0, 3_155_378_975_999_999_999)
BOOLS = st.none() | st.booleans()
DECIMALS = st.none() | st.decimals(-1000, 1000, places=3)
DYNAMICS = st.none() | st.sampled_from([1, "x", {"a": 1}, [1, "y"], [], [None, 2], {"b": [1]}, True, 1.5])
CELLS = {
    Type.LONG: LONGS, Type.INT: SMALL, Type.REAL: ODD_REALS, Type.STRING: TEXTS, Type.DATETIME: TICKS, Type.TIMESPAN: SMALL,
    Type.BOOL: BOOLS, Type.DECIMAL: DECIMALS, Type.DYNAMIC: DYNAMICS,
}  # fmt: skip


def batches_of(*cells: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Rows]]:
    return st.lists(st.lists(st.tuples(KEYS, *cells), max_size=8), min_size=1, max_size=4)


def check(name: str, types: list[Type], batches: list[Rows], oracle: Callable[[Rows], Any], constants: tuple[Any, ...] = ()) -> None:
    found = run(name, types, batches, constants)
    expected = {key: oracle(rows) for key, rows in by_key(batches).items()}
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        wanted = value if isinstance(value, tuple) else (value,)
        assert same(found[key], wanted), (key, found[key], wanted)


def wrap(number: int) -> int:
    return (number + 2**63) % 2**64 - 2**63


def known(rows: Rows) -> list[Any]:
    return [row[0] for row in rows if row[0] is not None]


def kept(rows: Rows) -> Rows:
    """The rows whose last value, the predicate, is true, without it."""
    return [row[:-1] for row in rows if row[-1]]


def is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def nan_first(numbers: list[Any], pick: Callable[..., Any]) -> Any:
    odd = [n for n in numbers if is_nan(n)]
    return odd[0] if odd else pick(numbers, default=None)


def unique(items: list[Any]) -> list[Any]:
    found: dict[Any, Any] = {}
    for item in items:
        found.setdefault("nan" if is_nan(item) else (type(item), repr(item) if isinstance(item, list | dict) else item), item)
    return list(found.values())


def spread_out(items: list[Any]) -> list[Any]:
    return [inner for item in items for inner in (item if isinstance(item, list) else [item])]


def variance(numbers: list[float], sample: bool) -> float:
    count = len(numbers)
    if count < 2:
        return 0.0
    if any(not math.isfinite(n) for n in numbers):
        return math.nan
    mean = math.fsum(numbers) / count
    return round(math.fsum((n - mean) ** 2 for n in numbers) / (count - sample), 10)


@given(batches_of(LONGS, BOOLS))
def test_count_counts_nulls_and_countif_only_true(batches: list[Rows]) -> None:
    check("count", [Type.LONG, Type.BOOL][:1], [[r[:2] for r in b] for b in batches], len)
    check("countif", [Type.BOOL], [[(r[0], r[2]) for r in b] for b in batches], lambda rows: sum(r[0] is True for r in rows))


@given(batches_of(LONGS, BOOLS))
def test_sums_of_longs_wrap_around(batches: list[Rows]) -> None:
    check("sumif", [Type.LONG, Type.BOOL], batches, lambda rows: wrap(sum(known(kept(rows)))))
    plain = [[r[:2] for r in b] for b in batches]
    check("sum", [Type.LONG], plain, lambda rows: wrap(sum(known(rows))))
    check("avg", [Type.LONG], plain, lambda rows: wrap(sum(known(rows))) / len(known(rows)) if known(rows) else math.nan)


@given(batches_of(ODD_REALS, BOOLS))
def test_sum_and_avg_of_reals(batches: list[Rows]) -> None:
    def total(rows: Rows) -> float:
        return math.nan if {math.inf, -math.inf} <= set(known(rows)) else math.fsum(known(rows))

    plain = [[r[:2] for r in b] for b in batches]
    check("sum", [Type.REAL], plain, total)
    check("avg", [Type.REAL], plain, lambda rows: total(rows) / len(known(rows)) if known(rows) else math.nan)
    check("avgif", [Type.REAL, Type.BOOL], batches, lambda rows: total(kept(rows)) / len(known(kept(rows))) if known(kept(rows)) else math.nan)


@given(batches_of(TICKS))
def test_mean_of_datetimes_does_not_overflow(batches: list[Rows]) -> None:
    check("avg", [Type.DATETIME], batches, lambda rows: sum(known(rows)) // len(known(rows)) if known(rows) else None)


@given(batches_of(SMALL))
def test_mean_of_timespans_is_cut_towards_zero(batches: list[Rows]) -> None:
    check("avg", [Type.TIMESPAN], batches, lambda rows: int(sum(known(rows)) / len(known(rows))) if known(rows) else None)


@given(batches_of(DECIMALS))
def test_sum_of_decimals(batches: list[Rows]) -> None:
    check("sum", [Type.DECIMAL], batches, lambda rows: sum(known(rows)))


ORDERED = [Type.LONG, Type.INT, Type.REAL, Type.STRING, Type.DATETIME, Type.TIMESPAN, Type.BOOL, Type.DECIMAL]


@pytest.mark.parametrize("type_", ORDERED)
@given(data=st.data())
def test_min_and_max(type_: Type, data: st.DataObject) -> None:
    batches = data.draw(batches_of(CELLS[type_], BOOLS))
    plain = [[r[:2] for r in b] for b in batches]
    missing = "" if type_ is Type.STRING else None
    check("max", [type_], plain, lambda rows: nan_first(known(rows), max))
    check("min", [type_], plain, lambda rows: nan_first(known(rows), min))
    check("maxif", [type_, Type.BOOL], batches, lambda rows: nan_first(known(kept(rows)), max) if known(kept(rows)) else missing)
    check("minif", [type_, Type.BOOL], batches, lambda rows: nan_first(known(kept(rows)), min) if known(kept(rows)) else missing)


@pytest.mark.parametrize("type_", ORDERED)
@given(data=st.data())
def test_arg_max_and_arg_min_take_the_first_best_row(type_: Type, data: st.DataObject) -> None:
    batches = data.draw(batches_of(CELLS[type_], TEXTS, DYNAMICS))
    types = [type_, Type.STRING, Type.DYNAMIC]

    def best_row(pick: Callable[..., Any]) -> Callable[[Rows], Any]:
        def oracle(rows: Rows) -> Any:
            value = nan_first(known(rows), pick)
            return next(row for row in rows if value is None or row[0] == value or (is_nan(row[0]) and is_nan(value)))

        return oracle

    def texts(found: Callable[[Rows], Any]) -> Callable[[Rows], Any]:
        def oracle(rows: Rows) -> Any:
            value, text, bag = found(rows)
            return value, text, None if bag is None else dynamic.dumps(bag)

        return oracle

    check("arg_max", types, batches, texts(best_row(max)))
    check("arg_min", types, batches, texts(best_row(min)))


@given(batches_of(TEXTS, LONGS, BOOLS))
def test_take_any_takes_the_first_filled_value_or_the_first_row(batches: list[Rows]) -> None:
    check("take_any", [Type.STRING, Type.LONG], [[r[:3] for r in b] for b in batches], lambda rows: rows[0])
    check("take_any", [Type.STRING], [[r[:2] for r in b] for b in batches], lambda rows: next((r[0] for r in rows if r[0]), ""))
    swapped = [[(r[0], r[2], r[3]) for r in b] for b in batches]
    check("take_any", [Type.LONG], [[r[:2] for r in b] for b in swapped], lambda rows: next(iter(known(rows)), None))
    check("take_anyif", [Type.LONG, Type.BOOL], swapped, lambda rows: next(iter(known(kept(rows))), None))


@pytest.mark.parametrize("type_", [Type.LONG, Type.INT, Type.STRING, Type.BOOL])
@given(data=st.data())
def test_lists_and_sets_of_plain_values(type_: Type, data: st.DataObject) -> None:
    batches = data.draw(batches_of(CELLS[type_], BOOLS))
    plain = [[r[:2] for r in b] for b in batches]
    check("make_list", [type_], plain, lambda rows: (known(rows),))
    check("make_list_with_nulls", [type_], plain, lambda rows: ([r[0] for r in rows],))
    check("make_list", [type_], plain, lambda rows: (known(rows)[:3],), (3,))
    check("make_list_if", [type_, Type.BOOL], batches, lambda rows: (known(kept(rows)),))
    check("make_set", [type_], plain, lambda rows: (unique(known(rows)),))
    check("make_set", [type_], plain, lambda rows: (unique(known(rows))[:2],), (2,))
    check("make_set_if", [type_, Type.BOOL], batches, lambda rows: (unique(known(kept(rows))),))
    check("dcount", [type_], plain, lambda rows: len(unique(known(rows))))
    check("dcountif", [type_, Type.BOOL], batches, lambda rows: len(unique(known(kept(rows)))))


@given(batches_of(DYNAMICS))
def test_arrays_in_a_dynamic_column_are_taken_apart(batches: list[Rows]) -> None:
    def items(rows: Rows) -> list[Any]:
        return [item for item in spread_out(known(rows)) if item is not None]

    def text(found: list[Any]) -> tuple[str]:
        return (dynamic.dumps(found),)

    check("make_list", [Type.DYNAMIC], batches, lambda rows: text(items(rows)))
    check("make_set", [Type.DYNAMIC], batches, lambda rows: text(unique(items(rows))))
    check("dcount", [Type.DYNAMIC], batches, lambda rows: len(unique(known(rows))))


@given(batches_of(ODD_REALS))
def test_distinct_reals(batches: list[Rows]) -> None:
    check("count_distinct", [Type.REAL], batches, lambda rows: len(unique(known(rows))))


@given(batches_of(REALS, BOOLS))
def test_variance_and_deviation(batches: list[Rows]) -> None:
    plain = [[r[:2] for r in b] for b in batches]
    check("variancep", [Type.REAL], plain, lambda rows: variance(known(rows), False))
    check("varianceif", [Type.REAL, Type.BOOL], batches, lambda rows: variance(known(kept(rows)), True))
    check("variance", [Type.REAL], plain, lambda rows: variance(known(rows), True))


@given(batches_of(SMALL, SMALL))
def test_covariance_uses_rows_where_both_are_known(batches: list[Rows]) -> None:
    def oracle(rows: Rows) -> float:
        pairs = [row for row in rows if None not in row]
        if len(pairs) < 2:
            return 0.0
        x, y = (sum(p[i] for p in pairs) / len(pairs) for i in (0, 1))
        return round(sum((a - x) * (b - y) for a, b in pairs) / (len(pairs) - 1), 10)

    check("covariance", [Type.LONG, Type.LONG], batches, oracle)


@pytest.mark.parametrize("type_", [Type.LONG, Type.INT, Type.REAL, Type.DATETIME, Type.DECIMAL, Type.STRING])
@given(data=st.data())
def test_percentiles_are_nearest_ranks(type_: Type, data: st.DataObject) -> None:
    cells = REALS if type_ is Type.REAL else CELLS[type_]
    batches = data.draw(batches_of(cells))

    def rank(q: float, rows: Rows) -> Any:
        ordered = sorted(known(rows))
        found = ordered[max(1, math.ceil(q * len(ordered) / 100)) - 1] if ordered else None
        return float(found) if type_ is Type.DECIMAL and found is not None else found

    check("percentiles", [type_], batches, lambda rows: tuple(rank(q, rows) for q in (0, 50, 99.9)), (0, 50, 99.9))
    if type_ is Type.LONG:
        check("percentiles_array", [type_], batches, lambda rows: ([rank(q, rows) for q in (5, 95)],), ([5, 95],))


@given(batches_of(SMALL, st.none() | st.integers(-1, 5)))
def test_weighted_percentiles(batches: list[Rows]) -> None:
    def rank(q: float, rows: Rows) -> Any:
        ordered = sorted(row for row in rows if None not in row and row[1] > 0)
        total, sum_ = sum(w for _, w in ordered), 0
        for value, weight in ordered:
            sum_ += weight
            if sum_ * 100 >= q * total:
                return value
        return None

    check("percentilesw", [Type.LONG, Type.LONG], batches, lambda rows: tuple(rank(q, rows) for q in (0, 50, 90)), (0, 50, 90))


@given(batches_of(SMALL))
def test_bits(batches: list[Rows]) -> None:
    def oracle(combine: Callable[[int, int], int]) -> Callable[[Rows], Any]:
        def run_over(rows: Rows) -> Any:
            numbers = known(rows)
            result = numbers[0] if numbers else None
            for number in numbers[1:]:
                result = combine(result, number)
            return result

        return run_over

    check("binary_all_and", [Type.INT], batches, oracle(int.__and__))
    check("binary_all_or", [Type.LONG], batches, oracle(int.__or__))
    check("binary_all_xor", [Type.LONG], batches, oracle(int.__xor__))


@given(batches_of(st.none() | st.dictionaries(st.sampled_from("abc"), st.integers(0, 3)) | st.just(5)))
def test_bags_keep_the_first_value_of_a_key(batches: list[Rows]) -> None:
    def oracle(rows: Rows) -> Any:
        bag: dict[str, int] = {}
        for item in known(rows):
            if isinstance(item, dict):
                bag = {**bag, **{k: v for k, v in item.items() if k not in bag}}
        return (dynamic.dumps(bag),)

    check("make_bag", [Type.DYNAMIC], batches, oracle)


@settings(max_examples=30)
@given(batches_of(SMALL))
def test_hll_holds_every_distinct_value(batches: list[Rows]) -> None:
    found = run("hll", [Type.LONG], batches)
    for key, rows in by_key(batches).items():
        count = len(set(known(rows)))
        text = found[key][0]
        assert len(sketches.hashes_of(dynamic.loads(text))) == count if count else text is None


@settings(max_examples=30)
@given(batches_of(SMALL))
def test_tdigest_merges_to_the_same_weights(batches: list[Rows]) -> None:
    parts = [(key, dynamic.loads(text)) for b in batches for key, (text,) in run("tdigest", [Type.LONG], [b]).items() if text]
    found = run("tdigest_merge", [Type.DYNAMIC], [parts]) if parts else {}
    for key, rows in by_key(batches).items():
        if known(rows):
            assert found[key] == run("tdigest", [Type.LONG], batches)[key]


EMPTY = {
    "count": 0, "sum": 0, "min": None, "max": None, "dcount": 0, "stdev": 0.0, "variance": 0.0, "make_list": [], "make_set": [],
    "hll": None, "tdigest": None, "take_any": None, "count_distinct": 0, "percentiles": None, "binary_all_or": None, "arg_max": None,
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(EMPTY))
def test_one_group_without_rows(name: str) -> None:
    constants = [pa.scalar(50)] if name == "percentiles" else []
    types = (Type.LONG, Type.LONG) if constants else (Type.LONG,)
    call = Call(types, Type.LONG, 0, None)
    overload = AGGREGATES[name].overloads[-1]
    found = overload.kernel.finish(call, overload.kernel.update(call, one_group(0), pa.array([], pa.int64()), *constants))
    (value,) = found if isinstance(found, tuple) else (found,)
    assert values(value) == [EMPTY[name]]


def test_mean_of_nothing_is_nan() -> None:
    call = Call((Type.LONG,), Type.REAL, 0, None)
    kernel = AGGREGATES["avg"].overloads[0].kernel
    assert math.isnan(kernel.finish(call, kernel.update(call, one_group(0), pa.array([], pa.int64())))[0].as_py())


def test_deviation_is_the_root_of_the_rounded_variance() -> None:
    assert run("stdev", [Type.REAL], [[("a", 1.5), ("a", 2.5), ("a", 3.5), ("a", 4.5)]]) == {"a": (1.2909944487487155,)}


def test_schema_names_the_bag_before_scalar_types() -> None:
    rows = [("a", {"x": 1, "y": 3.5}), ("a", {"x": "v", "z": [1]}), ("a", {"y": {"w": "z"}, "z": ["f"]})]
    (text,) = run("buildschema", [Type.DYNAMIC], [rows])["a"]
    assert dynamic.loads(text) == {"x": ["long", "string"], "y": [{"w": "string"}, "double"], "z": {"`indexer`": ["long", "string"]}}


NAMES = {
    ("arg_max", ("t", "s", "")): ["t", "s", "max_t_arg2"],
    ("arg_min", ("", "s")): ["min_", "s"],
    ("argmax", ("t", "s", "")): ["max_t", "max_t_s", "max_t_arg2"],
    ("take_any", ("s", "")): ["s", "any_arg1"],
    ("any", ("s",)): ["any_s"],
    ("any", ("s", "")): ["any_s", "any_arg1"],
    ("covariance", ("x", "y")): ["covariance_x_y"],
}  # fmt: skip


@pytest.mark.parametrize(("name", "arguments"), NAMES)
def test_names_of_result_columns(name: str, arguments: tuple[str, ...]) -> None:
    result = AGGREGATES[name].overloads[0].result
    parts = result((Type.LONG,) * len(arguments), arguments, (None,) * len(arguments))
    assert [part for part, _ in parts] == NAMES[name, arguments]


def test_names_of_percentiles_end_in_the_percentage() -> None:
    result = AGGREGATES["percentiles"].overloads[0].result
    parts = result((Type.LONG,) * 4, ("x", "", "", ""), (None, 5, 99.9, 5.0))
    assert [name for name, _ in parts] == ["percentile_x_5", "percentile_x_99_9", "percentile_x_5"]
