"""Parquet and Arrow files: types, dictionaries, pruning that never drops a matching row, broken files."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import feather, ipc, parquet

from kqlpy.columns import storage, ticks
from kqlpy.errors import KqlDataError
from kqlpy.sources.catalog import Catalog, Predicate, Table
from kqlpy.sources.table import chunks
from kqlpy.types import Type
from tests.sources.helpers import at, folder, rows_of

NOON = dt.datetime(2021, 4, 28, 12, 0, 0, 123456)


def written(path: Path, table: pa.Table, schemas: Any = None, **options: Any) -> Table:
    """The table after a way through a Parquet file."""
    parquet.write_table(table, path / "T.parquet", **options)
    found = Catalog(path, schemas=schemas).table("T")
    assert found is not None
    return found


ARROW_COLUMNS: dict[str, tuple[pa.Array, str, list[Any]]] = {
    "bool": (pa.array([True, None]), "bool", [True, None]),
    "int8": (pa.array([1, None], pa.int8()), "int", [1, None]),
    "uint16": (pa.array([65535, None], pa.uint16()), "int", [65535, None]),
    "int32": (pa.array([1, None], pa.int32()), "int", [1, None]),
    "uint32": (pa.array([2**32 - 1, None], pa.uint32()), "long", [2**32 - 1, None]),
    "int64": (pa.array([2**63 - 1, None], pa.int64()), "long", [2**63 - 1, None]),
    "float32": (pa.array([0.5, None], pa.float32()), "real", [0.5, None]),
    "float64": (pa.array([0.1, None]), "real", [0.1, None]),
    "decimal": (pa.array([Decimal("1.25"), None]), "decimal", [Decimal("1.25"), None]),
    "string": (pa.array(["a", None]), "string", ["a", ""]),
    "large_string": (pa.array(["a", None], pa.large_string()), "string", ["a", ""]),
    "dictionary": (pa.array(["a", None]).dictionary_encode(), "string", ["a", ""]),
    "binary": (pa.array([b"a", None]), "string", ["a", ""]),
    "ms": (pa.array([NOON, None], pa.timestamp("ms")), "datetime", [at("2021-04-28T12:00:00.123"), None]),
    "us": (pa.array([NOON, None], pa.timestamp("us")), "datetime", [at("2021-04-28T12:00:00.123456"), None]),
    "ns": (pa.array([1619611200123456789, None], pa.timestamp("ns")), "datetime", [at("2021-04-28T12:00:00.1234567"), None]),
    "zone": (pa.array([NOON, None], pa.timestamp("us", "America/New_York")), "datetime", [at("2021-04-28T12:00:00.123456"), None]),
    "date": (pa.array([dt.date(2021, 4, 28), None]), "datetime", [at("2021-04-28"), None]),
    "duration": (pa.array([dt.timedelta(hours=1), None], pa.duration("us")), "timespan", [36_000_000_000, None]),
    "time": (pa.array([dt.time(1), None], pa.time64("us")), "timespan", [36_000_000_000, None]),
    "nothing": (pa.nulls(2), "dynamic", [None, None]),
    "longs": (pa.array([[1, None], None], pa.list_(pa.int32())), "dynamic", [[1, None], None]),
    "texts": (pa.array([["a"], None]), "dynamic", [["a"], None]),
    "object": (pa.array([{"a": 1, "b": NOON}, None]), "dynamic", ['{"a":1,"b":"2021-04-28T12:00:00.1234560Z"}', None]),
    "objects": (pa.array([[{"a": 1}], None]), "dynamic", ['[{"a":1}]', None]),
    "map": (pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64())), "dynamic", ['{"k":1}', None]),
}  # fmt: skip


@pytest.mark.parametrize("name", ARROW_COLUMNS)
@pytest.mark.parametrize("kind", ["parquet", "arrow", "memory"])
def test_arrow_types(tmp_path: Path, kind: str, name: str) -> None:
    column, type_, expected = ARROW_COLUMNS[name]
    table = pa.table({"x": column})
    match kind:
        case "parquet":
            parquet.write_table(table, tmp_path / "T.parquet")
        case "arrow":
            feather.write_feather(table, tmp_path / "T.arrow")
    found = Catalog(tmp_path, {"T": table} if kind == "memory" else None).table("T")
    assert found is not None
    assert found.schema.pairs() == [("x", type_)]
    assert rows_of(found) == [(value,) for value in expected]


@pytest.mark.parametrize("name", [n for n in ARROW_COLUMNS if n not in ("object", "objects", "map", "longs", "texts")])
def test_columns_are_in_storage_form(name: str) -> None:
    column, type_, _ = ARROW_COLUMNS[name]
    table = Catalog(tables={"T": pa.table({"x": column})}).table("T")
    assert table is not None
    array = next(chunks(next(table.scan(["x"])))).columns["x"]
    assert storage.plain(array).type == storage.arrow_type(Type(type_))


@pytest.mark.parametrize(
    ("column", "type_", "expected"),
    [
        (pa.array([5, 2**40]), "int", [5, None]),
        (pa.array([5, 2**40]), "string", ["5", "1099511627776"]),
        (pa.array([5, 2**40]), "real", [5.0, float(2**40)]),
        (pa.array([5, 0]), "bool", [True, False]),
        (pa.array([True, False]), "long", [1, 0]),
        (pa.array([5.0, 5.7]), "long", [5, None]),
        (pa.array([5.0, 5.7]), "string", ["5.0", "5.7"]),
        (pa.array([0.1, 5.7]), "decimal", [Decimal("0.1"), Decimal("5.7")]),
        (pa.array(["2021-04-28T12:00:00Z", "x"]), "datetime", [at("2021-04-28T12:00:00"), None]),
        (pa.array(["2021-04-28T12:00:00Z", "x"]).dictionary_encode(), "datetime", [at("2021-04-28T12:00:00"), None]),
        (pa.array([1619611200, 1619611200123]), "datetime", [at("2021-04-28T12:00:00"), at("2021-04-28T12:00:00.123")]),
        (pa.array([NOON, None], pa.timestamp("us")), "string", ["2021-04-28T12:00:00.1234560Z", ""]),
        (pa.array(['{"a": 1}', "x"]), "dynamic", ['{"a":1}', '"x"']),
        (pa.array(["0F6B3C1E6A554F4E9D1C6A7B1C2D3E4F", ""]), "guid", ["0f6b3c1e-6a55-4f4e-9d1c-6a7b1c2d3e4f", None]),
        (pa.array([[1], None]), "string", ["[1]", ""]),
        (pa.array(["1.02:03:04.5", "x"]), "timespan", [937_845_000_000, None]),
    ],
)
def test_declared_type_wins(column: pa.Array, type_: str, expected: list[Any]) -> None:
    table = Catalog(tables={"T": pa.table({"x": column})}, schemas={"T": {"x": type_}}).table("T")
    assert [row[0] for row in rows_of(table)] == expected


def test_values_outside_the_years_of_a_datetime_are_lost_and_counted() -> None:
    column = pa.array([0, 2**60, -(2**60), None], pa.timestamp("us"))
    catalog = Catalog(tables={"T": pa.table({"x": column})})
    assert rows_of(catalog.table("T")) == [(ticks.EPOCH_TICKS,), (None,), (None,), (None,)]
    assert [f.count for f in catalog.reports()[0].failed] == [2]


def test_metadata_names_the_type() -> None:
    field = pa.field("x", pa.int64(), metadata={b"kql.type": b"timespan"})
    table = Catalog(tables={"T": pa.table({"x": [5]}, schema=pa.schema([field]))}).table("T")
    assert table is not None
    assert table.schema.pairs() == [("x", "timespan")]
    assert rows_of(table) == [(5,)]


def test_few_distinct_strings_are_read_as_a_dictionary(tmp_path: Path) -> None:
    rows = 20_000
    few = pa.array([f"value {i % 7}" for i in range(rows)])
    many = pa.array([f"some text that differs {i}" for i in range(rows)])
    chunk = next(chunks(next(written(tmp_path, pa.table({"few": few, "many": many})).scan(["few", "many"]))))
    assert pa.types.is_dictionary(chunk.columns["few"].type)
    assert chunk.columns["many"].type == pa.string()
    assert storage.plain(chunk.columns["few"]) == few


def test_no_columns_give_the_number_of_rows(tmp_path: Path) -> None:
    table = written(tmp_path, pa.table({"x": range(10)}), row_group_size=4)
    assert [chunk.rows for task in table.scan([]) for chunk in chunks(task)] == [4, 4, 2]
    assert table.rows == 10


def test_limit_reads_only_the_first_rows_of_a_group(tmp_path: Path) -> None:
    table = written(tmp_path, pa.table({"x": range(1000)}))
    assert rows_of(table, limit=3) == [(0,), (1,), (2,)]


def test_a_group_in_which_no_value_matches_is_empty(tmp_path: Path) -> None:
    table = written(tmp_path, pa.table({"x": ["a", "z", "b", "y"], "n": [1, 2, 3, 4]}), row_group_size=2)
    assert rows_of(table, predicates=[Predicate("x", "in", ("b", "m"))]) == [("b", 3), ("y", 4)]


def test_a_column_that_a_file_lacks_prunes_it(tmp_path: Path) -> None:
    (tmp_path / "T").mkdir()
    parquet.write_table(pa.table({"x": [1]}), tmp_path / "T" / "a.parquet")
    parquet.write_table(pa.table({"x": [2], "s": ["v"], "n": [7]}), tmp_path / "T" / "b.parquet")
    table = Catalog(tmp_path).table("T")
    assert rows_of(table, "x", predicates=[Predicate("s", "==", "v")]) == [(2,)]
    assert rows_of(table, "x", predicates=[Predicate("s", "==", "")]) == [(1,), (2,)]
    assert rows_of(table, "x", predicates=[Predicate("n", "==", 7)]) == [(2,)]
    assert rows_of(table, "x", predicates=[Predicate("n", "!=", 7)]) == [(1,), (2,)]


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b, "in": lambda a, b: a in b,
}  # fmt: skip
moments = st.one_of(st.none(), st.integers(-(10**15), 10**15))
numbers = st.one_of(st.none(), st.integers(-3, 3))
words = st.one_of(st.none(), st.sampled_from(["", "a", "b", "é", "z", "\uffff", "\U0001f600"]))
lines = st.lists(st.tuples(moments, numbers, words), min_size=1, max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    data=st.data(),
    rows=lines,
    op=st.sampled_from(sorted(OPERATORS)),
    column=st.sampled_from(["t", "n", "s"]),
    unit=st.sampled_from(["us", "ns"]),
)
def test_pruning_never_drops_a_matching_row(
    tmp_path: Path, data: st.DataObject, rows: list[Any], op: str, column: str, unit: str
) -> None:
    times = pa.array([row[0] for row in rows], pa.timestamp(unit))
    columns = {
        "t": times,
        "n": pa.array([row[1] for row in rows], pa.int64()),
        "s": pa.array([row[2] for row in rows], pa.string()),
    }
    table = written(tmp_path, pa.table(columns), row_group_size=3)
    every = rows_of(table, "t", "n", "s")
    at_ = ["t", "n", "s"].index(column)
    value = data.draw(st.sampled_from([row[at_] for row in every] + [{"t": 0, "n": 1, "s": "b"}[column]]))
    if value is None:
        return
    value = (value,) if op == "in" else value
    found = rows_of(table, "t", "n", "s", predicates=[Predicate(column, op, value)])
    wanted = [row for row in every if (op == "!=" if row[at_] is None else OPERATORS[op](row[at_], value))]
    assert [row for row in found if row in wanted] == wanted


@pytest.mark.parametrize(
    ("ending", "content", "message"),
    [
        ("parquet", b"PAR1" + b"x" * 100, "cannot be read as Parquet"),
        ("parquet", b"hello", "cannot be read as Parquet"),
        ("parquet", b"", "is empty"),
        ("arrow", b"ARROW1\0\0xxxxxxx", "cannot be read as Arrow"),
        ("csv", b"PK\x03\x04xx", "cannot be read as an archive"),
        ("csv", b"a\0b", "holds binary data"),
        ("csv", b" \n", "is empty"),
        ("csv", b"", "is empty"),
        ("json", b"", "is empty"),
    ],
)
def test_broken_files(tmp_path: Path, ending: str, content: bytes, message: str) -> None:
    catalog = Catalog(folder(tmp_path, **{f"T__{ending}": content}))
    with pytest.raises(KqlDataError) as raised:
        rows_of(catalog.table("T"))
    assert f"T.{ending} {message}" in str(raised.value)


def test_a_parquet_file_damaged_inside_is_found_when_it_is_read(tmp_path: Path) -> None:
    table = written(tmp_path, pa.table({"x": [f"text {i}" for i in range(1000)]}), compression="zstd")
    data = bytearray((tmp_path / "T.parquet").read_bytes())
    data[10:400] = b"\xff" * 390
    (tmp_path / "T.parquet").write_bytes(data)
    with pytest.raises(KqlDataError, match=r"T\.parquet cannot be read as Parquet"):
        rows_of(table)


def test_arrow_stream_and_packed_files(tmp_path: Path) -> None:
    table = pa.table({"x": [1, 2]})
    with ipc.new_stream(tmp_path / "T.ipc", table.schema) as writer:
        writer.write_table(table)
    parquet.write_table(table, tmp_path / "plain.parquet")
    (tmp_path / "P.parquet.gz").write_bytes(gzip.compress((tmp_path / "plain.parquet").read_bytes()))
    feather.write_feather(table, tmp_path / "plain.arrow", compression="zstd")
    (tmp_path / "A.arrow.gz").write_bytes(gzip.compress((tmp_path / "plain.arrow").read_bytes()))
    catalog = Catalog(tmp_path)
    for name in ("T", "P", "A"):
        assert rows_of(catalog.table(name)) == [(1,), (2,)]


def test_zstd_text(tmp_path: Path) -> None:
    with pa.CompressedOutputStream(str(tmp_path / "T.csv.zst"), "zstd") as stream:
        stream.write(b"a\n1\n")
    assert rows_of(Catalog(tmp_path).table("T")) == [(1,)]


@pytest.mark.parametrize(
    ("type_", "values", "predicate"),
    [
        ("dynamic", ["abc"], Predicate("x", "==", "abc")),
        ("guid", ["0F6B3C1E-6a55-4f4e-9d1c-6a7b1c2d3e4f"], Predicate("x", "==", "0F6B3C1E-6a55-4f4e-9d1c-6a7b1c2d3e4f")),
        ("long", ["9007199254740993"], Predicate("x", "==", 9007199254740992.0)),
        ("int", ["5"], Predicate("x", "<", 2**40)),
        ("string", ["abc"], Predicate("x", "has", "nothing")),
        ("real", ["5"], Predicate("x", "in", (5, 6.5))),
        ("bool", ["true"], Predicate("x", "==", True)),
    ],
)
def test_predicates_that_cannot_be_judged_here_drop_nothing(
    tmp_path: Path, type_: str, values: list[str], predicate: Predicate
) -> None:
    columns = pa.table({"x": values, "y": values})
    table = written(tmp_path, columns, {"T": {"x": type_, "y": "string"}})
    assert len(rows_of(table, "x", "y", predicates=[predicate])) == 1


def test_lost_values_count_once_however_often_and_in_whatever_parts_they_are_read(tmp_path: Path) -> None:
    columns = pa.table({"x": ["1", "a", "b", "2"], "n": [1, 2, 3, 4]})
    parquet.write_table(columns, tmp_path / "T.parquet", row_group_size=2)
    catalog = Catalog(tmp_path, schemas={"T": {"x": "long"}})
    assert rows_of(catalog.table("T"), "x", "n", predicates=[Predicate("n", ">", 2)]) == [(None, 3), (2, 4)]
    assert rows_of(catalog.table("T"), "x") == [(1,), (None,), (None,), (2,)]
    assert [(f.count, f.example) for f in catalog.reports()[0].failed] == [(2, "a")]
