"""Texts to try: queries of our own with pieces lost, doubled, swapped or put in, and texts of random pieces, characters and brackets.

Text `number` of a seed is always the same one, whatever was made before it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from kqlpy.functions.registry import AGGREGATES, PLUGINS, SCALARS, WINDOWS, load
from kqlpy.rules.load import load_rule
from kqlpy.syntax.tables import load as load_tables
from kqlpy.types import Type

__all__ = ["KINDS", "make_text"]

ROOT = Path(__file__).parents[1]
_TOKEN = re.compile(r"""//[^\n]*|@?"(?:[^"\\\n]|\\.|"")*"|@?'(?:[^'\\\n]|\\.|'')*'|[A-Za-z_$][\w\-]*|\d[\w.]*|==|=~|!=|!~|<=|>=|=>|\.\.|\s+|\S""")
_NAMES = ["T", "U", "SecurityEvent", "a", "b", "c", "d", "g", "r", "t", "s", "x", "y", "n", "TimeGenerated", "$left", "$right", "Missing", "['a b']", "$table"]
_VALUES = [
    "0", "1", "-1", "3", "9223372036854775807", "9223372036854775808", "0x7fffffffffffffff", "1.5", "1e308", "1e-320", "real(nan)", "real(+inf)",
    "long(null)", "int(null)", "bool(null)", "datetime(null)", "timespan(null)", "real(null)", "guid(null)", "decimal(1.5)", "decimal(null)",
    "datetime(2024-05-01)", "datetime(0001-01-01)", "datetime(9999-12-31T23:59:59.9999999Z)", "1d", "1tick", "1ms", "106751991167d", "now()",
    "ago(1d)", "dynamic(null)", "dynamic([1,2,null])", 'dynamic({"a":{"b":[1]}})', 'dynamic("x")', "dynamic([])", "dynamic({})", '""', '"x"', '"10.0.0.1"',
    '"{\\"a\\":1}"', "@'\\d+'", '"(("', '"\\u0130"', "true", "false", "typeof(long)", "typeof(string)", "*", "```a\nb```", "guid(74be27de-1e4e-49d9-b579-fe0b331d3642)",
]  # fmt: skip
_MARKS = [*"()[]{}|,;=.:+-*/%<>!~\"'`@#\\&^?", "==", "=~", "!=", "..", "=>", "//", "\n", " ", "-->", "(*)"]
_CHARACTERS = "abcXYZ019_$ \t\n\r\x00\x7f\xa0\u200b\ufeff\u2028\u0130\u00df\U0001f600\ud800" + "".join(m for m in _MARKS if len(m) == 1)


def make_text(seed: int, number: int) -> tuple[str, str]:
    """The kind of text, and the text."""
    chance = random.Random(f"{seed}:{number}")
    kind = chance.choice(list(KINDS))
    return kind, KINDS[kind](chance)


@cache
def _queries() -> list[str]:
    rules = [load_rule(path).query for path in sorted((ROOT / "rules").glob("*.yaml"))]
    forms = [line for path in sorted((ROOT / "tests/syntax/cases/forms").glob("*.kql")) for line in path.read_text(encoding="utf-8").splitlines() if line]
    cases = [path.read_text(encoding="utf-8").split("\n-- ")[0] for path in sorted((ROOT / "tests/cases").rglob("*.kql"))]
    return [*rules * 10, *forms, *cases * 2]


@cache
def _words() -> list[str]:
    load()
    return sorted({*load_tables().words, *(m for m in load_tables().marks if m[:1].isalpha())})


@cache
def _functions() -> list[str]:
    load()
    return sorted({*SCALARS, *AGGREGATES, *WINDOWS, *PLUGINS})


def _piece(chance: random.Random) -> str:
    pool = chance.choice((_NAMES, _VALUES, _MARKS, _words(), _functions()))
    return chance.choice(pool)


