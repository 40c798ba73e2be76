"""The build hook: puts the grammar and its compiled parse tables into the wheel, beside the parser."""

from __future__ import annotations

import importlib.util
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TablesHook(BuildHookInterface[Any]):
    """Adds `kqlpy/syntax/kql.lark` and `kqlpy/syntax/kql.tables` to wheels; a checkout compiles them when they are first needed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the tables into a temporary folder and name both files for the wheel."""
        if self.target_name != "wheel" or version == "editable":
            return
        root = Path(self.root)
        self._folder = tempfile.TemporaryDirectory()
        tables = Path(self._folder.name) / "kql.tables"
        _tables_module(root).write(tables)
        build_data["force_include"][str(root / "grammar" / "kql.lark")] = "kqlpy/syntax/kql.lark"
        build_data["force_include"][str(tables)] = "kqlpy/syntax/kql.tables"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Take the temporary folder away."""
        folder = getattr(self, "_folder", None)
        if folder is not None:
            folder.cleanup()


def _tables_module(root: Path) -> ModuleType:
    """`kqlpy/syntax/tables.py` alone: the package's other modules need libraries that a build does not have."""
    import sys

    spec = importlib.util.spec_from_file_location("kqlpy_tables", root / "kqlpy" / "syntax" / "tables.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError("kqlpy/syntax/tables.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
