"""Where functions that look at neighbours may stand: which row sets have an order."""

from __future__ import annotations

import kqlpy


def rows(text: str) -> list[dict[str, object]]:
    """All rows of the answer."""
    found: list[dict[str, object]] = kqlpy.query(text).to_pylist()
    return found


def test_the_elements_in_mv_apply_are_in_order() -> None:
    text = """
    datatable(k: string, a: dynamic)["x", dynamic([5, 3, 4]), "y", dynamic([7, 7])]
    | summarize a = take_any(a) by k
    | mv-apply a to typeof(long) on (
        extend drop = iff(a < prev(a), prev(a), 0), n = row_number(), total = row_cumsum(a)
        | summarize drops = sum(drop), n = max(n), total = max(total))
    | project k, drops, n, total
    | order by k asc
    """
    assert rows(text) == [{"k": "x", "drops": 5, "n": 3, "total": 12}, {"k": "y", "drops": 0, "n": 2, "total": 14}]


def test_top_hitters_are_in_order() -> None:
    text = 'datatable(k: string)["b", "a", "b", "c", "b", "a"] | top-hitters 2 of k | extend place = row_number()'
    assert rows(text) == [
        {"k": "b", "approximate_count_k": 3, "place": 1},
        {"k": "a", "approximate_count_k": 2, "place": 2},
    ]
