"""JSON text and objects, one value at a time."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from kqlpy.columns.json_text import JsonValue, compact, dumps, loads, parse_json

from .strategies import json_values, same, texts


@given(json_values)
def test_values_survive(value: JsonValue) -> None:
    assert same(loads(dumps(value)), value)


@given(json_values)
def test_text_is_json_without_spaces(value: JsonValue) -> None:
    assert json.loads(dumps(value)) == value
    assert compact(json.dumps(value, indent=2)) == dumps(value)


@given(texts)
def test_parse_json_takes_any_text(text: str) -> None:
    found = parse_json(text)
    assert found is None or compact(found) == found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("  ", None),
        ("null", None),
        ("abc", '"abc"'),
        ("{'a':1}", "\"{'a':1}\""),
        ("NaN", '"NaN"'),
        ("[1, 2,]", '"[1, 2,]"'),
        ("118.0", "118.0"),
        ("1e3", "1000.0"),
        ("1E400", '"Infinity"'),
        (' { "b" : 1 , "a" : [ ] } ', '{"b":1,"a":[]}'),
        ('{"a":1,"a":2}', '{"a":2}'),
        ('"caf\\u00e9 \\/"', '"café /"'),
        ("123456789012345678901", "123456789012345678901"),
        ('"\\ud800"', '"\ufffd"'),
        ("[" * 5000 + "]" * 5000, '"' + "[" * 5000 + "]" * 5000 + '"'),
    ],
)
def test_parse_json(text: str, expected: str | None) -> None:
    assert parse_json(text) == expected


def test_reals_print_as_the_engine_prints_them() -> None:
    assert dumps([0.1 + 0.2, 1e20, 1e-7, 1.0]) == "[0.30000000000000007,100000000000000000000.0,1e-7,1.0]"


def test_what_json_lacks_becomes_text() -> None:
    assert dumps([float("nan"), float("inf"), float("-inf"), None]) == '["NaN","Infinity","-Infinity",null]'


def test_a_guid_with_an_e_is_left_alone() -> None:
    assert dumps({"id": "aaaaaa0e-1111-0e+1", "x": 1.5}) == '{"id":"aaaaaa0e-1111-0e+1","x":1.5}'


@pytest.mark.parametrize("text", ["x", "[NaN]", "01", "{'a':1}"])
def test_loads_refuses_what_is_not_json(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        loads(text)
