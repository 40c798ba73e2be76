"""Many groups at once give the same rows as one group after the other."""

from __future__ import annotations

import pytest

from kqlpy.operators import mv_apply, partition
from tests.operators.group_helpers import rows

T = """let T = datatable(id:int, g:string, x:long, d:dynamic)[
  1, "a", 3, dynamic([3, 1, 2]), 2, "b", 1, dynamic([]), 3, "a", 2, dynamic(null), 4, "c", 5, dynamic([5, 5, 7]), 5, "", 7, dynamic({"p": 1}), 6, "a", 3, dynamic([0])];
T | """
SUB_PIPELINES = [
    "where x > 2",
    "extend y = x * id | where y > 4 | project y",
    "summarize s = sum(x), l = make_list(x), m = max(x), a = avg(x)",
    "where x > 2 | summarize n = count(), l = make_set(x), t = strcat_array(make_list(g), ',')",
    "summarize n = count() by k = x % 2",
    "summarize arg_max(x, *)",
    "where x > 2 | count",
    "distinct x",
    "top 2 by x asc | summarize l = make_list(x)",
    "sort by x desc | extend n = row_number(), p = prev(x, 1, -1), f = next(x, 2)",
    "sort by x asc | extend s = row_cumsum(x, x > 2), r = row_rank_dense(x), m = row_rank_min(x), o = row_rank(x)",
    "sort by x asc | serialize n = row_number() | where n == 2 | take 1",
    "mv-expand z = range(1, 3) to typeof(long) | where z <= x | summarize s = sum(z)",
    "mv-apply z = range(1, x) to typeof(long) on (where z > 1 | summarize s = sum(z)) | summarize t = sum(s)",
    "extend t = strcat('n=', x) | parse-where t with 'n=' n:long | where n > 2 | project n",
    "extend t = strcat('n=', x, ' m=', id) | parse-kv t as (n:long, m:long) with (pair_delimiter=' ', kv_delimiter='=') | summarize sum(n), max(m)",
    "sort by x asc | scan with_match_id=m declare (c:long=0) with (step a: x > 1 => c = a.c + x; step b: x > a.x => c = a.c;)",
]


@pytest.mark.parametrize("sub_pipeline", SUB_PIPELINES)
@pytest.mark.parametrize("operator", ["partition by g", "partition by id", "mv-apply x = d to typeof(long) on"])
def test_groups_at_once_and_one_by_one(operator: str, sub_pipeline: str, monkeypatch: pytest.MonkeyPatch) -> None:
    query = f"{T}{operator} ({sub_pipeline})"
    at_once = rows(query)
    monkeypatch.setattr(mv_apply, "compile_groups", lambda *_: None)
    monkeypatch.setattr(partition, "compile_groups", lambda *_: None)
    assert repr(at_once) == repr(rows(query))
