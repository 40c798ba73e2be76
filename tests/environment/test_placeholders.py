"""Times filled into hunting queries."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

import kqlpy
from kqlpy.api import Engine
from kqlpy.engine.result import warnings_of
from kqlpy.environment.placeholders import fill_placeholders, filled, filled_source, moment, placeholders_in
from kqlpy.errors import KqlSemanticError
from kqlpy.rules.load import load_rule
from kqlpy.rules.run import run_rule
from kqlpy.source import Position, Source

START = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
TEXT = "let a = todatetime('{{StartTimeISO}}'); let b = todatetime('{{ EndTimeISO }}');\nprint b - a"


def test_times_are_filled_in() -> None:
    text = fill_placeholders(TEXT, START, START + dt.timedelta(hours=36))
    assert text == "let a = todatetime('2024-05-01T00:00:00.0000000Z'); let b = todatetime('2024-05-02T12:00:00.0000000Z');\nprint b - a"


def test_a_time_in_another_zone_and_one_without() -> None:
    zone = dt.timezone(dt.timedelta(hours=2))
    assert fill_placeholders("{{StartTimeISO}}", dt.datetime(2024, 5, 1, 2, tzinfo=zone), None) == "2024-05-01T00:00:00.0000000Z"
    assert fill_placeholders("{{EndTimeISO}}", None, dt.datetime(2024, 5, 1)) == "2024-05-01T00:00:00.0000000Z"


def test_a_text_without_placeholders_stays_as_it_is() -> None:
    source = Source("print '{{Other}}'")
    assert filled_source(source, None, None) is source
    assert placeholders_in(source.text) == []


def test_the_placeholders_of_a_text() -> None:
    assert placeholders_in(TEXT + TEXT) == ["StartTimeISO", "EndTimeISO"]


def test_a_placeholder_without_a_value_is_named() -> None:
    with pytest.raises(KqlSemanticError) as caught:
        fill_placeholders("print 1,\n'{{EndTimeISO}}'", START, None)
    assert str(caught.value) == (
        "KE004 query, line 2, column 2: the query needs a value for {{EndTimeISO}}\n    '{{EndTimeISO}}'\n     ^^^^^^^^^^^^^^\n"
        "    give it, as in --end 2024-05-01T00:00:00Z"
    )


def test_places_are_those_of_the_text_as_written() -> None:
    filled = filled_source(Source(TEXT), START, START)
    behind = filled.text.index("let b")
    assert filled.file_position(behind) == Position(1, TEXT.index("let b") + 1)
    assert filled.file_position(filled.text.index("05-01")) == Position(1, TEXT.index("{{Start") + 1)
    assert filled.file_position(filled.text.index("print")) == Position(2, 1)


def test_an_error_behind_a_placeholder_is_told_in_the_rule_file(tmp_path: Path) -> None:
    rule = tmp_path / "rule.yaml"
    rule.write_text("name: x\nquery: |\n  print a = '{{StartTimeISO}}', nosuch\n")
    with pytest.raises(KqlSemanticError) as caught:
        run_rule(Engine(options={"start": START}), rule)
    assert (caught.value.line, caught.value.column) == (3, 33)


def test_a_rule_is_filled_from_the_options_of_the_engine(tmp_path: Path) -> None:
    rule = tmp_path / "rule.yaml"
    rule.write_text("name: x\nquery: print a = '{{StartTimeISO}}'\n")
    assert run_rule(Engine(options={"start": "2024-05-01"}), rule).table["a"].to_pylist() == ["2024-05-01T00:00:00.0000000Z"]
    with pytest.raises(KqlSemanticError, match="the query needs a value for"):
        run_rule(Engine(), load_rule(rule))


def test_moments() -> None:
    assert moment(" 2024-05-01T00:00:00Z ") == START
    assert moment("soon") is None
    assert moment(None) is None


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"start": dt.timedelta(days=1)}, "2024-04-30T00:00:00.0000000Z 2024-05-01T00:00:00.0000000Z"),
        ({"start": dt.timedelta(days=2), "end": dt.timedelta(days=1)}, "2024-04-29T00:00:00.0000000Z 2024-04-30T00:00:00.0000000Z"),
        ({"start": "2024-01-01", "end": dt.datetime(2024, 1, 2)}, "2024-01-01T00:00:00.0000000Z 2024-01-02T00:00:00.0000000Z"),
        ({"start": dt.timedelta(days=999_999)}, "0001-01-01T00:00:00.0000000Z 2024-05-01T00:00:00.0000000Z"),
    ],
)
def test_times_may_reach_back_from_the_clock(options: dict[str, object], text: str) -> None:
    assert filled(Source("{{StartTimeISO}} {{EndTimeISO}}"), options, dt.datetime(2024, 5, 1)).text == text


def test_a_query_with_a_placeholder_left_is_remarked_on() -> None:
    table = kqlpy.query("print isnull(todatetime('{{StartTimeISO}}'))")
    assert table.to_pylist() == [{"print_0": True}]
    assert warnings_of(table) == ["{{StartTimeISO}} stands in the query as it is: `fill_placeholders` of kqlpy.environment.placeholders puts a time in its place"]
