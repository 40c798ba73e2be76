"""The reference pages are what the declarations say."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_docs", ROOT / "tools" / "make_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["functions.md", "operators.md", "support.md"])
def test_page_is_up_to_date(name: str) -> None:
    """`python tools/make_docs.py` would change nothing."""
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == _tool().PAGES[name]()
