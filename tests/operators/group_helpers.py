"""What the tests of operators with sub-pipelines share: rows and columns of an answer, and the message of a refusal."""

from __future__ import annotations

from typing import Any

import pytest

import kqlpy
from kqlpy import KqlError


def rows(query: str) -> list[tuple[Any, ...]]:
    """The rows of an answer; dynamic values as JSON text."""
    return [tuple(row.values()) for row in kqlpy.query(query).to_pylist()]


def columns(query: str) -> list[str]:
    """`name:type` of each column of an answer."""
    return [f"{f.name}:{f.metadata[b'kql.type'].decode()}" for f in kqlpy.query(query).schema]


def refusal(query: str) -> str:
    """The message with which a query is refused."""
    with pytest.raises(KqlError) as caught:
        kqlpy.query(query)
    return str(caught.value.message)
