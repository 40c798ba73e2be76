"""What a plugin is called with: its arguments by the name of their parameter, the columns of the input, and the clock and limits around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from kqlpy.engine.batch import Batch
from kqlpy.plan.expressions import ColumnRef, Expression
from kqlpy.plan.nodes import Plan
from kqlpy.schema import Column, Schema
from kqlpy.source import Span
from kqlpy.types import Type

__all__ = ["Output", "PluginCall"]


@dataclass(frozen=True)
class Output:
    """The schema that the text gives after the call, `: (*, a: long)`; `star` says that it begins with the input's columns."""

    columns: tuple[Column, ...]
    star: bool = False


@dataclass(frozen=True)
class PluginCall:
    """One call of a plugin.

    `schema`: the input's columns. `result`: the output's, known when the kernel runs. `labels`: names written before repeated arguments ("" for none).
    `plans`: table arguments; `tables`: their rows, when the kernel runs. `value_of` gives the value of a constant expression, `evaluate` a column over rows.
    """

    name: str
    schema: Schema
    arguments: Mapping[str, tuple[Expression, ...]]
    value_of: Callable[[Expression], Any]
    labels: tuple[str, ...] = ()
    plans: Mapping[str, Plan] = field(default_factory=dict)
    output: Output | None = None
    result: Schema = field(default_factory=Schema)
    tables: Mapping[str, Batch] = field(default_factory=dict)
    evaluate: Callable[[Batch, Expression], Any] | None = None
    budget: Any = None
    span: Span | None = None

    def given(self, parameter: str) -> bool:
        """Whether the parameter has an argument."""
        return bool(self.arguments.get(parameter)) or parameter in self.plans

    def column(self, parameter: str) -> Column:
        """The column that is the parameter's argument."""
        return self.columns(parameter)[0]

    def columns(self, parameter: str) -> tuple[Column, ...]:
        """The columns that are a repeating parameter's arguments."""
        return tuple(Column(cast(ColumnRef, a).name, a.type) for a in self.arguments.get(parameter, ()))

    def constant(self, parameter: str, default: Any = None) -> Any:
        """The value of a constant argument; `default` when it is left out."""
        found = self.arguments.get(parameter)
        return self.value_of(found[0]) if found else default

    def type(self, parameter: str) -> Type:
        """The type of an argument; unknown when it is left out."""
        found = self.arguments.get(parameter)
        return found[0].type if found else Type.UNKNOWN
