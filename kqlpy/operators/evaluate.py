"""evaluate: calls a plugin. What a plugin does is told in `functions/plugins/`; here its arguments are bound and its kernel is run.

https://learn.microsoft.com/kusto/query/evaluate-operator
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from kqlpy.binding import messages
from kqlpy.binding.absent import with_columns
from kqlpy.engine.batch import Batch
from kqlpy.engine.refusal import nothing_unless
from kqlpy.functions.plugins.call import Output, PluginCall
from kqlpy.functions.registry import PLUGINS, Function, Overload, Parameter
from kqlpy.operators import lower, operator
from kqlpy.operators.plugin_arguments import match
from kqlpy.plan.explain_text import show
from kqlpy.plan.expressions import ColumnRef, Expression, columns_of
from kqlpy.plan.nodes import Plan
from kqlpy.schema import Column, Schema
from kqlpy.syntax import ast
from kqlpy.types import Type

if TYPE_CHECKING:
    from kqlpy.binding.binder import Binder
    from kqlpy.engine.executor import Executor

__all__ = ["Evaluate", "open_plan", "rows_of"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Evaluate(Plan):
    """A plugin over all rows of its input, which has the columns `source` as bound. `arguments` and `tables` go by the names of the plugin's parameters."""

    input: Plan
    source: Schema
    plugin: str
    overload: Overload
    arguments: tuple[tuple[str, tuple[Expression, ...]], ...] = ()
    tables: tuple[tuple[str, Plan], ...] = ()
    labels: tuple[str, ...] = field(default=())

    def inputs(self) -> tuple[Plan, ...]:
        """The input and the table arguments."""
        return (self.input, *(plan for _, plan in self.tables))

    def with_inputs(self, inputs: tuple[Plan, ...]) -> Plan:
        """The same call over other inputs."""
        tables = tuple((name, plan) for (name, _), plan in zip(self.tables, inputs[1:], strict=True))
        return replace(self, input=inputs[0], tables=tables)

    def need(self, wanted: frozenset[str]) -> tuple[frozenset[str], ...]:
        """The columns that are arguments, and those that are passed on; all for a plugin over whole rows, and of table arguments."""
        names = frozenset(self.input.schema.names)
        read = columns_of(*(e for _, group in self.arguments for e in group))
        if self._says("passes"):
            read |= wanted
        first = names if self._says("whole") else names & read
        return (first, *(frozenset(plan.schema.names) for _, plan in self.tables))

    def prune(self, wanted: frozenset[str]) -> Plan:
        """The wanted columns, of a plugin that passes columns on."""
        return self.narrowed(wanted) if self._says("passes") else self

    def _says(self, option: str) -> bool:
        return bool(PLUGINS[self.plugin].extra.get(option))

    def details(self) -> str:
        """The call."""
        return f"{self.plugin}({', '.join(show(e) for _, group in self.arguments for e in group)})"


# ---------------------------------------------------------------- binding


@operator(ast.Evaluate)
def bind(node: ast.Evaluate, plan: Plan | None, binder: Binder) -> Plan:
    """Arguments go to parameters by position or name; hints change nothing."""
    from kqlpy.binding.tables import nothing

    source = plan if plan is not None else nothing()
    function = PLUGINS.get(node.call.name)
    if function is None:
        binder.report(messages.unknown_plugin(node.call.name, node.call.name_span or node.call.span, PLUGINS))
        return nothing()
    source = _with_named_columns(binder, function, node, source)
    errors = len(binder.errors)
    bound = _bind_call(binder, function, node, source)
    if bound is None or len(binder.errors) > errors:
        return nothing()
    overload, call = bound
    if function.extra.get("binds") and overload.kernel is not None:
        found: Plan = overload.kernel(call, source, binder)
        return found
    rule = function.extra.get("columns")
    schema = rule(call) if rule is not None else Schema((), open=True)
    return _node(overload, call, source, _declared(call, schema))


def _with_named_columns(binder: Binder, function: Function, node: ast.Evaluate, plan: Plan) -> Plan:
    """The input with those columns that the call names and that open rows could have had."""
    matched = match(binder, function, node.call, plan.schema) if binder.run is not None and plan.schema.open else None
    if matched is None:
        return plan
    overload, written, _ = matched
    columns = [(arg, p) for p in overload.parameters if p.form == "column" for arg in written.get(p.name, ()) if isinstance(arg, ast.Name)]
    return with_columns(binder, plan, columns)


def open_plan(call: PluginCall, plan: Plan, known: tuple[Column, ...]) -> Plan:
    """What stands for a call whose columns only the data can tell, where there are no data: the columns known for sure, and any other."""
    overload = PLUGINS[call.name].overloads[0]
    return _node(replace(overload, kernel=None), call, plan, Schema(known, open=True))


def _node(overload: Overload, call: PluginCall, plan: Plan, schema: Schema) -> Plan:
    return Evaluate(
        input=plan, source=call.schema, plugin=call.name, overload=overload, arguments=tuple(call.arguments.items()), tables=tuple(call.plans.items()),
        labels=call.labels, schema=schema, span=call.span,
    )  # fmt: skip


