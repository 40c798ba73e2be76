"""Keywords are soft: most words are names wherever no keyword can stand."""

from __future__ import annotations

import pytest

from kqlpy.errors import KqlSyntaxError
from kqlpy.syntax import ast, tables
from kqlpy.syntax.keywords import NOT_DECLARED, NOT_REFERENCED, NOT_STEPS
from kqlpy.syntax.parser import parse
from kqlpy.syntax.unparse import unparse
from kqlpy.syntax.unparse_expr import NEEDS_BRACKETS, reference

WORDS = sorted({*tables.load().words, "time", "date", "title", "regex", "user", "hint", "database", "cluster", "materialize"})
DECLARED = [
    "let f = ({}:long) {{ 1 }}; f(1)",
    "datatable({}:long)[1]",
    "T | project {} = x",
    "T | extend x = 1, {} = y",
    "T | summarize x = count(), {} = sum(y) by z",
    "T | parse x with 'a' {} 'b'",
]
STEPS = [
    "let {} = 1; print x",
    "let {} = () {{ 1 }}; print x",
    "T | as {}",
    "range {} from 1 to 2 step 1",
    "T | fork {} = (take 1)",
    "T | where x.{} == 1",
    "T | extend y = x.a.{}[0]",
    "T | project-away {}",
    "T | project-keep a, {}",
    "T | project-reorder {} desc",
    "T | join (U) on $left.{} == $right.a",
    "T | partition by {} (take 1)",
    "T | facet by {}",
    "union T, {}",
    "search in ({}) 'x'",
    "database('d').{}",
]
REFERENCES = [
    "T | where {} == 1",
    "T | where x == {}",
    "T | project x, {}, y",
    "T | where not({})",
    "T | sort by {} desc",
    "T | summarize max({}) by x, {}",
    "T | where x in ({})",
    "T | join (U) on {}",
]


@pytest.mark.parametrize("word", sorted(set(WORDS) - NOT_DECLARED))
def test_most_words_can_be_declared_bare(word: str) -> None:
    for form in DECLARED:
        tree = parse(form.format(word))
        assert parse(unparse(tree)) == tree, form


@pytest.mark.parametrize("word", sorted(set(WORDS) - NEEDS_BRACKETS))
def test_most_words_can_be_used_bare(word: str) -> None:
    for form in REFERENCES:
        tree = parse(form.format(word, word))
        assert tree == parse(form.format(f"['{word}']", f"['{word}']")), form
        assert parse(unparse(tree)) == tree, form


@pytest.mark.parametrize("form", STEPS)
def test_most_words_can_be_steps_and_tables(form: str) -> None:
    for word in sorted(set(WORDS) - NOT_STEPS - {"__contextual_datatable"}):
        tree = parse(form.format(word))
        assert parse(unparse(tree)) == tree, word


@pytest.mark.parametrize("form", STEPS)
def test_hard_words_need_brackets_as_steps_and_tables(form: str) -> None:
    for word in sorted(NOT_STEPS):
        with pytest.raises(KqlSyntaxError) as told:
            parse(form.format(word))
        assert told.value.code == "KS228", word
        tree = parse(form.format(f"['{word}']"))
        assert parse(unparse(tree)) == tree, word


@pytest.mark.parametrize("word", sorted(NOT_REFERENCED))
def test_hard_words_need_brackets_where_they_are_used(word: str) -> None:
    with pytest.raises(KqlSyntaxError):
        parse(f"T | where {word} == 1")

    assert parse(f"T | where ['{word}'] == 1") == parse(f'T | where ["{word}"] == 1')


@pytest.mark.parametrize("word", sorted(NOT_DECLARED))
def test_harder_words_need_brackets_also_where_they_are_declared(word: str) -> None:
    with pytest.raises(KqlSyntaxError):
        parse(f"T | extend {word} = 1")

    tree = parse(f"T | extend ['{word}'] = 1")
    assert parse(unparse(tree)) == tree


@pytest.mark.parametrize(
    "name", ["a b", "a-b", "5", "1d", "ä", "it's", 'say "x"', "a\\b", "by", "true", "dynamic", "$x", "_", "x1"]
)
def test_every_name_has_a_spelling(name: str) -> None:
    assert parse(f"print {reference(name)}") == ast.Query(
        (ast.ExprStatement(ast.Pipeline(None, (ast.Print((ast.Name(name),)),))),)
    )


@pytest.mark.parametrize("name", ["5h_avg", "3Dchart", "1st", "_x", "$table"])
def test_unusual_names_can_stand_bare(name: str) -> None:
    assert parse(f"T | extend {name} = 1 | where {name} == 1") == parse(f"T | extend ['{name}'] = 1 | where ['{name}'] == 1")


@pytest.mark.parametrize("query", ["T | summarize kind = count()", "T | where hint.x = 1"])
def test_options_of_an_operator_win_over_names(query: str) -> None:
    with pytest.raises(KqlSyntaxError):
        parse(query)
