"""Expressions: from written to typed.

One function per form of expression. Function calls are in `calls.py`. What cannot be bound is reported to the binder and
becomes a constant of type unknown, so that one mistake is told once and the rest of the text is still checked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from kqlpy.binding import messages, overloads
from kqlpy.binding.absent import UNKNOWN, absent, settle_arguments, settled
from kqlpy.binding.context import Context
from kqlpy.binding.scope import LetFunction, LetPattern, LetScalar, LetTable, OuterValue
from kqlpy.errors import KqlError
from kqlpy.functions.registry import SCALARS, Overload
from kqlpy.plan.expressions import (
    Apply,
    ColumnRef,
    Constant,
    Convert,
    Expression,
    ListQuery,
    Membership,
    PathAccess,
    ScalarQuery,
    is_volatile,
    rewrite,
)
from kqlpy.source import Span
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder

__all__ = ["UNKNOWN", "apply_operator", "bind_expression", "convert_to"]

def bind_expression(binder: Binder, node: ast.Expr, context: Context) -> Expression:
    """The typed form of a scalar expression."""
    form = _FORMS.get(type(node))
    if form is None:
        if isinstance(node, ast.Pipeline | ast.DataTable | ast.ExternalData):
            return binder.report(messages.scalar_expected(node.span))
        return binder.report(messages.unsupported(f"this form ({type(node).__name__})", node.span))
    bound: Expression = form(binder, node, context)
    return bound


# ---------------------------------------------------------------- leaves


def _literal(binder: Binder, node: ast.Literal, context: Context) -> Expression:
    return Constant(type=node.type, value=node.value, span=node.span)


def _name(binder: Binder, node: ast.Name, context: Context) -> Expression:
    found = binder.scope.find(node.name)
    column = context.row.by_name.get(node.name)
    if column is not None and (found is None or binder.scope.columns_first):
        return ColumnRef(name=node.name, type=column, span=node.span)
    match found:
        case LetScalar(value):
            return again(binder, value)
        case LetTable() as table:
            return _table_as_value(binder, table, node)
        case LetFunction():
            return _call(binder, ast.Call(node.name, name_span=node.span, span=node.span), context)
        case OuterValue():
            return binder.report(messages.outside_rows(node.name, node.span))
        case LetPattern():
            return binder.report(messages.type_expected("a scalar", Type.UNKNOWN, node.span, f"call it: `{node.name}()`"))
    if column is not None:
        return ColumnRef(name=node.name, type=column, span=node.span)
    if context.row.open:
        return absent(binder, node.name, node.span)
    return binder.report(messages.unknown_name(node.name, node.span, _visible(binder, context)))


def again(binder: Binder, value: Expression) -> Expression:
    """The value of a name at one more place: what is drawn at random (`let r = rand();`) is drawn anew at each."""
    return binder.copied(rewrite(value, lambda _: None), value) if is_volatile(value) else value


def _visible(binder: Binder, context: Context) -> list[str]:
    return [*context.row.names, *binder.scope.all_names()]


def _table_as_value(binder: Binder, table: LetTable, node: ast.Name) -> Expression:
    return binder.report(messages.scalar_expected(node.span))


def _star(binder: Binder, node: ast.Expr, context: Context) -> Expression:
    return binder.report(messages.type_expected("a scalar", Type.UNKNOWN, node.span, "`*` cannot stand here"))


def _side(binder: Binder, node: ast.Side, context: Context) -> Expression:
    return binder.report(messages.unknown_name(f"${node.side}", node.span, ()))


def _paren(binder: Binder, node: ast.Paren, context: Context) -> Expression:
    return bind_expression(binder, node.inner, context)


def _typeof(binder: Binder, node: ast.TypeOf, context: Context) -> Expression:
    return Constant(type=Type.STRING, value=str(node.type or "dynamic"), span=node.span)


def _assign(binder: Binder, node: ast.Assign, context: Context) -> Expression:
    return bind_expression(binder, node.value, context)


def _call(binder: Binder, node: ast.Call, context: Context) -> Expression:
    from kqlpy.binding.calls import bind_call

    return bind_call(binder, node, context)


# ---------------------------------------------------------------- paths


def _member(binder: Binder, node: ast.Member, context: Context) -> Expression:
    if isinstance(node.base, ast.Side):
        return _side_column(binder, node, context)
    base = bind_expression(binder, node.base, context)
    match node.member:
        case ast.Name(name):
            return _step(binder, base, name, node.span)
        case ast.Literal(value=value) if isinstance(value, str | int):
            return _step(binder, base, value, node.span)
        case ast.Call():
            return binder.report(messages.unknown_function(node.member.name, node.member.span, ()))
        case _:
            index = bind_expression(binder, node.member, context)
            return _element(binder, base, index, node.span)


def _side_column(binder: Binder, node: ast.Member, context: Context) -> Expression:
    assert isinstance(node.base, ast.Side)
    schema = context.row if node.base.side == "left" else context.right
    name = node.member.name if isinstance(node.member, ast.Name) else str(getattr(node.member, "value", ""))
    if schema is None:
        return binder.report(messages.unknown_name(f"${node.base.side}", node.span, ()))
    if name in schema:
        return ColumnRef(name=name, type=schema.by_name[name], span=node.span)
    if schema.open:
        return absent(binder, name, node.span)
    return binder.report(messages.unknown_column(name, node.member.span, schema.names))


def _index(binder: Binder, node: ast.Index, context: Context) -> Expression:
    if isinstance(node.index, ast.Literal) and isinstance(node.index.value, int):
        from kqlpy.binding.calls import bind_parts

        parts = bind_parts(binder, node.base, context)
        if parts is not None and len(parts) > 1 and 0 <= node.index.value < len(parts):
            return parts[node.index.value][1]
    base = bind_expression(binder, node.base, context)
    index = bind_expression(binder, node.index, context)
    return _element(binder, base, index, node.span)


def _element(binder: Binder, base: Expression, index: Expression, span: Span) -> Expression:
    if index.type is Type.DYNAMIC and isinstance(index, Constant):
        index = convert_to(binder, index, Type.STRING)
    if isinstance(index, Constant) and isinstance(index.value, str | int) and not isinstance(index.value, bool):
        return _step(binder, base, index.value, span)
    if index.type not in (Type.STRING, Type.INT, Type.LONG, Type.DYNAMIC, Type.UNKNOWN):
        return binder.report(messages.type_expected("string or a whole number", index.type, index.span))
    if not _has_path(binder, base, span):
        return UNKNOWN
    return apply_operator(binder, "[]", (base, index), span)


def _has_path(binder: Binder, base: Expression, span: Span) -> bool:
    if base.type in (Type.DYNAMIC, Type.UNKNOWN):
        return True
    hint = "parse_json(...) makes a dynamic value of a text" if base.type is Type.STRING else None
    binder.report(messages.type_expected("dynamic", base.type, span, hint))
    return False


def _step(binder: Binder, base: Expression, step: str | int, span: Span) -> Expression:
    if not _has_path(binder, base, span):
        return UNKNOWN
    if isinstance(base, PathAccess):
        return PathAccess(base=base.base, steps=(*base.steps, step), type=Type.DYNAMIC, span=span)
    return binder.fold(PathAccess(base=base, steps=(step,), type=Type.DYNAMIC, span=span))


# ---------------------------------------------------------------- operators


def _unary(binder: Binder, node: ast.Unary, context: Context) -> Expression:
    operand = bind_expression(binder, node.operand, context)
    return apply_operator(binder, "negate" if node.op == "-" else "plus", (operand,), node.span)


def _binary(binder: Binder, node: ast.Binary, context: Context) -> Expression:
    if isinstance(node.left, ast.Star) or isinstance(node.right, ast.Star):
        return _over_all_columns(binder, node, context)
    left = bind_expression(binder, node.left, context)
    right = bind_expression(binder, node.right, context)
    return apply_operator(binder, node.op, (left, right), node.span)


def _over_all_columns(binder: Binder, node: ast.Binary, context: Context) -> Expression:
    """`* has "x"`: true when the comparison holds for any column that it can be asked of."""
    right = bind_expression(binder, node.right, context)
    tests: list[Expression] = []
    for column in context.row:
        if column.type in (Type.STRING, Type.DYNAMIC):
            left = ColumnRef(name=column.name, type=column.type, span=node.span)
            tests.append(apply_operator(binder, node.op, (left, right), node.span))
    found: Expression = Constant(type=Type.BOOL, value=False)
    for test in tests:
        found = apply_operator(binder, "or", (found, test), node.span)
    return found


def _between(binder: Binder, node: ast.Between, context: Context) -> Expression:
    left = bind_expression(binder, node.left, context)
    low = bind_expression(binder, node.low, context)
    high = bind_expression(binder, node.high, context)
    if left.type is Type.DATETIME and high.type is Type.TIMESPAN:
        high = apply_operator(binder, "+", (low, high), node.span)
    return apply_operator(binder, "!between" if node.negated else "between", (left, low, high), node.span)


def _in_list(binder: Binder, node: ast.InList, context: Context) -> Expression:
    left = bind_expression(binder, node.left, context)
    items = tuple(_list_item(binder, item, context) for item in node.items)
    left = settled(binder, left, items[0].type if items and items[0].type is not Type.UNKNOWN else Type.STRING)
    if left.type is Type.UNKNOWN:
        return UNKNOWN if not binder.errors else Constant(type=Type.UNKNOWN, value=None)
    wanted = node.op.lstrip("!").startswith("has")
    if (wanted or node.op.endswith("~")) and left.type not in (Type.STRING, Type.DYNAMIC):
        return binder.report(messages.type_expected("string", left.type, left.span or node.span))
    for item in items:
        if not wanted and not _comparable(left.type, item.type):
            binder.report(messages.operator_types(node.op, left.type, item.type, item.span or node.span))
    return binder.fold(Membership(op=node.op, left=left, items=items, type=Type.BOOL, span=node.span))


def _comparable(left: Type, item: Type) -> bool:
    loose = {Type.DYNAMIC, Type.UNKNOWN}
    numbers = {Type.INT, Type.LONG, Type.REAL, Type.DECIMAL, Type.BOOL}
    return left is item or bool({left, item} & loose) or {left, item} <= numbers or Type.STRING in (left, item)


def _list_item(binder: Binder, item: ast.Expr, context: Context) -> Expression:
    """A list item; a tabular one stands for the values of its first column."""
    inner = item
    while isinstance(inner, ast.Paren):
        inner = inner.inner
    if not binder.is_tabular(inner, context):
        return bind_expression(binder, item, context)
    plan = binder.bind_table(inner)
    type_ = plan.schema.columns[0].type if len(plan.schema) else Type.UNKNOWN
    return ListQuery(plan=plan, type=type_, span=item.span)


def apply_operator(binder: Binder, name: str, args: tuple[Expression, ...], span: Span | None) -> Expression:
    """An operator applied to bound operands: the fitting overload, operands widened, constants computed."""
    types = [a.type for a in args]
    candidates = SCALARS[name].overloads if name in SCALARS else []
    overload = overloads.best(candidates, types)
    if overload is None or overloads.accepts(overload, types) is not None:
        if Type.UNKNOWN in types:
            return Constant(type=_error_type(candidates), value=None, span=span)
        return binder.report(_operator_error(name, types, span))
    return make_apply(binder, name, overload, args, span)


def _error_type(candidates: list[Overload]) -> Type:
    return Type.BOOL if candidates and all(o.result == "bool" for o in candidates) else Type.UNKNOWN


def _operator_error(name: str, types: list[Type], span: Span | None) -> KqlError:
    shown = {"negate": "-", "plus": "+"}.get(name, name)
    hint = None
    if name == "+" and Type.STRING in types:
        hint = "strcat(a, b) joins texts"
    elif name in ("<", "<=", ">", ">=") and set(types) == {Type.DATETIME, Type.STRING}:
        hint = "write the moment as datetime(2024-05-17), or convert with todatetime(...)"
    elif name in ("and", "or"):
        wrong = next((t for t in types if t is not Type.BOOL), types[0])
        return messages.type_expected("bool", wrong, span)
    return messages.operator_types(shown, types[0], types[-1], span, hint)


def make_apply(
    binder: Binder, name: str, overload: Overload, args: tuple[Expression, ...], span: Span | None, part: int | None = None
) -> Expression:
    """A call of an overload that is known to fit: arguments widened to the parameter types, folded when constant."""
    args = settle_arguments(binder, overload, args)
    types = [a.type for a in args]
    result = _result(overload, types, args, part)
    widened = tuple(_widen(binder, overload, index, arg, types) for index, arg in enumerate(args))
    return binder.fold(Apply(function=name, overload=overload, args=widened, type=result, span=span, part=part))


def _result(overload: Overload, types: list[Type], args: tuple[Expression, ...], part: int | None) -> Type:
    if part is not None and overload.parts:
        return overload.parts[part][1]
    if overload.result == "typeof":
        last = args[-1]
        return Type(last.value) if isinstance(last, Constant) and last.value in Type._value2member_map_ else Type.STRING
    if callable(overload.result):
        found = overload.result(tuple(types), tuple(constant_value(a) for a in args))
        if isinstance(found, Type):
            return found
        return found[part or 0][1] if found else Type.DYNAMIC
    return overloads.result_type(overload, types)


def constant_value(expr: Expression) -> Any:
    """The value of a constant, None for anything else."""
    return expr.value if isinstance(expr, Constant) else None


def _widen(binder: Binder, overload: Overload, index: int, arg: Expression, types: Sequence[Type]) -> Expression:
    parameter = overload.parameter(index, len(types))
    if parameter is None or arg.type is Type.UNKNOWN:
        return arg
    if parameter.kind.startswith("common"):
        shared = overloads.common_argument_type(overload, types, ignore_dynamic=overload.result == "common_nondynamic")
        target = shared if shared in (Type.LONG, Type.REAL, Type.DECIMAL, Type.STRING, Type.DYNAMIC) else arg.type
        if shared not in (None, Type.UNKNOWN) and arg.type is Type.DYNAMIC:
            target = shared
        return convert_to(binder, arg, target or arg.type)
    if arg.type in parameter.types or parameter.kind in ("scalar", "any"):
        return arg
    target = next((t for t in (Type.LONG, Type.REAL, Type.DECIMAL, Type.STRING) if t in parameter.types and overloads.promotable(arg.type, t)), arg.type)
    return convert_to(binder, arg, target)


def convert_to(binder: Binder, expr: Expression, target: Type) -> Expression:
    """The expression converted to a type, as `to...()` would; itself when it has that type already."""
    if expr.type is target or Type.UNKNOWN in (expr.type, target):
        return expr
    return binder.fold(Convert(value=expr, type=target, span=expr.span))


def scalar_query(plan: Any, span: Span | None) -> Expression:
    """`toscalar(plan)`."""
    type_ = plan.schema.columns[0].type if len(plan.schema) else Type.UNKNOWN
    return ScalarQuery(plan=plan, type=type_, span=span)


_FORMS: dict[type, Callable[..., Expression]] = {
    ast.Literal: _literal,
    ast.Name: _name,
    ast.Star: _star,
    ast.Wildcard: _star,
    ast.Side: _side,
    ast.Paren: _paren,
    ast.TypeOf: _typeof,
    ast.Assign: _assign,
    ast.Call: _call,
    ast.Member: _member,
    ast.Index: _index,
    ast.Unary: _unary,
    ast.Binary: _binary,
    ast.Between: _between,
    ast.InList: _in_list,
}
