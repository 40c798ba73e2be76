"""The options of the commands made into what the engine takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kqlpy.cli.guard import UsageError
from kqlpy.cli.options import ENDINGS, FormatName

if TYPE_CHECKING:
    from kqlpy.api import Engine
    from kqlpy.session import Limits

__all__ = ["RunOptions", "Settings", "make_engine"]


@dataclass(frozen=True)
class Settings:
    """What was asked for, as it was written."""

    data: Path | None = None
    now: str | None = None
    format: FormatName | None = None
    output: Path | None = None
    quiet: bool = False
    limits: tuple[str, ...] = ()
    functions: Path | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    render: Path | None = None
    reading: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shown_as(self) -> FormatName:
        """The format: the one asked for, else the one that the output file's ending names, else a table."""
        if self.format is not None:
            return self.format
        return ENDINGS.get(self.output.suffix.lower(), FormatName.TABLE) if self.output else FormatName.TABLE


@dataclass(frozen=True)
class RunOptions:
    """What `run` alone is asked for."""

    exit_code: bool = False
    window: bool = False
    alerts: bool = False
    jobs: int = 1


def make_engine(settings: Settings) -> Engine:
    """An engine over the data folder; a folder that cannot be read is told at once."""
    import_pyarrow_lean()
    from kqlpy.api import Engine

    engine = Engine(settings.data, functions=settings.functions, options=settings.options, limits=_limits(settings.limits), **settings.reading)
    engine.catalog.names()
    return engine


def import_pyarrow_lean() -> None:
    """Import pyarrow without pandas, which it would load with the first value that it converts: 0.2 s and 40 MB that no query needs."""
    import sys

    if "pyarrow" in sys.modules:
        return
    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        import pyarrow as pa

        pa.scalar(1)
    finally:
        sys.meta_path.remove(finder)


class _NoPandas:
    """A finder that knows pandas only to refuse it."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Nothing for every other module."""
        if name == "pandas" or name.startswith("pandas."):
            raise ModuleNotFoundError("pandas is not needed here", name=name)


# ---------------------------------------------------------------- limits


def _limits(written: Iterable[str]) -> Limits:
    from kqlpy.session import Limits

    known = [f.name for f in fields(Limits)]
    chosen: dict[str, Any] = {}
    for text in written:
        name, equals, value = text.partition("=")
        if name not in known or not equals:
            raise UsageError(f"--limit {text}: write NAME=VALUE, where NAME is one of {', '.join(known)}")
        chosen[name] = _seconds(text, value) if name == "seconds" else _amount(text, value)
    return Limits(**chosen)


def _seconds(text: str, value: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?", value):
        raise UsageError(f"--limit {text}: the value should be a number of seconds")
    return float(value)


def _amount(text: str, value: str) -> int:
    match = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,9})?)\s*([kmgt]?)i?b?", value.lower())
    if match is None or ("." in match[1] and not match[2]):
        raise UsageError(f"--limit {text}: the value should be a number such as 500000, 2GB or 1.5GB")
    return int(float(match[1]) * 1024 ** (" kmgt".find(match[2] or " ")))
