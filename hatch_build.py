"""Puts the grammar and its compiled tables into the wheel, beside the parser that reads them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class GrammarTables(BuildHookInterface[Any]):
    """Compiles `grammar/kql.lark` once, when the wheel is built, so that no user waits for it."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the tables and name both files for the wheel; an editable install reads the checkout instead."""
        if version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, self.root)
        try:
            from kqlpy.syntax import tables
        finally:
            sys.path.remove(self.root)
        made = root / "build" / "kql.tables"
        made.parent.mkdir(exist_ok=True)
        tables.write(made)
        build_data["force_include"][str(root / "grammar" / "kql.lark")] = "kqlpy/syntax/kql.lark"
        build_data["force_include"][str(made)] = "kqlpy/syntax/kql.tables"
