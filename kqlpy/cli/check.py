"""`kqlpy check`: are rules correct, by the schemas that are known and the limits of the service?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from kqlpy.cli.guard import RULE_WRONG, UsageError, complain, say, warn
from kqlpy.cli.output import tell
from kqlpy.cli.remarks import Checked, Remark, as_github, as_json, as_sarif, counts, from_error, from_finding
from kqlpy.cli.settings import Settings, make_engine

if TYPE_CHECKING:
    from kqlpy.api import Engine
    from kqlpy.rules.model import Rule

__all__ = ["CheckFormat", "check"]


class CheckFormat(StrEnum):
    """How remarks are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


def check(paths: Iterable[Path], data: Path | None, functions: Path | None, format: str | None = None) -> int:
    """Parse, bind and lint each rule of files and folders; the exit code is 2 when one is wrong. Warnings are told, but wrong they are not."""
    if format is not None and format not in list(CheckFormat):
        raise UsageError(f"--format {format}: no such format; there are {', '.join(CheckFormat)}")
    from kqlpy.rules.batch import rule_files

    engine = make_engine(Settings(data=data, functions=functions))
    shown = CheckFormat(format or CheckFormat.TEXT)
    files = rule_files(paths)
    done: list[Checked] = []
    for file, found in files:
        for checked in _file(engine, file, found):
            done.append(checked)
            if shown is CheckFormat.TEXT:
                _tell(checked)
    _write(done, shown)
    if len(files) != 1:
        say(_summary(counts(done)))
    return RULE_WRONG if any(not checked.ok for checked in done) else 0


def _file(engine: Engine, file: Path, found: bool) -> Iterator[Checked]:
    """The rules of a file; none for a file of a searched folder that is something else."""
    from kqlpy.rules.batch import is_no_rule
    from kqlpy.rules.load import load_rules
    from kqlpy.rules.messages import KqlRuleError

    try:
        rules = load_rules(file)
    except KqlRuleError as error:
        if not (found and is_no_rule(file, error)):
            yield Checked(str(file), file.stem, None, False, tuple(from_error(error, str(file))))
        return
    for rule in rules:
        yield _rule(engine, rule, file)


def _rule(engine: Engine, rule: Rule, file: Path) -> Checked:
    from kqlpy.errors import KqlError
    from kqlpy.rules.lint import lint

    prepared = None
    remarks: list[Remark] = []
    try:
        prepared = engine.plan(rule.source)
    except KqlError as error:
        remarks += from_error(error, str(file))
    remarks += [from_finding(finding) for finding in lint(rule, prepared)]
    return Checked(
        str(file), rule.name, None if prepared is None else prepared.schema, prepared is not None and prepared.is_open, tuple(remarks)
    )


# ---------------------------------------------------------------- telling


def _tell(checked: Checked) -> None:
    """Remarks on standard error, what is right on standard output."""
    for remark in checked.remarks:
        (complain if remark.level == "error" else warn)(remark.text)
    if checked.ok and checked.columns is not None:
        count = len(checked.columns)
        tell(f"{checked.file}: ok, {count} column{'' if count == 1 else 's'}{' and what the data brings' if checked.is_open else ''}")


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
