"""The ordered, case-sensitive columns of a table or of a step in a pipeline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from kqlpy.types import Type

__all__ = ["Column", "Schema"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name and KQL type."""

    name: str
    type: Type


@dataclass(frozen=True)
class Schema:
    """The columns of a row set, in order.

    `open` says that the data may bring further columns which the text alone cannot name
    (`evaluate bag_unpack`, a table that is not known under `isfuzzy`).
    """

    columns: tuple[Column, ...] = ()
    open: bool = False

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, Type]], *, open: bool = False) -> Schema:
        """A schema from (name, type) pairs."""
        return cls(tuple(Column(name, type_) for name, type_ in pairs), open)

    @cached_property
    def by_name(self) -> dict[str, Type]:
        """Name -> type."""
        return {column.name: column.type for column in self.columns}

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The column names, in order."""
        return tuple(column.name for column in self.columns)

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __contains__(self, name: object) -> bool:
        return name in self.by_name

    def pairs(self) -> list[tuple[str, str]]:
        """[(name, type text)], the form that `Engine.plan(text).schema` shows."""
        return [(column.name, str(column.type)) for column in self.columns]

    def only(self, wanted: frozenset[str] | set[str]) -> Schema:
        """The columns with these names, in the order of this schema."""
        return self.select([name for name in self.names if name in wanted])

    def select(self, names: Iterable[str]) -> Schema:
        """The named columns, in the order given."""
        columns = self._by_name
        return Schema(tuple([columns[name] for name in names]), self.open)
