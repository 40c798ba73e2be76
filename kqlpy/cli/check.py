"""`kqlpy check`: are rules correct, by the schemas that are known and the limits of the service?"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from kqlpy.cli.guard import RULE_WRONG, complain, warn
from kqlpy.cli.output import tell
from kqlpy.cli.settings import Settings, make_engine

if TYPE_CHECKING:
    from kqlpy.api import Engine
    from kqlpy.rules.model import Rule

__all__ = ["check"]


def check(files: Iterable[Path], data: Path | None, functions: Path | None) -> int:
    """Parse, bind and lint each rule of the files; the exit code is 2 when one is wrong. Warnings are told, but wrong they are not."""
    engine = make_engine(Settings(data=data, functions=functions))
    from kqlpy.errors import KqlError
    from kqlpy.rules.load import load_rules

    wrong = 0
    for file in files:
        try:
            rules = load_rules(file)
        except KqlError as error:
            wrong += 1
            complain(str(error))
            continue
        wrong += sum(not _is_right(engine, rule, file) for rule in rules)
    return RULE_WRONG if wrong else 0


def _is_right(engine: Engine, rule: Rule, file: Path) -> bool:
    """Tell what is wrong with a rule, or that it is right."""
    from kqlpy.errors import KqlError
    from kqlpy.rules.lint import lint

    prepared = None
    try:
        prepared = engine.plan(rule.source)
    except KqlError as error:
        complain(str(error))
    findings = lint(rule, prepared)
    for finding in findings:
        if finding.level == "error":
            complain(str(finding))
        else:
            warn(str(finding))
    if prepared is None or any(finding.level == "error" for finding in findings):
        return False
    count = len(prepared.schema)
    tell(f"{file}: ok, {count} column{'' if count == 1 else 's'}{' and what the data brings' if prepared.is_open else ''}")
    return True
