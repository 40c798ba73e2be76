"""Values of literals."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest

from kqlpy.columns.ticks import TICKS_PER_DAY, TICKS_PER_HOUR, from_civil
from kqlpy.errors import KqlSyntaxError
from kqlpy.syntax import ast
from kqlpy.syntax.parser import parse
from kqlpy.types import Type

from .test_trees import expression


def value(text: str) -> tuple[Type, object]:
    node = expression(text)
    assert isinstance(node, ast.Literal)
    return node.type, node.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"'a\\b\'c\"d'", "a\\b'c\"d"),
        (r"'\t\n\r\0\a\b\f\v'", "\t\n\r\0\a\b\f\v"),
        (r"'\u0041\x42\103\U0001F600'", "ABC\U0001f600"),
        (r"@'c:\temp''s'", r"c:\temp's"),
        (r'@"say ""x"""', 'say "x"'),
        ("h'secret'", "secret"),
        ('H@"c:\\x"', "c:\\x"),
        ("```a\n'b' \\t```", "a\n'b' \\t"),
        ("~~~a ``` b~~~", "a ``` b"),
        ("'a' \"b\" // comment\n @'c'", "abc"),
        ("''", ""),
    ],
)
def test_strings(text: str, expected: str) -> None:
    assert value(text) == (Type.STRING, expected)


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("7", Type.LONG, 7),
        ("010", Type.LONG, 10),
        ("0xFFFFFFFF", Type.LONG, 4294967295),
        ("0xFFFFFFFFFFFFFFFF", Type.LONG, -1),
        ("int(0xFFFFFFFF)", Type.INT, -1),
        ("int(-5)", Type.INT, -5),
        ("int( 010 )", Type.INT, 10),
        ("int(null)", Type.INT, None),
        ("long(-9223372036854775808)", Type.LONG, -(2**63)),
        ("1e3", Type.REAL, 1000.0),
        ("2.", Type.REAL, 2.0),
        ("real(7)", Type.REAL, 7.0),
        ("real(-inf)", Type.REAL, -math.inf),
        ("double(1.5)", Type.REAL, 1.5),
        ("decimal(1.50)", Type.DECIMAL, Decimal("1.50")),
        ("true", Type.BOOL, True),
        ("bool(0)", Type.BOOL, False),
        ("bool(null)", Type.BOOL, None),
        ("guid(74BE27DE1E4E49D9B579FE0B331D3642)", Type.GUID, "74be27de-1e4e-49d9-b579-fe0b331d3642"),
        ("1d", Type.TIMESPAN, TICKS_PER_DAY),
        ("1.5h", Type.TIMESPAN, TICKS_PER_HOUR * 3 // 2),
        ("3millisec", Type.TIMESPAN, 30_000),
        ("1tick", Type.TIMESPAN, 1),
        ("time(2)", Type.TIMESPAN, 2 * TICKS_PER_DAY),
        ("time(1.02:03:04)", Type.TIMESPAN, 937_840_000_000),
        ("timespan(null)", Type.TIMESPAN, None),
        ("datetime(1970-01-01)", Type.DATETIME, 621_355_968_000_000_000),
        ("datetime(2017 - 08 - 01)", Type.DATETIME, from_civil(2017, 8, 1)),
        ("datetime(2025, 6, 14)", Type.DATETIME, from_civil(2025, 6, 14)),
        ("datetime('12-02-2022')", Type.DATETIME, from_civil(2022, 12, 2)),
        ("date(null)", Type.DATETIME, None),
    ],
)
def test_typed_values(text: str, kind: Type, expected: object) -> None:
    assert value(text) == (kind, expected)


def test_not_a_number_is_one_object() -> None:
    assert value("real(nan)") == (Type.REAL, math.nan)


def test_the_lowest_long_can_be_written() -> None:
    assert expression("-9223372036854775808") == ast.Unary("-", ast.Literal(Type.LONG, -(2**63)))


def test_empty_datetime_is_now() -> None:
    assert expression("datetime()") == ast.Call("now")


def test_a_time_of_day_is_today() -> None:
    assert expression("datetime(8:00)") == ast.Call("todatetime", (ast.Literal(Type.STRING, "8:00"),))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dynamic(null)", None),
        ("dynamic([1, 2.0, -3, 'a', true, null])", '[1,2.0,-3,"a",true,null]'),
        ("dynamic({'b': 1, \"a\": {}})", '{"b":1,"a":{}}'),
        ("dynamic([123456789012345678901234567890, 0x1F, 007])", "[123456789012345678901234567890,31,7]"),
        ("dynamic([datetime(2020-01-01), 36h])", '["2020-01-01T00:00:00.0000000Z",1296000000000]'),
        ("dynamic(guid(74be27de-1e4e-49d9-b579-fe0b331d3642))", '"74be27de-1e4e-49d9-b579-fe0b331d3642"'),
        ("dynamic([int(5), long(null), real(1), bool(true)])", "[5,null,1.0,true]"),
        ("dynamic('say \"x\"\\n')", '"say \\"x\\"\\n"'),
        ("dynamic(['a' \"b\", dynamic([1])])", '["ab",[1]]'),
        ("dynamic(['ä', '\\u2028'])", '["ä","\u2028"]'),
    ],
)
def test_dynamic_is_compact_json(text: str, expected: str | None) -> None:
    assert value(text) == (Type.DYNAMIC, expected)


@pytest.mark.parametrize(
    "text",
    [
        "int(2147483648)", "int(-2147483649)", "int(0x1FFFFFFFF)", "int(1.0)", "int(-0x10)", "int()",
        "9223372036854775808", "- 9223372036854775808", "long(9223372036854775808)", "0x1FFFFFFFFFFFFFFFF",
        "bool(yes)", "real(x)", "decimal(nan)", "guid(123)", "datetime(2024-13-01)", "datetime(soon)", "time(1x)",
        "99999999999999999999d", "string(null)x", "dynamic(decimal(1))", "dynamic(x)", "'\\q'", "'\\U99999999'",
    ],
)  # fmt: skip
def test_literals_without_a_value_are_refused(text: str) -> None:
    with pytest.raises(KqlSyntaxError):
        parse(f"print {text}")
