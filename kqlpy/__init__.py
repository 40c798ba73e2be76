"""KQL on your own machine: run Kusto queries and Microsoft Sentinel rules on local tables, with the answers that Kusto gives.

    import kqlpy
    kqlpy.query("T | where x > 1", {"T": [{"x": 1}, {"x": 2}]})

Public names are loaded when first used, so that importing the package is cheap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "Engine", "KqlDataError", "KqlError", "KqlRuntimeError", "KqlSemanticError", "KqlSyntaxError", "KqlUnsupportedError",
    "Limits", "__version__", "load_rule", "parse", "query",
]  # fmt: skip

if TYPE_CHECKING:
    from kqlpy.api import Engine, query
    from kqlpy.errors import KqlDataError, KqlError, KqlRuntimeError, KqlSemanticError, KqlSyntaxError, KqlUnsupportedError
    from kqlpy.rules.load import load_rule
    from kqlpy.session import Limits
    from kqlpy.syntax.parser import parse

_HOMES = {
    "Engine": "kqlpy.api", "query": "kqlpy.api", "parse": "kqlpy.syntax.parser", "Limits": "kqlpy.session", "load_rule": "kqlpy.rules.load",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    import importlib

    home = _HOMES.get(name) or ("kqlpy.errors" if name.startswith("Kql") and name in __all__ else None)
    if home is None:
        raise AttributeError(f"module 'kqlpy' has no attribute {name!r}")
    return getattr(importlib.import_module(home), name)
