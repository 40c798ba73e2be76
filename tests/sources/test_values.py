"""Text cells to values: Arrow's fast casts and the readers of single values must agree."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqlpy.columns import scalar_text, storage
from kqlpy.sources.conform import conform
from kqlpy.sources.evidence import of_text, resolve
from kqlpy.sources.values import from_text
from kqlpy.types import Type


def whole(text: str, bits: int) -> int | None:
    """A whole number of so many bits, also when it is written as a real."""
    number = scalar_text.parse_long(text) if bits == 64 else scalar_text.parse_int(text)
    exact = scalar_text.parse_decimal(text)
    if number is not None or exact is None:
        return number
    return int(exact) if exact == int(exact) and -(2 ** (bits - 1)) <= exact < 2 ** (bits - 1) else None


def positive_zero(number: Decimal | None) -> Decimal | None:
    """Arrow's decimals have no negative zero."""
    return abs(number) if number is not None and number == 0 else number


ORACLES: dict[Type, Callable[[str], Any]] = {
    Type.BOOL: lambda text: scalar_text.parse_bool(text.strip()),
    Type.INT: lambda text: whole(text, 32),
    Type.LONG: lambda text: whole(text, 64),
    Type.REAL: scalar_text.parse_real,
    Type.DECIMAL: lambda text: positive_zero(scalar_text.parse_decimal(text)),
    Type.GUID: scalar_text.parse_guid,
}
texts = st.one_of(
    st.text(max_size=4),
    st.integers(-(2**65), 2**65).map(str),
    st.floats(allow_nan=False).map(repr),
    st.sampled_from(
        ["", " ", "0x1F", "0x", "+5", "-0", "5.0", "5.7", "1e3", " 7 ", "true", "False", "TRUE", "1", "٣", "1_000", "1,000"]
    ),
)


@pytest.mark.parametrize("type_", ORACLES)
@given(cells=st.lists(st.one_of(st.none(), texts), max_size=6))
def test_a_column_reads_as_its_cells_do(type_: Type, cells: list[str | None]) -> None:
    expected = [None if cell is None or _is_blank(cell) else ORACLES[type_](cell) for cell in cells]
    array, failed, _ = from_text(pa.array(cells, pa.string()), type_)
    assert array.type == storage.arrow_type(type_)
    assert [repr(value) for value in array.to_pylist()] == [repr(value) for value in expected]
    lost = [i for i, cell in enumerate(cells) if cell is not None and not _is_blank(cell) and expected[i] is None]
    assert (failed.tolist() if failed is not None else []) == lost


def _is_blank(cell: str) -> bool:
    return cell.strip(" \t\n\f\r").lower() in ("", "null")


@pytest.mark.parametrize("type_", [t for t in Type if t is not Type.UNKNOWN])
@given(cells=st.lists(st.one_of(st.none(), texts), max_size=6))
def test_a_dictionary_reads_as_its_plain_column(type_: Type, cells: list[str | None]) -> None:
    plain = from_text(pa.array(cells, pa.string()), type_)
    coded = conform(pa.array(cells, pa.string()).dictionary_encode(), type_)
    assert repr(storage.plain(coded.array).to_pylist()) == repr(storage.plain(plain.array).to_pylist())
    assert (coded.failed is None) == (plain.failed is None)
    assert coded.failed is None or coded.failed.tolist() == list(plain.failed if plain.failed is not None else [])


@pytest.mark.parametrize("type_", [t for t in Type if t is not Type.UNKNOWN])
def test_string_is_never_null_and_slices_are_taken_as_they_are(type_: Type) -> None:
    column = pa.array(["x", None, "5", "", None, "7"])
    whole = storage.plain(from_text(column, type_).array).to_pylist()
    for form in (column, column.dictionary_encode()):
        part = storage.plain(conform(form.slice(1, 4), type_).array)
        assert part.to_pylist() == whole[1:5]
        assert type_ is not Type.STRING or part.null_count == 0


@pytest.mark.parametrize(
    ("cells", "type_"),
    [
        (["1", "-5", ""], Type.LONG),
        (["1", "2.5"], Type.REAL),
        (["2.5", "1"], Type.REAL),
        (["007", "5"], Type.STRING),
        (["5", "007"], Type.STRING),
        (["-0", "1"], Type.LONG),
        (["1.", "5"], Type.STRING),
        (["1e5"], Type.STRING),
        (["1.5e5"], Type.REAL),
        (["9007199254740993"], Type.LONG),
        (["9007199254740993", "0.5"], Type.STRING),
        (["9223372036854775808"], Type.STRING),
        (["true", "FALSE", ""], Type.BOOL),
        (["true", "1"], Type.STRING),
        (["2021-04-28T14:32:14.029Z", "2021-04-28"], Type.DATETIME),
        (["2021-04-28 14:32"], Type.DATETIME),
        (["4/28/2021, 2:32:14.029 PM", "2021-04-28T14:32:14Z"], Type.DATETIME),
        (["2021-04-28T14:32:14.029Z", "soon"], Type.STRING),
        (["Sat, 24 Apr 2021 12:00:03 AM GMT"], Type.STRING),
        (["2021-02-30"], Type.STRING),
        (["16/11/2021, 9:07:56.643 pm", "3/11/2021, 9:07:56.643 pm"], Type.DATETIME),
        (["20210428"], Type.LONG),
        (["1.2.3.4"], Type.STRING),
        (["5.1\n"], Type.STRING),
        ([" "], Type.STRING),
        ([], Type.STRING),
    ],
)
def test_inferred_type(cells: list[str], type_: Type) -> None:
    assert resolve(of_text(pa.array(cells, pa.string())), "x") is type_


@given(cells=st.lists(texts, min_size=1, max_size=6))
def test_an_inferred_type_loses_no_value(cells: list[str]) -> None:
    column = pa.array(cells, pa.string())
    type_ = resolve(of_text(column), "x")
    array, failed, _ = from_text(column, type_)
    assert failed is None
    if type_ is Type.LONG:
        assert [v for v in array.to_pylist() if v is not None] == [int(cell) for cell in cells if cell.strip()]


@given(left=st.lists(texts, max_size=4), right=st.lists(texts, max_size=4))
def test_evidence_of_parts_adds_up(left: list[str], right: list[str]) -> None:
    parts = of_text(pa.array(left, pa.string())) | of_text(pa.array(right, pa.string()))
    whole = of_text(pa.array(left + right, pa.string()))
    assert resolve(parts, "x") is resolve(whole, "x")
