"""Functions over bags: text joined by columns equals bags built row by row; paths; what is no bag."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from kqlpy.columns import dynamic
from kqlpy.functions import bags
from kqlpy.functions.registry import Call
from kqlpy.session import Session
from kqlpy.types import Type

TEXTS = st.text(st.sampled_from('a"\\{},é:'), max_size=3)
CELLS = st.lists(st.tuples(TEXTS, st.one_of(st.none(), st.integers(-9, 9)), TEXTS), min_size=1, max_size=6)


def call(*types: Type) -> Call:
    return Call(types, Type.DYNAMIC, 1, Session.at())


PAIRS = call(Type.STRING, Type.LONG, Type.STRING, Type.STRING)


@settings(deadline=None)
@given(CELLS, TEXTS, TEXTS)
def test_packed_bags_read_back(rows: list[tuple[str, int | None, str]], first: str, second: str) -> None:
    _, numbers, texts = (list(column) for column in zip(*rows, strict=True))
    found = bags.bag_pack(PAIRS, pa.scalar(first), pa.array(numbers, pa.int64()), pa.scalar(second), pa.array(texts))
    assert dynamic.values(found) == [{first: number, second: text} for number, text in zip(numbers, texts, strict=True)]


@settings(deadline=None)
@given(CELLS)
def test_keys_may_come_from_columns(rows: list[tuple[str, int | None, str]]) -> None:
    keys, numbers, texts = (list(column) for column in zip(*rows, strict=True))
    found = bags.bag_pack(PAIRS, pa.array(keys), pa.array(numbers, pa.int64()), pa.scalar("a"), pa.array(texts))
    assert dynamic.values(found) == [{key: number, "a": text} for key, number, text in zip(keys, numbers, texts, strict=True)]


@settings(deadline=None)
@given(CELLS)
def test_pack_all_leaves_out_nulls_and_empty_texts_when_asked(rows: list[tuple[str, int | None, str]]) -> None:
    names, numbers, texts = (list(column) for column in zip(*rows, strict=True))
    columns = {"n": (names, Type.STRING), "i": (numbers, Type.LONG), "t": (texts, Type.STRING)}
    types: list[Type] = [Type.BOOL]
    args: list[Any] = [pa.scalar(True)]
    for name, (values, type_) in columns.items():
        types += [Type.STRING, type_]
        args += [pa.scalar(name), pa.array(values, pa.int64() if type_ is Type.LONG else pa.string())]
    expected = [{k: v for k, v in zip(columns, row, strict=True) if v is not None and v != ""} for row in rows]
    assert dynamic.values(bags.pack_all(call(*types), *args)) == expected


def test_packing_a_typed_list() -> None:
    found = bags.bag_pack(call(Type.STRING, Type.DYNAMIC), pa.scalar("a"), pa.array([[1, 2], None], pa.list_(pa.int64())))
    assert found.to_pylist() == ['{"a":[1,2]}', '{"a":null}']


def test_keys_of_what_is_no_bag_are_null() -> None:
    assert [bags.bag_keys(value) for value in ({"a": 1, "c": 2}, {}, [], "a")] == [["a", "c"], [], None, None]


def test_the_leftmost_bag_wins() -> None:
    assert bags.bag_merge({"a": 1}, None, {"a": 2, "b": 3}, [1]) == {"a": 1, "b": 3}
    assert bags.bag_merge(None, []) is None


def test_paths_lead_into_nested_bags() -> None:
    nested = {"k": {"p": 1, "q": 2}, "l": [0]}
    assert bags.bag_has_key(nested, "$.k.p")
    assert bags.bag_has_key(nested, "$['k'][\"q\"]")
    assert bags.bag_has_key(nested, "$.k.x") is False
    assert bags.bag_has_key(nested, "$.l[0]") is False
    assert bags.bag_remove_keys(nested, ["$.k.p", "l", "none"]) == {"k": {"q": 2}}
    assert nested == {"k": {"p": 1, "q": 2}, "l": [0]}


def test_a_plain_key_may_begin_with_a_dollar() -> None:
    assert bags.key_path("$") == ["$"]
    assert bags.key_path("$x") == ["$x"]


def test_a_key_that_is_set_moves_to_the_end() -> None:
    types = call(Type.DYNAMIC, Type.STRING, Type.TIMESPAN)
    assert list(bags.bag_set_key(types, {"a": 1, "b": 2}, "a", 10_000_000)) == ["b", "a"]
    assert bags.bag_set_key(types, {"a": 1}, "$.b.c", 10_000_000) == {"a": 1, "b": {"c": "00:00:01"}}
    assert bags.bag_set_key(types, [1], "a", 1) is None


def test_zipping_needs_texts_as_keys() -> None:
    assert bags.bag_zip(["a", 8, "b"], [1, "2", 2.5]) == {"a": 1, "b": 2.5}
    assert bags.bag_zip(["a", 8, "b"], 1) == {"a": None, "b": None}
    assert bags.bag_zip("a", [1]) is None
