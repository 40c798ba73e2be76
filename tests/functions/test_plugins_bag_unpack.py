"""bag_unpack: which columns come out, of what type, and how names that are taken are treated."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kqlpy
from tests.operators.group_helpers import columns, refusal, rows

CONFLICT = """datatable(Name:string, d:dynamic)['James', dynamic({"Name": "John", "Age": 20}), 'David', dynamic({"Age": 40})] | evaluate bag_unpack(d"""


def unpacked(*bags: Any, tail: str = "evaluate bag_unpack(d)") -> tuple[list[str], list[tuple[Any, ...]]]:
    """Columns and rows of a table of bags unpacked."""
    table = [{"s": json.dumps(bag)} for bag in bags]
    found = kqlpy.Engine(tables={"T": table}).query(f"T | project d = parse_json(s) | {tail}")
    return [f"{f.name}:{f.metadata[b'kql.type'].decode()}" for f in found.schema], [tuple(r.values()) for r in found.to_pylist()]


def test_columns_are_sorted_and_missing_values_null() -> None:
    assert unpacked({"b": 1, "a": "x"}, {"b": 2, "C": True}) == (["C:bool", "a:string", "b:long"], [(None, "x", 1), (True, "", 2)])


@pytest.mark.parametrize(
    ("values", "type_"),
    [
        ([1, 2], "long"), ([1.5, 2.5], "real"), ([True], "bool"), (["x"], "string"), ([[1]], "dynamic"), ([{"a": 1}], "dynamic"),
        ([1, 1.5], "dynamic"), ([1, "x"], "dynamic"), ([1, None], "long"), ([None], "dynamic"), ([2**70], "dynamic"),
        (["2024-05-17T10:00:00.1234567Z"], "datetime"), (["2024-05-17T10:00:00Z"], "string"), (["2024-05-17T10:00:00.1234567Z", "x"], "string"),
    ],
)  # fmt: skip
def test_type_is_the_one_that_all_values_share(values: list[Any], type_: str) -> None:
    assert unpacked(*({"a": v} for v in values))[0] == [f"a:{type_}"]


def test_datetimes_packed_in_a_query_come_out_as_datetimes() -> None:
    assert columns("print t = datetime(2024-05-17), n = 1 | project d = pack_all() | evaluate bag_unpack(d)") == ["n:long", "t:datetime"]


def test_rows_without_a_bag_stay() -> None:
    assert unpacked(None, [1], "x", {"a": 1})[1] == [(None,), (None,), (None,), (1,)]


def test_no_rows_give_no_columns() -> None:
    assert columns("datatable(k:long, d:dynamic)[] | evaluate bag_unpack(d)") == ["k:long"]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (", columnsConflict='replace_source')", (["Name:string", "Age:long"], [("John", 20), ("", 40)])),
        (", columnsConflict='keep_source')", (["Name:string", "Age:long"], [("James", 20), ("David", 40)])),
        (", 'p_')", (["Name:string", "p_Age:long", "p_Name:string"], [("James", 20, "John"), ("David", 40, "")])),
        (", ignoredProperties=dynamic(['Name']))", (["Name:string", "Age:long"], [("James", 20), ("David", 40)])),
        (") : (*, Age: long)", (["Name:string", "Age:long"], [("James", 20), ("David", 40)])),
        (") : (Age: string, Other: real)", (["Age:string", "Other:real"], [("20", None), ("40", None)])),
        (", columnsConflict='replace_source') : (*, Name: string)", (["Name:string"], [("John",), ("",)])),
        (", columnsConflict='keep_source') : (Name: string, Age: long)", (["Name:string", "Age:long"], [("James", 20), ("David", 40)])),
        (", 'p_') : (p_Age: int, Age: int)", (["p_Age:int", "Age:int"], [(20, None), (40, None)])),
        (") : (Name: dynamic)", (["Name:dynamic"], [('"John"',), (None,)])),
    ],
)
def test_names_that_are_taken(options: str, found: tuple[list[str], list[tuple[Any, ...]]]) -> None:
    assert (columns(CONFLICT + options), rows(CONFLICT + options)) == found


def test_a_clash_is_an_error_unless_told_otherwise() -> None:
    assert refusal(CONFLICT + ")") == "`bag_unpack` makes columns that are there already: `Name`"
    assert refusal(CONFLICT + ") : (Name: string)") == "`bag_unpack` makes columns that are there already: `Name`"


def test_chance_is_drawn_once() -> None:
    query = "range x from 1 to 50 step 1 | extend d = bag_pack(strcat('k', tostring(toint(rand(3)))), x) | evaluate bag_unpack(d)"
    assert all(sum(v is not None for v in row[1:]) == 1 for row in rows(query))


VALUES = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text("ab", max_size=2), st.lists(st.integers(0, 2), max_size=2))


@given(st.lists(st.one_of(st.none(), st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)), min_size=1, max_size=8))
def test_each_value_is_found_in_its_row(bags: list[dict[str, Any] | None]) -> None:
    names, found = unpacked(*bags)
    slots = sorted({name for bag in bags if bag for name in bag})
    assert [n.split(":")[0] for n in names] == slots
    if not slots:
        return
    for bag, row in zip(bags, found, strict=True):
        for column, cell in zip(names, row, strict=True):
            name, type_ = column.split(":")
            wanted = (bag or {}).get(name)
            if type_ == "string":
                wanted = wanted or ""
            assert (json.loads(cell) if type_ == "dynamic" and cell is not None else cell) == wanted
