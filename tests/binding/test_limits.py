"""Texts that grow beyond all use are refused by name and position, and long ones that do not are planned."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from kqlpy.api import Engine
from kqlpy.cli.main import main
from kqlpy.errors import KqlError
from kqlpy.syntax.depth import MAX_OPERATORS


def _refusal(text: str) -> KqlError:
    with pytest.raises(KqlError) as caught:
        Engine(tables={"T": pa.table({"a": [1, 2, 3]})}).query(text)
    return caught.value


def test_a_thousand_filters_run() -> None:
    engine = Engine(tables={"T": pa.table({"a": list(range(2000))})})

    rows = engine.query("T" + "".join(f"\n| where a != {n}" for n in range(1000)) + "\n| summarize min(a), count()").to_pylist()

    assert rows == [{"min_a": 1000, "count_": 1000}]


def test_long_pipelines_are_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "long.kql").write_text("print a = 1" + "\n| where a != 2" * 1500)
    monkeypatch.setattr("sys.argv", ["kqlpy", "explain", str(tmp_path / "long.kql")])
    assert main() == 0
    assert capsys.readouterr().out.count("Where") == 3 * 1500


def test_more_operators_than_the_limit_are_refused_where_they_begin() -> None:
    error = _refusal("T" + "\n| where a > 0" * (MAX_OPERATORS + 1))

    assert error.code == "KS245"
    assert f"line {MAX_OPERATORS + 2}, column 3" in str(error)


@pytest.mark.parametrize("first", ["rand()", "toscalar(T | summarize sum(a))", "1 + tolong(rand())"])
def test_lets_that_double_without_end_are_refused(first: str) -> None:
    error = _refusal(f"let a0 = {first};" + "".join(f"let a{n + 1} = a{n} - a{n};" for n in range(60)) + "print a60")

    assert error.code == "KQLPY030"
    assert "parts in one expression" in str(error)


def test_constant_lets_that_double_stay_one_value() -> None:
    text = "let a0 = 7;" + "".join(f"let a{n + 1} = a{n} - a{n};" for n in range(60)) + "print a60"

    assert Engine().query(text).to_pylist() == [{"print_0": 0}]
