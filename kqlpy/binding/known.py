"""What is known of a workspace without its data: names of tables, and results of stored functions."""

from __future__ import annotations

from kqlpy.schema import Schema
from kqlpy.sources.schemas import is_stored_function, known_tables, stored_functions

__all__ = ["function_schema", "known_tables"]


def function_schema(name: str) -> Schema | None:
    """The result columns of a known stored function that gives a table; None for others."""
    return stored_functions()[name].schema if is_stored_function(name) else None
