"""Tabular operators: one room each, with its plan node, how it is bound and how it runs.

A room registers its bind rule with `@operator(ast node class)`: `bind(node, input plan or None, binder) -> Plan`. Its node runs either
row by row, `@rowwise(Node)`: `compile(node, executor) -> (Batch -> Batch)`, pure and called from several threads, or as a
stream, `@lower(Node)`: `run(node, executor) -> Iterator[Batch]`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from kqlpy.engine.batch import Batch

__all__ = ["LOWER", "OPERATORS", "REFUSED", "ROWWISE", "load", "lower", "operator", "refused", "rowwise", "why_refused"]

_F = TypeVar("_F", bound=Callable[..., Any])
OPERATORS: dict[type, Callable[..., Any]] = {}
LOWER: dict[type, Callable[..., Iterator[Batch]]] = {}
ROWWISE: dict[type, Callable[..., Callable[[Batch], Batch]]] = {}
REFUSED: dict[type, str] = {}


def _register(table: dict[type, Callable[..., Any]], key: type) -> Callable[[_F], _F]:
    def keep(function: _F) -> _F:
        table[key] = function
        return function

    return keep


def operator(node: type) -> Callable[[_F], _F]:
    """Register how a written operator is bound."""
    return _register(OPERATORS, node)


def lower(node: type) -> Callable[[_F], _F]:
    """Register how a plan node runs as a stream."""
    return _register(LOWER, node)


def rowwise(node: type) -> Callable[[_F], _F]:
    """Register how a plan node runs on each batch by itself."""
    return _register(ROWWISE, node)


def refused(node: type, why: str) -> Callable[[_F], _F]:
    """Mark a bind rule whose operator is checked but refused, by name and with the reason, when a row would need it."""
    REFUSED[node] = why
    return lambda function: function


def why_refused(node: type) -> str | None:
    """Why an operator is not run; None for one that runs."""
    return REFUSED.get(node) if node in OPERATORS else "it is read, and refused when it is bound"


_loaded = False


def load() -> None:
    """Import every room, once."""
    global _loaded
    if _loaded:
        return
    _loaded = True
    import importlib
    import pkgutil

    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)
