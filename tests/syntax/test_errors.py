"""What an analyst reads about a mistake, in full."""

from __future__ import annotations

import pytest

from kqlpy.errors import KqlError, KqlSyntaxError
from kqlpy.source import Source, Span
from kqlpy.syntax.parser import parse

from .helpers import blocks


@pytest.mark.parametrize(("query", "message"), blocks("errors"))
def test_message(query: str, message: str) -> None:
    with pytest.raises(KqlError) as caught:
        parse(query)

    assert str(caught.value) == message


def test_place_of_an_error() -> None:
    with pytest.raises(KqlSyntaxError) as caught:
        parse("T\n| whre a == 1")

    error = caught.value
    assert (error.line, error.column, error.span, error.code) == (2, 3, Span(4, 8), "KS176")
    assert error.hint == "did you mean `where`?"


def test_place_in_a_rule_file() -> None:
    with pytest.raises(KqlSyntaxError) as caught:
        parse(Source("T\n| whre a == 1", "rule.yaml", ((11, 3), (12, 3))))

    assert str(caught.value).startswith("KS176 rule.yaml, line 12, column 5: there is no operator `whre`")


def test_errors_of_several_statements_are_told_together() -> None:
    with pytest.raises(KqlSyntaxError) as caught:
        parse("let a = ;\nlet b = 5;\nT | whre x")

    assert [error.message for error in caught.value.errors] == [
        "a value is missing after `=`, before `;`",
        "there is no operator `whre`",
    ]
