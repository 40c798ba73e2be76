"""Many rules over the same data: each gets an outcome, and none that fails stops the others.

In one process all rules share an engine, whose catalog keeps what it has read. With several jobs each process has an engine of its own and takes
the next file when it is free; outcomes come in the order of the files all the same.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kqlpy.engine.result import warnings_of
from kqlpy.errors import KqlDataError, KqlError
from kqlpy.rules.load import RULE_ENDINGS, load_rules
from kqlpy.rules.messages import DISABLED, KqlRuleError
from kqlpy.rules.model import Rule
from kqlpy.rules.run import run_rule
from kqlpy.sources.files import readable

if TYPE_CHECKING:
    from kqlpy.api import Engine
    from kqlpy.source import Source
    from kqlpy.sources.reports import LoadReport

__all__ = ["Batch", "Done", "Ending", "Outcome", "is_no_rule", "rule_files", "run_batch", "together"]


class Ending(StrEnum):
    """How a rule ended."""

    ALERT = "alert"
    QUIET = "no alert"
    REFUSED = "refused"
    MISSING = "missing data"
    DEFECT = "defect"
    NO_RULE = "no rule"


@dataclass(frozen=True)
class Outcome:
    """The end of one rule.

    `alerts` are as `Alert.to_dict` gives them; `missing` names the tables without data; `message` says why it did not run, `remarks` what to know of its result.
    """

    file: str
    name: str
    ending: Ending
    severity: str = ""
    rows: int | None = None
    alerts: tuple[dict[str, Any], ...] = ()
    seconds: float = 0.0
    missing: tuple[str, ...] = ()
    message: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Done:
    """A file that is done: the outcomes of its rules, and what loading met with since the file before."""

    outcomes: list[Outcome]
    reports: tuple[LoadReport, ...] = ()


@dataclass(frozen=True)
class Batch:
    """What all rules share.

    `make` gives an engine and `clock` the time of a rule's run; both must be known to other processes when there are several jobs. Where the clock gives none,
    the present is taken, with the remark `no_clock`.
    """

    make: Callable[[], Engine]
    clock: Callable[[Engine, Source], dt.datetime | None]
    window: bool = False
    no_clock: str = ""

    def outcomes(self, engine: Engine, file: Path, *, found: bool = False) -> list[Outcome]:
        """The outcome of each rule of a file; `found` says that a folder was searched, where a file need not be a rule."""
        shown = readable(str(file))
        try:
            rules = load_rules(file)
        except KqlRuleError as error:
            none = found and is_no_rule(file, error)
            return [Outcome(shown, readable(file.stem), Ending.NO_RULE if none else Ending.REFUSED, message=_line(error))]
        except Exception as error:
            return [Outcome(shown, readable(file.stem), Ending.DEFECT, message=f"{type(error).__name__}: {error}")]
        return [self.outcome(engine, rule) for rule in rules]

    def outcome(self, engine: Engine, rule: Rule) -> Outcome:
        """Run one rule."""
        start = time.perf_counter()

        def ended(ending: Ending, **more: Any) -> Outcome:
            return Outcome(readable(rule.file or ""), readable(rule.name), ending, rule.severity, seconds=time.perf_counter() - start, **more)

        try:
            now = self.clock(engine, rule.source)
            result = run_rule(engine, rule, now, window=self.window)
            alerts = tuple(alert.to_dict() for alert in result.alerts)
            own = ((DISABLED, not rule.enabled), (self.no_clock, now is None and bool(self.no_clock)))
            remarks = (*warnings_of(result.table), *(text for text, holds in own if holds))
            return ended(Ending.ALERT if result.alert else Ending.QUIET, rows=result.table.num_rows, alerts=alerts, remarks=remarks)
        except KqlError as error:
            lacking = _lacking(engine, rule, error)
            absent = bool(lacking) or isinstance(error, KqlDataError)
            return ended(Ending.MISSING if absent else Ending.REFUSED, missing=lacking, message=_line(error))
        except MemoryError:
            return ended(Ending.REFUSED, message="there is not enough memory for this rule")
        except Exception as error:
            return ended(Ending.DEFECT, message=f"{type(error).__name__}: {error}")


#: Files of a searched folder that are no rules: YAML without a query, JSON without a rule, JSON lines, large files of data.
_NO_RULE = ("KR007",)
_NO_RULE_JSON = (*_NO_RULE, "KR004", "KR013", "KR015")
#: "no table is named ..."
_UNKNOWN_TABLE = "KS204"


def rule_files(paths: Iterable[Path]) -> list[tuple[Path, bool]]:
    """The files of some paths, in order, and whether a folder was searched for them: all rules and queries in and below it, but no .txt."""
    found: dict[Path, bool] = {}
    for path in paths:
        if path.is_dir():
            found |= {p: True for p in sorted(_inside(path)) if p not in found}
        else:
            found[path] = False
    return list(found.items())


def _inside(folder: Path) -> Iterator[Path]:
    """The files of rules in and below a folder, nothing hidden; and folders that may not be read, so that reading them is refused and told."""
    endings = RULE_ENDINGS - {".txt"}
    refused: list[Path] = []
    for place, folders, names in os.walk(folder, onerror=lambda error: refused.append(Path(error.filename))):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = (Path(place, name) for name in names if not name.startswith("."))
        yield from (path for path in paths if path.suffix.lower() in endings and path.is_file())
    yield from refused


def is_no_rule(file: Path, error: KqlRuleError) -> bool:
    """True when the error only says that a file of a searched folder is something else than a rule."""
    return error.code in (_NO_RULE_JSON if file.suffix.lower() == ".json" else _NO_RULE)


def run_batch(batch: Batch, files: Iterable[tuple[Path, bool]], jobs: int = 1) -> Iterator[Done]:
    """What became of each file, in order, as it becomes known."""
    if jobs > 1:
        from kqlpy.rules.workers import in_processes

        yield from in_processes(partial(_begin, batch, jobs), list(files), jobs, _lost)
        return
    work = _Work(batch, batch.make())
    for file in files:
        yield work(file)


def together(reports: Iterable[LoadReport]) -> list[LoadReport]:
    """One report for each file: of what several processes tell of it, everything counts once."""
    found: dict[tuple[str, str], LoadReport] = {}
    for report in reports:
        known = found.get((report.table, report.file), report)
        failed = {(f.column, f.type): f for f in sorted((*known.failed, *report.failed), key=lambda f: f.count)}
        notes = tuple(dict.fromkeys((*known.notes, *report.notes)))
        rows = known.rows if report.rows is None else report.rows
        guessed = tuple(dict((*known.guessed, *report.guessed)).items())
        found[report.table, report.file] = replace(report, rows=rows, guessed=guessed, failed=tuple(failed.values()), notes=notes)
    return list(found.values())


class _Work:
    """Runs files on an engine, and remembers what loading has told."""

    def __init__(self, batch: Batch, engine: Engine) -> None:
        self._batch = batch
        self._engine = engine
        self._told: dict[tuple[str, str], LoadReport] = {}

    def __call__(self, file: tuple[Path, bool]) -> Done:
        outcomes = self._batch.outcomes(self._engine, file[0], found=file[1])
        reports = [r for r in self._engine.reports() if (r.guessed or r.failed or r.notes) and self._told.get((r.table, r.file)) != r]
        self._told |= {(r.table, r.file): r for r in reports}
        return Done(outcomes, tuple(reports))


# ---------------------------------------------------------------- several processes


def _begin(batch: Batch, jobs: int) -> Callable[[tuple[Path, bool]], Done]:
    """An engine for this process, with its share of the processors, and what runs a file on it."""
    engine = batch.make()
    engine.threads = max(1, (os.cpu_count() or 1) // jobs)
    return _Work(batch, engine)


def _lost(file: tuple[Path, bool]) -> Done:
    message = "the process that ran it has ended, perhaps for want of memory; run it alone"
    return Done([Outcome(readable(str(file[0])), readable(file[0].stem), Ending.DEFECT, message=message)])


# ---------------------------------------------------------------- helpers


def _lacking(engine: Engine, rule: Rule, error: KqlError) -> tuple[str, ...]:
    """The tables that the rule lacks: without data, or not known at all."""
    from kqlpy.environment.placeholders import filled
    from kqlpy.rules.reads import missing_tables

    unknown = [e for e in error.errors if e.code == _UNKNOWN_TABLE]
    if unknown and len(unknown) == len(error.errors):
        return tuple(dict.fromkeys(_text(e) for e in unknown))
    if not isinstance(error, KqlDataError):
        return ()
    try:
        return tuple(missing_tables(engine.plan(filled(rule.source, engine.options, dt.datetime.now(dt.UTC)))))
    except KqlError:
        return ()


def _text(error: KqlError) -> str:
    """The part of the query that an error points at."""
    if error.source is None or error.span is None:
        return ""
    return error.source.text[error.span.start : error.span.end]


def _line(error: KqlError) -> str:
    """An error in one line, with what may have been meant; of several errors the first."""
    where = f"line {error.line}: " if error.line is not None else ""
    meant = f"; {error.hint}" if error.hint and error.hint.startswith("did you mean") else ""
    more = f" (and {len(error.errors) - 1} more)" if len(error.errors) > 1 else ""
    return f"{where}{error.message}{meant}{more}"
