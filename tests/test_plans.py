"""Plan snapshots: what the optimizer makes of a query, as text. A change of plan shows in the difference.

Each file in `plans/` holds a comment, a query over the tables below, and the optimized plan after a line of `-- plan`.
Run with `KQLPY_UPDATE_PLANS=1` to write the plans anew, then read the differences.
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pyarrow as pa
import pytest

from kqlpy.api import Engine
from kqlpy.cli.explain import tree
from kqlpy.plan.optimizer import optimize

PLANS = Path(__file__).parent / "plans"
NOW = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
MARK = "\n-- plan\n"


def _table(**columns: str) -> pa.Table:
    kinds = {"datetime": pa.timestamp("ns", tz="UTC"), "long": pa.int64(), "string": pa.string(), "dynamic": pa.string()}
    fields = [pa.field(name, kinds[type_], metadata={"kql.type": type_}) for name, type_ in columns.items()]
    return pa.schema(fields).empty_table()


TABLES = {
    "Events": _table(Time="datetime", Id="long", Process="string", Computer="string", Account="string", Bytes="long", Properties="dynamic"),
    "Users": _table(Account="string", Department="string", Risk="long"),
}


def optimized(query: str) -> str:
    """The optimized plan of a query's first result."""
    plan = Engine(tables=TABLES).plan(query, NOW).bound.results[0].plan
    return "\n".join(tree(optimize(plan).plan)) + "\n"


@pytest.mark.parametrize("path", [pytest.param(p, id=p.stem) for p in sorted(PLANS.glob("*.plan"))])
def test_plan(path: Path) -> None:
    """The plan is the one in the file."""
    query, _, expected = path.read_text(encoding="utf-8").partition(MARK)
    if os.environ.get("KQLPY_UPDATE_PLANS"):
        path.write_text(f"{query.rstrip()}\n{MARK}{optimized(query)}", encoding="utf-8")
        return
    assert optimized(query) == expected
