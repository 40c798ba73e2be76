"""The binder: statements, scopes, and what operators' rooms ask of it.

A query is bound statement by statement. Errors are collected, so that several independent ones are told at once; the first
is raised at the end with the others attached. Tables and paths are bound in `tables.py`, user functions in `inlining.py`, expressions in `scalars.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kqlpy.binding import messages
from kqlpy.binding import special as _special  # noqa: F401  registers its forms
from kqlpy.binding.context import NO_ROWS, Context
from kqlpy.binding.scalars import UNKNOWN, bind_expression
from kqlpy.binding.scope import LetEntities, LetFunction, LetPattern, LetScalar, LetTable, Scope
from kqlpy.engine.batch import Batch
from kqlpy.engine.budget import LIMIT, limit_error
from kqlpy.engine.evaluate import Evaluator
from kqlpy.environment.functions import FunctionLibrary
from kqlpy.errors import KqlError, KqlRuntimeError, KqlUnsupportedError
from kqlpy.functions.registry import SCALARS, load
from kqlpy.plan.expressions import Apply, Constant, Convert, Expression, Membership, PathAccess, children, is_constant
from kqlpy.plan.nodes import Plan, Shared
from kqlpy.schema import Schema
from kqlpy.session import Session
from kqlpy.source import Span
from kqlpy.syntax import ast
from kqlpy.syntax.depth import MAX_OPERATORS, first_too_long
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.sources.catalog import Catalog

__all__ = ["Binder", "BoundQuery", "Result"]

MAX_INLINED = 20_000
MAX_DEPTH = 120
MAX_EXPRESSION = 50_000
"""Parts of one expression after lets are put in their place; a longer text may have as many as characters."""


@dataclass(frozen=True)
class Result:
    """One result of a query: a plan, and what `render` and `as` say of it."""

    plan: Plan
    name: str = ""
    render: tuple[str, dict[str, Any]] | None = None


@dataclass(frozen=True)
class BoundQuery:
    """All results of a text, in order, and warnings for the reader."""

    results: tuple[Result, ...]
    warnings: tuple[str, ...] = ()


@dataclass
class Binder:
    """Binds one query. `run` executes a plan whose data decide about columns (None: such columns stay open)."""

    session: Session
    catalog: Catalog
    functions: Mapping[str, ast.Function] = field(default_factory=dict)
    run: Callable[[Plan], Batch] | None = None
    scope: Scope = field(default_factory=Scope)
    errors: list[KqlError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    unread: list[LetTable] = field(default_factory=list)
    inlined: int = 0
    depth: int = 0
    calls: list[ast.Function] = field(default_factory=list)
    judged: list[ast.Function] = field(default_factory=list)
    options: dict[str, object] = field(default_factory=dict)
    memo: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        load()
        from kqlpy import operators

        operators.load()
        self._evaluator = Evaluator(self.session, self.run)
        self._sizes: dict[int, tuple[Expression, int]] = {}
        self._length = 0

    # ------------------------------------------------------------ errors

    def report(self, error: KqlError) -> Expression:
        """Keep an error for the end; gives what stands in its place."""
        if not any(e.message == error.message and e.span == error.span for e in self.errors):
            self.errors.append(error)
        return UNKNOWN

    def warn(self, text: str) -> None:
        """Keep a remark for the reader, once."""
        if text not in self.warnings:
            self.warnings.append(text)

    def raise_errors(self) -> None:
        """Raise the first error, in text order, with all of them attached."""
        if not self.errors:
            return
        ordered = sorted(self.errors, key=lambda e: (isinstance(e, KqlUnsupportedError), e.span.start if e.span else 0))
        first = ordered[0]
        first.errors = tuple(ordered[:20])
        raise first

    # ------------------------------------------------------------ statements

    def bind(self, query: ast.Query) -> BoundQuery:
        """The plans of a whole text; raises when anything in it is wrong."""
        results = []
        self._length = query.statements[-1].span.end if query.statements else 0
        if self._length > MAX_OPERATORS and (surplus := first_too_long(query)) is not None:
            raise messages.too_many_operators(MAX_OPERATORS, surplus.span)
        for statement in query.statements:
            result = self.statement(statement)
            if result is not None:
                results.append(result)
                results.extend(self.memo.get(("results", id(result.plan)), ()))  # of fork and facet
        for let in self.unread.copy():
            self.read(let)
        if not results and not self.errors and self.run is not None:
            end = query.statements[-1].span.end if query.statements else 0
            self.report(messages.table_expected_at_end(Span(max(0, end - 1), end)))
        self.raise_errors()
        return BoundQuery(tuple(results), tuple(self.warnings))

    def statement(self, statement: ast.Statement) -> Result | None:
        """Bind one statement; a query statement gives a result."""
        match statement:
            case ast.Let():
                self._let(statement)
            case ast.ExprStatement():
                return self._result(statement.expr)
            case ast.SetOption():
                self._set(statement)
            case ast.QueryParameters():
                self._parameters(statement)
            case ast.DeclarePattern():
                self._define(statement.name, LetPattern(statement, self.scope), statement.span)
            case ast.Alias():
                self.warnings.append(f"alias {statement.name}: databases are mapped to the one data folder")
            case _:
                self.report(messages.unsupported("the statement `restrict`", statement.span))
        return None

    def _result(self, expr: ast.Expr) -> Result | None:
        if not self.is_tabular(expr, NO_ROWS):
            value = self.expression(expr, NO_ROWS)
            from kqlpy.operators.print import print_plan

            return Result(print_plan([("print_0", value)])) if value is not UNKNOWN else None
        plan = self.bind_table(expr)
        return Result(plan, render=self.memo.get(("render", id(plan))))

    def _let(self, statement: ast.Let) -> None:
        value = statement.value
        if isinstance(value, ast.Function):
            self._define(statement.name, LetFunction(statement.name, value, self.scope), statement.span)
        elif isinstance(value, ast.ContextualSubTable):
            self._define(statement.name, LetEntities(value.args), statement.span)
        elif self.is_tabular(value, NO_ROWS):
            self._let_table(statement.name, value, statement.span)
        else:
            self._define(statement.name, LetScalar(self.expression(value, NO_ROWS)), statement.span)

    def _let_table(self, name: str, value: ast.Expr, span: Span) -> None:
        """A tabular let. What it reads and cannot be found is told where it is read: a leg of a fuzzy union does without."""
        from kqlpy.operators.scan import Missing

        before = list(self.errors)
        try:
            plan = self.bind_table(value)
        except KqlError as error:
            if not error.absent:
                raise
            self.report(error)
            plan = Missing(schema=Schema((), open=True), name="")
        new = tuple(e for e in self.errors if e not in before)
        absent = new if all(e.absent for e in new) else ()
        let = LetTable(Shared(plan, name, materialize=_is_materialize(value)), self.table_name(value), absent=absent)
        if absent:
            self.errors[:] = before
            self.unread.append(let)
        self._define(name, let, span)

    def read(self, let: LetTable) -> None:
        """A name is read: tell what cannot be found behind it."""
        if let in self.unread:
            self.unread.remove(let)
        for error in let.absent:
            self.report(error)

    def _define(self, name: str, binding: Any, span: Span) -> None:
        if name in self.scope.names:
            self.report(messages.duplicate_name(name, span))
        self.scope.names[name] = binding

    def _set(self, statement: ast.SetOption) -> None:
        value = statement.value
        if value is not None and not isinstance(value, ast.Literal | ast.Name):
            self.report(messages.literal_or_name_expected(value.span))
            return
        bound = None if value is None else self.expression(value, NO_ROWS)
        if bound is UNKNOWN:
            return
        self.options[statement.name] = True if bound is None else self.constant_value(bound)
        if statement.name == "query_now" and isinstance(self.options["query_now"], int):
            from dataclasses import replace

            self.session = replace(self.session, now=self.options["query_now"])
            self._evaluator = Evaluator(self.session, self.run)
        self.session.options[f"set.{statement.name}"] = self.options[statement.name]

    def _parameters(self, statement: ast.QueryParameters) -> None:
        given = self.session.options.get("parameters")
        values = given if isinstance(given, Mapping) else {}
        for parameter in statement.params:
            type_ = parameter.type or Type.STRING
            if parameter.name in values:
                value: Expression = Constant(type=type_, value=values[parameter.name])
            elif parameter.default is not None:
                value = self.expression(parameter.default, NO_ROWS)
            else:
                value = Constant(type=type_, value=None)
            self._define(parameter.name, LetScalar(value), parameter.span)

    # ------------------------------------------------------------ what rooms ask for

    def expression(self, node: ast.Expr, context: Context) -> Expression:
        """The typed form of an expression."""
        self.depth += 1
        try:
            if self.depth > MAX_DEPTH * 8:
                raise KqlRuntimeError("the query is nested too deeply", code="KQLPY010", span=node.span)
            return bind_expression(self, node, context)
        finally:
            self.depth -= 1

    def context(self, plan: Plan, *, aggregates: bool = False, windows: bool = True, keys: frozenset[str] = frozenset()) -> Context:
        """The surroundings of an expression over the rows of a plan."""
        return Context(plan.schema, aggregates=aggregates, windows=windows, serialized=plan.serialized, keys=keys)

    def predicate(self, node: ast.Expr, context: Context) -> Expression:
        """A bool expression; reports any other type (a number is compared with 0)."""
        bound = self.expression(node, context)
        if bound.type in (Type.BOOL, Type.UNKNOWN):
            return bound
        hint = "compare it, or convert with tobool(...)" if bound.type is Type.DYNAMIC else None
        if isinstance(node, ast.Assign):
            hint = "`=` names a column; use `==` to compare"
        return self.report(messages.type_expected("bool", bound.type, node.span, hint))

    def constant(self, node: ast.Expr, types: frozenset[Type] | None = None) -> Expression:
        """An expression that must not depend on rows; its value may still come from a sub-query."""
        bound = self.expression(node, NO_ROWS)
        if not self.is_constant(bound):
            return self.report(messages.constant_expected(node.span))
        if types is not None and bound.type not in types and bound.type is not Type.UNKNOWN:
            return self.report(messages.type_expected(" or ".join(sorted(types)), bound.type, node.span))
        return bound

    def constant_value(self, expr: Expression) -> Any:
        """The value of a constant expression now (runs its sub-queries)."""
        return self._evaluator.constant(expr)

    def is_constant(self, expr: Expression) -> bool:
        """True when the expression reads no columns."""
        return is_constant(expr) or isinstance(expr, Constant)

    def fold(self, expr: Expression) -> Expression:
        """The expression as a constant, when all that it needs is known already."""
        self._measure(expr)
        if not isinstance(expr, Apply | Convert | PathAccess | Membership) or not all(isinstance(c, Constant) for c in children(expr)):
            return expr
        if any(c.type is Type.UNKNOWN for c in children(expr)):
            return expr
        if isinstance(expr, Apply) and (expr.overload.kernel is None or SCALARS[expr.function].volatile):
            return expr
        try:
            return Constant(type=expr.type, value=self._evaluator.constant(expr), span=expr.span)
        except KqlUnsupportedError:
            return expr
        except KqlRuntimeError as error:
            if error.code == LIMIT:
                raise
            return expr
        except KqlError as error:
            error.span = error.span or expr.span
            return self.report(error)

    def _measure(self, expr: Expression) -> None:
        """Refuse an expression that lets have doubled beyond all use: a name stands for its whole expression each time."""
        size = 1 + sum(self._sizes.get(id(c), (c, 1))[1] for c in children(expr))
        most = max(MAX_EXPRESSION, self._length)
        if size > most:
            raise limit_error("let", f"{most:,} parts in one expression", "parts", expr.span)
        self._sizes[id(expr)] = (expr, size)

    def copied(self, expr: Expression, original: Expression) -> Expression:
        """A copy, known to have as many parts as its original."""
        self._sizes[id(expr)] = (expr, self._sizes.get(id(original), (original, 1))[1])
        return expr

    # ------------------------------------------------------------ tables, functions

    def is_tabular(self, node: ast.Expr, context: Context) -> bool:
        """True when the expression means a table."""
        from kqlpy.binding.tables import is_tabular

        return is_tabular(self, node, context)

    def bind_table(self, node: ast.Expr) -> Plan:
        """The plan of a tabular expression."""
        from kqlpy.binding.tables import bind_table

        self.depth += 1
        outer = self.scope
        if self.calls:
            self.scope = outer.without_rows()
        try:
            if self.depth > MAX_DEPTH:
                raise KqlRuntimeError("functions and sub-queries are nested too deeply", code="KQLPY010", span=node.span)
            return bind_table(self, node)
        finally:
            self.depth -= 1
            self.scope = outer

    def table_name(self, node: ast.Expr) -> str | None:
        """The table that an expression merely names, or None."""
        from kqlpy.binding.tables import table_name

        return table_name(self, node)

    def pipeline(self, operators: tuple[ast.Operator, ...], plan: Plan | None) -> Plan:
        """A plan with operators applied."""
        from kqlpy.binding.tables import apply_operators

        return apply_operators(self, operators, plan)

    def stored_function(self, name: str) -> LetFunction | None:
        """A function that the user supplied by file or argument."""
        function = self.functions.get(name)
        if function is None or (any(f is function for f in self.calls) and self.catalog.schema_of(name) is not None):
            return None  # inside its own body the name of a function means the table that it hides
        if isinstance(self.functions, FunctionLibrary) and (note := self.functions.note(name)):
            self.warn(note)
        return LetFunction(name, function, self._root())

    def _root(self) -> Scope:
        scope = self.scope
        while scope.parent is not None:
            scope = scope.parent
        return Scope() if scope.names else scope

    def inline_scalar(self, function: LetFunction, call: ast.Call, context: Context) -> Expression:
        """The value of a call of a user function."""
        from kqlpy.binding.inlining import inline_scalar

        return inline_scalar(self, function, call, context)


def _is_materialize(node: ast.Expr) -> bool:
    while isinstance(node, ast.Paren):
        node = node.inner
    return isinstance(node, ast.Call) and node.name == "materialize"
