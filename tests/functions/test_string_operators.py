"""String operators: their four forms, and what null and dynamic values mean to them."""

from __future__ import annotations

import pytest

import kqlpy
from kqlpy.errors import KqlSemanticError, KqlUnsupportedError
from kqlpy.functions.string_operators import OPERATORS
from tests.functions.values import answer


@pytest.mark.parametrize("name", [operator.name for operator in OPERATORS])
@pytest.mark.parametrize(("left", "right"), [("North America", "america"), ("North America", "America"), ("", ""), ("x", ""), ("a_b", "B")])
def test_the_negated_form_is_the_opposite(name: str, left: str, right: str) -> None:
    for suffix in ("", "_cs"):
        positive, negative = (answer(f"'{left}' {sign}{name}{suffix} '{right}'") for sign in ("", "!"))
        assert {positive, negative} == {"True", "False"}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'a_b' has 'a'", True),
        ("'éa' has 'a'", False),
        ("'x a-b y' has 'a-b'", True),
        ("'North America' has_cs 'america'", False),
        ("'x-error' hasprefix 'err'", True),
        ("'x-error' hassuffix 'err'", False),
        ("'word boundary test' hassuffix 'test'", True),
        ("'FabriKam' contains 'BRik'", True),
        ("'userXid' contains 'user_id'", False),
        ("'Fabrikam' startswith_cs 'fab'", False),
        ("'Fabrikam' !endswith 'KAM'", False),
        ("'Straße' =~ 'STRASSE'", False),
        ("'CAFÉ' =~ 'café'", True),
        ("'abc' !~ 'ABC'", False),
        ("'Fabrikam' matches regex 'b.*K'", False),
        ("'x' has ''", True),
        ("dynamic({'k':'v'}) has 'v'", True),
        ("dynamic('abc') contains dynamic('b')", True),
        ("'abc' contains dynamic(null)", False),
        ("'abc' !contains dynamic(null)", True),
        ("dynamic(null) has 'a'", False),
        ("dynamic(null) !has 'a'", True),
        ("dynamic(null) =~ ''", True),
    ],
)
def test_traps(expression: str, expected: bool) -> None:
    assert answer(expression) == str(expected)


def test_needles_may_come_from_a_column() -> None:
    query = "datatable(s:string, p:string, r:string)['alpha', 'PH', '^a', 'beta', 'x', 'a$', 'c', 'c', 'd'] | project s contains p, s matches regex r"
    rows = kqlpy.query(query).to_pylist()
    assert [tuple(row.values()) for row in rows] == [(True, True), (False, True), (True, False)]


@pytest.mark.parametrize("name", ["like", "notlike", "likecs", "notlikecs"])
def test_like_is_refused_by_name(name: str) -> None:
    with pytest.raises(KqlUnsupportedError, match=f"`{name}`"):
        answer(f"'a' {name} 'a'")


def test_a_number_on_the_left_is_an_error() -> None:
    with pytest.raises(KqlSemanticError):
        answer("5 contains '5'")
