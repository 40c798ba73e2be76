"""Many rules over the same data: each gets an outcome, and none that fails stops the others.

In one process all rules share an engine, whose catalog keeps what it has read. With several jobs each process has an engine of its own and takes
the next file when it is free; outcomes come in the order of the files all the same.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kqlpy.errors import KqlDataError, KqlError
from kqlpy.rules.load import RULE_ENDINGS, load_rules
from kqlpy.rules.messages import KqlRuleError
from kqlpy.rules.model import Rule
from kqlpy.rules.run import run_rule

if TYPE_CHECKING:
    from kqlpy.api import Engine
    from kqlpy.source import Source

__all__ = ["Batch", "Ending", "Outcome", "is_no_rule", "rule_files", "run_batch"]


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
    """The end of one rule. `alerts` are as `Alert.to_dict` gives them; `missing` names the tables without data; `message` says why it did not run."""

    file: str
    name: str
    ending: Ending
    severity: str = ""
    rows: int | None = None
    alerts: tuple[dict[str, Any], ...] = ()
    seconds: float = 0.0
    missing: tuple[str, ...] = ()
    message: str = ""


@dataclass(frozen=True)
class Batch:
    """What all rules share. `make` gives an engine and `clock` the time of a rule's run; both must be known to other processes when there are several jobs."""

    make: Callable[[], Engine]
    clock: Callable[[Engine, Source], dt.datetime | None]
    window: bool = False

    def outcomes(self, engine: Engine, file: Path, *, found: bool = False) -> list[Outcome]:
        """The outcome of each rule of a file; `found` says that a folder was searched, where a file need not be a rule."""
        try:
            rules = load_rules(file)
        except KqlRuleError as error:
            none = found and is_no_rule(file, error)
            return [Outcome(str(file), file.stem, Ending.NO_RULE if none else Ending.REFUSED, message=_line(error))]
        except Exception as error:
            return [Outcome(str(file), file.stem, Ending.DEFECT, message=f"{type(error).__name__}: {error}")]
        return [self.outcome(engine, rule) for rule in rules]

    def outcome(self, engine: Engine, rule: Rule) -> Outcome:
        """Run one rule."""
        start = time.perf_counter()

        def ended(ending: Ending, **more: Any) -> Outcome:
            return Outcome(rule.file or "", rule.name, ending, rule.severity, seconds=time.perf_counter() - start, **more)

        try:
            result = run_rule(engine, rule, self.clock(engine, rule.source), window=self.window)
            alerts = tuple(alert.to_dict() for alert in result.alerts)
            return ended(Ending.ALERT if result.alert else Ending.QUIET, rows=result.table.num_rows, alerts=alerts)
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
    endings = RULE_ENDINGS - {".txt"}
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in endings and p.is_file() and not _hidden(p.relative_to(path)))
            found |= {p: True for p in inside if p not in found}
        else:
            found[path] = False
    return list(found.items())


def is_no_rule(file: Path, error: KqlRuleError) -> bool:
    """True when the error only says that a file of a searched folder is something else than a rule."""
    return error.code in (_NO_RULE_JSON if file.suffix.lower() == ".json" else _NO_RULE)


def run_batch(batch: Batch, files: Iterable[tuple[Path, bool]], jobs: int = 1) -> Iterator[list[Outcome]]:
    """The outcomes of each file, in order, as they become known."""
    if jobs > 1:
        from kqlpy.rules.workers import in_processes

        yield from in_processes(partial(_begin, batch, jobs), list(files), jobs, _lost)
        return
    engine = batch.make()
    for file, found in files:
        yield batch.outcomes(engine, file, found=found)


# ---------------------------------------------------------------- several processes


def _begin(batch: Batch, jobs: int) -> Callable[[tuple[Path, bool]], list[Outcome]]:
    """An engine for this process, with its share of the processors, and what runs a file on it."""
    import os

    engine = batch.make()
    engine.threads = max(1, (os.cpu_count() or 1) // jobs)
    return lambda file: batch.outcomes(engine, file[0], found=file[1])


def _lost(file: tuple[Path, bool]) -> list[Outcome]:
    message = "the process that ran it has ended, perhaps for want of memory; run it alone"
    return [Outcome(str(file[0]), file[0].stem, Ending.DEFECT, message=message)]


# ---------------------------------------------------------------- helpers


def _lacking(engine: Engine, rule: Rule, error: KqlError) -> tuple[str, ...]:
    """The tables that the rule lacks: without data, or not known at all."""
    from kqlpy.rules.reads import missing_tables

    unknown = [e for e in error.errors if e.code == _UNKNOWN_TABLE]
    if unknown and len(unknown) == len(error.errors):
        return tuple(dict.fromkeys(_text(e) for e in unknown))
    if not isinstance(error, KqlDataError):
        return ()
    try:
        return tuple(missing_tables(engine.plan(rule.source)))
    except KqlError:
        return ()


def _text(error: KqlError) -> str:
    """The part of the query that an error points at."""
    if error.source is None or error.span is None:
        return ""
    return error.source.text[error.span.start : error.span.end]


def _line(error: KqlError) -> str:
    """An error in one line."""
    where = f"line {error.line}: " if error.line is not None else ""
    return f"{where}{error.message}"


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
