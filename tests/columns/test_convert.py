"""Conversions between scalar types: recorded answers of the real engine, and columns against single values."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqlpy.columns import scalar_text, storage, ticks
from kqlpy.columns.convert import as_dynamic, convert
from kqlpy.columns.dynamic import loads
from kqlpy.columns.reals import format_real
from kqlpy.types import Type

from .strategies import columns, datetimes, longs, reals, same, texts, timespans

SCALARS: dict[Type, st.SearchStrategy[object]] = {
    Type.BOOL: st.booleans(),
    Type.INT: st.integers(-(2**31), 2**31 - 1),
    Type.LONG: longs,
    Type.REAL: reals,
    Type.DECIMAL: st.decimals(-(10**20), 10**20, places=8),
    Type.STRING: texts,
    Type.DATETIME: datetimes,
    Type.TIMESPAN: timespans,
    Type.GUID: st.uuids().map(str),
}
TARGETS = [*SCALARS, Type.DYNAMIC]


def of(texts: list[str], target: Type) -> list[object]:
    found: list[object] = convert(pa.array(texts, pa.string()), Type.STRING, target).to_pylist()
    return found


def test_tolong_of_text() -> None:
    assert of(["5.7", " 7 ", "0x10", "+4", "1e3", "5.", "1,000", ""], Type.LONG) == [None, 7, 16, 4, None, None, None, None]
    assert of(["9223372036854775807", "9223372036854775808", "-9223372036854775809"], Type.LONG) == [2**63 - 1, None, None]
    assert of(["0x7FFFFFFFFFFFFFFF", "0xFFFFFFFFFFFFFFFF", "-0x10"], Type.LONG) == [2**63 - 1, -1, None]


def test_toint_of_text() -> None:
    assert of(["2147483648", "0X1f", "  42  ", "12.5", "0x7FFFFFFF"], Type.INT) == [None, 31, 42, None, 2**31 - 1]


def test_toreal_of_text() -> None:
    words = ["  NaN  ", "nan", "INF", "-inf", "Infinity", "+Infinity"]
    assert same(of(words, Type.REAL), [float("nan"), float("nan"), None, -float("inf"), float("inf"), float("inf")])
    assert of(["1e400", "1e-400", "4.9e-324", "5.", ".5", "  3.14  "], Type.REAL) == [float("inf"), 0.0, 5e-324, 5.0, 0.5, 3.14]
    assert of(["1,234", "1_000", "1 000", "0x10", ""], Type.REAL) == [None] * 5


NUMERALS = st.text("+-0123456789.eExXtTrRuUfalsE ", max_size=6) | st.sampled_from(["TRUE", "faLse", "0x10", "9" * 18, "9" * 19, "9" * 38, "1" * 39, f"0.{'1' * 39}"])


@given(columns(NUMERALS, pa.string()))
def test_columns_of_text_as_bools_and_decimals(column: pa.Array) -> None:
    for target, parse in ((Type.BOOL, scalar_text.parse_bool), (Type.DECIMAL, scalar_text.parse_decimal)):
        expected = [None if text is None else parse(text) for text in column.to_pylist()]
        assert convert(column, Type.STRING, target).to_pylist() == expected


def test_tobool_of_text() -> None:
    assert of(["TRUE", "FALSE", "tRuE", "2", "0", "-1"], Type.BOOL) == [True, False, True, True, False, True]
    assert of([" true", "true ", "1.0", "yes", ""], Type.BOOL) == [None] * 5


def test_toguid_of_text() -> None:
    expected = "01234567-89ab-cdef-0123-456789abcdef"
    assert of(["0123456789ab-cdef-0123-456789abcdef", "{01234567-89AB-CDEF-0123-456789ABCDEF}", "xyz"], Type.GUID) == [expected, expected, None]


def test_times_of_text() -> None:
    assert of(["0001-01-02", "not a date"], Type.DATETIME) == [ticks.TICKS_PER_DAY, None]
    assert of(["1d", "1.5", "abc"], Type.TIMESPAN) == [ticks.TICKS_PER_DAY, None, None]


@pytest.mark.parametrize(
    ("value", "long", "int_"),
    [
        (9223372036854775807.0, 2**63 - 1, 2**31 - 1),
        (1e30, 2**63 - 1, 2**31 - 1),
        (-1e19, -(2**63), -(2**31)),
        (2.9, 2, 2),
        (-2.9, -2, -2),
        (float("nan"), None, None),
    ],
)
def test_reals_are_cut_and_end_at_the_limits(value: float, long: int | None, int_: int | None) -> None:
    assert convert(pa.array([value]), Type.REAL, Type.LONG).to_pylist() == [long]
    assert convert(pa.array([value]), Type.REAL, Type.INT).to_pylist() == [int_]


def test_longs_wrap_into_ints() -> None:
    column = pa.array([2147483648, -2147483649, 9999999999, None])
    assert convert(column, Type.LONG, Type.INT).to_pylist() == [-2147483648, 2147483647, 1410065407, None]


def test_times_are_numbers_of_ticks() -> None:
    column = pa.array([637134336000000000, None])
    assert convert(column, Type.DATETIME, Type.LONG).to_pylist() == [637134336000000000, None]
    assert convert(column, Type.DATETIME, Type.REAL).to_pylist() == [6.37134336e17, None]
    assert convert(pa.array([-1, 0]), Type.LONG, Type.DATETIME).to_pylist() == [None, 0]
    assert convert(pa.array([1230]), Type.LONG, Type.TIMESPAN).to_pylist() == [1230]


def test_decimals() -> None:
    assert convert(pa.array([0.1]), Type.REAL, Type.DECIMAL).to_pylist() == [Decimal("0.1")]
    assert of(["3.14159", "1e2", "abc"], Type.DECIMAL) == [Decimal("3.14159"), 100, None]
    column = storage.to_array([Decimal("1.50"), Decimal("-700000000"), None], Type.DECIMAL)
    assert convert(column, Type.DECIMAL, Type.STRING).to_pylist() == ["1.5", "-700000000", ""]
    assert convert(column, Type.DECIMAL, Type.LONG).to_pylist() == [1, -700000000, None]


ORACLES: dict[Type, Callable[[str], object]] = {
    Type.LONG: scalar_text.parse_long,
    Type.INT: scalar_text.parse_int,
    Type.REAL: scalar_text.parse_real,
    Type.BOOL: scalar_text.parse_bool,
    Type.GUID: scalar_text.parse_guid,
    Type.DECIMAL: scalar_text.parse_decimal,
    Type.DATETIME: ticks.parse_datetime,
    Type.TIMESPAN: ticks.parse_timespan,
}
numeric_texts = st.one_of(
    texts,
    st.integers(-(2**65), 2**65).map(str),
    st.integers(0, 2**65).map(hex),
    reals.map(repr),
    st.from_regex(r"\A[ +-]?[0-9.,eE]{0,6} ?\Z"),
    st.sampled_from(["NaN", "NAN", "inf", "INF", "Infinity", "true", " False", "0X1f", "01234567-89AB-cdef-0123-456789abcdef"]),
)


@pytest.mark.parametrize("target", ORACLES)
@given(column=columns(numeric_texts, pa.string()))
def test_columns_of_text_read_like_single_texts(target: Type, column: pa.Array) -> None:
    expected = [None if text is None else ORACLES[target](text) for text in column.to_pylist()]
    assert same(convert(column, Type.STRING, target).to_pylist(), storage.to_array(expected, target).to_pylist())


@pytest.mark.parametrize("source", SCALARS)
@given(data=st.data())
def test_every_pair_of_types_gives_the_type_asked_for(source: Type, data: st.DataObject) -> None:
    column = data.draw(columns(SCALARS[source], storage.arrow_type(source), nulls=source is not Type.STRING))
    for target in TARGETS:
        found = convert(column, source, target)
        assert found.type == storage.arrow_type(target)
        assert len(found) == len(column)
        if target is Type.STRING:
            assert found.null_count == 0


@pytest.mark.parametrize("source", SCALARS)
@given(data=st.data())
def test_a_dictionary_converts_like_plain_values(source: Type, data: st.DataObject) -> None:
    column = data.draw(columns(SCALARS[source], storage.arrow_type(source), nulls=source is not Type.STRING))
    for target in TARGETS:
        if source is not target and source is not Type.DECIMAL:
            found = convert(column.dictionary_encode(), source, target)
            assert same(found.to_pylist(), convert(column, source, target).to_pylist())


TEXT: dict[Type, Callable[..., str]] = {
    Type.BOOL: str,
    Type.INT: str,
    Type.LONG: str,
    Type.REAL: format_real,
    Type.DECIMAL: scalar_text.format_decimal,
    Type.DATETIME: ticks.format_datetime_iso,
    Type.TIMESPAN: ticks.format_timespan,
    Type.GUID: str,
}


@pytest.mark.parametrize("source", TEXT)
@given(data=st.data())
def test_tostring(source: Type, data: st.DataObject) -> None:
    column = data.draw(columns(SCALARS[source], storage.arrow_type(source)))
    expected = ["" if value is None else TEXT[source](value) for value in column.to_pylist()]
    assert convert(column, source, Type.STRING).to_pylist() == expected


@pytest.mark.parametrize("source", SCALARS)
@given(data=st.data())
def test_any_value_may_stand_in_a_dynamic(source: Type, data: st.DataObject) -> None:
    column = data.draw(columns(SCALARS[source], storage.arrow_type(source), nulls=source is not Type.STRING))
    for value, text in zip(column.to_pylist(), as_dynamic(column, source).to_pylist(), strict=True):
        held = None if text is None else loads(text)
        assert (held is None) == (value is None)
        if source in (Type.BOOL, Type.INT, Type.LONG, Type.STRING, Type.GUID):
            assert held == value
