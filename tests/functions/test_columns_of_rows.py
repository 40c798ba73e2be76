"""Functions of one row whose `arrays` answer common rows by array work: both give the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kqlpy.columns import dynamic, json_shapes, xml_shapes
from kqlpy.columns.json_text import dumps
from kqlpy.engine.row_functions import run_rows
from kqlpy.functions.registry import SCALARS, Call, Overload, load
from kqlpy.session import Session
from kqlpy.types import Type
from tests.columns.strategies import columns, texts

load()


def some(alphabet: str, size: int = 14) -> st.SearchStrategy[str]:
    return st.text(st.sampled_from(alphabet), max_size=size)


def joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map("".join)


LISTS = st.lists(st.sampled_from(["a", "ab", "", "é", "\x01", 5, None]), max_size=4).map(json.dumps)
ADDRESSES = st.builds("{}.{}.{}.{}{}".format, *[st.integers(0, 300)] * 4, st.sampled_from(["", "/0", "/8", "/32", "/33", "/08", " ", "/"]))
QUERIES = some("ab=&é%\"\\", 12)
URLS = joined(
    st.sampled_from(["https://", "a+b://", "x:", "//", ""]), st.sampled_from(["host", "u:p@h.io", "[::1]", "é", "h:80", "h:", ""]), some('/a:"\\?#@', 5),
    st.sampled_from(["", "?", "?a=1&b=2", "?a=1&a=2&c", "?=&&x=="]), st.sampled_from(["", "#", "#f#g?", "#é"]),
)  # fmt: skip
FLAT = st.lists(some("aé\\", 2)).map(dumps) | st.lists(st.integers(-2, 3)).map(dumps) | st.sampled_from(["{}", '"a"'])
BAGS = st.recursive(
    st.sampled_from([1, "x", None, [1, 2], [{"b": 1, "a": 2}]]), lambda inner: st.dictionaries(st.sampled_from(["a", "b", "é"]), inner, max_size=3), max_leaves=5
).map(lambda value: dumps([] if value is None else value))  # fmt: skip
CASES: dict[str, tuple[st.SearchStrategy[str], list[tuple[Type, st.SearchStrategy[Any]]]]] = {
    "array_index_of": (FLAT, [(Type.STRING, some("aé\\", 2))]),
    "set_union": (FLAT, [(Type.DYNAMIC, FLAT), (Type.DYNAMIC, FLAT)]),
    "set_intersect": (FLAT, [(Type.DYNAMIC, FLAT)]),
    "set_difference": (FLAT, [(Type.DYNAMIC, FLAT)]),
    "bag_keys": (BAGS, []),
    "bag_has_key": (BAGS, [(Type.STRING, st.sampled_from(["a", "b", "$.a.b", "$.b.a", "$.a[0]", "é"]))]),
    "bag_remove_keys": (BAGS, [(Type.DYNAMIC, st.sampled_from(['["a"]', '["$.a.b","b"]', '["$.b[0]",5,"é"]', '[]', '"a"', '{}', '["a","b","é"]']))]),
    "dynamic_to_json": (BAGS, []),
    "parse_xml": (st.sampled_from(["<a>1</a>", "<a x='2'/>", "<a>", "é"]), []),
    "parse_command_line": (some('ab "\\\té', 12) | some('a "', 9), [(Type.STRING, st.sampled_from(["windows", "Windows"]))]),
    "parse_url": (URLS | texts, []),
    "parse_urlquery": (QUERIES | QUERIES.map("?{}".format), []),
    "parse_ipv6": (ADDRESSES | st.sampled_from(["::1", "fe80::1/64", "", "x"]), []),
    "replace_strings": (some("aabé\x01\x02", 8), [(Type.DYNAMIC, LISTS), (Type.DYNAMIC, LISTS)]),
}


def overload(name: str) -> Overload:
    (found,) = (o for o in SCALARS[name].overloads if o.arrays is not None)
    return found


def answers(one: Overload, args: list[Any], types: tuple[Type, ...]) -> list[Any]:
    result = Type(one.result)
    found = run_rows(one, args, types, result, Call(types, result, len(args[0]), Session.at()))
    return (dynamic.text_of(found) if result is Type.DYNAMIC else found).to_pylist()


@pytest.fixture(autouse=True, scope="module")
def _few_rows_suffice() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (json_shapes, xml_shapes):
            patch.setattr(module, "_FEWEST_ROWS", 1)
        yield


@pytest.mark.parametrize("name", CASES)
@given(data=st.data())
def test_rows_and_columns_agree(name: str, data: st.DataObject) -> None:
    cells, constants = CASES[name]
    args = [data.draw(columns(cells, pa.string(), nulls=False)), *(pa.scalar(data.draw(strategy)) for _, strategy in constants)]
    types = (Type.DYNAMIC if name.startswith(("array", "set", "bag", "dynamic")) else Type.STRING, *(type_ for type_, _ in constants))
    assert answers(overload(name), args, types) == answers(replace(overload(name), arrays=None), args, types)


@given(columns(FLAT, pa.string(), nulls=False), st.integers(-3, 3))
def test_places_of_numbers(column: pa.Array, wanted: int) -> None:
    args, types = [column, pa.scalar(wanted)], (Type.DYNAMIC, Type.LONG)
    assert answers(overload("array_index_of"), args, types) == answers(replace(overload("array_index_of"), arrays=None), args, types)


@given(st.lists(st.tuples(FLAT, FLAT, FLAT), min_size=1, max_size=6), st.sampled_from(["set_union", "set_intersect", "set_difference"]))
def test_sets_of_columns(rows: list[tuple[str, str, str]], name: str) -> None:
    args, types = [pa.array(column) for column in zip(*rows, strict=True)], (Type.DYNAMIC,) * 3
    assert answers(overload(name), args, types) == answers(replace(overload(name), arrays=None), args, types)


def test_all_such_functions_are_tried() -> None:
    assert {name for name, function in SCALARS.items() if any(o.arrays for o in function.overloads)} - {"parseurl", "parseurlquery"} == set(CASES)