def _tokens(chance: random.Random) -> list[str]:
    return _TOKEN.findall(chance.choice(_queries()))


def _mutated(chance: random.Random) -> str:
    """A query with a few of its tokens lost, doubled, swapped, replaced or put in."""
    tokens = _tokens(chance)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        at = chance.randrange(len(tokens))
        match chance.randrange(6):
            case 0:
                del tokens[at : at + chance.choice((1, 1, 2, 5))]
            case 1:
                tokens[at:at] = tokens[at : at + chance.choice((1, 3, 10))]
            case 2:
                other = chance.randrange(len(tokens))
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case 3:
                tokens[at] = _piece(chance)
            case 4:
                tokens.insert(at, _piece(chance))
            case _:
                tokens[at:at] = [" ", _piece(chance), " "]
        tokens = tokens or [" "]
    return "".join(tokens)


def _replaced(chance: random.Random) -> str:
    """A query in which names, values or functions stand where others stood: it often parses, and seldom fits."""
    tokens = _tokens(chance)
    for _ in range(chance.choice((1, 2, 4))):
        at = chance.randrange(len(tokens))
        old = tokens[at]
        if old[:1].isdigit() or old[:1] in "\"'@":
            tokens[at] = chance.choice(_VALUES)
        elif old in _words():
            tokens[at] = chance.choice(_words())
        elif old[:1].isalpha():
            tokens[at] = chance.choice((*_NAMES, chance.choice(_functions()), chance.choice(_VALUES)))
    return "".join(tokens)


def _mixed(chance: random.Random) -> str:
    """The beginning of one query and the end of another, at tokens or at bars."""
    if chance.random() < 0.5:
        first, second = _tokens(chance), _tokens(chance)
        return "".join(first[: chance.randrange(len(first) + 1)] + second[chance.randrange(len(second) + 1) :])
    first, second = chance.choice(_queries()).split("|"), chance.choice(_queries()).split("|")
    return "|".join(first[: chance.randrange(1, len(first) + 1)] + second[chance.randrange(len(second)) :])


def _damaged(chance: random.Random) -> str:
    """A query with characters lost or put in."""
    text = chance.choice(_queries())
    for _ in range(chance.choice((1, 2, 5))):
        at = chance.randrange(len(text) + 1)
        text = text[:at] + chance.choice(("", "", chance.choice(_CHARACTERS))) + text[at + chance.randrange(3) :]
    return text


def _call(chance: random.Random) -> str:
    """A call of any function, mostly with arguments of types that it takes, over rows or not."""
    name = chance.choice(_functions())
    function = SCALARS.get(name) or AGGREGATES.get(name) or WINDOWS.get(name) or PLUGINS[name]
    parameters = list(chance.choice(function.overloads).parameters) if function.overloads else []
    count = max(0, len(parameters) - sum(p.optional for p in parameters) + chance.choice((-1, 0, 0, 0, 0, 1, 2)))
    args = ", ".join(_argument(chance, parameters[min(i, len(parameters) - 1)].types if parameters else ()) for i in range(count))
    call = f"{name}({args})"
    if name in AGGREGATES:
        return chance.choice((f"T | summarize {call} by a", f"T | summarize {call}", f"T | make-series {call} on t step 1d", f"T | summarize z = {call} by bin(t, 1d)"))
    if name in WINDOWS:
        return f"T | sort by a | extend z = {call}"
    if name in PLUGINS:
        return f"T | evaluate {call}"
    return chance.choice((f"print {call}", f"T | extend z = {call}", f"T | where {call}", f"T | extend (p, q) = {call}", f"T | summarize count() by {call}"))


def _argument(chance: random.Random, types: Iterable[Type]) -> str:
    fitting = [type_ for type_ in sorted(types) if type_ in _BY_TYPE]
    if not fitting or chance.random() < 0.1:
        return chance.choice((*_VALUES, *_NAMES[3:12]))
    return chance.choice(_BY_TYPE[chance.choice(fitting)])


