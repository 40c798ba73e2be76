"""Names that a query can see: lets, parameters, `as` names; each scope knows the one around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kqlpy.errors import KqlError
from kqlpy.plan.expressions import Expression, columns_of
from kqlpy.plan.nodes import Plan, Shared
from kqlpy.syntax import ast

__all__ = ["Binding", "LetEntities", "LetFunction", "LetPattern", "LetScalar", "LetTable", "OuterValue", "Scope"]


@dataclass(frozen=True, slots=True)
class LetScalar:
    """A name for a scalar expression, bound already."""

    value: Expression


@dataclass(frozen=True, slots=True)
class LetTable:
    """A name for a tabular expression. `table_name` is set when it merely renames a table; `absent` tells what it reads that cannot be found."""

    shared: Shared
    table_name: str | None = None
    is_view: bool = False
    absent: tuple[KqlError, ...] = ()

    @property
    def plan(self) -> Plan:
        """The plan behind the name."""
        return self.shared.plan


@dataclass(frozen=True, slots=True)
class LetFunction:
    """A function with the scope in which its body's free names are looked up."""

    name: str
    function: ast.Function
    scope: Scope


@dataclass(frozen=True, slots=True)
class LetPattern:
    """A declared pattern with the scope of its bodies."""

    pattern: ast.DeclarePattern
    scope: Scope


@dataclass(frozen=True, slots=True)
class LetEntities:
    """A name for a group of entities: tables, databases or clusters as they are written."""

    items: tuple[ast.Expr, ...]


@dataclass(frozen=True, slots=True)
class OuterValue:
    """A name that reads the rows around a sub-query, which the sub-query cannot see."""


Binding = LetScalar | LetTable | LetFunction | LetPattern | LetEntities | OuterValue


@dataclass
class Scope:
    """A level of names. `columns_first` is false inside a function's body, where parameters and lets win over columns."""

    parent: Scope | None = None
    columns_first: bool = True
    names: dict[str, Binding] = field(default_factory=dict)

    def find(self, name: str) -> Binding | None:
        """What a name means here."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return None

    def without_rows(self) -> Scope:
        """The scope as a sub-query sees it: values that read columns of the rows around it are out of reach."""
        found = {name: self.find(name) for name in set(self.all_names())}
        outer: dict[str, Binding] = {n: OuterValue() for n, b in found.items() if isinstance(b, LetScalar) and columns_of(b.value)}
        return Scope(self, self.columns_first, outer) if outer else self

    def all_names(self) -> Iterator[str]:
        """Every visible name, inner ones first."""
        scope: Scope | None = self
        while scope is not None:
            yield from scope.names
            scope = scope.parent
