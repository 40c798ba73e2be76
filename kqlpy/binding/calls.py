"""Calls: built-in functions by overload, user functions by inlining, and the few forms that are functions only by look.

A user function is bound anew at each call: its body may depend on which columns a tabular argument has and on constant
arguments (`column_ifexists(name, default)`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kqlpy.binding import messages, overloads
from kqlpy.binding.absent import settle_arguments
from kqlpy.binding.context import Context
from kqlpy.binding.scalars import UNKNOWN, again, bind_expression, convert_to, make_apply
from kqlpy.binding.scope import LetFunction, LetScalar
from kqlpy.functions.registry import AGGREGATES, MANY, SCALARS, WINDOWS, Function, Overload
from kqlpy.plan.expressions import AggregateCall, Apply, ColumnRef, Constant, Expression, WindowCall
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder

__all__ = ["SPECIAL", "bind_call", "bind_parts", "special"]

#: names under which operators are declared, which no call may use
OPERATOR_WORDS = frozenset(
    {"and", "or", "negate", "plus", "between", "contains", "contains_cs", "has", "has_cs", "hasprefix", "hasprefix_cs", "hassuffix", "hassuffix_cs",
     "startswith", "startswith_cs", "endswith", "endswith_cs", "like", "notlike", "likecs", "notlikecs"}
)  # fmt: skip
Special = Callable[["Binder", ast.Call, Context], Expression]
SPECIAL: dict[str, Special] = {}


def special(*names: str) -> Callable[[Special], Special]:
    """Register a form that looks like a function but is bound by itself (`toscalar`, `column_ifexists` ...)."""

    def register(bind: Special) -> Special:
        SPECIAL.update(dict.fromkeys(names, bind))
        return bind

    return register


def bind_call(binder: Binder, node: ast.Call, context: Context) -> Expression:
    """The typed form of `name(args)` where a single value is expected."""
    found = binder.scope.find(node.name)
    if isinstance(found, LetFunction):
        return binder.inline_scalar(found, node, context)
    if isinstance(found, LetScalar) and not node.args:
        return again(binder, found.value)
    if node.name in SPECIAL:
        return SPECIAL[node.name](binder, node, context)
    if context.aggregates and node.name in AGGREGATES:
        return _aggregate(binder, node, context)
    if node.name in WINDOWS:
        return _window(binder, node, context)
    if node.name in SCALARS and node.name not in OPERATOR_WORDS:
        return _scalar(binder, SCALARS[node.name], node, context)
    if node.name in AGGREGATES:
        return binder.report(messages.aggregate_not_allowed(node.name, node.span))
    stored = binder.stored_function(node.name)
    if stored is not None:
        return binder.inline_scalar(stored, node, context)
    return binder.report(messages.unknown_function(node.name, node.name_span or node.span, _function_names(binder)))


def _function_names(binder: Binder) -> list[str]:
    scalars = (n for n in SCALARS if n not in OPERATOR_WORDS and n[0].isalpha())
    return [*binder.scope.all_names(), *scalars, *SPECIAL, *AGGREGATES, *WINDOWS]


def _arguments(binder: Binder, node: ast.Call, context: Context) -> tuple[Expression, ...]:
    function = SCALARS.get(node.name)
    args = expand_star(node, context) if function is not None and function.extra.get("star") else node.args
    return tuple(_argument(binder, arg, context) for arg in args)


def _argument(binder: Binder, node: ast.Expr, context: Context) -> Expression:
    """An argument; a call that gives several values is none."""
    if isinstance(node, ast.Call) and node.name in SCALARS:
        parts = bind_parts(binder, node, context)
        if parts is not None and len(parts) > 1:
            return binder.report(messages.several_values(node.name, node.span))
    return bind_expression(binder, node, context)


def _scalar(binder: Binder, function: Function, node: ast.Call, context: Context) -> Expression:
    args = _arguments(binder, node, context)
    overload = choose(binder, function, node, args)
    if overload is None:
        return _failed(function)
    return make_apply(binder, function.name, overload, args, node.span, part=0 if has_parts(overload, args) else None)


def has_parts(overload: Overload, args: tuple[Expression, ...]) -> bool:
    """True for a call that gives several values; where one is expected, its first counts."""
    if overload.parts:
        return True
    if not callable(overload.result):
        return False
    found = overload.result(tuple(a.type for a in args), tuple(a.value if isinstance(a, Constant) else None for a in args))
    return not isinstance(found, Type)


def _failed(function: Function) -> Expression:
    """What stands for a call that was reported: its type, if there is only one, so that no second error follows."""
    results = {o.result for o in function.overloads}
    word = results.pop() if len(results) == 1 else None
    if isinstance(word, str) and word in Type._value2member_map_:
        return Constant(type=Type.UNKNOWN, value=None)
    return UNKNOWN


def choose(binder: Binder, function: Function, node: ast.Call, args: tuple[Expression, ...]) -> Overload | None:
    """The overload for these arguments; reports a wrong number, type or a missing constant and gives None."""
    types = [a.type for a in args]
    overload = overloads.best(function.overloads, types)
    if overload is None:
        binder.report(messages.argument_count(function.name, _counts(function), len(args), node.span))
        return None
    wrong = overloads.accepts(overload, types)
    if wrong is not None:
        parameter = overload.parameter(wrong, len(args))
        what = parameter.name if parameter else f"argument {wrong + 1}"
        wanted = _kind_text(parameter.kind) if parameter else "left out"
        span = args[wrong].span or node.args[wrong].span
        binder.report(messages.argument_type(function.name, f"`{what}`", wanted, types[wrong], span))
        return None
    if not _constants_given(binder, overload, node, args) or not _types_named(binder, overload, node, args):
        return None
    return overload


def _types_named(binder: Binder, overload: Overload, node: ast.Call, args: tuple[Expression, ...]) -> bool:
    """Where a type is wanted, `typeof()` says which."""
    for index, (written, arg) in enumerate(zip(node.args, args, strict=False)):
        parameter = overload.parameter(index, len(args))
        if parameter is not None and parameter.kind == "type" and not isinstance(written, ast.TypeOf):
            binder.report(messages.argument_type(overload.name, f"`{parameter.name}`", _kind_text("type"), arg.type, written.span))
            return False
    return True


def _constants_given(binder: Binder, overload: Overload, node: ast.Call, args: tuple[Expression, ...]) -> bool:
    for index, arg in enumerate(args):
        parameter = overload.parameter(index, len(args))
        if parameter is not None and parameter.constant and not binder.is_constant(arg):
            binder.report(messages.constant_expected(arg.span or node.args[index].span, f"`{overload.name}`: a constant for `{parameter.name}`"))
            return False
    return True


def _counts(function: Function) -> str:
    low = min(o.minimum for o in function.overloads)
    high = max(o.maximum for o in function.overloads)
    if high >= MANY:
        return f"at least {low} argument{'s' * (low != 1)}"
    return f"{low} argument{'s' * (low != 1)}" if low == high else f"{low} to {high} arguments"


_KIND_WORDS = {
    "number": "a number", "integer": "a whole number", "summable": "a number, datetime or timespan", "orderable": "a value that can be ordered",
    "notdynamic": "anything but dynamic", "notbool": "anything but bool", "textual": "string or dynamic", "array": "a dynamic array",
    "bag": "a dynamic bag", "common": "of the same type as the others", "type": "a typeof() literal", "scalar": "a single value",
}  # fmt: skip


def _kind_text(kind: str) -> str:
    return _KIND_WORDS.get(kind, kind.replace("|", " or ").replace("_", " "))


def _aggregate(binder: Binder, node: ast.Call, context: Context) -> Expression:
    inner = Context(context.row, aggregates=False, windows=False, keys=context.keys)
    args = tuple(bind_expression(binder, arg, inner) for arg in expand_star(node, context))
    function = AGGREGATES[node.name]
    overload = choose(binder, function, node, args)
    if overload is None:
        return UNKNOWN
    args = settle_arguments(binder, overload, args)
    result = _aggregate_type(overload, args)
    widened = tuple(_fit(binder, overload, i, a, args) for i, a in enumerate(args))
    part = 0 if callable(overload.result) and not isinstance(overload.result(*_shape(widened)), Type) else None
    return AggregateCall(function=function.name, overload=overload, args=widened, type=result, span=node.span, part=part)


def expand_star(node: ast.Call, context: Context) -> tuple[ast.Expr, ...]:
    """The arguments of an aggregate with `*` replaced by all columns that are not keys and not named already."""
    if not any(isinstance(a, ast.Star) for a in node.args):
        return node.args
    named = {a.name for a in node.args if isinstance(a, ast.Name)}
    args: list[ast.Expr] = []
    for arg in node.args:
        if isinstance(arg, ast.Star):
            args.extend(ast.Name(n, span=arg.span) for n in context.row.names if n not in context.keys and n not in named)
        else:
            args.append(arg)
    return tuple(args)


def _shape(args: tuple[Expression, ...]) -> tuple[tuple[Type, ...], tuple[str, ...], tuple[object, ...]]:
    """Types, names (none known here) and constants of arguments, as a result rule wants them."""
    return tuple(a.type for a in args), ("",) * len(args), tuple(a.value if isinstance(a, Constant) else None for a in args)


def _aggregate_type(overload: Overload, args: tuple[Expression, ...]) -> Type:
    if callable(overload.result):
        parts = overload.result(*_shape(args))
        if isinstance(parts, Type):
            return parts
        return parts[0][1] if parts else Type.UNKNOWN
    return overloads.result_type(overload, [a.type for a in args])


def _fit(binder: Binder, overload: Overload, index: int, arg: Expression, args: tuple[Expression, ...]) -> Expression:
    parameter = overload.parameter(index, len(args))
    if parameter is None or parameter.kind in ("scalar", "any", "type") or arg.type in parameter.types or parameter.kind.startswith("common"):
        return arg
    target = next((t for t in (Type.LONG, Type.REAL, Type.DECIMAL, Type.STRING) if t in parameter.types), arg.type)
    return convert_to(binder, arg, target)


def _window(binder: Binder, node: ast.Call, context: Context) -> Expression:
    if not context.windows:
        return binder.report(messages.window_not_allowed(node.name, node.span))
    args = _arguments(binder, node, context)
    function = WINDOWS[node.name]
    overload = choose(binder, function, node, args)
    if overload is None:
        return UNKNOWN
    if not context.serialized:
        return binder.report(messages.not_serialized(node.name, node.name_span or node.span))
    args = settle_arguments(binder, overload, args)
    types = [a.type for a in args]
    result = overloads.result_type(overload, types)
    widened = tuple(_fit(binder, overload, i, a, args) for i, a in enumerate(args))
    return WindowCall(function=node.name, overload=overload, args=widened, type=result, span=node.span)


def bind_parts(binder: Binder, node: ast.Expr, context: Context) -> list[tuple[str, Expression]] | None:
    """The (default part name, value) pairs of a call that returns several values; None for any other expression."""
    inner = node
    while isinstance(inner, ast.Paren):
        inner = inner.inner
    if not isinstance(inner, ast.Call) or binder.scope.find(inner.name) is not None or inner.name in SPECIAL or inner.name in OPERATOR_WORDS:
        return None
    function = SCALARS.get(inner.name)
    if function is None or not any(o.parts or callable(o.result) for o in function.overloads):
        return None
    args = _arguments(binder, inner, context)
    overload = choose(binder, function, inner, args)
    if overload is None:
        return None
    parts = overload.parts
    if callable(overload.result):
        found = overload.result(tuple(a.type for a in args), tuple(a.value if isinstance(a, Constant) else None for a in args))
        if isinstance(found, Type) or not found:
            return None
        parts = tuple(found)
    bound = make_apply(binder, function.name, overload, args, inner.span, part=0)
    widened = bound.args if isinstance(bound, Apply) else args
    return [
        (name, Apply(function=function.name, overload=overload, args=widened, type=type_, span=inner.span, part=index))
        for index, (name, type_) in enumerate(parts)
    ]


def column_of(binder: Binder, name: str, context: Context, node: ast.Expr) -> Expression | None:
    """The named column of the row set, or None."""
    type_ = context.row.by_name.get(name)
    return ColumnRef(name=name, type=type_, span=node.span) if type_ is not None else None
