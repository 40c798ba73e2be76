"""What is not run is refused with the first row, by name and with the reason."""

from __future__ import annotations

import pytest

from kqlpy import Engine, KqlUnsupportedError
from tests.operators.group_helpers import columns, rows

ROWS = 'datatable(a:string, b:long)["x", 1] | '
NONE = "datatable(a:string, b:long)[] | "


@pytest.mark.parametrize("pipe", ["extend h = hash_many(a, b)", "where a like 'x%'", "where cursor_after('')", "summarize max(hash_combine(b, 1)) by a"])
def test_functions_run_over_no_rows(pipe: str) -> None:
    assert rows(NONE + pipe) == []
    assert columns(NONE + pipe) == [f"{name}:{type_}" for name, type_ in Engine().plan(ROWS + pipe).schema]
    with pytest.raises(KqlUnsupportedError, match="kqlpy does not run the function"):
        Engine().query(ROWS + pipe)


def test_the_reason_is_told() -> None:
    with pytest.raises(KqlUnsupportedError) as caught:
        Engine().query("print hash_many('a', 'b')")
    assert (caught.value.message, caught.value.hint) == ("kqlpy does not run the function `hash_many`", "how Kusto computes it is not published")
