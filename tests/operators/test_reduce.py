"""reduce: bound, and refused by name when it runs."""

from __future__ import annotations

import pytest

from kqlpy import Engine, KqlUnsupportedError
from tests.operators.group_helpers import refusal

TABLE = 'datatable(s:string, n:long)["a", 1] | '


def test_columns_are_known() -> None:
    engine = Engine()
    patterns = [("Pattern", "string"), ("Count", "long"), ("Representative", "string")]
    assert engine.plan(TABLE + "reduce by s with threshold=0.5, characters='-'").schema == patterns
    assert engine.plan(TABLE + "reduce kind=source by s").schema == [("s", "string"), ("n", "long"), *patterns]


def test_running_it_is_refused() -> None:
    with pytest.raises(KqlUnsupportedError) as caught:
        Engine().query(TABLE + "reduce by s")
    assert caught.value.message == "kqlpy does not run the operator `reduce`"


def test_no_texts_have_no_patterns() -> None:
    found = Engine().query("datatable(s:string)[] | reduce by s")
    assert (found.num_rows, found.schema.names) == (0, ["Pattern", "Count", "Representative"])


def test_only_texts_can_be_reduced() -> None:
    assert refusal(TABLE + "reduce by n") == "a value of type string is expected here, not long"
    assert refusal(TABLE + "reduce kind=x by s") == "there is no kind `x` of reduce; the only one is source"
