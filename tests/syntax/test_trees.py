"""The shape of trees where it is easy to get wrong: precedence, legacy spellings, what stands for what."""

from __future__ import annotations

import pytest

from kqlpy.source import Source, Span
from kqlpy.syntax import ast
from kqlpy.syntax.parser import parse
from kqlpy.types import Type


def expression(text: str) -> ast.Expr:
    statement = parse(f"print {text}").statements[0]
    assert isinstance(statement, ast.ExprStatement)
    assert isinstance(statement.expr, ast.Pipeline)
    printed = statement.expr.operators[0]
    assert isinstance(printed, ast.Print)
    return printed.items[0]


def operator(text: str) -> ast.Operator:
    statement = parse(f"T | {text}").statements[0]
    assert isinstance(statement, ast.ExprStatement)
    assert isinstance(statement.expr, ast.Pipeline)
    return statement.expr.operators[0]


def grouped(node: ast.Expr) -> str:
    """The expression with every grouping shown."""
    match node:
        case ast.Binary():
            return f"({grouped(node.left)} {node.op} {grouped(node.right)})"
        case ast.Unary():
            return f"({node.op}{grouped(node.operand)})"
        case ast.InList():
            return f"({grouped(node.left)} {node.op} [{' '.join(map(grouped, node.items))}])"
        case ast.Name():
            return node.name
        case ast.Literal():
            return str(node.value)
        case ast.Member():
            return f"{grouped(node.base)}.{grouped(node.member)}"
        case _:
            raise AssertionError(node)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a or b and c", "(a or (b and c))"),
        ("a or b or c", "((a or b) or c)"),
        ("a == 1 and b != 2", "((a == 1) and (b != 2))"),
        ("a + b * c", "(a + (b * c))"),
        ("a - b - c", "((a - b) - c)"),
        ("a / b * c", "((a / b) * c)"),
        ("a < b == c < d", "((a < b) == (c < d))"),
        ("a has b == c", "((a has b) == c)"),
        ("a has b + c", "((a has b) + c)"),
        ("a * b has c", "(a * (b has c))"),
        ("-a.b", "(-a.b)"),
        ("-a has b", "((-a) has b)"),
        ("a - -b", "(a - (-b))"),
        ("a + b in (c, d)", "((a + b) in [c d])"),
        ("a in (b) and c", "((a in [b]) and c)"),
    ],
)
def test_precedence(text: str, expected: str) -> None:
    assert grouped(expression(text)) == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("T | filter a", "T | where a"),
        ("T | limit 5", "T | take 5"),
        ("T | order by a", "T | sort by a"),
        ("T | mvapply a on (take 1)", "T | mv-apply a on (take 1)"),
        ("print a <> b", "print a != b"),
        ("print a containscs b", "print a contains_cs b"),
        ("print a notcontains b", "print a !contains b"),
        ("print a notcontainscs b", "print a !contains_cs b"),
        ("external_data(a:long)['x']", "externaldata(a:long)['x']"),
        ("T | project a.['b']", "T | project a.b"),
        ("datatable(a:time, b:date, c:double, d:boolean)[]", "datatable(a:timespan, b:datetime, c:real, d:bool)[]"),
    ],
)
def test_old_spelling_means_the_new_one(old: str, new: str) -> None:
    assert parse(old) == parse(new)


def test_mvexpand_keeps_its_own_limit() -> None:
    assert operator("mvexpand a") == ast.MvExpand((ast.ExpandItem(ast.Name("a")),), legacy=True)


def test_parenthesized_names_are_a_tuple_only_before_an_equals_sign() -> None:
    names = operator("extend (a, b) = f(c)")
    value = operator("extend (a) == c")

    assert names == ast.Extend((ast.Assign(("a", "b"), ast.Call("f", (ast.Name("c"),)), is_tuple=True),))
    assert value == ast.Extend((ast.Binary("==", ast.Paren(ast.Name("a")), ast.Name("c")),))


def test_sides_of_a_join() -> None:
    join = operator("join (U) on $left.a == $right.b, c")

    assert isinstance(join, ast.Join)
    assert join.on == (
        ast.Binary("==", ast.Member(ast.Side("left"), ast.Name("a")), ast.Member(ast.Side("right"), ast.Name("b"))),
        ast.Name("c"),
    )


def test_star_times_is_no_wildcard_in_an_expression() -> None:
    assert grouped(expression("a*b")) == "(a * b)"


def test_star_in_a_name_is_a_wildcard_where_names_are_listed() -> None:
    assert operator("project-away a*b, *") == ast.ProjectAway((ast.Wildcard("a*b"), ast.Star()))


def test_adjacent_texts_in_a_parse_pattern_are_one() -> None:
    parsed = operator("parse a with 'x' \"y\" b")

    assert isinstance(parsed, ast.Parse)
    assert parsed.pattern == (ast.ParsePart("xy"), ast.ParsePart(column=ast.ColumnDecl("b", None)))


def test_schema_of_evaluate_may_keep_all_columns() -> None:
    evaluated = operator("evaluate bag_unpack(d) : (*, a:long)")

    assert isinstance(evaluated, ast.Evaluate)
    assert (evaluated.schema_star, evaluated.columns) == (True, (ast.ColumnDecl("a", Type.LONG),))


def test_tabular_statement_of_one_operator_has_no_source() -> None:
    assert parse("range x from 1 to 2 step 1").statements[0] == ast.ExprStatement(
        ast.Pipeline(None, (ast.Range("x", ast.Literal(Type.LONG, 1), ast.Literal(Type.LONG, 2), ast.Literal(Type.LONG, 1)),))
    )


def test_long_chains_are_balanced() -> None:
    predicate = operator("where " + " or ".join(f"a == {number}" for number in range(1000)))
    assert isinstance(predicate, ast.Where)

    def height(node: ast.Expr) -> int:
        return 1 + max(height(node.left), height(node.right)) if isinstance(node, ast.Binary) else 0

    assert height(predicate.predicate) <= 12


def test_spans_cover_the_text_of_each_node() -> None:
    text = "T | where strlen(a.b) > 1 // long\n| take 5"
    pipeline = parse(text).statements[0].expr  # type: ignore[attr-defined]
    where, take = pipeline.operators
    call = where.predicate.left

    def shown(span: Span) -> str:
        return text[span.start : span.end]

    assert shown(pipeline.span) == text
    assert shown(where.span) == "where strlen(a.b) > 1"
    assert shown(where.predicate.op_span) == ">"
    assert shown(call.span) == "strlen(a.b)"
    assert shown(call.name_span) == "strlen"
    assert shown(call.args[0].span) == "a.b"
    assert shown(take.span) == "take 5"


def test_a_source_parses_like_its_text() -> None:
    assert parse(Source("T | take 1", "rule.yaml")) == parse("T | take 1")
