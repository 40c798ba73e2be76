"""The `to...` functions as queries see them; how columns convert is tested with `columns/convert.py`."""

from __future__ import annotations

import pytest

import kqlpy

from .values import answer


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("tolong(' 7 ')", "7"),
        ("tolong('0x10')", "16"),
        ("toint(2.9)", "2"),
        ("toint(9999999999)", "1410065407"),
        ("todouble('1e3')", "1000.0"),
        ("toreal(1)", "1.0"),
        ("tobool('2')", "True"),
        ("toboolean('TRUE')", "True"),
        ("todatetime('12-02-2022')", "2022-12-02T00:00:00.0000000Z"),
        ("totimespan('90s')", "00:01:30"),
        ("totime('1.00:00:00')", "1.00:00:00"),
        ("todecimal('3.14159')", "3.14159"),
        ("toguid('0123456789ab-cdef-0123-456789abcdef')", "01234567-89ab-cdef-0123-456789abcdef"),
        ("tostring(int(null))", ""),
        ("tostring(true)", "True"),
        ("tostring(dynamic(true))", "true"),
        ("tolong(dynamic('7'))", "7"),
        ("parse_json('abc')", "abc"),
        ("todynamic('{\"a\":[1,2]}').a[1]", "2"),
        ("parse_json(parse_json('\"[1]\"'))", "[1]"),
        ("gettype(parse_json(parse_json('\"[1]\"')))", "string"),
        ("gettype(dynamic(1.5))", "double"),
        ("gettype(dynamic(null))", "null"),
        ("gettype(datetime(null))", "datetime"),
        ("gettype(int(1))", "int"),
        ("dynamic_to_json(dynamic({'b': 1, 'a': [{'d': 2.0, 'c': null}]}))", '{"a":[{"c":null,"d":2.0}],"b":1}'),
        ("dynamic_to_json(1.5)", "1.5"),
    ],
)
def test_answers(expression: str, expected: str) -> None:
    assert answer(expression) == expected


@pytest.mark.parametrize("expression", ["tolong('abc')", "tolong('5.7')", "todouble('0x10')", "todatetime('')", "tobool('yes')", "toguid('x')", "parse_json('')"])
def test_null_answers(expression: str) -> None:
    assert answer(f"isnull({expression})") == "True"


def test_names_pass_through_conversions() -> None:
    table = kqlpy.query("datatable(a:string)['1'] | project tolong(a), todatetime(a), gettype(a), parse_json(a)")
    assert table.column_names == ["a", "a1", "type_a", "a2"]
