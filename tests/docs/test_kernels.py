"""The most used functions touch no row with Python: counted in operations of the interpreter, not in time."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCH = Path(__file__).parents[2] / "bench"
PAGE = Path(__file__).parents[2] / "docs" / "kernels.md"
ONE_BY_ONE = {
    "row_window_session", "parse_path", "ipv6_is_in_any_range", "bag_merge", "parse_csv", "hash_md5", "hash_sha256", "gettype", "indexof_regex", "make_bag",
}  # fmt: skip
"""Less used functions that call Python for each distinct value, or each row."""
MOST_USED = 100


def _bench() -> ModuleType:
    sys.path.insert(0, str(BENCH))
    try:
        spec = importlib.util.spec_from_file_location("kernels", BENCH / "kernels.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["kernels"] = module
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(str(BENCH))


bench = _bench()
KERNELS = list(bench.kernels())
MEASURED = [kernel for kernel in KERNELS if kernel.expression is not None]


@pytest.mark.parametrize("kernel", [k for k in MEASURED if k.name not in ONE_BY_ONE], ids=lambda kernel: kernel.name)
def test_a_further_row_costs_python_nothing(kernel: object) -> None:
    assert bench.steps_per_row(kernel, repeated=False) < 1


def test_the_most_used_functions_are_all_array_work() -> None:
    most_used = [kernel.name for kernel in KERNELS if kernel.section == "Scalar functions"][:MOST_USED]
    assert not ONE_BY_ONE & set(most_used)


def test_the_page_shows_the_list() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in (kernel.name for kernel in MEASURED) if f"\n| `{name}` |" not in page] == []
