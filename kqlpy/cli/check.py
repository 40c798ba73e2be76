"""`kqlpy check`: are rules correct, by the schemas that are known and the limits of the service?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from kqlpy.cli.clock import Clock
from kqlpy.cli.guard import RULE_WRONG, UsageError, complain, plain, remark, say, warn
from kqlpy.cli.output import tell
from kqlpy.cli.query import standard_input
from kqlpy.cli.remarks import Checked, Remark, as_github, as_json, as_sarif, counts, from_error, from_finding
from kqlpy.cli.settings import Settings, make_engine
from kqlpy.cli.surroundings import fill_in

if TYPE_CHECKING:
    from kqlpy.api import Engine
    from kqlpy.rules.findings import Finding
    from kqlpy.rules.model import Rule

__all__ = ["CheckFormat", "check"]


class CheckFormat(StrEnum):
    """How remarks are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


def check(paths: Iterable[Path], settings: Settings, format: str | None = None) -> int:
    """Parse, bind and lint each rule of files and folders (`-`: the query of standard input); the exit code is 2 when one is wrong.

    Warnings are told, but wrong they are not.
    """
    if format is not None and format.lower() not in list(CheckFormat):
        raise UsageError(f"--format {format}: no such format; there are {', '.join(CheckFormat)}")
    from kqlpy.rules.batch import rule_files

    checks = _Checks(make_engine(settings), Clock(settings.now))
    shown = CheckFormat((format or CheckFormat.TEXT).lower())
    files = rule_files(paths)
    done: list[Checked] = []
    for file, found in files:
        for checked in checks.of(file, found):
            done.append(checked)
            if shown is CheckFormat.TEXT:
                _tell(checked)
    if not done:
        raise UsageError(f"there is no rule in {', '.join(map(str, paths))}")
    _write(done, shown)
    if checks.left:
        remark(f"{checks.left} file{'' if checks.left == 1 else 's'} without a rule left out")
    if len(files) != 1:
        say(_summary(counts(done)))
    return RULE_WRONG if any(not checked.ok for checked in done) else 0


class _Checks:
    """What all checks share; `left` counts the files of searched folders that hold no rule."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.left = 0
        self._ids: dict[str, str] = {}
        self._engine = engine
        self._clock = clock

    def of(self, file: Path, found: bool) -> Iterator[Checked]:
        """The rules of a file; none for a file of a searched folder that is something else."""
        from kqlpy.rules.batch import is_no_rule
        from kqlpy.rules.messages import KqlRuleError
        from kqlpy.sources.files import readable

        name = readable(str(file))
        try:
            rules = _rules(file)
        except KqlRuleError as error:
            if found and is_no_rule(file, error):
                self.left += 1
            else:
                yield Checked(name, readable(file.stem), None, False, tuple(from_error(error, name)))
            return
        for rule in rules:
            yield self._rule(rule, name)

    def _rule(self, rule: Rule, file: str) -> Checked:
        from kqlpy.errors import KqlError
        from kqlpy.rules.lint import lint
        from kqlpy.sources.files import readable

        prepared = None
        remarks: list[Remark] = []
        try:
            now = self._clock(self._engine, rule.source)
            # Which times stand in the placeholders makes no difference here, so that none need be given.
            source = fill_in(rule.source, {"start": dt.timedelta(days=1)} | self._engine.options, now)
            prepared = self._engine.plan(source, now)
        except KqlError as error:
            remarks += from_error(error, file)
        remarks += [from_finding(finding) for finding in (*self._same_id(rule), *lint(rule, prepared))]
        columns = None if prepared is None else prepared.schema
        return Checked(file, readable(rule.name), columns, prepared is not None and prepared.is_open, tuple(remarks))


    def _same_id(self, rule: Rule) -> Iterator[Finding]:
        """An id that another rule file has, too: the service takes the two for one. A template in JSON often holds what stands in a file as well."""
        from kqlpy.rules.findings import error
        from kqlpy.rules.load import YAML_ENDINGS

        if Path(rule.file or "").suffix.lower() not in YAML_ENDINGS:
            return
        first = self._ids.get(rule.id.lower())
        if first is not None:
            yield error("KL009", rule, ("id",), f"the `id` is that of a rule in {first} as well")
        elif rule.id:
            self._ids[rule.id.lower()] = rule.file or ""


def _rules(file: Path) -> tuple[Rule, ...]:
    """The rules of a file; the query of standard input as a rule."""
    from kqlpy.rules.load import load_rules

    if str(file) != "-":
        return load_rules(file)
    from kqlpy.rules.model import Rule

    source = standard_input()
    return (Rule(source.text, source, name="standard input", kind="Query"),)


# ---------------------------------------------------------------- telling


def _tell(checked: Checked) -> None:
    """Remarks on standard error, what is right on standard output."""
    for found in checked.remarks:
        (complain if found.level == "error" else warn)(found.text)
    if checked.ok and checked.columns is not None:
        count = len(checked.columns)
        tell(f"{plain(checked.file)}: ok, {count} column{'' if count == 1 else 's'}{' and what the data brings' if checked.is_open else ''}")


def _write(done: list[Checked], format: CheckFormat) -> None:
    from kqlpy import __version__

    match format:
        case CheckFormat.JSON:
            tell(as_json(done))
        case CheckFormat.SARIF:
            tell(as_sarif(done, __version__))
        case CheckFormat.GITHUB:
            for line in as_github(done):
                tell(line)


def _summary(found: dict[str, int]) -> str:
    """One line such as `12 rules, 2 wrong: 3 errors, 1 warning`."""
    numbers = {key: f"{count:,} {key if count != 1 or key == 'wrong' else key[:-1]}" for key, count in found.items()}
    return f"{numbers['rules']}, {numbers['wrong']}: {numbers['errors']}, {numbers['warnings']}"
