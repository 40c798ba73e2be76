"""The notebook's magics in a real IPython shell, and `Result` as frames and as HTML."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import kqlpy
from kqlpy.notebook import Result

EXAMPLES = Path(__file__).parents[2] / "examples" / "data"
needs_ipython = pytest.mark.skipif(importlib.util.find_spec("IPython") is None, reason="IPython is not installed")


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    InteractiveShell.clear_instance()
    settings = Config()
    settings.HistoryManager.enabled = False
    made = InteractiveShell.instance(config=settings)
    made.run_line_magic("load_ext", "kqlpy.notebook")
    yield made
    InteractiveShell.clear_instance()


def result(query: str = "print n = 1, t = '<b>'") -> Result:
    return Result(kqlpy.query(query))


def test_html_escapes_cells() -> None:
    assert '<td style="text-align: left">&lt;b&gt;</td>' in result()._repr_html_()


def test_html_tells_how_many_rows_there_are() -> None:
    shown = Result(kqlpy.query("range n from 1 to 1000 step 1"), rows=3)._repr_html_()
    assert shown.count("<tr>") == 4
    assert "the first 3 of 1,000 rows" in shown


def test_html_cuts_long_texts() -> None:
    html = result("print t = strrep('x', 1000)")._repr_html_()
    assert "x" * 299 + "…</td>" in html
    assert f'title="{"x" * 1000}"' in html


def test_text_form_is_a_table() -> None:
    assert repr(result("print n = 1")) == "n\n─\n1"


def test_arrow_stream_goes_out_and_in() -> None:
    first = result("print n = 1, d = dynamic({'a': 2})")
    assert pa.table(first).to_pylist() == [{"n": 1, "d": '{"a":2}'}]
    assert kqlpy.query("T | project a = d.a", {"T": first}).to_pylist() == [{"a": "2"}]


def test_to_pandas() -> None:
    pytest.importorskip("pandas")
    frame = result("print n = 1, t = datetime(2024-05-01)").to_pandas()
    assert str(frame["t"][0]) == "2024-05-01 00:00:00+00:00"


def test_to_polars() -> None:
    pytest.importorskip("polars")
    assert result("print n = 1").to_polars().rows() == [(1,)]


@needs_ipython
def test_line_magic_runs_on_the_data_folder(shell: Any) -> None:
    assert shell.run_line_magic("kql", f"--data {EXAMPLES}") is None
    assert shell.run_line_magic("kql", "SecurityEvent | summarize c = dcount(Computer)").to_pylist() == [{"c": 4}]


@needs_ipython
def test_cell_magic_keeps_the_result_in_a_variable(shell: Any) -> None:
    shell.run_cell_magic("kql", "--into found --now 2024-05-15", "print d = ago(1d)\n| project y = getyear(d)")
    assert shell.user_ns["found"].to_pylist() == [{"y": 2024}]


@needs_ipython
def test_frames_of_the_notebook_are_tables(shell: Any) -> None:
    shell.user_ns["Events"] = pa.table({"a": [1, 2]})
    shell.run_cell("answer = get_ipython().run_line_magic('kql', 'Events | join kind=inner Events on $left.a == $right.a | count')")
    assert shell.user_ns["answer"].to_pylist() == [{"Count": 2}]


@needs_ipython
def test_a_changed_frame_is_seen(shell: Any) -> None:
    shell.user_ns["Events"] = pa.table({"a": [1, 2]})
    shell.run_line_magic("kql", "Events | count")
    shell.user_ns["Events"] = pa.table({"a": [1, 2, 3]})
    assert shell.run_line_magic("kql", "Events | count").to_pylist() == [{"Count": 3}]


@needs_ipython
def test_a_line_in_a_cell_keeps_its_dollar_names(shell: Any) -> None:
    shell.user_ns |= {"Events": pa.table({"a": [1]}), "left": "wrong"}
    assert shell.run_cell("%kql Events | join kind=inner Events on $left.a == $right.a").result.to_pylist() == [{"a": 1, "a1": 1}]


@needs_ipython
@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("print x = nothing", "nothing"),
        ("--nope 1 print 1", "%kql --nope: write --data VALUE, --functions VALUE"),
        ("--now soon print 1", "%kql --now soon: not a time"),
        ("--into", "%kql --into: write --data VALUE"),
    ],
)
def test_mistakes_are_told_without_a_traceback(shell: Any, line: str, message: str) -> None:
    from IPython.core.error import UsageError

    with pytest.raises(UsageError, match=message):
        shell.run_line_magic("kql", line)


def test_a_chart_comes_with_the_table() -> None:
    bundle = result("print a = 'x', n = 1 | render columnchart")._repr_mimebundle_()
    assert bundle["application/vnd.vegalite.v5+json"]["mark"]["type"] == "bar"
    assert bundle["text/html"].startswith("<table>")
