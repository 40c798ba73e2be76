"""The options of `run` and `query` made into what the engine takes: an engine, a clock, limits."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kqlpy.cli.guard import UsageError
from kqlpy.cli.options import FormatName

if TYPE_CHECKING:
    from kqlpy.api import Engine
    from kqlpy.session import Limits
    from kqlpy.source import Source

__all__ = ["RunOptions", "Settings", "clock", "make_engine"]


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

    @property
    def shown_as(self) -> FormatName:
        """The format: the one asked for, else the one that the output file's ending names, else a table."""
        if self.format is not None:
            return self.format
        return _ENDINGS.get(self.output.suffix.lower(), FormatName.TABLE) if self.output else FormatName.TABLE


@dataclass(frozen=True)
class RunOptions:
    """What `run` alone is asked for."""

    exit_code: bool = False
    window: bool = False
    alerts: bool = False
    jobs: int = 1


_ENDINGS = {
    ".json": FormatName.JSON, ".jsonl": FormatName.JSONL, ".ndjson": FormatName.JSONL, ".csv": FormatName.CSV, ".parquet": FormatName.PARQUET,
    ".md": FormatName.MARKDOWN,
}  # fmt: skip


def make_engine(settings: Settings) -> Engine:
    """An engine over the data folder; a folder that cannot be read is told at once."""
    import_pyarrow_lean()
    from kqlpy.api import Engine

    engine = Engine(settings.data, functions=settings.functions, options=settings.options, limits=_limits(settings.limits))
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


def clock(written: str | None, engine: Engine, source: Source) -> dt.datetime | None:
    """The moment that `--now` names; None for the present."""
    if written is None:
        return None
    if written.strip().lower() == "latest":
        return _latest(engine, source)
    try:
        moment = dt.datetime.fromisoformat(written.strip())
    except ValueError:
        raise UsageError(f"--now {written}: not a time; write it as 2024-05-01T12:00:00Z, or `latest`") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _latest(engine: Engine, source: Source) -> dt.datetime:
    """The newest TimeGenerated of the tables that a query reads."""
    from kqlpy.cli.tables_read import tables_read

    names = tables_read(engine.plan(source))
    newest = [_newest(engine, name) for name in names]
    found = [moment for moment in newest if moment is not None]
    if not found:
        from kqlpy.errors import KqlDataError

        listed = ", ".join(names) or "it reads none"
        raise KqlDataError(f"--now latest: no table that the query reads has a TimeGenerated ({listed})", hint="give the time itself, as 2024-05-01T12:00:00Z")
    return max(found)


def _newest(engine: Engine, name: str) -> dt.datetime | None:
    schema = engine.catalog.schema_of(name)
    if schema is None or "TimeGenerated" not in schema:
        return None
    ticks = engine.query(f"['{name}'] | summarize t = tolong(max(TimeGenerated))")["t"][0].as_py()
    if ticks is None:
        return None
    return dt.datetime(1, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=ticks // 10)


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
    if not re.fullmatch(r"\d{1,9}(\.\d+)?", value):
        raise UsageError(f"--limit {text}: the value should be a number of seconds")
    return float(value)


def _amount(text: str, value: str) -> int:
    match = re.fullmatch(r"(\d{1,15})\s*([kmgt]?)i?b?", value.lower())
    if match is None:
        raise UsageError(f"--limit {text}: the value should be a whole number, such as 500000 or 2GB")
    return int(match[1]) << (10 * "kmgt".find(match[2]) + 10 if match[2] else 0)
