"""`and`, `or` and `not` in three-valued logic."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given

from kqlpy.functions import operators_logical as logical

from .values import BOOLS, answer, pairs


@given(pairs(BOOLS, BOOLS))
def test_false_wins_over_null_in_and_true_in_or(rows: list[tuple[Any, Any]]) -> None:
    left, right = (pa.array([row[i] for row in rows], pa.bool_()) for i in (0, 1))
    assert logical.and_(left, right).to_pylist() == [False if False in row else None if None in row else True for row in rows]
    assert logical.or_(left, right).to_pylist() == [True if True in row else None if None in row else False for row in rows]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("isnull(bool(null) and true)", "True"),
        ("bool(null) and false", "False"),
        ("bool(null) or true", "True"),
        ("isnull(not(bool(null)))", "True"),
        ("not(1)", "False"),
        ("true or false and false", "True"),
        ("dynamic(true) and true", "True"),
    ],
)
def test_answers(expression: str, expected: str) -> None:
    assert answer(expression) == expected
