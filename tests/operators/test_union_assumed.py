"""A wildcard over known tables, none of which is there: a text is planned as if any of them could be."""

from __future__ import annotations

import pytest

from kqlpy import Engine, KqlError
from tests.operators.group_helpers import refusal


def planned(query: str) -> list[tuple[str, str]]:
    return Engine().plan(query).schema


@pytest.mark.parametrize("source", ["union *", "union withsource=Table *", "search *"])
def test_columns_with_several_types_go_by_their_plain_name_too(source: str) -> None:
    assert planned(f"{source} | project TimeGenerated, Type") == [("TimeGenerated", "datetime"), ("Type", "string")]


def test_columns_with_several_types_go_by_each_type() -> None:
    found = planned("union * | project TimeGenerated_datetime, TimeGenerated_string")
    assert found == [("TimeGenerated_datetime", "datetime"), ("TimeGenerated_string", "string")]


def test_other_names_are_unknown() -> None:
    with pytest.raises(KqlError, match="TimeGeneratedd"):
        planned("union * | project TimeGeneratedd")


def test_named_tables_keep_their_types_apart() -> None:
    schemas = {"A": [["t", "datetime"]], "B": [["t", "string"]]}
    assert Engine(schemas=schemas).plan("union A, B").schema == [("t_datetime", "datetime"), ("t_string", "string")]


def test_tables_that_are_there_keep_their_types_apart() -> None:
    text = "let A = view () { print t = datetime(2024-01-01) }; let B = view () { print t = 'x' }; union * | where t == 'x'"
    assert "`t`" in refusal(text)