_BY_TYPE: dict[Type, list[str]] = {
    Type.LONG: ["a", "1", "-1", "0", "7", "long(null)", "9223372036854775807", "a + 1"],
    Type.INT: ["int(1)", "toint(a)", "int(null)", "int(-2147483648)"],
    Type.REAL: ["r", "1.5", "-0.0", "real(nan)", "real(-inf)", "1e308", "real(null)"],
    Type.DECIMAL: ["decimal(1.5)", "todecimal(a)", "decimal(null)"],
    Type.BOOL: ["true", "a > 1", "bool(null)"],
    Type.STRING: ["b", '"x"', '""', '"10.0.0.1/24"', "'{\"a\":[1]}'", "'(a)(b'", '"2024-05-01"', "g", "tostring(c)", '"%Y"', '"day"', '"\\u0130"'],
    Type.DATETIME: ["t", "datetime(2024-05-01)", "datetime(null)", "datetime(0001-01-01)", "datetime(9999-12-31)"],
    Type.TIMESPAN: ["s", "1d", "-1h", "0s", "timespan(null)", "106751991167d"],
    Type.GUID: ["g", "guid(null)"],
    Type.DYNAMIC: ["c", "d", "dynamic([1,2.5,null])", 'dynamic({"a":{"b":1}})', "dynamic(null)", 'dynamic(["x","y"])', "dynamic([])", "c.a", "d[0]", "pack_array(a, b)"],
}


def _operators(chance: random.Random) -> str:
    """Operators of our queries in any order over any table."""
    stages = [chance.choice(_stages()) for _ in range(chance.randint(1, 5))]
    return " | ".join((chance.choice(("T", "U", "T | sort by a", "range x from 1 to 5 step 1")), *stages))


@cache
def _stages() -> list[str]:
    return sorted({stage.strip() for query in _queries() for stage in query.split("|")[1:] if stage.count("(") == stage.count(")") and len(stage) < 300})


def _soup(chance: random.Random) -> str:
    """Pieces of the language in any order."""
    return " ".join(_piece(chance) for _ in range(chance.choice((1, 3, 8, 30))))


def _noise(chance: random.Random) -> str:
    """Any characters, or any bytes read as text."""
    if chance.random() < 0.5:
        return chance.randbytes(chance.choice((1, 10, 100))).decode("utf-8", "replace")
    return "".join(chance.choice(_CHARACTERS) for _ in range(chance.choice((1, 10, 60))))


def _deep(chance: random.Random) -> str:
    """The same thing inside itself, many times."""
    depth = chance.choice((5, 40, 120, 300, 600, 3000))
    before, middle, after = chance.choice(
        (
            ("(", "1", ")"), ("not(", "true", ")"), ("-", "1", ""), ("abs(", "a", ")"), ("[", "1", "]"), ("{", "x", "}"), ("(T | where a in (", "1", "))"),
            ("a and (", "b", ")"), ("a.", "b", ""), ("strcat(\"x\", ", "b", ")"), ("case(true, ", "1", ", 2)"), ("a + (", "1", ") * 2"),
            ("(T | join (", "U", ") on a)"), ("toscalar(T | where a == ", "1", ")"), ("let f = () { ", "1", " };"), ("a[", "0", "]"),
        )
    )  # fmt: skip
    start = chance.choice(("print ", "T | where ", "T | extend z = ", "", "print dynamic(", "T | summarize max(", "union "))
    closed = chance.choice((depth, depth, depth - 1, 0))
    return start + before * depth + middle + after * closed


KINDS: dict[str, Callable[[random.Random], str]] = {
    "mutated": _mutated, "replaced": _replaced, "mixed": _mixed, "damaged": _damaged, "call": _call, "operators": _operators, "soup": _soup, "noise": _noise,
    "deep": _deep,
}  # fmt: skip
