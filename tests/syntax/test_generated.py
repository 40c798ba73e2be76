"""Generated trees: their text parses to the same tree."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kqlpy.errors import KqlError
from kqlpy.syntax import ast
from kqlpy.syntax.parser import parse
from kqlpy.syntax.unparse import unparse

from .strategies import expressions, queries


@given(expressions)
def test_expressions_survive_the_round_trip(expression: ast.Expr) -> None:
    query = ast.Query((ast.ExprStatement(ast.Pipeline(None, (ast.Print((expression,)),))),))

    assert parse(unparse(query)) == query


@given(queries)
def test_queries_survive_the_round_trip(query: ast.Query) -> None:
    assert parse(unparse(query)) == query


def refusal(text: str) -> KqlError | None:
    """The error of a text, or None when it parses and its tree survives the round trip."""
    try:
        tree = parse(text)
    except KqlError as error:
        return error
    assert parse(unparse(tree)) == tree
    return None


@given(queries, st.data())
def test_cut_and_mixed_texts_parse_or_are_refused_cleanly(query: ast.Query, data: st.DataObject) -> None:
    text = unparse(query)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    insert = data.draw(
        st.sampled_from(["", "(", ")", "|", ",", "'", "=", " x ", "]", "{", "by", ";", "*", "..", "\n", "-", "1d"])
    )
    mixed = text[:start] + insert + text[end:]

    error = refusal(mixed)

    assert error is None or error.span is None or 0 <= error.span.start <= error.span.end <= len(mixed)
    assert error is None or str(error)


@given(st.text(st.sampled_from("abT|(){}[],.;=<>!*+-/'\"@#~` \n0123456789:$_"), max_size=30))
def test_any_text_parses_or_is_refused_cleanly(text: str) -> None:
    error = refusal(text)

    assert error is None or str(error)