def _declared(call: PluginCall, schema: Schema) -> Schema:
    """The columns that `: (schema)` asks for; each must be one of the plugin's, with its type."""
    if call.output is None:
        return schema
    star = [c for c in schema if c.name in call.schema] if call.output.star else []
    columns = [c for c in star if all(c.name != d.name for d in call.output.columns)]
    for column in call.output.columns:
        if not schema.open and schema.by_name.get(column.name) is not column.type:
            raise messages.output_column(call.name, column.name, column.type, schema.by_name.get(column.name), call.span)
        columns.append(column)
    return Schema(tuple(columns))


def _bind_call(binder: Binder, function: Function, node: ast.Evaluate, plan: Plan) -> tuple[Overload, PluginCall] | None:
    """The overload and the bound call; None when the arguments do not fit (reported)."""
    matched = match(binder, function, node.call, plan.schema)
    if matched is None:
        return None
    overload, written, labels = matched
    arguments: dict[str, tuple[Expression, ...]] = {}
    plans: dict[str, Plan] = {}
    for parameter in overload.parameters:
        if parameter.kind == "table" and parameter.name in written:
            plans[parameter.name] = binder.bind_table(written[parameter.name][0])
    lookup = next(iter(plans.values()), plan).schema
    for parameter in overload.parameters:
        if parameter.kind != "table" and parameter.name in written:
            arguments[parameter.name] = tuple(_argument(binder, function, parameter, one, plan, lookup) for one in written[parameter.name])
    call = PluginCall(
        function.name, plan.schema, arguments, binder.constant_value, labels, plans, _output(node, written), span=node.call.span,
    )  # fmt: skip
    return overload, call


def _output(node: ast.Evaluate, written: dict[str, tuple[ast.Expr, ...]]) -> Output | None:
    """The schema after the call, or the one that an argument `typeof(*, a: long)` tells."""
    columns, star = node.columns, node.schema_star
    for given in written.values() if columns is None and not star else ():
        if isinstance(given[0], ast.TypeOf) and given[0].type is None:
            columns, star = given[0].columns, given[0].star
    if columns is None and not star:
        return None
    return Output(tuple(Column(c.name, c.type or Type.STRING) for c in columns or ()), star)


def _argument(binder: Binder, function: Function, parameter: Parameter, node: ast.Expr, plan: Plan, lookup: Schema) -> Expression:
    """One argument as its parameter wants it; reports what does not fit."""
    match parameter.form:
        case "column":
            bound = _column(binder, node, plan.schema)
        case "lookup":
            bound = _column(binder, node, lookup)
        case "shared":
            _column(binder, node, lookup)
            bound = _column(binder, node, plan.schema)
        case "const":
            bound = binder.constant(node)
        case "aggregate":
            bound = binder.expression(node, binder.context(plan, aggregates=True, windows=False))
        case _:
            bound = binder.expression(node, binder.context(plan, windows=False))
    if bound.type not in (*parameter.types, Type.UNKNOWN) and (parameter.form not in ("", "const") or not _widens(bound.type, parameter)):
        wanted = " or ".join(sorted(parameter.types)) if len(parameter.types) < 3 else parameter.kind
        binder.report(messages.argument_type(function.name, f"`{parameter.name}`", wanted, bound.type, node.span))
    return bound


def _widens(type_: Type, parameter: Parameter) -> bool:
    from kqlpy.binding.overloads import promotable

    return any(promotable(type_, target) for target in parameter.types)


def _column(binder: Binder, node: ast.Expr, schema: Schema) -> Expression:
    while isinstance(node, ast.Paren):
        node = node.inner
    if not isinstance(node, ast.Name):
        return binder.report(messages.not_a_column(node.span))
    type_ = schema.by_name.get(node.name)
    if type_ is None and (binder.run is not None or not schema.open):
        return binder.report(messages.unknown_column(node.name, node.span, schema.names))
    return ColumnRef(name=node.name, type=type_ or Type.UNKNOWN, span=node.span)


# ---------------------------------------------------------------- running


@lower(Evaluate)
def run(plan: Evaluate, executor: Executor) -> Iterator[Batch]:
    """The kernel over all rows at once."""
    kernel: Any = plan.overload.kernel
    if kernel is None:
        yield from _refused(plan, executor)
        return
    executor.prepare([e for _, group in plan.arguments for e in group])
    tables = {name: executor.table(table, plan.plugin) for name, table in plan.tables}
    call = PluginCall(
        plan.plugin, plan.source, dict(plan.arguments), executor.constant, plan.labels, dict(plan.tables), None, plan.schema, tables,
        lambda batch, expr: executor.evaluator.frame(batch).column(expr), executor.budget, plan.span,
    )  # fmt: skip
    found: Batch = kernel(call, executor.table(plan.input, plan.plugin))
    yield from executor.split(found.select(plan.schema.names))


def _refused(plan: Evaluate, executor: Executor) -> Iterator[Batch]:
    """A plugin that is not run: no rows for no rows where that is certain."""
    function = PLUGINS[plan.plugin]
    error = messages.unsupported(f"the plugin `{plan.plugin}`", plan.span, function.why)
    if not function.extra.get("rows_only"):
        raise error
    return nothing_unless(executor.run(plan.input), error)


# ---------------------------------------------------------------- for plugins whose columns depend on the data


def rows_of(plan: Plan, binder: Binder) -> Batch | None:
    """All rows of a plan while the query is still being bound; None when it is only planned, or is wrong already."""
    if binder.run is None or binder.errors:
        return None
    return binder.run(plan)
