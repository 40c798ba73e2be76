"""Tables given as Python objects."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pytest

from kqlpy.errors import KqlDataError
from kqlpy.sources.catalog import Catalog, Table
from kqlpy.sources.table import chunks
from tests.sources.helpers import at, rows_of


def memory(value: Any, schema: Any = None) -> Table:
    """The table T given as an object."""
    table = Catalog(tables={"T": value}, schemas={"T": schema} if schema else None).table("T")
    assert table is not None
    return table


def test_pandas() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {"n": [1, 2], "s": ["a", None], "r": [0.5, None], "t": pandas.to_datetime(["2021-04-28T14:00", None])}
    )
    table = memory(frame)
    assert table.schema.pairs() == [("n", "long"), ("s", "string"), ("r", "real"), ("t", "datetime")]
    assert rows_of(table) == [(1, "a", 0.5, at("2021-04-28T14:00")), (2, "", None, None)]


def test_pandas_keeps_a_named_index_and_leaves_out_row_numbers() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"n": [1, 2]})
    assert memory(frame).schema.names == ("n",)
    assert memory(frame.set_index(pandas.Index(["a", "b"], name="k"))).schema.names == ("n", "k")


def test_pandas_objects_of_mixed_kinds() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"x": pandas.Series([1, "a", {"k": [1]}, float("nan")], dtype=object)})
    assert rows_of(memory(frame, {"x": "string"})) == [("1",), ("a",), ('{"k":[1]}',), ("",)]


def test_polars() -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"n": [1, 2], "s": ["a", None], "l": [[1], [2, 3]], "o": [{"a": 1}, {"a": 2}]})
    table = memory(frame)
    assert table.schema.pairs() == [("n", "long"), ("s", "string"), ("l", "dynamic"), ("o", "dynamic")]
    assert rows_of(table) == [(1, "a", [1], '{"a":1}'), (2, "", [2, 3], '{"a":2}')]


def test_stream_is_read_once() -> None:
    batch = pa.record_batch({"n": [1, 2]})
    table = memory(pa.RecordBatchReader.from_batches(batch.schema, [batch, batch]))
    assert rows_of(table) == rows_of(table) == [(1,), (2,), (1,), (2,)]


PYTHON_VALUES: Mapping[str, tuple[list[Any], str, list[Any]]] = {
    "long": ([1, None], "long", [1, None]),
    "beyond a long": ([2**64, None], "string", ["18446744073709551616", ""]),
    "bool": ([True, None], "bool", [True, None]),
    "real": ([0.5, 1], "real", [0.5, 1.0]),
    "numpy": ([np.int64(5), np.int32(6)], "long", [5, 6]),
    "numpy real": ([np.float32(0.5), None], "real", [0.5, None]),
    "string": (["5", "2021-04-28T14:00:00Z"], "string", ["5", "2021-04-28T14:00:00Z"]),
    "mixed": ([5, "x"], "string", ["5", "x"]),
    "missing": ([math.nan, "x"], "string", ["", "x"]),
    "datetime": ([dt.datetime(2021, 4, 28, 14, 0, 0, 5), None], "datetime", [at("2021-04-28T14:00:00.000005"), None]),
    "zone": (
        [dt.datetime(2021, 4, 28, 14, tzinfo=dt.timezone(dt.timedelta(hours=2))), dt.date(2021, 4, 28)],
        "datetime",
        [at("2021-04-28T12:00"), at("2021-04-28")],
    ),
    "timespan": ([dt.timedelta(days=-1, microseconds=5), dt.time(1)], "timespan", [-863_999_999_950, 36_000_000_000]),
    "decimal": ([Decimal("1.10"), 2], "decimal", [Decimal("1.1"), Decimal(2)]),
    "guid": ([UUID("0F6B3C1E-6A55-4F4E-9D1C-6A7B1C2D3E4F"), None], "guid", ["0f6b3c1e-6a55-4f4e-9d1c-6a7b1c2d3e4f", None]),
    "dynamic": ([{"a": dt.datetime(2021, 4, 28)}, (1, "x")], "dynamic", ['{"a":"2021-04-28T00:00:00.0000000Z"}', '[1,"x"]']),
    "nothing": ([None, None], "string", ["", ""]),
}


@pytest.mark.parametrize("name", PYTHON_VALUES)
@pytest.mark.parametrize("form", ["rows", "columns"])
def test_python_values(form: str, name: str) -> None:
    values, type_, expected = PYTHON_VALUES[name]
    table = memory([{"x": value} for value in values] if form == "rows" else {"x": values})
    assert table.schema.pairs() == [("x", type_)]
    assert rows_of(table) == [(value,) for value in expected]


def test_nan_stays_a_number_among_numbers() -> None:
    [(value,), _] = rows_of(memory([{"x": math.nan}, {"x": 1.0}]))
    assert math.isnan(value)


def test_rows_with_different_keys() -> None:
    assert rows_of(memory([{"a": 1}, {"b": "x"}])) == [(1, ""), (None, "x")]


def test_no_rows() -> None:
    assert rows_of(memory([])) == []
    assert memory([], {"a": "long"}).schema.pairs() == [("a", "long")]


def test_known_table_in_memory_has_its_declared_columns() -> None:
    table = Catalog(tables={"SecurityEvent": [{"EventID": 4688, "Mine": "x"}]}).table("SecurityEvent")
    assert table is not None
    assert rows_of(table, "EventID", "Account", "Mine") == [(4688, "", "x")]
    assert str(table.schema.by_name["EventID"]) == "int"


@pytest.mark.parametrize("value", [5, [1, 2], {"a": [1], "b": [1, 2]}])
def test_other_objects_are_refused(value: Any) -> None:
    with pytest.raises(KqlDataError, match="table T is given as"):
        memory(value)


def test_batches_are_no_longer_than_asked_for() -> None:
    table = memory(pa.table({"x": range(10)}))
    assert [chunk.rows for task in table.scan(["x"], batch_rows=4) for chunk in chunks(task)] == [4, 4, 2]


def test_two_columns_of_one_name_are_refused() -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["x", "x"])
    with pytest.raises(KqlDataError, match="two columns have the name `x`"):
        rows_of(memory(table))


def test_names_that_differ_by_case_stand_side_by_side() -> None:
    assert rows_of(memory(pa.table({"Type": [1], "type": [2]})), "type", "Type") == [(2, 1)]
