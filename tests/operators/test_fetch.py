"""Columns that are read late: the answers are those of a table in memory, and wide columns are fetched for few rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from kqlpy.api import Engine
from kqlpy.operators.fetch import Fetch
from kqlpy.plan import late
from kqlpy.plan.nodes import Plan, walk_plan
from kqlpy.plan.optimizer import optimize

ROWS = 700


def table(seed: int) -> pa.Table:
    random = np.random.default_rng(seed)
    return pa.table(
        {
            "T": pa.array(random.integers(0, 50, ROWS), mask=random.random(ROWS) < 0.1),
            "K": pa.array([f"k{i}" for i in random.integers(0, 9, ROWS)]),
            "A": pa.array([f"a{i}" for i in range(ROWS)]),
            "B": pa.array(random.random(ROWS), mask=random.random(ROWS) < 0.5),
            "C": pa.array([f"c{i % 3}" if i % 5 else None for i in range(ROWS)]),
        }
    )


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Engine]]:
    """An engine over two Parquet files of several row groups, the second of which lacks a column, and one over the same rows in memory."""
    folder: Path = tmp_path_factory.mktemp("data") / "E"
    folder.mkdir()
    first, second = table(1), table(2).drop_columns(["C"])
    parquet.write_table(first, folder / "1.parquet", row_group_size=100)
    parquet.write_table(second, folder / "2.parquet", row_group_size=300)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(late, "_FEWEST_ROWS", 0)
        yield Engine(folder.parent), Engine(tables={"E": pa.concat_tables([first, second], promote_options="default")})


def fetches(engine: Engine, query: str) -> list[Plan]:
    plan = optimize(engine.plan(query).bound.results[0].plan).plan
    return [node for node in walk_plan(plan) if isinstance(node, Fetch)]


@pytest.mark.parametrize(
    "query",
    [
        "E | top 7 by T",
        "E | sort by T asc nulls last, B desc | take 40",
        "E | where B > 0.5 | top 3 by T desc | project A, C, K",
        "E | extend L = strlen(K), M = A | project-rename Z = C | sort by L asc, T | take 30",
        "E | project K, X = A, Y = C, B, T, N = T * 2 | sort by N | take 5",
        "E | summarize arg_max(T, *) by K",
        "E | where T < 40 | summarize arg_min(T, A, C, B), n = count() by K | order by K asc",
        "E | summarize arg_max(T, A, C), arg_min(B, A, C, K)",
        "E | summarize (x, y, z, t) = arg_max(B, A, C, T), s = max(strlen(A)) by K",
        "E | summarize take_any(A, C, K) by T",
        "E | summarize take_any(*)",
        "E | summarize arg_max(T, *) by K | project A, K, C | where C == 'c1'",
        "E | where T > 1000 | summarize arg_max(T, A, C, B)",
        "E | where T > 1000 | top 5 by T",
        "E | top 9 by T | join kind=inner (E | top 20 by T | project A, W = C) on A",
    ],
)
def test_rows_are_those_of_a_table_in_memory(engines: tuple[Engine, Engine], query: str) -> None:
    assert fetches(engines[0], query)
    assert not fetches(engines[1], query)
    assert engines[0].query(query).to_pylist() == engines[1].query(query).to_pylist()


@pytest.mark.parametrize(
    "query",
    [
        "E | sort by T",
        "E | top 5 by T | project T, K",
        "E | summarize arg_max(T, K) by A",
        "E | summarize take_any(A) by K",
        "E | extend x = strcat(A, C, K, tostring(B)) | top 5 by T | project x",
        "E | distinct A, C, K",
    ],
)
def test_nothing_is_gained_by_reading_late(engines: tuple[Engine, Engine], query: str) -> None:
    assert not fetches(engines[0], query)


def test_small_tables_are_read_at_once(engines: tuple[Engine, Engine], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "_FEWEST_ROWS", 200_000)
    assert not fetches(engines[0], "E | top 5 by T")
